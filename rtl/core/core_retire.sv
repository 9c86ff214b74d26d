// WB stage: aligns loads, writes the register file, decides between retirement, fault and replay,
// and drives RVFI, one cycle later. At most one retirement a cycle. A data cache miss flushes and
// refetches the access itself.
module core_retire
  import core_pkg::*;
  import assay_abi_pkg::*;
  import assay_plant_pkg::*;
(
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic        init_i,
  input  logic [8:0]  init_index_i,

  input  logic        valid_i,
  input  wb_t         wb_i,
  input  lost_e       lost_i,

  // ECALL
  output logic        ecall_valid_o,
  input  logic        ecall_done_i,
  input  logic        ecall_abort_i,
  input  logic        ecall_halt_i,
  input  logic [3:0]  ecall_fault_i,
  input  logic        ecall_rd_we_i,
  input  logic [31:0] ecall_rd_data_i,
  input  logic [31:0] x10_i,
  input  logic [31:0] x17_i,

  output logic        hold_o,        // an ECALL waits
  output logic        flush_o,       // kills everything younger; fetch restarts at restart_pc_o
  output logic [31:2] restart_pc_o,
  output logic [31:0] result_o,      // for the bypass
  output logic        store_o,
  output logic        miss_o,

  output logic        reg_we_o,
  output logic [4:0]  reg_addr_o,
  output logic [31:0] reg_data_o,

  output logic        halt_o,
  output logic        fault_o,
  output logic [3:0]  fault_cause_o,
  output perf_event_t perf_o,        // running is not set here

  output logic        rvfi_valid_o,
  output logic [63:0] rvfi_order_o,
  output logic [31:0] rvfi_insn_o,
  output logic        rvfi_trap_o,
  output logic        rvfi_halt_o,
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
  output logic [31:0] rvfi_mem_wdata_o
);
  logic        is_ecall, replay, commit, trap, halt;
  logic [3:0]  cause;
  logic        rd_we;
  logic [4:0]  rd;
  logic [31:0] rd_data;

  logic [31:0] loaded;
  logic        plant_miss;
  prim_plant #(.Id(CoreMissCommits)) u_plant_miss (.active_o(plant_miss));

  core_align u_align (.align_i(wb_i.align), .word_i(wb_i.word), .value_o(loaded));
  assign result_o = wb_i.ctrl.load ? loaded : wb_i.result;

  // Outcome. A fault comes before a miss.
  assign is_ecall = wb_i.ctrl.ecall & (wb_i.ctrl.fault == 4'd0);
  assign cause    = is_ecall ? ecall_fault_i : wb_i.ctrl.fault;
  assign replay   = valid_i & (wb_i.ctrl.fault == 4'd0) & wb_i.miss;
  assign trap     = valid_i & (is_ecall ? ecall_done_i & (ecall_fault_i != 4'd0) :
                                          wb_i.ctrl.fault != 4'd0);
  assign commit   = valid_i & (wb_i.ctrl.fault == 4'd0) & (~wb_i.miss | plant_miss) &
                    (~wb_i.ctrl.ecall | (ecall_done_i & (ecall_fault_i == 4'd0)));
  assign halt     = commit & is_ecall & ecall_halt_i;

  assign ecall_valid_o = valid_i & is_ecall;
  assign hold_o        = ecall_valid_o & ~ecall_done_i & ~ecall_abort_i;
  assign flush_o       = replay | trap | halt | (ecall_valid_o & ecall_abort_i);
  assign restart_pc_o  = wb_i.pc;
  assign store_o       = commit & wb_i.ctrl.store;
  assign miss_o        = replay;
  assign halt_o        = halt;
  assign fault_o       = trap;
  assign fault_cause_o = cause;

  assign rd_we   = commit & (is_ecall ? ecall_rd_we_i : wb_i.ctrl.rd_we);
  assign rd      = is_ecall ? EcallRegArgument : wb_i.ctrl.rd;
  assign rd_data = is_ecall ? ecall_rd_data_i : result_o;

  // The sweep at start zeroes the registers.
  assign reg_we_o   = rd_we | init_i;
  assign reg_addr_o = init_i ? init_index_i[4:0] : rd;
  assign reg_data_o = init_i ? 32'd0 : rd_data;

  always_comb begin
    perf_o.running = 1'b0;
    perf_o.retire  = commit;
    perf_o.lost    = ~commit & ~trap;
    perf_o.cause   = lost_i;
    if (valid_i) perf_o.cause = is_ecall ? LostEcall : LostDmiss;
  end

  // RVFI: word-aligned addresses, masks and data in the word's lanes.
  logic [63:0] order_q;
  logic        valid_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= 1'b0;
    else         valid_q <= commit | trap;
  end

  always_ff @(posedge clk_i) begin
    if (init_i)       order_q <= 64'd0;
    else if (valid_q) order_q <= order_q + 64'd1;

    rvfi_insn_o      <= wb_i.insn;
    rvfi_trap_o      <= trap;
    rvfi_halt_o      <= trap | halt;
    rvfi_rs1_addr_o  <= is_ecall ? EcallRegFunction : wb_i.ctrl.use_rs1 ? wb_i.insn[19:15] : 5'd0;
    rvfi_rs2_addr_o  <= is_ecall ? EcallRegArgument : wb_i.ctrl.use_rs2 ? wb_i.insn[24:20] : 5'd0;
    rvfi_rs1_rdata_o <= is_ecall ? x17_i : wb_i.ctrl.use_rs1 ? wb_i.a : 32'd0;
    rvfi_rs2_rdata_o <= is_ecall ? x10_i : wb_i.ctrl.use_rs2 ? wb_i.b : 32'd0;
    rvfi_rd_addr_o   <= rd_we ? rd : 5'd0;
    rvfi_rd_wdata_o  <= rd_we ? rd_data : 32'd0;
    rvfi_pc_rdata_o  <= {wb_i.pc, 2'b00};
    rvfi_pc_wdata_o  <= halt ? HaltPc : {wb_i.next_pc, 2'b00};
    rvfi_mem_addr_o  <= {wb_i.addr[31:2], 2'b00} &
                        {32{(wb_i.ctrl.load | wb_i.ctrl.store) & commit}};
    rvfi_mem_rmask_o <= wb_i.mask & {4{wb_i.ctrl.load & commit}};
    rvfi_mem_wmask_o <= wb_i.mask & {4{wb_i.ctrl.store & commit}};
    rvfi_mem_rdata_o <= wb_i.word & {32{wb_i.ctrl.load & commit}};
    rvfi_mem_wdata_o <= wb_i.store_data & {32{wb_i.ctrl.store & commit}};
  end

  assign rvfi_valid_o = valid_q;
  assign rvfi_order_o = order_q;

  logic unused;
  assign unused = ^init_index_i[8:5];
endmodule
