// The session: sweep of 512 cycles after start (registers, tags, BTB), run, drain of the buses, end
// with one status.
module core_control (
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic        start_i,
  input  logic        stop_i,

  output logic        init_o,
  output logic [8:0]  init_index_o,
  output logic        run_o,
  output logic        issue_hold_o,
  output logic        stopping_o,

  input  logic        pipeline_empty_i,
  input  logic        bus_idle_i,
  input  logic        halt_i,
  input  logic        fault_i,
  input  logic [3:0]  fault_cause_i,
  input  logic [31:2] fault_pc_i,
  input  logic [31:0] exit_code_i,

  output logic        running_o,
  output logic        halted_o,
  output logic        faulted_o,
  output logic        stopped_o,
  output logic [7:0]  fault_cause_o,
  output logic [31:0] fault_pc_o,
  output logic [31:0] exit_code_o
);
  typedef enum logic [2:0] {StIdle, StInit, StRun, StDrain, StEnded} state_e;
  typedef enum logic [1:0] {EndHalt, EndFault, EndStop} end_e;

  state_e      state_q, state_d;
  end_e        end_q, end_d;
  logic [8:0]  index_q;
  logic        stopping_q, stopping_d;
  logic [3:0]  cause_q;
  logic [31:2] pc_q;
  logic [31:0] exit_q;

  always_comb begin
    state_d    = state_q;
    end_d      = end_q;
    stopping_d = 1'b0;
    unique case (state_q)
      StInit: if (&index_q) state_d = StRun;
      StRun: begin
        stopping_d = stopping_q | stop_i;
        if (halt_i) begin
          state_d = StDrain;
          end_d   = EndHalt;
        end else if (fault_i) begin
          state_d = StDrain;
          end_d   = EndFault;
        end else if (stopping_q & pipeline_empty_i) begin
          state_d = StDrain;
          end_d   = EndStop;
        end
      end
      StDrain: if (bus_idle_i) state_d = StEnded;
      default: if (start_i) state_d = StInit;
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q    <= StIdle;
      stopping_q <= 1'b0;
      index_q    <= 9'd0;
      end_q      <= EndHalt;
    end else begin
      state_q    <= state_d;
      stopping_q <= stopping_d;
      index_q    <= (state_q == StInit) ? index_q + 9'd1 : 9'd0;
      end_q      <= end_d;
    end
  end

  always_ff @(posedge clk_i) begin
    if (state_q == StInit) begin
      cause_q <= 4'd0;
      pc_q    <= 30'd0;
      exit_q  <= 32'd0;
    end else if (state_q == StRun) begin
      if (halt_i) exit_q <= exit_code_i;
      if (fault_i) begin
        cause_q <= fault_cause_i;
        pc_q    <= fault_pc_i;
      end
    end
  end

  assign init_o        = (state_q == StInit);
  assign init_index_o  = index_q;
  assign run_o         = (state_q == StRun);
  assign issue_hold_o  = (state_q != StRun) | stopping_q;
  assign stopping_o    = stopping_q;
  assign running_o     = (state_q == StInit) | (state_q == StRun) | (state_q == StDrain);
  assign halted_o      = (state_q == StEnded) & (end_q == EndHalt);
  assign faulted_o     = (state_q == StEnded) & (end_q == EndFault);
  assign stopped_o     = (state_q == StEnded) & (end_q == EndStop);
  assign fault_cause_o = {4'd0, cause_q};
  assign fault_pc_o    = {pc_q, 2'b00};
  assign exit_code_o   = exit_q;
endmodule
