// No trace unit, with the ports of one: never holds the core, asks nothing of memory, sends
// nothing. What the core does behind it is what it does untraced. Proved by: sim/tests/cores.rs.
module assay_trace_unit (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic         start_i,

  input  logic [31:0]  entry_pc_i,
  input  logic [4:0]   po2_i,
  input  logic [17:0]  text_start_i,
  input  logic [18:0]  text_end_i,
  input  logic [39:0]  shadow_base_i,
  input  logic [31:0]  input_len_i,
  input  logic         stopped_i,

  input  logic         rvfi_valid_i,
  input  logic [63:0]  rvfi_order_i,
  input  logic [31:0]  rvfi_insn_i,
  input  logic         rvfi_trap_i,
  input  logic         rvfi_halt_i,
  input  logic         rvfi_intr_i,
  input  logic [1:0]   rvfi_mode_i,
  input  logic [1:0]   rvfi_ixl_i,
  input  logic [4:0]   rvfi_rs1_addr_i,
  input  logic [4:0]   rvfi_rs2_addr_i,
  input  logic [31:0]  rvfi_rs1_rdata_i,
  input  logic [31:0]  rvfi_rs2_rdata_i,
  input  logic [4:0]   rvfi_rd_addr_i,
  input  logic [31:0]  rvfi_rd_wdata_i,
  input  logic [31:0]  rvfi_pc_rdata_i,
  input  logic [31:0]  rvfi_pc_wdata_i,
  input  logic [31:0]  rvfi_mem_addr_i,
  input  logic [3:0]   rvfi_mem_rmask_i,
  input  logic [3:0]   rvfi_mem_wmask_i,
  input  logic [31:0]  rvfi_mem_rdata_i,
  input  logic [31:0]  rvfi_mem_wdata_i,
  output logic         throttle_o,

  output logic         shadow_awvalid_o,
  input  logic         shadow_awready_i,
  output logic [39:0]  shadow_awaddr_o,
  output logic [7:0]   shadow_awlen_o,
  output logic [2:0]   shadow_awsize_o,
  output logic [1:0]   shadow_awburst_o,
  output logic         shadow_wvalid_o,
  input  logic         shadow_wready_i,
  output logic [511:0] shadow_wdata_o,
  output logic [63:0]  shadow_wstrb_o,
  output logic         shadow_wlast_o,
  input  logic         shadow_bvalid_i,
  output logic         shadow_bready_o,
  input  logic [1:0]   shadow_bresp_i,
  output logic         shadow_arvalid_o,
  input  logic         shadow_arready_i,
  output logic [39:0]  shadow_araddr_o,
  output logic [7:0]   shadow_arlen_o,
  output logic [2:0]   shadow_arsize_o,
  output logic [1:0]   shadow_arburst_o,
  input  logic         shadow_rvalid_i,
  output logic         shadow_rready_o,
  input  logic [511:0] shadow_rdata_i,
  input  logic [1:0]   shadow_rresp_i,
  input  logic         shadow_rlast_i,

  output logic         trace_valid_o,
  input  logic         trace_ready_i,
  output logic [511:0] trace_data_o,
  output logic         trace_last_o,

  output logic         busy_o,
  output logic         done_o,
  output logic         mismatch_o,
  output logic [63:0]  mismatch_order_o,
  output logic [47:0]  stat_records_o,
  output logic [47:0]  stat_pages_o,
  output logic [47:0]  stat_segments_o,
  output logic [47:0]  stat_throttle_o,
  output logic [47:0]  stat_stall_o
);
  logic session_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni)                          session_q <= 1'b0;
    else if (start_i)                     session_q <= 1'b1;
    else if (rvfi_valid_i && rvfi_halt_i) session_q <= 1'b0;
    else if (stopped_i)                   session_q <= 1'b0;
  end

  assign busy_o           = session_q;
  assign done_o           = !session_q;
  assign throttle_o       = 1'b0;
  assign mismatch_o       = 1'b0;
  assign mismatch_order_o = '0;
  assign stat_records_o   = '0;
  assign stat_pages_o     = '0;
  assign stat_segments_o  = '0;
  assign stat_throttle_o  = '0;
  assign stat_stall_o     = '0;
  assign trace_valid_o    = 1'b0;
  assign trace_data_o     = '0;
  assign trace_last_o     = 1'b0;
  assign shadow_awvalid_o = 1'b0;
  assign shadow_awaddr_o  = '0;
  assign shadow_awlen_o   = '0;
  assign shadow_awsize_o  = '0;
  assign shadow_awburst_o = '0;
  assign shadow_wvalid_o  = 1'b0;
  assign shadow_wdata_o   = '0;
  assign shadow_wstrb_o   = '0;
  assign shadow_wlast_o   = 1'b0;
  assign shadow_bready_o  = 1'b0;
  assign shadow_arvalid_o = 1'b0;
  assign shadow_araddr_o  = '0;
  assign shadow_arlen_o   = '0;
  assign shadow_arsize_o  = '0;
  assign shadow_arburst_o = '0;
  assign shadow_rready_o  = 1'b0;

  logic unused;
  assign unused = ^{po2_i, entry_pc_i, text_start_i, text_end_i, shadow_base_i, input_len_i,
                    rvfi_order_i, rvfi_insn_i, rvfi_trap_i, rvfi_intr_i, rvfi_mode_i, rvfi_ixl_i,
                    rvfi_rs1_addr_i, rvfi_rs2_addr_i, rvfi_rs1_rdata_i, rvfi_rs2_rdata_i,
                    rvfi_rd_addr_i, rvfi_rd_wdata_i, rvfi_pc_rdata_i, rvfi_pc_wdata_i,
                    rvfi_mem_addr_i, rvfi_mem_rmask_i, rvfi_mem_wmask_i, rvfi_mem_rdata_i,
                    rvfi_mem_wdata_i, shadow_awready_i, shadow_wready_i, shadow_bvalid_i,
                    shadow_bresp_i, shadow_arready_i, shadow_rvalid_i, shadow_rdata_i,
                    shadow_rresp_i, shadow_rlast_i, trace_ready_i};
endmodule
