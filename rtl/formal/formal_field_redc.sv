// The Montgomery reduction of any product of two elements, in both fields: the result is below p, and
// 2^32 times it is the product less a multiple of p. Proved by: cargo xtask formal.
module formal_field_redc
  import field_pkg::*;
#(
  parameter int unsigned Field = KoalaBear
) (
  input logic        clk_i,
  input logic [61:0] x_i
);
  localparam int unsigned Latency = 4;
  localparam int unsigned K = two_power(Field);
  localparam logic [63:0] P = 64'(modulus(Field));

  logic [Latency-1:0] begun_q;
  logic [61:0]        x_q [Latency];
  logic [63:0]        x, rest;
  logic [31:0]        m;
  fe_t                y;

  initial begun_q = '0;
  always_comb assume (64'(x_i) < P * P);
  always_ff @(posedge clk_i) begin
    begun_q <= {begun_q[Latency-2:0], 1'b1};
    x_q[0]  <= x_i;
    for (int unsigned i = 1; i < Latency; i++) x_q[i] <= x_q[i-1];
  end

  field_redc #(.Field(Field)) u_redc (.clk_i, .en_i(1'b1), .x_i, .y_o(y));

  // x - m * p with m = x / p mod 2^32 ends in 32 zeros.
  assign x    = 64'(x_q[Latency-1]);
  assign m    = x[31:0] + (x[31:0] << K) + (x[31:0] << 31);
  assign rest = x - (64'(m) << 31) + (64'(m) << K) - 64'(m);

  prim_check u_congruent (
    .clk_i, .rst_ni(begun_q[Latency-1]),
    .ok_i((rest == {1'b0, y, 32'b0}) || (rest + (P << 32) == {1'b0, y, 32'b0}))
  );
  prim_check u_below (.clk_i, .rst_ni(begun_q[Latency-1]), .ok_i(64'(y) < P));

endmodule
