// Words from card memory into the witness core's input stream; if the host wants no more (stop_i) it ends
// as aborted. Proved by: sim/card/tests.
module card_feed
  import assay_abi_pkg::*;
  import card_pkg::*;
(
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic         stop_i,

  input  logic         start_i,
  input  command_t     command_i,
  output logic         done_o,
  output result_t      result_o,
  output logic         stall_memory_o,
  output logic         quiet_o,

  output logic         input_valid_o,
  input  logic         input_ready_i,
  output logic [31:0]  input_data_o,

  output logic         arvalid_o,
  input  logic         arready_i,
  output logic [39:0]  araddr_o,
  output logic [7:0]   arlen_o,
  output logic [2:0]   arsize_o,
  output logic [1:0]   arburst_o,
  input  logic         rvalid_i,
  output logic         rready_o,
  input  logic [511:0] rdata_i,
  input  logic [1:0]   rresp_i,
  input  logic         rlast_i
);
  typedef enum logic [1:0] {StIdle, StRun, StFlush, StDone} state_e;
  state_e       state_q;
  logic         job_q, job_ready, valid, error, pop, quiet, fault_q, stopped_q, fire, last;
  logic         unused_tag, unused_last;
  logic [511:0] beat;
  logic [39:0]  word_q;

  assign input_valid_o = (state_q == StRun) && valid && !error;
  assign input_data_o  = beat[32*word_q[3:0] +: 32];
  assign fire          = input_valid_o && input_ready_i;
  assign last          = (word_q + 40'd1 == command_i.argument[39:0]);
  assign pop           = (state_q == StFlush) || (fire && ((word_q[3:0] == 4'd15) || last));

  dma_read #(.Depth(16), .MaxBurst(8), .CountWidth(36), .Bursts(4)) u_read (
    .clk_i, .rst_ni, .stop_i(state_q == StFlush), .quiet_o(quiet),
    .job_valid_i(job_q), .job_ready_o(job_ready), .job_addr_i(command_i.source[39:0]),
    .job_beats_i(36'((40'(command_i.argument[39:0]) + 40'd15) >> 4)), .job_tag_i(1'b0),
    .out_valid_o(valid), .out_ready_i(pop), .out_data_o(beat), .out_tag_o(unused_tag),
    .out_last_o(unused_last), .out_error_o(error),
    .arvalid_o, .arready_i, .araddr_o, .arlen_o, .arsize_o, .arburst_o,
    .rvalid_i, .rready_o, .rdata_i, .rresp_i, .rlast_i
  );

  assign done_o         = (state_q == StDone);
  assign quiet_o        = (state_q == StIdle) && quiet;
  assign stall_memory_o = (state_q == StRun) && !valid;
  assign result_o = '{
    status: fault_q ? CardStatusCardFault : stopped_q ? CardStatusAborted : CardStatusOk,
    detail: '0, last: 1'b0
  };

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q   <= StIdle;
      job_q     <= 1'b0;
      fault_q   <= 1'b0;
      stopped_q <= 1'b0;
      word_q    <= '0;
    end else begin
      if (job_ready) job_q <= 1'b0;
      unique case (state_q)
        StIdle: if (start_i) begin
          state_q   <= StRun;
          job_q     <= 1'b1;
          fault_q   <= 1'b0;
          stopped_q <= 1'b0;
          word_q    <= '0;
        end
        StRun: begin
          if (fire) word_q <= word_q + 40'd1;
          if (fire && last) begin
            state_q <= StFlush;
          end else if (valid && error) begin
            state_q <= StFlush;
            fault_q <= 1'b1;
          end else if (stop_i && !job_q && !fire) begin
            // A valid may go: the core is all that there is behind it.
            state_q   <= StFlush;
            stopped_q <= 1'b1;
          end
        end
        StFlush: if (quiet) state_q <= StDone;
        default: state_q <= StIdle;
      endcase
    end
  end

endmodule
