// Reads the list of matrices of a tree or an opening from card memory, checks it entry by entry, and keeps
// it. Proved by: sim/card/tests.
module card_matrices
  import assay_abi_pkg::*;
#(
  parameter int unsigned Lanes = 2,
  parameter logic [40:0] MemoryBytes = 41'h4000_0000
) (
  input  logic         clk_i,
  input  logic         rst_ni,

  input  logic         start_i,
  input  logic [39:0]  list_i,
  input  logic [6:0]   count_i,     // 1 to 64
  output logic         done_o,      // one cycle; what follows holds
  output logic [7:0]   status_o,
  output logic [63:0]  detail_o,
  output logic [4:0]   log_rows_o,  // of the tallest
  output logic [24:0]  heights_o,   // bit k: some have 2^(log_rows - k) rows
  output logic [33:0]  beats_o,     // of one row of each

  input  logic [5:0]   index_i,
  output logic [39:0]  addr_o,
  output logic [31:0]  columns_o,
  output logic [4:0]   log_o,
  output logic         ends_o,      // the next one has another height, or there is none

  output logic         arvalid_o,
  input  logic         arready_i,
  output logic [39:0]  araddr_o,
  output logic [7:0]   arlen_o,
  input  logic         rvalid_i,
  input  logic [511:0] rdata_i,
  input  logic [1:0]   rresp_i,
  input  logic         rlast_i
);
  localparam int unsigned LogLanes = $clog2(Lanes);
  localparam int unsigned LogColumns = LogLanes - 1;

  typedef struct packed {
    logic [39:0] addr;
    logic [31:0] columns;
    logic [4:0]  log_rows;
  } kept_t;

  typedef enum logic [1:0] {StIdle, StAsk, StWalk, StDone} state_e;
  state_e       state_q;
  kept_t        mem [64];
  kept_t        kept;
  logic [63:0]  ends_q;
  logic [6:0]   index_q;
  logic [7:0]   status_q;
  logic [63:0]  detail_q;
  logic [4:0]   top_q;
  logic [7:0]   above_q;
  logic [24:0]  heights_q;
  logic [33:0]  beats_q;
  logic         job_ready, beat_valid, beat_error, pop, quiet, unused_tag, unused_last;
  logic [511:0] beat;
  matrix_t      entry;
  logic [7:0]   wrong;
  logic [31:0]  panels;
  logic [88:0]  ending;
  logic [2:0]   unused_size;
  logic [1:0]   unused_burst;
  logic         unused_ready, take;

  dma_read #(.Depth(8), .MaxBurst(4), .CountWidth(6), .Bursts(4)) u_read (
    .clk_i, .rst_ni, .stop_i((state_q == StIdle) || (state_q == StDone)), .quiet_o(quiet),
    .job_valid_i(state_q == StAsk), .job_ready_o(job_ready), .job_addr_i(list_i),
    .job_beats_i(6'((8'(count_i) + 8'd1) >> 1)), .job_tag_i(1'b0),
    .out_valid_o(beat_valid), .out_ready_i(pop), .out_data_o(beat), .out_tag_o(unused_tag),
    .out_last_o(unused_last), .out_error_o(beat_error),
    .arvalid_o, .arready_i, .araddr_o, .arlen_o, .arsize_o(unused_size),
    .arburst_o(unused_burst), .rvalid_i, .rready_o(unused_ready), .rdata_i, .rresp_i, .rlast_i
  );

  assign entry  = index_q[0] ? beat[511:256] : beat[255:0];
  assign panels = 32'((33'(entry.columns) + 33'((1 << LogColumns) - 1)) >> LogColumns);
  assign ending = 89'(entry.address)
                + (89'(panels) << (6'(entry.log_rows[4:0]) + 6'(LogLanes + 1)));
  always_comb begin
    wrong = CardStatusOk;
    if (beat_error) begin
      wrong = CardStatusCardFault;
    end else if (entry.reserved0 != '0) begin
      wrong = CardStatusBadField;
    end else if (entry.log_rows > above_q) begin
      wrong = (index_q == '0) ? CardStatusUnsupported : CardStatusBadField;
    end else if (entry.columns == '0) begin
      wrong = CardStatusBadLength;
    end else if (entry.address[5:0] != '0) begin
      wrong = CardStatusBadAlignment;
    end else if (ending > 89'(MemoryBytes)) begin
      wrong = CardStatusOutOfRange;
    end
  end

  assign take = (state_q == StWalk) && beat_valid;
  assign pop  = (state_q == StIdle) || (state_q == StDone)
             || (take && (index_q[0] || (index_q + 7'd1 == count_i)));

  assign kept       = mem[index_i];
  assign addr_o     = kept.addr;
  assign columns_o  = kept.columns;
  assign log_o      = kept.log_rows;
  assign ends_o     = ends_q[index_i];
  assign done_o     = (state_q == StDone) && quiet;
  assign status_o   = status_q;
  assign detail_o   = detail_q;
  assign log_rows_o = top_q;
  assign heights_o  = heights_q;
  assign beats_o    = beats_q;

  always_ff @(posedge clk_i) begin
    if (take) begin
      mem[index_q[5:0]] <= '{
        addr: entry.address[39:0], columns: entry.columns, log_rows: entry.log_rows[4:0]
      };
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q   <= StIdle;
      ends_q    <= '0;
      index_q   <= '0;
      status_q  <= '0;
      detail_q  <= '0;
      top_q     <= '0;
      above_q   <= '0;
      heights_q <= '0;
      beats_q   <= '0;
    end else begin
      unique case (state_q)
        StIdle: if (start_i) begin
          state_q   <= StAsk;
          index_q   <= '0;
          ends_q    <= '0;
          heights_q <= '0;
          beats_q   <= '0;
          above_q   <= 8'd24;
          status_q  <= CardStatusOk;
          detail_q  <= '0;
        end
        StAsk: if (job_ready) state_q <= StWalk;
        StWalk: if (beat_valid) begin
          if (wrong != CardStatusOk) begin
            status_q <= wrong;
            detail_q <= beat_error ? '0 : 64'(index_q);
            state_q  <= StDone;
          end else begin
            index_q <= index_q + 7'd1;
            beats_q <= beats_q + 34'((33'(entry.columns) + 33'd15) >> 4);
            above_q <= entry.log_rows;
            if (index_q == '0) begin
              top_q        <= entry.log_rows[4:0];
              heights_q[0] <= 1'b1;
            end else begin
              heights_q[top_q - entry.log_rows[4:0]] <= 1'b1;
              if (entry.log_rows != above_q) ends_q[6'(index_q - 7'd1)] <= 1'b1;
            end
            if (index_q + 7'd1 == count_i) begin
              ends_q[index_q[5:0]] <= 1'b1;
              state_q <= StDone;
            end
          end
        end
        default: if (quiet) state_q <= StIdle;
      endcase
    end
  end

endmodule
