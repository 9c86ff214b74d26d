// First-in first-out queue in block RAM. Latency 4 cycles from push to valid_o, one entry a cycle;
// data_o comes from a register. The writer watches level_o, which is a cycle late, and never pushes
// into a full queue. Proved by: every test in sim/tests.
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

  // r_next_q = r_ptr_q + 1. more_q: the RAM holds an entry that was not read yet; it is found a
  // cycle after the push, so that no comparison lies on the way from pop_i.
  logic [PtrWidth-1:0]   w_ptr_q, r_ptr_q, r_next_q;
  logic                  more_q, more, more_behind;
  logic [LevelWidth-1:0] level_q;
  logic                  push_q, pop_q;
  logic                  stored_q; // the RAM's output holds an entry
  logic                  valid_q;
  logic [Width-1:0]      ram_data, data_q;
  logic                  out_free, ram_free, read;

  assign out_free    = !valid_q || pop_i;
  assign ram_free    = !stored_q || out_free;
  assign read        = ram_free && more_q;
  assign more        = (w_ptr_q != r_ptr_q);
  assign more_behind = (w_ptr_q != r_next_q);

  prim_ram_1r1w #(.Width(Width), .Depth(Depth)) u_ram (
    .clk_i,
    .w_en_i(push_i), .w_addr_i(w_ptr_q), .w_data_i(data_i),
    .r_en_i(read), .r_addr_i(r_ptr_q), .r_data_o(ram_data)
  );

  always_ff @(posedge clk_i) begin
    if (out_free && stored_q) data_q <= ram_data;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      w_ptr_q  <= '0;
      r_ptr_q  <= '0;
      r_next_q <= PtrWidth'(1);
      more_q   <= 1'b0;
      push_q   <= 1'b0;
      pop_q    <= 1'b0;
      level_q  <= '0;
      stored_q <= 1'b0;
      valid_q  <= 1'b0;
    end else if (clear_i) begin
      w_ptr_q  <= '0;
      r_ptr_q  <= '0;
      r_next_q <= PtrWidth'(1);
      more_q   <= 1'b0;
      push_q   <= 1'b0;
      pop_q    <= 1'b0;
      level_q  <= '0;
      stored_q <= 1'b0;
      valid_q  <= 1'b0;
    end else begin
      if (push_i) w_ptr_q <= w_ptr_q + PtrWidth'(1);
      if (read) begin
        r_ptr_q  <= r_next_q;
        r_next_q <= r_next_q + PtrWidth'(1);
      end
      more_q <= read ? more_behind : more;
      push_q <= push_i;
      pop_q  <= pop_i;
      if (push_q != pop_q) level_q <= push_q ? level_q + LevelWidth'(1) : level_q - LevelWidth'(1);
      if (ram_free) stored_q <= more_q;
      if (out_free) valid_q <= stored_q;
    end
  end

  assign valid_o = valid_q;
  assign data_o  = data_q;
  assign level_o = level_q;

  // At most Depth - 1 entries lie in the RAM, so that equal pointers mean empty. The level lags: a
  // push may come on top of it.
  prim_check u_room (
    .clk_i, .rst_ni,
    .ok_i(!push_i || (level_q < LevelWidth'(Depth - 2)) ||
          (level_q + LevelWidth'(push_q) - LevelWidth'(pop_q) < LevelWidth'(Depth - 1)))
  );
  prim_check u_pop (.clk_i, .rst_ni, .ok_i(!pop_i || valid_q));

`ifdef FORMAL
  // What the proof by induction rests on.
  logic [LevelWidth-1:0] held, in_ram;
  assign held   = level_q + LevelWidth'(push_q) - LevelWidth'(pop_q);
  assign in_ram = LevelWidth'(PtrWidth'(w_ptr_q - r_ptr_q));

  prim_check u_held (
    .clk_i, .rst_ni, .ok_i(held == in_ram + LevelWidth'(stored_q) + LevelWidth'(valid_q))
  );
  prim_check u_next (.clk_i, .rst_ni, .ok_i(r_next_q == r_ptr_q + PtrWidth'(1)));
  prim_check u_more (.clk_i, .rst_ni, .ok_i(!more_q || (in_ram != '0)));
`endif

endmodule
