// Counts 0, 1, 2 … 2^bits - 1 and again, each in bit-reversed order of that many bits. Mirrored, the
// count lies at the top of its word, and its step is a bit that moves with the size: no shifter.
// Golden twin: assay_engines::ntt. Proved by: sim/engines/tests/ntt.rs.
module ntt_reversed_count (
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic [15:0] top_i, // 2^(bits - 1), 0 for no bits; changes only while the count is 0
  input  logic        advance_i,
  output logic [15:0] value_o
);
  logic [15:0] count_q, step;

  always_comb begin
    for (int unsigned i = 0; i < 16; i++) begin
      step[i]    = top_i[15-i];
      value_o[i] = count_q[15-i];
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni)        count_q <= '0;
    else if (advance_i) count_q <= count_q + step;
  end
endmodule
