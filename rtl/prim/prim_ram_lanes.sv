// Block RAM with one write and one read port, one clock, written by lanes. Read latency 1, one read
// and one write a cycle; r_data_o holds while r_en_i is low. A read of the word that is written in
// the same cycle gives no defined value: no user may rely on it, hence no_rw_check. Synthesis makes
// a RAM of its own of each lane. Proved by: every test in sim/tests.
module prim_ram_lanes #(
  parameter int unsigned LaneWidth = 2,
  parameter int unsigned Lanes = 32,
  parameter int unsigned Depth = 8192,
  localparam int unsigned Width = LaneWidth * Lanes,
  localparam int unsigned AddrWidth = $clog2(Depth)
) (
  input  logic                 clk_i,

  input  logic [Lanes-1:0]     w_en_i,
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
    if (w_en_i != '0) begin
      for (int unsigned i = 0; i < Lanes; i++) begin
        if (w_en_i[i]) begin
          mem[w_addr_i][LaneWidth*i +: LaneWidth] <= w_data_i[LaneWidth*i +: LaneWidth];
        end
      end
    end
    if (r_en_i) r_data_q <= mem[r_addr_i];
  end

  assign r_data_o = r_data_q;

endmodule
