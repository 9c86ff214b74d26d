// Fetches commands from the ring in host memory, up to 16 ahead. An error on the ring ends it: fault_o
// stays until the queue is enabled again. Proved by: sim/card/tests.
module card_fetch
  import card_pkg::*;
(
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic         clear_i,      // the queue begins anew
  input  logic         run_i,        // 0: fetch nothing, forget what was fetched
  output logic         quiet_o,
  output logic         fault_o,

  input  logic [63:0]  base_i,
  input  logic [3:0]   log_i,        // of the ring's entries
  input  sequence_t    tail_i,
  output sequence_t    head_o,       // commands that were taken

  output logic         valid_o,
  input  logic         ready_i,
  output logic [511:0] command_o,

  output logic         arvalid_o,
  input  logic         arready_i,
  output logic [63:0]  araddr_o,
  output logic [7:0]   arlen_o,
  output logic [2:0]   arsize_o,
  output logic [1:0]   arburst_o,
  input  logic         rvalid_i,
  output logic         rready_o,
  input  logic [511:0] rdata_i,
  input  logic [1:0]   rresp_i,
  input  logic         rlast_i
);
  sequence_t asked_q, head_q, waiting, entry, to_end, beats;
  logic      fault_q, job_ready, job_valid, out_valid, out_error, out_last, out_tag, pop;

  always_comb begin
    waiting = tail_i - asked_q;
    entry   = asked_q & ~(16'hffff << log_i);
    to_end  = (16'd1 << log_i) - entry;
    beats   = 16'd16;
    if (waiting < beats) beats = waiting;
    if (to_end < beats)  beats = to_end;
  end

  assign job_valid = run_i && !fault_q && (waiting != '0);
  assign valid_o   = run_i && out_valid && !out_error && !fault_q;
  // What is not wanted goes.
  assign pop       = !run_i || out_error || fault_q || ready_i;
  assign head_o    = head_q;
  assign fault_o   = fault_q;

  dma_read #(
    .AddrWidth(64), .Depth(16), .MaxBurst(16), .CountWidth(16), .TagWidth(1), .Bursts(16)
  ) u_read (
    .clk_i, .rst_ni, .stop_i(!run_i || fault_q), .quiet_o,
    .job_valid_i(job_valid), .job_ready_o(job_ready),
    .job_addr_i(base_i + (64'(entry) << 6)), .job_beats_i(beats), .job_tag_i(1'b0),
    .out_valid_o(out_valid), .out_ready_i(pop), .out_data_o(command_o), .out_tag_o(out_tag),
    .out_last_o(out_last), .out_error_o(out_error),
    .arvalid_o, .arready_i, .araddr_o, .arlen_o, .arsize_o, .arburst_o,
    .rvalid_i, .rready_o, .rdata_i, .rresp_i, .rlast_i
  );

  logic unused;
  assign unused = ^{out_last, out_tag};

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      asked_q <= '0;
      head_q  <= '0;
      fault_q <= 1'b0;
    end else if (clear_i) begin
      asked_q <= '0;
      head_q  <= '0;
      fault_q <= 1'b0;
    end else begin
      if (job_valid && job_ready) asked_q <= asked_q + beats;
      if (valid_o && ready_i)     head_q  <= head_q + 16'd1;
      if (run_i && out_valid && out_error) fault_q <= 1'b1;
    end
  end

endmodule
