// RVFI to normalised retirements: operands by the instruction word, values by the shadow registers,
// address = rs1 + imm, fault cause, and the check of everything that the core reports of registers.
// Takes one a cycle, never stalls. Latency 5 cycles to push_o. A halt, a fault and a stop push one
// more entry, the end. Proved by: tests of the trace unit.
module trace_normalise
  import trace_pkg::*;
  import assay_abi_pkg::*;
  import assay_plant_pkg::*;
(
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        start_i,

  input  logic [31:0] entry_pc_i,
  input  logic [17:0] text_start_i,
  input  logic [18:0] text_end_i,
  input  logic [31:0] input_len_i,
  input  logic        stopped_i,

  input  logic        valid_i,
  input  rvfi_t       rvfi_i,

  output logic        push_o,
  output ctrl_t       ctrl_o,
  output payload_t    payload_o,
  output logic        stray_o       // sticky: a retirement after the end
);

  // Cycles without a retirement before a stop is believed: a foreign core may report late.
  localparam int unsigned StopQuiet = 16;

  // S0: registered input. S1: decode.
  logic    s1_valid_q, s2_valid_q, s3_valid_q, s4_valid_q;
  rvfi_t   s1_q, s2_q, s3_q;
  decode_t s1_dec, s2_dec_q, s3_dec_q;
  logic    active_q; // between start and the session's end

  trace_decode u_decode (.insn_i(s1_q.insn), .decode_o(s1_dec));

  // S2: shadow registers, ECALLs.
  logic [31:0] s2_a, s2_b, s2_c, s3_a_q, s3_b_q, s3_c_q;
  logic        s2_take, s2_write, s2_mismatch, s3_mismatch_q, s2_ends;
  logic [3:0]  x17_call_q;  // one bit a call, decoded when x17 is written
  logic        call_halt, call_read, call_left, call_commit;
  logic        s3_call_known_q, s3_call_read_q, s3_call_commit_q, s3_call_halt_q, s3_input_left_q;
  logic [63:0] order_q;
  logic [31:0] input_words_q, next_pc_q;

  assign call_halt   = s2_dec_q.ecall && x17_call_q[0];
  assign call_read   = s2_dec_q.ecall && x17_call_q[1];
  assign call_left   = s2_dec_q.ecall && x17_call_q[2];
  assign call_commit = s2_dec_q.ecall && x17_call_q[3];
  assign s2_take     = s2_valid_q && active_q;
  assign s2_ends     = s2_take && (s2_q.trap || call_halt);
  assign s2_write    = s2_take && !s2_q.trap && s2_dec_q.use_c && !s2_dec_q.store &&
                       (!s2_dec_q.ecall || call_read || call_left);

  trace_registers u_registers (
    .clk_i, .rst_ni, .clear_i(start_i),
    .a_addr_i(s2_dec_q.rs1), .a_data_o(s2_a),
    .b_addr_i(s2_dec_q.rs2), .b_data_o(s2_b),
    .c_addr_i(s2_dec_q.rd), .c_data_o(s2_c),
    .w_en_i(s2_write && (s2_dec_q.rd != 5'd0)), .w_addr_i(s2_dec_q.rd), .w_data_i(s2_q.rd_wdata)
  );

  // What can be said without memory. Register operands follow a cycle later, in S3.
  always_comb begin
    s2_mismatch = (s2_q.order != order_q) || (s2_q.pc_rdata != next_pc_q) ||
                  (s2_q.halt != (s2_q.trap || call_halt));
    if (!s2_q.trap) begin
      if (s2_dec_q.has_rd && (s2_q.rd_addr != s2_dec_q.rd)) s2_mismatch = 1'b1;
      if (s2_dec_q.has_rd && (s2_dec_q.rd == 5'd0) && (s2_q.rd_wdata != '0)) s2_mismatch = 1'b1;
      if (call_left && (s2_q.rd_wdata != input_len_i - input_words_q)) s2_mismatch = 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (valid_i) s1_q <= rvfi_i;
    if (s1_valid_q) begin
      s2_q     <= s1_q;
      s2_dec_q <= s1_dec;
    end
    if (s2_valid_q) begin
      s3_q     <= s2_q;
      s3_dec_q <= s2_dec_q;
      s3_a_q   <= s2_a;
      s3_b_q   <= s2_b;
      s3_c_q   <= s2_c;
      s3_mismatch_q    <= s2_mismatch;
      s3_call_known_q  <= |x17_call_q;
      s3_call_halt_q   <= call_halt;
      s3_call_read_q   <= call_read;
      s3_call_commit_q <= call_commit;
      s3_input_left_q  <= (input_words_q != input_len_i);
    end
    if (s2_write && (s2_dec_q.rd == EcallRegFunction)) begin
      x17_call_q <= {s2_q.rd_wdata == EcallCommit, s2_q.rd_wdata == EcallLeft,
                          s2_q.rd_wdata == EcallRead, s2_q.rd_wdata == EcallHalt};
    end
    if (s2_take) begin
      order_q   <= order_q + 64'd1;
      next_pc_q <= s2_q.pc_wdata;
      if (call_read && !s2_q.trap) input_words_q <= input_words_q + 32'd1;
    end
    if (start_i) begin
      x17_call_q    <= 4'b0001; // x17 is 0: halt
      order_q       <= '0;
      input_words_q <= '0;
      next_pc_q     <= entry_pc_i;
    end
  end

  // S3: address, comparison with the reported operands.
  logic [31:0] s3_target, s3_rdata, s3_wdata, s3_lanes;
  logic [3:0]  s3_rmask, s3_wmask, s3_bytes, s4_lane_mask_q;
  logic        s3_differs, plant_address;
  logic [1:0]  s3_lane;

  prim_plant #(.Id(TraceAddressTrusted)) u_plant_address (.active_o(plant_address));


  assign s3_target = s3_a_q + s3_dec_q.imm;
  // Bytes in the word's lanes, whether the core's address is that of the word or of the byte.
  assign s3_rdata  = s3_q.mem_rdata << {s3_q.mem_addr[1:0], 3'b000};
  assign s3_wdata  = s3_q.mem_wdata << {s3_q.mem_addr[1:0], 3'b000};
  assign s3_lane   = plant_address ? s3_q.mem_addr[1:0] : s3_target[1:0];
  assign s3_rmask  = s3_q.mem_rmask << s3_q.mem_addr[1:0];
  assign s3_wmask  = s3_q.mem_wmask << s3_q.mem_addr[1:0];

  always_comb begin
    unique case (s3_dec_q.size)
      2'd0:    s3_lanes = {4{s3_b_q[7:0]}};
      2'd1:    s3_lanes = {2{s3_b_q[15:0]}};
      default: s3_lanes = s3_b_q;
    endcase
    unique case (s3_dec_q.size)
      2'd0:    s3_bytes = 4'b0001 << s3_lane;
      2'd1:    s3_bytes = s3_lane[1] ? 4'b1100 : 4'b0011;
      default: s3_bytes = 4'b1111;
    endcase

    s3_differs = s3_mismatch_q;
    if (!s3_q.trap && !s3_dec_q.ecall) begin
      if (s3_dec_q.use_a && (s3_q.rs1_rdata != s3_a_q)) s3_differs = 1'b1;
      if (s3_dec_q.use_b && !s3_dec_q.load && (s3_q.rs2_rdata != s3_b_q)) s3_differs = 1'b1;
    end
  end

  // S4: fault cause, the address and the stored bytes compared.
  rvfi_t       s4_q;
  decode_t     s4_dec_q;
  logic [31:0] s4_a_q, s4_b_q, s4_c_q, s4_target_q, s4_rdata_q, s4_lanes_q;
  logic        s4_differs_q, s4_addr_differs_q, s4_pc_in_text_q, s4_mem_in_text_q;
  logic        s4_call_known_q, s4_call_read_q, s4_call_commit_q, s4_call_halt_q, s4_input_left_q;
  logic [3:0]  s4_wrong_q, cause;
  logic        s4_bad_trap;

  always_ff @(posedge clk_i) begin
    if (s3_valid_q) begin
      s4_q              <= s3_q;
      s4_dec_q          <= s3_dec_q;
      s4_a_q            <= s3_a_q;
      s4_b_q            <= s3_b_q;
      s4_c_q            <= s3_c_q;
      s4_target_q       <= s3_target;
      s4_rdata_q        <= s3_rdata;
      s4_lanes_q        <= s3_lanes;
      s4_lane_mask_q    <= s3_dec_q.store ? s3_bytes : s3_rmask;
      s4_differs_q      <= s3_differs;
      s4_addr_differs_q <= (s3_target[31:2] != s3_q.mem_addr[31:2]);
      for (int unsigned i = 0; i < 4; i++) begin
        s4_wrong_q[i] <= s3_wmask[i] && s3_bytes[i] && (s3_wdata[8*i +: 8] != s3_lanes[8*i +: 8]);
      end
      s4_pc_in_text_q  <= (s3_q.pc_rdata[31:28] == '0) && (s3_q.pc_rdata[27:10] >= text_start_i) &&
                          ({1'b0, s3_q.pc_rdata[27:10]} < text_end_i);
      s4_mem_in_text_q <= (s3_target[27:10] >= text_start_i) &&
                          ({1'b0, s3_target[27:10]} < text_end_i);
      s4_call_known_q  <= s3_call_known_q;
      s4_call_halt_q   <= s3_call_halt_q;
      s4_call_read_q   <= s3_call_read_q;
      s4_call_commit_q <= s3_call_commit_q;
      s4_input_left_q  <= s3_input_left_q;
    end
  end

  trace_fault u_fault (
    .decode_i(s4_dec_q), .taken_i(s4_q.trap), .pc_in_text_i(s4_pc_in_text_q),
    .mem_in_text_i(s4_mem_in_text_q),
    .target_i(s4_target_q), .call_known_i(s4_call_known_q), .call_read_i(s4_call_read_q),
    .input_left_i(s4_input_left_q), .cause_o(cause)
  );

  assign s4_bad_trap = (s4_q.trap != (cause != 4'd0));

  // S5: the entry, or the end that follows a halt or a stop.
  logic                         halting_q, stop_now;
  logic [$clog2(StopQuiet):0]   quiet_q;
  logic [31:0]                  end_pc_q, exit_code_q;
  ctrl_t                        ctrl_d, ctrl_q;
  payload_t                     payload_d, payload_q;
  logic                         push_q;

  assign stop_now = active_q && stopped_i && (quiet_q == ($clog2(StopQuiet) + 1)'(StopQuiet));

  always_comb begin
    ctrl_d    = '0;
    payload_d = '0;
    if (s4_valid_q) begin
      payload_d.pc       = s4_q.pc_rdata;
      payload_d.insn     = s4_q.insn;
      payload_d.mismatch = s4_differs_q || s4_bad_trap;
      payload_d.is_end   = s4_q.trap;
      if (s4_q.trap) begin
        ctrl_d.is_end    = 1'b1;
        payload_d.status = StatusFaulted[1:0];
        payload_d.cause  = cause;
      end else begin
        ctrl_d.load      = s4_dec_q.load;
        ctrl_d.store     = s4_dec_q.store;
        ctrl_d.commit    = s4_call_commit_q;
        ctrl_d.word_addr = s4_target_q[27:2];

        payload_d.use_a         = s4_dec_q.use_a;
        payload_d.use_b         = s4_dec_q.use_b;
        payload_d.use_c         = s4_dec_q.use_c;
        payload_d.load          = s4_dec_q.load;
        payload_d.store         = s4_dec_q.store;
        payload_d.load_unsigned = s4_dec_q.load_unsigned;
        payload_d.size          = s4_dec_q.size;
        payload_d.from_text     = s4_dec_q.load && s4_mem_in_text_q;
        payload_d.commit        = s4_call_commit_q;
        payload_d.read          = s4_call_read_q;
        payload_d.rs1           = s4_dec_q.rs1;
        payload_d.rs2           = s4_dec_q.rs2;
        payload_d.rd            = s4_dec_q.rd;
        payload_d.next_pc       = s4_q.pc_wdata;
        payload_d.lane_mask     = s4_lane_mask_q;
        // Operands as the core reports them: where they differ from the shadow, the record shows
        // what the core worked with.
        if (s4_dec_q.use_a) payload_d.a = s4_dec_q.ecall ? s4_a_q : s4_q.rs1_rdata;
        if (s4_dec_q.load) payload_d.b = s4_rdata_q;
        else if (s4_dec_q.use_b) payload_d.b = s4_dec_q.ecall ? s4_b_q : s4_q.rs2_rdata;
        if (s4_dec_q.store) begin
          payload_d.c_new = s4_lanes_q;
        end else if (s4_dec_q.use_c) begin
          payload_d.c_old = s4_c_q;
          payload_d.c_new = (s4_call_halt_q || s4_call_commit_q) ? s4_c_q : s4_q.rd_wdata;
        end
        if (s4_dec_q.load || s4_dec_q.store) begin
          payload_d.mem_addr = s4_target_q[27:0];
          if (s4_addr_differs_q || (s4_dec_q.store && (s4_wrong_q != '0))) begin
            payload_d.mismatch = 1'b1;
          end
        end
      end
    end else begin
      ctrl_d.is_end    = 1'b1;
      payload_d.is_end = 1'b1;
      payload_d.pc     = end_pc_q;
      payload_d.status = halting_q ? StatusHalted[1:0] : StatusStopped[1:0];
      payload_d.a      = halting_q ? exit_code_q : '0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (s4_valid_q || halting_q || stop_now) begin
      ctrl_q    <= ctrl_d;
      payload_q <= payload_d;
    end
    if (s4_valid_q) begin
      end_pc_q    <= s4_q.pc_wdata;
      exit_code_q <= s4_b_q;
    end
    if (start_i) end_pc_q <= entry_pc_i; // where a stop before the first retirement lies
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      s1_valid_q <= 1'b0;
      s2_valid_q <= 1'b0;
      s3_valid_q <= 1'b0;
      s4_valid_q <= 1'b0;
      active_q   <= 1'b0;
      halting_q  <= 1'b0;
      push_q     <= 1'b0;
      quiet_q    <= '0;
      stray_o    <= 1'b0;
    end else begin
      s1_valid_q <= valid_i;
      s2_valid_q <= s1_valid_q;
      s3_valid_q <= s2_take;
      s4_valid_q <= s3_valid_q;
      halting_q  <= s4_valid_q && s4_call_halt_q && !s4_q.trap;
      push_q     <= s4_valid_q || halting_q || stop_now;
      if (s2_ends || stop_now) active_q <= 1'b0;
      if (s2_valid_q && !active_q) stray_o <= 1'b1;
      if (!stopped_i || valid_i)                                 quiet_q <= '0;
      else if (quiet_q != ($clog2(StopQuiet) + 1)'(StopQuiet))   quiet_q <= quiet_q + 1'b1;
      if (start_i) begin
        s1_valid_q <= 1'b0;
        s2_valid_q <= 1'b0;
        s3_valid_q <= 1'b0;
        s4_valid_q <= 1'b0;
        halting_q  <= 1'b0;
        push_q     <= 1'b0;
        active_q   <= 1'b1;
        stray_o    <= 1'b0;
        quiet_q    <= '0;
      end
    end
  end

  assign push_o    = push_q;
  assign ctrl_o    = ctrl_q;
  assign payload_o = payload_q;

  logic unused_bits;
  assign unused_bits = ^{s4_q.order, s4_q.halt, s4_q.rd_addr, s4_q.mem_addr, s4_q.mem_rmask,
                         s4_q.mem_wmask, s4_q.mem_rdata, s4_q.mem_wdata, s4_target_q[31:28],
                         StatusFaulted[7:2],
                         StatusHalted[7:2], StatusStopped[7:2]};

endmodule
