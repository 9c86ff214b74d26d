// Several readers on one AXI4 port without identifiers: answers come in the order of requests, and a
// queue knows whose they are. A reader that has asked longer goes first. Readers take their data at
// once. Adds no cycle. Proved by: sim/card/tests.
module dma_merge_read #(
  parameter int unsigned Readers = 2,
  parameter int unsigned AddrWidth = 64,
  parameter int unsigned Bursts = 32 // that are not answered, a power of two
) (
  input  logic                              clk_i,
  input  logic                              rst_ni,

  input  logic [Readers-1:0]                valid_i,
  output logic [Readers-1:0]                ready_o,
  input  logic [Readers-1:0][AddrWidth-1:0] addr_i,
  input  logic [Readers-1:0][7:0]           len_i,
  output logic [Readers-1:0]                r_valid_o,
  input  logic                              r_last_i,
  input  logic                              r_valid_i,

  output logic                              arvalid_o,
  input  logic                              arready_i,
  output logic [AddrWidth-1:0]              araddr_o,
  output logic [7:0]                        arlen_o
);
  localparam int unsigned IndexWidth = (Readers > 1) ? $clog2(Readers) : 1;

  logic [IndexWidth-1:0] choice, choice_q, last_q, owner;
  logic                  held_q, note_ready, note_valid;
  logic [$clog2(Bursts):0] unused_level;

  // The next one after the last that was served, unless one is being offered already.
  always_comb begin
    choice = last_q;
    for (int unsigned i = Readers; i > 0; i--) begin
      if (valid_i[(32'(last_q) + i) % Readers]) begin
        choice = IndexWidth'((32'(last_q) + i) % Readers);
      end
    end
    if (held_q) choice = choice_q;
  end

  assign arvalid_o = valid_i[choice] && note_ready;
  assign araddr_o  = addr_i[choice];
  assign arlen_o   = len_i[choice];

  always_comb begin
    ready_o         = '0;
    ready_o[choice] = arready_i && note_ready;
    r_valid_o        = '0;
    r_valid_o[owner] = r_valid_i;
  end

  prim_fifo_sync #(.Width(IndexWidth), .Depth(Bursts)) u_owners (
    .clk_i, .rst_ni, .clear_i(1'b0),
    .valid_i(arvalid_o && arready_i), .ready_o(note_ready), .data_i(choice),
    .valid_o(note_valid), .ready_i(r_valid_i && r_last_i), .data_o(owner), .level_o(unused_level)
  );
  prim_check u_asked (.clk_i, .rst_ni, .ok_i(!r_valid_i || note_valid));

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      held_q   <= 1'b0;
      choice_q <= '0;
      last_q   <= '0;
    end else begin
      held_q   <= arvalid_o && !arready_i;
      choice_q <= choice;
      if (arvalid_o && arready_i) last_q <= choice;
    end
  end

endmodule
