// Whatever groups of pages come to life and whenever all are forgotten, each group is live if and
// only if it was brought to life since: trace_page_tracker against one flip-flop of a group that
// the prover chooses. Proved by: cargo xtask formal.
module formal_page_groups
  import trace_pkg::*;
(
  input logic                clk_i,
  input logic                advance_i,
  input logic [PageBits-1:0] page_i,
  input logic                forget_i,
  input logic                live_set_i,
  input logic [7:0]          live_group_i
);

  logic begun_q, touched, dirty, live;

  initial begun_q = 1'b0;

  always_ff @(posedge clk_i) begun_q <= 1'b1;

  trace_page_tracker u_pages (
    .clk_i, .rst_ni(begun_q),
    .advance_i, .page_i, .touched_o(touched), .dirty_o(dirty), .live_o(live),
    .forget_i, .live_set_i, .live_group_i,
    .w_en_i(1'b0), .w_clear_i(1'b0), .w_row_i('0), .w_page_i('0), .w_dirty_i(1'b0)
  );

endmodule
