// EX stage: ALU, address, branch resolution, first half of the multiplier, divider. One instruction
// a cycle; a division holds the stage. Every instruction's predicted next pc is checked here,
// whether it is a branch or not; the redirect of a JALR leaves from MEM.
module core_execute
  import core_pkg::*;
  import assay_abi_pkg::*;
  import assay_plant_pkg::*;
(
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        flush_i,

  input  logic        valid_i,
  input  ex_t         ex_i,
  input  lost_e       lost_i,
  output logic        hold_o,

  output logic [31:0] result_o,        // for the bypass
  output logic [31:0] addr_o,          // of a load or store
  output logic        redirect_o,
  output logic [31:2] redirect_pc_o,
  output btb_update_t btb_update_o,    // registered

  // MEM
  output logic        valid_o,
  output mem_t        mem_o,
  output lost_e       lost_o,
  output logic [31:0] mul_low_o,
  output logic [31:0] mul_high_o,
  output logic [31:0] div_result_o
);
  mem_t        mem_q, mem_d;
  logic        valid_q;
  lost_e       lost_q;
  btb_update_t update_q, update_d;

  logic        plant_mulh, plant_branch, plant_mulhsu, plant_target, plant_shadow;
  prim_plant #(.Id(CoreMulhUnsigned)) u_plant_mulh (.active_o(plant_mulh));
  prim_plant #(.Id(CoreBranchUnsigned)) u_plant_branch (.active_o(plant_branch));
  prim_plant #(.Id(CoreMulhsuSigned)) u_plant_mulhsu (.active_o(plant_mulhsu));
  prim_plant #(.Id(CoreJalrTargetTrusted)) u_plant_target (.active_o(plant_target));
  prim_plant #(.Id(CoreJalrShadowKept)) u_plant_shadow (.active_o(plant_shadow));

  // Arithmetic
  logic equal, less, div_done, hold, kill;

  core_alu u_alu (
    .op_i(ex_i.ex.op), .subtract_i(ex_i.ex.subtract),
    .unsigned_cmp_i(ex_i.ex.unsigned_cmp | (plant_branch & ex_i.ex.branch)),
    .a_i(ex_i.a), .b_i(ex_i.b), .alt_i(ex_i.alt), .result_o, .equal_o(equal), .less_o(less)
  );

  core_mul u_mul (
    .clk_i,
    .a_signed_i(ex_i.ex.mul_a_signed & ~(plant_mulh & ex_i.ex.mul_b_signed)),
    .b_signed_i(ex_i.ex.mul_b_signed | (plant_mulhsu & ex_i.ex.mul_a_signed)),
    .a_i(ex_i.a), .b_i(ex_i.b), .low_o(mul_low_o), .high_o(mul_high_o)
  );

  core_div u_div (
    .clk_i, .rst_ni, .start_i(valid_i & ex_i.ctrl.div), .kill_i(flush_i | kill),
    .signed_i(ex_i.ex.div_signed), .remainder_i(ex_i.ex.div_remainder),
    .a_i(ex_i.a), .b_i(ex_i.b), .done_o(div_done), .result_o(div_result_o)
  );

  assign hold   = valid_i & ex_i.ctrl.div & ~div_done & ~kill;
  assign hold_o = hold;
  assign addr_o = ex_i.a + ex_i.imm;

  // Branches. pred_taken without btb_hit is an alias in the BTB, wrong whatever the instruction is.
  // A hit belongs to this very instruction, so a direct target needs no compare. A JALR's target
  // does; its outcome waits for MEM.
  logic        condition, taken, mispredict, jalr_redirect_q;
  logic [31:2] target;

  assign condition  = (ex_i.ex.cond_less ? less : equal) ^ ex_i.ex.cond_invert;
  assign taken      = ex_i.ex.jal | (ex_i.ex.branch & condition);
  assign mispredict = ~ex_i.ex.jalr &
                      ((ex_i.pred_taken & ~ex_i.btb_hit) | (taken ^ ex_i.pred_taken));
  assign target     = ex_i.ex.jalr ? addr_o[31:2] : taken ? ex_i.target[31:2] : ex_i.pc4;

  assign redirect_o      = (valid_i & ~hold & mispredict) | kill;
  assign redirect_pc_o   = kill ? mem_q.next_pc : taken ? ex_i.target[31:2] : ex_i.pc4;
  assign kill            = valid_q & jalr_redirect_q;

  always_ff @(posedge clk_i) begin
    jalr_redirect_q <= ex_i.ex.jalr &
                       ~(ex_i.pred_taken &
                         ((addr_o[31:2] == {4'd0, ex_i.pred_target}) | plant_target));
  end

  // Update of the BTB: taken transfers enter, others only count down; an alias leaves.
  // A target of more than 28 bits would not fit, and is a fault anyway.

  always_comb begin
    update_d.valid  = (ex_i.ctrl.fault == 4'd0) &
                      (taken | ex_i.ex.jalr | ex_i.btb_hit | ex_i.pred_taken);
    update_d.pc     = ex_i.pc;
    update_d.target = (taken | ex_i.ex.jalr) ? target[27:2] : ex_i.pred_target;
    update_d.keep   = (taken | ex_i.ex.jalr) ? (target[31:28] == 4'd0) : ex_i.btb_hit;
    update_d.count  = ex_i.btb_count;
    if (taken | ex_i.ex.jalr) begin
      if (!ex_i.ex.branch)    update_d.count = 2'd3;
      else if (!ex_i.btb_hit) update_d.count = 2'd2;
      else if (!(&ex_i.btb_count)) update_d.count = ex_i.btb_count + 2'd1;
    end else if (|ex_i.btb_count) begin
      update_d.count = ex_i.btb_count - 2'd1;
    end
  end

  // EX/MEM
  always_comb begin
    mem_d.insn    = ex_i.insn;
    mem_d.pc      = ex_i.pc;
    mem_d.next_pc = target;
    mem_d.ctrl    = ex_i.ctrl;
    mem_d.a       = ex_i.a;
    mem_d.b       = ex_i.b;
    mem_d.addr    = addr_o;
    mem_d.result  = result_o;

    mem_d.align.is_byte   = (ex_i.ctrl.size == 2'd0);
    mem_d.align.is_word   = ex_i.ctrl.size[1];
    mem_d.align.extend    = ~ex_i.ctrl.size[1] & ~ex_i.ctrl.load_unsigned;
    mem_d.align.low       = ex_i.ctrl.size[1] ? 2'd0 : addr_o[1:0];
    mem_d.align.top       = {addr_o[1], ex_i.ctrl.size[0] | addr_o[0]};
    mem_d.align.high_half = ex_i.ctrl.size[0] & addr_o[1];

    if ((ex_i.ctrl.fault == 4'd0) & (ex_i.ex.jalr ? addr_o[1] : taken & ex_i.target[1])) begin
      mem_d.ctrl.fault = 4'(FaultJumpMisaligned);
    end
  end

  always_ff @(posedge clk_i) begin
    mem_q    <= mem_d;
    lost_q   <= flush_i ? LostDmiss : kill ? LostBranch : hold ? LostDivide : lost_i;
    update_q <= update_d;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= 1'b0;
    else         valid_q <= valid_i & ~hold & ~flush_i & ~(kill & ~plant_shadow);
  end

  assign valid_o = valid_q;
  assign mem_o   = mem_q;
  assign lost_o  = lost_q;

  always_comb begin
    btb_update_o       = update_q;
    btb_update_o.valid = update_q.valid & valid_q;
  end
endmodule
