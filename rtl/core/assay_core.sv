// In-order RV32IM core with instruction and data cache and RVFI: PC, IF, ID, EX, MEM, WB. One
// instruction a cycle. docs/machine.md is what it computes; README.md has the pipeline. Golden
// twin: assay-executor. Proved by: the lock-step tests in tests/.
module assay_core
  import core_pkg::*;
#(
  parameter int unsigned BtbEntries = 64,
  parameter int unsigned IcacheSets = 128,  // of 2 lines of 64 bytes
  parameter int unsigned DcacheSets = 512   // of 1 line of 32 bytes
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
  // Control
  logic        init, run, issue_hold, stopping, throttle_q;
  logic [8:0]  init_index;
  // Fetch
  logic        fetch_valid, fetch_ready, fetch_miss, fetch_busy;
  fetch_t      fetch;
  fetch_view_t fetch_view;
  // EX
  logic        ex_valid, ex_hold, redirect;
  ex_t         ex;
  lost_e       ex_lost;
  logic [31:0] ex_result, ex_addr;
  logic [31:2] redirect_pc;
  btb_update_t btb_update;
  // MEM
  logic        mem_valid, mem_late, mem_hit;
  mem_t        mem;
  lost_e       mem_lost;
  logic [31:0] mem_result, mem_word, mem_loaded, mul_low, mul_high, div_result;
  // WB
  logic        wb_valid, wb_hold, flush, store, miss;
  wb_t         wb;
  lost_e       wb_lost;
  logic [31:0] wb_result;
  logic [31:2] restart_pc;
  logic        dcache_busy, dcache_writing;
  // Registers
  logic [4:0]  rs1, rs2, reg_addr;
  logic [31:0] rs1_data, rs2_data, reg_data;
  logic        reg_we;
  // ECALL
  logic        ecall_valid, ecall_done, ecall_abort, ecall_halt, ecall_rd_we;
  logic [3:0]  ecall_fault, fault_cause;
  logic [31:0] ecall_rd_data, x10, x17;
  logic        halt, fault;
  perf_event_t perf_wb, perf_event;
  logic [47:0] perf_lost [LostEcall:LostBranch];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) throttle_q <= 1'b0;
    else         throttle_q <= throttle_i;
  end

  core_control u_control (
    .clk_i, .rst_ni, .start_i, .stop_i,
    .init_o(init), .init_index_o(init_index), .run_o(run), .issue_hold_o(issue_hold),
    .stopping_o(stopping),
    .pipeline_empty_i(~ex_valid & ~mem_valid & ~wb_valid),
    .bus_idle_i(~fetch_busy & ~dcache_busy & ~dcache_writing),
    .halt_i(halt), .fault_i(fault), .fault_cause_i(fault_cause), .fault_pc_i(restart_pc),
    .exit_code_i(x10),
    .running_o, .halted_o, .faulted_o, .stopped_o, .fault_cause_o, .fault_pc_o, .exit_code_o
  );

  core_fetch #(.BtbEntries(BtbEntries), .IcacheSets(IcacheSets)) u_fetch (
    .clk_i, .rst_ni, .init_i(init), .init_index_i(init_index), .run_i(run),
    .entry_pc_i, .text_start_i, .text_end_i, .mem_base_i(mem_base_i[39:28]),
    .redirect_i(redirect), .redirect_pc_i(redirect_pc),
    .restart_i(flush), .restart_pc_i(restart_pc), .btb_update_i(btb_update),
    .valid_o(fetch_valid), .fetch_o(fetch), .ready_i(fetch_ready),
    .miss_o(fetch_miss), .busy_o(fetch_busy), .view_o(fetch_view),
    .ibus_arvalid_o, .ibus_arready_i, .ibus_araddr_o,
    .ibus_arlen_o, .ibus_arsize_o, .ibus_arburst_o,
    .ibus_rvalid_i, .ibus_rready_o, .ibus_rdata_i
  );

  core_regfile u_regfile (
    .clk_i, .we_i(reg_we), .waddr_i(reg_addr), .wdata_i(reg_data),
    .raddr_a_i(rs1), .rdata_a_o(rs1_data), .raddr_b_i(rs2), .rdata_b_o(rs2_data)
  );

  core_issue u_issue (
    .clk_i, .rst_ni, .hold_i(issue_hold), .throttle_i(throttle_q), .dcache_busy_i(dcache_busy),
    .fetch_miss_i(fetch_miss),
    .valid_i(fetch_valid), .fetch_i(fetch), .ready_o(fetch_ready),
    .rs1_o(rs1), .rs2_o(rs2), .rs1_data_i(rs1_data), .rs2_data_i(rs2_data),
    .ex_hold_i(ex_hold), .redirect_i(redirect), .ex_result_i(ex_result),
    .ex_valid_o(ex_valid), .ex_o(ex), .ex_lost_o(ex_lost),
    .mem_valid_i(mem_valid), .mem_rd_we_i(mem.ctrl.rd_we), .mem_rd_i(mem.ctrl.rd),
    .mem_load_i(mem.ctrl.load), .mem_div_i(mem.ctrl.div), .mem_ecall_i(mem.ctrl.ecall),
    .mem_late_i(mem_late),
    .mem_result_i(mem_result), .mem_loaded_i(mem_loaded),
    .wb_valid_i(wb_valid), .wb_rd_we_i(wb.ctrl.rd_we), .wb_rd_i(wb.ctrl.rd),
    .wb_ecall_i(wb.ctrl.ecall), .wb_result_i(wb_result), .flush_i(flush)
  );

  core_execute u_execute (
    .clk_i, .rst_ni, .flush_i(flush),
    .valid_i(ex_valid), .ex_i(ex), .lost_i(ex_lost), .hold_o(ex_hold),
    .result_o(ex_result), .addr_o(ex_addr), .redirect_o(redirect), .redirect_pc_o(redirect_pc),
    .btb_update_o(btb_update),
    .valid_o(mem_valid), .mem_o(mem), .lost_o(mem_lost),
    .mul_low_o(mul_low), .mul_high_o(mul_high), .div_result_o(div_result)
  );

  core_lsu u_lsu (
    .clk_i, .rst_ni, .flush_i(flush), .wb_hold_i(wb_hold), .text_start_i, .text_end_i,
    .valid_i(mem_valid), .mem_i(mem), .lost_i(mem_lost),
    .mul_low_i(mul_low), .mul_high_i(mul_high), .div_result_i(div_result),
    .word_i(mem_word), .hit_i(mem_hit), .late_o(mem_late), .result_o(mem_result),
    .loaded_o(mem_loaded),
    .store_i(store), .valid_o(wb_valid), .wb_o(wb), .lost_o(wb_lost)
  );

  core_dcache #(.Sets(DcacheSets)) u_dcache (
    .clk_i, .rst_ni, .init_i(init), .init_index_i(init_index), .mem_base_i(mem_base_i[39:28]),
    .ex_addr_i(ex_addr[27:2]), .mem_addr_i(mem.addr[27:2]), .mem_word_o(mem_word),
    .mem_hit_o(mem_hit),
    .store_i(store), .miss_i(miss), .wb_addr_i(wb.addr[27:2]), .wb_mask_i(wb.mask),
    .wb_data_i(wb.store_data), .busy_o(dcache_busy), .writing_o(dcache_writing),
    .dbus_awvalid_o, .dbus_awready_i, .dbus_awaddr_o,
    .dbus_wvalid_o, .dbus_wready_i, .dbus_wdata_o, .dbus_wlast_o, .dbus_bvalid_i, .dbus_bready_o,
    .dbus_arvalid_o, .dbus_arready_i, .dbus_araddr_o, .dbus_rvalid_i, .dbus_rready_o, .dbus_rdata_i
  );

  core_ecall u_ecall (
    .clk_i, .rst_ni, .init_i(init), .input_len_i,
    .valid_i(ecall_valid), .stop_i(stopping), .done_o(ecall_done), .abort_o(ecall_abort),
    .halt_o(ecall_halt), .fault_o(ecall_fault), .rd_we_o(ecall_rd_we), .rd_data_o(ecall_rd_data),
    .x10_o(x10), .x17_o(x17),
    .reg_we_i(reg_we), .reg_addr_i(reg_addr), .reg_data_i(reg_data),
    .input_valid_i, .input_ready_o, .input_data_i,
    .journal_valid_o, .journal_ready_i, .journal_data_o
  );

  core_retire u_retire (
    .clk_i, .rst_ni, .init_i(init), .init_index_i(init_index),
    .valid_i(wb_valid), .wb_i(wb), .lost_i(wb_lost),
    .ecall_valid_o(ecall_valid), .ecall_done_i(ecall_done), .ecall_abort_i(ecall_abort),
    .ecall_halt_i(ecall_halt), .ecall_fault_i(ecall_fault), .ecall_rd_we_i(ecall_rd_we),
    .ecall_rd_data_i(ecall_rd_data), .x10_i(x10), .x17_i(x17),
    .hold_o(wb_hold), .flush_o(flush), .restart_pc_o(restart_pc), .result_o(wb_result),
    .store_o(store), .miss_o(miss),
    .reg_we_o(reg_we), .reg_addr_o(reg_addr), .reg_data_o(reg_data),
    .halt_o(halt), .fault_o(fault), .fault_cause_o(fault_cause), .perf_o(perf_wb),
    .rvfi_valid_o, .rvfi_order_o, .rvfi_insn_o, .rvfi_trap_o, .rvfi_halt_o,
    .rvfi_rs1_addr_o, .rvfi_rs2_addr_o, .rvfi_rs1_rdata_o, .rvfi_rs2_rdata_o,
    .rvfi_rd_addr_o, .rvfi_rd_wdata_o, .rvfi_pc_rdata_o, .rvfi_pc_wdata_o,
    .rvfi_mem_addr_o, .rvfi_mem_rmask_o, .rvfi_mem_wmask_o, .rvfi_mem_rdata_o, .rvfi_mem_wdata_o
  );

  always_comb begin
    perf_event         = perf_wb;
    perf_event.running = run;
  end

  core_perf u_perf (
    .clk_i, .init_i(init), .event_i(perf_event),
    .cycles_o(perf_cycles_o), .instret_o(perf_instret_o), .lost_o(perf_lost)
  );

  assign perf_lost_branch_o   = perf_lost[LostBranch];
  assign perf_lost_load_use_o = perf_lost[LostLoadUse];
  assign perf_lost_multiply_o = perf_lost[LostMultiply];
  assign perf_lost_divide_o   = perf_lost[LostDivide];
  assign perf_lost_imiss_o    = perf_lost[LostImiss];
  assign perf_lost_dmiss_o    = perf_lost[LostDmiss];
  assign perf_lost_throttle_o = perf_lost[LostThrottle];
  assign perf_lost_ecall_o    = perf_lost[LostEcall];

  // One cache line a burst
  assign dbus_awlen_o   = 8'd3;
  assign dbus_awsize_o  = 3'd3;
  assign dbus_awburst_o = 2'b01;
  assign dbus_wstrb_o   = 8'hff;
  assign dbus_arlen_o   = 8'd3;
  assign dbus_arsize_o  = 3'd3;
  assign dbus_arburst_o = 2'b01;

  assign rvfi_intr_o = 1'b0;
  assign rvfi_mode_o = 2'b00;
  assign rvfi_ixl_o  = 2'b01;

  core_checks u_checks (
    .clk_i, .rst_ni, .start_i,
    .journal_valid_i(journal_valid_o), .journal_ready_i, .journal_data_i(journal_data_o),
    .ibus_arvalid_i(ibus_arvalid_o), .ibus_arready_i, .ibus_araddr_i(ibus_araddr_o),
    .dbus_awvalid_i(dbus_awvalid_o), .dbus_awready_i, .dbus_awaddr_i(dbus_awaddr_o),
    .dbus_wvalid_i(dbus_wvalid_o), .dbus_wready_i, .dbus_wdata_i(dbus_wdata_o),
    .dbus_wlast_i(dbus_wlast_o),
    .dbus_arvalid_i(dbus_arvalid_o), .dbus_arready_i, .dbus_araddr_i(dbus_araddr_o),
    .rvfi_valid_i(rvfi_valid_o), .rvfi_halt_i(rvfi_halt_o)
  );

  core_view u_view (
    .clk_i, .fetch_i(fetch_view),
    .id_valid_i(fetch_valid), .id_pc_i(fetch.pc),
    .ex_valid_i(ex_valid), .ex_stay_i(ex_hold), .ex_pc_i(ex.pc),
    .mem_valid_i(mem_valid), .mem_pc_i(mem.pc),
    .wb_valid_i(wb_valid), .wb_stay_i(wb_hold), .wb_pc_i(wb.pc), .retire_i(perf_wb.retire)
  );

  // The machine has no bus errors; burst lengths are counted.
  logic unused;
  assign unused = ^{ibus_rresp_i, ibus_rlast_i, dbus_bresp_i, dbus_rresp_i, dbus_rlast_i,
                    mem_base_i[27:0], ex_addr[31:28], ex_addr[1:0]};
endmodule
