// a + b mod p, for a, b < p. Latency field_pkg::AddLatency, one result a cycle.
// Golden twin: p3's Add. Proved by: sim/engines/tests/field.rs.
module field_add
  import field_pkg::*;
#(
  parameter int unsigned Field = KoalaBear
) (
  input  logic clk_i,
  input  logic en_i, // the pipeline moves

  input  fe_t  a_i,
  input  fe_t  b_i,
  output fe_t  y_o
);

  localparam fe_t P = modulus(Field);

  logic [31:0] sum;
  logic [32:0] less; // sum - p; the top bit is its sign
  fe_t         y_d, y_q;
  logic        whole;

  prim_plant #(.Id(assay_engine_plant_pkg::FieldSumOfP)) u_whole (.active_o(whole));

  assign sum  = {1'b0, a_i} + {1'b0, b_i};
  assign less = {1'b0, sum} - {2'b00, P};
  assign y_d  = (less[32] || (whole && (less == '0))) ? sum[30:0] : less[30:0];
  assign y_o  = y_q;

  always_ff @(posedge clk_i) if (en_i) y_q <= y_d;

  logic unused_bits;
  assign unused_bits = ^{sum[31], less[31]};

endmodule
