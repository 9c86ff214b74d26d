// Every word: which registers it reads and writes, as the trace unit counts accesses, against the
// instruction set's tables. Proved by: cargo xtask formal.
module formal_trace_decode
  import trace_pkg::*;
(
  input logic        clk_i,
  input logic [31:0] insn_i
);

  logic    begun_q, reads_a, reads_b, writes;
  decode_t decode;

  initial begun_q = 1'b0;

  always_ff @(posedge clk_i) begin
    begun_q <= 1'b1;
  end

  trace_decode u_decode (.insn_i, .decode_o(decode));

  // A load's second access and a store's third are to memory. An ECALL names x17 and x10.
  always_comb begin
    reads_a = 1'b0;
    reads_b = 1'b0;
    writes  = 1'b0;
    unique case (insn_i[6:0])
      7'h33:   {reads_a, reads_b, writes} = {1'b1, 1'b1, insn_i[11:7] != 5'd0};
      7'h03:   {reads_a, reads_b, writes} = {1'b1, 1'b1, insn_i[11:7] != 5'd0};
      7'h13,
      7'h67:   {reads_a, reads_b, writes} = {1'b1, 1'b0, insn_i[11:7] != 5'd0};
      7'h37,
      7'h17,
      7'h6f:   {reads_a, reads_b, writes} = {1'b0, 1'b0, insn_i[11:7] != 5'd0};
      7'h63:   {reads_a, reads_b, writes} = 3'b110;
      7'h23,
      7'h73:   {reads_a, reads_b, writes} = 3'b111;
      default: ;
    endcase
  end

  prim_check u_reads (
    .clk_i, .rst_ni(begun_q),
    .ok_i(decode.illegal || ({decode.use_a, decode.use_b} == {reads_a, reads_b}))
  );
  prim_check u_writes (.clk_i, .rst_ni(begun_q), .ok_i(decode.illegal || (decode.use_c == writes)));
  prim_check u_registers (
    .clk_i, .rst_ni(begun_q),
    .ok_i(decode.illegal || ((insn_i[6:0] == 7'h73) ?
          ({decode.rs1, decode.rs2, decode.rd} == {5'd17, 5'd10, 5'd10}) :
          ({decode.rs1, decode.rs2, decode.rd} == {insn_i[19:15], insn_i[24:20], insn_i[11:7]})))
  );

endmodule
