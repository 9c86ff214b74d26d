// First-in first-out queue in block RAM, one clock. Latency 2 cycles from push to valid_o, one entry a
// cycle. There is no ready_o: whoever pushes knows that there is room (Depth entries beside the one
// at the output), and an assertion says so. Proved by: sim/engines/tests/poseidon2.rs.
module prim_fifo_ram #(
  parameter int unsigned Width = 32,
  parameter int unsigned Depth = 64, // a power of two, at least 2
  localparam int unsigned AddrWidth = $clog2(Depth)
) (
  input  logic             clk_i,
  input  logic             rst_ni,

  input  logic             push_i,
  input  logic [Width-1:0] data_i,

  output logic             valid_o,
  input  logic             ready_i,
  output logic [Width-1:0] data_o
);

  logic [AddrWidth:0] w_ptr_q, r_ptr_q;
  logic               stored, fetch, valid_q;

  assign stored  = (w_ptr_q != r_ptr_q);
  assign fetch   = stored && (!valid_q || ready_i);
  assign valid_o = valid_q;

  prim_ram_1r1w #(.Width(Width), .Depth(Depth)) u_ram (
    .clk_i,
    .w_en_i(push_i), .w_addr_i(w_ptr_q[AddrWidth-1:0]), .w_data_i(data_i),
    .r_en_i(fetch), .r_addr_i(r_ptr_q[AddrWidth-1:0]), .r_data_o(data_o)
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      w_ptr_q <= '0;
      r_ptr_q <= '0;
      valid_q <= 1'b0;
    end else begin
      w_ptr_q <= w_ptr_q + (AddrWidth+1)'(push_i);
      r_ptr_q <= r_ptr_q + (AddrWidth+1)'(fetch);
      valid_q <= fetch || (valid_q && !ready_i);
    end
  end

  prim_check u_room (
    .clk_i, .rst_ni, .ok_i(!push_i || ((w_ptr_q - r_ptr_q) != (AddrWidth+1)'(Depth)))
  );
  prim_stable_check #(.Width(Width)) u_stable (
    .clk_i, .rst_ni, .clear_i(1'b0), .valid_i(valid_o), .ready_i, .data_i(data_o)
  );

endmodule
