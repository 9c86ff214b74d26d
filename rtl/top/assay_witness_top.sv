// The witness card: core, trace unit and the host's registers. Trace, input and journal are streams;
// instruction memory, data memory and the trace unit's shadow are three AXI4 masters.
// Throughput: one record a cycle at best. Golden twin: assay-executor. Proved by:
// sim/tests/lockstep.rs. Registers: hw-abi/contract/registers.rdl.
module assay_witness_top
  import assay_abi_pkg::*;
#(
  parameter logic [31:0] BuildId = 32'd0,
  parameter int unsigned IcacheSets = 128,  // see assay_core
  parameter int unsigned DcacheSets = 512
) (
  input  logic                clk_i,
  input  logic                rst_ni,

  input  logic                regs_awvalid_i,
  output logic                regs_awready_o,
  input  logic [11:0]         regs_awaddr_i,
  input  logic [2:0]          regs_awprot_i,
  input  logic                regs_wvalid_i,
  output logic                regs_wready_o,
  input  logic [31:0]         regs_wdata_i,
  input  logic [3:0]          regs_wstrb_i,
  output logic                regs_bvalid_o,
  input  logic                regs_bready_i,
  output logic [1:0]          regs_bresp_o,
  input  logic                regs_arvalid_i,
  output logic                regs_arready_o,
  input  logic [11:0]         regs_araddr_i,
  input  logic [2:0]          regs_arprot_i,
  output logic                regs_rvalid_o,
  input  logic                regs_rready_i,
  output logic [31:0]         regs_rdata_o,
  output logic [1:0]          regs_rresp_o,

  input  logic                input_valid_i,
  output logic                input_ready_o,
  input  logic [31:0]         input_data_i,

  output logic                journal_valid_o,
  input  logic                journal_ready_i,
  output logic [31:0]         journal_data_o,

  output logic                trace_valid_o,
  input  logic                trace_ready_i,
  output logic [BeatBits-1:0] trace_data_o,
  output logic                trace_last_o,

  output logic                ibus_arvalid_o,
  input  logic                ibus_arready_i,
  output logic [39:0]         ibus_araddr_o,
  output logic [7:0]          ibus_arlen_o,
  output logic [2:0]          ibus_arsize_o,
  output logic [1:0]          ibus_arburst_o,
  input  logic                ibus_rvalid_i,
  output logic                ibus_rready_o,
  input  logic [63:0]         ibus_rdata_i,
  input  logic [1:0]          ibus_rresp_i,
  input  logic                ibus_rlast_i,

  output logic                dbus_awvalid_o,
  input  logic                dbus_awready_i,
  output logic [39:0]         dbus_awaddr_o,
  output logic [7:0]          dbus_awlen_o,
  output logic [2:0]          dbus_awsize_o,
  output logic [1:0]          dbus_awburst_o,
  output logic                dbus_wvalid_o,
  input  logic                dbus_wready_i,
  output logic [63:0]         dbus_wdata_o,
  output logic [7:0]          dbus_wstrb_o,
  output logic                dbus_wlast_o,
  input  logic                dbus_bvalid_i,
  output logic                dbus_bready_o,
  input  logic [1:0]          dbus_bresp_i,
  output logic                dbus_arvalid_o,
  input  logic                dbus_arready_i,
  output logic [39:0]         dbus_araddr_o,
  output logic [7:0]          dbus_arlen_o,
  output logic [2:0]          dbus_arsize_o,
  output logic [1:0]          dbus_arburst_o,
  input  logic                dbus_rvalid_i,
  output logic                dbus_rready_o,
  input  logic [63:0]         dbus_rdata_i,
  input  logic [1:0]          dbus_rresp_i,
  input  logic                dbus_rlast_i,

  output logic                shadow_awvalid_o,
  input  logic                shadow_awready_i,
  output logic [39:0]         shadow_awaddr_o,
  output logic [7:0]          shadow_awlen_o,
  output logic [2:0]          shadow_awsize_o,
  output logic [1:0]          shadow_awburst_o,
  output logic                shadow_wvalid_o,
  input  logic                shadow_wready_i,
  output logic [511:0]        shadow_wdata_o,
  output logic [63:0]         shadow_wstrb_o,
  output logic                shadow_wlast_o,
  input  logic                shadow_bvalid_i,
  output logic                shadow_bready_o,
  input  logic [1:0]          shadow_bresp_i,
  output logic                shadow_arvalid_o,
  input  logic                shadow_arready_i,
  output logic [39:0]         shadow_araddr_o,
  output logic [7:0]          shadow_arlen_o,
  output logic [2:0]          shadow_arsize_o,
  output logic [1:0]          shadow_arburst_o,
  input  logic                shadow_rvalid_i,
  output logic                shadow_rready_o,
  input  logic [511:0]        shadow_rdata_i,
  input  logic [1:0]          shadow_rresp_i,
  input  logic                shadow_rlast_i

);

  // Registers
  assay_regs_pkg::assay_regs__in_t  regs_in;
  assay_regs_pkg::assay_regs__out_t regs_out;

  // Session
  logic         start;
  logic         stop;
  logic         throttle;
  logic         unit_rst_n;
  logic         ready;
  logic         reset_pending;
  logic         ibus_quiet;
  logic         dbus_quiet;
  logic         shadow_quiet;
  logic [39:0] mem_base, shadow_base;
  // Core
  logic        running, halted, faulted, stopped;
  logic [7:0]  fault_cause;
  logic [31:0] fault_pc, exit_code;
  logic [47:0]  perf_cycles;
  logic [47:0]  perf_instret;
  logic [47:0]  perf_lost_branch;
  logic [47:0]  perf_lost_load_use;
  logic [47:0]  perf_lost_multiply;
  logic [47:0]  perf_lost_divide;
  logic [47:0]  perf_lost_imiss;
  logic [47:0]  perf_lost_dmiss;
  logic [47:0]  perf_lost_throttle;
  logic [47:0]  perf_lost_ecall;
  // RVFI
  logic         rvfi_valid;
  logic [63:0]  rvfi_order;
  logic [31:0]  rvfi_insn;
  logic         rvfi_trap;
  logic         rvfi_halt;
  logic         rvfi_intr;
  logic [1:0]   rvfi_mode;
  logic [1:0]   rvfi_ixl;
  logic [4:0]   rvfi_rs1_addr;
  logic [4:0]   rvfi_rs2_addr;
  logic [31:0]  rvfi_rs1_rdata;
  logic [31:0]  rvfi_rs2_rdata;
  logic [4:0]   rvfi_rd_addr;
  logic [31:0]  rvfi_rd_wdata;
  logic [31:0]  rvfi_pc_rdata;
  logic [31:0]  rvfi_pc_wdata;
  logic [31:0]  rvfi_mem_addr;
  logic [3:0]   rvfi_mem_rmask;
  logic [3:0]   rvfi_mem_wmask;
  logic [31:0]  rvfi_mem_rdata;
  logic [31:0]  rvfi_mem_wdata;
  // Trace unit
  logic        trace_busy, trace_done, mismatch;
  logic [63:0] mismatch_order;
  logic [47:0]  stat_records;
  logic [47:0]  stat_pages;
  logic [47:0]  stat_segments;
  logic [47:0]  stat_throttle;
  logic [47:0]  stat_stall;

  assign mem_base    = {regs_out.mem_base.bits_39_28.value, 28'b0};
  assign shadow_base = {regs_out.shadow_base.bits_39_29.value, 29'b0};

  top_session u_session (
    .clk_i,
    .rst_ni,
    .start_i         (regs_out.control.start.value),
    .stop_i          (regs_out.control.stop.value),
    .soft_reset_i    (regs_out.control.soft_reset.value),
    .running_i       (running),
    .busy_i          (trace_busy),
    .quiet_i         (ibus_quiet && dbus_quiet && shadow_quiet),
    .start_o         (start),
    .stop_o          (stop),
    .unit_rst_no     (unit_rst_n),
    .ready_o         (ready),
    .reset_pending_o (reset_pending)
  );

  assay_core #(.IcacheSets(IcacheSets), .DcacheSets(DcacheSets)) u_core (
    .clk_i,
    .rst_ni               (unit_rst_n),
    .start_i              (start),
    .entry_pc_i           (regs_out.entry_pc.value.value),
    .text_start_i         (regs_out.text_start.page.value),
    .text_end_i           (regs_out.text_end.page.value),
    .input_len_i          (regs_out.input_length.value.value),
    .mem_base_i           (mem_base),
    .stop_i               (stop),
    .throttle_i           (throttle),
    .running_o            (running),
    .halted_o             (halted),
    .faulted_o            (faulted),
    .stopped_o            (stopped),
    .fault_cause_o        (fault_cause),
    .fault_pc_o           (fault_pc),
    .exit_code_o          (exit_code),
    .input_valid_i,
    .input_ready_o,
    .input_data_i,
    .journal_valid_o,
    .journal_ready_i,
    .journal_data_o,
    .ibus_arvalid_o,
    .ibus_arready_i,
    .ibus_araddr_o,
    .ibus_arlen_o,
    .ibus_arsize_o,
    .ibus_arburst_o,
    .ibus_rvalid_i,
    .ibus_rready_o,
    .ibus_rdata_i,
    .ibus_rresp_i,
    .ibus_rlast_i,
    .dbus_awvalid_o,
    .dbus_awready_i,
    .dbus_awaddr_o,
    .dbus_awlen_o,
    .dbus_awsize_o,
    .dbus_awburst_o,
    .dbus_wvalid_o,
    .dbus_wready_i,
    .dbus_wdata_o,
    .dbus_wstrb_o,
    .dbus_wlast_o,
    .dbus_bvalid_i,
    .dbus_bready_o,
    .dbus_bresp_i,
    .dbus_arvalid_o,
    .dbus_arready_i,
    .dbus_araddr_o,
    .dbus_arlen_o,
    .dbus_arsize_o,
    .dbus_arburst_o,
    .dbus_rvalid_i,
    .dbus_rready_o,
    .dbus_rdata_i,
    .dbus_rresp_i,
    .dbus_rlast_i,
    .rvfi_valid_o         (rvfi_valid),
    .rvfi_order_o         (rvfi_order),
    .rvfi_insn_o          (rvfi_insn),
    .rvfi_trap_o          (rvfi_trap),
    .rvfi_halt_o          (rvfi_halt),
    .rvfi_intr_o          (rvfi_intr),
    .rvfi_mode_o          (rvfi_mode),
    .rvfi_ixl_o           (rvfi_ixl),
    .rvfi_rs1_addr_o      (rvfi_rs1_addr),
    .rvfi_rs2_addr_o      (rvfi_rs2_addr),
    .rvfi_rs1_rdata_o     (rvfi_rs1_rdata),
    .rvfi_rs2_rdata_o     (rvfi_rs2_rdata),
    .rvfi_rd_addr_o       (rvfi_rd_addr),
    .rvfi_rd_wdata_o      (rvfi_rd_wdata),
    .rvfi_pc_rdata_o      (rvfi_pc_rdata),
    .rvfi_pc_wdata_o      (rvfi_pc_wdata),
    .rvfi_mem_addr_o      (rvfi_mem_addr),
    .rvfi_mem_rmask_o     (rvfi_mem_rmask),
    .rvfi_mem_wmask_o     (rvfi_mem_wmask),
    .rvfi_mem_rdata_o     (rvfi_mem_rdata),
    .rvfi_mem_wdata_o     (rvfi_mem_wdata),
    .perf_cycles_o        (perf_cycles),
    .perf_instret_o       (perf_instret),
    .perf_lost_branch_o   (perf_lost_branch),
    .perf_lost_load_use_o (perf_lost_load_use),
    .perf_lost_multiply_o (perf_lost_multiply),
    .perf_lost_divide_o   (perf_lost_divide),
    .perf_lost_imiss_o    (perf_lost_imiss),
    .perf_lost_dmiss_o    (perf_lost_dmiss),
    .perf_lost_throttle_o (perf_lost_throttle),
    .perf_lost_ecall_o    (perf_lost_ecall)
  );

  assay_trace_unit u_trace_unit (
    .clk_i,
    .rst_ni           (unit_rst_n),
    .start_i          (start),
    .entry_pc_i       (regs_out.entry_pc.value.value),
    .po2_i            (regs_out.po2.value.value),
    .text_start_i     (regs_out.text_start.page.value),
    .text_end_i       (regs_out.text_end.page.value),
    .shadow_base_i    (shadow_base),
    .input_len_i      (regs_out.input_length.value.value),
    .stopped_i        (stopped),
    .rvfi_valid_i     (rvfi_valid),
    .rvfi_order_i     (rvfi_order),
    .rvfi_insn_i      (rvfi_insn),
    .rvfi_trap_i      (rvfi_trap),
    .rvfi_halt_i      (rvfi_halt),
    .rvfi_intr_i      (rvfi_intr),
    .rvfi_mode_i      (rvfi_mode),
    .rvfi_ixl_i       (rvfi_ixl),
    .rvfi_rs1_addr_i  (rvfi_rs1_addr),
    .rvfi_rs2_addr_i  (rvfi_rs2_addr),
    .rvfi_rs1_rdata_i (rvfi_rs1_rdata),
    .rvfi_rs2_rdata_i (rvfi_rs2_rdata),
    .rvfi_rd_addr_i   (rvfi_rd_addr),
    .rvfi_rd_wdata_i  (rvfi_rd_wdata),
    .rvfi_pc_rdata_i  (rvfi_pc_rdata),
    .rvfi_pc_wdata_i  (rvfi_pc_wdata),
    .rvfi_mem_addr_i  (rvfi_mem_addr),
    .rvfi_mem_rmask_i (rvfi_mem_rmask),
    .rvfi_mem_wmask_i (rvfi_mem_wmask),
    .rvfi_mem_rdata_i (rvfi_mem_rdata),
    .rvfi_mem_wdata_i (rvfi_mem_wdata),
    .throttle_o       (throttle),
    .shadow_awvalid_o,
    .shadow_awready_i,
    .shadow_awaddr_o,
    .shadow_awlen_o,
    .shadow_awsize_o,
    .shadow_awburst_o,
    .shadow_wvalid_o,
    .shadow_wready_i,
    .shadow_wdata_o,
    .shadow_wstrb_o,
    .shadow_wlast_o,
    .shadow_bvalid_i,
    .shadow_bready_o,
    .shadow_bresp_i,
    .shadow_arvalid_o,
    .shadow_arready_i,
    .shadow_araddr_o,
    .shadow_arlen_o,
    .shadow_arsize_o,
    .shadow_arburst_o,
    .shadow_rvalid_i,
    .shadow_rready_o,
    .shadow_rdata_i,
    .shadow_rresp_i,
    .shadow_rlast_i,
    .trace_valid_o,
    .trace_ready_i,
    .trace_data_o,
    .trace_last_o,
    .busy_o           (trace_busy),
    .done_o           (trace_done),
    .mismatch_o       (mismatch),
    .mismatch_order_o (mismatch_order),
    .stat_records_o   (stat_records),
    .stat_pages_o     (stat_pages),
    .stat_segments_o  (stat_segments),
    .stat_throttle_o  (stat_throttle),
    .stat_stall_o     (stat_stall)
  );

  top_axi_quiet u_ibus_quiet (
    .clk_i,
    .rst_ni,
    .awvalid_i (1'b0),
    .awready_i (1'b0),
    .wvalid_i  (1'b0),
    .bvalid_i  (1'b0),
    .bready_i  (1'b0),
    .arvalid_i (ibus_arvalid_o),
    .arready_i (ibus_arready_i),
    .rvalid_i  (ibus_rvalid_i),
    .rready_i  (ibus_rready_o),
    .rlast_i   (ibus_rlast_i),
    .quiet_o   (ibus_quiet)
  );

  top_axi_quiet u_dbus_quiet (
    .clk_i,
    .rst_ni,
    .awvalid_i (dbus_awvalid_o),
    .awready_i (dbus_awready_i),
    .wvalid_i  (dbus_wvalid_o),
    .bvalid_i  (dbus_bvalid_i),
    .bready_i  (dbus_bready_o),
    .arvalid_i (dbus_arvalid_o),
    .arready_i (dbus_arready_i),
    .rvalid_i  (dbus_rvalid_i),
    .rready_i  (dbus_rready_o),
    .rlast_i   (dbus_rlast_i),
    .quiet_o   (dbus_quiet)
  );

  top_axi_quiet u_shadow_quiet (
    .clk_i,
    .rst_ni,
    .awvalid_i (shadow_awvalid_o),
    .awready_i (shadow_awready_i),
    .wvalid_i  (shadow_wvalid_o),
    .bvalid_i  (shadow_bvalid_i),
    .bready_i  (shadow_bready_o),
    .arvalid_i (shadow_arvalid_o),
    .arready_i (shadow_arready_i),
    .rvalid_i  (shadow_rvalid_i),
    .rready_i  (shadow_rready_o),
    .rlast_i   (shadow_rlast_i),
    .quiet_o   (shadow_quiet)
  );

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
    .hwif_out       (regs_out)
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

  assign regs_in.status.running.next = running;
  assign regs_in.status.halted.next = halted;
  assign regs_in.status.faulted.next = faulted;
  assign regs_in.status.stopped.next = stopped;
  assign regs_in.status.trace_busy.next = trace_busy;
  assign regs_in.status.trace_done.next = trace_done;
  assign regs_in.status.mismatch.next = mismatch;
  assign regs_in.status.reset_pending.next = reset_pending;
  assign regs_in.status.ready.next = ready;

  assign regs_in.fault_cause.cause.next = fault_cause;
  assign regs_in.fault_pc.value.next = fault_pc;
  assign regs_in.exit_code.value.next = exit_code;
  assign regs_in.mismatch_order.lo.value.next = mismatch_order[31:0];
  assign regs_in.mismatch_order.hi.value.next = mismatch_order[63:32];

  assign regs_in.cycles.lo.value.next = perf_cycles[31:0];
  assign regs_in.cycles.hi.value.next = 32'(perf_cycles[47:32]);
  assign regs_in.instret.lo.value.next = perf_instret[31:0];
  assign regs_in.instret.hi.value.next = 32'(perf_instret[47:32]);
  assign regs_in.lost_branch.lo.value.next = perf_lost_branch[31:0];
  assign regs_in.lost_branch.hi.value.next = 32'(perf_lost_branch[47:32]);
  assign regs_in.lost_load_use.lo.value.next = perf_lost_load_use[31:0];
  assign regs_in.lost_load_use.hi.value.next = 32'(perf_lost_load_use[47:32]);
  assign regs_in.lost_multiply.lo.value.next = perf_lost_multiply[31:0];
  assign regs_in.lost_multiply.hi.value.next = 32'(perf_lost_multiply[47:32]);
  assign regs_in.lost_divide.lo.value.next = perf_lost_divide[31:0];
  assign regs_in.lost_divide.hi.value.next = 32'(perf_lost_divide[47:32]);
  assign regs_in.lost_imiss.lo.value.next = perf_lost_imiss[31:0];
  assign regs_in.lost_imiss.hi.value.next = 32'(perf_lost_imiss[47:32]);
  assign regs_in.lost_dmiss.lo.value.next = perf_lost_dmiss[31:0];
  assign regs_in.lost_dmiss.hi.value.next = 32'(perf_lost_dmiss[47:32]);
  assign regs_in.lost_throttle.lo.value.next = perf_lost_throttle[31:0];
  assign regs_in.lost_throttle.hi.value.next = 32'(perf_lost_throttle[47:32]);
  assign regs_in.lost_ecall.lo.value.next = perf_lost_ecall[31:0];
  assign regs_in.lost_ecall.hi.value.next = 32'(perf_lost_ecall[47:32]);

  assign regs_in.trace_records.lo.value.next = stat_records[31:0];
  assign regs_in.trace_records.hi.value.next = 32'(stat_records[47:32]);
  assign regs_in.trace_pages.lo.value.next = stat_pages[31:0];
  assign regs_in.trace_pages.hi.value.next = 32'(stat_pages[47:32]);
  assign regs_in.trace_segments.lo.value.next = stat_segments[31:0];
  assign regs_in.trace_segments.hi.value.next = 32'(stat_segments[47:32]);
  assign regs_in.trace_throttle.lo.value.next = stat_throttle[31:0];
  assign regs_in.trace_throttle.hi.value.next = 32'(stat_throttle[47:32]);
  assign regs_in.trace_stall.lo.value.next = stat_stall[31:0];
  assign regs_in.trace_stall.hi.value.next = 32'(stat_stall[47:32]);

endmodule
