// A stream of beats into runs of an AXI4 memory. Bursts have at most MaxBurst beats and never cross
// 4 KiB; a burst is announced when all of its beats are in the queue, so that it never holds up others
// at the memory. Throughput: MaxBurst beats in MaxBurst + 1 cycles. Proved by: sim/card/tests.
module dma_write #(
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
  input  logic                  stop_i,       // no data will come: what the runs have is written, then they and the rest are forgotten
  input  logic                  clear_i,      // the error
  output logic                  running_o,    // a run waits for data
  output logic                  quiet_o,      // no run, nothing owed, nothing in the queue

  input  logic                  job_valid_i,
  output logic                  job_ready_o,
  input  logic [AddrWidth-1:0]  job_addr_i,   // a multiple of a beat
  input  logic [CountWidth-1:0] job_beats_i,  // not 0
  input  logic [TagWidth-1:0]   job_tag_i,

  input  logic                  in_valid_i,
  output logic                  in_ready_o,
  input  logic [DataWidth-1:0]  in_data_i,

  output logic                  answered_o,   // a run's last burst was answered
  output logic                  error_o,      // the memory answered with an error
  output logic [TagWidth-1:0]   error_tag_o,  // whose run was the first

  output logic                  awvalid_o,
  input  logic                  awready_i,
  output logic [AddrWidth-1:0]  awaddr_o,
  output logic [7:0]            awlen_o,
  output logic [2:0]            awsize_o,
  output logic [1:0]            awburst_o,
  output logic                  wvalid_o,
  input  logic                  wready_i,
  output logic [DataWidth-1:0]  wdata_o,
  output logic [DataWidth/8-1:0] wstrb_o,
  output logic                  wlast_o,
  input  logic                  bvalid_i,
  output logic                  bready_o,
  input  logic [1:0]            bresp_i
);
  localparam int unsigned LogBytes = $clog2(DataWidth / 8);
  localparam int unsigned PageBits = 12 - LogBytes;
  localparam int unsigned LevelWidth = $clog2(Depth) + 1;

  logic                  busy_q, awvalid_q, error_q;
  logic [AddrWidth-1:0]  addr_q, awaddr_q;
  logic [CountWidth-1:0] left_q;
  logic [TagWidth-1:0]   tag_q, error_tag_q;
  logic [7:0]            awlen_q;
  logic [8:0]            w_left_q; // beats of the burst under way

  logic [PageBits:0]     to_border;
  logic [8:0]            burst, whole;
  logic                  issue, ends, note_ready, note_valid, note_ends, w_fire, forget, queue_valid;
  logic [TagWidth-1:0]   note_tag;
  logic [LevelWidth-1:0] level;
  logic [$clog2(Bursts):0] notes;

  logic across;
  prim_plant #(.Id(assay_engine_plant_pkg::CardBurstAcross)) u_across (.active_o(across));

  always_comb begin
    to_border = (PageBits+1)'(1 << PageBits) - (PageBits+1)'(addr_q[11:LogBytes]);
    whole     = 9'(MaxBurst);
    if (left_q < CountWidth'(whole)) whole = 9'(left_q);
    if ((to_border < (PageBits+1)'(whole)) && !across) whole = 9'(to_border);
    burst = whole;
    if (stop_i && (9'(level) < whole)) burst = 9'(level);
  end

  assign ends   = (left_q == CountWidth'(burst));
  assign issue  = busy_q && (w_left_q == '0) && !awvalid_q && note_ready && (burst != '0)
               && (9'(level) >= burst);
  // Nothing more will come.
  assign forget = stop_i && (w_left_q == '0) && !issue;

  assign job_ready_o = !stop_i && (!busy_q || (issue && ends));
  assign running_o   = busy_q;
  assign quiet_o     = !busy_q && !awvalid_q && (level == '0) && (notes == '0);
  assign answered_o  = bvalid_i && note_ends;
  assign error_o     = error_q;
  assign error_tag_o = error_tag_q;

  assign awvalid_o = awvalid_q;
  assign awaddr_o  = awaddr_q;
  assign awlen_o   = awlen_q;
  assign awsize_o  = 3'(LogBytes);
  assign awburst_o = 2'b01;
  assign wvalid_o  = (w_left_q != '0);
  assign wstrb_o   = '1;
  assign wlast_o   = (w_left_q == 9'd1);
  assign bready_o  = 1'b1;
  assign w_fire    = wvalid_o && wready_i;

  prim_fifo_sync #(.Width(DataWidth), .Depth(Depth)) u_queue (
    .clk_i, .rst_ni, .clear_i(forget && !busy_q),
    .valid_i(in_valid_i && !stop_i), .ready_o(in_ready_o), .data_i(in_data_i),
    .valid_o(queue_valid), .ready_i(w_fire), .data_o(wdata_o), .level_o(level)
  );
  // Bursts that are not answered.
  prim_fifo_sync #(.Width(TagWidth + 1), .Depth(Bursts)) u_notes (
    .clk_i, .rst_ni, .clear_i(1'b0),
    .valid_i(issue), .ready_o(note_ready), .data_i({ends, tag_q}),
    .valid_o(note_valid), .ready_i(bvalid_i), .data_o({note_ends, note_tag}), .level_o(notes)
  );
  prim_check u_there (.clk_i, .rst_ni, .ok_i(!wvalid_o || queue_valid));
  prim_check u_asked (.clk_i, .rst_ni, .ok_i(!bvalid_i || note_valid));

  logic unused_resp;
  assign unused_resp = bresp_i[0];

  always_ff @(posedge clk_i) begin
    if (job_valid_i && job_ready_o) tag_q <= job_tag_i;
    if (issue) begin
      awaddr_q <= addr_q;
      awlen_q  <= 8'(burst - 9'd1);
    end
    if (!error_q) error_tag_q <= note_tag;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q    <= 1'b0;
      awvalid_q <= 1'b0;
      addr_q    <= '0;
      left_q    <= '0;
      w_left_q  <= '0;
      error_q   <= 1'b0;
    end else begin
      if (w_fire)    w_left_q  <= w_left_q - 9'd1;
      if (awready_i) awvalid_q <= 1'b0;
      if (clear_i)   error_q   <= 1'b0;
      else if (bvalid_i && bresp_i[1]) error_q <= 1'b1;
      if (issue) begin
        awvalid_q <= 1'b1;
        w_left_q  <= burst;
        addr_q    <= addr_q + (AddrWidth'(burst) << LogBytes);
        left_q    <= left_q - CountWidth'(burst);
        busy_q    <= !ends;
      end else if (forget && (level == '0)) begin
        busy_q    <= 1'b0;
      end
      if (job_valid_i && job_ready_o) begin
        busy_q <= 1'b1;
        addr_q <= job_addr_i;
        left_q <= job_beats_i;
      end
    end
  end

endmodule
