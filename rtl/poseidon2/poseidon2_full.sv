// A full round: constants, S-boxes, external layer. Latency poseidon2_pkg::full_latency. A state
// goes through Width / Share S-boxes, in Share cycles: in the g-th of them turn_i has bit g, and
// constants_i the constants of that part of the words, a cycle later if S-boxes are shared. Whose
// they are poseidon2_full_constants knows: all full rounds are copies of this one. With Mixes its
// external layer also takes mixed_i when mixes_i, whose result comes out external_latency later.
// Golden twin: p3's external rounds. Proved by: sim/engines/tests/poseidon2.rs.
module poseidon2_full
  import field_pkg::*;
  import poseidon2_pkg::*;
#(
  parameter int unsigned Field = KoalaBear,
  parameter int unsigned Products = 4,
  parameter int unsigned Share = 1,
  parameter bit          Mixes = 1'b0,
  localparam int unsigned Boxes = Width / Share
) (
  input  logic             clk_i,

  input  logic [Share-1:0] turn_i,
  input  fe_t [Boxes-1:0]  constants_i,
  input  state_t           x_i,
  input  logic             mixes_i,
  input  state_t           mixed_i,
  output state_t           y_o
);

  state_t boxed;

  for (genvar j = 0; j < Boxes; j++) begin : gen_boxes
    fe_t [Share-1:0] groups;  // word j of each group, in the cycle in which it is served
    fe_t             word, served, sum, box;

    for (genvar g = 0; g < Share; g++) begin : gen_groups
      prim_delay #(.Width(31), .Depth(g)) u_queue (
        .clk_i, .en_i(1'b1), .data_i(x_i[g*Boxes+j]), .data_o(groups[g])
      );
      prim_delay #(.Width(31), .Depth(Share - 1 - g)) u_wait (
        .clk_i, .en_i(1'b1), .data_i(box), .data_o(boxed[g*Boxes+j])
      );
    end

    always_comb begin
      word = '0;
      for (int unsigned g = 0; g < Share; g++) word |= groups[g] & {31{turn_i[g]}};
    end

    prim_delay #(.Width(31), .Depth(queue_latency(Share) + 1 - Share)) u_served (
      .clk_i, .en_i(1'b1), .data_i(word), .data_o(served)
    );

    field_add #(.Field(Field)) u_constant (
      .clk_i, .en_i(1'b1), .a_i(served), .b_i(constants_i[j]), .y_o(sum)
    );
    poseidon2_sbox #(.Field(Field), .Products(Products)) u_box (.clk_i, .x_i(sum), .y_o(box));
  end

  state_t layer;
  if (Mixes) begin : gen_mixes
    assign layer = mixes_i ? mixed_i : boxed;
  end else begin : gen_rounds_only
    logic unused_mixed;
    assign unused_mixed = ^{mixes_i, mixed_i};
    assign layer        = boxed;
  end
  poseidon2_external #(.Field(Field)) u_external (.clk_i, .x_i(layer), .y_o);

endmodule
