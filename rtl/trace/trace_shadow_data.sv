// Data of the shadow cache: the present. Takes the steps in the order of the tags, waits for fills
// (nothing else in the trace unit waits for memory), gives every access the old word and its time,
// writes the new ones, zeroes the times of a page that is copied, and hands a victim to write-back
// when its replacement comes.
//
// Stage 0 issues, 1 and 2 read, 3 forwards and merges, 4 writes. Nothing stalls after stage 0.
// Words in flight are forwarded over four distances; a step that writes a whole line waits until
// the line's slot has none in flight, and is waited for. One step a cycle. Proved by: tests of the
// trace unit.
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
  input  logic                evict_room_i,    // for this step and two more
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

  logic     plant_forward1, plant_forward2, plant_lane, plant_time;

  prim_plant #(.Id(TraceForwardMissing)) u_plant_forward1 (.active_o(plant_forward1));
  prim_plant #(.Id(TraceForwardMissing2)) u_plant_forward2 (.active_o(plant_forward2));
  prim_plant #(.Id(TraceMergeLane)) u_plant_lane (.active_o(plant_lane));
  prim_plant #(.Id(TraceCopyTimeKept)) u_plant_time (.active_o(plant_time));

  // Stages 1 to 7: 5 to 7 only remember what was written, for forwarding.
  logic     s1_valid_q, s2_valid_q, s3_valid_q, s4_valid_q;
  slot_op_t s1_q, s2_q, s3_q, s4_q;

  // Stage 0: a step waits until no step ahead of it writes its line, or it the other's. How long is
  // known when it comes in, for nothing stalls further on.
  logic       s0_valid_q, s0_free, issue;
  slot_op_t   s0_q;
  logic       whole_i;
  logic [3:0] whole_q;          // stages 0 to 3 write a whole line
  logic [3:0] meets;            // the step that comes in uses a slot of stages 0 to 3
  logic [2:0] wait_d, wait_q;
  logic [7:0] fills_q, fills_d; // in the queue and not taken by a step yet

  assign whole_i  = slot_op_i.op.mem && (slot_op_i.miss || (slot_op_i.op.kind == OpCopy));
  assign meets[0] = s0_valid_q && s0_q.op.mem && (s0_q.slot == slot_op_i.slot) &&
                    (whole_i || whole_q[0]);
  assign meets[1] = s1_valid_q && s1_q.op.mem && (s1_q.slot == slot_op_i.slot) &&
                    (whole_i || whole_q[1]);
  assign meets[2] = s2_valid_q && s2_q.op.mem && (s2_q.slot == slot_op_i.slot) &&
                    (whole_i || whole_q[2]);
  assign meets[3] = s3_valid_q && s3_q.op.mem && (s3_q.slot == slot_op_i.slot) &&
                    (whole_i || whole_q[3]);

  always_comb begin
    wait_d = '0;
    if (slot_op_i.op.mem) begin
      if (meets[3]) wait_d = 3'd1;
      if (meets[2]) wait_d = 3'd2;
      if (meets[1]) wait_d = 3'd3;
      if (meets[0]) wait_d = 3'd4;
    end
  end

  assign issue   = s0_valid_q && (wait_q == '0) && room_i &&
                   (!s0_q.miss || ((fills_q != '0) && evict_room_i));
  assign s0_free = !s0_valid_q || issue;
  assign pop_o   = valid_i && s0_free;

  assign fills_d = fills_q + 8'(fill_push_i) - 8'(issue && s0_q.miss);

  always_ff @(posedge clk_i) begin
    if (s0_free) begin
      s0_q       <= slot_op_i;
      whole_q[0] <= whole_i;
    end
    whole_q[3:1] <= whole_q[2:0];
    if (s0_free)            wait_q <= wait_d;
    else if (wait_q != '0)  wait_q <= wait_q - 3'd1;
  end

  // Data: 16 block RAMs, {time, value} of each of 8 words.
  logic                 w_any;
  logic [LineWords-1:0] w_value, w_time, w_sel;
  logic [LineBits-1:0]  ram_line, line_q, fill3_q, fill4_q;
  logic [31:0]          new_value_q;
  logic [23:0]          new_time_q;

  for (genvar i = 0; i < LineWords; i++) begin : gen_word
    logic [31:0] value, keep;
    logic        ours;

    assign ours  = (s4_q.op.kind == OpRecord) && w_sel[i];
    assign value = ours ? new_value_q : fill4_q[64*i +: 32];
    assign keep  = ours ? {8'd0, new_time_q} :
                   (s4_q.op.kind == OpCopy) && !plant_time ? '0 : fill4_q[64*i+32 +: 32];

    prim_ram_1r1w #(.Width(32), .Depth(1 << SlotBits)) u_values (
      .clk_i,
      .w_en_i(w_value[i]), .w_addr_i(s4_q.slot), .w_data_i(value),
      .r_en_i(issue), .r_addr_i(s0_q.slot), .r_data_o(ram_line[64*i +: 32])
    );
    prim_ram_1r1w #(.Width(32), .Depth(1 << SlotBits)) u_times (
      .clk_i,
      .w_en_i(w_time[i]), .w_addr_i(s4_q.slot), .w_data_i(keep),
      .r_en_i(issue), .r_addr_i(s0_q.slot), .r_data_o(ram_line[64*i+32 +: 32])
    );
  end

  assign w_any   = s4_valid_q && s4_q.op.mem;
  assign w_value = {LineWords{w_any}} & ({LineWords{s4_q.miss}} |
      ({LineWords{s4_q.op.kind == OpRecord}} & w_sel));
  assign w_time  = {LineWords{w_any}} &
                   (w_value | {LineWords{(s4_q.op.kind == OpCopy) && (s4_q.miss || !plant_time)}});
  assign w_sel   = LineWords'(1) << s4_q.op.word_addr[2:0];

  // Stage 2: the word, from the line or from the fill; the victim goes.
  logic [LineBits-1:0] line2;
  logic [63:0]         word2, word3_q;
  logic [255:0]        values2, values3_q, values4_q;
  logic [Distances-1:0] match2, match3_q;
  logic [Distances-1:0][WordAddrBits-1:0] addr_q;    // word addresses of stages 4 to 7
  logic [Distances-1:0]                   written_q; // they are memory accesses

  assign line2      = s2_q.miss ? fill_i : line_q;
  assign word2      = line2[64*s2_q.op.word_addr[2:0] +: 64];
  assign fill_pop_o = s2_valid_q && s2_q.miss;

  assign evict_o      = s2_valid_q && s2_q.evict;
  assign evict_line_o = line_of(s2_q.victim_tag, s2_q.slot[SetBits-1:0]);
  assign evict_data_o = line_q;

  always_comb begin
    for (int unsigned i = 0; i < LineWords; i++) values2[32*i +: 32] = line2[64*i +: 32];
    // In the next cycle the step in stage 3 is at distance 1, in 4 at 2, ...
    match2[0] = s3_valid_q && s3_q.op.mem && (s3_q.op.kind == OpRecord) &&
        (s3_q.op.word_addr == s2_q.op.word_addr);
    for (int unsigned i = 1; i < Distances; i++) begin
      match2[i] = written_q[i-1] && (addr_q[i-1] == s2_q.op.word_addr);
    end
    if (plant_forward1) match2[0] = 1'b0;
    if (plant_forward2) match2[1] = 1'b0;
    match2 &= {Distances{s2_q.op.mem && !s2_q.miss}};
  end

  // Stage 3: forward, merge.
  logic [Distances-1:0][31:0] value_q; // written by stages 4 to 7
  logic [Distances-1:0][23:0] time_q;
  logic [31:0]          old3, new3;
  logic [23:0]          time3;
  logic [CycleBits-1:0] cycle_q, cycle3;
  logic [3:0]           lanes3;
  logic                 record3;

  assign record3 = s3_valid_q && (s3_q.op.kind == OpRecord);
  assign cycle3  = cycle_q + CycleBits'(s3_q.op.kind == OpRecord);
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

  assign payload_pop_o = s3_valid_q && ((s3_q.op.kind == OpRecord) ||
      ((s3_q.op.kind == OpEvent) && s3_q.op.ending));
  assign s3_valid_o    = s3_valid_q;
  assign s3_op_o       = s3_q.op;
  assign s3_cycle_o    = cycle3;

  // Stage 4.
  payload_t             s4_payload_q;
  logic [CycleBits-1:0] s4_cycle_q;
  logic [31:0]          old4_q;
  logic [23:0]          time4_q;

  always_ff @(posedge clk_i) begin
    s1_q      <= s0_q;
    s2_q      <= s1_q;
    line_q    <= ram_line;
    s3_q      <= s2_q;
    word3_q   <= word2;
    values3_q <= values2;
    fill3_q   <= fill_i;
    match3_q  <= match2;

    s4_q         <= s3_q;
    s4_payload_q <= payload_i;
    s4_cycle_q   <= cycle3;
    old4_q       <= old3;
    time4_q      <= time3;
    values4_q    <= values3_q;
    fill4_q      <= fill3_q;
    new_value_q  <= new3;
    new_time_q   <= {cycle3, payload_i.store ? 2'(SlotC) : 2'(SlotB)};

    value_q[0] <= new3;
    time_q[0]  <= {cycle3, payload_i.store ? 2'(SlotC) : 2'(SlotB)};
    addr_q[0]  <= s3_q.op.word_addr;
    for (int unsigned i = 1; i < Distances; i++) begin
      value_q[i] <= value_q[i-1];
      time_q[i]  <= time_q[i-1];
      addr_q[i]  <= addr_q[i-1];
    end

    if (start_i) cycle_q <= '0;
    else if (s3_valid_q && (s3_q.op.kind == OpEvent)) cycle_q <= '0;
    else if (record3) cycle_q <= cycle3;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      s0_valid_q <= 1'b0;
      s1_valid_q <= 1'b0;
      s2_valid_q <= 1'b0;
      s3_valid_q <= 1'b0;
      s4_valid_q <= 1'b0;
      written_q  <= '0;
      fills_q    <= '0;
    end else if (start_i) begin
      s0_valid_q <= 1'b0;
      s1_valid_q <= 1'b0;
      s2_valid_q <= 1'b0;
      s3_valid_q <= 1'b0;
      s4_valid_q <= 1'b0;
      written_q  <= '0;
      fills_q    <= '0;
    end else begin
      if (s0_free) s0_valid_q <= valid_i;
      s1_valid_q <= issue;
      s2_valid_q <= s1_valid_q;
      s3_valid_q <= s2_valid_q;
      s4_valid_q <= s3_valid_q;
      written_q  <= {written_q[Distances-2:0], record3 && s3_q.op.mem};
      fills_q    <= fills_d;
    end
  end

  assign valid_o   = s4_valid_q;
  assign data_op_o = '{op: s4_q.op, cycle: s4_cycle_q, mem_old: old4_q, mem_new: new_value_q,
      mem_time: time4_q};
  assign payload_o = s4_payload_q;
  assign line_o    = values4_q;

  logic unused_word;
  assign unused_word = ^{word3_q[63:56], s4_q.evict, s4_q.victim_tag};

`ifndef SYNTHESIS
  assert property (@(posedge clk_i) disable iff (!rst_ni) fill_pop_o |-> fill_valid_i);
  assert property (@(posedge clk_i) disable iff (!rst_ni) payload_pop_o |-> payload_valid_i);
  assert property (@(posedge clk_i) disable iff (!rst_ni || start_i)
      issue && s0_q.miss |-> fills_q != '0);
`endif

endmodule
