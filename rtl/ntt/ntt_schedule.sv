// Decides which column group runs next. A job's groups follow in order; of an extension, the inverse
// transform of the next group runs before the blocks of this one. Launches one as soon as the one
// before is read, its input, its powers and room for its result are there.
// Golden twin: assay_engines::ntt. Proved by: sim/engines/tests/ntt.rs.
module ntt_schedule
  import ntt_pkg::*;
  import assay_engine_plant_pkg::*;
#(
  parameter int unsigned LogMax = 12
) (
  input  logic     clk_i,
  input  logic     rst_ni,

  input  logic     job_valid_i,
  output logic     job_ready_o,
  input  job_t     job_i,

  input  logic     input_i,   // a group is loaded
  input  logic     powers_i,  // the scaling is ready
  input  logic     room_i,    // the store takes one more
  input  logic     coef_i,    // coefficients can be read
  input  logic     coef_room_i,
  input  logic     drained_i, // nothing is under way or waits in the store

  output logic     valid_o,   // scaling_o says what runs next
  output scaling_t scaling_o,
  output logic     launch_o,
  output logic     from_coefs_o,
  output logic     last_block_o, // of these coefficients
  output logic     to_coefs_o,
  output logic     natural_o,
  output logic [4:0] log_n_o,   // of what is under way
  output logic [LogMax-1:0] last_o, // its groups' pairs, less one
  output logic     strided_in_o,
  output logic     strided_out_o,
  output stall_e   stall_o
);
  job_t               job_q;
  logic               busy_q, fresh_q;
  logic [31:0]        left_q, inverted_q; // left to finish: panels, of an extension groups; left to invert
  logic [1:0]         ahead_q;            // groups that are inverted and not finished
  logic               inverted_all_q;
  logic [15:0]        c_q, c_last_q, c_next; // group of the panel, of an extension block of the group
  logic               lde_q, invert_q;    // an extension; its next group is inverted
  logic               alike_q;            // all groups are scaled alike
  logic [15:0]        panel_q;            // of the tile, if its panels come before the next tile
  logic [15:0]        inverse_c_q, inverse_last_q; // group of the panel that is inverted next
  logic               again_q;
  logic [LogMax-1:0]  pace_q, last_q;
  logic               read_q;             // the group before is read
  logic [4:0]         log_n_q;
  logic               strided_in_q, strided_out_q, size_ok_q;
  logic               last_c, tile_ends, done, take, resize;
  logic               popped_q, launched_q;
  logic               plant_size, plant_pace;

  prim_plant #(.Id(NttSizeEarly)) u_plant_size (.active_o(plant_size));
  prim_plant #(.Id(NttBubble)) u_plant_pace (.active_o(plant_pace));

  assign last_c = (c_q == c_last_q);
  assign tile_ends = job_q.by_rows && (c_q[LogTile:0] == '1);
  assign done   = launch_o && !invert_q && last_c && (left_q == 32'd1);

  // Back to the tile's first group for its next panel.
  logic last_panel, plant_back;
  prim_plant #(.Id(NttRowsPanel)) u_plant_back (.active_o(plant_back));
  assign last_panel = panel_q == job_q.panels - 16'd1;
  always_comb begin
    c_next = last_c ? '0 : c_q + 16'd1;
    if (tile_ends && !last_panel && !plant_back) c_next = {c_q[15:LogTile+1], (LogTile+1)'(0)};
  end

  always_comb begin
    scaling_o = '{
      scale: ScaleBlock, repeated: 1'b0, again: 1'b0, inverse: 1'b0, log_n: job_q.log_n,
      squares: '0, c: c_q, shift: job_q.shift
    };
    if (invert_q || (job_q.op == OpInverse)) begin
      scaling_o.inverse = 1'b1;
      if (!job_q.factors) scaling_o.scale = ScaleConst;
      if (lde_q) scaling_o.c = inverse_c_q;
    end else if (lde_q) begin
      // The group's elements lie 2^log_repeat apart.
      scaling_o.squares = job_q.log_repeat;
      scaling_o.again   = again_q;
    end else if (!job_q.factors) begin
      if (job_q.strided_in) begin
        scaling_o.scale   = ScaleTile;
        scaling_o.squares = job_q.log_repeat;
      end else begin
        scaling_o.c = '0;
      end
    end
    // Without blocks and tiles all groups of a job are scaled alike.
    scaling_o.repeated = !fresh_q && alike_q;
  end

  // What is launched counts a cycle later.
  assign resize = busy_q && ((drained_i && !launched_q) || plant_size);
  // A job is popped a cycle after it was taken: none ends sooner.
  assign take   = job_valid_i && !popped_q && (!busy_q || done);

  always_comb begin
    stall_o = StallNone;
    if (!busy_q)                                         stall_o = StallIdle;
    else if (!read_q)                                    stall_o = StallNone;
    else if (!size_ok_q)                                 stall_o = StallSize;
    else if (lde_q && !invert_q && !coef_i)              stall_o = StallCoef;
    else if (invert_q && !coef_room_i)                   stall_o = StallCoef;
    else if ((!lde_q || invert_q) && !input_i)           stall_o = StallInput;
    else if (!invert_q && !room_i)                       stall_o = StallOutput;
    else if (!powers_i)                                  stall_o = StallPowers;
  end

  // As stall_o, without its order.
  assign launch_o     = busy_q && read_q && size_ok_q && powers_i
      && (invert_q ? coef_room_i : room_i) && ((lde_q && !invert_q) ? coef_i : input_i);
  assign valid_o      = busy_q;
  assign from_coefs_o = lde_q && !invert_q;
  assign last_block_o = last_c;
  assign to_coefs_o   = invert_q;
  assign natural_o    = job_q.out_natural;
  assign log_n_o      = log_n_q;
  assign last_o       = last_q;
  assign strided_in_o  = strided_in_q;
  assign strided_out_o = strided_out_q;
  assign job_ready_o  = popped_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q     <= 1'b0;
      fresh_q    <= 1'b0;
      job_q      <= '0;
      left_q     <= '0;
      inverted_q <= '0;
      ahead_q    <= '0;
      inverted_all_q <= 1'b0;
      c_q        <= '0;
      c_last_q   <= '0;
      lde_q      <= 1'b0;
      invert_q   <= 1'b0;
      alike_q    <= 1'b0;
      popped_q   <= 1'b0;
      launched_q <= 1'b0;
      panel_q    <= '0;
      inverse_c_q <= '0;
      inverse_last_q <= '0;
      again_q    <= 1'b0;
      pace_q     <= '0;
      read_q     <= 1'b1;
      log_n_q    <= 5'd1;
      last_q     <= '0;
      strided_in_q  <= 1'b0;
      strided_out_q <= 1'b0;
      size_ok_q  <= 1'b0;
    end else begin
      popped_q   <= take;
      launched_q <= launch_o;
      if (!read_q) pace_q <= pace_q - 1'b1;
      read_q <= pace_q[LogMax-1:1] == '0;
      if (resize) begin
        log_n_q       <= job_q.log_n;
        last_q        <= LogMax'(power_of_two(job_q.log_n - 5'd1) - 32'd1);
        strided_in_q  <= job_q.strided_in;
        strided_out_q <= job_q.strided_out;
        size_ok_q     <= 1'b1;
      end
      if (launch_o) begin
        fresh_q <= 1'b0;
        // Two cycles at least: what is there and has room is known a cycle late.
        pace_q  <= ((last_q == '0) ? LogMax'(1) : last_q) + LogMax'(plant_pace);
        read_q  <= 1'b0;
        // At most two groups' coefficients wait: one is read, one is written.
        if (invert_q) begin
          invert_q       <= (inverted_q != 32'd1) && (ahead_q == '0);
          inverted_q     <= inverted_q - 32'd1;
          inverted_all_q <= inverted_q == 32'd1;
          ahead_q        <= ahead_q + 2'd1;
          inverse_c_q    <= (inverse_c_q == inverse_last_q) ? '0 : inverse_c_q + 16'd1;
        end else begin
          again_q <= 1'b1;
          c_q     <= c_next;
          invert_q <= lde_q && last_c && !inverted_all_q;
          if (tile_ends) panel_q <= last_panel ? '0 : panel_q + 16'd1;
          if (last_c) begin
            left_q  <= left_q - 32'd1;
            ahead_q <= ahead_q - 2'd1;
          end
        end
      end
      if (done) busy_q <= 1'b0;
      if (take) begin
        busy_q     <= 1'b1;
        fresh_q    <= 1'b1;
        job_q      <= job_i;
        left_q      <= (job_i.op == OpLde) ? 32'(job_i.panels) << job_i.log_repeat
                                           : 32'(job_i.panels);
        inverted_q  <= 32'(job_i.panels) << job_i.log_repeat;
        inverted_all_q <= 1'b0;
        ahead_q     <= '0;
        c_q         <= '0;
        c_last_q    <= 16'(power_of_two((job_i.op == OpLde) ? 5'(job_i.log_blowup)
                                                            : job_i.log_repeat) - 32'd1);
        inverse_last_q <= 16'(power_of_two(job_i.log_repeat) - 32'd1);
        lde_q       <= job_i.op == OpLde;
        invert_q    <= job_i.op == OpLde;
        alike_q     <= (job_i.op != OpLde) && !job_i.factors
            && ((job_i.op == OpInverse) || !job_i.strided_in);
        // A job that ends is of the size that is under way.
        size_ok_q   <= (job_i.log_n == log_n_q) && (job_i.strided_in == strided_in_q)
            && (job_i.strided_out == strided_out_q);
        panel_q     <= '0;
        inverse_c_q <= '0;
        again_q     <= 1'b0;
      end
    end
  end

  // Each part reads its own fields of the job.
  logic unused_job;
  assign unused_job = ^job_q;
endmodule
