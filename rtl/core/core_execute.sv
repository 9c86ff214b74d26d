// EX stage: ALU, address, branch resolution, first half of the multiplier, divider. One instruction a cycle; a division
// holds the stage. Every instruction's predicted next pc is checked here, whether it is a branch or not.
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

  logic        plant_mulh, plant_branch;
  prim_plant #(.Id(CoreMulhUnsigned)) u_plant_mulh (.active_o(plant_mulh));
  prim_plant #(.Id(CoreBranchUnsigned)) u_plant_branch (.active_o(plant_branch));

  // Arithmetic
  logic equal, less, div_done, hold;

  core_alu u_alu (
    .op_i(ex_i.ex.op), .subtract_i(ex_i.ex.subtract),
    .unsigned_cmp_i(ex_i.ex.unsigned_cmp | (plant_branch & ex_i.ex.branch)),
    .a_i(ex_i.a), .b_i(ex_i.b), .alt_i(ex_i.alt), .result_o, .equal_o(equal), .less_o(less)
  );

  core_mul u_mul (
    .clk_i,
    .a_signed_i(ex_i.ex.mul_a_signed & ~(plant_mulh & ex_i.ex.mul_b_signed)),
    .b_signed_i(ex_i.ex.mul_b_signed),
    .a_i(ex_i.a), .b_i(ex_i.b), .low_o(mul_low_o), .high_o(mul_high_o)
  );

  core_div u_div (
    .clk_i, .rst_ni, .start_i(valid_i & ex_i.ctrl.div), .kill_i(flush_i),
    .signed_i(ex_i.ex.div_signed), .remainder_i(ex_i.ex.div_remainder),
    .a_i(ex_i.a), .b_i(ex_i.b), .done_o(div_done), .result_o(div_result_o)
  );

  assign hold   = valid_i & ex_i.ctrl.div & ~div_done;
  assign hold_o = hold;
  assign addr_o = ex_i.a + ex_i.imm;

  // Branches. Direct targets were computed in ID; a JALR's prediction p is checked without the carry chain:
  // a + imm == p exactly if in each bit the sum bit that p implies agrees with the carry that p implies below.
  logic        taken, direct_match, jalr_match, mispredict;
  logic [31:2] p, half, carry;
  logic [2:0]  low_sum;

  assign p       = {4'd0, ex_i.pred_target};
  assign half    = ex_i.a[31:2] ^ ex_i.imm[31:2];
  assign carry   = (ex_i.a[31:2] & ex_i.imm[31:2]) | ((ex_i.a[31:2] | ex_i.imm[31:2]) & ~p);
  assign low_sum = {1'b0, ex_i.a[1:0]} + {1'b0, ex_i.imm[1:0]};

  assign direct_match = (ex_i.target[31:2] == p);
  assign jalr_match   = ((half ^ p) == {carry[30:2], low_sum[2]});
  assign taken        = ex_i.ex.jal | ex_i.ex.jalr |
                        (ex_i.ex.branch & ((ex_i.ex.cond_less ? less : equal) ^ ex_i.ex.cond_invert));

  always_comb begin
    mispredict = ex_i.pred_taken;
    if (ex_i.ex.jalr) mispredict = ~(ex_i.pred_taken & jalr_match);
    else if (taken)   mispredict = ~(ex_i.pred_taken & direct_match);
  end

  assign redirect_o    = valid_i & ~hold & mispredict;
  assign redirect_pc_o = ex_i.ex.jalr ? addr_o[31:2] : taken ? ex_i.target[31:2] : ex_i.pc4;

  // Update of the BTB: taken transfers enter, others only count down; an alias that is no transfer leaves.
  logic transfer;
  assign transfer = ex_i.ex.jal | ex_i.ex.jalr | ex_i.ex.branch;

  always_comb begin
    update_d.valid  = valid_i & ~hold & (taken | ex_i.btb_hit);
    update_d.pc     = ex_i.pc;
    update_d.target = taken ? redirect_pc_o[27:2] : ex_i.pred_target;
    update_d.keep   = transfer;
    update_d.count  = ex_i.btb_count;
    if (taken) begin
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
    mem_d.next_pc = redirect_pc_o;
    mem_d.ctrl    = ex_i.ctrl;
    mem_d.a       = ex_i.a;
    mem_d.b       = ex_i.b;
    mem_d.addr    = addr_o;
    mem_d.result  = result_o;
    if ((ex_i.ctrl.fault == 4'd0) & taken & (ex_i.ex.jalr ? addr_o[1] : ex_i.target[1])) begin
      mem_d.ctrl.fault = 4'(FaultJumpMisaligned);
    end
  end

  always_ff @(posedge clk_i) begin
    mem_q    <= mem_d;
    lost_q   <= flush_i ? LostDmiss : hold ? LostDivide : lost_i;
    update_q <= update_d;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= 1'b0;
    else         valid_q <= valid_i & ~hold & ~flush_i;
  end

  assign valid_o = valid_q;
  assign mem_o   = mem_q;
  assign lost_o  = lost_q;

  always_comb begin
    btb_update_o       = update_q;
    btb_update_o.valid = update_q.valid & valid_q;
  end

  logic unused;
  assign unused = ^{carry[31], low_sum[1:0]};
endmodule
