// ECALL, alone in the pipeline, in WB: moves one word between x10 and a host stream. 3 cycles, more
// if the stream stalls. The input word is popped when the instruction commits and at no other time.
// The journal leaves through one register.
module core_ecall
  import assay_abi_pkg::*;
  import assay_plant_pkg::*;
(
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic        init_i,
  input  logic [31:0] input_len_i,

  input  logic        valid_i,      // held until done_o or abort_o
  input  logic        stop_i,       // give up what waits for a stream
  output logic        done_o,
  output logic        abort_o,
  output logic        halt_o,
  output logic [3:0]  fault_o,
  output logic        rd_we_o,
  output logic [31:0] rd_data_o,
  output logic [31:0] x10_o,
  output logic [31:0] x17_o,

  // Register writes, to keep copies of x10 and x17
  input  logic        reg_we_i,
  input  logic [4:0]  reg_addr_i,
  input  logic [31:0] reg_data_i,

  input  logic        input_valid_i,
  output logic        input_ready_o,
  input  logic [31:0] input_data_i,
  output logic        journal_valid_o,
  input  logic        journal_ready_i,
  output logic [31:0] journal_data_o
);
  typedef enum logic [1:0] {StIdle, StMove, StDone} state_e;

  state_e      state_q, state_d;
  logic [31:0] x10_q, x17_q, left_q, data_q;
  logic [3:0]  fault_q, fault_d;
  logic        read_q, commit_q, halt_q, we_q;
  logic        journal_valid_q;
  logic [31:0] journal_data_q;
  logic        pop, push, moved;
  logic        known;

  logic plant_pop, plant_push, plant_short;
  prim_plant #(.Id(CoreInputPoppedTwice)) u_plant_pop (.active_o(plant_pop));
  prim_plant #(.Id(CoreJournalOverrun)) u_plant_push (.active_o(plant_push));
  prim_plant #(.Id(CoreInputOneShort)) u_plant_short (.active_o(plant_short));

  assign known = (x17_q[31:2] == 30'd0);

  assign input_ready_o = ((state_q == StMove) | (plant_pop & (state_q == StDone))) &
                         read_q & (fault_q == 4'd0);
  assign pop           = input_ready_o & input_valid_i;
  assign push          = (state_q == StMove) & commit_q &
                         (~journal_valid_q | journal_ready_i | plant_push);
  assign moved         = ~(read_q & (fault_q == 4'd0) & ~input_valid_i) & ~(commit_q & ~push);

  always_comb begin
    state_d = state_q;
    abort_o = 1'b0;
    unique case (state_q)
      StIdle: if (valid_i) state_d = StMove;
      StMove: begin
        if (moved) begin
          state_d = StDone;
        end else if (stop_i) begin
          state_d = StIdle;
          abort_o = 1'b1;
        end
      end
      default: state_d = StIdle;
    endcase

    fault_d = 4'd0;
    if (!known) begin
      fault_d = 4'(FaultUnknownEcall);
    end else if ((x17_q[1:0] == EcallRead[1:0]) & (left_q == {31'd0, plant_short})) begin
      fault_d = 4'(FaultInputExhausted);
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q         <= StIdle;
      journal_valid_q <= 1'b0;
    end else begin
      state_q         <= state_d;
      journal_valid_q <= ~init_i & (push | (journal_valid_q & ~journal_ready_i));
    end
  end

  always_ff @(posedge clk_i) begin
    if (reg_we_i & (reg_addr_i == EcallRegArgument)) x10_q <= reg_data_i;
    if (reg_we_i & (reg_addr_i == EcallRegFunction)) x17_q <= reg_data_i;

    if (init_i)   left_q <= input_len_i;
    else if (pop) left_q <= left_q - 32'd1;

    if (state_q == StIdle) begin
      fault_q  <= fault_d;
      halt_q   <= known & (x17_q[1:0] == EcallHalt[1:0]);
      read_q   <= known & (x17_q[1:0] == EcallRead[1:0]);
      commit_q <= known & (x17_q[1:0] == EcallCommit[1:0]);
      we_q     <= known & ((x17_q[1:0] == EcallRead[1:0]) | (x17_q[1:0] == EcallLeft[1:0]));
    end
    data_q <= read_q ? input_data_i : left_q;
    if (push) journal_data_q <= x10_q;
  end

  assign done_o          = (state_q == StDone);
  assign halt_o          = halt_q;
  assign fault_o         = fault_q;
  assign rd_we_o         = we_q;
  assign rd_data_o       = data_q;
  assign x10_o           = x10_q;
  assign x17_o           = x17_q;
  assign journal_valid_o = journal_valid_q;
  assign journal_data_o  = journal_data_q;
endmodule
