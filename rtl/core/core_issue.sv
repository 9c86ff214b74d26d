// ID stage: decode, register file, operand bypass at the end of the stage, hazards. One instruction
// a cycle. Operands come, nearest first, from EX (ALU result), MEM (result, low product, word
// load), WB, or the register file.
module core_issue
  import core_pkg::*;
  import assay_plant_pkg::*;
(
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic        hold_i,        // nothing issues: not running, or stopping
  input  logic        throttle_i,
  input  logic        dcache_busy_i,
  input  logic        fetch_miss_i,

  input  logic        valid_i,
  input  fetch_t      fetch_i,
  output logic        ready_o,

  output logic [4:0]  rs1_o,
  output logic [4:0]  rs2_o,
  input  logic [31:0] rs1_data_i,
  input  logic [31:0] rs2_data_i,

  // EX
  input  logic        ex_hold_i,
  input  logic        redirect_i,
  input  logic [31:0] ex_result_i,
  output logic        ex_valid_o,
  output ex_t         ex_o,
  output lost_e       ex_lost_o,
  // MEM
  input  logic        mem_valid_i,
  input  logic        mem_rd_we_i,
  input  logic [4:0]  mem_rd_i,
  input  logic        mem_load_i,
  input  logic        mem_div_i,
  input  logic        mem_ecall_i,
  input  logic        mem_late_i,    // result not before WB
  input  logic [31:0] mem_result_i,
  input  logic [31:0] mem_loaded_i,    // straight from the data cache
  // WB
  input  logic        wb_valid_i,
  input  logic        wb_rd_we_i,
  input  logic [4:0]  wb_rd_i,
  input  logic        wb_ecall_i,
  input  logic [31:0] wb_result_i,
  input  logic        flush_i
);
  ex_ctrl_t    ex_ctrl;
  ctrl_t       ctrl;
  logic        use_imm, alt_link, alt_upper, serialise;
  logic [31:0] imm, offset;
  logic        ex_valid_q;
  ex_t         ex_q, ex_d;
  lost_e       lost_q, lost_d, front_q, front_d;

  core_decode u_decode (
    .insn_i(fetch_i.insn), .out_of_text_i(fetch_i.out_of_text),
    .ex_o(ex_ctrl), .ctrl_o(ctrl), .use_imm_o(use_imm),
    .alt_link_o(alt_link), .alt_upper_o(alt_upper),
    .imm_o(imm), .offset_o(offset), .serialise_o(serialise)
  );

  logic plant_1, plant_2, plant_3, plant_use, plant_late, plant_throttle;
  prim_plant #(.Id(CoreBypassLost1)) u_plant_1 (.active_o(plant_1));
  prim_plant #(.Id(CoreBypassLost2)) u_plant_2 (.active_o(plant_2));
  prim_plant #(.Id(CoreBypassLost3)) u_plant_3 (.active_o(plant_3));
  prim_plant #(.Id(CoreLoadUseMissed)) u_plant_use (.active_o(plant_use));
  prim_plant #(.Id(CoreLateUseMissed)) u_plant_late (.active_o(plant_late));
  prim_plant #(.Id(CoreThrottleIgnored)) u_plant_throttle (.active_o(plant_throttle));

  // Who writes what ID reads
  logic ex_writes, mem_writes, wb_writes, ex_slow;
  logic ex_a, ex_b, mem_a, mem_b, wb_a, wb_b;

  assign rs1_o      = fetch_i.insn[19:15];
  assign rs2_o      = fetch_i.insn[24:20];
  assign ex_writes  = ex_valid_q & ex_q.ctrl.rd_we;
  assign mem_writes = mem_valid_i & mem_rd_we_i;
  assign wb_writes  = wb_valid_i & wb_rd_we_i;
  assign ex_slow    = (ex_q.ctrl.load & ~plant_use) | ex_q.ctrl.mul | ex_q.ctrl.mulh |
                      ex_q.ctrl.div;

  assign ex_a  = ex_writes & (ex_q.ctrl.rd == rs1_o);
  assign ex_b  = ex_writes & (ex_q.ctrl.rd == rs2_o);
  assign mem_a = mem_writes & (mem_rd_i == rs1_o);
  assign mem_b = mem_writes & (mem_rd_i == rs2_o);
  assign wb_a  = wb_writes & (wb_rd_i == rs1_o);
  assign wb_b  = wb_writes & (wb_rd_i == rs2_o);

  // Hazards
  logic hazard_ex, hazard_mem, ecall_block, stall, issue;

  assign hazard_ex  = ex_slow & ((ctrl.use_rs1 & ex_a) | (ctrl.use_rs2 & ex_b));
  assign hazard_mem = mem_late_i & ~plant_late &
                      ((ctrl.use_rs1 & mem_a & ~ex_a) | (ctrl.use_rs2 & mem_b & ~ex_b));
  assign ecall_block = (serialise & (ex_valid_q | mem_valid_i | wb_valid_i)) |
                       (ex_valid_q & ex_q.ctrl.ecall) | (mem_valid_i & mem_ecall_i) |
                       (wb_valid_i & wb_ecall_i);
  assign stall   = hazard_ex | hazard_mem | ecall_block | (throttle_i & ~plant_throttle) |
                   dcache_busy_i | hold_i | ex_hold_i;
  assign issue   = valid_i & ~stall;
  assign ready_o = issue;

  // Operands. The late ones, the ALU's result and the load's value, pass one multiplexer.
  logic [31:0] base_a, base_b, late_a, late_b;

  always_comb begin
    base_a = rs1_data_i;
    if (wb_a & ~plant_3)  base_a = wb_result_i;
    if (mem_a & ~plant_2) base_a = mem_result_i;

    base_b = rs2_data_i;
    if (wb_b & ~plant_3)  base_b = wb_result_i;
    if (mem_b & ~plant_2) base_b = mem_result_i;
    if (use_imm)         base_b = imm;
  end

  core_late_mux u_late_a (
    .use_ex_i(ex_a & ~plant_1), .use_load_i(mem_a & mem_load_i & ~plant_2),
    .ex_i(ex_result_i), .load_i(mem_loaded_i), .base_i(base_a), .data_o(late_a)
  );
  core_late_mux u_late_b (
    .use_ex_i(ex_b & ~use_imm & ~plant_1), .use_load_i(mem_b & mem_load_i & ~use_imm & ~plant_2),
    .ex_i(ex_result_i), .load_i(mem_loaded_i), .base_i(base_b), .data_o(late_b)
  );

  always_comb begin
    ex_d.insn        = fetch_i.out_of_text ? 32'd0 : fetch_i.insn;
    ex_d.pc          = fetch_i.pc;
    ex_d.pc4         = fetch_i.pc + 30'd1;
    ex_d.btb_hit     = fetch_i.btb_hit;
    ex_d.pred_taken  = fetch_i.pred_taken;
    ex_d.btb_count   = fetch_i.btb_count;
    ex_d.pred_target = fetch_i.pred_target;
    ex_d.ex          = ex_ctrl;
    ex_d.ctrl        = ctrl;
    ex_d.imm         = imm;
    ex_d.target      = {fetch_i.pc, 2'b00} + offset;
    ex_d.alt         = alt_link ? {ex_d.pc4, 2'b00} : alt_upper ? imm : ex_d.target;

    ex_d.a = late_a;
    ex_d.b = late_b;
  end

  // Why nothing issues
  function automatic lost_e hazard_cause(logic load, logic div);
    return load ? LostLoadUse : div ? LostDivide : LostMultiply;
  endfunction

  always_comb begin
    front_d = front_q;
    if (flush_i)           front_d = LostDmiss;
    else if (redirect_i)   front_d = LostBranch;
    else if (fetch_miss_i) front_d = LostImiss;

    lost_d = LostNone;
    if (flush_i)            lost_d = LostDmiss;
    else if (redirect_i)    lost_d = LostBranch;
    else if (throttle_i)    lost_d = LostThrottle;
    else if (dcache_busy_i) lost_d = LostDmiss;
    else if (!valid_i)      lost_d = fetch_miss_i ? LostImiss : front_q;
    else if (ecall_block)   lost_d = LostEcall;
    else if (hazard_ex)     lost_d = hazard_cause(ex_q.ctrl.load, ex_q.ctrl.div);
    else if (hazard_mem)    lost_d = hazard_cause(mem_load_i, mem_div_i);
  end

  always_ff @(posedge clk_i) begin
    if (!ex_hold_i) begin
      ex_q   <= ex_d;
      lost_q <= lost_d;
    end
    front_q <= hold_i ? LostImiss : front_d;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni)         ex_valid_q <= 1'b0;
    else if (flush_i)    ex_valid_q <= 1'b0;
    else if (!ex_hold_i) ex_valid_q <= issue & ~redirect_i;
  end

  assign ex_valid_o = ex_valid_q;
  assign ex_o       = ex_q;
  assign ex_lost_o  = lost_q;
endmodule
