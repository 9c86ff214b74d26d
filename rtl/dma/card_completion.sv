// Writes completions into the ring in host memory, one after the other: each when the host has room
// for it, the next one after the answer to the last. Then it raises the interrupt. An error on the
// ring ends it. Proved by: sim/card/tests.
module card_completion
  import assay_abi_pkg::*;
  import card_pkg::*;
(
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic         clear_i,     // the queue begins anew
  input  logic         drop_i,      // nothing is written any more
  output logic         quiet_o,
  output logic         fault_o,     // one cycle
  output logic         written_o,   // one cycle
  output logic         failed_o,    // with it: its status is not ok
  output logic         interrupt_o, // one cycle

  input  logic [63:0]  base_i,
  input  logic [3:0]   log_i,
  input  sequence_t    head_i,      // what the host has read
  input  sequence_t    submission_head_i,
  output sequence_t    tail_o,

  input  logic         valid_i,
  output logic         ready_o,
  input  finish_t      finish_i,

  output logic         awvalid_o,
  input  logic         awready_i,
  output logic [63:0]  awaddr_o,
  output logic         wvalid_o,
  input  logic         wready_i,
  output logic [511:0] wdata_o,
  output logic [63:0]  wstrb_o,
  input  logic         bvalid_i,
  input  logic         berror_i
);
  typedef enum logic [1:0] {StIdle, StRoom, StWrite, StAnswer} state_e;
  state_e      state_q;
  sequence_t   tail_q, ahead, entry;
  finish_t     finish_q;
  completion_t record;
  logic        aw_q, w_q, odd_q;
  logic [63:0] addr_q;
  logic        room, phase;

  logic stuck, early;
  prim_plant #(.Id(assay_engine_plant_pkg::CardPhaseStuck)) u_stuck (.active_o(stuck));
  prim_plant #(.Id(assay_engine_plant_pkg::CardCompletionOverrun)) u_early (.active_o(early));

  assign ahead = tail_q - head_i;
  assign room  = (ahead < (16'd1 << log_i)) || early;
  assign entry = tail_q & ~(16'hffff << log_i);
  assign phase = !tail_q[log_i] || stuck;

  always_comb begin
    record                 = '0;
    record.cookie          = finish_q.cookie;
    record.sequence_number = finish_q.number;
    record.status          = finish_q.status;
    record.flags[CardCompletionPhase] = phase;
    record.flags[CardCompletionEnd]   = finish_q.last;
    record.detail          = finish_q.detail;
    record.cycles          = finish_q.cycles;
    record.stall_memory    = finish_q.stall_memory;
    record.stall_host      = finish_q.stall_host;
    record.submission_head = submission_head_q;
  end

  sequence_t submission_head_q;

  assign ready_o     = (state_q == StIdle);
  assign quiet_o     = (state_q == StIdle);
  assign tail_o      = tail_q;
  assign awvalid_o   = aw_q;
  assign awaddr_o    = addr_q;
  assign wvalid_o    = w_q;
  assign wdata_o     = {record, record};
  assign wstrb_o     = odd_q ? {32'hffff_ffff, 32'd0} : {32'd0, 32'hffff_ffff};
  assign fault_o     = (state_q == StAnswer) && bvalid_i && berror_i;
  assign written_o   = (state_q == StAnswer) && bvalid_i && !berror_i;
  assign failed_o    = (finish_q.status != CardStatusOk);
  assign interrupt_o = written_o && (finish_q.notify || failed_o);

  always_ff @(posedge clk_i) begin
    if (state_q == StIdle) finish_q <= finish_i;
    if (state_q == StRoom) begin
      submission_head_q <= submission_head_i;
      addr_q            <= base_i + ((64'(entry) >> 1) << 6);
      odd_q             <= entry[0];
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= StIdle;
      tail_q  <= '0;
      aw_q    <= 1'b0;
      w_q     <= 1'b0;
    end else begin
      if (awready_i) aw_q <= 1'b0;
      if (wready_i)  w_q  <= 1'b0;
      unique case (state_q)
        StIdle: if (valid_i && !drop_i) state_q <= StRoom;
        StRoom: begin
          if (drop_i) begin
            state_q <= StIdle;
          end else if (room) begin
            aw_q    <= 1'b1;
            w_q     <= 1'b1;
            state_q <= StWrite;
          end
        end
        StWrite: if ((!aw_q || awready_i) && (!w_q || wready_i)) state_q <= StAnswer;
        default: if (bvalid_i) begin
          state_q <= StIdle;
          if (!berror_i) tail_q <= tail_q + 16'd1;
        end
      endcase
      if (clear_i) tail_q <= '0;
    end
  end

endmodule
