// The NTT engine on a memory: a command names matrices there, as panels of Lanes/2 columns, two rows
// a beat. Up to 2^LogMax rows are one pass from source to destination. Longer columns go by the
// four-step method: two passes, three of an extension; rtl/ntt/README.md has them. A pass starts when
// the last write of the one before is answered. Reads and writes are bursts of at least 2^LogTile
// beats wherever a panel has as many; reads come back, and writes are taken, in order. With by_rows
// the result goes in blocks of 2^LogBlock rows at most, all panels of one before the next, so that
// somebody else can have whole rows; what does not go in one block is an extension, and is split.
// Golden twin: assay_engines::ntt. Proved by: sim/engines/tests/ntt_memory.rs.
module assay_ntt_memory
  import field_pkg::fe_t;
  import ntt_pkg::*;
  import assay_engine_plant_pkg::*;
#(
  parameter int unsigned Field = field_pkg::KoalaBear,
  parameter int unsigned Products = 4,
  parameter int unsigned Lanes = 2,
  parameter int unsigned LogMax = 12,
  parameter int unsigned LogLoad = LogMax,
  parameter int unsigned LogStore = LogMax + 1,
  parameter int unsigned LogBurst = 5, // log2 of a burst's beats, where they lie side by side
  parameter int unsigned LogBlock = 24 // log2 of the most rows of a block
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,

  input  logic                   cmd_valid_i,
  output logic                   cmd_ready_o,
  output logic                   cmd_refused_o, // with ready: nothing can be done with it
  input  command_t               cmd_i,
  output logic                   done_o,        // its last write was answered
  output logic                   bad_o,         // with done: an input was not canonical, all is void

  output logic                   ar_valid_o,
  input  logic                   ar_ready_i,
  output addr_t                  ar_addr_o,
  output logic [15:0]            ar_beats_o,
  input  logic                   r_valid_i,
  output logic                   r_ready_o,
  input  logic [Lanes-1:0][31:0] r_data_i,

  output logic                   aw_valid_o,
  input  logic                   aw_ready_i,
  output addr_t                  aw_addr_o,
  output logic [15:0]            aw_beats_o,
  output logic                   w_valid_o,
  input  logic                   w_ready_i,
  output logic [Lanes-1:0][31:0] w_data_o,
  input  logic                   b_valid_i,     // a burst was written; always taken

  // With by_rows, of the words on their way:
  output logic                   rows_o,        // they are the result's
  output logic [4:0]             log_block_o,   // rows of a block
  output logic [15:0]            panels_o,
  output logic [3:0]             tail_o,        // columns of the last panel, less one

  output stall_e                 stall_o
);
  // The longest column of a tile: two tiles fit.
  localparam int unsigned LogTileMax = ((LogLoad < LogStore) ? LogLoad : LogStore) - LogTile - 1;
  // Powers of a group take about as long as a group of so many elements: in the second of two passes
  // they are not shorter if that can be.
  localparam int unsigned LogPace = (LogMax < 8) ? LogMax : 8;

  typedef enum logic [1:0] {StIdle, StPass, StDrain, StDone} state_e;
  state_e     state_q;
  command_t   cmd_q;
  logic       split_q, lde, last_pass, bad_q;
  logic [1:0] pass_q;

  // How a command is split: n = 2^log_first * 2^log_second.
  logic       split, cmd_ok;
  logic [4:0] log_first, log_first_q, log_second, log_second_q, log_least;
  int unsigned log_size;
  always_comb begin
    log_size  = 32'(cmd_i.log_n) + ((cmd_i.op == OpLde) ? 32'(cmd_i.log_blowup) : 32'd0);
    split     = (32'(cmd_i.log_n) > LogMax) || (cmd_i.by_rows && (log_size > LogBlock));
    log_first = 5'(cmd_i.log_n >> 1);
    log_least = (cmd_i.op == OpLde) ? 5'(LogTile + 1) : 5'(LogPace);
    if (cmd_i.log_n - log_first < log_least) log_first = cmd_i.log_n - log_least;
    if (32'(log_first) > LogTileMax) log_first = 5'(LogTileMax);
    if (cmd_i.by_rows && (32'(log_first) + LogTile + 1 > LogBlock)) begin
      log_first = 5'(LogBlock - LogTile - 1);
    end
    log_second = cmd_i.log_n - log_first;
    // All that a later pass would be refused for; the rest is refused with the first.
    cmd_ok   = !split || ((32'(log_second) <= LogMax) && (32'(log_second) > LogTile)
        && (log_size <= two_adicity(Field)) && (log_size - 32'(log_first) <= max_repeat(LogMax))
        && (cmd_i.log_n > log_least) && (!cmd_i.by_rows || (cmd_i.op == OpLde))
        && !cmd_i.in_reversed && !cmd_i.out_natural);
  end

  // The pass: what the engine does, where it reads and writes, in which order.
  job_t       pass;
  walk_t      walk_in, walk_out;
  addr_t      read_base, write_base;
  logic [4:0] log_in, log_out, log_blowup, log_burst; // beats of a panel; of a burst
  assign lde        = cmd_q.op == OpLde;
  assign log_blowup = lde ? 5'(cmd_q.log_blowup) : 5'd0;
  assign last_pass  = !split_q || (pass_q == (lde ? 2'd2 : 2'd1));
  assign log_burst  = (cmd_q.log_n - 5'd1 < 5'(LogBurst)) ? cmd_q.log_n - 5'd1 : 5'(LogBurst);
  assign log_in     = cmd_q.log_n - 5'd1 + ((pass_q == 2'd2) ? log_blowup : 5'd0);
  assign log_out    = cmd_q.log_n - 5'd1 + ((split_q && (pass_q == 2'd0)) ? 5'd0 : log_blowup);

  // Panel by panel, each from end to end.
  function automatic walk_t straight(logic [4:0] log_beats, logic [4:0] burst, logic [15:0] panels);
    return '{
      log_burst: burst, last: {24'(panels) - 24'd1, 24'd0, 24'd0, last_round(log_beats - burst)},
      log_stride: {log_beats, 5'd0, 5'd0, burst}
    };
  endfunction

  // 2^log_rows rows that lie 2^log_apart beats apart, 2^LogTile beats of each, then the next ones of
  // each; so in 2^log_blocks blocks; so in each panel, or a tile of each panel before the next tile.
  function automatic walk_t tiles(
    logic [4:0] log_rows, logic [4:0] log_apart, logic [4:0] log_blocks, logic [15:0] panels,
    logic by_rows
  );
    logic [23:0] last_row, last_tile, last_block, last_panel;
    logic [4:0]  log_block, log_panel;
    last_row   = last_round(log_rows);
    last_tile  = last_round(log_apart - 5'(LogTile));
    last_block = last_round(log_blocks);
    last_panel = 24'(panels) - 24'd1;
    log_block  = log_rows + log_apart;
    log_panel  = log_block + log_blocks;
    if (by_rows) begin
      return '{
        log_burst: 5'(LogTile), last: {last_block, last_tile, last_panel, last_row},
        log_stride: {log_block, 5'(LogTile), log_panel, log_apart}
      };
    end
    return '{
      log_burst: 5'(LogTile), last: {last_panel, last_block, last_tile, last_row},
      log_stride: {log_panel, log_block, 5'(LogTile), log_apart}
    };
  endfunction

  // Beats of a tile of results that lie side by side.
  logic [4:0] log_beats;
  assign log_beats = log_first_q + 5'(LogTile);

  always_comb begin
    pass = '{
      op: cmd_q.op, log_n: cmd_q.log_n, log_blowup: cmd_q.log_blowup, log_repeat: '0,
      strided_in: 1'b0, strided_out: 1'b0, by_rows: 1'b0, factors: 1'b0,
      in_reversed: cmd_q.in_reversed, out_natural: cmd_q.out_natural, panels: cmd_q.panels,
      tail: cmd_q.tail, shift: cmd_q.shift
    };
    read_base  = cmd_q.source;
    write_base = cmd_q.destination;
    walk_in    = straight(log_in, log_burst, cmd_q.panels);
    walk_out   = straight(log_out, log_burst, cmd_q.panels);
    if (split_q) begin
      unique case (pass_q)
        2'd0: begin
          // Over the high digit of the row: each tile goes where it came from, in the other matrix.
          if (lde) pass.op = OpInverse;
          write_base       = lde ? cmd_q.destination : cmd_q.scratch;
          pass.log_n       = log_first_q;
          pass.log_repeat  = log_second_q;
          pass.strided_in  = 1'b1;
          pass.strided_out = 1'b1;
          walk_in  = tiles(log_first_q, log_second_q - 5'd1, 5'd0, cmd_q.panels, 1'b0);
          walk_out = walk_in;
        end
        2'd1: begin
          // Over the low digit; of an extension its inverse, and the first half of the blocks'.
          pass.log_n      = log_second_q;
          pass.log_repeat = log_first_q;
          pass.factors    = 1'b1;
          read_base       = cmd_q.scratch;
          if (lde) begin
            read_base  = cmd_q.destination;
            write_base = cmd_q.scratch;
            walk_out.log_burst = (log_second_q - 5'd1 < 5'(LogBurst)) ? log_second_q - 5'd1
                                                                      : 5'(LogBurst);
            walk_out.last[2:0] = {last_round(log_first_q), last_round(log_blowup),
                                  last_round(log_second_q - 5'd1 - walk_out.log_burst)};
            walk_out.log_stride[2:0] = {log_second_q - 5'd1, cmd_q.log_n - 5'd1,
                                        walk_out.log_burst};
          end else begin
            pass.shift = to_monty(Field, 64'd1);
          end
        end
        default: begin
          // The second half: tiles come, what goes lies side by side.
          pass.op          = OpForward;
          pass.log_n       = log_first_q;
          pass.log_repeat  = log_second_q + log_blowup;
          pass.strided_in  = 1'b1;
          pass.by_rows     = cmd_q.by_rows;
          pass.in_reversed = 1'b1;
          pass.factors     = 1'b1;
          read_base        = cmd_q.scratch;
          walk_in = tiles(
            log_first_q, log_second_q - 5'd1, log_blowup, cmd_q.panels, cmd_q.by_rows
          );
          if (cmd_q.by_rows) begin
            if (log_beats < log_burst) walk_out.log_burst = log_beats;
            walk_out.last = {24'd0, last_round(log_out - log_beats), 24'(cmd_q.panels) - 24'd1,
                             last_round(log_beats - walk_out.log_burst)};
            walk_out.log_stride = {5'd0, log_beats, log_out, walk_out.log_burst};
          end
        end
      endcase
    end
  end

  assign rows_o      = cmd_q.by_rows && last_pass && (state_q == StDrain);
  assign log_block_o = split_q ? log_first_q + 5'(LogTile + 1) : log_out + 5'd1;
  assign panels_o    = cmd_q.panels;
  assign tail_o      = cmd_q.tail;

  // Engine and both address generators take a pass together.
  logic        job_ready, refused, read_ready, write_ready, pass_take, in_bad, out_last, out_valid;
  logic        plant_early;
  logic [23:0] pending_q; // bursts asked for, not answered

  prim_plant #(.Id(NttPassEarly)) u_plant (.active_o(plant_early));

  assign pass_take   = (state_q == StPass) && job_ready && read_ready && write_ready;
  assign cmd_ready_o = state_q == StIdle;
  assign done_o      = state_q == StDone;
  assign bad_o       = bad_q;

  logic refused_q;
  assign cmd_refused_o = refused_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q      <= StIdle;
      cmd_q        <= '0;
      split_q      <= 1'b0;
      pass_q       <= '0;
      bad_q        <= 1'b0;
      refused_q    <= 1'b0;
      log_first_q  <= '0;
      log_second_q <= '0;
      pending_q    <= '0;
    end else begin
      refused_q <= 1'b0;
      pending_q <= pending_q + 24'(aw_valid_o && aw_ready_i) - 24'(b_valid_i);
      if (out_valid && w_ready_i && out_last && in_bad) bad_q <= 1'b1;
      unique case (state_q)
        StIdle: begin
          cmd_q        <= cmd_i;
          split_q      <= split;
          pass_q       <= '0;
          bad_q        <= 1'b0;
          log_first_q  <= log_first;
          log_second_q <= log_second;
          if (cmd_valid_i) begin
            if (cmd_ok) state_q <= StPass;
            else        refused_q <= 1'b1;
          end
        end
        StPass: begin
          if (refused) begin
            refused_q <= 1'b1;
            state_q   <= StIdle;
          end else if (pass_take) begin
            state_q <= StDrain;
          end
        end
        StDrain: begin
          // The generator is free again when its last burst was taken.
          if (write_ready && ((pending_q == '0) || plant_early)) begin
            state_q <= last_pass ? StDone : StPass;
            pass_q  <= pass_q + 2'd1;
          end
        end
        StDone: state_q <= StIdle;
        default: state_q <= StIdle;
      endcase
    end
  end

  ntt_bursts u_reads (
    .clk_i, .rst_ni,
    .valid_i(pass_take && !refused), .ready_o(read_ready), .walk_i(walk_in), .base_i(read_base),
    .valid_o(ar_valid_o), .ready_i(ar_ready_i), .addr_o(ar_addr_o), .beats_o(ar_beats_o)
  );
  ntt_bursts u_writes (
    .clk_i, .rst_ni,
    .valid_i(pass_take && !refused), .ready_o(write_ready), .walk_i(walk_out), .base_i(write_base),
    .valid_o(aw_valid_o), .ready_i(aw_ready_i), .addr_o(aw_addr_o), .beats_o(aw_beats_o)
  );

  assay_ntt #(
    .Field(Field), .Products(Products), .Lanes(Lanes), .LogMax(LogMax), .LogLoad(LogLoad),
    .LogStore(LogStore)
  ) u_ntt (
    .clk_i, .rst_ni,
    .job_valid_i((state_q == StPass) && read_ready && write_ready),
    .job_ready_o(job_ready), .job_refused_o(refused), .job_i(pass),
    .in_valid_i(r_valid_i), .in_ready_o(r_ready_o), .in_data_i(r_data_i),
    .out_valid_o(out_valid), .out_ready_i(w_ready_i), .out_last_o(out_last), .out_bad_o(in_bad),
    .out_data_o(w_data_o), .stall_o
  );
  assign w_valid_o = out_valid;

endmodule
