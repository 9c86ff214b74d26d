// What a poseidon2_full needs to know of the state that it works on. Visit v of a state, at phase
// v * Stride of a counter modulo Interval that starts Offset cycles late, is round First + v * Step.
// Golden twin: p3's external rounds. Proved by: sim/engines/tests/poseidon2.rs.
module poseidon2_full_constants
  import field_pkg::*;
  import poseidon2_pkg::*;
#(
  parameter int unsigned Field = KoalaBear,
  parameter int unsigned Share = 1,
  parameter int unsigned Interval = 1,
  parameter int unsigned Offset = 0,
  parameter int unsigned Visits = 1,
  parameter int unsigned Stride = 1,
  parameter int unsigned First = 0,
  parameter int unsigned Step = 1,
  localparam int unsigned Boxes = Width / Share
) (
  input  logic             clk_i,
  input  logic             rst_ni,

  output logic [Share-1:0] turn_o,
  output fe_t [Boxes-1:0]  constants_o
);

  localparam int unsigned Late = queue_latency(Share) + 1 - Share; // behind the turns

  logic [Interval-1:0] phase; // one-hot: which phase the next cycle has
  fe_t [Boxes-1:0]     constants_d, constants_q;

  poseidon2_phase #(.Interval(Interval), .Offset(Offset)) u_phase (
    .clk_i, .rst_ni, .next_o(phase)
  );
  logic unused_phase; // not every phase has a visit
  assign unused_phase = ^phase;

  logic wrong_constant, wrong_half;
  if (First == 0) begin : gen_plant
    prim_plant #(.Id(assay_engine_plant_pkg::Poseidon2WrongConstant)) u_plant (
      .active_o(wrong_constant)
    );
  end else begin : gen_no_plant
    assign wrong_constant = 1'b0;
  end
  if (First >= HalfRounds) begin : gen_half
    prim_plant #(.Id(assay_engine_plant_pkg::Poseidon2UnrolledHalf)) u_half (
      .active_o(wrong_half)
    );
  end else begin : gen_no_half
    assign wrong_half = 1'b0;
  end

  for (genvar j = 0; j < Boxes; j++) begin : gen_boxes
    always_comb begin
      constants_d[j] = '0;
      for (int unsigned v = 0; v < Visits; v++) begin
        for (int unsigned g = 0; g < Share; g++) begin
          constants_d[j] |= full_constant(Field, First + v * Step, g * Boxes + j)
                            & {31{phase[(v * Stride + g + Late) % Interval]}};
        end
      end
      if (wrong_half) constants_d[j] = full_constant(Field, First % HalfRounds, j);
      constants_d[j][0] = constants_d[j][0] ^ (wrong_constant && (j == Boxes - 1));
    end
  end

  always_ff @(posedge clk_i) constants_q <= constants_d;
  assign constants_o = constants_q;

  if (Share == 1) begin : gen_no_turns
    assign turn_o = 1'b1;
  end else begin : gen_turns
    logic [Share-1:0] turn_q;
    always_ff @(posedge clk_i) begin
      turn_q <= '0;
      for (int unsigned v = 0; v < Visits; v++) begin
        for (int unsigned g = 0; g < Share; g++) begin
          if (phase[(v * Stride + g) % Interval]) turn_q[g] <= 1'b1;
        end
      end
    end
    assign turn_o = turn_q;
  end

endmodule
