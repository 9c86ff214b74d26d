// a - b mod p, for a, b < p. Latency field_pkg::SubLatency, one result a cycle.
// Golden twin: p3's Sub. Proved by: sim/engines/tests/field.rs.
module field_sub
  import field_pkg::*;
#(
  parameter int unsigned Field = KoalaBear
) (
  input  logic clk_i,
  input  logic en_i, // the pipeline moves

  input  fe_t  a_i,
  input  fe_t  b_i,
  output fe_t  y_o
);

  localparam fe_t P = modulus(Field);

  logic [31:0] diff; // the top bit is its sign
  fe_t         y_d, y_q;
  logic        lost_borrow;

  prim_plant #(.Id(assay_engine_plant_pkg::FieldLostBorrow)) u_lost_borrow (
    .active_o(lost_borrow)
  );

  assign diff = {1'b0, a_i} - {1'b0, b_i};
  assign y_d  = diff[30:0] + (P & {31{diff[31] && !lost_borrow}});
  assign y_o  = y_q;

  always_ff @(posedge clk_i) if (en_i) y_q <= y_d;

endmodule
