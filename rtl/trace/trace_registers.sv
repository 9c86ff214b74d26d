// The shadow of the 32 registers: three reads and one write a cycle, all in the cycle of the
// request; a read returns what was there before the write. Registers are 0 after clear_i, x0
// always. Proved by: tests of the trace unit.
module trace_registers (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        clear_i,

  input  logic [4:0]  a_addr_i,
  output logic [31:0] a_data_o,
  input  logic [4:0]  b_addr_i,
  output logic [31:0] b_data_o,
  input  logic [4:0]  c_addr_i,
  output logic [31:0] c_data_o,

  input  logic        w_en_i,
  input  logic [4:0]  w_addr_i,
  input  logic [31:0] w_data_i
);

  logic [31:0] mem [32];
  logic [31:0] written_q;

  assign a_data_o = written_q[a_addr_i] ? mem[a_addr_i] : '0;
  assign b_data_o = written_q[b_addr_i] ? mem[b_addr_i] : '0;
  assign c_data_o = written_q[c_addr_i] ? mem[c_addr_i] : '0;

  always_ff @(posedge clk_i) begin
    if (w_en_i) mem[w_addr_i] <= w_data_i;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni)                             written_q <= '0;
    else if (clear_i)                        written_q <= '0;
    else if (w_en_i && (w_addr_i != 5'd0))   written_q[w_addr_i] <= 1'b1;
  end

endmodule
