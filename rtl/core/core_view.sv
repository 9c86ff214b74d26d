// Tells a simulation which instruction is in which stage, once a cycle, for a pipeline trace. Only in
// the build that looks inside, which also holds the planted bugs; else it is nothing. Golden twin:
// sim/src/konata.rs, which follows the instructions. Proved by: sim/tests/konata.rs.
module core_view
  import core_pkg::*;
(
  input logic        clk_i,

  input fetch_view_t fetch_i,
  input logic        id_valid_i,
  input logic [31:2] id_pc_i,
  input logic        ex_valid_i,
  input logic        ex_stay_i,
  input logic [31:2] ex_pc_i,
  input logic        mem_valid_i,
  input logic [31:2] mem_pc_i,
  input logic        wb_valid_i,
  input logic        wb_stay_i,
  input logic [31:2] wb_pc_i,
  input logic        retire_i
);
`ifdef ASSAY_PLANT
  // valid: IF, queue, ID, EX, MEM, WB from bit 0; then what stays: IF, queue, ID, EX, WB; retire.
  import "DPI-C" function void assay_core_view(
    input int unsigned bits, input int unsigned if_pc, input int unsigned skid_pc,
    input int unsigned id_pc, input int unsigned ex_pc, input int unsigned mem_pc,
    input int unsigned wb_pc
  );

  logic [11:0] bits;
  assign bits = {retire_i, wb_stay_i, ex_stay_i, fetch_i.head_stay, fetch_i.skid_stay,
                 fetch_i.if_stay, wb_valid_i, mem_valid_i, ex_valid_i, id_valid_i,
                 fetch_i.skid_valid, fetch_i.if_valid};

  always_ff @(posedge clk_i) begin
    assay_core_view(32'(bits), {fetch_i.if_pc, 2'b00}, {fetch_i.skid_pc, 2'b00}, {id_pc_i, 2'b00},
                    {ex_pc_i, 2'b00}, {mem_pc_i, 2'b00}, {wb_pc_i, 2'b00});
  end
`else
  logic unused;
  assign unused = ^{clk_i, fetch_i, id_valid_i, id_pc_i, ex_valid_i, ex_stay_i, ex_pc_i,
                    mem_valid_i, mem_pc_i, wb_valid_i, wb_stay_i, wb_pc_i, retire_i};
`endif
endmodule
