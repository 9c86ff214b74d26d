// Decodes one RV32IM word, combinationally. Legality, immediates and controls; no register is read
// here.
module core_decode
  import core_pkg::*;
  import assay_abi_pkg::*;
  import assay_plant_pkg::*;
(
  input  logic [31:0] insn_i,
  input  logic        out_of_text_i,

  output ex_ctrl_t    ex_o,
  output ctrl_t       ctrl_o,
  output logic        use_imm_o,     // operand b is the immediate
  output logic        alt_link_o,    // the prepared value is pc + 4
  output logic        alt_upper_o,   // the prepared value is the immediate
  output logic [31:0] imm_o,         // I, S or U
  output logic [31:0] offset_o,      // B, J or U: added to the pc
  output logic        serialise_o    // waits until it is alone
);
  localparam logic [6:0] OpLoad   = 7'b0000011;
  localparam logic [6:0] OpFence  = 7'b0001111;
  localparam logic [6:0] OpImm    = 7'b0010011;
  localparam logic [6:0] OpAuipc  = 7'b0010111;
  localparam logic [6:0] OpStore  = 7'b0100011;
  localparam logic [6:0] OpReg    = 7'b0110011;
  localparam logic [6:0] OpLui    = 7'b0110111;
  localparam logic [6:0] OpBranch = 7'b1100011;
  localparam logic [6:0] OpJalr   = 7'b1100111;
  localparam logic [6:0] OpJal    = 7'b1101111;
  localparam logic [6:0] OpSystem = 7'b1110011;

  localparam logic [31:0] WordEcall  = 32'h0000_0073;
  localparam logic [31:0] WordEbreak = 32'h0010_0073;

  logic [6:0] opcode, funct7;
  logic [2:0] funct3;
  logic       legal, writes_rd;

  logic plant_x0;
  prim_plant #(.Id(CoreX0Written)) u_plant_x0 (.active_o(plant_x0));

  assign opcode = insn_i[6:0];
  assign funct3 = insn_i[14:12];
  assign funct7 = insn_i[31:25];

  assign serialise_o = (opcode == OpSystem);

  // Immediates: the opcode's bits are tested as few at a time as legal words allow.
  always_comb begin
    imm_o = {{20{insn_i[31]}}, insn_i[31:20]};
    if (insn_i[6:2] == OpStore[6:2]) imm_o = {{20{insn_i[31]}}, insn_i[31:25], insn_i[11:7]};
    if (insn_i[2] & insn_i[4])       imm_o = {insn_i[31:12], 12'd0};

    offset_o = {insn_i[31:12], 12'd0};
    if (insn_i[6]) begin
      offset_o = insn_i[3] ?
          {{12{insn_i[31]}}, insn_i[19:12], insn_i[20], insn_i[30:21], 1'b0} :
          {{20{insn_i[31]}}, insn_i[7], insn_i[30:25], insn_i[11:8], 1'b0};
    end
  end

  always_comb begin
    ex_o = '{op: AluAdd, default: '0};
    ex_o.subtract      = 1'b0;
    ex_o.unsigned_cmp  = (opcode == OpBranch) ? funct3[1] : funct3[0];
    ex_o.cond_invert   = funct3[0];
    ex_o.cond_less     = funct3[2];
    ex_o.div_signed    = ~funct3[0];
    ex_o.div_remainder = funct3[1];
    ex_o.mul_a_signed  = (funct3[1:0] == 2'b01) | (funct3[1:0] == 2'b10);
    ex_o.mul_b_signed  = (funct3[1:0] == 2'b01);

    ctrl_o = '0;
    ctrl_o.rd            = insn_i[11:7];
    ctrl_o.size          = funct3[1:0];
    ctrl_o.load_unsigned = funct3[2];

    use_imm_o   = 1'b0;
    alt_link_o  = 1'b0;
    alt_upper_o = 1'b0;
    legal       = 1'b0;
    writes_rd   = 1'b0;

    unique case (opcode)
      OpLui, OpAuipc: begin
        legal       = 1'b1;
        writes_rd   = 1'b1;
        ex_o.op     = AluAlt;
        alt_upper_o = insn_i[5];
      end
      OpJal: begin
        legal      = 1'b1;
        writes_rd  = 1'b1;
        ex_o.op    = AluAlt;
        ex_o.jal   = 1'b1;
        alt_link_o = 1'b1;
      end
      OpJalr: begin
        legal          = (funct3 == 3'b000);
        writes_rd      = 1'b1;
        ctrl_o.use_rs1 = 1'b1;
        ex_o.op        = AluAlt;
        ex_o.jalr      = 1'b1;
        alt_link_o     = 1'b1;
      end
      OpBranch: begin
        legal          = (funct3[2:1] != 2'b01);
        ctrl_o.use_rs1 = 1'b1;
        ctrl_o.use_rs2 = 1'b1;
        ex_o.branch    = 1'b1;
      end
      OpLoad: begin
        legal          = (funct3 != 3'b011) & (funct3[2:1] != 2'b11);
        writes_rd      = 1'b1;
        ctrl_o.use_rs1 = 1'b1;
        ctrl_o.load    = 1'b1;
      end
      OpStore: begin
        legal          = (funct3[2] == 1'b0) & (funct3[1:0] != 2'b11);
        ctrl_o.use_rs1 = 1'b1;
        ctrl_o.use_rs2 = 1'b1;
        ctrl_o.store   = 1'b1;
      end
      OpImm, OpReg: begin
        writes_rd      = 1'b1;
        ctrl_o.use_rs1 = 1'b1;
        ctrl_o.use_rs2 = insn_i[5];
        use_imm_o      = ~insn_i[5];
        unique case (funct3)
          3'b000:  ex_o.op = AluAdd;
          3'b001:  ex_o.op = AluShl;
          3'b010,
          3'b011:  ex_o.op = AluSlt;
          3'b100:  ex_o.op = AluXor;
          3'b101:  ex_o.op = AluShr;
          3'b110:  ex_o.op = AluOr;
          default: ex_o.op = AluAnd;
        endcase
        ex_o.subtract = insn_i[30] & (insn_i[5] | (funct3 == 3'b101));
        if (insn_i[5] & insn_i[25]) begin
          legal       = (funct7 == 7'b0000001);
          ctrl_o.mul  = (funct3 == 3'b000);
          ctrl_o.mulh = ~funct3[2] & (funct3 != 3'b000);
          ctrl_o.div  = funct3[2];
        end else if (insn_i[5]) begin
          legal = (funct7 == 7'b0000000) |
                  ((funct7 == 7'b0100000) & ((funct3 == 3'b000) | (funct3 == 3'b101)));
        end else begin
          legal = (funct3[1:0] != 2'b01) | (funct7 == 7'b0000000) |
                  ((funct7 == 7'b0100000) & (funct3 == 3'b101));
        end
      end
      OpFence:  legal = (funct3 == 3'b000);
      OpSystem: begin
        legal        = (insn_i == WordEcall) | (insn_i == WordEbreak);
        ctrl_o.ecall = ~insn_i[20];
      end
      default: legal = 1'b0;
    endcase

    ctrl_o.rd_we = writes_rd & ((insn_i[11:7] != 5'd0) | plant_x0);
    if (out_of_text_i)             ctrl_o.fault = 4'(FaultFetchOutOfText);
    else if (!legal)               ctrl_o.fault = 4'(FaultIllegalInstruction);
    else if (insn_i == WordEbreak) ctrl_o.fault = 4'(FaultBreakpoint);
  end
endmodule
