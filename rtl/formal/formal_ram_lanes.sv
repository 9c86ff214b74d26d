// Whatever is written and read, a lane holds what was written to it last: both forms of
// prim_ram_lanes against one lane that the prover chooses. Searched by: cargo xtask formal.
module formal_ram_lanes (
  input logic       clk_i,
  input logic [2:0] w_en_i,
  input logic [1:0] w_addr_i,
  input logic [5:0] w_data_i,
  input logic       r_en_i,
  input logic [1:0] r_addr_i,
  input logic [1:0] addr_i,
  input logic [1:0] lane_i
);

  localparam int unsigned LaneWidth = 2, Lanes = 3, Depth = 4;

  logic                 begun_q, writes, known_q, holds_q;
  logic [1:0]           addr_q, lane_q;
  logic [LaneWidth-1:0] last_q, expected_q;

  // A read of what is written at the same time gives anything.
  assign writes = begun_q && (w_addr_i == addr_q) && w_en_i[lane_q];

  initial begun_q = 1'b0;

  always_comb assume (lane_i < 2'(Lanes));

  always_ff @(posedge clk_i) begin
    begun_q <= 1'b1;
    if (!begun_q) begin
      addr_q  <= addr_i;
      lane_q  <= lane_i;
      known_q <= 1'b0;
      holds_q <= 1'b0;
    end else begin
      if (writes) begin
        known_q <= 1'b1;
        last_q  <= w_data_i[LaneWidth*lane_q +: LaneWidth];
      end
      if (r_en_i) begin
        holds_q    <= known_q && (r_addr_i == addr_q) && !writes;
        expected_q <= last_q;
      end
    end
  end

  for (genvar form = 0; form < 2; form++) begin : gen_forms
    logic [LaneWidth*Lanes-1:0] r_data;
    logic                       ok;

    prim_ram_lanes #(
      .LaneWidth(LaneWidth), .Lanes(Lanes), .Depth(Depth), .Whole(form == 1)
    ) u_ram (
      .clk_i, .w_en_i(w_en_i & {Lanes{begun_q}}), .w_addr_i, .w_data_i,
      .r_en_i, .r_addr_i, .r_data_o(r_data)
    );

    assign ok = !holds_q || (r_data[LaneWidth*lane_q +: LaneWidth] == expected_q);
    prim_check u_same (.clk_i, .rst_ni(begun_q), .ok_i(ok));
  end

endmodule
