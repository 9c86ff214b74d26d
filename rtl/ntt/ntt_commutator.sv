// Exchanges, in each block of 2 * 2^LogDelay beats, the second half of u with the first half of v,
// so that what was 2^LogDelay apart in time comes side by side. Latency 2^LogDelay + 1, or 1 with
// bypass_i. Blocks follow each other with gaps of any length, but a block has no gap inside.
// Golden twin: the order of the twin's pipeline. Proved by: sim/engines/tests/ntt.rs.
module ntt_commutator
  import ntt_pkg::tag_t;
#(
  parameter int unsigned Width = 31,
  parameter int unsigned LogDelay = 0
) (
  input  logic             clk_i,
  input  logic             rst_ni,

  input  logic             flush_i,  // after reset: forgets the beats in the delay lines
  input  logic             bypass_i, // changes only while no beat is inside
  input  tag_t             tag_i,
  input  logic [Width-1:0] u_i,
  input  logic [Width-1:0] v_i,
  output tag_t             tag_o,
  output logic [Width-1:0] u_o,
  output logic [Width-1:0] v_o
);
  localparam int unsigned Delay = 1 << LogDelay;

  logic [LogDelay:0] count_q;
  logic              swap;
  tag_t              tag_masked, tag_late;
  logic [Width-1:0]  v_late, u_held, v_q, u_q;
  tag_t              tag_q;

  // The bits of a beat that passes by must not come out again later.
  assign tag_masked = (bypass_i || flush_i) ? '0 : tag_i;

  ntt_delay #(.Width($bits(tag_t) + Width), .Depth(Delay)) u_in (
    .clk_i, .rst_ni, .data_i({tag_masked, v_i}), .data_o({tag_late, v_late})
  );
  ntt_delay #(.Width(Width), .Depth(Delay)) u_out (
    .clk_i, .rst_ni, .data_i(swap ? v_late : u_i), .data_o(u_held)
  );

  assign swap = tag_masked.valid && count_q[LogDelay];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni)                count_q <= '0;
    else if (tag_masked.valid)  count_q <= count_q + 1'b1;
  end

  always_ff @(posedge clk_i) begin
    tag_q <= flush_i ? '0 : (bypass_i ? tag_i : tag_late);
    u_q   <= bypass_i ? u_i : u_held;
    v_q   <= bypass_i ? v_i : (swap ? u_i : v_late);
  end

  assign tag_o = tag_q;
  assign u_o   = u_q;
  assign v_o   = v_q;
endmodule
