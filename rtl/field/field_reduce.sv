// x mod p of an unsigned integer x of Width bits, 32 to 37: sums in front of one reduction. Latency
// field_pkg::reduce_latency(Field, Width), one result a cycle. A fold replaces h * 2^31 by
// h * (2^k - 1), which is congruent. Golden twin: p3's reduction of u64.
// Proved by: sim/engines/tests/field.rs.
module field_reduce
  import field_pkg::*;
#(
  parameter int unsigned Field = KoalaBear,
  parameter int unsigned Width = 33
) (
  input  logic             clk_i,
  input  logic             en_i,

  input  logic [Width-1:0] x_i,
  output fe_t              y_o
);

  localparam fe_t         P = modulus(Field);
  localparam int unsigned K = two_power(Field);
  localparam int unsigned HighMax = 6; // of Width bits, above bit 31

  logic [31:0] folded_q; // below 2p
  logic [32:0] less;
  fe_t         y_d, y_q;
  logic        whole;

  prim_plant #(.Id(assay_engine_plant_pkg::FieldWholeP)) u_whole (.active_o(whole));

  // h * (2^K - 1) without a subtraction: -h is the complement of h - 1.
  function automatic logic [K+HighMax-1:0] folded(logic [HighMax-1:0] high);
    logic [HighMax-1:0] minus;
    logic               some;
    some = (high != '0);
    for (int unsigned i = 0; i < HighMax; i++) begin
      minus[i] = high[i] ^ ((high & ((HighMax'(1) << i) - HighMax'(1))) != '0);
    end
    return {~minus & {HighMax{some}}, {(K-HighMax){some}}, minus};
  endfunction

  if (reduce_folds(Field, Width) == 1) begin : gen_once
    always_ff @(posedge clk_i) begin
      if (en_i) folded_q <= {1'b0, x_i[30:0]} + 32'(folded(HighMax'(x_i[Width-1:31])));
    end
  end else begin : gen_twice
    // 63 * 2^27 + 2^31 < 2^34.
    logic [33:0] once_q;
    always_ff @(posedge clk_i) begin
      if (en_i) begin
        once_q   <= {3'b000, x_i[30:0]} + 34'(folded(HighMax'(x_i[Width-1:31])));
        folded_q <= {1'b0, once_q[30:0]} + 32'(folded(HighMax'(once_q[33:31])));
      end
    end
  end

  assign less = {1'b0, folded_q} - {2'b00, P};
  assign y_d  = (less[32] || (whole && (less == '0))) ? folded_q[30:0] : less[30:0];
  assign y_o  = y_q;

  always_ff @(posedge clk_i) if (en_i) y_q <= y_d;

  logic unused_bit;
  assign unused_bit = less[31];

endmodule
