// Last multiplexer of an operand, before its register: five inputs a bit, one LUT level.
// Combinational. It is kept as a module so that synthesis puts no other logic between the late
// inputs, a block RAM's output and the ALU's result, and the register.
(* keep_hierarchy *)
module core_late_mux (
  input  logic        use_ex_i,
  input  logic        use_load_i,    // ignored if use_ex_i
  input  logic [31:0] ex_i,
  input  logic [31:0] load_i,
  input  logic [31:0] base_i,
  output logic [31:0] data_o
);
  assign data_o = use_ex_i ? ex_i : use_load_i ? load_i : base_i;
endmodule
