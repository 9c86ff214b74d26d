// First-in first-out queue in block RAM. Latency 3 cycles from push to valid_o, one entry a cycle;
// data_o comes from a register. The writer watches level_o and never pushes into a full queue.
// Proved by: every test of the trace unit.
module trace_fifo #(
  parameter int unsigned Width = 32,
  parameter int unsigned Depth = 512, // a power of two
  localparam int unsigned LevelWidth = $clog2(Depth) + 1
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic                  clear_i, // drops everything

  input  logic                  push_i,
  input  logic [Width-1:0]      data_i,

  output logic                  valid_o,
  input  logic                  pop_i,
  output logic [Width-1:0]      data_o,

  output logic [LevelWidth-1:0] level_o
);

  localparam int unsigned PtrWidth = LevelWidth - 1;

  logic [PtrWidth-1:0]   w_ptr_q, r_ptr_q;
  logic [LevelWidth-1:0] level_q;
  logic                  stored_q; // the RAM's output holds an entry
  logic                  valid_q;
  logic [Width-1:0]      ram_data, data_q;
  logic                  out_free, ram_free, read;

  assign out_free = !valid_q || pop_i;
  assign ram_free = !stored_q || out_free;
  assign read     = ram_free && (w_ptr_q != r_ptr_q);

  prim_ram_1r1w #(.Width(Width), .Depth(Depth)) u_ram (
    .clk_i,
    .w_en_i(push_i), .w_addr_i(w_ptr_q), .w_data_i(data_i),
    .r_en_i(read), .r_addr_i(r_ptr_q), .r_data_o(ram_data)
  );

  always_ff @(posedge clk_i) begin
    if (out_free) data_q <= ram_data;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      w_ptr_q  <= '0;
      r_ptr_q  <= '0;
      level_q  <= '0;
      stored_q <= 1'b0;
      valid_q  <= 1'b0;
    end else if (clear_i) begin
      w_ptr_q  <= '0;
      r_ptr_q  <= '0;
      level_q  <= '0;
      stored_q <= 1'b0;
      valid_q  <= 1'b0;
    end else begin
      w_ptr_q <= w_ptr_q + PtrWidth'(push_i);
      r_ptr_q <= r_ptr_q + PtrWidth'(read);
      level_q <= level_q + LevelWidth'(push_i) - LevelWidth'(pop_i);
      if (ram_free) stored_q <= read;
      if (out_free) valid_q <= stored_q;
    end
  end

  assign valid_o = valid_q;
  assign data_o  = data_q;
  assign level_o = level_q;

`ifndef SYNTHESIS
  // At most Depth - 1 entries lie in the RAM, so that equal pointers mean empty.
  assert property (@(posedge clk_i) disable iff (!rst_ni)
      push_i |-> level_q < LevelWidth'(Depth - 1));
  assert property (@(posedge clk_i) disable iff (!rst_ni) pop_i |-> valid_q);
`endif

endmodule
