// A session of a foreign core: resets it at start, hides the retirements of its boot code, ends at
// its first trap. An ECALL that finds 0 in x17 is the machine's halt: the trap becomes a last
// retirement. Any other trap is a fault. RVFI passes in one cycle, else as the core says it.
//
// A stop holds fetch and waits until nothing has retired for StopQuiet cycles. Proved by:
// sim/tests/cores.rs.
module wrap_session
  import wrap_pkg::*;
  import assay_abi_pkg::*;
#(
  parameter int unsigned ResetCycles = 8,
  parameter int unsigned StopQuiet   = 255   // longer than any instruction without fetch
) (
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic        start_i,
  input  logic        stop_i,
  input  logic        idle_i,        // both memory ports are at rest

  output logic        core_rst_no,
  output logic        clear_o,       // of what was fetched for the session before
  output logic        hold_o,        // fetch no more

  input  logic        valid_i,
  input  rvfi_t       rvfi_i,
  output logic        valid_o,
  output rvfi_t       rvfi_o,

  output logic        running_o,
  output logic        halted_o,
  output logic        faulted_o,
  output logic        stopped_o,
  output logic [7:0]  fault_cause_o,
  output logic [31:0] fault_pc_o,
  output logic [31:0] exit_code_o,
  output logic [47:0] cycles_o,
  output logic [47:0] instret_o
);
  localparam logic [31:0] Ecall  = 32'h0000_0073;
  localparam logic [31:0] Ebreak = 32'h0010_0073;
  localparam logic [31:0] BootEnd = 32'hffff_fffc;

  typedef enum logic [2:0] {StIdle, StReset, StRun, StDrain, StEnded} state_e;
  typedef enum logic [1:0] {EndHalt, EndFault, EndStop} end_e;

  state_e      state_q, state_d;
  end_e        end_q, end_d;
  logic [7:0]  count_q;              // of the reset, and of quiet cycles
  logic        booted_q, stopping_q, valid_q;
  logic [63:0] base_q;               // order number of the program's first instruction
  logic [31:0] x10_q, x17_q, fault_pc_q;
  logic [7:0]  cause_q, cause;
  rvfi_t       rvfi_d, rvfi_q;
  logic        retire, halt, fault;
  logic [47:0] cycles_q, instret_q;

  assign retire = valid_i && booted_q && (state_q == StRun);
  assign halt   = retire && rvfi_i.trap && (rvfi_i.insn == Ecall) && (x17_q == EcallHalt);
  assign fault  = retire && rvfi_i.trap && !halt;

  // A trap's cause by its instruction. What a core does not trap on it does not get here.
  always_comb begin
    unique case (rvfi_i.insn[6:0])
      7'h03:   cause = FaultLoadMisaligned;
      7'h23:   cause = FaultStoreMisaligned;
      default: cause = FaultIllegalInstruction;
    endcase
    if (rvfi_i.insn == Ebreak) cause = FaultBreakpoint;
    if (rvfi_i.insn == Ecall) begin
      cause = (x17_q == EcallRead) ? FaultInputExhausted : FaultUnknownEcall;
    end
  end

  always_comb begin
    rvfi_d       = rvfi_i;
    rvfi_d.order = rvfi_i.order - base_q;
    rvfi_d.trap  = fault;
    rvfi_d.halt  = fault || halt;
    if (rvfi_i.trap) begin
      rvfi_d.rd_addr   = 5'd0;
      rvfi_d.rd_wdata  = 32'd0;
      rvfi_d.mem_rmask = 4'd0;
      rvfi_d.mem_wmask = 4'd0;
    end
    if (halt) rvfi_d.pc_wdata = HaltPc;
  end

  always_comb begin
    state_d = state_q;
    end_d   = end_q;
    unique case (state_q)
      StReset: if (count_q == 8'(ResetCycles)) state_d = StRun;
      StRun: begin
        if (halt) begin
          state_d = StDrain;
          end_d   = EndHalt;
        end else if (fault) begin
          state_d = StDrain;
          end_d   = EndFault;
        end else if (stopping_q && (count_q == 8'(StopQuiet)) && idle_i) begin
          state_d = StDrain;
          end_d   = EndStop;
        end
      end
      StDrain: if (idle_i) state_d = StEnded;
      default: if (start_i) state_d = StReset;
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q    <= StIdle;
      end_q      <= EndHalt;
      count_q    <= 8'd0;
      booted_q   <= 1'b0;
      stopping_q <= 1'b0;
      valid_q    <= 1'b0;
    end else begin
      state_q    <= state_d;
      end_q      <= end_d;
      valid_q    <= retire;
      stopping_q <= (state_q == StRun) && (stopping_q || stop_i);
      booted_q   <= (state_q == StRun) &&
                    (booted_q || (valid_i && (rvfi_i.pc_rdata == BootEnd)));
      if (state_q == StReset)                     count_q <= count_q + 8'd1;
      else if (!stopping_q || valid_i || !idle_i) count_q <= 8'd0;
      else if (count_q != 8'(StopQuiet))          count_q <= count_q + 8'd1;
      if (state_d != state_q)                     count_q <= 8'd0;
    end
  end

  always_ff @(posedge clk_i) begin
    rvfi_q <= rvfi_d;
    if (!booted_q && valid_i) base_q <= rvfi_i.order + 64'd1;
    if (state_q == StReset) begin
      x10_q      <= 32'd0;
      x17_q      <= 32'd0;
      cause_q    <= 8'd0;
      fault_pc_q <= 32'd0;
      cycles_q   <= 48'd0;
      instret_q  <= 48'd0;
    end else begin
      if (retire && !rvfi_i.trap && (rvfi_i.rd_addr == EcallRegArgument)) x10_q <= rvfi_i.rd_wdata;
      if (retire && !rvfi_i.trap && (rvfi_i.rd_addr == EcallRegFunction)) x17_q <= rvfi_i.rd_wdata;
      if (fault) begin
        cause_q    <= cause;
        fault_pc_q <= rvfi_i.pc_rdata;
      end
      if (state_q == StRun)  cycles_q  <= cycles_q + 48'd1;
      if (retire && !fault)  instret_q <= instret_q + 48'd1;
    end
  end

  assign core_rst_no   = (state_q == StRun);
  assign clear_o       = (state_q == StReset);
  assign hold_o        = (state_q != StRun) || stopping_q;
  assign valid_o       = valid_q;
  assign rvfi_o        = rvfi_q;
  assign running_o     = (state_q == StReset) || (state_q == StRun) || (state_q == StDrain);
  assign halted_o      = (state_q == StEnded) && (end_q == EndHalt);
  assign faulted_o     = (state_q == StEnded) && (end_q == EndFault);
  assign stopped_o     = (state_q == StEnded) && (end_q == EndStop);
  assign fault_cause_o = cause_q;
  assign fault_pc_o    = fault_pc_q;
  assign exit_code_o   = halted_o ? x10_q : 32'd0;
  assign cycles_o      = cycles_q;
  assign instret_o     = instret_q;
endmodule
