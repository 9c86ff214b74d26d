// Decides, before anything waits for memory, which accesses touch and dirty a page and where a
// segment closes, and expands each retirement into steps: [event, 4 x 8 registers] [32 lines of the
// page] record. One retirement a cycle when nothing expands. Stages 0 to 2 read the page's bits, 3
// decides, 4 emits. Whatever 4 decided is put right in 0 to 3 when the pipe moves. Golden twin:
// assay-executor's segment cutter. Proved by: tests of the trace unit.
module trace_segmenter
  import trace_pkg::*;
  import assay_abi_pkg::*;
  import assay_plant_pkg::*;
(
  input  logic       clk_i,
  input  logic       rst_ni,
  input  logic       start_i,
  input  logic [4:0] po2_i,

  input  logic       valid_i,
  output logic       ready_o,
  input  ctrl_t      ctrl_i,

  output logic       valid_o,
  input  logic       ready_i,
  output op_t        op_o
);

  localparam int unsigned LeftBits = Po2Max + 1;

  // What is known of a page's bits beside the RAM's.
  typedef struct packed {
    logic valid;
    logic touched;
    logic dirty;
  } known_t;

  typedef enum logic [1:0] {StRecord, StEvent, StRegs, StCopy} state_e;

  logic   advance;
  logic   plant_limit, plant_dirty, plant_copy, plant_boundary, plant_live, plant_row, plant_touch;
  logic   plant_journal;

  prim_plant #(.Id(TraceLimitOffByOne)) u_plant_limit (.active_o(plant_limit));
  prim_plant #(.Id(TraceFirstDirtyLost)) u_plant_dirty (.active_o(plant_dirty));
  prim_plant #(.Id(TracePageCopyLate)) u_plant_copy (.active_o(plant_copy));
  prim_plant #(.Id(TraceBoundaryLate)) u_plant_boundary (.active_o(plant_boundary));
  prim_plant #(.Id(TracePageBitsKept)) u_plant_live (.active_o(plant_live));
  prim_plant #(.Id(TraceClearShort)) u_plant_row (.active_o(plant_row));
  prim_plant #(.Id(TraceTouchForwardMissing)) u_plant_touch (.active_o(plant_touch));
  prim_plant #(.Id(TraceJournalFree)) u_plant_journal (.active_o(plant_journal));

  // Stages 1 to 3.
  logic   s1_valid_q, s2_valid_q, s3_valid_q;
  ctrl_t  s1_q, s2_q, s3_q;
  known_t s1_known_q, s2_known_q, s2_known;
  logic   ram_touched, ram_dirty, ram_live;
  logic   s3_touched_q, s3_dirty_q, s3_live_q; // but for stage 4

  // Stage 4: the op that is being emitted. s4_mem, s4_clear and s4_forget are 0 if there is none.
  logic   s4_valid_q, s4_new_q, s4_mem_q, s4_end_q, s4_flip_q, s4_touch_q, s4_dirtied_q;
  logic   s4_dirty_q, s4_clear_q;
  logic   s4_forget_q; // it opened a segment
  logic [WordAddrBits-1:0] s4_addr_q;
  logic [PageBits-1:0]     s4_page;
  state_e state_d, state_q;
  logic [4:0] step_d, step_q;
  logic   last_d, last_q; // this step is the retirement's last

  assign s4_page = s4_addr_q[WordAddrBits-1:8];

  // What stage 4's access means to one behind it.
  function automatic known_t put_right(known_t known, logic same_page, logic same_group);
    put_right = known;
    if (s4_forget_q || (s4_clear_q && same_group)) begin
      put_right = '{valid: 1'b1, touched: 1'b0, dirty: 1'b0};
    end
    if (s4_mem_q && same_page) begin
      put_right = '{valid: 1'b1, touched: 1'b1, dirty: s4_dirty_q};
    end
  endfunction

  function automatic logic live_right(logic live, logic same_group);
    return (s4_mem_q && same_group) || (live && !s4_forget_q);
  endfunction

  logic [PageBits-1:0] s0_page, s1_page, s2_page, s3_page;
  logic                s3_same_page_q, s3_same_group_q; // as the one right ahead

  assign s2_known = put_right(s2_known_q, s2_page == s4_page, s2_page[17:10] == s4_page[17:10]);
  assign s0_page = ctrl_i.word_addr[WordAddrBits-1:8];
  assign s1_page = s1_q.word_addr[WordAddrBits-1:8];
  assign s2_page = s2_q.word_addr[WordAddrBits-1:8];
  assign s3_page = s3_q.word_addr[WordAddrBits-1:8];

  // Stage 3: what the access does, whether it fits.
  logic   s3_mem, s3_live, s3_touched, s3_dirty, s3_touch, s3_dirties, s3_fits, s3_flip;
  logic   s3_forgotten, s3_ahead, s3_commit;
  logic [LeftBits-1:0] limit, left_q, left_plant, fresh_left_q, s3_fresh_q, left_after, fresh_cost;

  assign s3_mem     = s3_q.load || s3_q.store;
  assign s3_forgotten = s4_forget_q || (s4_clear_q && s3_same_group_q);
  assign s3_live      = live_right(s3_live_q, s3_same_group_q);
  assign s3_ahead     = s4_mem_q && s3_same_page_q && !plant_touch;
  assign s3_touched   = s3_ahead || (s3_touched_q && !s3_forgotten);
  assign s3_dirty     = s3_ahead ? s4_dirty_q : s3_dirty_q && !s3_forgotten;
  assign s3_commit    = s3_q.commit && !plant_journal;
  assign s3_touch   = s3_mem && !s3_touched;
  assign s3_dirties = s3_q.store && !s3_dirty && !(plant_dirty && s3_touched);

  // Comparisons with every possible cost, while the page's bits are still looked at.
  logic fits_one, fits_journal, fits_out, fits_in, fits_both;

  assign limit        = (LeftBits'(1) << po2_i) - LeftBits'(PageInCost + PageOutCost);
  assign left_plant   = left_q + LeftBits'(plant_limit);
  assign fits_one     = (left_plant >= LeftBits'(1));
  assign fits_journal = (left_plant >= LeftBits'(1 + JournalCost));
  assign fits_out     = (left_plant >= LeftBits'(1 + PageOutCost));
  assign fits_in      = (left_plant >= LeftBits'(1 + PageInCost));
  assign fits_both    = (left_plant >= LeftBits'(1 + PageInCost + PageOutCost));

  always_comb begin
    unique case ({s3_touch, s3_dirties})
      2'b00: begin
        left_after = left_q - (s3_commit ? LeftBits'(1 + JournalCost) : LeftBits'(1));
        s3_fits    = s3_commit ? fits_journal : fits_one;
      end
      2'b01: begin
        left_after = left_q - LeftBits'(1 + PageOutCost);
        s3_fits    = fits_out;
      end
      2'b10: begin
        left_after = left_q - LeftBits'(1 + PageInCost);
        s3_fits    = fits_in;
      end
      default: begin
        left_after = left_q - LeftBits'(1 + PageInCost + PageOutCost);
        s3_fits    = fits_both;
      end
    endcase
    // What a fresh segment has left after the instruction in stage 2.
    fresh_cost = LeftBits'(1);
    if (s2_q.commit) fresh_cost = LeftBits'(1 + JournalCost);
    if (s2_q.load)   fresh_cost = LeftBits'(1 + PageInCost);
    if (s2_q.store)  fresh_cost = LeftBits'(1 + PageInCost + PageOutCost);
  end

  assign s3_flip = !s3_q.is_end && !s3_fits;

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      left_q       <= limit;
      fresh_left_q <= limit;
    end else if (advance && s3_valid_q && !s3_q.is_end) begin
      left_q <= s3_flip ? s3_fresh_q : left_after;
    end
    if (advance) s3_fresh_q <= fresh_left_q - fresh_cost;
  end

  trace_page_tracker u_pages (
    .clk_i, .rst_ni,
    .advance_i(advance), .page_i(s0_page),
    .touched_o(ram_touched), .dirty_o(ram_dirty), .live_o(ram_live),
    .forget_i(start_i || (s4_new_q && s4_forget_q)),
    .live_set_i(s4_new_q && s4_mem_q), .live_group_i(s4_page[17:10]),
    .w_en_i(s4_mem_q && ready_i &&
            ((state_q == StCopy) ? s4_clear_q && !(plant_row && (step_q == 5'd0))
                                 : (state_q == StRecord) && (s4_touch_q || s4_dirtied_q))),
    .w_clear_i(state_q == StCopy), .w_row_i(step_q), .w_page_i(s4_page), .w_dirty_i(s4_dirty_q)
  );

  // Stage 4.
  state_e last_state, after_regs;
  assign after_regs = (s4_touch_q && !plant_copy) ? StCopy : StRecord;

  always_comb begin
    // The state of this retirement's last step.
    last_state = StRecord;
    if (s4_end_q) last_state = StRegs;
    if (plant_copy && s4_touch_q) last_state = StCopy;
    if (plant_boundary && s4_flip_q && !s4_touch_q) last_state = StRegs;

    advance = !s4_valid_q || (last_q && ready_i);
    state_d = state_q;
    step_d  = step_q;
    last_d  = last_q;
    if (advance) begin
      step_d  = '0;
      state_d = StRecord;
      if (s3_q.is_end || s3_flip) state_d = StEvent;
      else if (s3_touch && !plant_copy) state_d = StCopy;
      if (plant_boundary && s3_flip && !s3_mem) state_d = StRecord;
      last_d = !s3_q.is_end && !s3_flip && !s3_touch;
    end else if (ready_i) begin
      step_d = '0;
      unique case (state_q)
        StEvent: state_d = StRegs;
        StRegs: begin
          step_d = step_q + 5'd1;
          if (step_q == 5'd3) begin
            step_d  = '0;
            state_d = after_regs;
          end
        end
        StCopy: begin
          step_d = step_q + 5'd1;
          if (step_q == 5'(PageLines - 1)) state_d = StRecord;
        end
        default: state_d = (last_state == StCopy) ? StCopy : StEvent; // planted bugs alone
      endcase
      last_d = (state_d == last_state) && ((state_d != StRegs) || (step_d == 5'd3)) &&
               ((state_d != StCopy) || (step_d == 5'(PageLines - 1)));
    end
  end

  always_comb begin
    op_o = '0;
    op_o.word_addr = s4_addr_q;
    unique case (state_q)
      StEvent: begin
        op_o.kind   = OpEvent;
        op_o.ending = s4_end_q;
      end
      StRegs: begin
        op_o.kind      = OpRegs;
        op_o.ending    = s4_end_q;
        op_o.word_addr = WordAddrBits'({step_q[1:0], 3'b000});
      end
      StCopy: begin
        op_o.kind      = OpCopy;
        op_o.mem       = 1'b1;
        op_o.word_addr = {s4_page, step_q, 3'b000};
      end
      default: begin
        op_o.kind        = OpRecord;
        op_o.mem         = s4_mem_q;
        op_o.first_touch = s4_touch_q;
        op_o.first_dirty = s4_dirtied_q;
      end
    endcase
  end

  assign valid_o = s4_valid_q;
  assign ready_o = advance;

  always_ff @(posedge clk_i) begin
    if (advance) begin
      s1_q         <= ctrl_i;
      s1_known_q   <= put_right('0, s0_page == s4_page, s0_page[17:10] == s4_page[17:10]);
      s2_q         <= s1_q;
      s2_known_q   <= put_right(s1_known_q, s1_page == s4_page, s1_page[17:10] == s4_page[17:10]);
      s3_q         <= s2_q;
      s3_touched_q <= s2_known.valid ? s2_known.touched : ram_live && ram_touched;
      s3_dirty_q   <= s2_known.valid ? s2_known.dirty : ram_live && ram_dirty;
      s3_live_q    <= live_right(ram_live, s2_page[17:10] == s4_page[17:10]);
      s3_same_page_q  <= (s2_page == s3_page);
      s3_same_group_q <= (s2_page[17:10] == s3_page[17:10]);
      s4_addr_q    <= s3_q.word_addr;
      s4_end_q     <= s3_q.is_end;
      s4_flip_q    <= s3_flip;
      s4_touch_q   <= s3_flip ? s3_mem : s3_touch;
      s4_dirtied_q <= s3_flip ? s3_q.store : s3_dirties;
      s4_dirty_q   <= s3_q.store || (s3_dirty && !s3_flip);
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      s1_valid_q <= 1'b0;
      s2_valid_q <= 1'b0;
      s3_valid_q <= 1'b0;
      s4_valid_q <= 1'b0;
      s4_new_q   <= 1'b0;
      s4_mem_q    <= 1'b0;
      s4_clear_q  <= 1'b0;
      s4_forget_q <= 1'b0;
      last_q     <= 1'b0;
      state_q    <= StRecord;
      step_q     <= '0;
    end else begin
      state_q <= state_d;
      step_q  <= step_d;
      last_q  <= last_d;
      s4_new_q <= advance && s3_valid_q && !start_i; // for one cycle: the groups learn of it
      if (advance) begin
        s1_valid_q <= valid_i;
        s2_valid_q <= s1_valid_q;
        s3_valid_q <= s2_valid_q;
        s4_valid_q  <= s3_valid_q;
        s4_mem_q    <= s3_valid_q && s3_mem;
        s4_clear_q  <= s3_valid_q && s3_mem && ((s3_flip && !plant_live) || !s3_live);
        s4_forget_q <= s3_valid_q && s3_flip && !plant_live;
      end
      if (start_i) begin
        s1_valid_q <= 1'b0;
        s2_valid_q <= 1'b0;
        s3_valid_q <= 1'b0;
        s4_valid_q <= 1'b0;
        s4_mem_q    <= 1'b0;
        s4_clear_q  <= 1'b0;
        s4_forget_q <= 1'b0;
      end
    end
  end

  // Every instruction fits into a fresh segment, and a group is live when one of its pages is
  // touched.
  prim_check u_fits (
    .clk_i, .rst_ni,
    .ok_i(start_i || !(s3_valid_q && s3_flip) || (s3_fresh_q <= fresh_left_q))
  );
  prim_check u_live (
    .clk_i, .rst_ni,
    .ok_i(start_i || !(s3_valid_q && s3_mem && s3_touched) || s3_live || plant_live)
  );

  prim_stable_check #(.Width($bits(op_t))) u_stable (
    .clk_i, .rst_ni, .clear_i(start_i), .valid_i(valid_o), .ready_i, .data_i(op_o)
  );

endmodule
