// Beats of two neighbouring rows, as the NTT engine's last pass gives them, in; portions of rows, as
// the Merkle engine takes them, out: the even row's, then the odd row's. Two beats wait. Blocks of
// 2^log_block_i rows come whole, panel by panel. One portion a cycle, from the cycle after its beat.
// Golden twin: assay_engines::commit. Proved by: sim/engines/tests/commit.rs.
module commit_rows
  import poseidon2_pkg::Rate;
  import assay_engine_plant_pkg::*;
#(
  parameter int unsigned Columns = 8 // of a panel, Rate at most
) (
  input  logic                       clk_i,
  input  logic                       rst_ni,

  input  logic                       valid_i,
  output logic                       ready_o,
  input  logic [2*Columns-1:0][31:0] data_i,     // even row, odd row
  input  logic [4:0]                 log_block_i, // 1 at least
  input  logic [15:0]                panels_i,
  input  logic [3:0]                 tail_i,      // columns of the last panel, less one

  output logic                       valid_o,
  input  logic                       ready_i,
  output logic                       last_o,
  output logic [3:0]                 words_o,
  output logic [4:0]                 log_block_o,
  output logic [Rate-1:0][31:0]      data_o
);
  // What is the same for both rows of a beat.
  typedef struct packed {
    logic       last;
    logic [3:0] words;
    logic [4:0] log_block;
  } label_t;

  logic [22:0]                beat_q;  // of the panel in the block
  logic [15:0]                panel_q;
  logic                       last_beat, last_panel, take, odd_q, drop, swapped, ends_early;
  label_t                     label_in, label;
  logic [1:0][Columns-1:0][31:0] rows;
  logic                       beat_valid, beat_ready;

  prim_plant #(.Id(CommitDroppedRow)) u_drop (.active_o(drop));
  prim_plant #(.Id(CommitSwappedRows)) u_swapped (.active_o(swapped));
  prim_plant #(.Id(CommitRowEndsEarly)) u_ends_early (.active_o(ends_early));

  assign take       = valid_i && ready_o;
  assign last_beat  = beat_q == 23'((32'd1 << (log_block_i - 5'd1)) - 32'd1);
  assign last_panel = panel_q == panels_i - 16'd1;
  assign label_in   = '{
    last: last_panel || (ends_early && (panel_q + 16'd2 == panels_i)),
    words: last_panel ? tail_i + 4'd1 : 4'(Columns),
    log_block: log_block_i
  };

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      beat_q  <= '0;
      panel_q <= '0;
    end else if (take) begin
      beat_q <= last_beat ? '0 : beat_q + 23'd1;
      if (last_beat) panel_q <= last_panel ? '0 : panel_q + 16'd1;
    end
  end

  logic [1:0] unused_level;
  prim_fifo_sync #(.Width($bits(label_t) + 64 * Columns), .Depth(2)) u_beats (
    .clk_i, .rst_ni, .clear_i(1'b0),
    .valid_i, .ready_o, .data_i({label_in, data_i}),
    .valid_o(beat_valid), .ready_i(beat_ready), .data_o({label, rows}),
    .level_o(unused_level)
  );

  assign valid_o     = beat_valid;
  assign last_o      = label.last;
  assign words_o     = label.words;
  assign log_block_o = label.log_block;
  assign beat_ready  = odd_q && (ready_i || drop);
  for (genvar i = 0; i < Rate; i++) begin : gen_words
    if (i < Columns) begin : gen_word
      assign data_o[i] = rows[odd_q ^ swapped][i];
    end else begin : gen_none
      assign data_o[i] = '0;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni)                                       odd_q <= 1'b0;
    else if (valid_o && (ready_i || (drop && odd_q))) odd_q <= !odd_q;
  end

  prim_stable_check #(.Width($bits(label_t) + 32 * Rate)) u_stable (
    .clk_i, .rst_ni, .clear_i(1'b0), .valid_i(valid_o), .ready_i, .data_i({label, data_o})
  );
endmodule
