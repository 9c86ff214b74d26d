// Data side of a foreign core: request and grant, one access at a time, each an AXI burst of one
// beat. A write is answered when memory has acknowledged it, so no read passes it. What lies
// outside the guest's memory reads as 0 and is not written. Proved by: sim/tests/cores.rs.
module wrap_data (
  input  logic         clk_i,
  input  logic         rst_ni,

  input  logic [39:28] mem_base_i,

  input  logic         req_i,
  input  logic         we_i,
  input  logic [3:0]   be_i,
  input  logic [31:2]  addr_i,
  input  logic [31:0]  wdata_i,
  output logic         gnt_o,
  output logic         rvalid_o,   // also of writes
  output logic [31:0]  rdata_o,
  output logic         idle_o,

  output logic         awvalid_o,
  input  logic         awready_i,
  output logic [39:0]  awaddr_o,
  output logic [7:0]   awlen_o,
  output logic [2:0]   awsize_o,
  output logic [1:0]   awburst_o,
  output logic         wvalid_o,
  input  logic         wready_i,
  output logic [63:0]  wdata_o,
  output logic [7:0]   wstrb_o,
  output logic         wlast_o,
  input  logic         bvalid_i,
  output logic         bready_o,
  output logic         arvalid_o,
  input  logic         arready_i,
  output logic [39:0]  araddr_o,
  output logic [7:0]   arlen_o,
  output logic [2:0]   arsize_o,
  output logic [1:0]   arburst_o,
  input  logic         rvalid_i,
  output logic         rready_o,
  input  logic [63:0]  rdata_i
);
  logic        busy_q, aw_q, w_q, b_q, ar_q, r_q, rvalid_q, outside_q;
  logic [27:2] addr_q;
  logic [31:0] wdata_q, rdata_q;
  logic [3:0]  be_q;
  logic        outside, done;

  assign outside = (addr_i[31:28] != 4'd0);
  assign gnt_o   = req_i && !busy_q;
  assign done    = outside_q || (b_q && bvalid_i) || (r_q && rvalid_i);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q    <= 1'b0;
      aw_q      <= 1'b0;
      w_q       <= 1'b0;
      b_q       <= 1'b0;
      ar_q      <= 1'b0;
      r_q       <= 1'b0;
      rvalid_q  <= 1'b0;
      outside_q <= 1'b0;
    end else begin
      rvalid_q  <= busy_q && done;
      outside_q <= gnt_o && outside;
      if (awready_i) aw_q <= 1'b0;
      if (wready_i)  w_q  <= 1'b0;
      if (arready_i) ar_q <= 1'b0;
      if (bvalid_i)  b_q  <= 1'b0;
      if (rvalid_i)  r_q  <= 1'b0;
      if (gnt_o) begin
        busy_q <= 1'b1;
        aw_q   <= we_i && !outside;
        w_q    <= we_i && !outside;
        b_q    <= we_i && !outside;
        ar_q   <= !we_i && !outside;
        r_q    <= !we_i && !outside;
      end else if (rvalid_q) begin
        busy_q <= 1'b0;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (gnt_o) begin
      addr_q  <= addr_i[27:2];
      wdata_q <= wdata_i;
      be_q    <= be_i;
    end
    rdata_q <= outside_q ? 32'd0 : addr_q[2] ? rdata_i[63:32] : rdata_i[31:0];
  end

  assign rvalid_o  = rvalid_q;
  assign rdata_o   = rdata_q;
  assign idle_o    = !busy_q;
  assign awvalid_o = aw_q;
  assign awaddr_o  = {mem_base_i, addr_q[27:3], 3'd0};
  assign awlen_o   = 8'd0;
  assign awsize_o  = 3'd3;
  assign awburst_o = 2'b01;
  assign wvalid_o  = w_q;
  assign wdata_o   = {wdata_q, wdata_q};
  assign wstrb_o   = addr_q[2] ? {be_q, 4'd0} : {4'd0, be_q};
  assign wlast_o   = 1'b1;
  assign bready_o  = b_q;
  assign arvalid_o = ar_q;
  assign araddr_o  = awaddr_o;
  assign arlen_o   = 8'd0;
  assign arsize_o  = 3'd3;
  assign arburst_o = 2'b01;
  assign rready_o  = r_q;
endmodule
