// Montgomery reduction x / 2^32 mod p of x < p^2. Latency 4, one result a cycle. With m = x / p mod
// 2^32 the low words of x and m * p are equal, so the result is the difference of the high words.
// Golden twin: p3's Montgomery reduction. Proved by: sim/engines/tests/field.rs.
module field_redc
  import field_pkg::*;
#(
  parameter int unsigned Field = KoalaBear
) (
  input  logic        clk_i,
  input  logic        en_i,

  input  logic [61:0] x_i,
  output fe_t         y_o
);

  localparam fe_t         P = modulus(Field);
  localparam int unsigned K = two_power(Field);

  // 1: m.
  logic [31:0] m_d, m_q;
  logic [29:0] high_q, high_qq;

  // 2: -(m * p) >> 32 = m[31:32-K] - m[31:1] - round + borrow, yet without the borrow.
  logic [31-K:0] low_part;
  logic          borrow_q, round, lost_carry;
  logic [31:0]   u_d, u_q;
  // 3: the difference, in (-p, p).
  logic [31:0] r_d, r_q;
  // 4: p more if it is negative.
  fe_t         y_d, y_q;

  prim_plant #(.Id(assay_engine_plant_pkg::FieldLostCarry)) u_lost_carry (.active_o(lost_carry));

  assign m_d[K-1:0]  = x_i[K-1:0];
  assign m_d[31:K]   = x_i[31:K] + x_i[31-K:0] + {x_i[0], {(31-K){1'b0}}};
  assign low_part    = {m_q[0] ^ m_q[31], m_q[30:K]};
  assign round       = m_q[0] && m_q[31] && !lost_carry;
  // Round and borrow come in as a bit below the lowest: two operands, one carry chain.
  logic [1:0] unused_bits;
  assign {u_d, unused_bits[0]} = {{(32-K){1'b0}}, m_q[31:32-K], 1'b0} - {1'b0, m_q[31:1], round};
  assign {r_d, unused_bits[1]} = {2'b00, high_qq, 1'b1} + {u_q, borrow_q};
  assign y_d         = r_q[30:0] + (P & {31{r_q[31]}});
  assign y_o         = y_q;

  always_ff @(posedge clk_i) begin
    if (en_i) begin
      m_q      <= m_d;
      high_q   <= x_i[61:32];
      u_q      <= u_d;
      borrow_q <= low_part < m_q[31-K:0];
      high_qq  <= high_q;
      r_q      <= r_d;
      y_q      <= y_d;
    end
  end

endmodule
