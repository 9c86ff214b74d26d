// PC and IF stages and the two-entry fetch queue. One instruction a cycle; a predicted taken branch
// costs no bubble. Redirect (EX) to the instruction's arrival in EX: 4 cycles, so 3 bubbles.
// Restart (WB) takes one more.
module core_fetch
  import core_pkg::*;
  import assay_plant_pkg::*;
#(
  parameter int unsigned BtbEntries = 64,
  parameter int unsigned IcacheSets = 128
) (
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic        init_i,
  input  logic [8:0]  init_index_i,
  input  logic        run_i,
  input  logic [31:0] entry_pc_i,
  input  logic [17:0] text_start_i,
  input  logic [18:0] text_end_i,
  input  logic [39:28] mem_base_i,

  input  logic        redirect_i,
  input  logic [31:2] redirect_pc_i,
  input  logic        restart_i,
  input  logic [31:2] restart_pc_i,
  input  btb_update_t btb_update_i,

  output logic        valid_o,
  output fetch_t      fetch_o,
  input  logic        ready_i,
  output logic        miss_o,   // waiting for a line
  output logic        busy_o,   // the refill's burst is not over
  output fetch_view_t view_o,   // for core_view alone

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
  logic plant_alias, plant_queue;
  prim_plant #(.Id(CoreBtbAlias)) u_plant_alias (.active_o(plant_alias));
  prim_plant #(.Id(CoreQueueSkipped)) u_plant_queue (.active_o(plant_queue));

  // PC stage
  logic [31:2] pc_q, pc_d, next_pc;
  logic        restart_q, wait_q;
  logic [31:2] restart_pc_q;
  logic        flush, go, miss;
  logic        btb_hit, btb_taken, cache_hit, cache_way, out_of_text;
  logic [1:0]  btb_count;
  logic [27:2] btb_target, btb_owner;

  // IF stage and queue
  typedef struct packed {
    logic [31:2] pc;
    logic        out_of_text;
    logic        cache_hit;
    logic        cache_way;
    logic        btb_hit;
    logic        pred_taken;
    logic [1:0]  btb_count;
    logic [27:2] pred_target;
    logic [27:2] btb_owner;
  } if_t;

  if_t         if_q;
  fetch_t      if_fetch, head_q, skid_q;
  logic        if_valid_q, head_valid_q, skid_valid_q;
  logic        if_ready, if_push, head_ready;
  logic [31:0] if_insn;
  logic        cache_busy;

  core_btb #(.Entries(BtbEntries)) u_btb (
    .clk_i, .init_i, .init_index_i,
    .pc_i(pc_q), .hit_o(btb_hit), .taken_o(btb_taken), .count_o(btb_count),
    .target_o(btb_target), .owner_o(btb_owner),
    .update_i(btb_update_i)
  );

  core_icache #(.Sets(IcacheSets)) u_icache (
    .clk_i, .rst_ni, .init_i, .init_index_i, .mem_base_i,
    .pc_i(pc_q[27:2]), .read_i(if_ready), .hit_o(cache_hit), .way_o(cache_way),
    .insn_o(if_insn),
    .used_i(if_push), .used_way_i(if_q.cache_way),
    .miss_i(miss & ~flush), .miss_pc_i(if_q.pc[27:2]), .busy_o(cache_busy),
    .ibus_arvalid_o, .ibus_arready_i, .ibus_araddr_o,
    .ibus_arlen_o, .ibus_arsize_o, .ibus_arburst_o,
    .ibus_rvalid_i, .ibus_rready_o, .ibus_rdata_i
  );

  assign out_of_text = (pc_q[31:10] < {4'd0, text_start_i}) | (pc_q[31:10] >= {3'd0, text_end_i});
  assign next_pc     = btb_taken ? {4'd0, btb_target} : pc_q + 30'd1;

  assign flush    = redirect_i | restart_i;
  assign if_ready = ~skid_valid_q;
  assign go       = run_i & if_ready & ~wait_q & ~restart_q;
  assign miss     = if_valid_q & ~if_q.cache_hit & ~if_q.out_of_text;

  always_comb begin
    pc_d = pc_q;
    if (redirect_i)     pc_d = redirect_pc_i;
    else if (init_i)    pc_d = entry_pc_i[31:2];
    else if (restart_q) pc_d = restart_pc_q;
    else if (go)        pc_d = next_pc;
  end

  always_ff @(posedge clk_i) begin
    pc_q         <= pc_d;
    restart_pc_q <= restart_i ? restart_pc_i : if_q.pc;
    if (if_ready) begin
      if_q <= '{pc: pc_q, out_of_text: out_of_text, cache_hit: cache_hit, cache_way: cache_way,
                btb_hit: btb_hit, pred_taken: btb_taken, btb_count: btb_count,
                pred_target: btb_target, btb_owner: btb_owner};
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      restart_q  <= 1'b0;
      wait_q     <= 1'b0;
      if_valid_q <= 1'b0;
    end else begin
      // A redirect from EX in the same cycle is younger than no restart from WB: WB kills EX.
      restart_q <= restart_i | (miss & ~redirect_i);
      if (flush)            wait_q <= 1'b0;
      else if (miss)        wait_q <= 1'b1;
      else if (!cache_busy) wait_q <= 1'b0;
      if (flush | miss | init_i) if_valid_q <= 1'b0;
      else if (if_ready)         if_valid_q <= go;
    end
  end

  // Queue: the head is ID's instruction register. Ready goes back to IF and PC from a register.
  assign if_push    = if_valid_q & ~miss & if_ready;
  assign head_ready = ~head_valid_q | ready_i;

  always_comb begin
    if_fetch.insn        = if_insn;
    if_fetch.pc          = if_q.pc;
    if_fetch.out_of_text = if_q.out_of_text;
    // Now the whole tag: what only looked like a hit is marked as a prediction that nothing stands
    // behind.
    if_fetch.btb_hit     = if_q.btb_hit & ((if_q.btb_owner == if_q.pc[27:2]) | plant_alias);
    if_fetch.pred_taken  = if_q.pred_taken;
    if_fetch.btb_count   = if_q.btb_count;
    if_fetch.pred_target = if_q.pred_target;
  end

  always_ff @(posedge clk_i) begin
    if (head_ready) head_q <= (skid_valid_q & ~plant_queue) ? skid_q : if_fetch;
    if (if_ready)   skid_q <= if_fetch;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      head_valid_q <= 1'b0;
      skid_valid_q <= 1'b0;
    end else if (flush | init_i) begin
      head_valid_q <= 1'b0;
      skid_valid_q <= 1'b0;
    end else begin
      if (head_ready) head_valid_q <= skid_valid_q | if_push;
      skid_valid_q <= ~head_ready & (skid_valid_q | if_push);
    end
  end

  assign valid_o = head_valid_q;
  assign fetch_o = head_q;
  assign miss_o  = wait_q | miss;
  assign busy_o  = cache_busy;

  always_comb begin
    view_o.if_valid   = if_valid_q;
    view_o.if_stay    = ~if_ready;
    view_o.skid_valid = skid_valid_q;
    view_o.skid_stay  = ~head_ready;
    view_o.head_stay  = ~head_ready;
    view_o.if_pc      = if_q.pc;
    view_o.skid_pc    = skid_q.pc;
  end

  logic unused;
  assign unused = ^entry_pc_i[1:0];
endmodule
