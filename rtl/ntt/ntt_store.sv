// Results on their way out: takes pairs as the pipeline gives them, gives beats of two neighbouring
// rows in bit-reversed or natural order, or of a tile. Room is promised before a group is launched,
// so the pipeline never waits. Banks as in ntt_load.
// Golden twin: assay_engines::ntt. Proved by: sim/engines/tests/ntt.rs.
module ntt_store
  import field_pkg::fe_t;
  import ntt_pkg::*;
  import assay_engine_plant_pkg::*;
#(
  parameter int unsigned Columns = 1,
  parameter int unsigned LogMax = 12,
  parameter int unsigned LogBeats = 13,
  localparam int unsigned Width = $bits(fe_t) * Columns
) (
  input  logic               clk_i,
  input  logic               rst_ni,

  input  logic [LogMax-1:0]  last_i,    // of the groups inside, less one
  input  logic               strided_i, // in tiles

  output logic               room_o,    // for one more group
  output logic               empty_o,
  input  logic               promise_i,
  input  logic               w_valid_i,
  input  logic               w_natural_i,
  input  logic [Width-1:0]   u_i,
  input  logic [Width-1:0]   v_i,

  input  logic               job_valid_i,
  output logic               job_ready_o,
  input  job_t               job_i,

  output logic               valid_o,
  input  logic               ready_i,
  output logic               last_o, // of the job
  output logic [Width-1:0]   u_o,    // even row
  output logic [Width-1:0]   v_o     // odd row
);
  typedef logic [LogBeats-1:0] addr_t;
  localparam int unsigned Queue = 8;

  // Writing.
  addr_t             group_last, slot_last;
  addr_t             w_base_q, w_beat_q;
  logic [LogTile:0]  w_t_q, p_t_q;
  logic [LogBeats:0] held_q, ready_q;
  logic              group_done, slot_done, pop, new_slot, room_q;
  logic              plant_overrun, plant_room, plant_reversal, plant_drop, plant_last, plant_bank;

  assign group_last = addr_t'(last_i);
  assign slot_last  = strided_i ? addr_t'({last_i, {(LogTile + 1){1'b1}}}) : group_last;
  // A tile is promised with its first group.
  assign new_slot   = !strided_i || (p_t_q == '0);
  assign room_o     = plant_room || room_q;
  assign empty_o    = held_q == '0;
  assign group_done = w_valid_i && (w_beat_q == group_last);
  assign slot_done  = group_done && (!strided_i || (w_t_q == '1));

  // A beat in bit-reversed order can go as soon as it is written; of what is reordered, all at once.
  logic [LogBeats:0] written, written_q; // readable a cycle later than it is counted

  // Whether a slot more fits a cycle later, worked out for each thing that may happen in this one.
  localparam int unsigned Beats = 1 << LogBeats;
  logic [31:0] with_one, with_two;
  logic        fits_one, fits_two;
  assign with_one = 32'(held_q) + 32'(slot_last);
  assign with_two = 32'(held_q) + 32'({slot_last, 1'b1});
  assign fits_one = (with_one < Beats) || (pop && (with_one == Beats));
  assign fits_two = (with_two < Beats) || (pop && (with_two == Beats));
  prim_plant #(.Id(NttStoreEarly)) u_plant (.active_o(plant_overrun));
  prim_plant #(.Id(NttStoreRoom)) u_plant_room (.active_o(plant_room));
  prim_plant #(.Id(NttStoreReversal)) u_plant_reversal (.active_o(plant_reversal));
  prim_plant #(.Id(NttDroppedBeat)) u_plant_drop (.active_o(plant_drop));
  prim_plant #(.Id(NttStoreBank)) u_plant_bank (.active_o(plant_bank));
  prim_plant #(.Id(NttLastMark)) u_plant_last (.active_o(plant_last));
  always_comb begin
    written = '0;
    if (strided_i) begin
      if (slot_done) written = (LogBeats+1)'(slot_last) + 1'b1;
    end else if (w_natural_i && !plant_overrun) begin
      if (group_done) written = (LogBeats+1)'(group_last) + 1'b1;
    end else begin
      written = (LogBeats+1)'(w_valid_i);
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      w_base_q <= '0;
      w_beat_q <= '0;
      w_t_q    <= '0;
      p_t_q    <= '0;
      held_q   <= '0;
      ready_q  <= '0;
      written_q <= '0;
      room_q   <= 1'b1;
    end else begin
      if (promise_i) begin
        room_q <= strided_i ? (p_t_q != '1) || (new_slot ? fits_two : fits_one) : fits_two;
      end else begin
        room_q <= !new_slot || fits_one;
      end
      if (w_valid_i) w_beat_q <= group_done ? '0 : w_beat_q + 1'b1;
      if (group_done && strided_i) w_t_q <= w_t_q + 1'b1;
      if (promise_i && strided_i) p_t_q <= p_t_q + 1'b1;
      if (slot_done) w_base_q <= w_base_q + slot_last + 1'b1;
      // What comes late chooses among sums.
      if (promise_i && new_slot) held_q <= held_q + (LogBeats+1)'(slot_last) + (LogBeats+1)'(!pop);
      else if (pop)              held_q <= held_q - 1'b1;
      written_q <= written;
      ready_q   <= pop ? ready_q + written_q - 1'b1 : ready_q + written_q;
      // Another size begins at 0.
      if (empty_o && !promise_i) w_base_q <= '0;
    end
  end

  // Pair q of a group: results 2q and 2q + 1, elements k and k + n/2 of the natural order.
  logic [15:0] w_count, w_reversed, half;
  logic        w_sel;
  addr_t       w_own, w_other;
  always_comb begin
    half       = 16'({last_i, 1'b1}) & ~16'(last_i);
    w_reversed = plant_reversal ? 16'(w_beat_q) : w_count;
    w_sel      = 1'b0;
    w_own      = w_beat_q;
    w_other    = w_beat_q;
    if (strided_i) begin
      w_sel   = w_t_q[0] && !plant_bank;
      w_own   = addr_t'({w_beat_q, 1'b0, w_t_q[LogTile:1]});
      w_other = addr_t'({w_beat_q, 1'b1, w_t_q[LogTile:1]});
    end else if (w_natural_i) begin
      w_sel   = w_reversed[0];
      w_own   = addr_t'(w_reversed >> 1);
      w_other = addr_t'((w_reversed | half) >> 1);
    end
  end
  ntt_reversed_count u_count (
    .clk_i, .rst_ni, .top_i(half >> 1), .advance_i(w_valid_i), .value_o(w_count)
  );

  logic             w_en_q, w_sel_q;
  addr_t            w_own_q, w_other_q;
  logic [Width-1:0] w_u_q, w_v_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) w_en_q <= 1'b0;
    else         w_en_q <= w_valid_i;
  end
  always_ff @(posedge clk_i) begin
    w_sel_q   <= w_sel;
    w_own_q   <= w_base_q + w_own;
    w_other_q <= w_base_q + w_other;
    w_u_q     <= u_i;
    w_v_q     <= v_i;
  end

  // Reading, in order of address.
  job_t              job_q;
  logic              busy_q;
  logic [15:0]       panels_q;
  logic [23:0]       slots_q, panel_slots_q;
  addr_t             r_addr_q, r_beat_q;
  logic              r_sel, r_last, fetch, issue_q, issue_qq, sel_q, last_q, last_qq;
  logic [3:0]        inside_q;
  logic [Width-1:0]  bank [2];
  logic [Width-1:0]  out_u_q, out_v_q;
  addr_t             r_slot_last_q;

  assign pop    = busy_q && (ready_q != '0) && (inside_q < 4'(Queue - 1));
  assign r_last = (r_beat_q == r_slot_last_q) && (slots_q == panel_slots_q)
      && (panels_q == (plant_last ? 16'd2 : 16'd1));
  assign fetch  = pop && !(plant_drop && (32'(inside_q) == Queue - 2));
  assign job_ready_o = !busy_q;

  always_comb begin
    r_sel   = 1'b0;
    if (job_q.strided_out) r_sel = r_beat_q[LogTile];
    else if (job_q.out_natural && (job_q.log_n > 5'd1)) r_sel = 1'(r_beat_q >> (job_q.log_n - 5'd2));
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      job_q        <= '0;
      busy_q       <= 1'b0;
      panels_q     <= '0;
      slots_q      <= '0;
      r_addr_q     <= '0;
      r_beat_q     <= '0;
      issue_q      <= 1'b0;
      issue_qq     <= 1'b0;
      inside_q     <= '0;
      r_slot_last_q <= '0;
      panel_slots_q <= '0;
    end else begin
      issue_q      <= fetch;
      issue_qq     <= issue_q;
      inside_q     <= inside_q + 4'(fetch) - 4'(valid_o && ready_i);
      if (job_valid_i && job_ready_o) begin
        job_q    <= job_i;
        busy_q   <= 1'b1;
        panels_q <= job_i.panels;
        slots_q  <= '0;
        r_slot_last_q <= addr_t'(power_of_two(job_i.strided_out ? job_i.log_n + 5'(LogTile)
                                                                : job_i.log_n - 5'd1) - 32'd1);
        panel_slots_q <= 24'(power_of_two(job_i.strided_out ? job_i.log_repeat - 5'(LogTile + 1)
            : job_i.log_repeat + ((job_i.op == OpLde) ? 5'(job_i.log_blowup) : 5'd0)) - 32'd1);
      end
      if (empty_o && !promise_i) r_addr_q <= '0;
      if (pop) begin
        r_addr_q <= r_addr_q + 1'b1;
        r_beat_q <= r_beat_q + 1'b1;
        if (r_beat_q == r_slot_last_q) begin
          r_beat_q <= '0;
          slots_q  <= slots_q + 1'b1;
          if (slots_q == panel_slots_q) begin
            slots_q  <= '0;
            panels_q <= panels_q - 1'b1;
          end
          if (r_last) busy_q <= 1'b0;
        end
      end
    end
  end

  for (genvar b = 0; b < 2; b++) begin : gen_banks
    prim_ram_1r1w #(.Width(Width), .Depth(1 << LogBeats)) u_bank (
      .clk_i,
      .w_en_i(w_en_q),
      .w_addr_i((w_sel_q == 1'(b)) ? w_own_q : w_other_q),
      .w_data_i((w_sel_q == 1'(b)) ? w_u_q : w_v_q),
      .r_en_i(1'b1),
      .r_addr_i(r_addr_q),
      .r_data_o(bank[b])
    );
  end

  always_ff @(posedge clk_i) begin
    sel_q   <= r_sel;
    last_q  <= r_last;
    last_qq <= last_q;
    out_u_q <= bank[sel_q];
    out_v_q <= bank[!sel_q];
  end

  logic                   queue_ready;
  logic [$clog2(Queue):0] queue_level;
  prim_fifo_sync #(.Width(2 * Width + 1), .Depth(Queue)) u_queue (
    .clk_i, .rst_ni,
    .clear_i(1'b0),
    .valid_i(issue_qq),
    .ready_o(queue_ready),
    .data_i({last_qq, out_v_q, out_u_q}),
    .valid_o,
    .ready_i,
    .data_o({last_o, v_o, u_o}),
    .level_o(queue_level)
  );
  // What is read always has a place: inside_q counts it.
  logic unused_queue;
  assign unused_queue = ^queue_level;
  prim_check u_queue_room (.clk_i, .rst_ni, .ok_i(!issue_qq || queue_ready));

  // Each part reads its own fields of the job.
  logic unused_job;
  assign unused_job = ^job_q;
endmodule
