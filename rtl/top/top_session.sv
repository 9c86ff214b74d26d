// Starts, stops and resets a session. A start is taken once after each reset. A soft reset first stops
// the core, waits until the trace is drained and the memory ports are quiet, then holds core and
// trace unit in reset for ResetCycles. Proved by: sim/tests/card.rs.
module top_session #(
  parameter int unsigned ResetCycles = 8
) (
  input  logic clk_i,
  input  logic rst_ni,

  input  logic start_i,      // pulses and level from the host
  input  logic stop_i,
  input  logic soft_reset_i,

  input  logic running_i,    // the core runs
  input  logic busy_i,       // the trace unit holds something
  input  logic quiet_i,      // no port owes anything

  output logic start_o,
  output logic stop_o,
  output logic unit_rst_no,  // reset of core and trace unit
  output logic ready_o,      // a start will be taken
  output logic reset_pending_o
);

  localparam int unsigned CountWidth = $clog2(ResetCycles + 1);

  typedef enum logic [1:0] {
    StReady,
    StSession,
    StDrain,
    StReset
  } state_e;

  state_e                state_q, state_d;
  logic [CountWidth-1:0] count_q, count_d;
  logic                  start_q, unit_rst_nq;

  always_comb begin
    state_d = state_q;
    count_d = CountWidth'(ResetCycles);
    unique case (state_q)
      StReady: begin
        if (soft_reset_i) state_d = StDrain;
        else if (start_i) state_d = StSession;
      end
      StSession: begin
        if (soft_reset_i) state_d = StDrain;
      end
      StDrain: begin
        if (!start_q && !running_i && !busy_i && quiet_i) state_d = StReset;
      end
      StReset: begin
        count_d = count_q - CountWidth'(1);
        if (count_q == '0) state_d = StReady;
      end
      default: state_d = StReady;
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q     <= StReady;
      count_q     <= '0;
      start_q     <= 1'b0;
      unit_rst_nq <= 1'b0;
    end else begin
      state_q     <= state_d;
      count_q     <= count_d;
      start_q     <= state_q == StReady && state_d == StSession;
      unit_rst_nq <= state_d != StReset;
    end
  end

  assign start_o         = start_q;
  assign stop_o          = stop_i || state_q == StDrain;
  assign unit_rst_no     = unit_rst_nq;
  assign ready_o         = state_q == StReady;
  assign reset_pending_o = state_q == StDrain || state_q == StReset;

endmodule
