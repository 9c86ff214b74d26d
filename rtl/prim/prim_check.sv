// Assertion, no hardware: ok_i holds at every clock edge out of reset. The instance's name says
// what. Immediate, not concurrent: a simulator samples nothing for it, and the open formal tools
// read it. Proved by: planted bugs in sim/tests/lockstep.rs; rtl/formal proves some of them.
module prim_check (
  input logic clk_i,
  input logic rst_ni,
  input logic ok_i
);

`ifdef SYNTHESIS
  logic unused_inputs;
  assign unused_inputs = ^{clk_i, rst_ni, ok_i};
`else
  always_ff @(posedge clk_i) begin
    if (rst_ni && !ok_i) assert (1'b0);
  end
`endif

endmodule
