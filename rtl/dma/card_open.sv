// Openings behind the card's queue, on an AXI4 port of their own: rows out of panels and siblings out of
// a tree, one read a word of a panel's width, packed into beats in their order.
// Throughput: a panel's part of a row, or a sibling, a cycle. Proved by: sim/card/tests.
module card_open
  import assay_abi_pkg::*;
  import card_pkg::*;
#(
  parameter int unsigned Lanes = 2,
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
  localparam int unsigned Columns = Lanes / 2;
  localparam int unsigned LogColumns = $clog2(Columns);
  localparam int unsigned PerBeat = 16 / Columns;
  localparam int unsigned LogPerBeat = $clog2(PerBeat);
  localparam int unsigned List = 0;
  localparam int unsigned Indices = 1;
  localparam int unsigned Parts = 2;

  typedef enum logic [2:0] {
    StIdle, StList, StRange, StIndex, StRow, StPath, StFlush, StDone
  } state_e;

  // Where in a beat a part lies: of 2^k words each.
  typedef struct packed {
    logic       digest;
    logic [3:0] word;   // its first word
    logic [3:0] words;  // that count, the rest is 0; 0 for 16
    logic       flush;  // ends a padded piece
  } part_t;

  state_e       state_q;
  logic [7:0]   status_q;
  logic [63:0]  detail_q;
  logic         fault_q;

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
  logic        list_done, unused_ends;
  logic [7:0]  list_status;
  logic [63:0] list_detail;
  logic [4:0]  top, log_rows;
  logic [24:0] unused_heights;
  logic [33:0] row_beats;
  logic [5:0]  matrix_q;
  logic [39:0] matrix_addr;
  logic [31:0] columns;
  card_matrices #(.Lanes(Lanes), .MemoryBytes(MemoryBytes)) u_list (
    .clk_i, .rst_ni,
    .start_i, .list_i(command_i.list[39:0]), .count_i(command_i.count[6:0]),
    .done_o(list_done), .status_o(list_status), .detail_o(list_detail), .log_rows_o(top),
    .heights_o(unused_heights), .beats_o(row_beats),
    .index_i(matrix_q), .addr_o(matrix_addr), .columns_o(columns), .log_o(log_rows),
    .ends_o(unused_ends),
    .arvalid_o(ar_valid[List]), .arready_i(ar_ready[List]), .araddr_o(ar_addr[List]),
    .arlen_o(ar_len[List]), .rvalid_i(r_valid[List]), .rdata_i, .rresp_i, .rlast_i
  );

  // --- Ranges.
  logic [34:0] each;    // beats of an index
  logic [74:0] all_q;   // beats of all
  logic        outside_tree, outside_result, range_q;
  assign each           = 35'(row_beats) + ((35'(top) + 35'd1) >> 1);
  assign outside_tree   = (43'(command_i.source[39:0]) + (43'd64 << top)) > 43'(MemoryBytes);
  assign outside_result = (82'(command_i.destination[39:0]) + (82'(all_q) << 6)) > 82'(MemoryBytes);

  // --- Indices.
  logic         index_job_q, index_job_ready, index_valid, index_pop, index_error, stop;
  logic [511:0] index_beat;
  logic [39:0]  position_q;
  logic [31:0]  index, index_q;
  logic         index_quiet, unused_tag, unused_last;
  logic [1:0][2:0] unused_size;
  logic [1:0][1:0] unused_burst;
  logic [1:0]      unused_ready;
  assign stop = (state_q == StFlush) || (state_q == StIdle);
  dma_read #(.Depth(8), .MaxBurst(4), .CountWidth(36), .Bursts(4)) u_indices (
    .clk_i, .rst_ni, .stop_i(stop), .quiet_o(index_quiet),
    .job_valid_i(index_job_q), .job_ready_o(index_job_ready),
    .job_addr_i(command_i.auxiliary[39:0]),
    .job_beats_i(36'((40'(command_i.argument[39:0]) + 40'd15) >> 4)), .job_tag_i(1'b0),
    .out_valid_o(index_valid), .out_ready_i(index_pop), .out_data_o(index_beat),
    .out_tag_o(unused_tag), .out_last_o(unused_last), .out_error_o(index_error),
    .arvalid_o(ar_valid[Indices]), .arready_i(ar_ready[Indices]), .araddr_o(ar_addr[Indices]),
    .arlen_o(ar_len[Indices]), .arsize_o(unused_size[0]), .arburst_o(unused_burst[0]),
    .rvalid_i(r_valid[Indices]), .rready_o(unused_ready[0]), .rdata_i, .rresp_i, .rlast_i
  );
  assign index = index_beat[32*position_q[3:0] +: 32];

  // --- Parts: asked for in the order in which they go.
  logic [31:0]  column_q;   // the first one of the part
  logic [4:0]   layer_q;
  logic [31:0]  left;
  logic [63:0]  place;      // of the row, in panels' rows
  logic [31:0]  row;
  logic [40:0]  digest_place;
  logic         part_ready, part_valid, last_part, last_layer, last_index;
  part_t        part, got;
  logic [39:0]  part_addr;
  logic         got_valid, got_ready, got_error, parts_quiet, unused_got_last;
  logic [511:0] got_data;

  assign left         = columns - column_q;
  assign last_part    = (left <= 32'(Columns));
  assign row          = index_q >> (top - log_rows);
  assign place        = ((64'(column_q) >> LogColumns) << log_rows) + 64'(row);
  assign digest_place = ((41'd2 << top) - (41'd2 << (top - layer_q)))
                      + ((41'(index_q) >> layer_q) ^ 41'd1);
  assign last_layer   = (layer_q + 5'd1 >= top);
  assign part_valid   = (state_q == StRow) || ((state_q == StPath) && (top != '0));
  always_comb begin
    part = '{
      digest: 1'b0, word: (4'(place[3:0]) & 4'(PerBeat - 1)) << LogColumns,
      words: last_part ? 4'(left) : 4'(Columns), flush: last_part
    };
    part_addr = matrix_addr + 40'((place >> LogPerBeat) << 6);
    if (state_q == StPath) begin
      part = '{digest: 1'b1, word: {digest_place[0], 3'd0}, words: 4'd8, flush: last_layer};
      part_addr = command_i.source[39:0] + 40'((digest_place >> 1) << 6);
    end
  end

  dma_read #(
    .Depth(32), .MaxBurst(1), .CountWidth(1), .TagWidth($bits(part_t)), .Bursts(32)
  ) u_parts (
    .clk_i, .rst_ni, .stop_i(1'b0), .quiet_o(parts_quiet),
    .job_valid_i(part_valid), .job_ready_o(part_ready), .job_addr_i(part_addr), .job_beats_i(1'b1),
    .job_tag_i(part),
    .out_valid_o(got_valid), .out_ready_i(got_ready), .out_data_o(got_data), .out_tag_o(got),
    .out_last_o(unused_got_last), .out_error_o(got_error),
    .arvalid_o(ar_valid[Parts]), .arready_i(ar_ready[Parts]), .araddr_o(ar_addr[Parts]),
    .arlen_o(ar_len[Parts]), .arsize_o(unused_size[1]), .arburst_o(unused_burst[1]),
    .rvalid_i(r_valid[Parts]), .rready_o(unused_ready[1]), .rdata_i, .rresp_i, .rlast_i
  );

  // --- Packed.
  logic [15:0][31:0] beat_q, joined;
  logic [3:0]        fill_q;
  logic [4:0]        filled;
  logic              full, beat_valid, write_ready, write_quiet, write_job_q, write_job_ready;
  logic              write_error, unused_running, unused_answered, unused_error_tag;
  always_comb begin
    joined = (fill_q == '0) ? '0 : beat_q;
    for (int unsigned i = 0; i < 8; i++) begin
      if (i < 32'(got.words)) joined[4'(32'(fill_q) + i)] = got_data[32*((32'(got.word) + i) % 16) +: 32];
    end
  end
  assign filled     = 5'(fill_q) + (got.digest ? 5'd8 : 5'(Columns));
  assign full       = filled[4] || got.flush;
  assign beat_valid = got_valid && full;
  assign got_ready  = !full || write_ready;

  dma_write #(.Depth(32), .MaxBurst(16), .CountWidth(34), .Bursts(16)) u_write (
    .clk_i, .rst_ni, .stop_i((state_q == StFlush) && parts_quiet), .clear_i(start_i),
    .running_o(unused_running), .quiet_o(write_quiet),
    .job_valid_i(write_job_q), .job_ready_o(write_job_ready),
    .job_addr_i(command_i.destination[39:0]), .job_beats_i(34'(all_q)), .job_tag_i(1'b0),
    .in_valid_i(beat_valid), .in_ready_o(write_ready), .in_data_i(joined),
    .answered_o(unused_answered), .error_o(write_error), .error_tag_o(unused_error_tag),
    .awvalid_o, .awready_i, .awaddr_o, .awlen_o, .awsize_o, .awburst_o,
    .wvalid_o, .wready_i, .wdata_o, .wstrb_o, .wlast_o, .bvalid_i, .bready_o, .bresp_i
  );

  always_ff @(posedge clk_i) begin
    if (got_valid && got_ready) beat_q <= joined;
  end

  // --- A command.
  logic index_bad, index_take;
  assign index_bad  = (index >> top) != '0;
  assign index_take = (state_q == StIndex) && index_valid;
  assign last_index = (position_q == command_i.argument[39:0]);
  assign index_pop  = stop || (index_take && !index_bad
                   && ((position_q[3:0] == 4'd15) || (position_q + 40'd1 == command_i.argument[39:0])));

  assign done_o         = (state_q == StDone);
  assign quiet_o        = (state_q == StIdle) && index_quiet && parts_quiet && write_quiet;
  assign stall_memory_o = (state_q == StIndex) ? !index_valid
                        : (part_valid && !part_ready) || ((state_q == StFlush) && !got_valid);
  always_comb begin
    result_o = '{status: status_q, detail: detail_q, last: 1'b0};
    if (fault_q || write_error) result_o = '{status: CardStatusCardFault, detail: '0, last: 1'b0};
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q     <= StIdle;
      status_q    <= '0;
      detail_q    <= '0;
      fault_q     <= 1'b0;
      range_q     <= 1'b0;
      all_q       <= '0;
      index_job_q <= 1'b0;
      write_job_q <= 1'b0;
      position_q  <= '0;
      index_q     <= '0;
      matrix_q    <= '0;
      column_q    <= '0;
      layer_q     <= '0;
      fill_q      <= '0;
    end else begin
      if (index_job_ready) index_job_q <= 1'b0;
      if (write_job_ready) write_job_q <= 1'b0;
      if (got_valid && got_ready) fill_q <= full ? '0 : filled[3:0];
      if (start_i) fault_q <= 1'b0;
      else if ((got_valid && got_error) || (index_take && index_error)) fault_q <= 1'b1;
      unique case (state_q)
        StIdle: if (start_i) begin
          state_q  <= StList;
          status_q <= CardStatusOk;
          detail_q <= '0;
          matrix_q <= '0;
        end
        StList: begin
          all_q   <= 75'(command_i.argument[39:0]) * 75'(each);
          range_q <= 1'b0;
          if (list_done) begin
            status_q <= list_status;
            detail_q <= list_detail;
            state_q  <= (list_status == CardStatusOk) ? StRange : StDone;
          end
        end
        StRange: begin
          range_q    <= 1'b1;
          position_q <= '0;
          if (range_q) begin
            if (outside_tree || outside_result) begin
              status_q <= CardStatusOutOfRange;
              detail_q <= outside_tree ? AtSource : AtDestination;
              state_q  <= StDone;
            end else begin
              state_q     <= StIndex;
              index_job_q <= 1'b1;
              write_job_q <= 1'b1;
            end
          end
        end
        StIndex: begin
          matrix_q <= '0;
          column_q <= '0;
          layer_q  <= '0;
          index_q  <= index;
          if (last_index || fault_q) begin
            state_q <= StFlush;
          end else if (index_valid) begin
            if (index_error) begin
              state_q <= StFlush;
            end else if (index_bad) begin
              status_q <= CardStatusOutOfRange;
              detail_q <= 64'(position_q);
              state_q  <= StFlush;
            end else begin
              position_q <= position_q + 40'd1;
              state_q    <= StRow;
            end
          end
        end
        StRow: if (part_ready) begin
          column_q <= column_q + 32'(Columns);
          if (last_part) begin
            column_q <= '0;
            matrix_q <= matrix_q + 6'd1;
            if (7'(matrix_q) + 7'd1 == command_i.count[6:0]) state_q <= StPath;
          end
        end
        StPath: begin
          if (top == '0) begin
            state_q <= StIndex;
          end else if (part_ready) begin
            layer_q <= layer_q + 5'd1;
            if (last_layer) state_q <= StIndex;
          end
        end
        StFlush: if (parts_quiet && index_quiet && write_quiet && !write_job_q && !index_job_q) begin
          state_q <= StDone;
        end
        default: state_q <= StIdle;
      endcase
    end
  end

endmodule
