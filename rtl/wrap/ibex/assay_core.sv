// Ibex with the ports of assay's own core: two stages, multiplier of three cycles, no cache of its
// own. Starts at boot_addr + 0x80. Proved by: sim/tests/cores.rs.
module assay_core
  import wrap_pkg::*;
#(
  parameter int unsigned IcacheSets = 128,   // of assay's own core; here without a meaning
  parameter int unsigned DcacheSets = 512
) (
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic        start_i,
  input  logic [31:0] entry_pc_i,
  input  logic [17:0] text_start_i,   // pages
  input  logic [18:0] text_end_i,     // pages, exclusive
  input  logic [31:0] input_len_i,    // words
  input  logic [39:0] mem_base_i,     // a multiple of 2^28
  input  logic        stop_i,
  input  logic        throttle_i,

  output logic        running_o,
  output logic        halted_o,
  output logic        faulted_o,
  output logic        stopped_o,
  output logic [7:0]  fault_cause_o,
  output logic [31:0] fault_pc_o,
  output logic [31:0] exit_code_o,

  input  logic        input_valid_i,
  output logic        input_ready_o,
  input  logic [31:0] input_data_i,
  output logic        journal_valid_o,
  input  logic        journal_ready_i,
  output logic [31:0] journal_data_o,

  output logic        ibus_arvalid_o,
  input  logic        ibus_arready_i,
  output logic [39:0] ibus_araddr_o,
  output logic [7:0]  ibus_arlen_o,
  output logic [2:0]  ibus_arsize_o,
  output logic [1:0]  ibus_arburst_o,
  input  logic        ibus_rvalid_i,
  output logic        ibus_rready_o,
  input  logic [63:0] ibus_rdata_i,
  input  logic [1:0]  ibus_rresp_i,
  input  logic        ibus_rlast_i,

  output logic        dbus_awvalid_o,
  input  logic        dbus_awready_i,
  output logic [39:0] dbus_awaddr_o,
  output logic [7:0]  dbus_awlen_o,
  output logic [2:0]  dbus_awsize_o,
  output logic [1:0]  dbus_awburst_o,
  output logic        dbus_wvalid_o,
  input  logic        dbus_wready_i,
  output logic [63:0] dbus_wdata_o,
  output logic [7:0]  dbus_wstrb_o,
  output logic        dbus_wlast_o,
  input  logic        dbus_bvalid_i,
  output logic        dbus_bready_o,
  input  logic [1:0]  dbus_bresp_i,
  output logic        dbus_arvalid_o,
  input  logic        dbus_arready_i,
  output logic [39:0] dbus_araddr_o,
  output logic [7:0]  dbus_arlen_o,
  output logic [2:0]  dbus_arsize_o,
  output logic [1:0]  dbus_arburst_o,
  input  logic        dbus_rvalid_i,
  output logic        dbus_rready_o,
  input  logic [63:0] dbus_rdata_i,
  input  logic [1:0]  dbus_rresp_i,
  input  logic        dbus_rlast_i,

  output logic        rvfi_valid_o,
  output logic [63:0] rvfi_order_o,
  output logic [31:0] rvfi_insn_o,
  output logic        rvfi_trap_o,
  output logic        rvfi_halt_o,
  output logic        rvfi_intr_o,
  output logic [1:0]  rvfi_mode_o,
  output logic [1:0]  rvfi_ixl_o,
  output logic [4:0]  rvfi_rs1_addr_o,
  output logic [4:0]  rvfi_rs2_addr_o,
  output logic [31:0] rvfi_rs1_rdata_o,
  output logic [31:0] rvfi_rs2_rdata_o,
  output logic [4:0]  rvfi_rd_addr_o,
  output logic [31:0] rvfi_rd_wdata_o,
  output logic [31:0] rvfi_pc_rdata_o,
  output logic [31:0] rvfi_pc_wdata_o,
  output logic [31:0] rvfi_mem_addr_o,
  output logic [3:0]  rvfi_mem_rmask_o,
  output logic [3:0]  rvfi_mem_wmask_o,
  output logic [31:0] rvfi_mem_rdata_o,
  output logic [31:0] rvfi_mem_wdata_o,

  output logic [47:0] perf_cycles_o,
  output logic [47:0] perf_instret_o,
  output logic [47:0] perf_lost_branch_o,
  output logic [47:0] perf_lost_load_use_o,
  output logic [47:0] perf_lost_multiply_o,
  output logic [47:0] perf_lost_divide_o,
  output logic [47:0] perf_lost_imiss_o,
  output logic [47:0] perf_lost_dmiss_o,
  output logic [47:0] perf_lost_throttle_o,
  output logic [47:0] perf_lost_ecall_o
);
  logic        core_rst_n, clear, hold;
  logic        fetch_req, fetch_gnt, fetch_rvalid, fetch_idle;
  logic [31:0] fetch_addr, fetch_rdata;
  logic        data_req, data_we, data_gnt, data_rvalid, data_idle;
  logic [3:0]  data_be;
  logic [31:0] data_addr, data_wdata, data_rdata;
  logic        core_rvfi_valid;
  rvfi_t       core_rvfi, rvfi;

  wrap_session u_session (
    .clk_i, .rst_ni, .start_i, .stop_i, .idle_i(fetch_idle && data_idle),
    .core_rst_no(core_rst_n), .clear_o(clear), .hold_o(hold),
    .valid_i(core_rvfi_valid), .rvfi_i(core_rvfi), .valid_o(rvfi_valid_o), .rvfi_o(rvfi),
    .running_o, .halted_o, .faulted_o, .stopped_o, .fault_cause_o, .fault_pc_o, .exit_code_o,
    .cycles_o(perf_cycles_o), .instret_o(perf_instret_o)
  );

  wrap_fetch u_fetch (
    .clk_i, .rst_ni, .clear_i(clear), .hold_i(hold || throttle_i),
    .entry_pc_i, .mem_base_i(mem_base_i[39:28]),
    .req_i(fetch_req), .addr_i(fetch_addr[31:2]), .gnt_o(fetch_gnt),
    .rvalid_o(fetch_rvalid), .rdata_o(fetch_rdata), .idle_o(fetch_idle),
    .arvalid_o(ibus_arvalid_o), .arready_i(ibus_arready_i), .araddr_o(ibus_araddr_o),
    .arlen_o(ibus_arlen_o), .arsize_o(ibus_arsize_o), .arburst_o(ibus_arburst_o),
    .rvalid_i(ibus_rvalid_i), .rready_o(ibus_rready_o), .rdata_i(ibus_rdata_i),
    .rlast_i(ibus_rlast_i)
  );

  wrap_data u_data (
    .clk_i, .rst_ni, .mem_base_i(mem_base_i[39:28]),
    .req_i(data_req), .we_i(data_we), .be_i(data_be), .addr_i(data_addr[31:2]),
    .wdata_i(data_wdata), .gnt_o(data_gnt), .rvalid_o(data_rvalid), .rdata_o(data_rdata),
    .idle_o(data_idle),
    .awvalid_o(dbus_awvalid_o), .awready_i(dbus_awready_i), .awaddr_o(dbus_awaddr_o),
    .awlen_o(dbus_awlen_o), .awsize_o(dbus_awsize_o), .awburst_o(dbus_awburst_o),
    .wvalid_o(dbus_wvalid_o), .wready_i(dbus_wready_i), .wdata_o(dbus_wdata_o),
    .wstrb_o(dbus_wstrb_o), .wlast_o(dbus_wlast_o), .bvalid_i(dbus_bvalid_i),
    .bready_o(dbus_bready_o),
    .arvalid_o(dbus_arvalid_o), .arready_i(dbus_arready_i), .araddr_o(dbus_araddr_o),
    .arlen_o(dbus_arlen_o), .arsize_o(dbus_arsize_o), .arburst_o(dbus_arburst_o),
    .rvalid_i(dbus_rvalid_i), .rready_o(dbus_rready_o), .rdata_i(dbus_rdata_i)
  );

  ibex_top u_ibex (
    .clk_i, .rst_ni(core_rst_n), .test_en_i(1'b0), .ram_cfg_i('0), .hart_id_i(32'd0),
    .boot_addr_i(32'hffff_ff00),
    .instr_req_o(fetch_req), .instr_gnt_i(fetch_gnt), .instr_rvalid_i(fetch_rvalid),
    .instr_addr_o(fetch_addr), .instr_rdata_i(fetch_rdata), .instr_rdata_intg_i(7'd0),
    .instr_err_i(1'b0),
    .data_req_o(data_req), .data_gnt_i(data_gnt), .data_rvalid_i(data_rvalid),
    .data_we_o(data_we), .data_be_o(data_be), .data_addr_o(data_addr), .data_wdata_o(data_wdata),
    .data_wdata_intg_o(), .data_rdata_i(data_rdata), .data_rdata_intg_i(7'd0), .data_err_i(1'b0),
    .irq_software_i(1'b0), .irq_timer_i(1'b0), .irq_external_i(1'b0), .irq_fast_i(15'd0),
    .irq_nm_i(1'b0),
    .scramble_key_valid_i(1'b0), .scramble_key_i('0), .scramble_nonce_i('0), .scramble_req_o(),
    .debug_req_i(1'b0), .crash_dump_o(), .double_fault_seen_o(),
    .rvfi_valid(core_rvfi_valid), .rvfi_order(core_rvfi.order), .rvfi_insn(core_rvfi.insn),
    .rvfi_trap(core_rvfi.trap), .rvfi_halt(core_rvfi.halt), .rvfi_intr(), .rvfi_mode(),
    .rvfi_ixl(), .rvfi_rs1_addr(core_rvfi.rs1_addr), .rvfi_rs2_addr(core_rvfi.rs2_addr),
    .rvfi_rs1_rdata(core_rvfi.rs1_rdata), .rvfi_rs2_rdata(core_rvfi.rs2_rdata),
    .rvfi_rd_addr(core_rvfi.rd_addr), .rvfi_rd_wdata(core_rvfi.rd_wdata),
    .rvfi_pc_rdata(core_rvfi.pc_rdata), .rvfi_pc_wdata(core_rvfi.pc_wdata),
    .rvfi_mem_addr(core_rvfi.mem_addr), .rvfi_mem_rmask(core_rvfi.mem_rmask),
    .rvfi_mem_wmask(core_rvfi.mem_wmask), .rvfi_mem_rdata(core_rvfi.mem_rdata),
    .rvfi_mem_wdata(core_rvfi.mem_wdata), .rvfi_rs3_addr(), .rvfi_rs3_rdata(), .rvfi_ext_pre_mip(),
    .rvfi_ext_post_mip(), .rvfi_ext_nmi(), .rvfi_ext_nmi_int(), .rvfi_ext_debug_req(),
    .rvfi_ext_debug_mode(), .rvfi_ext_rf_wr_suppress(), .rvfi_ext_mcycle(),
    .rvfi_ext_mhpmcounters(), .rvfi_ext_mhpmcountersh(), .rvfi_ext_ic_scr_key_valid(),
    .rvfi_ext_irq_valid(),
    .fetch_enable_i(ibex_pkg::IbexMuBiOn), .alert_minor_o(), .alert_major_internal_o(),
    .alert_major_bus_o(), .core_sleep_o(), .scan_rst_ni(1'b1)
  );

  assign rvfi_order_o     = rvfi.order;
  assign rvfi_insn_o      = rvfi.insn;
  assign rvfi_trap_o      = rvfi.trap;
  assign rvfi_halt_o      = rvfi.halt;
  assign rvfi_intr_o      = 1'b0;
  assign rvfi_mode_o      = 2'b00;
  assign rvfi_ixl_o       = 2'b01;
  assign rvfi_rs1_addr_o  = rvfi.rs1_addr;
  assign rvfi_rs2_addr_o  = rvfi.rs2_addr;
  assign rvfi_rs1_rdata_o = rvfi.rs1_rdata;
  assign rvfi_rs2_rdata_o = rvfi.rs2_rdata;
  assign rvfi_rd_addr_o   = rvfi.rd_addr;
  assign rvfi_rd_wdata_o  = rvfi.rd_wdata;
  assign rvfi_pc_rdata_o  = rvfi.pc_rdata;
  assign rvfi_pc_wdata_o  = rvfi.pc_wdata;
  assign rvfi_mem_addr_o  = rvfi.mem_addr;
  assign rvfi_mem_rmask_o = rvfi.mem_rmask;
  assign rvfi_mem_wmask_o = rvfi.mem_wmask;
  assign rvfi_mem_rdata_o = rvfi.mem_rdata;
  assign rvfi_mem_wdata_o = rvfi.mem_wdata;

  // The host's streams are for cores whose ECALL goes on.
  assign input_ready_o   = 1'b0;
  assign journal_valid_o = 1'b0;
  assign journal_data_o  = 32'd0;

  // It counts cycles and retirements; where its cycles go it does not say.
  assign perf_lost_branch_o   = 48'd0;
  assign perf_lost_load_use_o = 48'd0;
  assign perf_lost_multiply_o = 48'd0;
  assign perf_lost_divide_o   = 48'd0;
  assign perf_lost_imiss_o    = 48'd0;
  assign perf_lost_dmiss_o    = 48'd0;
  assign perf_lost_throttle_o = 48'd0;
  assign perf_lost_ecall_o    = 48'd0;

  logic unused;
  assign unused = ^{ibus_rresp_i, dbus_bresp_i, dbus_rresp_i, dbus_rlast_i, mem_base_i[27:0],
                    fetch_addr[1:0], data_addr[1:0], text_start_i, text_end_i, input_len_i,
                    input_valid_i, input_data_i, journal_ready_i, IcacheSets, DcacheSets};
endmodule
