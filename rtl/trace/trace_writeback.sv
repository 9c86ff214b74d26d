// Victims of the shadow cache to card memory: one line, one beat, one write. Counts
// acknowledgements, which come in order. One line a cycle. Proved by: tests of the trace unit.
module trace_writeback
  import trace_pkg::*;
#(
  parameter int unsigned Depth = 32
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  input  logic                    start_i,
  input  logic [39:0]             shadow_base_i,

  input  logic                    push_i,
  input  logic [LineAddrBits-1:0] line_i,
  input  logic [LineBits-1:0]     data_i,
  output logic                    room_o,        // for six more

  output logic [EvictBits-1:0]    done_count_o,  // acknowledged, modulo
  output logic                    busy_o,
  output logic                    error_o,       // sticky

  output logic                    awvalid_o,
  input  logic                    awready_i,
  output logic [39:0]             awaddr_o,
  output logic                    wvalid_o,
  input  logic                    wready_i,
  output logic [511:0]            wdata_o,
  input  logic                    bvalid_i,
  input  logic [1:0]              bresp_i
);

  logic                    head_valid, pop, aw_done_q, w_done_q;
  logic [LineAddrBits-1:0] head_line;
  logic [LineBits-1:0]     head_data;
  logic [$clog2(Depth):0]  level;
  logic [8:0]              unanswered_q; // at most one a set

  trace_fifo #(.Width(LineAddrBits + LineBits), .Depth(Depth)) u_fifo (
    .clk_i, .rst_ni, .clear_i(start_i),
    .push_i, .data_i({line_i, data_i}),
    .valid_o(head_valid), .pop_i(pop), .data_o({head_line, head_data}), .level_o(level)
  );

  assign awvalid_o = head_valid && !aw_done_q;
  assign awaddr_o  = {shadow_base_i[39:29], head_line, 6'd0};
  assign wvalid_o  = head_valid && !w_done_q;
  assign wdata_o   = head_data;
  assign pop       = head_valid && (aw_done_q || awready_i) && (w_done_q || wready_i);
  assign busy_o    = (level != '0) || (unanswered_q != '0);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      aw_done_q    <= 1'b0;
      w_done_q     <= 1'b0;
      room_o       <= 1'b0;
      done_count_o <= '0;
      unanswered_q <= '0;
      error_o      <= 1'b0;
    end else begin
      aw_done_q    <= head_valid && !pop && (aw_done_q || awready_i);
      w_done_q     <= head_valid && !pop && (w_done_q || wready_i);
      room_o       <= (level <= ($clog2(Depth) + 1)'(Depth - 8));
      done_count_o <= start_i ? '0 : done_count_o + EvictBits'(bvalid_i);
      unanswered_q <= unanswered_q + 9'(pop) - 9'(bvalid_i);
      if (start_i)                              error_o <= 1'b0;
      else if (bvalid_i && (bresp_i != 2'b00))  error_o <= 1'b1;
    end
  end

  logic unused_base;
  assign unused_base = ^shadow_base_i[28:0];

  prim_check u_asked_for (.clk_i, .rst_ni, .ok_i(!bvalid_i || (unanswered_q != '0)));

  prim_stable_check #(.Width(40)) u_aw_stable (
    .clk_i, .rst_ni, .clear_i(start_i),
    .valid_i(awvalid_o), .ready_i(awready_i), .data_i(awaddr_o)
  );

  prim_stable_check #(.Width(512)) u_w_stable (
    .clk_i, .rst_ni, .clear_i(start_i),
    .valid_i(wvalid_o), .ready_i(wready_i), .data_i(wdata_o)
  );

endmodule
