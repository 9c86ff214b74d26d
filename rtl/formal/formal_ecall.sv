// Any host and any order of ECALLs: a word that was committed waits in the journal until the host
// takes it, a read takes one word of the input, and none is left behind or invented. Searched by: cargo xtask formal.
module formal_ecall
  import assay_abi_pkg::*;
(
  input logic        clk_i,
  input logic [31:0] input_len_i,
  input logic        valid_i,
  input logic        stop_i,
  input logic        reg_we_i,
  input logic [4:0]  reg_addr_i,
  input logic [31:0] reg_data_i,
  input logic        input_valid_i,
  input logic [31:0] input_data_i,
  input logic        journal_ready_i
);

  logic        begun_q, busy_q, done, abort, halt, rd_we, pop;
  logic        input_ready, journal_valid;
  logic [3:0]  fault;
  logic [31:0] rd_data, x10, x17, journal_data;

  initial begun_q = 1'b0;

  core_ecall u_ecall (
    .clk_i, .rst_ni(begun_q), .init_i(!begun_q), .input_len_i,
    .valid_i, .stop_i, .done_o(done), .abort_o(abort), .halt_o(halt), .fault_o(fault),
    .rd_we_o(rd_we), .rd_data_o(rd_data), .x10_o(x10), .x17_o(x17),
    .reg_we_i(reg_we_i && begun_q), .reg_addr_i, .reg_data_i,
    .input_valid_i, .input_ready_o(input_ready), .input_data_i,
    .journal_valid_o(journal_valid), .journal_ready_i, .journal_data_o(journal_data)
  );

  // The pipeline: an ECALL stays until it is done or given up, and the registers wait with it.
  always_comb begin
    assume (begun_q || !valid_i);
    assume (!busy_q || valid_i);
    assume (!valid_i || !reg_we_i);
  end

  // Naive: a count of the words left, whether this ECALL took one, and what the journal shows.
  logic        is_read, is_commit, known, fresh, popped_q, waits_q, taken_q;
  logic [31:0] left_q, word_q;

  assign pop       = input_ready && input_valid_i;
  assign is_read   = (x17 == EcallRead);
  assign is_commit = (x17 == EcallCommit);
  assign known     = is_read || is_commit || (x17 == EcallLeft) || (x17 == EcallHalt);
  assign fresh     = journal_valid && (!waits_q || taken_q);   // another word than a cycle ago

  always_ff @(posedge clk_i) begin
    begun_q  <= 1'b1;
    busy_q   <= begun_q && valid_i && !done && !abort;
    popped_q <= begun_q && !done && !abort && (popped_q || pop);
    waits_q  <= begun_q && journal_valid;
    taken_q  <= journal_ready_i;
    if (!begun_q) left_q <= input_len_i;
    else if (pop) left_q <= left_q - 32'd1;
    if (pop) word_q <= input_data_i;
  end

  // What an ECALL gives when it is done
  logic       done_ok;
  logic [3:0] expected;

  always_comb begin
    expected = 4'd0;
    if (!known)                                            expected = 4'(FaultUnknownEcall);
    else if (is_read && !popped_q && (left_q == 32'd0))    expected = 4'(FaultInputExhausted);

    done_ok = (fault == expected);
    if (done && (expected == 4'd0)) begin
      if (halt != (x17 == EcallHalt))                        done_ok = 1'b0;
      if (rd_we != (is_read || (x17 == EcallLeft)))          done_ok = 1'b0;
      if (is_read && !(popped_q && (rd_data == word_q)))     done_ok = 1'b0;
      if ((x17 == EcallLeft) && (rd_data != left_q))         done_ok = 1'b0;
      if (is_commit && !(fresh && (journal_data == x10)))    done_ok = 1'b0;
    end
  end

  prim_check u_done (.clk_i, .rst_ni(begun_q), .ok_i(!done || done_ok));
  prim_check u_one_word (
    .clk_i, .rst_ni(begun_q),
    .ok_i(!pop || (valid_i && is_read && !popped_q && (left_q != 32'd0)))
  );
  prim_check u_no_word_lost (.clk_i, .rst_ni(begun_q), .ok_i(!abort || !(popped_q || pop)));
  prim_check u_only_commits (.clk_i, .rst_ni(begun_q), .ok_i(!fresh || (done && is_commit)));
  prim_stable_check #(.Width(32)) u_journal (
    .clk_i, .rst_ni(begun_q), .clear_i(1'b0),
    .valid_i(journal_valid), .ready_i(journal_ready_i), .data_i(journal_data)
  );

endmodule
