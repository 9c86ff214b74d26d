// Downloads: card memory into host pages. Reads run ahead of what the host takes.
// Proved by: sim/card/tests.
module card_download
  import assay_abi_pkg::*;
  import card_pkg::*;
(
  input  logic         clk_i,
  input  logic         rst_ni,

  input  logic         start_i,
  input  command_t     command_i,
  output logic         done_o,
  output result_t      result_o,
  output logic         stall_memory_o,
  output logic         stall_host_o,
  output logic         quiet_o,

  output logic         h_arvalid_o, // the list
  input  logic         h_arready_i,
  output logic [63:0]  h_araddr_o,
  output logic [7:0]   h_arlen_o,
  input  logic         h_rvalid_i,
  input  logic [511:0] h_rdata_i,
  input  logic [1:0]   h_rresp_i,
  input  logic         h_rlast_i,
  output logic         h_awvalid_o, // the pages
  input  logic         h_awready_i,
  output logic [63:0]  h_awaddr_o,
  output logic [7:0]   h_awlen_o,
  output logic         h_wvalid_o,
  input  logic         h_wready_i,
  output logic [511:0] h_wdata_o,
  output logic [63:0]  h_wstrb_o,
  output logic         h_wlast_o,
  input  logic         h_bvalid_i,
  input  logic [1:0]   h_bresp_i,

  output logic         c_arvalid_o,
  input  logic         c_arready_i,
  output logic [39:0]  c_araddr_o,
  output logic [7:0]   c_arlen_o,
  output logic [2:0]   c_arsize_o,
  output logic [1:0]   c_arburst_o,
  input  logic         c_rvalid_i,
  output logic         c_rready_o,
  input  logic [511:0] c_rdata_i,
  input  logic [1:0]   c_rresp_i,
  input  logic         c_rlast_i
);
  typedef enum logic [1:0] {StIdle, StRun, StFlush, StDone} state_e;
  state_e       state_q;
  logic         start_q, fault_q, read_job_q, read_ready, read_quiet, write_quiet, write_error;
  logic         write_running, pages_quiet, pages_end, page_valid, page_ready;
  logic [7:0]   pages_status;
  logic [63:0]  pages_detail, page_addr;
  logic [25:0]  page_beats;
  logic [31:0]  page_index, error_tag;
  logic         data_valid, data_error, in_ready, unused_last, unused_tag, stop;
  logic         unused_answered;
  logic [511:0] data;
  logic [2:0]   unused_arsize, unused_awsize;
  logic [1:0]   unused_arburst, unused_awburst;
  logic         unused_rready, unused_bready;

  assign stop = fault_q || write_error;

  card_pages u_pages (
    .clk_i, .rst_ni, .start_i, .stop_i(stop),
    .list_i(command_i.list), .count_i(command_i.count), .bytes_i(command_i.argument),
    .quiet_o(pages_quiet),
    .valid_o(page_valid), .ready_i(page_ready), .addr_o(page_addr), .beats_o(page_beats),
    .index_o(page_index), .end_o(pages_end), .status_o(pages_status), .detail_o(pages_detail),
    .arvalid_o(h_arvalid_o), .arready_i(h_arready_i), .araddr_o(h_araddr_o),
    .arlen_o(h_arlen_o), .arsize_o(unused_arsize), .arburst_o(unused_arburst),
    .rvalid_i(h_rvalid_i), .rready_o(unused_rready), .rdata_i(h_rdata_i),
    .rresp_i(h_rresp_i), .rlast_i(h_rlast_i)
  );

  dma_read #(.Depth(64), .MaxBurst(16), .CountWidth(34), .Bursts(16)) u_read (
    .clk_i, .rst_ni, .stop_i(stop || (state_q == StFlush)), .quiet_o(read_quiet),
    .job_valid_i(read_job_q), .job_ready_o(read_ready), .job_addr_i(command_i.source[39:0]),
    .job_beats_i(command_i.argument[39:6]), .job_tag_i(1'b0),
    .out_valid_o(data_valid), .out_ready_i(in_ready || stop || (state_q == StFlush) || data_error),
    .out_data_o(data), .out_tag_o(unused_tag), .out_last_o(unused_last), .out_error_o(data_error),
    .arvalid_o(c_arvalid_o), .arready_i(c_arready_i), .araddr_o(c_araddr_o), .arlen_o(c_arlen_o),
    .arsize_o(c_arsize_o), .arburst_o(c_arburst_o), .rvalid_i(c_rvalid_i), .rready_o(c_rready_o),
    .rdata_i(c_rdata_i), .rresp_i(c_rresp_i), .rlast_i(c_rlast_i)
  );

  dma_write #(
    .AddrWidth(64), .Depth(32), .MaxBurst(16), .CountWidth(26), .TagWidth(32), .Bursts(16)
  ) u_write (
    .clk_i, .rst_ni, .stop_i(state_q == StFlush), .clear_i(start_i), .running_o(write_running),
    .quiet_o(write_quiet), .answered_o(unused_answered),
    .job_valid_i(page_valid), .job_ready_o(page_ready), .job_addr_i(page_addr),
    .job_beats_i(page_beats), .job_tag_i(page_index),
    .in_valid_i(data_valid && !data_error && !stop), .in_ready_o(in_ready), .in_data_i(data),
    .error_o(write_error), .error_tag_o(error_tag),
    .awvalid_o(h_awvalid_o), .awready_i(h_awready_i), .awaddr_o(h_awaddr_o), .awlen_o(h_awlen_o),
    .awsize_o(unused_awsize), .awburst_o(unused_awburst), .wvalid_o(h_wvalid_o),
    .wready_i(h_wready_i), .wdata_o(h_wdata_o), .wstrb_o(h_wstrb_o), .wlast_o(h_wlast_o),
    .bvalid_i(h_bvalid_i), .bready_o(unused_bready), .bresp_i(h_bresp_i)
  );

  assign done_o  = (state_q == StDone);
  assign quiet_o = (state_q == StIdle);
  always_comb begin
    result_o = '{status: CardStatusOk, detail: '0, last: 1'b0};
    if (write_error) begin
      result_o.status = CardStatusHostFault;
      result_o.detail = 64'(error_tag);
    end else if (fault_q) begin
      result_o.status = CardStatusCardFault;
    end else begin
      result_o.status = pages_status;
      result_o.detail = pages_detail;
    end
  end

  assign stall_memory_o = (state_q == StRun) && write_running && !data_valid;
  assign stall_host_o   = (state_q != StIdle) && ((h_awvalid_o && !h_awready_i)
                       || (h_wvalid_o && !h_wready_i) || (!write_running && !write_quiet)
                       || (!pages_end && !page_valid && !write_running));

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q    <= StIdle;
      start_q    <= 1'b0;
      fault_q    <= 1'b0;
      read_job_q <= 1'b0;
    end else begin
      start_q <= start_i;
      if (read_ready) read_job_q <= 1'b0;
      if (data_valid && data_error) fault_q <= 1'b1;
      unique case (state_q)
        StIdle: if (start_i) begin
          state_q    <= StRun;
          read_job_q <= 1'b1;
          fault_q    <= 1'b0;
        end
        // Every page that was handed out has its data, or nothing more comes.
        StRun: if (!start_q && !read_job_q && pages_end && (stop || !write_running)) begin
          state_q <= StFlush;
        end
        StFlush: if (write_quiet && read_quiet && pages_quiet) state_q <= StDone;
        default: state_q <= StIdle;
      endcase
    end
  end

endmodule
