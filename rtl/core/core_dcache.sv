// Data cache: Sets * 32 bytes, direct-mapped, 32-byte lines, write-back, write-allocate, one victim
// buffer. One load or store a cycle: loads read at the end of EX, stores write at the end of WB. A
// miss is taken in WB: the line is fetched with one INCR burst of 4 beats, while the old one, if
// dirty, moves to the victim buffer and follows. The core replays the access.
module core_dcache
  import assay_plant_pkg::*;
#(
  parameter int unsigned Sets = 512   // at most 512: the length of the sweep at start
) (
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic        init_i,
  input  logic [8:0]  init_index_i,
  input  logic [39:28] mem_base_i,

  input  logic [27:2] ex_addr_i,     // read
  input  logic [27:2] mem_addr_i,    // compare, one cycle later
  output logic [31:0] mem_word_o,
  output logic        mem_hit_o,

  input  logic        store_i,       // write in WB
  input  logic        miss_i,        // fetch the line of wb_addr_i
  input  logic [27:2] wb_addr_i,
  input  logic [3:0]  wb_mask_i,
  input  logic [31:0] wb_data_i,
  output logic        busy_o,        // fetching
  output logic        writing_o,     // the victim is under way

  output logic        dbus_awvalid_o,
  input  logic        dbus_awready_i,
  output logic [39:0] dbus_awaddr_o,
  output logic        dbus_wvalid_o,
  input  logic        dbus_wready_i,
  output logic [63:0] dbus_wdata_o,
  output logic        dbus_wlast_o,
  input  logic        dbus_bvalid_i,
  output logic        dbus_bready_o,
  output logic        dbus_arvalid_o,
  input  logic        dbus_arready_i,
  output logic [39:0] dbus_araddr_o,
  input  logic        dbus_rvalid_i,
  output logic        dbus_rready_o,
  input  logic [63:0] dbus_rdata_i
);
  localparam int unsigned SetWidth = $clog2(Sets);
  localparam int unsigned TagLow = 5 + SetWidth;
  localparam int unsigned TagWidth = 28 - TagLow;

  typedef enum logic [1:0] {StIdle, StPrepare, StCopy, StFill} state_e;

  state_e            state_q, state_d;
  logic [3:0]        word_q, word_d;       // words copied or filled
  logic              request_q, request_d;
  logic [27:5]       line_q;
  logic [TagWidth:0] tag, wb_tag_q, victim_q;
  logic              fill, last_fill;
  logic              write_start;

  logic plant_dirty, plant_swap, plant_tag, plant_narrow, plant_race;
  prim_plant #(.Id(CacheDirtyDropped)) u_plant_dirty (.active_o(plant_dirty));
  prim_plant #(.Id(CacheRefillSwapped)) u_plant_swap (.active_o(plant_swap));
  prim_plant #(.Id(CacheTagShort)) u_plant_tag (.active_o(plant_tag));
  prim_plant #(.Id(CacheNarrowNotDirty)) u_plant_narrow (.active_o(plant_narrow));
  prim_plant #(.Id(CacheVictimRace)) u_plant_race (.active_o(plant_race));

  assign fill      = (state_q == StFill) & dbus_rvalid_i;
  assign last_fill = fill & (word_q[2:0] == 3'd7);

  // Tags: {valid, addr[27:TagLow]}
  prim_ram_1r1w #(.Width(TagWidth + 1), .Depth(Sets)) u_tag (
    .clk_i,
    .w_en_i(init_i | last_fill),
    .w_addr_i(init_i ? init_index_i[SetWidth-1:0] : line_q[TagLow-1:5]),
    .w_data_i({~init_i, line_q[27:TagLow]}),
    .r_en_i(1'b1), .r_addr_i(ex_addr_i[TagLow-1:5]), .r_data_o(tag)
  );

  assign mem_hit_o = tag[TagWidth] & (tag[TagWidth-1:1] == mem_addr_i[27:TagLow+1]) &
                     ((tag[0] == mem_addr_i[TagLow]) | plant_tag);

  // Dirty bits, read when a miss comes: stores in flight have written theirs by then.
  logic dirty, victim_dirty;

  prim_ram_1r1w #(.Width(1), .Depth(Sets)) u_dirty (
    .clk_i,
    .w_en_i(init_i | last_fill | (store_i & ~(plant_narrow & (wb_mask_i != 4'b1111)))),
    .w_addr_i(init_i ? init_index_i[SetWidth-1:0] :
             last_fill ? line_q[TagLow-1:5] : wb_addr_i[TagLow-1:5]),
    .w_data_i(store_i & ~init_i),
    .r_en_i(state_q == StIdle), .r_addr_i(wb_addr_i[TagLow-1:5]), .r_data_o(dirty)
  );
  assign victim_dirty = dirty & victim_q[TagWidth] & ~plant_dirty;

  // Data, one RAM a byte lane
  logic [TagLow-1:2] raddr, waddr;
  logic [2:0]  fill_word;
  logic [31:0] wdata;

  assign raddr = (state_q == StCopy) ? {line_q[TagLow-1:5], word_q[2:0]} : ex_addr_i[TagLow-1:2];
  assign fill_word = {word_q[2], word_q[1] ^ (plant_swap & ~word_q[2]), word_q[0]};
  assign waddr     = fill ? {line_q[TagLow-1:5], fill_word} : wb_addr_i[TagLow-1:2];
  assign wdata = fill ? (word_q[0] ? dbus_rdata_i[63:32] : dbus_rdata_i[31:0]) : wb_data_i;

  for (genvar i = 0; i < 4; i++) begin : gen_lane
    prim_ram_1r1w #(.Width(8), .Depth(8 * Sets)) u_data (
      .clk_i,
      .w_en_i(fill | (store_i & wb_mask_i[i])), .w_addr_i(waddr), .w_data_i(wdata[8*i +: 8]),
      .r_en_i(1'b1), .r_addr_i(raddr), .r_data_o(mem_word_o[8*i +: 8])
    );
  end

  // Miss
  always_comb begin
    state_d     = state_q;
    word_d      = word_q;
    request_d   = request_q & ~dbus_arready_i;
    write_start = 1'b0;
    unique case (state_q)
      StIdle: begin
        word_d = 4'd0;
        if (miss_i) state_d = StPrepare;
      end
      // The last victim must have arrived: the line wanted may be that one.
      StPrepare: if (!writing_o | (plant_race & ~victim_dirty)) begin
        request_d = 1'b1;
        state_d   = victim_dirty ? StCopy : StFill;
      end
      StCopy: begin
        word_d = word_q + 4'd1;
        if (word_q == 4'd8) begin
          word_d      = 4'd0;
          write_start = 1'b1;
          state_d     = StFill;
        end
      end
      default: if (fill) begin
        word_d = word_q + 4'd1;
        if (last_fill) state_d = StIdle;
      end
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q   <= StIdle;
      request_q <= 1'b0;
    end else begin
      state_q   <= state_d;
      request_q <= request_d;
    end
  end

  always_ff @(posedge clk_i) begin
    word_q   <= word_d;
    wb_tag_q <= tag;
    if (state_q == StIdle) begin
      line_q   <= wb_addr_i[27:5];
      victim_q <= wb_tag_q;
    end
  end

  // The last word's beat is there already, as its even half was taken: what issues now reads behind
  // it.
  assign busy_o         = (state_q != StIdle) & ~((state_q == StFill) & (word_q == 4'd7));
  assign dbus_arvalid_o = request_q;
  assign dbus_araddr_o  = {mem_base_i, line_q, 5'd0};
  assign dbus_rready_o  = (state_q == StFill) & word_q[0];   // a beat is two words, two cycles

  // Victim buffer: even and odd words
  (* ram_style = "distributed" *) logic [31:0] even [4];
  (* ram_style = "distributed" *) logic [31:0] odd [4];
  logic [1:0]  beat_q;
  logic [27:5] victim_line_q;
  logic        aw_q, w_q, b_q;
  logic [2:0]  copied;

  assign copied = word_q[2:0] - 3'd1;   // the RAM's latency
  always_ff @(posedge clk_i) begin
    if ((state_q == StCopy) & ~copied[0]) even[copied[2:1]] <= mem_word_o;
    if ((state_q == StCopy) & copied[0])  odd[copied[2:1]] <= mem_word_o;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      aw_q <= 1'b0;
      w_q  <= 1'b0;
      b_q  <= 1'b0;
    end else if (write_start) begin
      aw_q <= 1'b1;
      w_q  <= 1'b1;
      b_q  <= 1'b1;
    end else begin
      if (dbus_awready_i)                aw_q <= 1'b0;
      if (dbus_wready_i & dbus_wlast_o)  w_q  <= 1'b0;
      if (dbus_bvalid_i)                 b_q  <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (write_start) begin
      beat_q        <= 2'd0;
      victim_line_q <= {victim_q[TagWidth-1:0], line_q[TagLow-1:5]};
    end else if (w_q & dbus_wready_i) begin
      beat_q <= beat_q + 2'd1;
    end
  end

  assign writing_o      = aw_q | w_q | b_q;
  assign dbus_awvalid_o = aw_q;
  assign dbus_awaddr_o  = {mem_base_i, victim_line_q, 5'd0};
  assign dbus_wvalid_o  = w_q;
  assign dbus_wdata_o   = {odd[beat_q], even[beat_q]};
  assign dbus_wlast_o   = (beat_q == 2'd3);
  assign dbus_bready_o  = b_q;

  logic unused;
  assign unused = ^{ex_addr_i[27:TagLow], init_index_i};
endmodule
