// One AXI4-Lite slave in front of two register blocks: bit 12 of the address chooses. One read and one
// write at a time. Proved by: sim/card/tests.
module card_window (
  input  logic              clk_i,
  input  logic              rst_ni,

  input  logic              awvalid_i,
  output logic              awready_o,
  input  logic [12:0]       awaddr_i,
  input  logic              wvalid_i,
  output logic              wready_o,
  input  logic [31:0]       wdata_i,
  input  logic [3:0]        wstrb_i,
  output logic              bvalid_o,
  input  logic              bready_i,
  output logic [1:0]        bresp_o,
  input  logic              arvalid_i,
  output logic              arready_o,
  input  logic [12:0]       araddr_i,
  output logic              rvalid_o,
  input  logic              rready_i,
  output logic [31:0]       rdata_o,
  output logic [1:0]        rresp_o,

  output logic [1:0]        b_awvalid_o,
  input  logic [1:0]        b_awready_i,
  output logic [11:0]       b_awaddr_o,
  output logic [1:0]        b_wvalid_o,
  input  logic [1:0]        b_wready_i,
  output logic [31:0]       b_wdata_o,
  output logic [3:0]        b_wstrb_o,
  input  logic [1:0]        b_bvalid_i,
  output logic [1:0]        b_bready_o,
  input  logic [1:0][1:0]   b_bresp_i,
  output logic [1:0]        b_arvalid_o,
  input  logic [1:0]        b_arready_i,
  output logic [11:0]       b_araddr_o,
  input  logic [1:0]        b_rvalid_i,
  output logic [1:0]        b_rready_o,
  input  logic [1:0][31:0]  b_rdata_i,
  input  logic [1:0][1:0]   b_rresp_i
);
  // What was taken and not handed on; what is owed.
  logic        aw_q, w_q, ar_q, writes_q, reads_q, aw_window_q, ar_window_q;
  logic [11:0] awaddr_q, araddr_q;
  logic [31:0] wdata_q;
  logic [3:0]  wstrb_q;

  assign awready_o = !writes_q;
  assign wready_o  = !w_q;
  assign arready_o = !reads_q;

  always_comb begin
    b_awvalid_o = '0;
    b_wvalid_o  = '0;
    b_arvalid_o = '0;
    b_bready_o  = '0;
    b_rready_o  = '0;
    b_awvalid_o[aw_window_q] = aw_q;
    b_wvalid_o[aw_window_q]  = w_q && writes_q;
    b_arvalid_o[ar_window_q] = ar_q;
    b_bready_o[aw_window_q]  = writes_q && bready_i;
    b_rready_o[ar_window_q]  = reads_q && rready_i;
  end
  assign b_awaddr_o = awaddr_q;
  assign b_araddr_o = araddr_q;
  assign b_wdata_o  = wdata_q;
  assign b_wstrb_o  = wstrb_q;
  assign bvalid_o   = writes_q && b_bvalid_i[aw_window_q];
  assign bresp_o    = b_bresp_i[aw_window_q];
  assign rvalid_o   = reads_q && b_rvalid_i[ar_window_q];
  assign rdata_o    = b_rdata_i[ar_window_q];
  assign rresp_o    = b_rresp_i[ar_window_q];

  always_ff @(posedge clk_i) begin
    if (awvalid_i && awready_o) {aw_window_q, awaddr_q} <= awaddr_i;
    if (arvalid_i && arready_o) {ar_window_q, araddr_q} <= araddr_i;
    if (wvalid_i && wready_o) begin
      wdata_q <= wdata_i;
      wstrb_q <= wstrb_i;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      aw_q     <= 1'b0;
      w_q      <= 1'b0;
      ar_q     <= 1'b0;
      writes_q <= 1'b0;
      reads_q  <= 1'b0;
    end else begin
      aw_q     <= (awvalid_i && awready_o) || (aw_q && !b_awready_i[aw_window_q]);
      w_q      <= (wvalid_i && wready_o) || (w_q && !(writes_q && b_wready_i[aw_window_q]));
      ar_q     <= (arvalid_i && arready_o) || (ar_q && !b_arready_i[ar_window_q]);
      writes_q <= (awvalid_i && awready_o) || (writes_q && !(bvalid_o && bready_i));
      reads_q  <= (arvalid_i && arready_o) || (reads_q && !(rvalid_o && rready_i));
    end
  end

endmodule
