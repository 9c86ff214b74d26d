// Any steps: a record's times stand in their own fields, a boundary says what its segment cost, how
// many words it committed and where the next one begins, and carries every register in its place.
// trace_packer against naive counts and one register that the prover chooses. Searched by: cargo
// xtask formal.
module formal_trace_packer
  import trace_pkg::*;
  import assay_abi_pkg::*;
(
  input logic             clk_i,
  input logic             valid_i,
  input data_op_t         data_op_i,
  input payload_t         payload_i,
  input logic [2:0][23:0] times_i,
  input logic [4:0]       register_i
);

  logic         begun_q, started_q, start, record, beat_valid, beat_last, mismatch;
  logic [511:0] beat;
  logic [63:0]  mismatch_order;
  logic [47:0]  records, pages, segments;

  initial begin
    begun_q   = 1'b0;
    started_q = 1'b0;
  end

  assign start  = begun_q && !started_q;
  assign record = valid_i && started_q && (data_op_i.op.kind == OpRecord);

  trace_packer u_packer (
    .clk_i, .rst_ni(begun_q), .start_i(start), .po2_i('0), .text_start_i('0), .text_end_i('0),
    .valid_i(valid_i && started_q), .data_op_i, .payload_i, .line_i('0), .times_i,
    .beat_valid_o(beat_valid), .beat_o(beat), .beat_last_o(beat_last),
    .mismatch_o(mismatch), .mismatch_order_o(mismatch_order),
    .stat_records_o(records), .stat_pages_o(pages), .stat_segments_o(segments)
  );

  // What the segmenter sends: a store is no load, and the rows of registers follow an event in
  // order.
  logic [1:0] row_q;

  always_comb begin
    assume (!payload_i.load || !payload_i.store);
    assume (data_op_i.op.kind != OpCopy);
    assume ((data_op_i.op.kind != OpRegs) || (data_op_i.op.word_addr[4:3] == row_q));
    assume ((row_q == 2'd0) || (data_op_i.op.kind == OpRegs));
  end

  // Naive
  logic [4:0]  register_q;
  logic [31:0] value_q;
  logic [22:0] cost_q, cost_d;
  logic [21:0] words_q;

  always_comb begin
    cost_d = cost_q + 23'd1;
    if (data_op_i.op.first_touch) cost_d = cost_d + 23'(PageInCost);
    if (data_op_i.op.first_dirty) cost_d = cost_d + 23'(PageOutCost);
    if (payload_i.commit)         cost_d = cost_d + 23'(JournalCost);
  end

  // The step, and what it must show two cycles later
  logic             valid1_q, valid2_q;
  data_op_t         op1_q, op2_q;
  payload_t         payload1_q, payload2_q;
  logic [2:0][23:0] times2_q;
  logic [22:0]      cost1_q, cost2_q;
  logic [21:0]      words1_q, words2_q;
  logic [31:0]      value1_q, value2_q;

  always_ff @(posedge clk_i) begin
    begun_q   <= 1'b1;
    started_q <= begun_q;
    valid1_q  <= valid_i && started_q;
    valid2_q  <= valid1_q && started_q;
    op1_q      <= data_op_i;
    op2_q      <= op1_q;
    payload1_q <= payload_i;
    payload2_q <= payload1_q;
    times2_q   <= times_i;
    cost1_q    <= cost_q;
    cost2_q    <= cost1_q;
    words1_q   <= words_q;
    words2_q   <= words1_q;
    value1_q   <= value_q;
    value2_q   <= value1_q;
    if (!started_q) begin
      register_q <= register_i;
      value_q    <= '0;
      row_q      <= '0;
      cost_q     <= 23'(PageInCost + PageOutCost);
      words_q    <= '0;
    end else if (valid_i) begin
      if (record) begin
        cost_q  <= cost_d;
        words_q <= words_q + 22'(payload_i.commit);
        if (payload_i.use_c && !payload_i.store && (payload_i.rd == register_q) &&
            (register_q != 5'd0)) begin
          value_q <= payload_i.c_new;
        end
      end
      if (data_op_i.op.kind == OpEvent) begin
        cost_q  <= 23'(PageInCost + PageOutCost);
        words_q <= '0;
      end
      if (data_op_i.op.kind == OpRegs) row_q <= row_q + 2'd1;
    end
  end

  always_comb assume (!record || !payload_i.use_c || payload_i.store || (payload_i.rd != 5'd0));

  record_t      rec;
  segment_end_t event_beat;
  logic         times_ok, event_ok, registers_ok;

  assign rec        = beat;
  assign event_beat = beat;

  always_comb begin
    times_ok = 1'b1;
    if (valid2_q && (op2_q.op.kind == OpRecord)) begin
      times_ok = beat_valid &&
          (rec.a_time == (payload2_q.use_a ? 32'(times2_q[0]) : '0)) &&
          (rec.b_time == (payload2_q.load ? 32'(op2_q.mem_time) :
                          payload2_q.use_b ? 32'(times2_q[1]) : '0)) &&
          (rec.c_time == (payload2_q.store ? 32'(op2_q.mem_time) :
                          payload2_q.use_c ? 32'(times2_q[2]) : '0));
    end
    event_ok = 1'b1;
    if (valid2_q && (op2_q.op.kind == OpEvent)) begin
      event_ok = beat_valid && (event_beat.pc == payload2_q.pc) &&
                 (event_beat.cost == 32'(cost2_q)) && (event_beat.journal_words == 32'(words2_q));
    end
    // Rows come in pairs: a beat holds sixteen registers.
    registers_ok = 1'b1;
    if (valid2_q && (op2_q.op.kind == OpRegs) && op2_q.op.word_addr[3] &&
        (register_q[4] == op2_q.op.word_addr[4])) begin
      registers_ok = beat_valid && (beat[{register_q[3:0], 5'd0} +: 32] == value2_q);
    end
  end

  prim_check u_times (.clk_i, .rst_ni(started_q), .ok_i(times_ok));
  prim_check u_event (.clk_i, .rst_ni(started_q), .ok_i(event_ok));
  prim_check u_registers (.clk_i, .rst_ni(started_q), .ok_i(registers_ok));

endmodule
