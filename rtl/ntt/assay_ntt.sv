// The NTT engine: batches of columns of 2^1 to 2^LogMax elements, forward over a coset, inverse, or
// low-degree extension, Lanes elements a cycle: two neighbouring rows of Lanes/2 columns. Jobs queue;
// one of the same size as the one before follows it without a gap. What goes in and out, orders and
// cycles: rtl/ntt/README.md. Golden twin: assay_engines::ntt. Proved by: sim/engines/tests/ntt.rs.
module assay_ntt
  import field_pkg::fe_t;
  import ntt_pkg::*;
  import assay_engine_plant_pkg::*;
#(
  parameter int unsigned Field = field_pkg::KoalaBear,
  parameter int unsigned Products = 4,
  parameter int unsigned Lanes = 2,
  parameter int unsigned LogMax = 12,
  parameter int unsigned LogLoad = LogMax,      // beats of the load RAM: two slots
  parameter int unsigned LogStore = LogMax + 1, // beats of the store: what is under way, and a slot
  localparam int unsigned Columns = Lanes / 2,
  localparam int unsigned Width = $bits(fe_t) * Columns
) (
  input  logic                          clk_i,
  input  logic                          rst_ni,

  input  logic                          job_valid_i,
  output logic                          job_ready_o,
  output logic                          job_refused_o, // taken, but nothing can be done with it
  input  job_t                          job_i,

  input  logic                          in_valid_i,
  output logic                          in_ready_o,
  input  logic [2*Columns-1:0][31:0]    in_data_i,  // even row, odd row

  output logic                          out_valid_o,
  input  logic                          out_ready_i,
  output logic                          out_last_o, // of its job
  output logic                          out_bad_o,  // with last: an input was not canonical, all is void
  output logic [2*Columns-1:0][31:0]    out_data_o,

  output stall_e                        stall_o
);
  localparam int unsigned MulLatency = field_pkg::mul_latency(Products);
  // From a launch to the first powers, less what the RAMs and the source's register take.
  localparam int unsigned StartDelay = MulLatency - 1;
  localparam int unsigned Jobs = 4;
  localparam int unsigned MaxRepeat = max_repeat(LogMax);

  // After reset the delay lines may hold beats of before: the pipeline takes none for so long.
  logic [LogMax:0] flush_q;
  logic            flush;
  assign flush = !flush_q[LogMax];
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni)    flush_q <= '0;
    else if (flush) flush_q <= flush_q + 1'b1;
  end

  // Jobs: checked, then given to loader, schedule and store, each of which has its own queue.
  logic       job_ok, job_take;
  logic [2:0] load_job_ready;
  logic [2:0] q_valid, q_pop;
  job_t       q_job [3];
  logic [2:0][$clog2(Jobs):0] q_level;
  logic [$clog2(Jobs):0] jobs_q;
  logic       out_done;

  always_comb begin
    job_ok = (job_i.log_n != '0) && (32'(job_i.log_n) <= LogMax) && (job_i.panels != '0)
        && (32'(job_i.tail) < Columns) && (job_i.shift < field_pkg::modulus(Field))
        && (job_i.op inside {OpForward, OpInverse, OpLde})
        && (32'(job_i.log_n) + 32'(job_i.log_repeat) <= two_adicity(Field))
        && (32'(job_i.log_repeat) <= MaxRepeat);
    if (job_i.op == OpLde) begin
      job_ok = job_ok && !job_i.strided_in && !job_i.out_natural
          && (32'(job_i.log_n) + 32'(job_i.log_repeat) + 32'(job_i.log_blowup) <= two_adicity(Field))
          && (job_i.factors == (job_i.log_repeat != '0));
    end
    if (job_i.strided_in) begin
      job_ok = job_ok && !job_i.out_natural && (32'(job_i.log_repeat) > LogTile)
          && (32'(job_i.log_n) + LogTile < LogLoad);
    end
    if (job_i.by_rows) job_ok = job_ok && job_i.strided_in && !job_i.strided_out;
    if (job_i.strided_out) begin
      job_ok = job_ok && job_i.strided_in && (32'(job_i.log_n) + LogTile < LogStore);
    end
  end

  assign job_ready_o   = !flush && (load_job_ready == '1) && (jobs_q != ($clog2(Jobs)+1)'(Jobs));
  assign job_take      = job_valid_i && job_ready_o && job_ok;
  assign job_refused_o = job_valid_i && job_ready_o && !job_ok;
  for (genvar i = 0; i < 3; i++) begin : gen_queues
    prim_fifo_sync #(.Width($bits(job_t)), .Depth(Jobs)) u_queue (
      .clk_i, .rst_ni, .clear_i(1'b0),
      .valid_i(job_take), .ready_o(load_job_ready[i]), .data_i(job_i),
      .valid_o(q_valid[i]), .ready_i(q_pop[i]), .data_o(q_job[i]), .level_o(q_level[i])
    );
  end

  // What is launched. All but the schedule and the powers' next start see it a cycle late: they lie far
  // from each other.
  typedef struct packed {
    logic valid;
    logic from_coefs;
    logic last_block;
    logic to_coefs;
    logic inverse;
    logic natural;
  } start_t;
  start_t launched;

  // Loader.
  logic             bad, launch, start, start_load;
  logic [Width-1:0] load_u, load_v;
  logic             filled;
  logic [4:0]       log_n;
  logic [LogMax-1:0] group_last;
  logic             strided_in, strided_out;

  ntt_load #(
    .Field(Field), .Columns(Columns), .LogMax(LogMax), .LogBeats(LogLoad)
  ) u_load (
    .clk_i, .rst_ni,
    .job_valid_i(q_valid[0]), .job_ready_o(q_pop[0]), .job_i(q_job[0]),
    .valid_i(in_valid_i), .ready_o(in_ready_o),
    .u_i(in_data_i[Columns-1:0]), .v_i(in_data_i[2*Columns-1:Columns]),
    .bad_o(bad),
    .filled_o(filled), .launch_i(launched.valid && !launched.from_coefs), .start_i(start_load),
    .last_i(group_last), .strided_i(strided_in),
    .u_o(load_u), .v_o(load_v)
  );

  // Schedule.
  scaling_t scaling;
  logic     scaling_valid, scaling_ready, room, coef_room, coef_full, store_empty, drained;
  logic     from_coefs, to_coefs, last_block, natural;

  ntt_schedule #(.LogMax(LogMax)) u_schedule (
    .clk_i, .rst_ni,
    .job_valid_i(q_valid[1]), .job_ready_o(q_pop[1]), .job_i(q_job[1]),
    .input_i(filled), .powers_i(scaling_ready), .room_i(room), .coef_i(coef_full),
    .coef_room_i(coef_room), .drained_i(drained),
    .valid_o(scaling_valid), .scaling_o(scaling), .launch_o(launch), .from_coefs_o(from_coefs),
    .last_block_o(last_block), .to_coefs_o(to_coefs), .natural_o(natural),
    .log_n_o(log_n), .last_o(group_last), .strided_in_o(strided_in), .strided_out_o(strided_out), .stall_o
  );

  // Powers.
  localparam int unsigned I = 1 << log_interleave(Products);
  fe_t [I-1:0] first;
  fe_t         step, half, power_low, power_high;

  ntt_scaling #(.Field(Field), .Products(Products), .MaxBits(MaxRepeat)) u_scaling (
    .clk_i, .rst_ni, .valid_i(scaling_valid), .scaling_i(scaling), .ready_o(scaling_ready),
    .take_i(launch), .first_o(first), .step_o(step), .half_o(half)
  );
  ntt_powers #(.Field(Field), .Products(Products)) u_powers (
    .clk_i, .rst_ni, .load_i(launched.valid), .first_i(first), .step_i(step), .half_i(half),
    .low_o(power_low), .high_o(power_high)
  );

  // A launch starts the reading when the powers are on their way.
  start_t start_line_q [StartDelay];
  start_t run_q;
  tag_t   run_tag, pipe_tag;
  logic [LogMax-1:0] run_count_q;
  logic              running_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      for (int unsigned i = 0; i < StartDelay; i++) start_line_q[i] <= '0;
      run_q       <= '0;
      run_count_q <= '0;
      running_q   <= 1'b0;
    end else begin
      start_line_q[0] <= '{
        valid: launch, from_coefs: from_coefs, last_block: last_block, to_coefs: to_coefs,
        inverse: scaling.inverse, natural: natural
      };
      for (int unsigned i = 1; i < StartDelay; i++) start_line_q[i] <= start_line_q[i-1];
      run_count_q <= run_count_q - 1'b1;
      if (run_count_q == '0) running_q <= 1'b0;
      if (start) begin
        run_q       <= start_line_q[StartDelay-1];
        run_count_q <= group_last;
        running_q   <= 1'b1;
      end
    end
  end
  assign launched   = start_line_q[0];
  assign start      = start_line_q[StartDelay-1].valid;
  assign start_load = start && !start_line_q[StartDelay-1].from_coefs;

  // Coefficients.
  tag_t             result_tag;
  logic [Width-1:0] coef_u, coef_v, result_u, result_v;
  ntt_coefs #(.Columns(Columns), .LogMax(LogMax)) u_coefs (
    .clk_i, .rst_ni, .last_i(group_last),
    .w_valid_i(result_tag.valid && result_tag.coef), .u_i(result_u), .v_i(result_v),
    .room_o(coef_room), .promise_i(launched.valid && launched.to_coefs), .full_o(coef_full),
    .launch_i(launched.valid && launched.from_coefs), .launch_last_i(launched.last_block),
    .start_i(start && start_line_q[StartDelay-1].from_coefs),
    .start_last_i(start_line_q[StartDelay-1].last_block),
    .u_o(coef_u), .v_o(coef_v)
  );

  // Two cycles from the run to the RAMs' outputs, one for the choice, and the multiplication.
  logic [1:0]       from_coefs_q;
  logic [Width-1:0] source_u_q, source_v_q, scaled_u, scaled_v;
  always_ff @(posedge clk_i) begin
    from_coefs_q <= {from_coefs_q[0], run_q.from_coefs};
    source_u_q   <= from_coefs_q[1] ? coef_u : load_u;
    source_v_q   <= from_coefs_q[1] ? coef_v : load_v;
  end
  for (genvar c = 0; c < Columns; c++) begin : gen_scale
    field_mul #(.Field(Field), .Products(Products)) u_low (
      .clk_i, .en_i(1'b1), .a_i(source_u_q[31*c +: 31]), .b_i(power_low),
      .y_o(scaled_u[31*c +: 31])
    );
    field_mul #(.Field(Field), .Products(Products)) u_high (
      .clk_i, .en_i(1'b1), .a_i(source_v_q[31*c +: 31]), .b_i(power_high),
      .y_o(scaled_v[31*c +: 31])
    );
  end
  assign run_tag = '{
    valid: running_q && !flush, inverse: run_q.inverse, coef: run_q.to_coefs, natural: run_q.natural
  };
  ntt_delay #(.Width($bits(tag_t)), .Depth(3 + MulLatency)) u_tag (
    .clk_i, .rst_ni, .data_i(run_tag), .data_o(pipe_tag)
  );

  ntt_pipe #(
    .Field(Field), .Products(Products), .Columns(Columns), .LogMax(LogMax)
  ) u_pipe (
    .clk_i, .rst_ni, .flush_i(flush), .log_n_i(log_n),
    .tag_i(pipe_tag), .u_i(scaled_u), .v_i(scaled_v),
    .tag_o(result_tag), .u_o(result_u), .v_o(result_v)
  );

  // Store.
  logic [Width-1:0] out_u, out_v;
  ntt_store #(.Columns(Columns), .LogMax(LogMax), .LogBeats(LogStore)) u_store (
    .clk_i, .rst_ni, .last_i(group_last), .strided_i(strided_out),
    .room_o(room), .empty_o(store_empty), .promise_i(launched.valid && !launched.to_coefs),
    .w_valid_i(result_tag.valid && !result_tag.coef), .w_natural_i(result_tag.natural),
    .u_i(result_u), .v_i(result_v),
    .job_valid_i(q_valid[2]), .job_ready_o(q_pop[2]), .job_i(q_job[2]),
    .valid_o(out_valid_o), .ready_i(out_ready_i), .last_o(out_last_o), .u_o(out_u), .v_o(out_v)
  );
  // What is promised stays in the store's count until it is gone; coefficients are read before the
  // job's last results are.
  assign drained = store_empty;
  for (genvar c = 0; c < Columns; c++) begin : gen_out
    assign out_data_o[c]           = {1'b0, out_u[31*c +: 31]};
    assign out_data_o[Columns + c] = {1'b0, out_v[31*c +: 31]};
  end

  prim_stable_check #(.Width(64 * Columns + 1)) u_out_stable (
    .clk_i, .rst_ni, .clear_i(1'b0),
    .valid_i(out_valid_o), .ready_i(out_ready_i), .data_i({out_last_o, out_data_o})
  );

  // Jobs under way in order, and whether their input was refused.
  logic [Jobs-1:0] bad_q;
  logic [$clog2(Jobs)-1:0] load_id_q, out_id_q;
  logic load_done;
  assign out_done  = out_valid_o && out_ready_i && out_last_o;
  assign out_bad_o = bad_q[out_id_q];
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      jobs_q    <= '0;
      bad_q     <= '0;
      load_id_q <= '1;
      out_id_q  <= '0;
    end else begin
      jobs_q <= jobs_q + ($clog2(Jobs)+1)'(job_take) - ($clog2(Jobs)+1)'(out_done);
      if (load_done) load_id_q <= load_id_q + 1'b1;
      if (bad) bad_q[load_id_q] <= 1'b1;
      if (out_done) begin
        bad_q[out_id_q] <= 1'b0;
        out_id_q        <= out_id_q + 1'b1;
      end
    end
  end
  // The loader has gone on to its next job; a refusal comes a cycle after its beat, the earliest beat
  // of the next job two cycles after it was taken.
  assign load_done = q_valid[0] && q_pop[0];

  logic unused;
  assign unused = ^{q_level, run_q, result_tag, launched};

endmodule
