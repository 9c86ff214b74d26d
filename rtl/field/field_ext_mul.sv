// Product in the degree-4 extension F[x] / (x^4 - w): coefficient i is element i. Latency
// field_pkg::ext_mul_latency(Field, Products), one result a cycle, 16 field_mul.
// Golden twin: p3's BinomialExtensionField<F, 4>. Proved by: sim/engines/tests/field.rs.
module field_ext_mul
  import field_pkg::*;
#(
  parameter int unsigned Field = KoalaBear,
  parameter int unsigned Products = 4
) (
  input  logic      clk_i,
  input  logic      en_i,

  input  fe_t [3:0] a_i,
  input  fe_t [3:0] b_i,
  output fe_t [3:0] y_o
);

  localparam int unsigned W = extension_w(Field);
  localparam int unsigned ScaleLatency = reduce_latency(Field, ExtScaledWidth);

  fe_t [3:0] a, b;        // when w * b is there
  fe_t [3:0] scaled;      // w * b
  fe_t [3:0][3:0] terms;  // a[i] * b[j], or of w * b where i + j is 4 or more, at [(i + j) % 4][i]

  prim_delay #(.Width(124), .Depth(ScaleLatency)) u_a (.clk_i, .en_i, .data_i(a_i), .data_o(a));
  prim_delay #(.Width(124), .Depth(ScaleLatency)) u_b (.clk_i, .en_i, .data_i(b_i), .data_o(b));

  assign scaled[0] = '0; // no power of x below 4 wraps with it

  for (genvar j = 1; j < 4; j++) begin : gen_scale
    field_reduce #(.Field(Field), .Width(ExtScaledWidth)) u_scale (
      .clk_i, .en_i, .x_i(ExtScaledWidth'(b_i[j]) * ExtScaledWidth'(W)), .y_o(scaled[j])
    );
  end

  for (genvar i = 0; i < 4; i++) begin : gen_rows
    for (genvar j = 0; j < 4; j++) begin : gen_terms
      field_mul #(.Field(Field), .Products(Products)) u_mul (
        .clk_i, .en_i, .a_i(a[i]), .b_i((i + j >= 4) ? scaled[j] : b[j]),
        .y_o(terms[(i + j) % 4][i])
      );
    end
  end

  for (genvar k = 0; k < 4; k++) begin : gen_sums
    logic [ExtSumWidth-1:0] sum_q;
    always_ff @(posedge clk_i) begin
      if (en_i) begin
        sum_q <= (ExtSumWidth'(terms[k][0]) + ExtSumWidth'(terms[k][1]))
               + (ExtSumWidth'(terms[k][2]) + ExtSumWidth'(terms[k][3]));
      end
    end
    field_reduce #(.Field(Field), .Width(ExtSumWidth)) u_reduce (
      .clk_i, .en_i, .x_i(sum_q), .y_o(y_o[k])
    );
  end

  logic unused_scaled;
  assign unused_scaled = ^scaled[0];

endmodule
