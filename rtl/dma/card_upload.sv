// Uploads and fills: host pages, or one word over and over, into card memory. Several host reads are
// under way while beats are written. Proved by: sim/card/tests.
module card_upload
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

  // Host: list (0) and pages (1).
  output logic [1:0]       h_arvalid_o,
  input  logic [1:0]       h_arready_i,
  output logic [1:0][63:0] h_araddr_o,
  output logic [1:0][7:0]  h_arlen_o,
  input  logic [1:0]       h_rvalid_i,
  input  logic [511:0]     h_rdata_i,
  input  logic [1:0]       h_rresp_i,
  input  logic             h_rlast_i,

  output logic         c_awvalid_o,
  input  logic         c_awready_i,
  output logic [39:0]  c_awaddr_o,
  output logic [7:0]   c_awlen_o,
  output logic [2:0]   c_awsize_o,
  output logic [1:0]   c_awburst_o,
  output logic         c_wvalid_o,
  input  logic         c_wready_i,
  output logic [511:0] c_wdata_o,
  output logic [63:0]  c_wstrb_o,
  output logic         c_wlast_o,
  input  logic         c_bvalid_i,
  output logic         c_bready_o,
  input  logic [1:0]   c_bresp_i
);
  typedef enum logic [1:0] {StIdle, StRun, StFlush, StDone} state_e;
  state_e       state_q;
  logic         fill, start_q, fault_q, write_job_q, write_ready, write_quiet, write_error;
  logic         write_running, pages_quiet, pages_end, page_valid, page_ready;
  logic [7:0]   pages_status;
  logic [63:0]  pages_detail, page_addr;
  logic [25:0]  page_beats;
  logic [31:0]  page_index, data_tag, fault_tag_q;
  logic         read_quiet, data_valid, data_ready, data_error, unused_last, unused_tag, in_ready;
  logic         unused_answered;
  logic [511:0] data;
  logic         bad, early;

  prim_plant #(.Id(assay_engine_plant_pkg::CardEarlyCompletion)) u_early (.active_o(early));

  assign fill = (command_i.opcode == CardOpcodeFill);
  // Something is wrong: no more pages, and what came is written.
  assign bad  = fault_q || (pages_end && (pages_status != CardStatusOk)) || write_error;

  card_pages u_pages (
    .clk_i, .rst_ni, .start_i(start_i && !fill), .stop_i(fault_q || write_error),
    .list_i(command_i.list), .count_i(command_i.count), .bytes_i(command_i.argument),
    .quiet_o(pages_quiet),
    .valid_o(page_valid), .ready_i(page_ready), .addr_o(page_addr), .beats_o(page_beats),
    .index_o(page_index), .end_o(pages_end), .status_o(pages_status), .detail_o(pages_detail),
    .arvalid_o(h_arvalid_o[0]), .arready_i(h_arready_i[0]), .araddr_o(h_araddr_o[0]),
    .arlen_o(h_arlen_o[0]), .arsize_o(unused_size[0]), .arburst_o(unused_burst[0]),
    .rvalid_i(h_rvalid_i[0]), .rready_o(unused_rready[0]), .rdata_i(h_rdata_i),
    .rresp_i(h_rresp_i), .rlast_i(h_rlast_i)
  );

  logic [1:0][2:0] unused_size;
  logic [1:0][1:0] unused_burst;
  logic [1:0]      unused_rready;

  dma_read #(
    .AddrWidth(64), .Depth(64), .MaxBurst(16), .CountWidth(26), .TagWidth(32), .Bursts(16)
  ) u_read (
    .clk_i, .rst_ni, .stop_i(fault_q || write_error), .quiet_o(read_quiet),
    .job_valid_i(page_valid), .job_ready_o(page_ready), .job_addr_i(page_addr),
    .job_beats_i(page_beats), .job_tag_i(page_index),
    .out_valid_o(data_valid), .out_ready_i(data_ready), .out_data_o(data), .out_tag_o(data_tag),
    .out_last_o(unused_last), .out_error_o(data_error),
    .arvalid_o(h_arvalid_o[1]), .arready_i(h_arready_i[1]), .araddr_o(h_araddr_o[1]),
    .arlen_o(h_arlen_o[1]), .arsize_o(unused_size[1]), .arburst_o(unused_burst[1]),
    .rvalid_i(h_rvalid_i[1]), .rready_o(unused_rready[1]), .rdata_i(h_rdata_i),
    .rresp_i(h_rresp_i), .rlast_i(h_rlast_i)
  );

  assign data_ready = in_ready || fault_q || data_error;

  dma_write #(.Depth(32), .MaxBurst(16), .CountWidth(34)) u_write (
    .clk_i, .rst_ni, .stop_i(state_q == StFlush), .clear_i(start_i), .running_o(write_running),
    .quiet_o(write_quiet), .answered_o(unused_answered),
    .job_valid_i(write_job_q), .job_ready_o(write_ready), .job_addr_i(command_i.destination[39:0]),
    .job_beats_i(command_i.argument[39:6]), .job_tag_i(1'b0),
    .in_valid_i((state_q == StRun) && (fill ? write_running
                                            : (data_valid && !data_error && !fault_q))),
    .in_ready_o(in_ready),
    .in_data_i(fill ? {16{command_i.count}} : data),
    .error_o(write_error), .error_tag_o(unused_tag),
    .awvalid_o(c_awvalid_o), .awready_i(c_awready_i), .awaddr_o(c_awaddr_o), .awlen_o(c_awlen_o),
    .awsize_o(c_awsize_o), .awburst_o(c_awburst_o), .wvalid_o(c_wvalid_o), .wready_i(c_wready_i),
    .wdata_o(c_wdata_o), .wstrb_o(c_wstrb_o), .wlast_o(c_wlast_o), .bvalid_i(c_bvalid_i),
    .bready_o(c_bready_o), .bresp_i(c_bresp_i)
  );

  assign done_o  = (state_q == StDone);
  assign quiet_o = (state_q == StIdle);
  always_comb begin
    result_o = '{status: CardStatusOk, detail: '0, last: 1'b0};
    if (fault_q) begin
      result_o.status = CardStatusHostFault;
      result_o.detail = 64'(fault_tag_q);
    end else if (!fill && (pages_status != CardStatusOk) && !write_error) begin
      result_o.status = pages_status;
      result_o.detail = pages_detail;
    end else if (write_error) begin
      result_o.status = CardStatusCardFault;
    end
  end

  assign stall_memory_o = (c_awvalid_o && !c_awready_i) || (c_wvalid_o && !c_wready_i)
                       || (!fill && data_valid && !in_ready)
                       || (!write_running && (state_q == StRun) && !start_q && !write_job_q);
  assign stall_host_o   = (state_q == StRun) && !fill && !data_valid && write_running;

  always_ff @(posedge clk_i) begin
    if (!fault_q) fault_tag_q <= data_tag;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q     <= StIdle;
      start_q     <= 1'b0;
      fault_q     <= 1'b0;
      write_job_q <= 1'b0;
    end else begin
      start_q <= start_i;
      if (write_ready) write_job_q <= 1'b0;
      if (data_valid && data_error) fault_q <= 1'b1;
      unique case (state_q)
        StIdle: if (start_i) begin
          state_q     <= StRun;
          write_job_q <= 1'b1;
          fault_q     <= 1'b0;
        end
        StRun: if (!start_q && !write_job_q) begin
          if (fill ? (write_error || !write_running)
                   : (bad && pages_quiet && pages_end && read_quiet)) begin
            state_q <= StFlush;
          end else if (!fill && pages_quiet && pages_end && !write_running
              && (write_quiet || (early && !c_wvalid_o))) begin
            state_q <= StDone;
          end
        end
        StFlush: if (write_quiet) state_q <= StDone;
        default: state_q <= StIdle;
      endcase
    end
  end

endmodule
