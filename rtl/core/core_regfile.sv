// 32 registers in LUT RAM: two asynchronous reads, one write a cycle, no write-through (core_issue
// bypasses WB). x0 is never written after the sweep at start, which zeroes all 32.
module core_regfile (
  input  logic        clk_i,

  input  logic        we_i,
  input  logic [4:0]  waddr_i,
  input  logic [31:0] wdata_i,

  input  logic [4:0]  raddr_a_i,
  output logic [31:0] rdata_a_o,
  input  logic [4:0]  raddr_b_i,
  output logic [31:0] rdata_b_o
);
  (* ram_style = "distributed" *) logic [31:0] mem [32];

  always_ff @(posedge clk_i) begin
    if (we_i) mem[waddr_i] <= wdata_i;
  end

  assign rdata_a_o = mem[raddr_a_i];
  assign rdata_b_o = mem[raddr_b_i];
endmodule
