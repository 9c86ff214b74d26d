// Montgomery square x^2 / 2^32 mod p: field_mul with one of the four partial products saved. Latency
// field_pkg::mul_latency(4), one result a cycle.
// Golden twin: p3's square. Proved by: sim/engines/tests/field.rs.
module field_square
  import field_pkg::*;
#(
  parameter int unsigned Field = KoalaBear
) (
  input  logic clk_i,
  input  logic en_i,

  input  fe_t  x_i,
  output fe_t  y_o
);

  logic [31:0] low, low_q;
  logic [31:0] mixed, mixed_q;
  logic [29:0] high, high_q;
  logic [32:0] middle_q;
  logic [61:0] outer_q, y_q;

  assign low   = {16'b0, x_i[15:0]} * {16'b0, x_i[15:0]};
  assign mixed = {16'b0, x_i[15:0]} * {17'b0, x_i[30:16]};
  assign high  = {15'b0, x_i[30:16]} * {15'b0, x_i[30:16]};

  always_ff @(posedge clk_i) begin
    if (en_i) begin
      low_q    <= low;
      mixed_q  <= mixed;
      high_q   <= high;
      middle_q <= {mixed_q, 1'b0};
      outer_q  <= {high_q, low_q};
      y_q      <= outer_q + {13'b0, middle_q, 16'b0};
    end
  end

  field_redc #(.Field(Field)) u_redc (.clk_i, .en_i, .x_i(y_q), .y_o);

endmodule
