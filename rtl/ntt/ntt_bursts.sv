// Addresses of a pass's bursts, in beats: panel by panel, three loops in a panel. One burst a cycle.
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
  walk_t             walk_q;  // panels: left
  logic              busy_q;
  addr_t             panel_q;
  logic [2:0][23:0]  count_q;
  logic [2:0]        last;
  addr_t             addr_q;
  addr_t             at_q [3]; // where the running round of each loop began
  logic              plant_tile;

  prim_plant #(.Id(NttTileAddress)) u_plant (.active_o(plant_tile));

  for (genvar i = 0; i < 3; i++) begin : gen_last
    assign last[i] = count_q[i] == 24'((32'd1 << walk_q.log_count[i]) - 32'd1);
  end

  prim_stable_check #(.Width($bits(addr_t) + 16)) u_stable (
    .clk_i, .rst_ni, .clear_i(1'b0), .valid_i(valid_o), .ready_i, .data_i({addr_o, beats_o})
  );

  // The next burst, and where the loops that begin anew begin.
  addr_t next;
  always_comb begin
    if (!last[0])      next = at_q[0] + (addr_t'(1) << walk_q.log_stride[0]);
    else if (!last[1]) next = at_q[1] + (addr_t'(1) << walk_q.log_stride[1]) - addr_t'(plant_tile);
    else if (!last[2]) next = at_q[2] + (addr_t'(1) << walk_q.log_stride[2]);
    else               next = panel_q + (addr_t'(1) << walk_q.log_panel);
  end

  assign ready_o = !busy_q;
  assign valid_o = busy_q;
  assign addr_o  = addr_q;
  assign beats_o = 16'(32'd1 << walk_q.log_burst);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      walk_q   <= '0;
      busy_q   <= 1'b0;
      panel_q  <= '0;
      count_q  <= '0;
      addr_q   <= '0;
      for (int unsigned i = 0; i < 3; i++) at_q[i] <= '0;
    end else if (valid_i && ready_o) begin
      walk_q   <= walk_i;
      busy_q   <= 1'b1;
      panel_q  <= base_i;
      count_q  <= '0;
      addr_q   <= base_i;
      for (int unsigned i = 0; i < 3; i++) at_q[i] <= base_i;
    end else if (valid_o && ready_i) begin
      addr_q     <= next;
      at_q[0]    <= next;
      count_q[0] <= last[0] ? '0 : count_q[0] + 24'd1;
      if (last[0]) begin
        at_q[1]    <= next;
        count_q[1] <= last[1] ? '0 : count_q[1] + 24'd1;
        if (last[1]) begin
          at_q[2]    <= next;
          count_q[2] <= last[2] ? '0 : count_q[2] + 24'd1;
          if (last[2]) begin
            panel_q  <= next;
            walk_q.panels <= walk_q.panels - 16'd1;
            if (walk_q.panels == 16'd1) busy_q <= 1'b0;
          end
        end
      end
    end
  end
endmodule
