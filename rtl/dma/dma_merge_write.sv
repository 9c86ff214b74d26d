// Two writers on one AXI4 port without identifiers: whole bursts in turn, answers in their order.
// A writer offers the first beat with its burst's address, and does not let go before the last.
// Adds no cycle. Proved by: sim/card/tests.
module dma_merge_write #(
  parameter int unsigned AddrWidth = 64,
  parameter int unsigned DataWidth = 512,
  parameter int unsigned Bursts = 32 // that are not answered, a power of two
) (
  input  logic                          clk_i,
  input  logic                          rst_ni,

  input  logic [1:0]                    aw_valid_i,
  output logic [1:0]                    aw_ready_o,
  input  logic [1:0][AddrWidth-1:0]     aw_addr_i,
  input  logic [1:0][7:0]               aw_len_i,
  input  logic [1:0]                    w_valid_i,
  output logic [1:0]                    w_ready_o,
  input  logic [1:0][DataWidth-1:0]     w_data_i,
  input  logic [1:0][DataWidth/8-1:0]   w_strb_i,
  input  logic [1:0]                    w_last_i,
  output logic [1:0]                    b_valid_o,

  output logic                          awvalid_o,
  input  logic                          awready_i,
  output logic [AddrWidth-1:0]          awaddr_o,
  output logic [7:0]                    awlen_o,
  output logic                          wvalid_o,
  input  logic                          wready_i,
  output logic [DataWidth-1:0]          wdata_o,
  output logic [DataWidth/8-1:0]        wstrb_o,
  output logic                          wlast_o,
  input  logic                          bvalid_i
);
  logic choice, choice_q, busy_q, aw_done_q, w_done_q, aw_fire, w_fire, note_ready, note_valid, owner;
  logic [$clog2(Bursts):0] unused_level;

  // Whose burst it is: the running one's, else the other one's than last time, if it wants.
  assign choice = busy_q ? choice_q : aw_valid_i[!choice_q] ? !choice_q : choice_q;

  assign awvalid_o = aw_valid_i[choice] && !aw_done_q && note_ready;
  assign awaddr_o  = aw_addr_i[choice];
  assign awlen_o   = aw_len_i[choice];
  assign wvalid_o  = w_valid_i[choice] && !w_done_q && (busy_q || awvalid_o);
  assign wdata_o   = w_data_i[choice];
  assign wstrb_o   = w_strb_i[choice];
  assign wlast_o   = w_last_i[choice];
  assign aw_fire   = awvalid_o && awready_i;
  assign w_fire    = wvalid_o && wready_i && wlast_o;

  always_comb begin
    aw_ready_o         = '0;
    w_ready_o          = '0;
    b_valid_o          = '0;
    aw_ready_o[choice] = awready_i && !aw_done_q && note_ready;
    w_ready_o[choice]  = wvalid_o && wready_i;
    b_valid_o[owner]   = bvalid_i;
  end

  prim_fifo_sync #(.Width(1), .Depth(Bursts)) u_owners (
    .clk_i, .rst_ni, .clear_i(1'b0),
    .valid_i(aw_fire), .ready_o(note_ready), .data_i(choice),
    .valid_o(note_valid), .ready_i(bvalid_i), .data_o(owner), .level_o(unused_level)
  );
  prim_check u_asked (.clk_i, .rst_ni, .ok_i(!bvalid_i || note_valid));

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      choice_q  <= 1'b0;
      busy_q    <= 1'b0;
      aw_done_q <= 1'b0;
      w_done_q  <= 1'b0;
    end else begin
      choice_q <= choice;
      if ((aw_fire || aw_done_q) && (w_fire || w_done_q)) begin
        busy_q    <= 1'b0;
        aw_done_q <= 1'b0;
        w_done_q  <= 1'b0;
      end else begin
        busy_q    <= busy_q || awvalid_o;
        aw_done_q <= aw_done_q || aw_fire;
        w_done_q  <= w_done_q || w_fire;
      end
    end
  end

endmodule
