// Data of the shadow cache: the present. Takes the steps in the order of the tags, waits for fills
// (nothing else in the trace unit waits for memory), gives every access the old word and its time,
// writes the new ones, zeroes the times of a page that is copied, and hands a victim to write-back
// when its replacement comes.
//
// Stage 0 issues, 1 and 2 read, 2 writes whole lines, 3 forwards and merges, 4 writes words.
// Nothing stalls after stage 0. A record that misses is issued twice: as a fill, and when that is
// written, as a hit. Words in flight are forwarded over four distances; a step that writes a whole
// line waits until the line's slot has none in flight, and is waited for. One step a cycle, 4 for a
// record that misses. Proved by: sim/tests/lockstep.rs.
module trace_shadow_data
  import trace_pkg::*;
  import assay_abi_pkg::*;
  import assay_plant_pkg::*;
(
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                start_i,

  input  logic                valid_i,
  output logic                pop_o,
  input  slot_op_t            slot_op_i,
  input  logic                room_i,          // behind stage 4, for this step and those in flight

  // Retirements; popped in stage 3.
  output logic                payload_pop_o,
  input  logic                payload_valid_i,
  input  payload_t            payload_i,

  // Fills, in order; popped in stage 2. fill_push_i: one has entered the queue.
  input  logic                fill_push_i,
  input  logic                fill_valid_i,
  output logic                fill_pop_o,
  input  logic [LineBits-1:0] fill_i,

  // Victims.
  input  logic                evict_room_i,    // for this step and four more
  output logic                evict_o,
  output logic [LineAddrBits-1:0] evict_line_o,
  output logic [LineBits-1:0] evict_data_o,

  // Stage 3, for the register times.
  output logic                s3_valid_o,
  output op_t                 s3_op_o,
  output logic [CycleBits-1:0] s3_cycle_o,

  // Stage 4. line_o: the values of a copied line.
  output logic                valid_o,
  output data_op_t            data_op_o,
  output payload_t            payload_o,
  output logic [255:0]        line_o
);

  localparam int unsigned Distances = 4;

  logic     plant_forward1, plant_forward2, plant_lane, plant_time, plant_slot, plant_victim;

  prim_plant #(.Id(TraceForwardMissing)) u_plant_forward1 (.active_o(plant_forward1));
  prim_plant #(.Id(TraceForwardMissing2)) u_plant_forward2 (.active_o(plant_forward2));
  prim_plant #(.Id(TraceMergeLane)) u_plant_lane (.active_o(plant_lane));
  prim_plant #(.Id(TraceCopyTimeKept)) u_plant_time (.active_o(plant_time));
  prim_plant #(.Id(TraceLoadSlot)) u_plant_slot (.active_o(plant_slot));
  prim_plant #(.Id(TraceVictimAddress)) u_plant_victim (.active_o(plant_victim));

  // Stages 1 to 7: 5 to 7 only remember what was written, for forwarding. In stages 1 and 2 a fill
  // for a record ends: what goes on is not valid.
  logic     s1_valid_q, s2_valid_q, s3_valid_q, s4_valid_q;
  logic     s1_mem_q, s1_whole_q, s2_mem_q, s2_whole_q, s2_fill_q;
  slot_op_t s1_q, s2_q;
  op_t      s3_q, s4_q;
  logic [SlotBits-1:0] s3_slot_q, s4_slot_q;

  // Stage 0: a step waits until no step ahead of it writes its line, or it the other's. How long is
  // known when it comes in, for nothing stalls further on.
  logic       s0_valid_q, s0_whole_q, s0_free, issue, leaves, first_half, port_free;
  slot_op_t   s0_q;
  logic       whole_i;
  logic [3:0] same;             // the step that comes in uses the slot of the one in stages 0 to 3
  logic [2:0] wait_d, wait_q;
  logic       fill_push_q;
  logic [7:0] fills_q;          // in the queue and not taken by a step yet

  assign whole_i = slot_op_i.miss || (slot_op_i.op.kind == OpCopy);
  assign same[0] = s0_valid_q && s0_q.op.mem && (s0_q.slot == slot_op_i.slot);
  assign same[1] = s1_mem_q && (s1_q.slot == slot_op_i.slot);
  assign same[2] = s2_mem_q && (s2_q.slot == slot_op_i.slot);
  assign same[3] = s3_valid_q && s3_q.mem && (s3_slot_q == slot_op_i.slot);

  always_comb begin
    wait_d = '0;
    if (slot_op_i.op.mem) begin
      // A whole line is written by the third cycle after its issue, a word by the fifth.
      if (same[1] && s1_whole_q) wait_d = 3'd1;
      if (same[0] && s0_whole_q) wait_d = 3'd2;
      if (whole_i) begin
        if (same[3]) wait_d = 3'd1;
        if (same[2]) wait_d = 3'd2;
        if (same[1]) wait_d = 3'd3;
        if (same[0]) wait_d = 3'd4;
      end
    end
  end

  // A whole line meets the word of the step two ahead at the write port.
  assign port_free  = !(s0_whole_q && s2_mem_q && !s2_whole_q);
  assign issue      = s0_valid_q && (wait_q == '0) && room_i && port_free &&
                      (!s0_q.miss || ((fills_q != '0) && evict_room_i));
  assign first_half = s0_q.miss && (s0_q.op.kind == OpRecord);
  assign leaves     = issue && !first_half;
  assign s0_free    = !s0_valid_q || leaves;
  assign pop_o      = valid_i && s0_free;

  always_ff @(posedge clk_i) begin
    if (s0_free) begin
      s0_q       <= slot_op_i;
      s0_whole_q <= slot_op_i.op.mem && whole_i;
      wait_q     <= wait_d;
    end else if (issue) begin
      s0_q.miss  <= 1'b0;
      s0_q.evict <= 1'b0;
      s0_whole_q <= 1'b0;
      wait_q     <= 3'd2;
    end else if (wait_q != '0) begin
      wait_q     <= wait_q - 3'd1;
    end
  end

  // Data: {time, value} of each of 8 words.
  logic                 w_word_q;
  logic [LineBits-1:0]  w_data;
  logic [SlotBits-1:0]  w_slot;
  logic [LineBits-1:0]  ram_line, line_q;
  logic                 s2_keep_q; // the fetched times stay
  logic [31:0]          value_q [Distances]; // written by the records in stages 4 to 7
  logic [23:0]          time_q [Distances];

  assign w_slot = s2_whole_q ? s2_q.slot : s4_slot_q;

  // Lane 2 i holds the value of word i, lane 2 i + 1 its time.
  logic [2*LineWords-1:0] w_lanes, w_sel;

  assign w_sel   = (2 * LineWords)'(3) << {s4_q.word_addr[2:0], 1'b0};
  assign w_lanes = ({LineWords{2'b10}} & {2*LineWords{s2_whole_q && (s2_fill_q || !plant_time)}}) |
                   ({LineWords{2'b01}} & {2*LineWords{s2_whole_q && s2_fill_q}}) |
                   (w_sel & {2*LineWords{w_word_q}});

  always_comb begin
    w_data = {LineWords{8'd0, time_q[0], value_q[0]}};
    if (s2_whole_q) begin
      for (int unsigned i = 0; i < LineWords; i++) begin
        w_data[64*i +: 64] = fill_i[64*i +: 64] & {{32{s2_keep_q}}, 32'hffffffff};
      end
    end
  end

  prim_ram_lanes #(.LaneWidth(32), .Lanes(2 * LineWords), .Depth(1 << SlotBits)) u_lines (
    .clk_i,
    .w_en_i(w_lanes), .w_addr_i(w_slot), .w_data_i(w_data),
    .r_en_i(issue && s0_q.op.mem), .r_addr_i(s0_q.slot), .r_data_o(ram_line)
  );

  // Stage 2: the word; the victim goes, the fill comes.
  logic [63:0]          word3_q;
  logic [255:0]         values3_q, values4_q;
  logic [Distances-1:0] match2, match3_q;
  logic [WordAddrBits-1:0] addr_q [Distances];       // word addresses of stages 4 to 7
  logic [Distances-1:0]                   written_q; // they are memory accesses

  assign fill_pop_o   = s2_fill_q;
  assign evict_o      = s2_fill_q && s2_q.evict;
  assign evict_line_o = plant_victim ? {s2_q.victim_tag, s2_q.slot[SetBits-1:0]} :
                        line_of(s2_q.victim_tag, s2_q.slot[SetBits-1:0]);
  assign evict_data_o = line_q;

  always_comb begin
    // In the next cycle the step in stage 3 is at distance 1, in 4 at 2, ...
    match2[0] = s3_valid_q && s3_q.mem && (s3_q.kind == OpRecord) &&
        (s3_q.word_addr == s2_q.op.word_addr);
    for (int unsigned i = 1; i < Distances; i++) begin
      match2[i] = written_q[i-1] && (addr_q[i-1] == s2_q.op.word_addr);
    end
    if (plant_forward1) match2[0] = 1'b0;
    if (plant_forward2) match2[1] = 1'b0;
  end

  always_ff @(posedge clk_i) begin
    if (s1_mem_q) line_q <= ram_line;
    if (s2_mem_q) word3_q <= line_q[64*s2_q.op.word_addr[2:0] +: 64];
    if (s2_whole_q) begin
      for (int unsigned i = 0; i < LineWords; i++) begin
        values3_q[32*i +: 32] <= s2_fill_q ? fill_i[64*i +: 32] : line_q[64*i +: 32];
      end
    end
    if (s3_valid_q && (s3_q.kind == OpCopy)) values4_q <= values3_q;
    match3_q <= match2 & {Distances{s2_mem_q}};
  end

  // Stage 3: forward, merge.
  logic [31:0]          old3, new3;
  logic [23:0]          time3;
  logic [CycleBits-1:0] cycle_q, cycle3;
  logic [3:0]           lanes3;
  logic                 record3;

  assign record3 = s3_valid_q && (s3_q.kind == OpRecord);
  assign cycle3  = cycle_q + CycleBits'(s3_q.kind == OpRecord);
  assign lanes3  = (plant_lane && (payload_i.size == 2'd0)) ?
                   {payload_i.lane_mask[2:0], payload_i.lane_mask[3]} : payload_i.lane_mask;

  always_comb begin
    old3  = word3_q[31:0];
    time3 = word3_q[55:32];
    for (int i = Distances - 1; i >= 0; i--) begin
      if (match3_q[i]) begin
        old3  = value_q[i];
        time3 = time_q[i];
      end
    end
    new3 = old3;
    for (int unsigned i = 0; i < 4; i++) begin
      if (payload_i.store && lanes3[i]) new3[8*i +: 8] = payload_i.c_new[8*i +: 8];
    end
  end

  assign payload_pop_o = s3_valid_q && ((s3_q.kind == OpRecord) ||
      ((s3_q.kind == OpEvent) && s3_q.ending));
  assign s3_valid_o    = s3_valid_q;
  assign s3_op_o       = s3_q;
  assign s3_cycle_o    = cycle3;

  // Stage 4.
  payload_t             s4_payload_q;
  logic [CycleBits-1:0] s4_cycle_q;
  logic [31:0]          old4_q;
  logic [23:0]          time4_q;

  always_ff @(posedge clk_i) begin
    s1_q      <= s0_q;
    s2_q      <= s1_q;
    s2_keep_q <= (s1_q.op.kind != OpCopy) || plant_time;
    s3_q      <= s2_q.op;
    s3_slot_q <= s2_q.slot;

    if (s3_valid_q) begin
      s4_q         <= s3_q;
      s4_slot_q    <= s3_slot_q;
      s4_payload_q <= payload_i;
      s4_cycle_q   <= cycle3;
      old4_q       <= old3;
      time4_q      <= time3;
    end

    // Every cycle: a distance is a number of cycles.
    value_q[0] <= new3;
    time_q[0]  <= {cycle3, (payload_i.store || plant_slot) ? 2'(SlotC) : 2'(SlotB)};
    addr_q[0]  <= s3_q.word_addr;
    for (int unsigned i = 1; i < Distances; i++) begin
      value_q[i] <= value_q[i-1];
      time_q[i]  <= time_q[i-1];
      addr_q[i]  <= addr_q[i-1];
    end

    if (start_i) cycle_q <= '0;
    else if (s3_valid_q && (s3_q.kind == OpEvent)) cycle_q <= '0;
    else if (record3) cycle_q <= cycle3;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      s0_valid_q  <= 1'b0;
      s1_valid_q  <= 1'b0;
      s1_mem_q    <= 1'b0;
      s1_whole_q  <= 1'b0;
      s2_valid_q  <= 1'b0;
      s2_mem_q    <= 1'b0;
      s2_whole_q  <= 1'b0;
      s2_fill_q   <= 1'b0;
      s3_valid_q  <= 1'b0;
      s4_valid_q  <= 1'b0;
      w_word_q    <= 1'b0;
      written_q   <= '0;
      fill_push_q <= 1'b0;
      fills_q     <= '0;
    end else if (start_i) begin
      s0_valid_q  <= 1'b0;
      s1_valid_q  <= 1'b0;
      s1_mem_q    <= 1'b0;
      s1_whole_q  <= 1'b0;
      s2_valid_q  <= 1'b0;
      s2_mem_q    <= 1'b0;
      s2_whole_q  <= 1'b0;
      s2_fill_q   <= 1'b0;
      s3_valid_q  <= 1'b0;
      s4_valid_q  <= 1'b0;
      w_word_q    <= 1'b0;
      written_q   <= '0;
      fill_push_q <= 1'b0;
      fills_q     <= '0;
    end else begin
      if (s0_free) s0_valid_q <= valid_i;
      s1_valid_q  <= leaves;
      s1_mem_q    <= issue && s0_q.op.mem;
      s1_whole_q  <= issue && s0_whole_q;
      s2_valid_q  <= s1_valid_q;
      s2_mem_q    <= s1_mem_q;
      s2_whole_q  <= s1_whole_q;
      s2_fill_q   <= s1_whole_q && s1_q.miss;
      s3_valid_q  <= s2_valid_q;
      s4_valid_q  <= s3_valid_q;
      w_word_q    <= record3 && s3_q.mem;
      written_q   <= {written_q[Distances-2:0], record3 && s3_q.mem};
      fill_push_q <= fill_push_i;
      fills_q     <= fills_q + 8'(fill_push_q) - 8'(issue && s0_q.miss);
    end
  end

  assign valid_o   = s4_valid_q;
  assign data_op_o = '{op: s4_q, cycle: s4_cycle_q, mem_old: old4_q, mem_new: value_q[0],
      mem_time: time4_q};
  assign payload_o = s4_payload_q;
  assign line_o    = values4_q;

  logic unused_word;
  assign unused_word = ^{word3_q[63:56], s2_q.miss};

  prim_check u_fill_there (.clk_i, .rst_ni, .ok_i(!fill_pop_o || fill_valid_i));
  prim_check u_payload_there (.clk_i, .rst_ni, .ok_i(!payload_pop_o || payload_valid_i));
  prim_check u_credit (.clk_i, .rst_ni, .ok_i(start_i || !(issue && s0_q.miss) || (fills_q != '0)));
  prim_check u_one_write (.clk_i, .rst_ni, .ok_i(start_i || !(s2_whole_q && w_word_q)));

endmodule
