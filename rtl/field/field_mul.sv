// Montgomery product a * b / 2^32 mod p. Latency field_pkg::mul_latency(Products), one result a
// cycle. Multiplications are in field_product alone: as 1/p = 1 + 2^k + 2^31 mod 2^32, m = low / p
// is one addition, and (m * p) >> 32 one subtraction.
// Golden twin: p3's Mul. Proved by: sim/engines/tests/field.rs.
module field_mul
  import field_pkg::*;
#(
  parameter int unsigned Field = KoalaBear,
  parameter int unsigned Products = 4
) (
  input  logic clk_i,
  input  logic en_i, // the pipeline moves

  input  fe_t  a_i,
  input  fe_t  b_i,
  output fe_t  y_o
);

  logic [61:0] product;

  field_product #(.Products(Products)) u_product (.clk_i, .en_i, .a_i, .b_i, .y_o(product));
  field_redc #(.Field(Field)) u_redc (.clk_i, .en_i, .x_i(product), .y_o);

endmodule
