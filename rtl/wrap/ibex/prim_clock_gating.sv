// Stands for the technology's clock gate that Ibex instantiates: the clock never stops. Ibex stops
// it only when it sleeps in WFI, which is no instruction of this machine.
module prim_clock_gating (
  input  logic clk_i,
  input  logic en_i,
  input  logic test_en_i,
  output logic clk_o
);
  assign clk_o = clk_i;

  logic unused;
  assign unused = en_i ^ test_en_i;
endmodule
