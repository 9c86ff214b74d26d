// Walks the list of host pages of a transfer: reads it ahead, checks each entry, and hands out the good
// ones in order, up to the first that is wrong or to the transfer's end. Proved by: sim/card/tests.
module card_pages
  import assay_abi_pkg::*;
(
  input  logic         clk_i,
  input  logic         rst_ni,

  input  logic         start_i,     // quiet then
  input  logic         stop_i,      // no more pages are wanted
  input  logic [63:0]  list_i,
  input  logic [31:0]  count_i,
  input  logic [63:0]  bytes_i,     // of the transfer
  output logic         quiet_o,

  output logic         valid_o,
  input  logic         ready_i,
  output logic [63:0]  addr_o,
  output logic [25:0]  beats_o,
  output logic [31:0]  index_o,

  output logic         end_o,       // no page is left; holds
  output logic [7:0]   status_o,    // and why
  output logic [63:0]  detail_o,

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
  logic         job_q, end_q, walk_q;
  logic [31:0]  index_q, count_q;
  logic [63:0]  left_q, detail_q;
  logic [7:0]   status_q;
  logic         job_ready, beat_valid, beat_error, pop, unused_last, unused_tag;
  logic [511:0] beat;
  host_page_t   page;
  logic [7:0]   wrong;
  logic         take, finished;

  logic skip, skip_next;
  prim_plant #(.Id(assay_engine_plant_pkg::CardPageSkipped)) u_skip (.active_o(skip));
  assign skip_next = skip && (index_q == 32'd0) && (count_q > 32'd2);

  dma_read #(.AddrWidth(64), .Depth(8), .MaxBurst(4), .CountWidth(30), .Bursts(8)) u_read (
    .clk_i, .rst_ni, .stop_i(stop_i || end_q), .quiet_o,
    .job_valid_i(job_q), .job_ready_o(job_ready),
    .job_addr_i(list_i), .job_beats_i(30'((33'(count_i) + 33'd3) >> 2)), .job_tag_i(1'b0),
    .out_valid_o(beat_valid), .out_ready_i(pop), .out_data_o(beat), .out_tag_o(unused_tag),
    .out_last_o(unused_last), .out_error_o(beat_error),
    .arvalid_o, .arready_i, .araddr_o, .arlen_o, .arsize_o, .arburst_o,
    .rvalid_i, .rready_o, .rdata_i, .rresp_i, .rlast_i
  );

  assign page     = beat[128*index_q[1:0] +: 128];
  assign finished = walk_q && (index_q == count_q);
  always_comb begin
    wrong = CardStatusOk;
    if (beat_error) begin
      wrong = CardStatusHostFault;
    end else if (page.reserved0 != '0) begin
      wrong = CardStatusBadField;
    end else if ((page.length == '0) || (page.length[5:0] != '0)
        || (64'(page.length) > left_q)) begin
      wrong = CardStatusBadLength;
    end else if (page.address[5:0] != '0) begin
      wrong = CardStatusBadAlignment;
    end
  end

  assign valid_o = walk_q && !finished && beat_valid && (wrong == CardStatusOk) && !stop_i;
  assign take    = valid_o && ready_i;
  // The beat's last entry, or of no use any more.
  assign pop     = beat_valid && (!walk_q || finished || stop_i
                || (take && ((index_q[1:0] == 2'd3) || (index_q + 32'd1 == count_q)
                             || (skip_next && index_q[1:0] == 2'd2))));
  assign addr_o  = page.address;
  assign beats_o = page.length[31:6];
  assign index_o = index_q;

  assign end_o    = end_q;
  assign status_o = status_q;
  assign detail_o = detail_q;

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      count_q <= count_i;
      index_q <= '0;
      left_q  <= bytes_i;
    end else if (take) begin
      index_q <= index_q + (skip_next ? 32'd2 : 32'd1);
      left_q  <= left_q - 64'(page.length);
    end
    if (walk_q) begin
      status_q <= finished ? ((left_q == '0) ? CardStatusOk : CardStatusBadLength) : wrong;
      detail_q <= (finished && (left_q == '0)) ? '0
                : (!finished && beat_error) ? '1 : 64'(index_q);
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      job_q  <= 1'b0;
      end_q  <= 1'b0;
      walk_q <= 1'b0;
    end else begin
      if (start_i) begin
        job_q  <= 1'b1;
        end_q  <= 1'b0;
        walk_q <= 1'b1;
      end else begin
        if (job_ready) job_q <= 1'b0;
        if (walk_q && (finished || (beat_valid && (wrong != CardStatusOk)) || stop_i)) begin
          walk_q <= 1'b0;
          end_q  <= 1'b1;
        end
      end
    end
  end

endmodule
