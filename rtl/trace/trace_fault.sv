// The cause of a trap, from what the trace unit knows itself, in the order of docs/machine.md; 0 if
// there is none. Combinational. taken_i stands for the core's word that it traps: a branch can trap
// in no other way than by being taken to a misaligned target.
module trace_fault
  import trace_pkg::*;
  import assay_abi_pkg::*;
(
  input  decode_t     decode_i,
  input  logic        taken_i,
  input  logic        pc_in_text_i,
  input  logic        mem_in_text_i,
  input  logic [31:0] target_i,      // rs1 + imm, of a load, store or JALR
  input  logic        call_known_i,  // x17 is a call
  input  logic        call_read_i,
  input  logic        input_left_i,
  output logic [3:0]  cause_o
);

  logic jump_misaligned, misaligned, out_of_range;

  assign jump_misaligned = (decode_i.jal && decode_i.imm[1]) || (decode_i.jalr && target_i[1]) ||
                           (decode_i.branch && taken_i && decode_i.imm[1]);
  assign misaligned      = ((decode_i.size == 2'd1) && target_i[0]) ||
                           ((decode_i.size == 2'd2) && (target_i[1:0] != 2'b00));
  assign out_of_range    = (target_i[31:MemLogBytes] != '0);

  always_comb begin
    cause_o = 4'd0;
    if (!pc_in_text_i)              cause_o = FaultFetchOutOfText[3:0];
    else if (decode_i.illegal)      cause_o = FaultIllegalInstruction[3:0];
    else if (decode_i.ebreak)       cause_o = FaultBreakpoint[3:0];
    else if (jump_misaligned)       cause_o = FaultJumpMisaligned[3:0];
    else if (decode_i.load) begin
      if (misaligned)               cause_o = FaultLoadMisaligned[3:0];
      else if (out_of_range)        cause_o = FaultLoadOutOfRange[3:0];
    end else if (decode_i.store) begin
      if (misaligned)               cause_o = FaultStoreMisaligned[3:0];
      else if (out_of_range)        cause_o = FaultStoreOutOfRange[3:0];
      else if (mem_in_text_i)       cause_o = FaultStoreToText[3:0];
    end else if (decode_i.ecall) begin
      if (!call_known_i)            cause_o = FaultUnknownEcall[3:0];
      else if (call_read_i && !input_left_i) cause_o = FaultInputExhausted[3:0];
    end
  end

  logic unused_decode;
  assign unused_decode = ^{decode_i.load_unsigned, decode_i.use_a, decode_i.use_b, decode_i.use_c,
                           decode_i.has_rd, decode_i.rs1, decode_i.rs2, decode_i.rd,
                           decode_i.imm[31:2], decode_i.imm[0],
                           target_i[27:2]};

endmodule
