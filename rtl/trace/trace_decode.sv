// What an instruction word says about operands, widths and legality. Combinational. The trace unit
// believes the word, never the addresses and masks that a core reports. Golden twin:
// assay-executor's decode.
module trace_decode
  import trace_pkg::*;
  import assay_abi_pkg::*;
  import assay_plant_pkg::*;
(
  input  logic [31:0] insn_i,
  output decode_t     decode_o
);

  localparam logic [4:0] OpLoad   = 5'b00000;
  localparam logic [4:0] OpFence  = 5'b00011;
  localparam logic [4:0] OpImm    = 5'b00100;
  localparam logic [4:0] OpAuipc  = 5'b00101;
  localparam logic [4:0] OpStore  = 5'b01000;
  localparam logic [4:0] OpReg    = 5'b01100;
  localparam logic [4:0] OpLui    = 5'b01101;
  localparam logic [4:0] OpBranch = 5'b11000;
  localparam logic [4:0] OpJalr   = 5'b11001;
  localparam logic [4:0] OpJal    = 5'b11011;
  localparam logic [4:0] OpSystem = 5'b11100;

  logic [2:0] funct3;
  logic [6:0] funct7;
  logic       legal, plant_x0, plant_none;

  prim_plant #(.Id(TraceX0Access)) u_plant_x0 (.active_o(plant_x0));
  prim_plant #(.Id(TraceX0None)) u_plant_none (.active_o(plant_none));

  assign funct3 = insn_i[14:12];
  assign funct7 = insn_i[31:25];

  always_comb begin
    decode_o               = '0;
    decode_o.size          = funct3[1:0];
    decode_o.load_unsigned = funct3[2];
    decode_o.rs1           = insn_i[19:15];
    decode_o.rs2           = insn_i[24:20];
    decode_o.rd            = insn_i[11:7];
    decode_o.imm           = {{20{insn_i[31]}}, insn_i[31:20]};
    legal                  = 1'b0;

    unique case (insn_i[6:2])
      OpLui, OpAuipc: begin
        legal           = 1'b1;
        decode_o.has_rd = 1'b1;
      end
      OpJal: begin
        legal           = 1'b1;
        decode_o.jal    = 1'b1;
        decode_o.has_rd = 1'b1;
        decode_o.imm    = {{12{insn_i[31]}}, insn_i[19:12], insn_i[20], insn_i[30:21], 1'b0};
      end
      OpJalr: begin
        legal           = (funct3 == 3'b000);
        decode_o.jalr   = 1'b1;
        decode_o.use_a  = 1'b1;
        decode_o.has_rd = 1'b1;
      end
      OpBranch: begin
        legal           = (funct3[2:1] != 2'b01);
        decode_o.branch = 1'b1;
        decode_o.use_a  = 1'b1;
        decode_o.use_b  = 1'b1;
        decode_o.imm    = {{20{insn_i[31]}}, insn_i[7], insn_i[30:25], insn_i[11:8], 1'b0};
      end
      OpLoad: begin
        legal           = (funct3[1:0] != 2'b11) && (funct3 != 3'b110);
        decode_o.load   = 1'b1;
        decode_o.use_a  = 1'b1;
        decode_o.use_b  = 1'b1;
        decode_o.has_rd = 1'b1;
      end
      OpStore: begin
        legal           = !funct3[2] && (funct3[1:0] != 2'b11);
        decode_o.store  = 1'b1;
        decode_o.use_a  = 1'b1;
        decode_o.use_b  = 1'b1;
        decode_o.use_c  = 1'b1;
        decode_o.imm    = {{20{insn_i[31]}}, insn_i[31:25], insn_i[11:7]};
      end
      OpImm: begin
        unique case (funct3)
          3'b001:  legal = (funct7 == 7'b0000000);
          3'b101:  legal = (funct7 == 7'b0000000) || (funct7 == 7'b0100000);
          default: legal = 1'b1;
        endcase
        decode_o.use_a  = 1'b1;
        decode_o.has_rd = 1'b1;
      end
      OpReg: begin
        unique case (funct7)
          7'b0000000, 7'b0000001: legal = 1'b1;
          7'b0100000:             legal = (funct3 == 3'b000) || (funct3 == 3'b101);
          default:                legal = 1'b0;
        endcase
        decode_o.use_a  = 1'b1;
        decode_o.use_b  = 1'b1;
        decode_o.has_rd = 1'b1;
      end
      OpFence: legal = (funct3 == 3'b000);
      OpSystem: begin
        legal           = (insn_i[31:21] == '0) && (insn_i[19:7] == '0);
        decode_o.ecall  = !insn_i[20];
        decode_o.ebreak = insn_i[20];
        decode_o.use_a  = 1'b1;
        decode_o.use_b  = 1'b1;
        decode_o.use_c  = 1'b1;
        decode_o.rs1    = EcallRegFunction;
        decode_o.rs2    = EcallRegArgument;
        decode_o.rd     = EcallRegArgument;
      end
      default: legal = 1'b0;
    endcase

    if (decode_o.has_rd) decode_o.use_c = (insn_i[11:7] != 5'd0) || plant_x0;
    if (plant_none && (decode_o.rs1 == 5'd0)) decode_o.use_a = 1'b0;
    decode_o.illegal = !legal || (insn_i[1:0] != 2'b11);
    if (decode_o.illegal) begin
      decode_o.ecall  = 1'b0;
      decode_o.ebreak = 1'b0;
    end
  end

endmodule
