// A counter modulo Interval that is 0 in cycle Offset after the reset, one-hot and one cycle ahead.
// Proved by: sim/engines/tests/poseidon2.rs.
module poseidon2_phase #(
  parameter int unsigned Interval = 1,
  parameter int unsigned Offset = 0
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  output logic [Interval-1:0] next_o // bit i: the next cycle has phase i
);

  if (Interval == 1) begin : gen_always
    logic unused_clk;
    assign unused_clk = ^{clk_i, rst_ni};
    assign next_o     = 1'b1;
  end else begin : gen_ring
    // In the first cycle after the reset the next one is cycle 1.
    localparam int unsigned Start = (Interval - Offset % Interval + 1) % Interval;
    logic [Interval-1:0] next_q;

    assign next_o = next_q;

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) next_q <= Interval'(1) << Start;
      else         next_q <= {next_q[Interval-2:0], next_q[Interval-1]};
    end
  end

endmodule
