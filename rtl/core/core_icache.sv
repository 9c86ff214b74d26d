// Instruction cache: Sets * 128 bytes, 2 ways, 64-byte lines. Tags in LUT RAM, compared in the PC
// stage; data in two block RAMs, one word a cycle in the IF stage, behind one 2:1 multiplexer.
// Refill: one INCR burst of 8 beats, two words a beat.
//
// RAM r holds at {set, word} the word of way r ^ word[0]: both ways can be read at once, and the
// two words of a 64-bit beat, which belong to one way, lie in different RAMs.
module core_icache
  import assay_plant_pkg::*;
#(
  parameter int unsigned Sets = 128   // at most 512: the length of the sweep at start
) (
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic        init_i,
  input  logic [8:0]  init_index_i,
  input  logic [39:28] mem_base_i,

  // PC stage
  input  logic [27:2] pc_i,
  input  logic        read_i,
  output logic        hit_o,
  output logic        way_o,
  // IF stage
  output logic [31:0] insn_o,

  // The line that IF used, for replacement, and the line that it misses
  input  logic        used_i,
  input  logic        used_way_i,
  input  logic        miss_i,
  input  logic [27:2] miss_pc_i,
  output logic        busy_o,

  output logic        ibus_arvalid_o,
  input  logic        ibus_arready_i,
  output logic [39:0] ibus_araddr_o,
  output logic [7:0]  ibus_arlen_o,
  output logic [2:0]  ibus_arsize_o,
  output logic [1:0]  ibus_arburst_o,
  input  logic        ibus_rvalid_i,
  output logic        ibus_rready_o,
  input  logic [63:0] ibus_rdata_i
);
  localparam int unsigned SetWidth = $clog2(Sets);
  localparam int unsigned TagLow = 6 + SetWidth;
  localparam int unsigned TagWidth = 28 - TagLow;

  typedef enum logic [1:0] {StIdle, StRequest, StFill} state_e;

  state_e      state_q, state_d;
  logic [2:0]  beat_q, beat_d;
  logic [27:6] line_q;
  logic        way_q;

  // Tags: {valid, pc[27:TagLow]}
  (* ram_style = "distributed" *) logic [TagWidth:0] tag0 [Sets];
  (* ram_style = "distributed" *) logic [TagWidth:0] tag1 [Sets];
  (* ram_style = "distributed" *) logic              last_way [Sets];

  logic              tag_we0, tag_we1;
  logic [SetWidth-1:0] tag_waddr;
  logic [TagWidth:0] tag_wdata, tag_r0, tag_r1;
  logic              hit0, hit1;
  logic              beat, last_beat;

  logic plant_tag, plant_early;
  prim_plant #(.Id(CacheInsnTagShort)) u_plant_tag (.active_o(plant_tag));
  prim_plant #(.Id(CacheInsnValidEarly)) u_plant_early (.active_o(plant_early));

  assign beat      = (state_q == StFill) & ibus_rvalid_i;
  assign last_beat = beat & (beat_q == 3'd7);

  always_comb begin
    tag_waddr = init_i ? init_index_i[SetWidth-1:0] : line_q[TagLow-1:6];
    // Invalid while the line is being replaced.
    tag_wdata = {(last_beat | plant_early) & ~init_i, line_q[27:TagLow]};
    tag_we0   = init_i | ((last_beat | (state_q == StRequest)) & ~way_q);
    tag_we1   = init_i | ((last_beat | (state_q == StRequest)) & way_q);
  end

  always_ff @(posedge clk_i) begin
    if (tag_we0) tag0[tag_waddr] <= tag_wdata;
    if (tag_we1) tag1[tag_waddr] <= tag_wdata;
    if (used_i | init_i) begin
      last_way[init_i ? init_index_i[SetWidth-1:0] : miss_pc_i[TagLow-1:6]] <= used_way_i & ~init_i;
    end
  end

  assign tag_r0 = tag0[pc_i[TagLow-1:6]];
  assign tag_r1 = tag1[pc_i[TagLow-1:6]];
  assign hit0   = (tag_r0[TagWidth:1] == {1'b1, pc_i[27:TagLow+1]}) &
                  ((tag_r0[0] == pc_i[TagLow]) | plant_tag);
  assign hit1   = (tag_r1[TagWidth:1] == {1'b1, pc_i[27:TagLow+1]}) &
                  ((tag_r1[0] == pc_i[TagLow]) | plant_tag);
  assign hit_o  = hit0 | hit1;
  assign way_o  = hit1;

  // Data
  logic [31:0] rdata0, rdata1, wdata0, wdata1;
  logic [SetWidth+3:0] waddr0, waddr1;
  logic        select_q;

  assign waddr0 = {line_q[TagLow-1:6], beat_q, way_q};
  assign waddr1 = {line_q[TagLow-1:6], beat_q, ~way_q};
  assign wdata0 = way_q ? ibus_rdata_i[63:32] : ibus_rdata_i[31:0];
  assign wdata1 = way_q ? ibus_rdata_i[31:0] : ibus_rdata_i[63:32];

  prim_ram_1r1w #(.Width(32), .Depth(16 * Sets)) u_data0 (
    .clk_i, .w_en_i(beat), .w_addr_i(waddr0), .w_data_i(wdata0),
    .r_en_i(read_i), .r_addr_i(pc_i[TagLow-1:2]), .r_data_o(rdata0)
  );
  prim_ram_1r1w #(.Width(32), .Depth(16 * Sets)) u_data1 (
    .clk_i, .w_en_i(beat), .w_addr_i(waddr1), .w_data_i(wdata1),
    .r_en_i(read_i), .r_addr_i(pc_i[TagLow-1:2]), .r_data_o(rdata1)
  );

  always_ff @(posedge clk_i) begin
    if (read_i) select_q <= way_o ^ pc_i[2];
  end
  assign insn_o = select_q ? rdata1 : rdata0;

  // Refill
  always_comb begin
    state_d = state_q;
    beat_d  = beat_q;
    unique case (state_q)
      StIdle:    if (miss_i) state_d = StRequest;
      StRequest: begin
        beat_d = 3'd0;
        if (ibus_arready_i) state_d = StFill;
      end
      StFill: if (ibus_rvalid_i) begin
        beat_d = beat_q + 3'd1;
        if (beat_q == 3'd7) state_d = StIdle;
      end
      default: state_d = StIdle;
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= StIdle;
    end else begin
      state_q <= state_d;
    end
  end

  always_ff @(posedge clk_i) begin
    beat_q <= beat_d;
    if (state_q == StIdle) begin
      line_q <= miss_pc_i[27:6];
      way_q  <= ~last_way[miss_pc_i[TagLow-1:6]];
    end
  end

  assign busy_o         = (state_q != StIdle);
  assign ibus_arvalid_o = (state_q == StRequest);
  assign ibus_araddr_o  = {mem_base_i, line_q, 6'd0};
  assign ibus_arlen_o   = 8'd7;
  assign ibus_arsize_o  = 3'd3;
  assign ibus_arburst_o = 2'b01;
  assign ibus_rready_o  = (state_q == StFill);

  logic unused;
  assign unused = ^{init_index_i, miss_pc_i[5:2]};
endmodule
