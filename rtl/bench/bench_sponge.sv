// poseidon2_sponge for simulation. Words of drive_i: flags (valid, kind 2, first, last, words 4,
// results are taken, slot from bit 16), tag, data[0..16]. Words of sample_o: flags (ready, valid,
// error, 0, lost turn 4), tag, result[0..16]. Test: sim/engines/tests/poseidon2.rs.
module bench_sponge
  import field_pkg::*;
  import poseidon2_pkg::*;
#(
  parameter int unsigned Field = KoalaBear,
  parameter int unsigned Products = 4,
  parameter int unsigned FullUnits = 1,
  parameter int unsigned PartialUnits = 1,
  parameter int unsigned Share = 1,
  parameter int unsigned Slots = 64,
  parameter int unsigned OutDepth = 64,
  localparam int unsigned DriveWords = 2 + Width,
  localparam int unsigned SampleWords = 2 + Width
) (
  input  logic                         clk_i,
  input  logic                         rst_ni,
  input  logic [DriveWords-1:0][31:0]  drive_i,
  output logic [SampleWords-1:0][31:0] sample_o
);

  localparam int unsigned SlotWidth = $clog2(Slots);

  logic        ready, valid, error, unused_free;
  lost_t       lost;
  logic [31:0] tag;
  state_t      result;

  poseidon2_sponge #(
    .Field(Field), .Products(Products), .FullUnits(FullUnits), .PartialUnits(PartialUnits),
    .Share(Share), .Slots(Slots), .OutDepth(OutDepth), .TagWidth(32)
  ) u_sponge (
    .clk_i, .rst_ni,
    .valid_i(drive_i[0][0]), .ready_o(ready), .kind_i(kind_e'(drive_i[0][2:1])),
    .first_i(drive_i[0][3]), .last_i(drive_i[0][4]), .words_i(drive_i[0][8:5]),
    .slot_i(drive_i[0][16+:SlotWidth]), .tag_i(drive_i[1]), .data_i(drive_i[2+:Width]),
    .row_free_o(unused_free),
    .valid_o(valid), .ready_i(drive_i[0][9]), .tag_o(tag), .data_o(result),
    .error_o(error), .lost_o(lost)
  );

  assign sample_o[0] = {24'b0, lost, 1'b0, error, valid, ready};
  assign sample_o[1] = tag;
  for (genvar i = 0; i < Width; i++) begin : gen_result
    assign sample_o[2+i] = {1'b0, result[i]};
  end

  logic unused_inputs;
  assign unused_inputs = ^drive_i[0];

endmodule
