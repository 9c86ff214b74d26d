// Streams start * base^k and start * base^(k + n/2), k = 0, 1, …, one pair a cycle, by as many
// interleaved recurrences as a product takes cycles. Latency 2 + multiplier.
// Golden twin: assay_engines::ntt. Proved by: sim/engines/tests/ntt.rs.
module ntt_powers
  import field_pkg::fe_t;
  import ntt_pkg::*;
#(
  parameter int unsigned Field = field_pkg::KoalaBear,
  parameter int unsigned Products = 4,
  localparam int unsigned LogI = log_interleave(Products),
  localparam int unsigned I = 1 << LogI
) (
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic        load_i, // a new sequence begins
  input  fe_t [I-1:0] first_i,
  input  fe_t         step_i,
  input  fe_t         half_i,
  output fe_t         low_o,
  output fe_t         high_o
);
  localparam int unsigned MulLatency = field_pkg::mul_latency(Products);

  fe_t           first_q [I];
  fe_t           step_q, half_q, step_qq, half_qq, power_q, next, looped;
  logic [LogI:0] count_q; // below I: from first_q

  always_ff @(posedge clk_i) begin
    for (int unsigned i = 0; i < I; i++) begin
      first_q[i] <= load_i ? first_i[i] : first_q[(i + 1) % I];
    end
    if (load_i) begin
      step_q <= step_i;
      half_q <= half_i;
    end
    step_qq <= step_q;
    half_qq <= half_q;
    power_q <= count_q[LogI] ? looped : first_q[0];
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni)             count_q <= '0;
    else if (load_i)         count_q <= '0;
    else if (!count_q[LogI]) count_q <= count_q + 1'b1;
  end

  field_mul #(.Field(Field), .Products(Products)) u_step (
    .clk_i, .en_i(1'b1), .a_i(power_q), .b_i(step_qq), .y_o(next)
  );
  ntt_delay #(.Width($bits(fe_t)), .Depth(I - 1 - MulLatency)) u_loop (
    .clk_i, .rst_ni, .data_i(next), .data_o(looped)
  );
  field_mul #(.Field(Field), .Products(Products)) u_high (
    .clk_i, .en_i(1'b1), .a_i(power_q), .b_i(half_qq), .y_o(high_o)
  );
  ntt_delay #(.Width($bits(fe_t)), .Depth(MulLatency)) u_low (
    .clk_i, .rst_ni, .data_i(power_q), .data_o(low_o)
  );
endmodule
