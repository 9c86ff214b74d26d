// NTT engine on a memory and Merkle engine, side by side: a command with by_rows writes its result to
// memory and hands the rows to the tree's hasher as they leave, so that nothing reads them again.
// Other commands do not touch the tree; rows of a tree come through the row port while no command with
// by_rows is under way. The tree is asked for like any other; commands with by_rows then stand for the
// rows of its layers, tallest first. Word for word as fast as the slower of the two engines.
// Golden twin: assay_engines::commit. Proved by: sim/engines/tests/commit.rs.
module assay_commit
  import ntt_pkg::command_t;
  import ntt_pkg::stall_e;
  import poseidon2_pkg::Rate;
  import poseidon2_pkg::Width;
  import poseidon2_pkg::digest_t;
  import poseidon2_pkg::state_t;
  import assay_engine_plant_pkg::*;
#(
  parameter int unsigned Field = field_pkg::KoalaBear,
  parameter int unsigned Products = 4,
  parameter int unsigned Lanes = 16,
  parameter int unsigned LogMax = 12,
  parameter int unsigned LogLoad = LogMax,
  parameter int unsigned LogStore = LogMax + 1,
  parameter int unsigned LogBurst = 5,
  parameter int unsigned FullUnits = 1,
  parameter int unsigned PartialUnits = 1,
  parameter int unsigned Share = 1,
  parameter int unsigned LogSlots = 12,    // log2 of the rows of a block
  parameter int unsigned OutDepth = 64,
  parameter int unsigned ReadDepth = 64,
  parameter int unsigned WriteDepth = 64
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,

  input  logic                    cmd_valid_i,
  output logic                    cmd_ready_o,
  output logic                    cmd_refused_o,
  input  command_t                cmd_i,
  output logic                    cmd_done_o,
  output logic                    cmd_bad_o,

  output logic                    ar_valid_o,
  input  logic                    ar_ready_i,
  output ntt_pkg::addr_t          ar_addr_o,
  output logic [15:0]             ar_beats_o,
  input  logic                    r_valid_i,
  output logic                    r_ready_o,
  input  logic [Lanes-1:0][31:0]  r_data_i,

  output logic                    aw_valid_o,
  input  logic                    aw_ready_i,
  output ntt_pkg::addr_t          aw_addr_o,
  output logic [15:0]             aw_beats_o,
  output logic                    w_valid_o,
  input  logic                    w_ready_i,
  output logic [Lanes-1:0][31:0]  w_data_o,
  input  logic                    b_valid_i,

  input  logic                    tree_valid_i,
  output logic                    tree_ready_o,
  output logic                    tree_refused_o,
  input  merkle_pkg::job_t        tree_i,
  output logic                    tree_done_o,

  input  logic                    row_valid_i,
  output logic                    row_ready_o,
  input  logic                    row_last_i,
  input  logic [4:0]              row_log_block_i,
  input  logic [3:0]              row_words_i,
  input  logic [Rate-1:0][31:0]   row_data_i,

  output logic                    read_valid_o,
  input  logic                    read_ready_i,
  output merkle_pkg::addr_t       read_addr_o,
  input  logic                    pair_valid_i,
  input  logic [Width-1:0][31:0]  pair_data_i,

  output logic                    write_valid_o,
  input  logic                    write_ready_i,
  output merkle_pkg::addr_t       write_addr_o,
  output digest_t                 write_data_o,
  input  logic                    write_ack_i,

  input  logic                    state_valid_i,
  output logic                    state_ready_o,
  input  logic [Width-1:0][31:0]  state_data_i,
  output logic                    state_valid_o,
  input  logic                    state_ready_i,
  output state_t                  state_data_o,

  output logic                    error_o,
  output stall_e                  stall_o,
  output merkle_pkg::lost_t       lost_o
);
  logic        ntt_valid, ntt_ready, rows, fork_ready, twice, short_block;
  logic [4:0]  log_block, cut_block;
  logic [15:0] panels;
  logic [3:0]  tail;

  prim_plant #(.Id(CommitHashedTwice)) u_twice (.active_o(twice));
  prim_plant #(.Id(CommitShortBlock)) u_short_block (.active_o(short_block));

  assay_ntt_memory #(
    .Field(Field), .Products(Products), .Lanes(Lanes), .LogMax(LogMax), .LogLoad(LogLoad),
    .LogStore(LogStore), .LogBurst(LogBurst), .LogBlock(LogSlots)
  ) u_ntt (
    .clk_i, .rst_ni,
    .cmd_valid_i, .cmd_ready_o, .cmd_refused_o, .cmd_i, .done_o(cmd_done_o), .bad_o(cmd_bad_o),
    .ar_valid_o, .ar_ready_i, .ar_addr_o, .ar_beats_o, .r_valid_i, .r_ready_o, .r_data_i,
    .aw_valid_o, .aw_ready_i, .aw_addr_o, .aw_beats_o,
    .w_valid_o(ntt_valid), .w_ready_i(ntt_ready), .w_data_o, .b_valid_i,
    .rows_o(rows), .log_block_o(log_block), .panels_o(panels), .tail_o(tail),
    .stall_o
  );

  // A word of the result goes to memory and to the hasher in the same cycle. Room for the hasher's
  // does not go away while memory makes it wait.
  assign w_valid_o = ntt_valid && (!rows || fork_ready);
  assign ntt_ready = w_ready_i && (!rows || fork_ready);
  assign cut_block = log_block - 5'(short_block);

  logic                  fed_valid, fed_ready, fed_last;
  logic [3:0]            fed_words;
  logic [4:0]            fed_log_block;
  logic [Rate-1:0][31:0] fed_data;

  commit_rows #(.Columns(Lanes / 2)) u_rows (
    .clk_i, .rst_ni,
    .valid_i(ntt_valid && rows && (w_ready_i || twice)), .ready_o(fork_ready), .data_i(w_data_o),
    .log_block_i(cut_block), .panels_i(panels), .tail_i(tail),
    .valid_o(fed_valid), .ready_i(fed_ready), .last_o(fed_last), .words_o(fed_words),
    .log_block_o(fed_log_block), .data_o(fed_data)
  );

  // From a command with by_rows until its last row is gone, rows come from it alone.
  logic hashes_q, from_port, row_ready;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni)                          hashes_q <= 1'b0;
    else if (cmd_valid_i && cmd_ready_o)  hashes_q <= cmd_i.by_rows;
    else if (cmd_done_o || cmd_refused_o) hashes_q <= 1'b0;
  end
  assign from_port   = !hashes_q && !fed_valid;
  assign row_ready_o = from_port && row_ready;
  assign fed_ready   = fed_valid && row_ready;

  assay_merkle #(
    .Field(Field), .Products(Products), .FullUnits(FullUnits), .PartialUnits(PartialUnits),
    .Share(Share), .Slots(1 << LogSlots), .OutDepth(OutDepth), .ReadDepth(ReadDepth),
    .WriteDepth(WriteDepth)
  ) u_merkle (
    .clk_i, .rst_ni,
    .job_valid_i(tree_valid_i), .job_ready_o(tree_ready_o), .job_refused_o(tree_refused_o),
    .job_i(tree_i), .done_o(tree_done_o),
    .row_valid_i(from_port ? row_valid_i : fed_valid), .row_ready_o(row_ready),
    .row_last_i(from_port ? row_last_i : fed_last),
    .row_log_block_i(from_port ? row_log_block_i : fed_log_block),
    .row_words_i(from_port ? row_words_i : fed_words),
    .row_data_i(from_port ? row_data_i : fed_data),
    .read_valid_o, .read_ready_i, .read_addr_o, .pair_valid_i, .pair_data_i,
    .write_valid_o, .write_ready_i, .write_addr_o, .write_data_o, .write_ack_i,
    .state_valid_i, .state_ready_o, .state_data_i, .state_valid_o, .state_ready_i, .state_data_o,
    .error_o, .lost_o
  );
endmodule
