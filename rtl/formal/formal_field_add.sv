// Sum and difference of any two elements: below p, and congruent. Proved by: cargo xtask formal.
module formal_field_add
  import field_pkg::*;
#(
  parameter int unsigned Field = KoalaBear
) (
  input logic clk_i,
  input fe_t  a_i,
  input fe_t  b_i
);
  localparam logic [32:0] P = 33'(modulus(Field));

  logic        begun_q;
  fe_t         sum, difference;
  logic [32:0] a_q, b_q;

  initial begun_q = 1'b0;
  always_comb assume ((33'(a_i) < P) && (33'(b_i) < P));
  always_ff @(posedge clk_i) begin
    begun_q <= 1'b1;
    a_q     <= 33'(a_i);
    b_q     <= 33'(b_i);
  end

  field_add #(.Field(Field)) u_add (.clk_i, .en_i(1'b1), .a_i, .b_i, .y_o(sum));
  field_sub #(.Field(Field)) u_sub (.clk_i, .en_i(1'b1), .a_i, .b_i, .y_o(difference));

  prim_check u_sum (
    .clk_i, .rst_ni(begun_q),
    .ok_i((33'(sum) < P) && ((33'(sum) == a_q + b_q) || (33'(sum) + P == a_q + b_q)))
  );
  prim_check u_difference (
    .clk_i, .rst_ni(begun_q),
    .ok_i((33'(difference) < P)
          && ((33'(difference) + b_q == a_q) || (33'(difference) + b_q == a_q + P)))
  );

endmodule
