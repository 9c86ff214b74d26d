// The constant that a poseidon2_partial adds to the state that it works on. Visit v of a state, at
// phase v * Stride of a counter modulo Interval that starts Offset cycles late, is round
// First + v * Step. Golden twin: p3's internal rounds. Proved by: sim/engines/tests/poseidon2.rs.
module poseidon2_partial_constant
  import field_pkg::*;
  import poseidon2_pkg::*;
#(
  parameter int unsigned Field = KoalaBear,
  parameter int unsigned Interval = 1,
  parameter int unsigned Offset = 0,
  parameter int unsigned Visits = 1,
  parameter int unsigned Stride = 1,
  parameter int unsigned First = 0,
  parameter int unsigned Step = 1
) (
  input  logic clk_i,
  input  logic rst_ni,

  output fe_t  constant_o
);

  logic [Interval-1:0] phase;
  fe_t                 constant_d, constant_q;

  poseidon2_phase #(.Interval(Interval), .Offset(Offset)) u_phase (
    .clk_i, .rst_ni, .next_o(phase)
  );
  logic unused_phase; // not every phase has a visit
  assign unused_phase = ^phase;

  logic late_constant;
  prim_plant #(.Id(assay_engine_plant_pkg::Poseidon2LateConstant)) u_late_constant (
    .active_o(late_constant)
  );

  always_comb begin
    constant_d = '0;
    for (int unsigned v = 0; v < Visits; v++) begin
      constant_d |= partial_constant(Field, First + v * Step)
                    & {31{late_constant ? phase[(v * Stride + 1) % Interval]
                                        : phase[(v * Stride) % Interval]}};
    end
  end
  always_ff @(posedge clk_i) constant_q <= constant_d;
  assign constant_o = constant_q;

endmodule
