// Arithmetic, logic, shifts and comparisons on operand registers. Combinational; one result a
// cycle.
module core_alu
  import core_pkg::*;
  import assay_plant_pkg::*;
(
  input  alu_op_e     op_i,
  input  logic        subtract_i,
  input  logic        unsigned_cmp_i,
  input  logic [31:0] a_i,
  input  logic [31:0] b_i,
  input  logic [31:0] alt_i,
  output logic [31:0] result_o,
  output logic        equal_o,
  output logic        less_o
);
  logic [31:0] sum, shl, shr, short_path, long_path;
  logic [31:0] l0, l1, r0, r1;
  logic [4:0]  amount;
  logic        fill, plant_fill;

  prim_plant #(.Id(CoreSraFill)) u_plant_fill (.active_o(plant_fill));

  assign sum     = a_i + (b_i ^ {32{subtract_i}}) + {31'd0, subtract_i};
  assign equal_o = (a_i == b_i);
  assign less_o  = {a_i[31] ^ ~unsigned_cmp_i, a_i[30:0]} < {b_i[31] ^ ~unsigned_cmp_i, b_i[30:0]};

  // Two shifters of 4:1, 4:1 and 2:1 multiplexers are shorter than one between two reversals.
  assign amount = b_i[4:0];
  assign fill   = subtract_i & a_i[31];

  always_comb begin
    unique case (amount[1:0])
      2'd0:    {l0, r0} = {a_i, a_i};
      2'd1:    {l0, r0} = {a_i[30:0], 1'd0, {1{fill}}, a_i[31:1]};
      2'd2:    {l0, r0} = {a_i[29:0], 2'd0, {2{fill}}, a_i[31:2]};
      default: {l0, r0} = {a_i[28:0], 3'd0, {3{fill}}, a_i[31:3]};
    endcase
    unique case (amount[3:2])
      2'd0:    {l1, r1} = {l0, r0};
      2'd1:    {l1, r1} = {l0[27:0], 4'd0, {4{fill}}, r0[31:4]};
      2'd2:    {l1, r1} = {l0[23:0], 8'd0, {8{fill}}, r0[31:8]};
      default: {l1, r1} = {l0[19:0], 12'd0, {12{fill}}, r0[31:12]};
    endcase
    shl = amount[4] ? {l1[15:0], 16'd0} : l1;
    shr = amount[4] ? {{16{fill & ~plant_fill}}, r1[31:16]} : r1;
  end

  always_comb begin
    unique case (op_i[1:0])
      2'b00:   {short_path, long_path} = {a_i ^ b_i, sum};
      2'b01:   {short_path, long_path} = {a_i | b_i, 31'd0, less_o};
      2'b10:   {short_path, long_path} = {a_i & b_i, shl};
      default: {short_path, long_path} = {alt_i, shr};
    endcase
    result_o = op_i[2] ? long_path : short_path;
  end
endmodule
