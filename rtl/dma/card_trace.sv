// The witness core's trace stream into card memory: until its last beat, or until so many bytes are
// written, or until the host wants no more (stop_i). Proved by: sim/card/tests.
module card_trace
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

  input  logic         trace_valid_i,
  output logic         trace_ready_o,
  input  logic [511:0] trace_data_i,
  input  logic         trace_last_i,

  output logic         awvalid_o,
  input  logic         awready_i,
  output logic [39:0]  awaddr_o,
  output logic [7:0]   awlen_o,
  output logic [2:0]   awsize_o,
  output logic [1:0]   awburst_o,
  output logic         wvalid_o,
  input  logic         wready_i,
  output logic [511:0] wdata_o,
  output logic [63:0]  wstrb_o,
  output logic         wlast_o,
  input  logic         bvalid_i,
  output logic         bready_o,
  input  logic [1:0]   bresp_i
);
  typedef enum logic [1:0] {StIdle, StRun, StFlush, StDone} state_e;
  state_e      state_q;
  logic        job_q, job_ready, in_ready, last_q, quiet, error, fire;
  logic [33:0] beats_q;
  logic        unused_running, unused_answered, unused_tag;

  assign trace_ready_o = (state_q == StRun) && in_ready && !job_q;
  assign fire          = trace_valid_i && trace_ready_o;

  dma_write #(.Depth(32), .MaxBurst(16), .CountWidth(34), .Bursts(16)) u_write (
    .clk_i, .rst_ni, .stop_i(state_q == StFlush), .clear_i(start_i), .running_o(unused_running),
    .quiet_o(quiet),
    .job_valid_i(job_q), .job_ready_o(job_ready), .job_addr_i(command_i.destination[39:0]),
    .job_beats_i(command_i.argument[39:6]), .job_tag_i(1'b0),
    .in_valid_i(fire), .in_ready_o(in_ready), .in_data_i(trace_data_i),
    .answered_o(unused_answered), .error_o(error), .error_tag_o(unused_tag),
    .awvalid_o, .awready_i, .awaddr_o, .awlen_o, .awsize_o, .awburst_o,
    .wvalid_o, .wready_i, .wdata_o, .wstrb_o, .wlast_o, .bvalid_i, .bready_o, .bresp_i
  );

  assign done_o         = (state_q == StDone);
  assign quiet_o        = (state_q == StIdle) && quiet;
  assign stall_memory_o = (state_q == StRun) && trace_valid_i && !in_ready;
  assign result_o = '{
    status: error ? CardStatusCardFault : CardStatusOk, detail: error ? '0 : 64'(beats_q) << 6,
    last: last_q && !error
  };

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= StIdle;
      job_q   <= 1'b0;
      last_q  <= 1'b0;
      beats_q <= '0;
    end else begin
      if (job_ready) job_q <= 1'b0;
      unique case (state_q)
        StIdle: if (start_i) begin
          state_q <= StRun;
          job_q   <= 1'b1;
          last_q  <= 1'b0;
          beats_q <= '0;
        end
        StRun: begin
          if (fire) begin
            beats_q <= beats_q + 34'd1;
            last_q  <= trace_last_i;
          end
          if ((fire && (trace_last_i || (beats_q + 34'd1 == command_i.argument[39:6])))
              || (stop_i && !job_q)) begin
            state_q <= StFlush;
          end
        end
        StFlush: if (quiet) state_q <= StDone;
        default: state_q <= StIdle;
      endcase
    end
  end

endmodule
