// Shadow lines from card memory, in order. A fetch is taken only with a place for its answer, so
// answers are never held up. One line a cycle. Proved by: tests of the trace unit.
module trace_fetch
  import trace_pkg::*;
#(
  parameter int unsigned Depth = 64 // lines asked for and not used yet
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  input  logic                    start_i,
  input  logic [39:0]             shadow_base_i,

  input  logic                    fetch_i,
  input  logic [LineAddrBits-1:0] line_i,
  output logic                    ready_o,     // for this one and one more

  output logic                    fill_push_o,
  output logic                    fill_valid_o,
  input  logic                    fill_pop_i,
  output logic [LineBits-1:0]     fill_o,
  output logic                    busy_o,
  output logic                    error_o,     // sticky

  output logic                    arvalid_o,
  input  logic                    arready_i,
  output logic [39:0]             araddr_o,
  input  logic                    rvalid_i,
  input  logic [511:0]            rdata_i,
  input  logic [1:0]              rresp_i
);

  localparam int unsigned CountBits = $clog2(Depth) + 1;

  logic [LineAddrBits-1:0] line;
  logic                    ar_room, unused_level;
  logic [CountBits-1:0]    ar_level, level, taken_q;

  prim_fifo_sync #(.Width(LineAddrBits), .Depth(Depth)) u_asked (
    .clk_i, .rst_ni, .clear_i(start_i),
    .valid_i(fetch_i), .ready_o(ar_room), .data_i(line_i),
    .valid_o(arvalid_o), .ready_i(arready_i), .data_o(line), .level_o(ar_level)
  );

  trace_fifo #(.Width(LineBits), .Depth(2 * Depth)) u_fills (
    .clk_i, .rst_ni, .clear_i(start_i),
    .push_i(rvalid_i), .data_i(rdata_i),
    .valid_o(fill_valid_o), .pop_i(fill_pop_i), .data_o(fill_o), .level_o({unused_level, level})
  );

  assign araddr_o    = {shadow_base_i[39:29], line, 6'd0};
  assign fill_push_o = rvalid_i;
  assign busy_o      = (taken_q != '0);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      taken_q <= '0;
      ready_o <= 1'b0;
      error_o <= 1'b0;
    end else begin
      taken_q <= start_i ? '0 : taken_q + CountBits'(fetch_i) - CountBits'(fill_pop_i);
      ready_o <= (taken_q < CountBits'(Depth - 4));
      if (start_i)                              error_o <= 1'b0;
      else if (rvalid_i && (rresp_i != 2'b00))  error_o <= 1'b1;
    end
  end

  logic unused_bits;
  assign unused_bits = ^{shadow_base_i[28:0], ar_room, ar_level, level};

  // Credits: never more asked for than there are places, never an answer that was not asked for.
  prim_check u_credit (
    .clk_i, .rst_ni, .ok_i(!fetch_i || (ar_room && (taken_q < CountBits'(Depth))))
  );
  prim_check u_asked_for (.clk_i, .rst_ni, .ok_i(!rvalid_i || (taken_q != '0)));

  prim_stable_check #(.Width(40)) u_ar_stable (
    .clk_i, .rst_ni, .clear_i(start_i),
    .valid_i(arvalid_o), .ready_i(arready_i), .data_i(araddr_o)
  );

`ifdef FORMAL
  // What the proof by induction rests on: every line that was taken is waiting to be asked for,
  // owed by memory, or in the queue of fills, whose level lags by a cycle.
  logic [CountBits-1:0] owed_q;
  logic                 filled_q, popped_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      owed_q   <= '0;
      filled_q <= 1'b0;
      popped_q <= 1'b0;
    end else begin
      owed_q   <= owed_q + CountBits'(arvalid_o && arready_i) - CountBits'(rvalid_i);
      filled_q <= rvalid_i;
      popped_q <= fill_pop_i;
    end
  end

  always_comb assume (!rvalid_i || (owed_q != '0)); // memory answers what it was asked

  prim_check u_conserved (
    .clk_i, .rst_ni,
    .ok_i(16'(taken_q) + 16'(popped_q) ==
          16'(ar_level) + 16'(owed_q) + 16'({unused_level, level}) + 16'(filled_q))
  );
  prim_check u_bounded (.clk_i, .rst_ni, .ok_i(taken_q <= CountBits'(Depth)));
`endif

endmodule
