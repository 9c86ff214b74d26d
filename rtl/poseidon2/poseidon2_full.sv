// A full round: constants, S-boxes, external layer. Latency poseidon2_pkg::full_latency. A state
// goes through Width / Share S-boxes, in Share cycles. Visit v of a state, at phase v * Stride of a
// counter modulo Interval that starts Offset cycles late, is round First + v * Step.
// Golden twin: p3's external rounds. Proved by: sim/engines/tests/poseidon2.rs.
module poseidon2_full
  import field_pkg::*;
  import poseidon2_pkg::*;
#(
  parameter int unsigned Field = KoalaBear,
  parameter int unsigned Products = 4,
  parameter int unsigned Share = 1,
  parameter int unsigned Interval = 1,
  parameter int unsigned Offset = 0,
  parameter int unsigned Visits = 1,
  parameter int unsigned Stride = 1,
  parameter int unsigned First = 0,
  parameter int unsigned Step = 1
) (
  input  logic   clk_i,
  input  logic   rst_ni,

  input  state_t x_i,
  output state_t y_o
);

  localparam int unsigned Boxes = Width / Share;

  state_t              boxed;
  logic [Interval-1:0] phase; // one-hot: which phase the next cycle has

  poseidon2_phase #(.Interval(Interval), .Offset(Offset)) u_phase (
    .clk_i, .rst_ni, .next_o(phase)
  );
  logic unused_phase; // not every phase has a visit
  assign unused_phase = ^phase;

  logic wrong_constant;
  if (First == 0) begin : gen_plant
    prim_plant #(.Id(assay_engine_plant_pkg::Poseidon2WrongConstant)) u_plant (
      .active_o(wrong_constant)
    );
  end else begin : gen_no_plant
    assign wrong_constant = 1'b0;
  end

  for (genvar j = 0; j < Boxes; j++) begin : gen_boxes
    fe_t [Share-1:0] groups;  // word j of each group, in the cycle in which it is served
    fe_t             word, constant_d, constant_q, sum, box;

    for (genvar g = 0; g < Share; g++) begin : gen_groups
      prim_delay #(.Width(31), .Depth(g)) u_queue (
        .clk_i, .en_i(1'b1), .data_i(x_i[g*Boxes+j]), .data_o(groups[g])
      );
      prim_delay #(.Width(31), .Depth(Share - 1 - g)) u_wait (
        .clk_i, .en_i(1'b1), .data_i(box), .data_o(boxed[g*Boxes+j])
      );
    end

    if (Share == 1) begin : gen_direct
      assign word = groups[0];
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
      always_comb begin
        word = '0;
        for (int unsigned g = 0; g < Share; g++) word |= groups[g] & {31{turn_q[g]}};
      end
    end

    always_comb begin
      constant_d = '0;
      for (int unsigned v = 0; v < Visits; v++) begin
        for (int unsigned g = 0; g < Share; g++) begin
          constant_d |= full_constant(Field, First + v * Step, g * Boxes + j)
                        & {31{phase[(v * Stride + g) % Interval]}};
        end
      end
      constant_d[0] = constant_d[0] ^ (wrong_constant && (j == Boxes - 1));
    end
    always_ff @(posedge clk_i) constant_q <= constant_d;

    field_add #(.Field(Field)) u_constant (
      .clk_i, .en_i(1'b1), .a_i(word), .b_i(constant_q), .y_o(sum)
    );
    poseidon2_sbox #(.Field(Field), .Products(Products)) u_box (.clk_i, .x_i(sum), .y_o(box));
  end

  poseidon2_external #(.Field(Field)) u_external (.clk_i, .x_i(boxed), .y_o);

endmodule
