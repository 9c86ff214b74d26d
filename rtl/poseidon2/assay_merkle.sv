// The Merkle engine: rows of matrices in, the digests of every layer of their tree out to memory.
// Rows come as a stream, tallest matrices first and then those of each layer at which shorter ones
// join, in the order that merkle_rows has. Digests go out through the write port, whose
// acknowledgements say, one each and in order, from when on a read sees them; the read port fetches
// pairs of them, its answers in order. Rows are served before nodes, except those of the next tree,
// which fill what the nodes of this one leave. One permutation in interval cycles.
// Words at or above p, rows of no words or that are not ended together, set error_o for good.
// Golden twin: p3's MerkleTreeMmcs; assay_engines::merkle for cycles. Proved by:
// sim/engines/tests/merkle.rs.
module assay_merkle
  import field_pkg::*;
  import poseidon2_pkg::*;
  import merkle_pkg::*;
#(
  parameter int unsigned Field = KoalaBear,
  parameter int unsigned Products = 4,
  parameter int unsigned FullUnits = 1,
  parameter int unsigned PartialUnits = 1,
  parameter int unsigned Share = 1,
  parameter int unsigned Slots = 64,      // rows of the largest block, a power of two
  parameter int unsigned OutDepth = 64,   // digests that wait or are being made, a power of two
  parameter int unsigned ReadDepth = 64,  // pairs that are being fetched or wait, a power of two
  parameter int unsigned WriteDepth = 64  // digests that are not acknowledged, a power of two
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,

  input  logic                  job_valid_i,
  output logic                  job_ready_o,
  output logic                  job_refused_o, // with ready: the job is no tree, and is dropped
  input  job_t                  job_i,
  output logic                  done_o,        // a tree's root is in memory; trees end in order

  input  logic                  row_valid_i,
  output logic                  row_ready_o,
  input  logic                  row_last_i,    // ends its row
  input  logic [4:0]            row_log_block_i, // rows of a block, Slots at most; constant in a layer
  input  logic [3:0]            row_words_i,   // up to Rate
  input  logic [Rate-1:0][31:0] row_data_i,

  output logic                  read_valid_o,
  input  logic                  read_ready_i,
  output addr_t                 read_addr_o,   // even: two digests
  input  logic                  pair_valid_i,  // always taken
  input  logic [Width-1:0][31:0] pair_data_i,

  output logic                  write_valid_o,
  input  logic                  write_ready_i,
  output addr_t                 write_addr_o,
  output digest_t               write_data_o,
  input  logic                  write_ack_i,

  // States to permute, where a tree leaves a turn; they come back in their order.
  input  logic                  state_valid_i,
  output logic                  state_ready_o,
  input  logic [Width-1:0][31:0] state_data_i,
  output logic                  state_valid_o,
  input  logic                  state_ready_i,
  output state_t                state_data_o,

  output logic                  error_o,
  output merkle_pkg::lost_t     lost_o
);

  localparam int unsigned SlotWidth = $clog2(Slots);
  localparam int unsigned ReadWidth = $clog2(ReadDepth) + 1;

  typedef struct packed {
    logic  alone;
    addr_t addr;
  } node_t;

  logic swapped, lost_stall, overdraft, hasty;
  prim_plant #(.Id(assay_engine_plant_pkg::MerkleSwappedChildren)) u_swapped (.active_o(swapped));
  prim_plant #(.Id(assay_engine_plant_pkg::MerkleLostStall)) u_lost_stall (.active_o(lost_stall));
  prim_plant #(.Id(assay_engine_plant_pkg::MerkleOverdraft)) u_overdraft (.active_o(overdraft));
  prim_plant #(.Id(assay_engine_plant_pkg::MerkleNodesFirst)) u_hasty (.active_o(hasty));

  // --- Jobs. Rows are at most one tree ahead of nodes: the one that waits here.
  logic             job_take, job_good, rows_ready, nodes_ready, queued_q;
  job_t             queued_job_q;
  logic [LogRows:0] layers; // bit k: there is a layer k above the leaves

  always_comb begin
    layers = '0;
    for (int unsigned k = 1; k <= LogRows; k++) begin
      layers[k] = ((job_i.rows - rows_t'(1)) >> (k - 1)) != '0;
    end
  end

  assign job_good      = (job_i.rows != '0) && (job_i.rows <= (rows_t'(1) << LogRows))
                      && ((job_i.injects & ~layers) == '0) && !job_i.base[0] && !job_i.scratch[0];
  assign job_ready_o   = rows_ready && !queued_q;
  assign job_refused_o = job_valid_i && job_ready_o && !job_good;
  assign job_take      = job_valid_i && job_ready_o && job_good;

  // --- Rows.
  logic                 row_expected, row_first, row_taken, row_ragged;
  logic [SlotWidth-1:0] row_slot;
  addr_t                row_addr;

  merkle_rows #(.Slots(Slots)) u_rows (
    .clk_i, .rst_ni,
    .job_valid_i(job_take), .job_ready_o(rows_ready), .job_i,
    .active_o(row_expected), .taken_i(row_taken), .last_i(row_last_i),
    .log_block_i(row_log_block_i), .first_o(row_first),
    .slot_o(row_slot), .addr_o(row_addr), .ragged_o(row_ragged)
  );

  // --- Nodes, up to the read port. What a pair is for waits for the pair.
  logic                   node_valid, node_ready, node_alone, nodes_active;
  addr_t                  node_pair, node_addr;
  count_t                 row_acks_q, node_acks_q;
  logic [ReadWidth-1:0]   credit_q;
  logic                   read_fire, pair_valid, pair_taken, label_valid;
  node_t                  label;
  logic [Width-1:0][31:0] pair;

  merkle_nodes u_nodes (
    .clk_i, .rst_ni,
    .job_valid_i(queued_q), .job_ready_o(nodes_ready), .job_i(queued_job_q),
    .row_acks_i(row_acks_q), .node_acks_i(node_acks_q),
    .valid_o(node_valid), .ready_i(node_ready), .pair_o(node_pair), .alone_o(node_alone),
    .addr_o(node_addr),
    .active_o(nodes_active), .done_o
  );

  assign read_valid_o = node_valid && ((credit_q != '0) || overdraft);
  assign node_ready   = read_ready_i && ((credit_q != '0) || overdraft);
  assign read_addr_o  = node_pair;
  assign read_fire    = read_valid_o && read_ready_i;

  prim_fifo_ram #(.Width($bits(node_t)), .Depth(ReadDepth)) u_labels (
    .clk_i, .rst_ni,
    .push_i(read_fire), .data_i({node_alone, node_addr}),
    .valid_o(label_valid), .ready_i(pair_taken), .data_o(label)
  );
  prim_fifo_ram #(.Width(32*Width), .Depth(ReadDepth)) u_pairs (
    .clk_i, .rst_ni,
    .push_i(pair_valid_i), .data_i(pair_data_i),
    .valid_o(pair_valid), .ready_i(pair_taken), .data_o(pair)
  );
  // A pair's label left before the pair.
  prim_check u_labelled (.clk_i, .rst_ni, .ok_i(!pair_valid || label_valid));

  // --- One of both to the sponge.
  logic                   row_there, row_free, rows_first, take_row, take_state, ask, sponge_ready;
  tag_t                   tag;
  logic [Width-1:0][31:0] data;

  assign row_there  = row_expected && row_valid_i;
  assign rows_first = !queued_q && !hasty;
  assign take_row   = row_there && row_free && (rows_first || !pair_valid);
  assign take_state = state_valid_i && !row_there && !pair_valid;
  assign ask        = take_row || pair_valid || row_there || take_state;
  assign row_ready_o = row_expected && row_free && (rows_first || !pair_valid) && sponge_ready;
  assign row_taken  = take_row && sponge_ready;
  assign pair_taken = pair_valid && !take_row && sponge_ready;
  assign state_ready_o = take_state && sponge_ready;

  always_comb begin
    tag  = '{state: 1'b0, row: 1'b0, addr: label.addr};
    data = pair;
    if (label.alone) data[Width-1:Rate] = '0;
    if (swapped) data = {data[Rate-1:0], data[Width-1:Rate]};
    if (take_state) begin
      tag  = '{state: 1'b1, row: 1'b0, addr: '0};
      data = state_data_i;
    end else if (take_row || !pair_valid) begin
      tag  = '{state: 1'b0, row: 1'b1, addr: row_addr};
      data = {(32*Rate)'(0), row_data_i};
    end
  end

  // --- The sponge, and out.
  poseidon2_pkg::lost_t sponge_lost;
  logic                 sponge_error, result_valid, result_ready, note_ready, note_valid, note_row;
  tag_t                 result_tag;
  state_t               result;

  poseidon2_sponge #(
    .Field(Field), .Products(Products), .FullUnits(FullUnits), .PartialUnits(PartialUnits),
    .Share(Share), .Slots(Slots), .OutDepth(OutDepth), .TagWidth($bits(tag_t))
  ) u_sponge (
    .clk_i, .rst_ni,
    .valid_i(ask), .ready_o(sponge_ready),
    .kind_i(take_state ? KindPermute : (take_row || !pair_valid) ? KindHash : KindCompress),
    .first_i(row_first), .last_i(row_last_i), .words_i(row_words_i), .slot_i(row_slot),
    .tag_i(tag), .data_i(data), .row_free_o(row_free),
    .valid_o(result_valid), .ready_i(result_ready), .tag_o(result_tag), .data_o(result),
    .error_o(sponge_error), .lost_o(sponge_lost)
  );

  assign write_valid_o = result_valid && note_ready && !result_tag.state;
  assign result_ready  = result_tag.state ? state_ready_i
                                          : (write_ready_i || lost_stall) && note_ready;
  assign state_valid_o = result_valid && result_tag.state;
  assign state_data_o  = result;
  assign write_addr_o  = result_tag.addr;
  assign write_data_o  = result[Rate-1:0];

  // Whose the writes are that are not acknowledged.
  logic [$clog2(WriteDepth):0] unused_level;
  prim_fifo_sync #(.Width(1), .Depth(WriteDepth)) u_notes (
    .clk_i, .rst_ni, .clear_i(1'b0),
    .valid_i(result_valid && result_ready && !result_tag.state), .ready_o(note_ready),
    .data_i(result_tag.row),
    .valid_o(note_valid), .ready_i(write_ack_i), .data_o(note_row),
    .level_o(unused_level)
  );
  prim_check u_acknowledged (.clk_i, .rst_ni, .ok_i(!write_ack_i || note_valid));

  prim_stable_check #(.Width(AddrWidth + $bits(digest_t))) u_write_stable (
    .clk_i, .rst_ni, .clear_i(1'b0), .valid_i(write_valid_o), .ready_i(write_ready_i),
    .data_i({write_addr_o, write_data_o})
  );
  prim_stable_check #(.Width(AddrWidth)) u_read_stable (
    .clk_i, .rst_ni, .clear_i(1'b0), .valid_i(read_valid_o), .ready_i(read_ready_i),
    .data_i(read_addr_o)
  );

  always_ff @(posedge clk_i) begin
    if (job_take) queued_job_q <= job_i;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      queued_q    <= 1'b0;
      credit_q    <= ReadWidth'(ReadDepth);
      row_acks_q  <= '0;
      node_acks_q <= '0;
      error_o     <= 1'b0;
    end else begin
      queued_q    <= job_take || (queued_q && !nodes_ready);
      credit_q    <= credit_q - ReadWidth'(read_fire) + ReadWidth'(pair_taken);
      row_acks_q  <= row_acks_q + count_t'(write_ack_i && note_row);
      node_acks_q <= node_acks_q + count_t'(write_ack_i && !note_row);
      error_o     <= error_o || sponge_error || row_ragged;
    end
  end

  always_comb begin
    lost_o             = '0;
    lost_o.gathering   = sponge_lost.gathering;
    lost_o.output_full = sponge_lost.output_full;
    lost_o.slot_busy   = sponge_lost.slot_busy;
    if (sponge_lost.input_missing) begin
      lost_o.row_missing = row_expected;
      lost_o.node_waits  = !row_expected && nodes_active;
      lost_o.idle        = !row_expected && !nodes_active;
    end
  end

endmodule
