// Trees and permutations behind the card's queue, on an AXI4 port of their own: one Merkle engine, the
// reader that makes rows of panels, and a way through its permutation for bare states.
// Proved by: sim/card/tests.
module card_hash
  import assay_abi_pkg::*;
  import card_pkg::*;
#(
  parameter int unsigned Field = field_pkg::KoalaBear,
  parameter int unsigned Lanes = 2,
  parameter int unsigned Products = 3,
  parameter int unsigned FullUnits = 1,
  parameter int unsigned PartialUnits = 1,
  parameter int unsigned Share = 1,
  parameter int unsigned Slots = 64,
  parameter int unsigned OutDepth = 64,
  parameter logic [40:0] MemoryBytes = 41'h4000_0000
) (
  input  logic         clk_i,
  input  logic         rst_ni,

  input  logic         start_i,
  input  command_t     command_i,
  output logic         done_o,
  output result_t      result_o,
  output logic         stall_memory_o,
  output logic         quiet_o,

  output logic         awvalid_o,
  input  logic         awready_i,
  output logic [39:0]  awaddr_o,
  output logic [7:0]   awlen_o,
  output logic [2:0]   awsize_o,
  output logic [1:0]   awburst_o,
  output logic         wvalid_o,
  input  logic         wready_i,
  output logic [511:0] wdata_o,
  output logic [63:0]  wstrb_o,
  output logic         wlast_o,
  input  logic         bvalid_i,
  output logic         bready_o,
  input  logic [1:0]   bresp_i,
  output logic         arvalid_o,
  input  logic         arready_i,
  output logic [39:0]  araddr_o,
  output logic [7:0]   arlen_o,
  output logic [2:0]   arsize_o,
  output logic [1:0]   arburst_o,
  input  logic         rvalid_i,
  output logic         rready_o,
  input  logic [511:0] rdata_i,
  input  logic [1:0]   rresp_i,
  input  logic         rlast_i
);
  // Readers of the port.
  localparam int unsigned List = 0;
  localparam int unsigned Rows = 1;
  localparam int unsigned Pairs = 2;
  // A tree's scratch, among digests: the upper half of the addresses.
  localparam merkle_pkg::addr_t Scratch = merkle_pkg::addr_t'(1) << (merkle_pkg::AddrWidth - 1);

  typedef enum logic [2:0] {StIdle, StList, StTree, StRows, StStates, StDrain, StDone, StClear}
      state_e;
  state_e       state_q;
  logic         tree;
  logic         fault_q, clear_q, engine_rst_n;
  logic [7:0]   status_q;
  logic [63:0]  detail_q;

  assign tree = (command_i.opcode == CardOpcodeMerkle);

  logic [2:0]       ar_valid, ar_ready, r_valid;
  logic [2:0][39:0] ar_addr;
  logic [2:0][7:0]  ar_len;

  dma_merge_read #(.Readers(3), .AddrWidth(40), .Bursts(64)) u_merge (
    .clk_i, .rst_ni,
    .valid_i(ar_valid), .ready_o(ar_ready), .addr_i(ar_addr), .len_i(ar_len),
    .r_valid_o(r_valid), .r_last_i(rlast_i), .r_valid_i(rvalid_i),
    .arvalid_o, .arready_i, .araddr_o, .arlen_o
  );
  assign arsize_o  = 3'd6;
  assign arburst_o = 2'b01;
  assign rready_o  = 1'b1;

  // --- The list.
  logic        list_done, ends;
  logic [7:0]  list_status;
  logic [63:0] list_detail;
  logic [4:0]  top, log_rows;
  logic [24:0] heights;
  logic [33:0] unused_beats;
  logic [5:0]  index;
  logic [39:0] matrix_addr;
  logic [31:0] columns;
  logic [41:0] tree_bytes;

  card_matrices #(.Lanes(Lanes), .MemoryBytes(MemoryBytes)) u_list (
    .clk_i, .rst_ni,
    .start_i(start_i && tree), .list_i(command_i.list[39:0]), .count_i(command_i.count[6:0]),
    .done_o(list_done), .status_o(list_status), .detail_o(list_detail), .log_rows_o(top),
    .heights_o(heights), .beats_o(unused_beats),
    .index_i(index), .addr_o(matrix_addr), .columns_o(columns), .log_o(log_rows), .ends_o(ends),
    .arvalid_o(ar_valid[List]), .arready_i(ar_ready[List]), .araddr_o(ar_addr[List]),
    .arlen_o(ar_len[List]), .rvalid_i(r_valid[List]), .rdata_i, .rresp_i, .rlast_i
  );
  assign tree_bytes = 42'd64 << top;

  // --- Beats of rows, or of states.
  logic         rows_quiet, rows_job, rows_job_ready, states_job_q, job_ready, data_valid;
  logic         data_last, data_error, data_pop, rows_valid, rows_ready, rows_last, read_quiet;
  logic [39:0]  rows_addr;
  logic [15:0]  rows_beats;
  logic [4:0]   rows_tag, data_tag;
  logic [511:0] data;
  logic [3:0]   rows_words;
  logic [7:0][31:0] rows_data;
  logic [2:0]   unused_size;
  logic [1:0]   unused_burst;
  logic         unused_ready;
  logic         states_ready;

  dma_read #(.Depth(32), .MaxBurst(16), .CountWidth(34), .TagWidth(5), .Bursts(16)) u_read (
    .clk_i, .rst_ni, .stop_i(1'b0), .quiet_o(read_quiet),
    .job_valid_i(tree ? rows_job : states_job_q), .job_ready_o(job_ready),
    .job_addr_i(tree ? rows_addr : command_i.source[39:0]),
    .job_beats_i(tree ? 34'(rows_beats) : command_i.argument[33:0]),
    .job_tag_i(tree ? rows_tag : 5'd0),
    .out_valid_o(data_valid), .out_ready_i(data_pop), .out_data_o(data), .out_tag_o(data_tag),
    .out_last_o(data_last), .out_error_o(data_error),
    .arvalid_o(ar_valid[Rows]), .arready_i(ar_ready[Rows]), .araddr_o(ar_addr[Rows]),
    .arlen_o(ar_len[Rows]), .arsize_o(unused_size), .arburst_o(unused_burst),
    .rvalid_i(r_valid[Rows]), .rready_o(unused_ready), .rdata_i, .rresp_i, .rlast_i
  );
  assign rows_job_ready = tree && job_ready;
  assign data_pop       = tree || states_ready;

  logic rows_start;
  card_rows #(.Lanes(Lanes), .Slots(Slots)) u_rows (
    .clk_i, .rst_ni, .start_i(rows_start), .count_i(command_i.count[6:0]), .quiet_o(rows_quiet),
    .index_o(index), .addr_i(matrix_addr), .columns_i(columns), .log_i(log_rows), .ends_i(ends),
    .row_valid_o(rows_valid), .row_ready_i(rows_ready), .row_last_o(rows_last),
    .row_words_o(rows_words), .row_data_o(rows_data),
    .job_valid_o(rows_job), .job_ready_i(rows_job_ready), .job_addr_o(rows_addr),
    .job_beats_o(rows_beats), .job_tag_o(rows_tag),
    .data_valid_i(data_valid && tree), .data_i(data), .data_tag_i(data_tag), .data_last_i(data_last)
  );

  // --- The engine.
  merkle_pkg::job_t         job;
  merkle_pkg::lost_t        lost;
  merkle_pkg::addr_t        pair_addr, digest_addr;
  poseidon2_pkg::digest_t   digest;
  poseidon2_pkg::state_t    state;
  logic                     job_valid, engine_ready, refused, tree_done, error, digest_valid;
  logic                     digest_ready, states_valid, states_write;
  logic [15:0][31:0]        state_words;

  assign job_valid = (state_q == StTree) && (status_q == CardStatusOk);
  assign job = '{
    rows: merkle_pkg::rows_t'(1) << top, injects: {heights[24:1], 1'b0}, base: '0, scratch: Scratch
  };

  assay_merkle #(
    .Field(Field), .Products(Products), .FullUnits(FullUnits), .PartialUnits(PartialUnits),
    .Share(Share), .Slots(Slots), .OutDepth(OutDepth), .ReadDepth(64), .WriteDepth(64)
  ) u_merkle (
    .clk_i, .rst_ni(engine_rst_n),
    .job_valid_i(job_valid), .job_ready_o(engine_ready), .job_refused_o(refused), .job_i(job),
    .done_o(tree_done),
    .row_valid_i(rows_valid), .row_ready_o(rows_ready), .row_last_i(rows_last),
    .row_log_block_i(5'($clog2(Slots))), .row_words_i(rows_words), .row_data_i(rows_data),
    .read_valid_o(ar_valid[Pairs]), .read_ready_i(ar_ready[Pairs]), .read_addr_o(pair_addr),
    .pair_valid_i(r_valid[Pairs]), .pair_data_i(rdata_i),
    .write_valid_o(digest_valid), .write_ready_i(digest_ready), .write_addr_o(digest_addr),
    .write_data_o(digest), .write_ack_i(bvalid_i && tree),
    .state_valid_i(data_valid && !tree), .state_ready_o(states_ready), .state_data_i(data),
    .state_valid_o(states_valid), .state_ready_i(states_write), .state_data_o(state),
    .error_o(error), .lost_o(lost)
  );

  function automatic logic [39:0] digest_place(
    merkle_pkg::addr_t addr, logic [39:0] base, logic [39:0] scratch
  );
    return (addr[merkle_pkg::AddrWidth-1] ? scratch : base)
         + (40'(addr[merkle_pkg::AddrWidth-2:0]) << 5);
  endfunction

  assign ar_addr[Pairs] = digest_place(pair_addr, command_i.destination[39:0],
                                       command_i.auxiliary[39:0]);
  assign ar_len[Pairs]  = '0;

  // --- Writes: digests one at a time, or states.
  logic         aw_done_q, w_done_q, aw_fire, w_fire, digest_odd;
  logic [39:0]  digest_at;
  logic         d_aw_valid, d_w_valid, d_w_last, states_quiet, write_error;
  logic [39:0]  d_aw_addr;
  logic [7:0]   d_aw_len;
  logic [511:0] d_w_data;
  logic [63:0]  d_w_strb;
  logic [255:0] digest_words;
  logic         write_job_q, write_job_ready;
  logic         unused_running, unused_answered, unused_error_tag, unused_bready;
  logic [2:0]   unused_awsize;
  logic [1:0]   unused_awburst;

  for (genvar i = 0; i < 8; i++) begin : gen_digest
    assign digest_words[32*i +: 32] = {1'b0, digest[i]};
  end
  for (genvar i = 0; i < 16; i++) begin : gen_state
    assign state_words[i] = {1'b0, state[i]};
  end

  dma_write #(.Depth(32), .MaxBurst(16), .CountWidth(34), .Bursts(16)) u_write (
    .clk_i, .rst_ni, .stop_i(1'b0), .clear_i(start_i), .running_o(unused_running),
    .quiet_o(states_quiet),
    .job_valid_i(write_job_q), .job_ready_o(write_job_ready),
    .job_addr_i(command_i.destination[39:0]), .job_beats_i(command_i.argument[33:0]),
    .job_tag_i(1'b0),
    .in_valid_i(states_valid), .in_ready_o(states_write), .in_data_i(state_words),
    .answered_o(unused_answered), .error_o(write_error), .error_tag_o(unused_error_tag),
    .awvalid_o(d_aw_valid), .awready_i(awready_i && !tree), .awaddr_o(d_aw_addr),
    .awlen_o(d_aw_len), .awsize_o(unused_awsize), .awburst_o(unused_awburst),
    .wvalid_o(d_w_valid), .wready_i(wready_i && !tree), .wdata_o(d_w_data), .wstrb_o(d_w_strb),
    .wlast_o(d_w_last), .bvalid_i(bvalid_i && !tree), .bready_o(unused_bready), .bresp_i
  );

  assign digest_at  = digest_place(digest_addr, command_i.destination[39:0],
                                   command_i.auxiliary[39:0]);
  assign digest_odd = digest_addr[0];
  assign awvalid_o  = tree ? digest_valid && !aw_done_q : d_aw_valid;
  assign awaddr_o   = tree ? {digest_at[39:6], 6'd0} : d_aw_addr;
  assign awlen_o    = tree ? 8'd0 : d_aw_len;
  assign awsize_o   = 3'd6;
  assign awburst_o  = 2'b01;
  assign wvalid_o   = tree ? digest_valid && !w_done_q : d_w_valid;
  assign wdata_o    = tree ? {digest_words, digest_words} : d_w_data;
  assign wstrb_o    = !tree ? d_w_strb : digest_odd ? {32'hffff_ffff, 32'd0} : {32'd0, 32'hffff_ffff};
  assign wlast_o    = tree || d_w_last;
  assign bready_o   = 1'b1;
  assign aw_fire    = tree && awvalid_o && awready_i;
  assign w_fire     = tree && wvalid_o && wready_i;
  assign digest_ready = (aw_fire || aw_done_q) && (w_fire || w_done_q);

  // --- A command.
  logic outside_tree, outside_scratch;
  assign outside_tree    = (43'(command_i.destination[39:0]) + 43'(tree_bytes)) > 43'(MemoryBytes);
  assign outside_scratch = (43'(command_i.auxiliary[39:0]) + 43'(tree_bytes)) > 43'(MemoryBytes);
  assign rows_start = job_valid && engine_ready;

  assign done_o         = (state_q == StDone);
  assign quiet_o        = (state_q == StIdle) && read_quiet && states_quiet;
  assign engine_rst_n   = rst_ni && !clear_q;
  assign stall_memory_o = tree ? (lost.row_missing || lost.node_waits)
                               : (state_q == StStates) && !data_valid;
  always_comb begin
    result_o = '{status: status_q, detail: detail_q, last: 1'b0};
    if (fault_q || write_error)              result_o = '{status: CardStatusCardFault, detail: '0, last: 1'b0};
    else if ((status_q == CardStatusOk) && error) result_o.status = CardStatusNotCanonical;
  end

  logic unused;
  assign unused = ^{refused, lost, heights[0], data_error, digest_at[5:0]};

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q      <= StIdle;
      fault_q      <= 1'b0;
      clear_q      <= 1'b0;
      status_q     <= '0;
      detail_q     <= '0;
      aw_done_q    <= 1'b0;
      w_done_q     <= 1'b0;
      states_job_q <= 1'b0;
      write_job_q  <= 1'b0;
    end else begin
      aw_done_q <= (aw_done_q || aw_fire) && !digest_ready;
      w_done_q  <= (w_done_q || w_fire) && !digest_ready;
      if (start_i) begin
        fault_q <= 1'b0;
      end else if ((rvalid_i && rresp_i[1] && !r_valid[List])
          || (bvalid_i && bresp_i[1])) begin
        fault_q <= 1'b1;
      end
      if (job_ready)       states_job_q <= 1'b0;
      if (write_job_ready) write_job_q  <= 1'b0;
      unique case (state_q)
        StIdle: if (start_i) begin
          status_q <= CardStatusOk;
          detail_q <= '0;
          if (tree) begin
            state_q <= StList;
          end else begin
            state_q      <= StStates;
            states_job_q <= 1'b1;
            write_job_q  <= 1'b1;
          end
        end
        StList: if (list_done) begin
          status_q <= list_status;
          detail_q <= list_detail;
          if (list_status == CardStatusOk) begin
            if (outside_tree) begin
              status_q <= CardStatusOutOfRange;
              detail_q <= AtDestination;
            end else if (outside_scratch) begin
              status_q <= CardStatusOutOfRange;
              detail_q <= AtAuxiliary;
            end
          end
          state_q <= StTree;
        end
        StTree: begin
          if (status_q != CardStatusOk) state_q <= StDone;
          else if (engine_ready)        state_q <= StRows;
        end
        StRows: if (tree_done) state_q <= StDrain;
        StStates: if (!write_job_q && !states_job_q) state_q <= StDrain;
        StDrain: if (rows_quiet && read_quiet && states_quiet) state_q <= StDone;
        StDone: begin
          state_q <= error ? StClear : StIdle;
          clear_q <= error;
        end
        default: begin // StClear: the engine's error is for good
          clear_q <= 1'b0;
          state_q <= StIdle;
        end
      endcase
    end
  end

endmodule
