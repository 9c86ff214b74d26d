// Radix-2 butterfly, decimation in frequency: {a + b, (a - b) * w}; with negate_i, (b - a) * w.
// With Multiply = 0 the second output is a - b. One result a cycle, latency ntt_pkg::AddLatency, plus
// the multiplier's if there is one; w_i comes AddLatency cycles after a_i and b_i.
// Golden twin: p3_dft's butterfly. Proved by: sim/engines/tests/ntt.rs.
module ntt_butterfly
  import field_pkg::fe_t;
#(
  parameter int unsigned Field = field_pkg::KoalaBear,
  parameter int unsigned Products = 4,
  parameter bit          Multiply = 1'b1
) (
  input  logic clk_i,
  input  logic rst_ni,

  input  logic negate_i,
  input  fe_t  a_i,
  input  fe_t  b_i,
  input  fe_t  w_i,
  output fe_t  sum_o,
  output fe_t  diff_o
);
  fe_t a_q, b_q, sum, diff;

  // With negate_i the operands change places, which the sum does not see.
  always_ff @(posedge clk_i) begin
    a_q <= negate_i ? b_i : a_i;
    b_q <= negate_i ? a_i : b_i;
  end

  field_add #(.Field(Field)) u_add (.clk_i, .en_i(1'b1), .a_i(a_q), .b_i(b_q), .y_o(sum));
  field_sub #(.Field(Field)) u_sub (.clk_i, .en_i(1'b1), .a_i(a_q), .b_i(b_q), .y_o(diff));

  if (Multiply) begin : gen_multiply
    field_mul #(.Field(Field), .Products(Products)) u_mul (
      .clk_i, .en_i(1'b1), .a_i(diff), .b_i(w_i), .y_o(diff_o)
    );
    ntt_delay #(.Width($bits(fe_t)), .Depth(field_pkg::mul_latency(Products))) u_sum (
      .clk_i, .rst_ni, .data_i(sum), .data_o(sum_o)
    );
  end else begin : gen_plain
    logic unused;
    assign unused = ^{rst_ni, w_i};
    assign sum_o  = sum;
    assign diff_o = diff;
  end
endmodule
