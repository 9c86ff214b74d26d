// 33 x 33 signed multiplier of four 18 x 18 products. Operands in EX, products registered at its
// end, sum in MEM: the low word is ready for the bypass of MEM (latency 2), the high word is
// registered for WB. One product a cycle.
module core_mul
  import assay_plant_pkg::*;
(
  input  logic        clk_i,

  input  logic        a_signed_i,
  input  logic        b_signed_i,
  input  logic [31:0] a_i,
  input  logic [31:0] b_i,

  output logic [31:0] low_o,   // in MEM
  output logic [31:0] high_o   // in MEM
);
  logic signed [17:0] a_low, a_high, b_low, b_high;
  logic signed [35:0] ll_q, lh_q, hl_q, hh_q;
  logic signed [35:0] mid;
  logic        [63:0] sum;

  logic plant_sign;
  prim_plant #(.Id(CoreMulMidUnsigned)) u_plant_sign (.active_o(plant_sign));

  // a = a_high * 2^17 + a_low
  assign a_low  = {1'b0, a_i[16:0]};
  assign b_low  = {1'b0, b_i[16:0]};
  assign a_high = {{3{a_signed_i & a_i[31]}}, a_i[31:17]};
  assign b_high = {{3{b_signed_i & b_i[31]}}, b_i[31:17]};

  always_ff @(posedge clk_i) begin
    ll_q <= a_low * b_low;
    lh_q <= a_low * b_high;
    hl_q <= a_high * b_low;
    hh_q <= a_high * b_high;
  end

  assign mid = lh_q + hl_q;
  assign sum = {hh_q[29:0], ll_q[33:0]} + {{11{mid[35] & ~plant_sign}}, mid, 17'd0};

  // Its own short adder: the low word goes straight into the operand bypass.
  assign low_o  = {ll_q[31:17] + lh_q[14:0] + hl_q[14:0], ll_q[16:0]};
  assign high_o = sum[63:32];

  logic unused;
  assign unused = ^{hh_q[35:30], ll_q[35:34], sum[31:0]};
endmodule
