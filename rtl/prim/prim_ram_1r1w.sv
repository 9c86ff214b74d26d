// Block RAM, one read and one write port, one clock. Read latency 1 cycle; a read of the word that
// is written in the same cycle returns the old one. Contents are zero at power-up, never reset.
// One read and one write a cycle. Proved by: the units that use it.
module prim_ram_1r1w #(
  parameter int unsigned Width = 32,
  parameter int unsigned Depth = 256,
  localparam int unsigned AddrWidth = (Depth > 1) ? $clog2(Depth) : 1
) (
  input  logic                 clk_i,

  input  logic                 w_en_i,
  input  logic [AddrWidth-1:0] w_addr_i,
  input  logic [Width-1:0]     w_data_i,

  input  logic                 r_en_i,
  input  logic [AddrWidth-1:0] r_addr_i,
  output logic [Width-1:0]     r_data_o
);

  (* ram_style = "block" *) logic [Width-1:0] mem [Depth];
  logic [Width-1:0] r_data_q;

  initial begin
    for (int unsigned i = 0; i < Depth; i++) mem[i] = '0;
  end

  always_ff @(posedge clk_i) begin
    if (w_en_i) mem[w_addr_i] <= w_data_i;
    if (r_en_i) r_data_q <= mem[r_addr_i];
  end

  assign r_data_o = r_data_q;

endmodule
