// x^3 or x^7, as the field's S-box has it. Latency poseidon2_pkg::sbox_latency(Field, Products), one
// result a cycle. Golden twin: p3's injective_exp_n. Proved by: sim/engines/tests/poseidon2.rs.
module poseidon2_sbox
  import field_pkg::*;
  import poseidon2_pkg::*;
#(
  parameter int unsigned Field = KoalaBear,
  parameter int unsigned Products = 4
) (
  input  logic clk_i,

  input  fe_t  x_i,
  output fe_t  y_o
);

  fe_t square, x, cube;

  field_square #(.Field(Field)) u_square (.clk_i, .en_i(1'b1), .x_i, .y_o(square));
  prim_delay #(.Width(31), .Depth(mul_latency(4))) u_x (
    .clk_i, .en_i(1'b1), .data_i(x_i), .data_o(x)
  );
  field_mul #(.Field(Field), .Products(Products)) u_cube (
    .clk_i, .en_i(1'b1), .a_i(square), .b_i(x), .y_o(cube)
  );

  if (degree(Field) == 3) begin : gen_cube
    assign y_o = cube;
  end else begin : gen_seventh
    fe_t fourth_early, fourth;
    field_square #(.Field(Field)) u_fourth (
      .clk_i, .en_i(1'b1), .x_i(square), .y_o(fourth_early)
    );
    prim_delay #(.Width(31), .Depth(mul_latency(Products) - mul_latency(4))) u_wait (
      .clk_i, .en_i(1'b1), .data_i(fourth_early), .data_o(fourth)
    );
    field_mul #(.Field(Field), .Products(Products)) u_seventh (
      .clk_i, .en_i(1'b1), .a_i(fourth), .b_i(cube), .y_o
    );
  end

endmodule
