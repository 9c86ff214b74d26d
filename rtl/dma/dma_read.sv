// Runs of beats out of an AXI4 memory, as a stream. Bursts have at most MaxBurst beats and never cross
// 4 KiB; a burst is asked for when the queue has room for all of it, so read data is never refused.
// Throughput: one beat a cycle. Proved by: sim/card/tests.
module dma_read #(
  parameter int unsigned AddrWidth = 40,
  parameter int unsigned DataWidth = 512,
  parameter int unsigned Depth = 32,      // beats, a power of two
  parameter int unsigned MaxBurst = 16,   // beats, at most Depth
  parameter int unsigned CountWidth = 34,
  parameter int unsigned TagWidth = 1,
  parameter int unsigned Bursts = 16      // that are not answered, a power of two
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic                  stop_i,      // ask for no more; what is left of a run is forgotten
  output logic                  quiet_o,     // no run, nothing owed, nothing in the queue

  input  logic                  job_valid_i,
  output logic                  job_ready_o,
  input  logic [AddrWidth-1:0]  job_addr_i,  // a multiple of a beat
  input  logic [CountWidth-1:0] job_beats_i, // not 0
  input  logic [TagWidth-1:0]   job_tag_i,

  output logic                  out_valid_o,
  input  logic                  out_ready_i,
  output logic [DataWidth-1:0]  out_data_o,
  output logic [TagWidth-1:0]   out_tag_o,
  output logic                  out_last_o,  // of its run
  output logic                  out_error_o, // the memory answered with an error

  output logic                  arvalid_o,
  input  logic                  arready_i,
  output logic [AddrWidth-1:0]  araddr_o,
  output logic [7:0]            arlen_o,
  output logic [2:0]            arsize_o,
  output logic [1:0]            arburst_o,
  input  logic                  rvalid_i,
  output logic                  rready_o,
  input  logic [DataWidth-1:0]  rdata_i,
  input  logic [1:0]            rresp_i,
  input  logic                  rlast_i
);
  localparam int unsigned LogBytes = $clog2(DataWidth / 8);
  localparam int unsigned PageBits = 12 - LogBytes; // log2 of the beats of 4 KiB
  localparam int unsigned LevelWidth = $clog2(Depth) + 1;

  logic                  busy_q, arvalid_q;
  logic [AddrWidth-1:0]  addr_q, araddr_q;
  logic [CountWidth-1:0] left_q;
  logic [TagWidth-1:0]   tag_q;
  logic [7:0]            arlen_q;
  logic [LevelWidth-1:0] taken_q; // places of the queue that are full or promised

  logic [PageBits:0]     to_border;
  logic [8:0]            burst;
  logic                  issue, ends, note_ready, note_valid, note_last, queue_ready;
  logic [TagWidth-1:0]   note_tag;
  logic                  pop;

  logic across;
  prim_plant #(.Id(assay_engine_plant_pkg::CardBurstAcross)) u_across (.active_o(across));

  always_comb begin
    to_border = (PageBits+1)'(1 << PageBits) - (PageBits+1)'(addr_q[11:LogBytes]);
    burst     = 9'(MaxBurst);
    if (left_q < CountWidth'(burst)) burst = 9'(left_q);
    if ((to_border < (PageBits+1)'(burst)) && !across) burst = 9'(to_border);
  end

  assign ends  = (left_q == CountWidth'(burst));
  assign issue = busy_q && !stop_i && (!arvalid_q || arready_i) && note_ready
              && (LevelWidth'(Depth) - taken_q >= LevelWidth'(burst));
  assign job_ready_o = !stop_i && (!busy_q || (issue && ends));
  assign pop         = out_valid_o && out_ready_i;

  assign arvalid_o = arvalid_q;
  assign araddr_o  = araddr_q;
  assign arlen_o   = arlen_q;
  assign arsize_o  = 3'(LogBytes);
  assign arburst_o = 2'b01;
  assign rready_o  = 1'b1;
  assign quiet_o   = !busy_q && (taken_q == '0);

  logic unused_note_valid, unused_queue_ready;
  assign unused_note_valid  = note_valid;
  assign unused_queue_ready = queue_ready;

  logic [$clog2(Bursts):0]  unused_note_level;
  logic [LevelWidth-1:0]    unused_level;

  // Bursts that are not answered: whether each is its run's last, and whose.
  prim_fifo_sync #(.Width(TagWidth + 1), .Depth(Bursts)) u_notes (
    .clk_i, .rst_ni, .clear_i(1'b0),
    .valid_i(issue), .ready_o(note_ready), .data_i({ends, tag_q}),
    .valid_o(note_valid), .ready_i(rvalid_i && rlast_i), .data_o({note_last, note_tag}),
    .level_o(unused_note_level)
  );
  prim_fifo_sync #(.Width(DataWidth + TagWidth + 2), .Depth(Depth)) u_queue (
    .clk_i, .rst_ni, .clear_i(1'b0),
    .valid_i(rvalid_i), .ready_o(queue_ready),
    .data_i({rresp_i[1], rlast_i && note_last, note_tag, rdata_i}),
    .valid_o(out_valid_o), .ready_i(out_ready_i),
    .data_o({out_error_o, out_last_o, out_tag_o, out_data_o}),
    .level_o(unused_level)
  );
  prim_check u_asked (.clk_i, .rst_ni, .ok_i(!rvalid_i || (note_valid && queue_ready)));

  logic unused_resp;
  assign unused_resp = rresp_i[0];

  always_ff @(posedge clk_i) begin
    if (job_valid_i && job_ready_o) tag_q <= job_tag_i;
    if (issue) begin
      araddr_q <= addr_q;
      arlen_q  <= 8'(burst - 9'd1);
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q    <= 1'b0;
      arvalid_q <= 1'b0;
      addr_q    <= '0;
      left_q    <= '0;
      taken_q   <= '0;
    end else begin
      taken_q <= taken_q + (issue ? LevelWidth'(burst) : '0) - LevelWidth'(pop);
      if (issue) begin
        arvalid_q <= 1'b1;
        addr_q    <= addr_q + (AddrWidth'(burst) << LogBytes);
        left_q    <= left_q - CountWidth'(burst);
        busy_q    <= !ends;
      end else begin
        if (arready_i) arvalid_q <= 1'b0;
        if (stop_i)    busy_q    <= 1'b0;
      end
      if (job_valid_i && job_ready_o) begin
        busy_q <= 1'b1;
        addr_q <= job_addr_i;
        left_q <= job_beats_i;
      end
    end
  end

endmodule
