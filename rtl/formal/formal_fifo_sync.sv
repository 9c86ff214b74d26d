// Any writer and any reader: the queue of LUT RAM keeps count. Proved by: cargo xtask formal.
module formal_fifo_sync (
  input logic       clk_i,
  input logic       clear_i,
  input logic       valid_i,
  input logic [1:0] data_i,
  input logic       ready_i
);

  localparam int unsigned Depth = 8;

  logic       begun_q, valid, ready;
  logic [1:0] data;
  logic [3:0] level;

  initial begun_q = 1'b0;

  always_ff @(posedge clk_i) begun_q <= 1'b1;

  prim_fifo_sync #(.Width(2), .Depth(Depth)) u_fifo (
    .clk_i, .rst_ni(begun_q), .clear_i,
    .valid_i, .ready_o(ready), .data_i, .valid_o(valid), .ready_i, .data_o(data), .level_o(level)
  );

  prim_check u_level (.clk_i, .rst_ni(begun_q), .ok_i(level <= 4'(Depth)));
  prim_check u_ends (.clk_i, .rst_ni(begun_q), .ok_i(ready || (valid && (level == 4'(Depth)))));

endmodule
