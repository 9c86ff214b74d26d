// a * b as an integer of 62 bits, from products of 16 or 17 bits: the only multiplications of the
// engines. Latency field_pkg::mul_latency(Products) - 4, one result a cycle.
// Proved by: sim/engines/tests/field.rs.
module field_product
  import field_pkg::*;
#(
  parameter int unsigned Products = 4 // 4, or 3 (Karatsuba: one cycle more)
) (
  input  logic        clk_i,
  input  logic        en_i,

  input  fe_t         a_i,
  input  fe_t         b_i,
  output logic [61:0] y_o
);

  logic [31:0] low_q;
  logic [29:0] high_q;
  logic [33:0] middle_q;
  logic [61:0] outer_q, y_q;

  assign y_o = y_q;

  always_ff @(posedge clk_i) begin
    if (en_i) y_q <= outer_q + {12'b0, middle_q, 16'b0};
  end

  if (Products == 4) begin : gen_four
    logic [31:0] low, cross_a, cross_b;
    logic [29:0] high;
    logic [31:0] cross_a_q, cross_b_q;
    assign low     = {16'b0, a_i[15:0]} * {16'b0, b_i[15:0]};
    assign cross_a = {16'b0, a_i[15:0]} * {17'b0, b_i[30:16]};
    assign cross_b = {17'b0, a_i[30:16]} * {16'b0, b_i[15:0]};
    assign high    = {15'b0, a_i[30:16]} * {15'b0, b_i[30:16]};

    always_ff @(posedge clk_i) begin
      if (en_i) begin
        low_q     <= low;
        cross_a_q <= cross_a;
        cross_b_q <= cross_b;
        high_q    <= high;
        middle_q  <= {2'b0, cross_a_q} + {2'b0, cross_b_q};
        outer_q   <= {high_q, low_q};
      end
    end
  end else begin : gen_three
    logic [16:0] sum_a_q, sum_b_q;
    fe_t         a_q, b_q;
    logic [33:0] cross_q;

    always_ff @(posedge clk_i) begin
      if (en_i) begin
        a_q      <= a_i;
        b_q      <= b_i;
        sum_a_q  <= {1'b0, a_i[15:0]} + {2'b0, a_i[30:16]};
        sum_b_q  <= {1'b0, b_i[15:0]} + {2'b0, b_i[30:16]};
        low_q    <= {16'b0, a_q[15:0]} * {16'b0, b_q[15:0]};
        high_q   <= {15'b0, a_q[30:16]} * {15'b0, b_q[30:16]};
        cross_q  <= {17'b0, sum_a_q} * {17'b0, sum_b_q};
        // Of the middle's two subtractions one is made of what it is added to: two operands each.
        middle_q <= cross_q - {2'b0, low_q};
        outer_q  <= {{high_q, low_q[31:16]} - {16'b0, high_q}, low_q[15:0]};
      end
    end
  end

endmodule
