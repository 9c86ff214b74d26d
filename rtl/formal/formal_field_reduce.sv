// Integers of every width that a sum in front of a reduction has: the result is below p, and the
// integer less a multiple of p. Proved by: cargo xtask formal.
module formal_field_reduce
  import field_pkg::*;
#(
  parameter int unsigned Field = KoalaBear
) (
  input logic        clk_i,
  input logic [36:0] x_i
);
  localparam int unsigned Widest = 37;
  localparam int unsigned Narrowest = 32;
  localparam int unsigned Longest = 3; // cycles
  localparam int unsigned K = two_power(Field);
  localparam logic [37:0] P = 38'(modulus(Field));

  logic [Longest-1:0] begun_q;
  logic [Widest-1:0]  x_q [Longest];
  initial begun_q = '0;
  always_ff @(posedge clk_i) begin
    begun_q <= {begun_q[Longest-2:0], 1'b1};
    x_q[0]  <= x_i;
    for (int unsigned i = 1; i < Longest; i++) x_q[i] <= x_q[i-1];
  end

  // x less (x >> 31) * p.
  function automatic logic [37:0] folded(logic [37:0] x);
    return x - ((x >> 31) << 31) + ((x >> 31) << K) - (x >> 31);
  endfunction

  for (genvar w = Narrowest; w <= Widest; w++) begin : gen_widths
    localparam int unsigned Latency = reduce_latency(Field, w);
    fe_t         y;
    logic [37:0] less;

    field_reduce #(.Field(Field), .Width(w)) u_reduce (
      .clk_i, .en_i(1'b1), .x_i(x_i[w-1:0]), .y_o(y)
    );

    assign less = folded(folded(38'(x_q[Latency-1][w-1:0])));
    prim_check u_congruent (
      .clk_i, .rst_ni(begun_q[Latency-1]),
      .ok_i((38'(y) < P) && ((less == 38'(y)) || (less == 38'(y) + P) || (less + P == 38'(y))))
    );
  end

endmodule
