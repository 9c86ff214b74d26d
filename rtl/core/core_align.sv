// Value of a load: the lanes of its word moved down and extended. Combinational, and shallow behind
// the word: the selects come from registers, so that the data cache's RAM may stand in front of it.
// Kept as a module for the same reason as core_late_mux.
(* keep_hierarchy *)
module core_align
  import core_pkg::align_t;
  import assay_plant_pkg::CoreLoadZeroExtended;
(
  input  align_t      align_i,
  input  logic [31:0] word_i,
  output logic [31:0] value_o
);
  logic       sign, plant_extend;
  logic [7:0] low, middle;

  prim_plant #(.Id(CoreLoadZeroExtended)) u_plant_extend (.active_o(plant_extend));

  assign sign   = align_i.extend & word_i[{align_i.top, 3'd7}] & ~(plant_extend & align_i.is_byte);
  assign low    = word_i[{align_i.low, 3'd0} +: 8];
  assign middle = align_i.high_half ? word_i[31:24] : word_i[15:8];

  assign value_o = {(word_i[31:16] & {16{align_i.is_word}}) | {16{sign}},
                    align_i.is_byte ? {8{sign}} : middle,
                    low};
endmodule
