// {touched, dirty} of every page in this segment. One lookup and one update a cycle. Lookup: 2
// advances from the request to the bits.
//
// Nothing is cleared at a boundary but 32 flip-flops: the bits of a group of 1,024 pages mean
// something only while the group is live. The first touch in a group clears it, 32 pages a step
// over 32 steps, while the page's 32 lines are copied anyway. 2^18 pages x 2 bits = 32 block RAMs
// of 8K x 2. The groups' own bits are 32 rows of 8 in LUT RAM, and a row means something only after
// its flip-flop is set. Proved by: sim/tests/lockstep.rs.
module trace_page_tracker
  import trace_pkg::*;
  import assay_plant_pkg::*;
(
  input  logic                clk_i,
  input  logic                rst_ni,

  // Lookup: page of stage 0, all results for stage 2. Moves on advance_i.
  input  logic                advance_i,
  input  logic [PageBits-1:0] page_i,
  output logic                touched_o,
  output logic                dirty_o,
  output logic                live_o,      // the page's group is live

  // Groups. Forgetting goes first.
  input  logic                forget_i,
  input  logic                live_set_i,
  input  logic [7:0]          live_group_i,

  // Update: one page, or, with clear_i, a row of 32 pages, all 0 but the page itself if it is among
  // them.
  input  logic                w_en_i,
  input  logic                w_clear_i,
  input  logic [4:0]          w_row_i,     // with clear_i
  input  logic [PageBits-1:0] w_page_i,
  input  logic                w_dirty_i
);

  localparam int unsigned Blocks = 32;
  localparam int unsigned Rows   = 8192;

  logic [2*Blocks-1:0] ram_data, data_q, w_data;
  logic [Blocks-1:0]   w_mine, w_lanes;
  logic [PageBits-1:0] page1_q, page2_q;
  logic [12:0]         w_row;
  logic                w_here;

  // Page = {group 8, row 5, block 5}.
  assign w_row   = w_clear_i ? {w_page_i[17:10], w_row_i} : w_page_i[17:5];
  assign w_here  = !w_clear_i || (w_row_i == w_page_i[9:5]);
  assign w_mine  = Blocks'(1) << w_page_i[4:0];
  assign w_lanes = {Blocks{w_en_i}} & ({Blocks{w_clear_i}} | w_mine);
  assign w_data  = w_here ? {{(2*Blocks-2){1'b0}}, w_dirty_i, 1'b1} << {w_page_i[4:0], 1'b0} : '0;

  prim_ram_lanes #(.LaneWidth(2), .Lanes(Blocks), .Depth(Rows)) u_ram (
    .clk_i,
    .w_en_i(w_lanes), .w_addr_i(w_row), .w_data_i(w_data),
    .r_en_i(advance_i), .r_addr_i(page_i[17:5]), .r_data_o(ram_data)
  );

  always_ff @(posedge clk_i) begin
    if (advance_i) begin
      page1_q <= page_i;
      page2_q <= page1_q;
      data_q  <= ram_data;
    end
  end

  assign {dirty_o, touched_o} = data_q[{page2_q[4:0], 1'b0} +: 2];

  // Groups: {row 5, bit 3}.
  logic [7:0]  groups [32];
  logic [31:0] row_live_q;
  logic [7:0]  found, kept;
  logic [4:0]  set_row;
  logic        plant_row;

  prim_plant #(.Id(TraceGroupRowLost)) u_plant_row (.active_o(plant_row));

  assign set_row = live_group_i[7:3];
  assign found   = groups[page2_q[17:13]];
  assign live_o  = row_live_q[page2_q[17:13]] && found[page2_q[12:10]];
  assign kept    = (row_live_q[set_row] && !forget_i && !plant_row) ? groups[set_row] : '0;

  always_ff @(posedge clk_i) begin
    if (live_set_i) groups[set_row] <= kept | (8'd1 << live_group_i[2:0]);
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      row_live_q <= '0;
    end else begin
      if (forget_i) row_live_q <= '0;
      if (live_set_i) row_live_q[set_row] <= 1'b1;
    end
  end

  logic unused_row;
  assign unused_row = ^page2_q[9:5];

`ifdef FORMAL
  // One group, never written and so whichever the prover likes, kept naively.
  logic [7:0] group_q;
  logic       naive_q;

  always_ff @(posedge clk_i) begin
    group_q <= group_q;
    if (!rst_ni)                                            naive_q <= 1'b0;
    else if (live_set_i && (live_group_i == group_q))       naive_q <= 1'b1;
    else if (forget_i)                                      naive_q <= 1'b0;
  end

  prim_check u_naive (
    .clk_i, .rst_ni,
    .ok_i(naive_q == (row_live_q[group_q[7:3]] && groups[group_q[7:3]][group_q[2:0]]))
  );
`endif

endmodule
