// The first window's registers of a card without a witness core: they say who it is, and all else is 0.
// Proved by: sim/card/tests.
module card_identity
  import assay_abi_pkg::*;
#(
  parameter logic [31:0] BuildId = 32'd0
) (
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic        regs_awvalid_i,
  output logic        regs_awready_o,
  input  logic [11:0] regs_awaddr_i,
  input  logic [2:0]  regs_awprot_i,
  input  logic        regs_wvalid_i,
  output logic        regs_wready_o,
  input  logic [31:0] regs_wdata_i,
  input  logic [3:0]  regs_wstrb_i,
  output logic        regs_bvalid_o,
  input  logic        regs_bready_i,
  output logic [1:0]  regs_bresp_o,
  input  logic        regs_arvalid_i,
  output logic        regs_arready_o,
  input  logic [11:0] regs_araddr_i,
  input  logic [2:0]  regs_arprot_i,
  output logic        regs_rvalid_o,
  input  logic        regs_rready_i,
  output logic [31:0] regs_rdata_o,
  output logic [1:0]  regs_rresp_o
);
  assay_regs_pkg::assay_regs__in_t  regs_in;
  assay_regs_pkg::assay_regs__out_t unused_regs;

  assay_regs u_regs (
    .clk            (clk_i),
    .rst_n          (rst_ni),
    .s_axil_awvalid (regs_awvalid_i),
    .s_axil_awready (regs_awready_o),
    .s_axil_awaddr  (regs_awaddr_i),
    .s_axil_awprot  (regs_awprot_i),
    .s_axil_wvalid  (regs_wvalid_i),
    .s_axil_wready  (regs_wready_o),
    .s_axil_wdata   (regs_wdata_i),
    .s_axil_wstrb   (regs_wstrb_i),
    .s_axil_bvalid  (regs_bvalid_o),
    .s_axil_bready  (regs_bready_i),
    .s_axil_bresp   (regs_bresp_o),
    .s_axil_arvalid (regs_arvalid_i),
    .s_axil_arready (regs_arready_o),
    .s_axil_araddr  (regs_araddr_i),
    .s_axil_arprot  (regs_arprot_i),
    .s_axil_rvalid  (regs_rvalid_o),
    .s_axil_rready  (regs_rready_i),
    .s_axil_rdata   (regs_rdata_o),
    .s_axil_rresp   (regs_rresp_o),
    .hwif_in        (regs_in),
    .hwif_out       (unused_regs)
  );

  assign regs_in.identity.value.next = CardIdentity;
  assign regs_in.version.value.next = ContractVersion;
  assign regs_in.build_id.value.next = BuildId;
  assign regs_in.contract_hash.word0.value.next = ContractHash[0 +: 32];
  assign regs_in.contract_hash.word1.value.next = ContractHash[32 +: 32];
  assign regs_in.contract_hash.word2.value.next = ContractHash[64 +: 32];
  assign regs_in.contract_hash.word3.value.next = ContractHash[96 +: 32];
  assign regs_in.contract_hash.word4.value.next = ContractHash[128 +: 32];
  assign regs_in.contract_hash.word5.value.next = ContractHash[160 +: 32];
  assign regs_in.contract_hash.word6.value.next = ContractHash[192 +: 32];
  assign regs_in.contract_hash.word7.value.next = ContractHash[224 +: 32];
  assign regs_in.status.running.next = '0;
  assign regs_in.status.halted.next = '0;
  assign regs_in.status.faulted.next = '0;
  assign regs_in.status.stopped.next = '0;
  assign regs_in.status.trace_busy.next = '0;
  assign regs_in.status.trace_done.next = '0;
  assign regs_in.status.mismatch.next = '0;
  assign regs_in.status.reset_pending.next = '0;
  assign regs_in.status.ready.next = '0;
  assign regs_in.fault_cause.cause.next = '0;
  assign regs_in.fault_pc.value.next = '0;
  assign regs_in.exit_code.value.next = '0;
  assign regs_in.mismatch_order.lo.value.next = '0;
  assign regs_in.mismatch_order.hi.value.next = '0;
  assign regs_in.cycles.lo.value.next = '0;
  assign regs_in.cycles.hi.value.next = '0;
  assign regs_in.instret.lo.value.next = '0;
  assign regs_in.instret.hi.value.next = '0;
  assign regs_in.lost_branch.lo.value.next = '0;
  assign regs_in.lost_branch.hi.value.next = '0;
  assign regs_in.lost_load_use.lo.value.next = '0;
  assign regs_in.lost_load_use.hi.value.next = '0;
  assign regs_in.lost_multiply.lo.value.next = '0;
  assign regs_in.lost_multiply.hi.value.next = '0;
  assign regs_in.lost_divide.lo.value.next = '0;
  assign regs_in.lost_divide.hi.value.next = '0;
  assign regs_in.lost_imiss.lo.value.next = '0;
  assign regs_in.lost_imiss.hi.value.next = '0;
  assign regs_in.lost_dmiss.lo.value.next = '0;
  assign regs_in.lost_dmiss.hi.value.next = '0;
  assign regs_in.lost_throttle.lo.value.next = '0;
  assign regs_in.lost_throttle.hi.value.next = '0;
  assign regs_in.lost_ecall.lo.value.next = '0;
  assign regs_in.lost_ecall.hi.value.next = '0;
  assign regs_in.trace_records.lo.value.next = '0;
  assign regs_in.trace_records.hi.value.next = '0;
  assign regs_in.trace_pages.lo.value.next = '0;
  assign regs_in.trace_pages.hi.value.next = '0;
  assign regs_in.trace_segments.lo.value.next = '0;
  assign regs_in.trace_segments.hi.value.next = '0;
  assign regs_in.trace_throttle.lo.value.next = '0;
  assign regs_in.trace_throttle.hi.value.next = '0;
  assign regs_in.trace_stall.lo.value.next = '0;
  assign regs_in.trace_stall.hi.value.next = '0;

endmodule
