// Makes the beats of the contract: records, page headers and contents, boundaries and ends with
// their registers; keeps the counts of segment and session. Takes one step a cycle and never
// stalls; at most one beat a step, 2 cycles later. Compares a load with the shadow; mismatch_o is
// the sticky sum of all comparisons. Proved by: tests of the trace unit.
module trace_packer
  import trace_pkg::*;
  import assay_abi_pkg::*;
  import assay_plant_pkg::*;
(
  input  logic              clk_i,
  input  logic              rst_ni,
  input  logic              start_i,
  input  logic [4:0]        po2_i,
  input  logic [17:0]       text_start_i,
  input  logic [18:0]       text_end_i,

  input  logic              valid_i,
  input  data_op_t          data_op_i,
  input  payload_t          payload_i,
  input  logic [255:0]      line_i,
  input  logic [2:0][23:0]  times_i,     // one cycle after the rest

  output logic              beat_valid_o,
  output logic [511:0]      beat_o,
  output logic              beat_last_o,

  output logic              mismatch_o,
  output logic [63:0]       mismatch_order_o,
  output logic [47:0]       stat_records_o,
  output logic [47:0]       stat_pages_o,
  output logic [47:0]       stat_segments_o
);

  logic plant_swap, plant_pc, plant_halves, plant_cost, plant_journal;

  prim_plant #(.Id(PackerFieldSwapped)) u_plant_swap (.active_o(plant_swap));
  prim_plant #(.Id(PackerStatusStale)) u_plant_pc (.active_o(plant_pc));
  prim_plant #(.Id(PackerRegistersSwapped)) u_plant_halves (.active_o(plant_halves));
  prim_plant #(.Id(PackerCostDirty)) u_plant_cost (.active_o(plant_cost));
  prim_plant #(.Id(PackerJournalKept)) u_plant_journal (.active_o(plant_journal));

  // P0: a second set of registers, eight read at once, for boundaries; the comparison of a load.
  op_t              op0;
  logic             record0;
  logic [31:0]      written_q;
  logic [1:0]       row0;
  logic [255:0]     regs0;
  logic [PageBits-1:0] page0;
  logic [31:0]      shifted0, loaded0;
  logic             differs0, is_text0;

  assign op0     = data_op_i.op;
  assign record0 = valid_i && (op0.kind == OpRecord);
  assign page0   = op0.word_addr[WordAddrBits-1:8];

  assign row0 = op0.word_addr[4:3] ^ {plant_halves, 1'b0};

  for (genvar i = 0; i < 8; i++) begin : gen_reg
    logic [31:0] mem [4];

    always_ff @(posedge clk_i) begin
      if (record0 && payload_i.use_c && !payload_i.store && (payload_i.rd[2:0] == 3'(i))) begin
        mem[payload_i.rd[4:3]] <= payload_i.c_new;
      end
    end
    assign regs0[32*i +: 32] = written_q[{row0, 3'(i)}] ? mem[row0] : '0;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni)      written_q <= '0;
    else if (start_i) written_q <= '0;
    else if (record0 && payload_i.use_c && !payload_i.store && (payload_i.rd != 5'd0)) begin
      written_q[payload_i.rd] <= 1'b1;
    end
  end

  assign shifted0 = data_op_i.mem_old >> {payload_i.mem_addr[1:0], 3'b000};

  always_comb begin
    unique case (payload_i.size)
      2'd0:    loaded0 = {{24{shifted0[7] && !payload_i.load_unsigned}}, shifted0[7:0]};
      2'd1:    loaded0 = {{16{shifted0[15] && !payload_i.load_unsigned}}, shifted0[15:0]};
      default: loaded0 = shifted0;
    endcase
    differs0 = payload_i.mismatch;
    if (payload_i.load) begin
      if (payload_i.use_c && (payload_i.c_new != loaded0)) differs0 = 1'b1;
      for (int unsigned i = 0; i < 4; i++) begin
        if (payload_i.lane_mask[i] && (payload_i.b[8*i +: 8] != data_op_i.mem_old[8*i +: 8])) begin
          differs0 = 1'b1;
        end
      end
    end
  end

  assign is_text0 = (page0 >= text_start_i) && ({1'b0, page0} < text_end_i);

  // P1: counts, and the beat.
  logic         valid1_q, differs1_q, is_text1_q;
  data_op_t     data1_q;
  payload_t     load1_q;
  logic [255:0] line1_q, low_q;
  op_t          op1;
  logic         record1, event1;

  assign op1     = data1_q.op;
  assign record1 = valid1_q && (op1.kind == OpRecord);
  assign event1  = valid1_q && (op1.kind == OpEvent);

  logic [63:0]          order_q;
  logic [31:0]          segment_q, journal_total_q, input_total_q, last_pc_q;
  logic [22:0]          cost_q, cost_step;
  logic [14:0]          touched_q, dirtied_q;
  logic [CycleBits-1:0] journal_q, input_q;

  assign cost_step = 23'd1 + (op1.first_touch ? 23'(PageInCost) : '0) +
                     (op1.first_dirty && !(plant_cost && op1.first_touch) ? 23'(PageOutCost) : '0) +
                     (load1_q.commit ? 23'(JournalCost) : '0);

  always_ff @(posedge clk_i) begin
    if (valid_i) begin
      data1_q    <= data_op_i;
      load1_q    <= payload_i;
      differs1_q <= differs0;
      is_text1_q <= is_text0;
      if (op0.kind == OpCopy) line1_q <= line_i;
      if (op0.kind == OpRegs) line1_q <= regs0;
      if (op1.kind != OpRecord) low_q <= line1_q;
    end
    if (record1) begin
      order_q         <= order_q + 64'd1;
      cost_q          <= cost_q + cost_step;
      touched_q       <= touched_q + 15'(op1.first_touch);
      dirtied_q       <= dirtied_q + 15'(op1.first_dirty);
      journal_q       <= journal_q + CycleBits'(load1_q.commit);
      input_q         <= input_q + CycleBits'(load1_q.read);
      journal_total_q <= journal_total_q + 32'(load1_q.commit);
      input_total_q   <= input_total_q + 32'(load1_q.read);
      last_pc_q       <= load1_q.pc;
      stat_records_o  <= stat_records_o + 48'd1;
      stat_pages_o    <= stat_pages_o + 48'(op1.first_touch);
    end
    if (event1) begin
      segment_q       <= segment_q + 32'd1;
      stat_segments_o <= stat_segments_o + 48'd1;
    end
    if (start_i) begin
      order_q         <= '0;
      segment_q       <= '0;
      journal_total_q <= '0;
      input_total_q   <= '0;
      last_pc_q       <= '0;
      stat_records_o  <= '0;
      stat_pages_o    <= '0;
      stat_segments_o <= '0;
    end
    if (start_i || event1) begin
      cost_q    <= 23'(PageInCost + PageOutCost);
      touched_q <= 15'd1;
      dirtied_q <= 15'd1;
      if (start_i || !plant_journal) journal_q <= '0;
      input_q   <= '0;
    end
  end

  // Beats, as functions: a beat is made in the cycle in which there is one.
  function automatic record_t record_beat();
    record_t     rec;
    logic [31:0] time_a, time_b;
    rec         = '0;
    rec.kind    = KindRecord;
    rec.flags[FlagUseA]       = load1_q.use_a;
    rec.flags[FlagUseB]       = load1_q.use_b;
    rec.flags[FlagUseC]       = load1_q.use_c;
    rec.flags[FlagMemRead]    = load1_q.load;
    rec.flags[FlagMemWrite]   = load1_q.store;
    rec.flags[FlagFirstTouch] = op1.first_touch;
    rec.flags[FlagFirstDirty] = op1.first_dirty;
    rec.flags[FlagFromText]   = load1_q.from_text;
    rec.cycle   = 32'(data1_q.cycle);
    rec.pc      = load1_q.pc;
    rec.insn    = load1_q.insn;
    rec.next_pc = load1_q.next_pc;
    rec.a_value = load1_q.a;
    rec.b_value = load1_q.load ? data1_q.mem_old : load1_q.b;
    rec.c_old   = load1_q.store ? data1_q.mem_old : load1_q.c_old;
    rec.c_new   = load1_q.store ? data1_q.mem_new : load1_q.c_new;
    rec.mem_addr = 32'(load1_q.mem_addr);
    time_a      = load1_q.use_a ? 32'(times_i[SlotA]) : '0;
    time_b      = load1_q.load ? 32'(data1_q.mem_time) : load1_q.use_b ? 32'(times_i[SlotB]) : '0;
    rec.a_time  = plant_swap ? time_b : time_a;
    rec.b_time  = plant_swap ? time_a : time_b;
    rec.c_time  = load1_q.store ? 32'(data1_q.mem_time) : load1_q.use_c ? 32'(times_i[SlotC]) : '0;
    rec.order   = order_q;
    rec.segment = segment_q;
    return rec;
  endfunction

  function automatic page_in_t page_beat();
    page_in_t page_in;
    page_in         = '0;
    page_in.kind    = KindPageIn;
    page_in.is_text = 8'(is_text1_q);
    page_in.segment = segment_q;
    page_in.page    = 32'(op1.word_addr[WordAddrBits-1:8]);
    page_in.cycle   = 32'(data1_q.cycle) + 32'd1;
    return page_in;
  endfunction

  function automatic segment_end_t event_beat();
    segment_end_t segment_end;
    segment_end               = '0;
    segment_end.kind          = op1.ending ? KindEnd : KindBoundary;
    segment_end.status        = op1.ending ? 8'(load1_q.status) : StatusRunning;
    segment_end.cause         = op1.ending ? 8'(load1_q.cause) : '0;
    segment_end.po2           = 8'(po2_i);
    segment_end.segment       = segment_q;
    segment_end.cycles        = 32'(data1_q.cycle);
    segment_end.touched       = 32'(touched_q);
    segment_end.dirtied       = 32'(dirtied_q);
    segment_end.journal_words = 32'(journal_q);
    segment_end.input_words   = 32'(input_q);
    segment_end.cost          = 32'(cost_q);
    segment_end.pc            = (plant_pc && !op1.ending) ? last_pc_q : load1_q.pc;
    segment_end.exit_code     = op1.ending ? load1_q.a : '0;
    segment_end.journal_total = journal_total_q;
    segment_end.input_total   = input_total_q;
    segment_end.order         = order_q;
    return segment_end;
  endfunction

  // P2. Two lines, or two sets of eight registers, make a beat. A page's first line brings the
  // header instead.
  logic header1, beat_valid_d;

  assign header1 = (op1.kind == OpCopy) && (op1.word_addr[7:3] == '0);
  assign beat_valid_d = valid1_q && ((op1.kind == OpRecord) || (op1.kind == OpEvent) || header1 ||
                                     op1.word_addr[3]);

  always_ff @(posedge clk_i) begin
    if (valid1_q) begin
      unique case (op1.kind)
        OpRecord: beat_o <= record_beat();
        OpEvent:  beat_o <= event_beat();
        default:  beat_o <= header1 ? page_beat() : {line1_q, low_q};
      endcase
      beat_last_o <= (op1.kind == OpRegs) && op1.ending && (op1.word_addr[4:3] == 2'b11);
    end
    if (start_i) mismatch_order_o <= '0;
    else if (record1 && differs1_q && !mismatch_o) mismatch_order_o <= order_q;
    else if (event1 && op1.ending && load1_q.mismatch && !mismatch_o) mismatch_order_o <= order_q;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid1_q     <= 1'b0;
      beat_valid_o <= 1'b0;
      mismatch_o   <= 1'b0;
    end else if (start_i) begin
      valid1_q     <= 1'b0;
      beat_valid_o <= 1'b0;
      mismatch_o   <= 1'b0;
    end else begin
      valid1_q     <= valid_i;
      beat_valid_o <= beat_valid_d;
      if ((record1 && differs1_q) || (event1 && op1.ending && load1_q.mismatch)) mismatch_o <= 1'b1;
    end
  end

  logic unused_bits;
  assign unused_bits = ^{load1_q.is_end, load1_q.mismatch, load1_q.load_unsigned, load1_q.size,
      load1_q.rs1, load1_q.rs2,
                         load1_q.rd, load1_q.lane_mask, op1.mem, op0};

endmodule
