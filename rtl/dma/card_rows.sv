// Rows of matrices from card memory, as assay_merkle wants them: by height, blocks of Slots rows, eight
// columns of each row, then the next eight. Panels lie in memory column after column, so a tile of
// Slots rows by eight columns is fetched, a piece of each of its panels, into one of two buffers, and
// leaves it row by row. A row whose last words make a chunk and leave some over ends with a portion
// of no words, as the sponge wants it. Throughput: a row's portion a cycle, if memory gives a beat a cycle for two
// of them. Proved by: sim/card/tests.
module card_rows #(
  parameter int unsigned Lanes = 2,
  parameter int unsigned Slots = 64 // rows of a block, a power of two, at least 16
) (
  input  logic              clk_i,
  input  logic              rst_ni,

  input  logic              start_i,
  input  logic [6:0]        count_i,    // matrices
  output logic              quiet_o,    // all rows are gone

  output logic [5:0]        index_o,    // of the matrix that the list should show
  input  logic [39:0]       addr_i,
  input  logic [31:0]       columns_i,
  input  logic [4:0]        log_i,
  input  logic              ends_i,

  output logic              row_valid_o,
  input  logic              row_ready_i,
  output logic              row_last_o,
  output logic [3:0]        row_words_o,
  output logic [7:0][31:0]  row_data_o,

  output logic              job_valid_o, // to a dma_read of beats of 64 bytes
  input  logic              job_ready_i,
  output logic [39:0]       job_addr_o,
  output logic [15:0]       job_beats_o,
  output logic [4:0]        job_tag_o,
  input  logic              data_valid_i, // always taken
  input  logic [511:0]      data_i,
  input  logic [4:0]        data_tag_i,
  input  logic              data_last_i
);
  localparam int unsigned Columns = Lanes / 2;      // of a panel
  localparam int unsigned LogColumns = $clog2(Columns);
  localparam int unsigned Banks = 8 / Columns;      // panels of a tile
  localparam int unsigned PerBeat = 16 / Columns;   // rows
  localparam int unsigned LogPerBeat = $clog2(PerBeat);
  localparam int unsigned TileBeats = Slots / PerBeat; // of a panel
  localparam int unsigned LogTileBeats = $clog2(TileBeats);
  localparam int unsigned LogSlots = $clog2(Slots);
  // Rows of two panels may share a beat only if panels are shorter than one.
  localparam int unsigned LowBits = (LogPerBeat == 0) ? 1 : LogPerBeat;

  typedef struct packed {
    logic                buffer;
    logic [LogSlots:0]   rows;
    logic [3:0]          words;  // 0: nothing was fetched
    logic                last;
    logic [4:0]          log_rows;
    logic [3:0]          panel;  // its first one, low bits
  } tile_t;

  // --- Which tile is fetched: three loops, over blocks, matrices of a height, groups of columns.
  typedef enum logic [1:0] {StIdle, StTile, StPiece, StNext} state_e;
  state_e        state_q;
  logic [5:0]    first_q, matrix_q;  // the first one of this height; the running one
  logic [24:0]   block_q;            // its first row
  logic [28:0]   group_q;            // of eight columns
  logic [3:0]    piece_q;
  logic          buffer_q;
  logic [2:0]    held_q;             // words of the row before this tile, modulo a chunk's
  logic          rest_q;             // the portion of no words
  logic [31:0]   first_column, left;
  logic [31:0]   panel;
  logic [63:0]   place;              // in rows of a panel's width
  logic [24:0]   height;
  logic [LogSlots:0] rows;
  logic [3:0]    words;
  logic          last_group, last_piece, last_tile, over, tile_ready, tile_push;
  tile_t         tile_in, tile;
  logic          tile_valid, tile_pop;
  logic [1:0]    tile_level, filled_q;

  assign first_column = {group_q, 3'd0};
  assign left         = columns_i - first_column;
  assign last_group   = (left <= 32'd8);
  assign words        = last_group ? left[3:0] : 4'd8;
  assign height       = 25'd1 << log_i;
  assign rows         = (height < 25'(Slots)) ? height[LogSlots:0] : (LogSlots+1)'(Slots);
  assign panel        = (first_column >> LogColumns) + 32'(piece_q);
  assign place        = (64'(panel) << log_i) + 64'(block_q);
  assign last_piece   = (piece_q + 4'd1) * 4'(Columns) >= words;
  assign last_tile    = last_group && ends_i;
  assign over         = last_tile && (4'(held_q) + words > 4'd8);
  assign index_o      = matrix_q;

  assign job_valid_o = (state_q == StPiece);
  assign job_addr_o  = addr_i + 40'((place >> LogPerBeat) << 6);
  assign job_beats_o = (rows < (LogSlots+1)'(PerBeat)) ? 16'd1 : 16'(rows) >> LogPerBeat;
  assign job_tag_o   = {buffer_q, last_piece, piece_q[2:0]};

  assign tile_push = (state_q == StTile) && tile_ready;
  assign tile_in   = '{
    buffer: buffer_q, rows: rows, words: rest_q ? 4'd0 : words, last: last_tile && (rest_q || !over),
    log_rows: log_i,
    panel: 4'(first_column >> LogColumns)
  };

  // Tiles that are being fetched or leave: two, one a buffer.
  prim_fifo_sync #(.Width($bits(tile_t)), .Depth(2)) u_tiles (
    .clk_i, .rst_ni, .clear_i(1'b0),
    .valid_i(tile_push), .ready_o(tile_ready), .data_i(tile_in),
    .valid_o(tile_valid), .ready_i(tile_pop), .data_o(tile), .level_o(tile_level)
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q  <= StIdle;
      first_q  <= '0;
      matrix_q <= '0;
      block_q  <= '0;
      group_q  <= '0;
      piece_q  <= '0;
      buffer_q <= 1'b0;
      held_q   <= '0;
      rest_q   <= 1'b0;
    end else begin
      unique case (state_q)
        StIdle: if (start_i) begin
          state_q  <= StTile;
          first_q  <= '0;
          matrix_q <= '0;
          block_q  <= '0;
          group_q  <= '0;
        end
        StTile: if (tile_ready) begin
          state_q <= rest_q ? StNext : StPiece;
          piece_q <= '0;
        end
        StPiece: if (job_ready_i) begin
          piece_q <= piece_q + 4'd1;
          if (last_piece) begin
            state_q  <= StNext;
            buffer_q <= !buffer_q;
          end
        end
        default: begin // StNext
          state_q <= StTile;
          rest_q  <= over && !rest_q;
          held_q  <= last_tile ? (over && !rest_q ? held_q : '0) : held_q + words[2:0];
          if (over && !rest_q) begin
            // The same place once more.
          end else if (!last_group) begin
            group_q <= group_q + 29'd1;
          end else begin
            group_q <= '0;
            if (!ends_i) begin
              matrix_q <= matrix_q + 6'd1;
            end else if (block_q + 25'(Slots) < height) begin
              block_q  <= block_q + 25'(Slots);
              matrix_q <= first_q;
            end else begin
              block_q  <= '0;
              matrix_q <= matrix_q + 6'd1;
              first_q  <= matrix_q + 6'd1;
              if (7'(matrix_q) + 7'd1 == count_i) state_q <= StIdle;
            end
          end
        end
      endcase
    end
  end

  // --- In.
  logic [15:0] beat_q; // of the piece
  logic        full;
  assign full = data_valid_i && data_last_i && data_tag_i[3];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni)           beat_q <= '0;
    else if (data_valid_i) beat_q <= data_last_i ? '0 : beat_q + 16'd1;
  end

  // --- Out.
  logic [LogSlots-1:0]         row_q;
  logic [Banks-1:0][LowBits-1:0] at;
  logic [7:0][31:0]            picked;
  logic                        leaves, valid_q, last_q;
  logic [3:0]                  words_q;
  logic [7:0][31:0]            data_q;

  assign leaves   = tile_valid && ((filled_q != '0) || (tile.words == '0)) && (!valid_q || row_ready_i);
  assign tile_pop = leaves && ((LogSlots+1)'(row_q) + (LogSlots+1)'(1) == tile.rows);

  for (genvar i = 0; i < Banks; i++) begin : gen_banks
    logic [511:0]            mem [2*TileBeats];
    logic [LogTileBeats:0]   w_addr, r_addr;
    logic [31:0]             panel_low;
    assign w_addr    = (LogTileBeats+1)'(beat_q) | ((LogTileBeats+1)'(data_tag_i[4]) << LogTileBeats);
    assign r_addr    = (LogTileBeats+1)'(row_q >> LogPerBeat)
                     | ((LogTileBeats+1)'(tile.buffer) << LogTileBeats);
    assign panel_low = 32'(tile.panel) + 32'(i);
    assign at[i]     = (LogPerBeat == 0) ? '0
                     : LowBits'(panel_low << tile.log_rows) + LowBits'(row_q);

    always_ff @(posedge clk_i) begin
      if (data_valid_i && (data_tag_i[2:0] == 3'(i))) mem[w_addr] <= data_i;
    end

    for (genvar j = 0; j < Columns; j++) begin : gen_words
      assign picked[i*Columns+j] = mem[r_addr][32*(int'(at[i])*Columns+j) +: 32];
    end
  end

  assign row_valid_o = valid_q;
  assign row_last_o  = last_q;
  assign row_words_o = words_q;
  assign row_data_o  = data_q;
  assign quiet_o     = (state_q == StIdle) && (tile_level == '0) && !valid_q;

  always_ff @(posedge clk_i) begin
    if (leaves) begin
      data_q  <= picked;
      words_q <= tile.words;
      last_q  <= tile.last;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      row_q    <= '0;
      filled_q <= '0;
      valid_q  <= 1'b0;
    end else begin
      valid_q  <= leaves || (valid_q && !row_ready_i);
      filled_q <= filled_q + 2'(full) - 2'(tile_pop && (tile.words != '0));
      if (leaves) row_q <= tile_pop ? '0 : row_q + LogSlots'(1);
    end
  end

  logic unused;
  assign unused = ^{place[63:40]};

endmodule
