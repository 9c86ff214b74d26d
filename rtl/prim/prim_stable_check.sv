// Assertion, no hardware: a stream that waits keeps its valid and its data. Costs the simulation
// nothing while nothing waits. Proved by: sim/tests/lockstep.rs, which stalls every stream.
module prim_stable_check #(
  parameter int unsigned Width = 32
) (
  input logic             clk_i,
  input logic             rst_ni,
  input logic             clear_i, // takes everything back

  input logic             valid_i,
  input logic             ready_i,
  input logic [Width-1:0] data_i
);

`ifdef SYNTHESIS
  logic unused_inputs;
  assign unused_inputs = ^{clk_i, rst_ni, clear_i, valid_i, ready_i, data_i};
`else
  logic             waits_q;
  logic [Width-1:0] data_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) waits_q <= 1'b0;
    else         waits_q <= valid_i && !ready_i && !clear_i;
  end

  always_ff @(posedge clk_i) begin
    if (valid_i && !ready_i && !waits_q) data_q <= data_i;
    // Nested, so that a simulator compares nothing while nothing waits.
    if (waits_q && !clear_i) begin
      if (!valid_i || (data_i != data_q)) assert (1'b0);
    end
  end
`endif

endmodule
