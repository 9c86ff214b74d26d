// Event counters of a session, 48 bits each: every cycle of the run is a retirement or a lost cycle
// of one cause (or the fault at the end). Zeroed at start, two cycles behind the events.
module core_perf
  import core_pkg::*;
(
  input  logic        clk_i,
  input  logic        init_i,
  input  perf_event_t event_i,

  output logic [47:0] cycles_o,
  output logic [47:0] instret_o,
  output logic [47:0] lost_o [LostEcall:LostBranch]
);
  perf_event_t event_q;
  logic        lost [LostEcall:LostBranch];
  logic        init_q;
  logic [47:0] cycles_q, instret_q;
  logic [47:0] lost_q [LostEcall:LostBranch];

  always_comb begin
    for (int unsigned i = 1; i <= 8; i++) begin
      lost[i] = event_q.running & event_q.lost & (event_q.cause == lost_e'(i));
    end
  end

  always_ff @(posedge clk_i) begin
    event_q   <= event_i;
    init_q    <= init_i;
    cycles_q  <= init_q ? 48'd0 : cycles_q + 48'(event_q.running);
    instret_q <= init_q ? 48'd0 : instret_q + 48'(event_q.retire);
    for (int unsigned i = 1; i <= 8; i++) begin
      lost_q[i] <= init_q ? 48'd0 : lost_q[i] + {47'd0, lost[i]};
    end
  end

  assign cycles_o  = cycles_q;
  assign instret_o = instret_q;
  assign lost_o    = lost_q;
endmodule
