// First-in first-out queue, one clock. Latency 1 cycle from push to valid_o, one entry a cycle.
// ready_o and valid_o depend on state alone, so a full queue takes none in the cycle of a pop.
// Storage is read combinationally (LUT RAM). Proved by: sim/tests/lockstep.rs.
module prim_fifo_sync #(
  parameter int unsigned Width = 32,
  parameter int unsigned Depth = 4, // a power of two, at least 2
  localparam int unsigned LevelWidth = $clog2(Depth) + 1
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic                  clear_i, // drops everything

  input  logic                  valid_i,
  output logic                  ready_o,
  input  logic [Width-1:0]      data_i,

  output logic                  valid_o,
  input  logic                  ready_i,
  output logic [Width-1:0]      data_o,

  output logic [LevelWidth-1:0] level_o
);

  logic [Width-1:0]      mem [Depth];
  logic [LevelWidth-1:0] w_ptr_q, r_ptr_q, level_q;
  logic                  push, pop;

  assign ready_o = (level_q != LevelWidth'(Depth));
  assign valid_o = (level_q != '0);
  assign push    = valid_i && ready_o;
  assign pop     = valid_o && ready_i;
  assign data_o  = mem[r_ptr_q[LevelWidth-2:0]];
  assign level_o = level_q;

  always_ff @(posedge clk_i) begin
    if (push) mem[w_ptr_q[LevelWidth-2:0]] <= data_i;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      w_ptr_q <= '0;
      r_ptr_q <= '0;
      level_q <= '0;
    end else if (clear_i) begin
      w_ptr_q <= '0;
      r_ptr_q <= '0;
      level_q <= '0;
    end else begin
      w_ptr_q <= w_ptr_q + LevelWidth'(push);
      r_ptr_q <= r_ptr_q + LevelWidth'(pop);
      level_q <= level_q + LevelWidth'(push) - LevelWidth'(pop);
    end
  end

  prim_stable_check #(.Width(Width)) u_stable (
    .clk_i, .rst_ni, .clear_i, .valid_i(valid_o), .ready_i, .data_i(data_o)
  );

`ifdef FORMAL
  // What the proof by induction rests on.
  prim_check u_held (.clk_i, .rst_ni, .ok_i(level_q == LevelWidth'(w_ptr_q - r_ptr_q)));
`endif

endmodule
