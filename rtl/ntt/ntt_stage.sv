// One stage of the pipeline, for blocks of 2^(LogHalf + 1) elements: a commutator that brings
// elements 2^LogHalf apart side by side, then the butterflies of all columns with one twiddle.
// Latency: the commutator's, plus the butterfly's or 1 where the stage is bypassed.
// Golden twin: assay_engines::ntt. Proved by: sim/engines/tests/ntt.rs.
module ntt_stage
  import field_pkg::fe_t;
  import ntt_pkg::*;
  import assay_engine_plant_pkg::*;
#(
  parameter int unsigned Field = field_pkg::KoalaBear,
  parameter int unsigned Columns = 1,
  parameter int unsigned LogHalf = 0,
  parameter bit          Commute = 1'b1, // the first stage's elements come side by side
  parameter int unsigned Products = 4,
  localparam int unsigned Width = $bits(fe_t) * Columns
) (
  input  logic             clk_i,
  input  logic             rst_ni,

  input  logic             flush_i,
  input  logic [4:0]       log_n_i, // size; changes only while no beat is inside
  input  tag_t             tag_i,
  input  logic [Width-1:0] u_i,
  input  logic [Width-1:0] v_i,
  output tag_t             tag_o,
  output logic [Width-1:0] u_o,
  output logic [Width-1:0] v_o
);
  localparam bit          Multiply = LogHalf > 0;
  localparam int unsigned Latency =
      AddLatency + (Multiply ? field_pkg::mul_latency(Products) : 0);

  tag_t             tag, tag_done, tag_q;
  logic [Width-1:0] u, v, sum, diff, u_q, v_q;
  logic             bypass_q, pass_q;
  logic             negate;
  fe_t              twiddle;

  // The size's comparisons, registered: they are the same for thousands of cycles.
  always_ff @(posedge clk_i) begin
    bypass_q <= log_n_i < 5'(LogHalf + 2);
    pass_q   <= log_n_i < 5'(LogHalf + 1);
  end

  if (Commute) begin : gen_commute
    ntt_commutator #(.Width(Width), .LogDelay(LogHalf)) u_commutator (
      .clk_i, .rst_ni, .flush_i, .bypass_i(bypass_q),
      .tag_i, .u_i, .v_i, .tag_o(tag), .u_o(u), .v_o(v)
    );
  end else begin : gen_side_by_side
    logic unused;
    assign unused = bypass_q;
    assign tag = tag_i;
    assign u   = u_i;
    assign v   = v_i;
  end

  if (Multiply) begin : gen_twiddle
    logic [LogHalf-1:0] count_q;
    logic               plant_index, plant_sign;
    prim_plant #(.Id(NttTwiddleIndex)) u_plant_index (.active_o(plant_index));
    prim_plant #(.Id(NttInverseSign)) u_plant_sign (.active_o(plant_sign));

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni)                    count_q <= '0;
      else if (tag.valid && !pass_q)  count_q <= count_q + 1'b1;
    end

    // w^-j = -w^(half - j).
    assign negate = tag.inverse && (count_q != '0) && !plant_sign;
    ntt_twiddles #(.Field(Field), .LogWords(LogHalf)) u_twiddles (
      .clk_i,
      .index_i((tag.inverse ? -count_q : count_q) + LogHalf'(plant_index)),
      .twiddle_o(twiddle)
    );
  end else begin : gen_one
    assign negate  = 1'b0;
    assign twiddle = '0;
  end

  for (genvar c = 0; c < Columns; c++) begin : gen_columns
    ntt_butterfly #(
      .Field(Field), .Multiply(Multiply), .Products(Products)
    ) u_butterfly (
      .clk_i, .rst_ni,
      .negate_i(negate),
      .a_i(u[31*c +: 31]),
      .b_i(v[31*c +: 31]),
      .w_i(twiddle),
      .sum_o(sum[31*c +: 31]),
      .diff_o(diff[31*c +: 31])
    );
  end

  tag_t tag_masked;
  assign tag_masked = (pass_q || flush_i) ? '0 : tag;

  ntt_delay #(.Width($bits(tag_t)), .Depth(Latency)) u_tag (
    .clk_i, .rst_ni, .data_i(tag_masked), .data_o(tag_done)
  );

  // A bypassed stage is this register alone; one that works has it as its last.
  always_ff @(posedge clk_i) begin
    tag_q <= flush_i ? '0 : (pass_q ? tag : tag_done);
    u_q   <= pass_q ? u : sum;
    v_q   <= pass_q ? v : diff;
  end

  assign tag_o = tag_q;
  assign u_o   = u_q;
  assign v_o   = v_q;
endmodule
