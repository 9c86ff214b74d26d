// Addresses of a pass's bursts, in beats: four loops. One burst a cycle.
// Golden twin: assay_engines::ntt. Proved by: sim/engines/tests/ntt_memory.rs.
module ntt_bursts
  import ntt_pkg::*;
  import assay_engine_plant_pkg::*;
(
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic        valid_i,
  output logic        ready_o,
  input  walk_t       walk_i,
  input  addr_t       base_i,

  output logic        valid_o,
  input  logic        ready_i,
  output addr_t       addr_o,
  output logic [15:0] beats_o
);
  localparam int unsigned Loops = 4;

  walk_t                    walk_q;
  logic                     busy_q;
  logic [Loops-1:0][23:0]   count_q;
  logic [Loops-1:0]         last, moves; // the loop whose next round begins
  addr_t                    addr_q, next;
  addr_t                    at_q [Loops]; // where the running round of each loop began
  logic                     plant_tile;

  prim_plant #(.Id(NttTileAddress)) u_plant (.active_o(plant_tile));

  for (genvar i = 0; i < Loops; i++) begin : gen_last
    assign last[i] = count_q[i] == walk_q.last[i];
  end

  prim_stable_check #(.Width($bits(addr_t) + 16)) u_stable (
    .clk_i, .rst_ni, .clear_i(1'b0), .valid_i(valid_o), .ready_i, .data_i({addr_o, beats_o})
  );

  // The innermost loop that is not in its last round; those within it begin anew.
  always_comb begin
    moves = '0;
    next  = addr_q;
    for (int i = Loops - 1; i >= 0; i--) begin
      if (!last[i]) begin
        moves    = '0;
        moves[i] = 1'b1;
        next     = at_q[i] + (addr_t'(1) << walk_q.log_stride[i]);
      end
    end
    if (plant_tile && moves[1]) next = next - addr_t'(1);
  end

  assign ready_o = !busy_q;
  assign valid_o = busy_q;
  assign addr_o  = addr_q;
  assign beats_o = 16'(32'd1 << walk_q.log_burst);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      walk_q   <= '0;
      busy_q   <= 1'b0;
      count_q  <= '0;
      addr_q   <= '0;
      for (int unsigned i = 0; i < Loops; i++) at_q[i] <= '0;
    end else if (valid_i && ready_o) begin
      walk_q   <= walk_i;
      busy_q   <= 1'b1;
      count_q  <= '0;
      addr_q   <= base_i;
      for (int unsigned i = 0; i < Loops; i++) at_q[i] <= base_i;
    end else if (valid_o && ready_i) begin
      addr_q <= next;
      if (last == '1) busy_q <= 1'b0;
      for (int unsigned i = 0; i < Loops; i++) begin
        if ((moves >> i) != '0) begin
          at_q[i]    <= next;
          count_q[i] <= moves[i] ? count_q[i] + 24'd1 : '0;
        end
      end
    end
  end
endmodule
