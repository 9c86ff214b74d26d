// Tags of the shadow cache, ahead of its data: every step that needs a line learns its slot here,
// and a miss asks memory now, so that latency costs nothing further on. One lookup a cycle; stages
// 0 and 1 read the tags, 2 holds them, 3 decides, 4 writes.
//
// The tags are the cache's future, the data its present; both see the same order. A miss waits
// while its set's last victim is not in memory yet (evictions are numbered and acknowledged in
// order), so no line is fetched while it is on its way out. Two ways, replaced in turn. Proved by:
// tests of the trace unit.
module trace_shadow_tags
  import trace_pkg::*;
  import assay_plant_pkg::*;
(
  input  logic                    clk_i,
  input  logic                    rst_ni,
  input  logic                    start_i,   // forgets all lines, 256 cycles

  input  logic                    valid_i,
  output logic                    ready_o,
  input  op_t                     op_i,

  output logic                    push_o,
  output slot_op_t                slot_op_o,
  input  logic                    room_i,    // for this step and two more

  output logic                    fetch_o,   // with push_o
  output logic [LineAddrBits-1:0] fetch_line_o,
  input  logic                    fetch_ready_i,

  // evictions acknowledged by memory, modulo its width
  input  logic [EvictBits-1:0]    evicts_done_i
);

  typedef struct packed {
    logic               valid;
    logic [TagBits-1:0] tag;
  } way_t;

  typedef struct packed {
    logic [EvictBits-1:0] evict;   // number of the set's last eviction
    logic                 turn;    // the way that goes next
    way_t                 way1;
    way_t                 way0;
  } set_t;

  // Start: all sets are written with nothing.
  logic               wipe_q;
  logic [SetBits-1:0] wipe_set_q;

  logic     advance;
  logic     s1_valid_q, s2_valid_q, s3_valid_q;
  op_t      s1_q, s2_q, s3_q;
  logic [SetBits-1:0] index0, s1_index_q, s2_index_q, s3_index_q;
  logic     s1_known_q;
  set_t     s1_set_q, s2_set_q, s3_set_q, ram_set;

  // Stage 4: what the step right ahead of stage 3 did.
  logic               s4_alloc_q, s4_write_q, s4_push_q;
  logic [SetBits-1:0] s4_index_q;
  set_t               s4_set_q;
  slot_op_t           s4_slot_op_q;

  logic plant_race, plant_dirty;

  prim_plant #(.Id(TraceVictimRace)) u_plant_race (.active_o(plant_race));
  prim_plant #(.Id(TraceCopyMissesDirty)) u_plant_dirty (.active_o(plant_dirty));

  assign index0 = set_of(op_i.word_addr[WordAddrBits-1:3]);

  prim_ram_1r1w #(.Width($bits(set_t)), .Depth(1 << SetBits)) u_ram (
    .clk_i,
    .w_en_i(wipe_q || s4_write_q), .w_addr_i(wipe_q ? wipe_set_q : s4_index_q),
    .w_data_i(wipe_q ? '0 : s4_set_q),
    .r_en_i(advance), .r_addr_i(index0), .r_data_o(ram_set)
  );

  // An eviction is in flight if its number lies ahead of the acknowledged ones. A number that has
  // aged by 2^23 evictions would seem to, which costs time and nothing else: once no eviction is in
  // flight at all, none is taken to be.
  logic [EvictBits-1:0] evicts_q;
  logic                 none_q;

  function automatic logic ahead(logic [EvictBits-1:0] number, logic [EvictBits-1:0] done);
    logic [EvictBits-1:0] distance;
    distance = number - done;
    return (distance != '0) && !distance[EvictBits-1];
  endfunction

  // Stage 2: comparison of the tags, with what was read and with what stage 4 has just made of the
  // set.
  logic [TagBits-1:0] tag2, tag3;
  logic               remade2, hit0_2, hit1_2;

  assign tag2    = s2_q.word_addr[WordAddrBits-1 -: TagBits];
  assign tag3    = s3_q.word_addr[WordAddrBits-1 -: TagBits];
  assign remade2 = s4_alloc_q && (s4_index_q == s2_index_q);
  assign hit0_2  = remade2 ? s4_set_q.way0.valid && (s4_set_q.way0.tag == tag2)
                           : s2_set_q.way0.valid && (s2_set_q.way0.tag == tag2);
  assign hit1_2  = remade2 ? s4_set_q.way1.valid && (s4_set_q.way1.tag == tag2)
                           : s2_set_q.way1.valid && (s2_set_q.way1.tag == tag2);

  // Stage 3. If the step right ahead has made something of the same set, one cycle goes to look
  // again.
  set_t next_set;
  way_t victim;
  logic s3_hit0_q, s3_hit1_q, s3_flight_q, s3_same_q, s3_again_q;
  logic again, found, hit, miss, evict, stall;

  assign again  = s3_same_q && s4_alloc_q && !s3_again_q;
  assign found  = s3_hit0_q || s3_hit1_q;
  assign hit    = found && !(plant_dirty && (s3_q.kind == OpCopy));
  assign victim = s3_set_q.turn ? s3_set_q.way1 : s3_set_q.way0;
  assign miss   = s3_valid_q && s3_q.mem && !hit;
  assign evict  = miss && victim.valid && !found;

  assign stall   = s3_valid_q && (!room_i || (s3_q.mem && again) ||
                                  (s3_q.mem && !hit &&
                                   ((s3_flight_q && !plant_race) || !fetch_ready_i)));
  assign advance = !stall && !wipe_q;
  assign ready_o = advance;

  always_comb begin
    next_set = s3_set_q;
    if (!found) begin
      if (s3_set_q.turn) next_set.way1 = '{valid: 1'b1, tag: tag3};
      else               next_set.way0 = '{valid: 1'b1, tag: tag3};
      next_set.turn = !s3_set_q.turn;
    end
    if (evict) next_set.evict = evicts_q + EvictBits'(1);
  end

  always_ff @(posedge clk_i) begin
    if (advance) begin
      s1_q        <= op_i;
      s1_index_q  <= index0;
      s1_set_q    <= s4_set_q;
      s1_known_q  <= s4_alloc_q && (s4_index_q == index0);
      s2_q        <= s1_q;
      s2_index_q  <= s1_index_q;
      s2_set_q    <= s1_known_q ? s1_set_q : ram_set;
      if (s4_alloc_q && (s4_index_q == s1_index_q)) s2_set_q <= s4_set_q;
      s3_q        <= s2_q;
      s3_index_q  <= s2_index_q;
      s3_set_q    <= remade2 ? s4_set_q : s2_set_q;
      s3_hit0_q   <= hit0_2;
      s3_hit1_q   <= hit1_2;
      s3_flight_q <= remade2 || (!none_q && ahead(s2_set_q.evict, evicts_done_i));
      s3_same_q   <= (s2_index_q == s3_index_q);
      s3_again_q  <= 1'b0;
      s4_index_q  <= s3_index_q;
      s4_set_q    <= next_set;
    end else begin
      s3_flight_q <= !none_q && ahead(s3_set_q.evict, evicts_done_i);
      if (again) begin
        s3_again_q  <= 1'b1;
        s3_set_q    <= s4_set_q;
        s3_hit0_q   <= s4_set_q.way0.valid && (s4_set_q.way0.tag == tag3);
        s3_hit1_q   <= s4_set_q.way1.valid && (s4_set_q.way1.tag == tag3);
        s3_flight_q <= 1'b1;
      end
    end
    s4_slot_op_q.op         <= s3_q;
    s4_slot_op_q.slot       <= {found ? s3_hit1_q : s3_set_q.turn, s3_index_q};
    s4_slot_op_q.miss       <= miss;
    s4_slot_op_q.evict      <= evict;
    s4_slot_op_q.victim_tag <= victim.tag;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      wipe_q     <= 1'b0;
      wipe_set_q <= '0;
      s1_valid_q <= 1'b0;
      s2_valid_q <= 1'b0;
      s3_valid_q <= 1'b0;
      s4_alloc_q <= 1'b0;
      s4_write_q <= 1'b0;
      s4_push_q  <= 1'b0;
      evicts_q   <= '0;
      none_q     <= 1'b0;
    end else begin
      none_q     <= (evicts_q == evicts_done_i);
      s4_push_q  <= s3_valid_q && advance;
      s4_write_q <= miss && advance;
      if (advance) begin
        s1_valid_q <= valid_i;
        s2_valid_q <= s1_valid_q;
        s3_valid_q <= s2_valid_q;
        s4_alloc_q <= miss;
        if (evict) evicts_q <= evicts_q + EvictBits'(1);
      end
      if (wipe_q) begin
        wipe_set_q <= wipe_set_q + SetBits'(1);
        wipe_q     <= (wipe_set_q != '1);
      end
      if (start_i) begin
        wipe_q     <= 1'b1;
        wipe_set_q <= '0;
        s1_valid_q <= 1'b0;
        s2_valid_q <= 1'b0;
        s3_valid_q <= 1'b0;
        s4_alloc_q <= 1'b0;
        s4_write_q <= 1'b0;
        s4_push_q  <= 1'b0;
        evicts_q   <= '0;
        none_q     <= 1'b0;
      end
    end
  end

  assign push_o       = s4_push_q;
  assign slot_op_o    = s4_slot_op_q;
  assign fetch_o      = s4_push_q && s4_slot_op_q.miss;
  assign fetch_line_o = s4_slot_op_q.op.word_addr[WordAddrBits-1:3];

  // A line is never in both ways.
  prim_check u_one_way (
    .clk_i, .rst_ni,
    .ok_i(!(s3_valid_q && s3_q.mem && s3_hit0_q && s3_hit1_q) || plant_dirty)
  );

endmodule
