// Block RAM with one write and one read port, one clock, written by lanes. Read latency 1, one read
// and one write a cycle; r_data_o holds while r_en_i is low. A read of the word that is written in
// the same cycle gives no defined value: no user may rely on it, hence no_rw_check. Synthesis makes
// a RAM of its own of each lane; a simulator is quicker with one write of the whole word. Proved
// by: every test in sim/tests; that both are the same, formal_ram_lanes.
module prim_ram_lanes #(
  parameter int unsigned LaneWidth = 2,
  parameter int unsigned Lanes = 32,
  parameter int unsigned Depth = 8192,
`ifdef SYNTHESIS
  parameter bit Whole = 1'b0,
`else
  parameter bit Whole = 1'b1,
`endif
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

  if (Whole) begin : gen_whole
    function automatic logic [Width-1:0] merged(
      logic [Width-1:0] old, logic [Width-1:0] fresh, logic [Lanes-1:0] lanes
    );
      merged = old;
      for (int unsigned i = 0; i < Lanes; i++) begin
        if (lanes[i]) merged[LaneWidth*i +: LaneWidth] = fresh[LaneWidth*i +: LaneWidth];
      end
    endfunction

    always_ff @(posedge clk_i) begin
      if (w_en_i != '0) mem[w_addr_i] <= merged(mem[w_addr_i], w_data_i, w_en_i);
    end
  end else begin : gen_lanes
    always_ff @(posedge clk_i) begin
      for (int unsigned i = 0; i < Lanes; i++) begin
        if (w_en_i[i]) begin
          mem[w_addr_i][LaneWidth*i +: LaneWidth] <= w_data_i[LaneWidth*i +: LaneWidth];
        end
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (r_en_i) r_data_q <= mem[r_addr_i];
  end

  assign r_data_o = r_data_q;

endmodule
