// Any program, any prediction, any data: the core's stages from ID to RVFI, with a fetch that follows
// whatever it predicts and a data cache that may miss. What retires is what its word says it does,
// where the instruction before it says, with the registers that the ones before it left. Without
// ECALL, multiplications and divisions. Searched by: cargo xtask formal.
module formal_core
  import core_pkg::*;
(
  input logic        clk_i,
  input logic        fetch_valid_i,
  input fetch_t      fetch_i,
  input logic [31:0] word_i,      // what the data cache has
  input logic        hit_i,
  input logic        throttle_i,
  input logic [4:0]  register_i   // the one that is followed: the prover's choice
);

  logic begun_q, over_q;
  logic [4:0] register_q;

  initial begun_q = 1'b0;

  // Fetch: its pc is where the last instruction was predicted to go, unless the core knows better.
  logic [31:2] pc_q, redirect_pc, restart_pc;
  logic        fetch_ready, redirect, flush, fault;
  fetch_t      fetch;
  logic [31:0] insn, direct;

  always_comb begin
    fetch    = fetch_i;
    fetch.pc = pc_q;
  end

  assign insn   = fetch.insn;
  assign direct = {pc_q, 2'b00} +
                  (insn[3] ? {{12{insn[31]}}, insn[19:12], insn[20], insn[30:21], 1'b0}
                           : {{20{insn[31]}}, insn[7], insn[30:25], insn[11:8], 1'b0});

  always_comb begin
    assume (fetch.out_of_text == 1'b0);
    assume (insn[6:0] != 7'b1110011);
    assume ((insn[6:0] != 7'b0110011) || !insn[25]);
    // What a hit in the BTB means: the entry is this instruction's, so a direct target is right.
    assume (!fetch.btb_hit || !fetch.pred_taken || ((insn[6:0] != 7'b1100011) &&
            (insn[6:0] != 7'b1101111)) || ({4'd0, fetch.pred_target, 2'b00} == direct));
  end

  always_ff @(posedge clk_i) begin
    begun_q <= 1'b1;
    if (!begun_q) begin
      register_q <= register_i;
      pc_q       <= fetch_i.pc;
      over_q     <= 1'b0;
    end else begin
      if (flush)                             pc_q <= restart_pc;
      else if (redirect)                     pc_q <= redirect_pc;
      else if (fetch_valid_i && fetch_ready) pc_q <= fetch.pred_taken ?
                                                     {4'd0, fetch.pred_target} : pc_q + 30'd1;
      if (fault) over_q <= 1'b1;
    end
  end

  // The stages, wired as in assay_core
  ex_t         ex;
  mem_t        mem;
  wb_t         wb;
  lost_e       ex_lost, mem_lost, wb_lost;
  btb_update_t btb_update;
  perf_event_t perf;
  logic [4:0]  rs1, rs2, reg_addr;
  logic [31:0] rs1_data, rs2_data, ex_result, ex_addr, mem_result, mem_loaded, wb_result, reg_data;
  logic [31:0] mul_low, mul_high, div_result;
  logic        ex_valid, ex_hold, mem_valid, mem_late, wb_valid, wb_hold, store, miss, reg_we;
  logic        ecall_valid, halt;
  logic [3:0]  fault_cause;

  logic        valid, trap, rvfi_halt;
  logic [63:0] order;
  logic [31:0] word, a, b, c, pc, next_pc, address, mem_rdata, mem_wdata;
  logic [4:0]  a_addr, b_addr, c_addr;
  logic [3:0]  rmask, wmask;

  core_regfile u_regfile (
    .clk_i, .we_i(reg_we), .waddr_i(reg_addr), .wdata_i(reg_data),
    .raddr_a_i(rs1), .rdata_a_o(rs1_data), .raddr_b_i(rs2), .rdata_b_o(rs2_data)
  );

  core_issue u_issue (
    .clk_i, .rst_ni(begun_q), .hold_i(1'b0), .throttle_i, .dcache_busy_i(1'b0),
    .fetch_miss_i(1'b0), .valid_i(fetch_valid_i && begun_q && !over_q), .fetch_i(fetch),
    .ready_o(fetch_ready),
    .rs1_o(rs1), .rs2_o(rs2), .rs1_data_i(rs1_data), .rs2_data_i(rs2_data),
    .ex_hold_i(ex_hold), .redirect_i(redirect), .ex_result_i(ex_result),
    .ex_valid_o(ex_valid), .ex_o(ex), .ex_lost_o(ex_lost),
    .mem_valid_i(mem_valid), .mem_rd_we_i(mem.ctrl.rd_we), .mem_rd_i(mem.ctrl.rd),
    .mem_load_i(mem.ctrl.load), .mem_div_i(mem.ctrl.div), .mem_ecall_i(mem.ctrl.ecall),
    .mem_late_i(mem_late), .mem_result_i(mem_result), .mem_loaded_i(mem_loaded),
    .wb_valid_i(wb_valid), .wb_rd_we_i(wb.ctrl.rd_we), .wb_rd_i(wb.ctrl.rd),
    .wb_ecall_i(wb.ctrl.ecall), .wb_result_i(wb_result), .flush_i(flush)
  );

  core_execute u_execute (
    .clk_i, .rst_ni(begun_q), .flush_i(flush),
    .valid_i(ex_valid), .ex_i(ex), .lost_i(ex_lost), .hold_o(ex_hold),
    .result_o(ex_result), .addr_o(ex_addr), .redirect_o(redirect), .redirect_pc_o(redirect_pc),
    .btb_update_o(btb_update), .valid_o(mem_valid), .mem_o(mem), .lost_o(mem_lost),
    .mul_low_o(mul_low), .mul_high_o(mul_high), .div_result_o(div_result)
  );

  core_lsu u_lsu (
    .clk_i, .rst_ni(begun_q), .flush_i(flush), .wb_hold_i(wb_hold),
    .text_start_i('0), .text_end_i('0),
    .valid_i(mem_valid), .mem_i(mem), .lost_i(mem_lost),
    .mul_low_i('0), .mul_high_i('0), .div_result_i('0),
    .word_i, .hit_i, .late_o(mem_late), .result_o(mem_result), .loaded_o(mem_loaded),
    .store_i(store), .valid_o(wb_valid), .wb_o(wb), .lost_o(wb_lost)
  );

  // The first cycle zeroes x0, as the sweep at start does.
  core_retire u_retire (
    .clk_i, .rst_ni(begun_q), .init_i(!begun_q), .init_index_i('0),
    .valid_i(wb_valid), .wb_i(wb), .lost_i(wb_lost),
    .ecall_valid_o(ecall_valid), .ecall_done_i(1'b0), .ecall_abort_i(1'b0), .ecall_halt_i(1'b0),
    .ecall_fault_i('0), .ecall_rd_we_i(1'b0), .ecall_rd_data_i('0), .x10_i('0), .x17_i('0),
    .hold_o(wb_hold), .flush_o(flush), .restart_pc_o(restart_pc), .result_o(wb_result),
    .store_o(store), .miss_o(miss),
    .reg_we_o(reg_we), .reg_addr_o(reg_addr), .reg_data_o(reg_data),
    .halt_o(halt), .fault_o(fault), .fault_cause_o(fault_cause), .perf_o(perf),
    .rvfi_valid_o(valid), .rvfi_order_o(order), .rvfi_insn_o(word), .rvfi_trap_o(trap),
    .rvfi_halt_o(rvfi_halt), .rvfi_rs1_addr_o(a_addr), .rvfi_rs2_addr_o(b_addr),
    .rvfi_rs1_rdata_o(a), .rvfi_rs2_rdata_o(b), .rvfi_rd_addr_o(c_addr), .rvfi_rd_wdata_o(c),
    .rvfi_pc_rdata_o(pc), .rvfi_pc_wdata_o(next_pc), .rvfi_mem_addr_o(address),
    .rvfi_mem_rmask_o(rmask), .rvfi_mem_wmask_o(wmask), .rvfi_mem_rdata_o(mem_rdata),
    .rvfi_mem_wdata_o(mem_wdata)
  );

  // What the word says
  logic [31:0] imm_i, imm_s, imm_b, imm_j, right, result, target, lanes;
  logic [3:0]  bytes;
  logic        is_alu, is_load, is_store, is_branch, is_jal, is_jalr, is_upper, taken, writes;

  assign imm_i = {{20{word[31]}}, word[31:20]};
  assign imm_s = {{20{word[31]}}, word[31:25], word[11:7]};
  assign imm_b = {{20{word[31]}}, word[7], word[30:25], word[11:8], 1'b0};
  assign imm_j = {{12{word[31]}}, word[19:12], word[20], word[30:21], 1'b0};

  assign is_load   = (word[6:0] == 7'h03);
  assign is_store  = (word[6:0] == 7'h23);
  assign is_branch = (word[6:0] == 7'h63);
  assign is_jal    = (word[6:0] == 7'h6f);
  assign is_jalr   = (word[6:0] == 7'h67);
  assign is_alu    = (word[6:0] == 7'h13) || (word[6:0] == 7'h33);
  assign is_upper  = (word[6:0] == 7'h17) || (word[6:0] == 7'h37);
  assign writes    = is_load || is_alu || is_jal || is_jalr || is_upper;
  assign right     = word[5] ? b : imm_i;

  always_comb begin
    unique case (word[14:12])
      3'd0:    taken = (a == b);
      3'd1:    taken = (a != b);
      3'd4:    taken = ($signed(a) < $signed(b));
      3'd5:    taken = ($signed(a) >= $signed(b));
      3'd6:    taken = (a < b);
      default: taken = (a >= b);
    endcase

    target = pc + 32'd4;
    if (is_branch && taken) target = pc + imm_b;
    if (is_jal)             target = pc + imm_j;
    if (is_jalr)            target = (a + imm_i) & ~32'd1;

    // The byte, half or word at the address, moved down
    lanes = mem_rdata >> {a[1:0] + imm_i[1:0], 3'd0};
    bytes = ((word[13:12] == 2'd0) ? 4'b0001 : (word[13:12] == 2'd1) ? 4'b0011 : 4'b1111);

    result = '0;
    if (is_alu) begin
      unique case (word[14:12])
        3'd0:    result = (word[5] && word[30]) ? a - right : a + right;
        3'd1:    result = a << right[4:0];
        3'd2:    result = {31'd0, $signed(a) < $signed(right)};
        3'd3:    result = {31'd0, a < right};
        3'd4:    result = a ^ right;
        3'd5:    result = word[30] ? 32'($signed(a) >>> right[4:0]) : a >> right[4:0];
        3'd6:    result = a | right;
        default: result = a & right;
      endcase
    end
    if (is_upper)          result = {word[31:12], 12'd0} + (word[5] ? 32'd0 : pc);
    if (is_jal || is_jalr) result = pc + 32'd4;
    if (is_load) begin
      unique case (word[14:12])
        3'd0:    result = {{24{lanes[7]}}, lanes[7:0]};
        3'd1:    result = {{16{lanes[15]}}, lanes[15:0]};
        3'd4:    result = {24'd0, lanes[7:0]};
        3'd5:    result = {16'd0, lanes[15:0]};
        default: result = lanes;
      endcase
    end
  end

  // What is read and written, and where
  logic        done, result_ok, pc_ok, load_ok, store_ok, operands_ok, zero_ok, chain_ok;
  logic [31:0] read_at, written_at, stored;
  logic        known_q, value_known_q;
  logic [31:0] value_q, last_pc_q;

  assign done       = valid && !trap;
  assign read_at    = a + imm_i;
  assign written_at = a + imm_s;
  assign stored     = mem_wdata >> {written_at[1:0], 3'd0};

  assign result_ok = !done || (c_addr == (writes ? word[11:7] : 5'd0)) &&
                     ((c_addr == 5'd0) ? (c == 32'd0) : (c == result));
  assign pc_ok     = !done || (next_pc == target);
  assign load_ok   = !done || (rmask == (is_load ? bytes << read_at[1:0] : 4'd0)) &&
                     (!is_load || (address == {read_at[31:2], 2'b00}));
  assign store_ok  = !done || (wmask == (is_store ? bytes << written_at[1:0] : 4'd0)) &&
                     (!is_store || ((address == {written_at[31:2], 2'b00}) &&
                      (stored[7:0] == b[7:0]) && ((word[13:12] == 2'd0) ||
                      (stored[15:8] == b[15:8])) && (!word[13] || (stored == b))));
  assign zero_ok   = !done || (((a_addr != 5'd0) || (a == 32'd0)) &&
                               ((b_addr != 5'd0) || (b == 32'd0)));
  assign operands_ok = !done || !value_known_q ||
                       (((a_addr != register_q) || (a == value_q)) &&
                        ((b_addr != register_q) || (b == value_q)));
  assign chain_ok  = !valid || !known_q || (pc == last_pc_q);

  always_ff @(posedge clk_i) begin
    if (!begun_q) begin
      known_q       <= 1'b0;
      value_known_q <= 1'b0;
    end else if (done) begin
      known_q   <= 1'b1;
      last_pc_q <= next_pc;
      if ((c_addr == register_q) && (c_addr != 5'd0)) begin
        value_known_q <= 1'b1;
        value_q       <= c;
      end
    end
  end

  prim_check u_result (.clk_i, .rst_ni(begun_q), .ok_i(result_ok));
  prim_check u_pc (.clk_i, .rst_ni(begun_q), .ok_i(pc_ok));
  prim_check u_load (.clk_i, .rst_ni(begun_q), .ok_i(load_ok));
  prim_check u_store (.clk_i, .rst_ni(begun_q), .ok_i(store_ok));
  prim_check u_zero (.clk_i, .rst_ni(begun_q), .ok_i(zero_ok));
  prim_check u_operands (.clk_i, .rst_ni(begun_q), .ok_i(operands_ok));
  prim_check u_chain (.clk_i, .rst_ni(begun_q), .ok_i(chain_ok));

endmodule
