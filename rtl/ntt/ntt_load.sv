// Column groups on their way in: takes beats of two neighbouring rows, gives elements j and
// j + n/2 side by side. Two banks; the bank of an element is the exclusive or of its lowest and
// highest index bit (and of its row's lowest, in a tile), so each access finds its two elements in
// different banks. A group can be read when its slot is full. Latency of a read: 2.
// Golden twin: assay_engines::ntt. Proved by: sim/engines/tests/ntt.rs.
module ntt_load
  import field_pkg::fe_t;
  import ntt_pkg::*;
  import assay_engine_plant_pkg::*;
#(
  parameter int unsigned Field = field_pkg::KoalaBear,
  parameter int unsigned Columns = 1,
  parameter int unsigned LogMax = 12,
  parameter int unsigned LogBeats = 12, // capacity: at least two slots
  localparam int unsigned Width = $bits(fe_t) * Columns
) (
  input  logic               clk_i,
  input  logic               rst_ni,

  input  logic               job_valid_i,
  output logic               job_ready_o,
  input  job_t               job_i,

  input  logic               valid_i,
  output logic               ready_o,
  input  logic [32*Columns-1:0] u_i, // even rows
  input  logic [32*Columns-1:0] v_i, // odd rows
  output logic               bad_o,  // a value of this beat is not canonical; it counts as 0

  output logic               filled_o,   // there is a group that can be started
  input  logic               launch_i,   // one is promised to a later start
  input  logic               start_i,    // reads one, one pair a cycle
  input  logic [LogMax-1:0]  last_i,     // the started one's pairs, less one
  input  logic               strided_i,  // its elements came in a tile
  output logic [Width-1:0]   u_o,
  output logic [Width-1:0]   v_o
);
  localparam logic [31:0] P = {1'b0, field_pkg::modulus(Field)};

  typedef logic [LogBeats-1:0] addr_t;

  // Loading.
  job_t        job_q;
  logic        busy_q;
  logic [15:0] panels_q;         // left, of a tile if they come by rows
  logic [20:0] slots_q;          // left, of a panel if they do not
  addr_t       w_base_q, w_beat_q;
  logic [LogBeats:0] held_q, groups_q, groups_come;
  logic              filled_q;

  // Beats of a slot, less one, and slots of a panel, less one.
  function automatic addr_t slot_last(logic [4:0] log_n, logic strided);
    return addr_t'(power_of_two(strided ? log_n + 5'(LogTile) : log_n - 5'd1) - 32'd1);
  endfunction

  function automatic logic [20:0] panel_last(logic [4:0] log_repeat, logic strided);
    return 21'(power_of_two(strided ? log_repeat - 5'(LogTile + 1) : log_repeat) - 32'd1);
  endfunction

  logic  take, slot_done, slot_open, open_q, freed;
  addr_t       free_beats_q, w_last_q;
  logic [15:0] w_top_q; // highest bit of a beat's reversed index, in a tile of an element's
  logic        fits;

  // A slot is opened when it has room; a job of another size waits until all is read.
  assign fits      = 32'(held_q) + 32'(w_last_q) < (32'd1 << LogBeats);
  assign slot_open = busy_q && !open_q && fits;
  assign ready_o   = open_q;
  assign take      = valid_i && ready_o;
  assign slot_done = take && (w_beat_q == w_last_q);

  logic same_size;
  assign same_size   = (job_i.log_n == job_q.log_n) && (job_i.strided_in == job_q.strided_in);
  assign job_ready_o = !busy_q && (same_size || (held_q == '0));

  logic last_slot;
  assign last_slot = (slots_q == '0) && (panels_q == '0);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q   <= 1'b0;
      open_q   <= 1'b0;
      job_q    <= '0;
      panels_q <= '0;
      slots_q  <= '0;
      w_base_q <= '0;
      w_beat_q <= '0;
      w_last_q <= '0;
      w_top_q  <= '0;
      held_q   <= '0;
      groups_q <= '0;
      filled_q <= 1'b0;
    end else begin
      if (job_valid_i && job_ready_o) begin
        busy_q   <= 1'b1;
        job_q    <= job_i;
        panels_q <= job_i.panels - 16'd1;
        slots_q  <= panel_last(job_i.log_repeat, job_i.strided_in);
        w_last_q <= slot_last(job_i.log_n, job_i.strided_in);
        w_top_q  <= 16'(power_of_two(job_i.log_n) >> (job_i.strided_in ? 1 : 2));
        if (!same_size) w_base_q <= '0;
      end
      if (slot_open) open_q <= 1'b1;
      if (take) w_beat_q <= w_beat_q + 1'b1;
      if (slot_done) begin
        w_beat_q <= '0;
        w_base_q <= w_base_q + w_last_q + 1'b1;
        // The next slot at once, if it has room.
        open_q <= !last_slot && fits;
        if (last_slot) busy_q <= 1'b0;
        if (job_q.by_rows) begin
          panels_q <= panels_q - 1'b1;
          if (panels_q == '0) begin
            panels_q <= job_q.panels - 16'd1;
            slots_q  <= slots_q - 1'b1;
          end
        end else begin
          slots_q <= slots_q - 1'b1;
          if (slots_q == '0) begin
            slots_q  <= panel_last(job_q.log_repeat, job_q.strided_in);
            panels_q <= panels_q - 1'b1;
          end
        end
      end
      // What comes late chooses among sums.
      unique case ({slot_open || (slot_done && !last_slot && fits), freed})
        2'b10: held_q <= held_q + (LogBeats+1)'(w_last_q) + 1'b1;
        2'b01: held_q <= held_q - (LogBeats+1)'(free_beats_q) - 1'b1;
        2'b11: held_q <= held_q + (LogBeats+1)'(w_last_q) - (LogBeats+1)'(free_beats_q);
        default: ;
      endcase
      groups_q <= launch_i ? groups_come - 1'b1 : groups_come;
      filled_q <= slot_done || (launch_i ? (groups_q[LogBeats:1] != '0) : (groups_q != '0));
    end
  end

  assign filled_o = filled_q;

  always_comb begin
    groups_come = groups_q;
    if (slot_done) begin
      groups_come = groups_q
          + (job_q.strided_in ? (LogBeats+1)'(2 << LogTile) : (LogBeats+1)'(1));
    end
  end

  // Columns that the last panel does not have are 0, whatever comes.
  logic [Columns-1:0] absent, bad;
  fe_t                even [Columns];
  fe_t                odd  [Columns];
  for (genvar c = 0; c < Columns; c++) begin : gen_columns
    logic high_u, high_v;
    assign absent[c] = (panels_q == '0) && !(32'(job_q.tail) + 32'd1 > 32'(c));
    assign high_u    = u_i[32*c +: 32] >= P;
    assign high_v    = v_i[32*c +: 32] >= P;
    assign bad[c]    = !absent[c] && (high_u || high_v);
    assign even[c]   = (absent[c] || high_u) ? '0 : u_i[32*c +: 31];
    assign odd[c]    = (absent[c] || high_v) ? '0 : v_i[32*c +: 31];
  end

  // Where a beat goes, one cycle after it came.
  logic             w_en_q, w_sel, w_sel_q;
  addr_t            w_own, w_other, w_own_q, w_other_q;
  logic [Width-1:0] w_even_q, w_odd_q;
  logic [15:0]      w_index, w_reversed;
  logic             w_high;
  logic             plant_bank, plant_canonical, plant_tile;
  prim_plant #(.Id(NttLoadBank)) u_plant_bank (.active_o(plant_bank));
  prim_plant #(.Id(NttTileOrder)) u_plant_tile (.active_o(plant_tile));
  prim_plant #(.Id(NttCanonicalUnchecked)) u_plant_canonical (.active_o(plant_canonical));

  always_comb begin
    w_index    = 16'(w_beat_q) >> LogTile;
    w_own      = w_beat_q;
    w_other    = w_beat_q;
    // The highest index bit is the lowest of the reversed one.
    w_high     = (job_q.log_n > 5'd1) && !plant_bank;
    w_sel      = w_reversed[0] && w_high;
    if (job_q.strided_in) begin
      w_sel   = w_index[0] ^ (w_reversed[0] && w_high);
      if (job_q.in_reversed && !plant_tile) begin
        w_sel   = w_reversed[0] ^ (w_index[0] && w_high);
        w_index = w_reversed;
      end
      w_own   = addr_t'({w_index, w_beat_q[LogTile-1:0]});
      w_other = w_own;
    end else if (job_q.in_reversed) begin
      w_sel   = w_reversed[0];
      w_own   = addr_t'(w_reversed >> 1);
      // Half a column further: twice the highest bit of the reversed beat, 1 if there is none.
      w_other = addr_t'((w_reversed | {w_top_q[14:0], w_top_q == '0}) >> 1);
    end
  end
  // Of the element's index in a tile, else of the beat.
  ntt_reversed_count u_count (
    .clk_i, .rst_ni, .top_i(w_top_q),
    .advance_i(take && (!job_q.strided_in || (w_beat_q[LogTile-1:0] == '1))),
    .value_o(w_reversed)
  );

  logic bad_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      w_en_q <= 1'b0;
      bad_q  <= 1'b0;
    end else begin
      w_en_q <= take;
      bad_q  <= take && (bad != '0) && !plant_canonical;
    end
  end
  always_ff @(posedge clk_i) begin
    w_sel_q   <= w_sel;
    w_own_q   <= w_base_q + w_own;
    w_other_q <= w_base_q + w_other;
    for (int unsigned c = 0; c < Columns; c++) begin
      w_even_q[31*c +: 31] <= even[c];
      w_odd_q[31*c +: 31]  <= odd[c];
    end
  end
  assign bad_o = bad_q;

  // Reading: pair k of a group, k and k + n/2.
  addr_t             r_base_q, r_next_q, k_q, k_last_q;
  logic [LogTile:0]  t_q, t_next_q;
  logic              run_q, strided_q, free_q;
  logic              r_sel, r_sel_q;
  addr_t             r_own, r_other, r_slot_last, half_q, k_half;

  assign r_slot_last = strided_i ? addr_t'({last_i, {(LogTile + 1){1'b1}}}) : addr_t'(last_i);
  assign freed = run_q && (k_q == k_last_q) && free_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      run_q        <= 1'b0;
      free_q       <= 1'b0;
      k_q          <= '0;
      k_last_q     <= '0;
      half_q       <= '0;
      t_q          <= '0;
      t_next_q     <= '0;
      r_base_q     <= '0;
      r_next_q     <= '0;
      strided_q    <= 1'b0;
      free_beats_q <= '0;
    end else begin
      k_q <= k_q + 1'b1;
      if (run_q && (k_q == k_last_q)) run_q <= 1'b0;
      if (start_i) begin
        run_q        <= 1'b1;
        k_q          <= '0;
        k_last_q     <= addr_t'(last_i);
        half_q       <= addr_t'({last_i, 1'b1}) & ~addr_t'(last_i);
        strided_q    <= strided_i;
        t_q          <= t_next_q;
        r_base_q     <= r_next_q;
        free_beats_q <= r_slot_last;
        free_q       <= !strided_i || (t_next_q == '1);
        t_next_q     <= strided_i ? t_next_q + 1'b1 : '0;
        if (!strided_i || (t_next_q == '1)) begin
          r_next_q <= r_next_q + r_slot_last + 1'b1;
        end
      end
      if (job_valid_i && job_ready_o && !same_size) r_next_q <= '0;
    end
  end

  assign k_half = k_q | half_q;

  always_comb begin
    r_sel   = k_q[0] && (k_last_q != '0);
    r_own   = k_q >> 1;
    r_other = k_half >> 1;
    if (strided_q) begin
      r_sel   = k_q[0] ^ t_q[0];
      r_own   = addr_t'({k_q, t_q[LogTile:1]});
      r_other = addr_t'({k_half, t_q[LogTile:1]});
    end
    r_own   = r_base_q + r_own;
    r_other = r_base_q + r_other;
  end

  logic [Width-1:0] bank [2];
  logic [Width-1:0] u_q, v_q;
  for (genvar b = 0; b < 2; b++) begin : gen_banks
    prim_ram_1r1w #(.Width(Width), .Depth(1 << LogBeats)) u_bank (
      .clk_i,
      .w_en_i(w_en_q),
      .w_addr_i((w_sel_q == 1'(b)) ? w_own_q : w_other_q),
      .w_data_i((w_sel_q == 1'(b)) ? w_even_q : w_odd_q),
      .r_en_i(1'b1),
      .r_addr_i((r_sel == 1'(b)) ? r_own : r_other),
      .r_data_o(bank[b])
    );
  end

  always_ff @(posedge clk_i) begin
    r_sel_q <= r_sel;
    u_q     <= bank[r_sel_q];
    v_q     <= bank[!r_sel_q];
  end
  assign u_o = u_q;
  assign v_o = v_q;

  // Each part reads its own fields of the job.
  logic unused_job;
  assign unused_job = ^job_q;
endmodule
