// {touched, dirty} of every page in this segment. One lookup and one update a cycle. Lookup: 2
// advances from the request to bits_o.
//
// Nothing is cleared at a boundary but 256 flip-flops: the bits of a group of 1,024 pages mean
// something only while the group is live. The first touch in a group clears it, 32 pages a step
// over 32 steps, while the page's 32 lines are copied anyway. 2^18 pages x 2 bits = 32 block RAMs
// of 8K x 2. Proved by: tests of the trace unit.
module trace_page_tracker
  import trace_pkg::*;
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

  logic [1:0]          ram_data [Blocks];
  logic [1:0]          data_q [Blocks];
  logic [PageBits-1:0] page1_q, page2_q;
  logic [255:0]        live_q;
  logic [12:0]         w_row;
  logic                w_here;

  // Page = {group 8, row 5, block 5}.
  assign w_row  = w_clear_i ? {w_page_i[17:10], w_row_i} : w_page_i[17:5];
  assign w_here = (w_row[4:0] == w_page_i[9:5]);

  for (genvar i = 0; i < Blocks; i++) begin : gen_block
    logic w_mine;
    assign w_mine = w_here && (w_page_i[4:0] == 5'(i));

    prim_ram_1r1w #(.Width(2), .Depth(Rows)) u_ram (
      .clk_i,
      .w_en_i(w_en_i && (w_clear_i || w_mine)), .w_addr_i(w_row),
      .w_data_i({w_dirty_i && w_mine, w_mine}),
      .r_en_i(advance_i), .r_addr_i(page_i[17:5]), .r_data_o(ram_data[i])
    );
  end

  always_ff @(posedge clk_i) begin
    if (advance_i) begin
      page1_q   <= page_i;
      page2_q   <= page1_q;
      data_q    <= ram_data;
    end
  end

  assign {dirty_o, touched_o} = data_q[page2_q[4:0]];
  assign live_o = live_q[page2_q[17:10]];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      live_q <= '0;
    end else begin
      if (forget_i) live_q <= '0;
      if (live_set_i) live_q[live_group_i] <= 1'b1;
    end
  end

  logic unused_row;
  assign unused_row = ^page2_q[9:5];

endmodule
