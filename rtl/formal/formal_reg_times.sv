// Whatever instructions access whatever registers: each slot's previous time is that of the last
// access to its register in this segment, by trace_reg_times against one naive memory of a register
// that the prover chooses. Searched by: cargo xtask formal.
module formal_reg_times
  import trace_pkg::*;
(
  input logic            clk_i,
  input logic            clear_i,
  input logic            valid_i,
  input logic [2:0]      use_i,
  input logic [2:0][4:0] addr_i,      // {C, B, A}
  input logic [4:0]      register_i
);

  logic                 begun_q;
  logic [4:0]           register_q;
  logic [CycleBits-1:0] cycle_q;
  logic [23:0]          last_q, last_d;            // time of the register's last access, 0 if none
  logic [2:0]           mine_d, mine1_q, mine2_q;  // slots that access it
  logic [2:0][23:0]     before_d, before1_q, before2_q, times;
  logic                 ok;

  initial begun_q = 1'b0;

  // An access counts before the instruction's later slots see it.
  always_comb begin
    last_d   = last_q;
    before_d = '0;
    mine_d   = '0;
    for (int unsigned i = 0; i < 3; i++) begin
      before_d[i] = last_d;
      mine_d[i]   = valid_i && use_i[i] && (addr_i[i] == register_q);
      if (mine_d[i]) last_d = {cycle_q, 2'(i)};
    end
    ok = 1'b1;
    for (int unsigned i = 0; i < 3; i++) begin
      if (mine2_q[i] && (times[i] != before2_q[i])) ok = 1'b0;
    end
  end

  // As the segmenter does: cycles of a segment count from 1, and nothing is accessed while a
  // boundary clears.
  always_comb assume (!clear_i || !valid_i);

  always_ff @(posedge clk_i) begin
    begun_q <= 1'b1;
    if (!begun_q) begin
      register_q <= register_i;
      last_q     <= '0;
      mine1_q    <= '0;
      mine2_q    <= '0;
      cycle_q    <= CycleBits'(1);
    end else begin
      last_q    <= clear_i ? '0 : last_d;
      cycle_q   <= clear_i ? CycleBits'(1) : valid_i ? cycle_q + CycleBits'(1) : cycle_q;
      mine1_q   <= mine_d;
      mine2_q   <= mine1_q;
      before1_q <= before_d;
      before2_q <= before1_q;
    end
  end

  trace_reg_times u_times (
    .clk_i, .rst_ni(begun_q), .clear_i, .valid_i(valid_i && begun_q), .cycle_i(cycle_q), .use_i,
    .a_addr_i(addr_i[0]), .b_addr_i(addr_i[1]), .c_addr_i(addr_i[2]), .times_o(times)
  );

  prim_check u_times_right (.clk_i, .rst_ni(begun_q), .ok_i(ok));

endmodule
