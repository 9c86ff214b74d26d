// Watches one AXI4 master port: quiet_o is 1 when it asks for nothing and owes nothing, so that a
// reset of the master cannot cut a burst. Latency 1 cycle from a handshake to quiet_o; up to 255
// transactions a direction. Proved by: sim/tests/card.rs.
module top_axi_quiet (
  input  logic clk_i,
  input  logic rst_ni,

  input  logic awvalid_i,
  input  logic awready_i,
  input  logic wvalid_i,
  input  logic bvalid_i,
  input  logic bready_i,
  input  logic arvalid_i,
  input  logic arready_i,
  input  logic rvalid_i,
  input  logic rready_i,
  input  logic rlast_i,
  output logic quiet_o
);

  logic [7:0] reads_q, writes_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      reads_q  <= '0;
      writes_q <= '0;
    end else begin
      reads_q  <= reads_q + 8'(arvalid_i && arready_i) - 8'(rvalid_i && rready_i && rlast_i);
      writes_q <= writes_q + 8'(awvalid_i && awready_i) - 8'(bvalid_i && bready_i);
    end
  end

  assign quiet_o = reads_q == '0 && writes_q == '0 && !arvalid_i && !awvalid_i && !wvalid_i;

endmodule
