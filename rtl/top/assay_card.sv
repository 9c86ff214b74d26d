// The card: a queue of commands in host memory, the engines that run them on card memory, and the
// witness core. What a host sees is in docs/card.md, what a shell sees in docs/porting.md. Flat AXI4
// without identifiers: each port answers in order. Golden twin: assay_driver::EmulatedCard.
// Proved by: sim/card/tests.
module assay_card
  import assay_abi_pkg::*;
  import card_pkg::*;
#(
  parameter logic [31:0] BuildId = 32'd0,
  parameter int unsigned Field = field_pkg::KoalaBear,
  parameter int unsigned Lanes = 2,
  parameter int unsigned LogMax = 8,       // of the NTT, as the next two: rtl/ntt/README.md
  parameter int unsigned LogLoad = 12,
  parameter int unsigned LogStore = 12,
  parameter int unsigned LogRows = 16,     // log2 of the longest column
  parameter int unsigned Products = 3,     // of the hasher, as the next four: rtl/poseidon2/README.md
  parameter int unsigned FullUnits = 1,
  parameter int unsigned PartialUnits = 1,
  parameter int unsigned Share = 2,
  parameter int unsigned Slots = 64,
  parameter int unsigned WithWitness = 1,
  parameter logic [40:0] MemoryBytes = 41'h4000_0000
) (
  input  logic                clk_i,
  input  logic                rst_ni,

  input  logic               regs_awvalid_i,
  output logic               regs_awready_o,
  input  logic [12:0]        regs_awaddr_i,
  input  logic [2:0]         regs_awprot_i,
  input  logic               regs_wvalid_i,
  output logic               regs_wready_o,
  input  logic [31:0]        regs_wdata_i,
  input  logic [3:0]         regs_wstrb_i,
  output logic               regs_bvalid_o,
  input  logic               regs_bready_i,
  output logic [1:0]         regs_bresp_o,
  input  logic               regs_arvalid_i,
  output logic               regs_arready_o,
  input  logic [12:0]        regs_araddr_i,
  input  logic [2:0]         regs_arprot_i,
  output logic               regs_rvalid_o,
  input  logic               regs_rready_i,
  output logic [31:0]        regs_rdata_o,
  output logic [1:0]         regs_rresp_o,

  // Interrupts: one vector at a time, until it is taken.
  output logic               irq_valid_o,
  input  logic               irq_ready_i,
  output logic               irq_vector_o,

  // Host memory.
  output logic               host_awvalid_o,
  input  logic               host_awready_i,
  output logic [63:0]        host_awaddr_o,
  output logic [7:0]         host_awlen_o,
  output logic [2:0]         host_awsize_o,
  output logic [1:0]         host_awburst_o,
  output logic               host_wvalid_o,
  input  logic               host_wready_i,
  output logic [511:0]       host_wdata_o,
  output logic [63:0]        host_wstrb_o,
  output logic               host_wlast_o,
  input  logic               host_bvalid_i,
  output logic               host_bready_o,
  input  logic [1:0]         host_bresp_i,
  output logic               host_arvalid_o,
  input  logic               host_arready_i,
  output logic [63:0]        host_araddr_o,
  output logic [7:0]         host_arlen_o,
  output logic [2:0]         host_arsize_o,
  output logic [1:0]         host_arburst_o,
  input  logic               host_rvalid_i,
  output logic               host_rready_o,
  input  logic [511:0]       host_rdata_i,
  input  logic [1:0]         host_rresp_i,
  input  logic               host_rlast_i,

  // Card memory: uploads and downloads.
  output logic               dma_awvalid_o,
  input  logic               dma_awready_i,
  output logic [39:0]        dma_awaddr_o,
  output logic [7:0]         dma_awlen_o,
  output logic [2:0]         dma_awsize_o,
  output logic [1:0]         dma_awburst_o,
  output logic               dma_wvalid_o,
  input  logic               dma_wready_i,
  output logic [511:0]       dma_wdata_o,
  output logic [63:0]        dma_wstrb_o,
  output logic               dma_wlast_o,
  input  logic               dma_bvalid_i,
  output logic               dma_bready_o,
  input  logic [1:0]         dma_bresp_i,
  output logic               dma_arvalid_o,
  input  logic               dma_arready_i,
  output logic [39:0]        dma_araddr_o,
  output logic [7:0]         dma_arlen_o,
  output logic [2:0]         dma_arsize_o,
  output logic [1:0]         dma_arburst_o,
  input  logic               dma_rvalid_i,
  output logic               dma_rready_o,
  input  logic [511:0]       dma_rdata_i,
  input  logic [1:0]         dma_rresp_i,
  input  logic               dma_rlast_i,

  // Card memory: transforms.
  output logic               ntt_awvalid_o,
  input  logic               ntt_awready_i,
  output logic [39:0]        ntt_awaddr_o,
  output logic [7:0]         ntt_awlen_o,
  output logic [2:0]         ntt_awsize_o,
  output logic [1:0]         ntt_awburst_o,
  output logic               ntt_wvalid_o,
  input  logic               ntt_wready_i,
  output logic [32*Lanes-1:0] ntt_wdata_o,
  output logic [32*Lanes/8-1:0] ntt_wstrb_o,
  output logic               ntt_wlast_o,
  input  logic               ntt_bvalid_i,
  output logic               ntt_bready_o,
  input  logic [1:0]         ntt_bresp_i,
  output logic               ntt_arvalid_o,
  input  logic               ntt_arready_i,
  output logic [39:0]        ntt_araddr_o,
  output logic [7:0]         ntt_arlen_o,
  output logic [2:0]         ntt_arsize_o,
  output logic [1:0]         ntt_arburst_o,
  input  logic               ntt_rvalid_i,
  output logic               ntt_rready_o,
  input  logic [32*Lanes-1:0] ntt_rdata_i,
  input  logic [1:0]         ntt_rresp_i,
  input  logic               ntt_rlast_i,

  // Card memory: trees and permutations.
  output logic               hash_awvalid_o,
  input  logic               hash_awready_i,
  output logic [39:0]        hash_awaddr_o,
  output logic [7:0]         hash_awlen_o,
  output logic [2:0]         hash_awsize_o,
  output logic [1:0]         hash_awburst_o,
  output logic               hash_wvalid_o,
  input  logic               hash_wready_i,
  output logic [511:0]       hash_wdata_o,
  output logic [63:0]        hash_wstrb_o,
  output logic               hash_wlast_o,
  input  logic               hash_bvalid_i,
  output logic               hash_bready_o,
  input  logic [1:0]         hash_bresp_i,
  output logic               hash_arvalid_o,
  input  logic               hash_arready_i,
  output logic [39:0]        hash_araddr_o,
  output logic [7:0]         hash_arlen_o,
  output logic [2:0]         hash_arsize_o,
  output logic [1:0]         hash_arburst_o,
  input  logic               hash_rvalid_i,
  output logic               hash_rready_o,
  input  logic [511:0]       hash_rdata_i,
  input  logic [1:0]         hash_rresp_i,
  input  logic               hash_rlast_i,

  // Card memory: openings.
  output logic               open_awvalid_o,
  input  logic               open_awready_i,
  output logic [39:0]        open_awaddr_o,
  output logic [7:0]         open_awlen_o,
  output logic [2:0]         open_awsize_o,
  output logic [1:0]         open_awburst_o,
  output logic               open_wvalid_o,
  input  logic               open_wready_i,
  output logic [511:0]       open_wdata_o,
  output logic [63:0]        open_wstrb_o,
  output logic               open_wlast_o,
  input  logic               open_bvalid_i,
  output logic               open_bready_o,
  input  logic [1:0]         open_bresp_i,
  output logic               open_arvalid_o,
  input  logic               open_arready_i,
  output logic [39:0]        open_araddr_o,
  output logic [7:0]         open_arlen_o,
  output logic [2:0]         open_arsize_o,
  output logic [1:0]         open_arburst_o,
  input  logic               open_rvalid_i,
  output logic               open_rready_o,
  input  logic [511:0]       open_rdata_i,
  input  logic [1:0]         open_rresp_i,
  input  logic               open_rlast_i,

  // Card memory: the witness core's trace and input.
  output logic               stream_awvalid_o,
  input  logic               stream_awready_i,
  output logic [39:0]        stream_awaddr_o,
  output logic [7:0]         stream_awlen_o,
  output logic [2:0]         stream_awsize_o,
  output logic [1:0]         stream_awburst_o,
  output logic               stream_wvalid_o,
  input  logic               stream_wready_i,
  output logic [511:0]       stream_wdata_o,
  output logic [63:0]        stream_wstrb_o,
  output logic               stream_wlast_o,
  input  logic               stream_bvalid_i,
  output logic               stream_bready_o,
  input  logic [1:0]         stream_bresp_i,
  output logic               stream_arvalid_o,
  input  logic               stream_arready_i,
  output logic [39:0]        stream_araddr_o,
  output logic [7:0]         stream_arlen_o,
  output logic [2:0]         stream_arsize_o,
  output logic [1:0]         stream_arburst_o,
  input  logic               stream_rvalid_i,
  output logic               stream_rready_o,
  input  logic [511:0]       stream_rdata_i,
  input  logic [1:0]         stream_rresp_i,
  input  logic               stream_rlast_i,

  // Card memory: the witness core.
  output logic               ibus_arvalid_o,
  input  logic               ibus_arready_i,
  output logic [39:0]        ibus_araddr_o,
  output logic [7:0]         ibus_arlen_o,
  output logic [2:0]         ibus_arsize_o,
  output logic [1:0]         ibus_arburst_o,
  input  logic               ibus_rvalid_i,
  output logic               ibus_rready_o,
  input  logic [63:0]        ibus_rdata_i,
  input  logic [1:0]         ibus_rresp_i,
  input  logic               ibus_rlast_i,
  output logic               dbus_awvalid_o,
  input  logic               dbus_awready_i,
  output logic [39:0]        dbus_awaddr_o,
  output logic [7:0]         dbus_awlen_o,
  output logic [2:0]         dbus_awsize_o,
  output logic [1:0]         dbus_awburst_o,
  output logic               dbus_wvalid_o,
  input  logic               dbus_wready_i,
  output logic [63:0]        dbus_wdata_o,
  output logic [7:0]         dbus_wstrb_o,
  output logic               dbus_wlast_o,
  input  logic               dbus_bvalid_i,
  output logic               dbus_bready_o,
  input  logic [1:0]         dbus_bresp_i,
  output logic               dbus_arvalid_o,
  input  logic               dbus_arready_i,
  output logic [39:0]        dbus_araddr_o,
  output logic [7:0]         dbus_arlen_o,
  output logic [2:0]         dbus_arsize_o,
  output logic [1:0]         dbus_arburst_o,
  input  logic               dbus_rvalid_i,
  output logic               dbus_rready_o,
  input  logic [63:0]        dbus_rdata_i,
  input  logic [1:0]         dbus_rresp_i,
  input  logic               dbus_rlast_i,
  output logic               shadow_awvalid_o,
  input  logic               shadow_awready_i,
  output logic [39:0]        shadow_awaddr_o,
  output logic [7:0]         shadow_awlen_o,
  output logic [2:0]         shadow_awsize_o,
  output logic [1:0]         shadow_awburst_o,
  output logic               shadow_wvalid_o,
  input  logic               shadow_wready_i,
  output logic [511:0]       shadow_wdata_o,
  output logic [63:0]        shadow_wstrb_o,
  output logic               shadow_wlast_o,
  input  logic               shadow_bvalid_i,
  output logic               shadow_bready_o,
  input  logic [1:0]         shadow_bresp_i,
  output logic               shadow_arvalid_o,
  input  logic               shadow_arready_i,
  output logic [39:0]        shadow_araddr_o,
  output logic [7:0]         shadow_arlen_o,
  output logic [2:0]         shadow_arsize_o,
  output logic [1:0]         shadow_arburst_o,
  input  logic               shadow_rvalid_i,
  output logic               shadow_rready_o,
  input  logic [511:0]       shadow_rdata_i,
  input  logic [1:0]         shadow_rresp_i,
  input  logic               shadow_rlast_i
);
  localparam logic [7:0] Present = (WithWitness != 0) ? 8'h7f : 8'h1f;
  localparam int unsigned Engines = 7;

  // --- Registers.
  logic [1:0]       b_awvalid, b_awready, b_wvalid, b_wready, b_bvalid, b_bready, b_arvalid, b_arready;
  logic [1:0]       b_rvalid, b_rready;
  logic [11:0]      b_awaddr, b_araddr;
  logic [31:0]      b_wdata;
  logic [3:0]       b_wstrb;
  logic [1:0][1:0]  b_bresp, b_rresp;
  logic [1:0][31:0] b_rdata;
  assay_card_regs_pkg::assay_card_regs__in_t  regs_in;
  assay_card_regs_pkg::assay_card_regs__out_t regs;

  card_window u_window (
    .clk_i, .rst_ni,
    .awvalid_i(regs_awvalid_i), .awready_o(regs_awready_o), .awaddr_i(regs_awaddr_i),
    .wvalid_i(regs_wvalid_i), .wready_o(regs_wready_o), .wdata_i(regs_wdata_i),
    .wstrb_i(regs_wstrb_i), .bvalid_o(regs_bvalid_o), .bready_i(regs_bready_i),
    .bresp_o(regs_bresp_o), .arvalid_i(regs_arvalid_i), .arready_o(regs_arready_o),
    .araddr_i(regs_araddr_i), .rvalid_o(regs_rvalid_o), .rready_i(regs_rready_i),
    .rdata_o(regs_rdata_o), .rresp_o(regs_rresp_o),
    .b_awvalid_o(b_awvalid), .b_awready_i(b_awready), .b_awaddr_o(b_awaddr),
    .b_wvalid_o(b_wvalid), .b_wready_i(b_wready), .b_wdata_o(b_wdata), .b_wstrb_o(b_wstrb),
    .b_bvalid_i(b_bvalid), .b_bready_o(b_bready), .b_bresp_i(b_bresp),
    .b_arvalid_o(b_arvalid), .b_arready_i(b_arready), .b_araddr_o(b_araddr),
    .b_rvalid_i(b_rvalid), .b_rready_o(b_rready), .b_rdata_i(b_rdata), .b_rresp_i(b_rresp)
  );

  assay_card_regs u_regs (
    .clk(clk_i), .rst_n(rst_ni),
    .s_axil_awvalid(b_awvalid[CardWindowCard]), .s_axil_awready(b_awready[CardWindowCard]),
    .s_axil_awaddr(b_awaddr), .s_axil_awprot(regs_awprot_i),
    .s_axil_wvalid(b_wvalid[CardWindowCard]), .s_axil_wready(b_wready[CardWindowCard]),
    .s_axil_wdata(b_wdata), .s_axil_wstrb(b_wstrb),
    .s_axil_bvalid(b_bvalid[CardWindowCard]), .s_axil_bready(b_bready[CardWindowCard]),
    .s_axil_bresp(b_bresp[CardWindowCard]),
    .s_axil_arvalid(b_arvalid[CardWindowCard]), .s_axil_arready(b_arready[CardWindowCard]),
    .s_axil_araddr(b_araddr), .s_axil_arprot(regs_arprot_i),
    .s_axil_rvalid(b_rvalid[CardWindowCard]), .s_axil_rready(b_rready[CardWindowCard]),
    .s_axil_rdata(b_rdata[CardWindowCard]), .s_axil_rresp(b_rresp[CardWindowCard]),
    .hwif_in(regs_in), .hwif_out(regs)
  );

  // --- The queue: enabled, halted, idle.
  logic        enable, enable_q, begins, run, halted_q, idle, reset, fetch_fault, completion_fault;
  logic        dispatch_ready, dispatch_empty, fetch_quiet, completion_quiet;
  logic [63:0] submission_base, completion_base;
  logic [3:0]  queue_log;

  assign enable = regs.control.enable.value;
  assign begins = enable && !enable_q;
  assign run    = enable && enable_q && !halted_q && dispatch_ready;
  assign reset  = regs.control.reset.value && idle && !enable;
  assign submission_base = {regs.submission_base.bits_63_32.value.value,
                            regs.submission_base.bits_31_0.value.value[31:6], 6'd0};
  assign completion_base = {regs.completion_base.bits_63_32.value.value,
                            regs.completion_base.bits_31_0.value.value[31:6], 6'd0};
  assign queue_log = regs.queue_log.value.value;

  // --- Host port: who reads, who writes.
  localparam int unsigned Fetch = 0;
  localparam int unsigned UploadList = 1;
  localparam int unsigned UploadPages = 2;
  localparam int unsigned DownloadList = 3;
  localparam int unsigned Completions = 0;
  localparam int unsigned DownloadPages = 1;
  logic [3:0]        h_arvalid, h_arready, h_rvalid;
  logic [3:0][63:0]  h_araddr;
  logic [3:0][7:0]   h_arlen;
  logic [1:0]        h_awvalid, h_awready, h_wvalid, h_wready, h_wlast, h_bvalid;
  logic [1:0][63:0]  h_awaddr, h_wstrb;
  logic [1:0][7:0]   h_awlen;
  logic [1:0][511:0] h_wdata;

  dma_merge_read #(.Readers(4), .AddrWidth(64), .Bursts(64)) u_host_read (
    .clk_i, .rst_ni,
    .valid_i(h_arvalid), .ready_o(h_arready), .addr_i(h_araddr), .len_i(h_arlen),
    .r_valid_o(h_rvalid), .r_last_i(host_rlast_i), .r_valid_i(host_rvalid_i),
    .arvalid_o(host_arvalid_o), .arready_i(host_arready_i), .araddr_o(host_araddr_o),
    .arlen_o(host_arlen_o)
  );
  dma_merge_write #(.AddrWidth(64), .Bursts(32)) u_host_write (
    .clk_i, .rst_ni,
    .aw_valid_i(h_awvalid), .aw_ready_o(h_awready), .aw_addr_i(h_awaddr), .aw_len_i(h_awlen),
    .w_valid_i(h_wvalid), .w_ready_o(h_wready), .w_data_i(h_wdata), .w_strb_i(h_wstrb),
    .w_last_i(h_wlast), .b_valid_o(h_bvalid),
    .awvalid_o(host_awvalid_o), .awready_i(host_awready_i), .awaddr_o(host_awaddr_o),
    .awlen_o(host_awlen_o), .wvalid_o(host_wvalid_o), .wready_i(host_wready_i),
    .wdata_o(host_wdata_o), .wstrb_o(host_wstrb_o), .wlast_o(host_wlast_o),
    .bvalid_i(host_bvalid_i)
  );
  assign host_arsize_o  = 3'd6;
  assign host_arburst_o = 2'b01;
  assign host_rready_o  = 1'b1;
  assign host_awsize_o  = 3'd6;
  assign host_awburst_o = 2'b01;
  assign host_bready_o  = 1'b1;

  // --- Commands in.
  logic         fetched, take, unused_fetch_rready;
  logic [511:0] fetched_command;
  logic [2:0]   unused_fetch_size;
  logic [1:0]   unused_fetch_burst;
  sequence_t    submission_head, completion_tail;

  card_fetch u_fetch (
    .clk_i, .rst_ni, .clear_i(begins), .run_i(run), .quiet_o(fetch_quiet), .fault_o(fetch_fault),
    .base_i(submission_base), .log_i(queue_log), .tail_i(regs.submission_tail.value.value),
    .head_o(submission_head),
    .valid_o(fetched), .ready_i(take), .command_o(fetched_command),
    .arvalid_o(h_arvalid[Fetch]), .arready_i(h_arready[Fetch]), .araddr_o(h_araddr[Fetch]),
    .arlen_o(h_arlen[Fetch]), .arsize_o(unused_fetch_size), .arburst_o(unused_fetch_burst),
    .rvalid_i(h_rvalid[Fetch]), .rready_o(unused_fetch_rready), .rdata_i(host_rdata_i),
    .rresp_i(host_rresp_i), .rlast_i(host_rlast_i)
  );

  logic [Queues-1:0]  push_valid, push_ready, slot_start, slot_done, slot_memory, slot_host;
  logic [Queues-1:0]  slot_busy, slot_empty;
  entry_t             push;
  command_t           slot_command [Queues];
  result_t            slot_result [Queues];
  logic [Queues:0]    finish_valid, finish_ready; // the last one: commands that fail a check
  finish_t            finish [Queues+1];
  note_t              note_q;

  card_dispatch #(
    .Field(Field), .Lanes(Lanes), .LogMax(LogMax), .LogLoad(LogLoad), .LogStore(LogStore),
    .LogRows(LogRows), .Present(Present), .MemoryBytes(MemoryBytes)
  ) u_dispatch (
    .clk_i, .rst_ni, .clear_i(begins), .drop_i(halted_q), .ready_o(dispatch_ready),
    .empty_o(dispatch_empty),
    .valid_i(fetched), .take_o(take), .command_i(fetched_command),
    .push_valid_o(push_valid), .push_ready_i(push_ready), .push_o(push),
    .finish_valid_o(finish_valid[Queues]), .finish_ready_i(finish_ready[Queues]),
    .finish_o(finish[Queues]), .note_i(note_q)
  );

  for (genvar i = 0; i < Queues; i++) begin : gen_slots
    card_slot u_slot (
      .clk_i, .rst_ni, .abort_i(!enable), .drop_i(halted_q),
      .push_valid_i(push_valid[i]), .push_ready_o(push_ready[i]), .push_i(push), .note_i(note_q),
      .start_o(slot_start[i]), .command_o(slot_command[i]), .done_i(slot_done[i]),
      .result_i(slot_result[i]), .stall_memory_i(slot_memory[i]), .stall_host_i(slot_host[i]),
      .finish_valid_o(finish_valid[i]), .finish_ready_i(finish_ready[i]), .finish_o(finish[i]),
      .busy_o(slot_busy[i]), .empty_o(slot_empty[i])
    );
  end

  // A nop is done when it starts.
  assign slot_done[QueueNop]   = slot_start[QueueNop];
  assign slot_result[QueueNop] = '{status: CardStatusOk, detail: '0, last: 1'b0};
  assign slot_memory[QueueNop] = 1'b0;
  assign slot_host[QueueNop]   = 1'b0;

  // --- Completions out.
  logic       out_ready, queued, written, written_failed, wants_interrupt, writer_ready;
  logic [3:0] choice, queue_level;
  finish_t    chosen, next;

  always_comb begin
    choice = '0;
    for (int unsigned i = Queues + 1; i > 0; i--) begin
      if (finish_valid[i-1]) choice = 4'(i - 1);
    end
    chosen               = finish[choice];
    finish_ready         = '0;
    finish_ready[choice] = out_ready;
  end

  prim_fifo_sync #(.Width($bits(finish_t)), .Depth(8)) u_finished (
    .clk_i, .rst_ni, .clear_i(halted_q),
    .valid_i(|finish_valid), .ready_o(out_ready), .data_i(chosen),
    .valid_o(queued), .ready_i(writer_ready), .data_o(next), .level_o(queue_level)
  );

  card_completion u_completion (
    .clk_i, .rst_ni, .clear_i(begins), .drop_i(halted_q), .quiet_o(completion_quiet),
    .fault_o(completion_fault), .written_o(written), .failed_o(written_failed),
    .interrupt_o(wants_interrupt),
    .base_i(completion_base), .log_i(queue_log), .head_i(regs.completion_head.value.value),
    .submission_head_i(submission_head), .tail_o(completion_tail),
    .valid_i(queued), .ready_o(writer_ready), .finish_i(next),
    .awvalid_o(h_awvalid[Completions]), .awready_i(h_awready[Completions]),
    .awaddr_o(h_awaddr[Completions]), .wvalid_o(h_wvalid[Completions]),
    .wready_i(h_wready[Completions]), .wdata_o(h_wdata[Completions]),
    .wstrb_o(h_wstrb[Completions]), .bvalid_i(h_bvalid[Completions]), .berror_i(host_bresp_i[1])
  );
  assign h_awlen[Completions] = '0;
  assign h_wlast[Completions] = 1'b1;

  logic [1:0] interrupts_q;
  assign irq_valid_o  = |interrupts_q;
  assign irq_vector_o = !interrupts_q[CardVectorCompletion];

  assign idle = (&slot_empty) && dispatch_empty && (queue_level == '0) && completion_quiet
             && fetch_quiet && !note_q.valid && !fetched;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      enable_q     <= 1'b0;
      halted_q     <= 1'b0;
      note_q       <= '0;
      interrupts_q <= '0;
    end else begin
      enable_q <= enable;
      note_q   <= '{
        valid: (|finish_valid) && out_ready && !halted_q, number: chosen.number,
        ok: chosen.status == CardStatusOk
      };
      if (reset) halted_q <= 1'b0;
      else if ((run && fetch_fault) || completion_fault) halted_q <= 1'b1;
      if (irq_ready_i) interrupts_q[irq_vector_o] <= 1'b0;
      if (regs.control.interrupts.value) begin
        if (wants_interrupt) interrupts_q[CardVectorCompletion] <= 1'b1;
        if (!halted_q && ((run && fetch_fault) || completion_fault)) begin
          interrupts_q[CardVectorHalted] <= 1'b1;
        end
      end
    end
  end

  // --- Engines.
  logic [4:0] quiet;
  card_upload u_upload (
    .clk_i, .rst_ni, .start_i(slot_start[CardEngineTransferIn]),
    .command_i(slot_command[CardEngineTransferIn]), .done_o(slot_done[CardEngineTransferIn]),
    .result_o(slot_result[CardEngineTransferIn]), .stall_memory_o(slot_memory[CardEngineTransferIn]),
    .stall_host_o(slot_host[CardEngineTransferIn]), .quiet_o(quiet[CardEngineTransferIn]),
    .h_arvalid_o(h_arvalid[UploadPages:UploadList]), .h_arready_i(h_arready[UploadPages:UploadList]),
    .h_araddr_o(h_araddr[UploadPages:UploadList]), .h_arlen_o(h_arlen[UploadPages:UploadList]),
    .h_rvalid_i(h_rvalid[UploadPages:UploadList]), .h_rdata_i(host_rdata_i),
    .h_rresp_i(host_rresp_i), .h_rlast_i(host_rlast_i),
    .c_awvalid_o(dma_awvalid_o), .c_awready_i(dma_awready_i), .c_awaddr_o(dma_awaddr_o),
    .c_awlen_o(dma_awlen_o), .c_awsize_o(dma_awsize_o), .c_awburst_o(dma_awburst_o),
    .c_wvalid_o(dma_wvalid_o), .c_wready_i(dma_wready_i), .c_wdata_o(dma_wdata_o),
    .c_wstrb_o(dma_wstrb_o), .c_wlast_o(dma_wlast_o), .c_bvalid_i(dma_bvalid_i),
    .c_bready_o(dma_bready_o), .c_bresp_i(dma_bresp_i)
  );
  card_download u_download (
    .clk_i, .rst_ni, .start_i(slot_start[CardEngineTransferOut]),
    .command_i(slot_command[CardEngineTransferOut]), .done_o(slot_done[CardEngineTransferOut]),
    .result_o(slot_result[CardEngineTransferOut]),
    .stall_memory_o(slot_memory[CardEngineTransferOut]),
    .stall_host_o(slot_host[CardEngineTransferOut]), .quiet_o(quiet[CardEngineTransferOut]),
    .h_arvalid_o(h_arvalid[DownloadList]), .h_arready_i(h_arready[DownloadList]),
    .h_araddr_o(h_araddr[DownloadList]), .h_arlen_o(h_arlen[DownloadList]),
    .h_rvalid_i(h_rvalid[DownloadList]), .h_rdata_i(host_rdata_i), .h_rresp_i(host_rresp_i),
    .h_rlast_i(host_rlast_i),
    .h_awvalid_o(h_awvalid[DownloadPages]), .h_awready_i(h_awready[DownloadPages]),
    .h_awaddr_o(h_awaddr[DownloadPages]), .h_awlen_o(h_awlen[DownloadPages]),
    .h_wvalid_o(h_wvalid[DownloadPages]), .h_wready_i(h_wready[DownloadPages]),
    .h_wdata_o(h_wdata[DownloadPages]), .h_wstrb_o(h_wstrb[DownloadPages]),
    .h_wlast_o(h_wlast[DownloadPages]), .h_bvalid_i(h_bvalid[DownloadPages]),
    .h_bresp_i(host_bresp_i),
    .c_arvalid_o(dma_arvalid_o), .c_arready_i(dma_arready_i), .c_araddr_o(dma_araddr_o),
    .c_arlen_o(dma_arlen_o), .c_arsize_o(dma_arsize_o), .c_arburst_o(dma_arburst_o),
    .c_rvalid_i(dma_rvalid_i), .c_rready_o(dma_rready_o), .c_rdata_i(dma_rdata_i),
    .c_rresp_i(dma_rresp_i), .c_rlast_i(dma_rlast_i)
  );
  card_ntt #(
    .Field(Field), .Lanes(Lanes), .LogMax(LogMax), .LogLoad(LogLoad), .LogStore(LogStore)
  ) u_ntt (
    .clk_i, .rst_ni, .start_i(slot_start[CardEngineNtt]), .command_i(slot_command[CardEngineNtt]),
    .done_o(slot_done[CardEngineNtt]), .result_o(slot_result[CardEngineNtt]),
    .stall_memory_o(slot_memory[CardEngineNtt]), .quiet_o(quiet[CardEngineNtt]),
    .awvalid_o(ntt_awvalid_o), .awready_i(ntt_awready_i), .awaddr_o(ntt_awaddr_o),
    .awlen_o(ntt_awlen_o), .awsize_o(ntt_awsize_o), .awburst_o(ntt_awburst_o),
    .wvalid_o(ntt_wvalid_o), .wready_i(ntt_wready_i), .wdata_o(ntt_wdata_o),
    .wstrb_o(ntt_wstrb_o), .wlast_o(ntt_wlast_o), .bvalid_i(ntt_bvalid_i),
    .bready_o(ntt_bready_o), .bresp_i(ntt_bresp_i), .arvalid_o(ntt_arvalid_o),
    .arready_i(ntt_arready_i), .araddr_o(ntt_araddr_o), .arlen_o(ntt_arlen_o),
    .arsize_o(ntt_arsize_o), .arburst_o(ntt_arburst_o), .rvalid_i(ntt_rvalid_i),
    .rready_o(ntt_rready_o), .rdata_i(ntt_rdata_i), .rresp_i(ntt_rresp_i),
    .rlast_i(ntt_rlast_i)
  );
  assign slot_host[CardEngineNtt] = 1'b0;
  card_hash #(
    .Field(Field), .Lanes(Lanes), .Products(Products), .FullUnits(FullUnits),
    .PartialUnits(PartialUnits), .Share(Share), .Slots(Slots), .OutDepth(Slots),
    .MemoryBytes(MemoryBytes)
  ) u_hash (
    .clk_i, .rst_ni, .start_i(slot_start[CardEngineHash]), .command_i(slot_command[CardEngineHash]),
    .done_o(slot_done[CardEngineHash]), .result_o(slot_result[CardEngineHash]),
    .stall_memory_o(slot_memory[CardEngineHash]), .quiet_o(quiet[CardEngineHash]),
    .awvalid_o(hash_awvalid_o), .awready_i(hash_awready_i), .awaddr_o(hash_awaddr_o),
    .awlen_o(hash_awlen_o), .awsize_o(hash_awsize_o), .awburst_o(hash_awburst_o),
    .wvalid_o(hash_wvalid_o), .wready_i(hash_wready_i), .wdata_o(hash_wdata_o),
    .wstrb_o(hash_wstrb_o), .wlast_o(hash_wlast_o), .bvalid_i(hash_bvalid_i),
    .bready_o(hash_bready_o), .bresp_i(hash_bresp_i), .arvalid_o(hash_arvalid_o),
    .arready_i(hash_arready_i), .araddr_o(hash_araddr_o), .arlen_o(hash_arlen_o),
    .arsize_o(hash_arsize_o), .arburst_o(hash_arburst_o), .rvalid_i(hash_rvalid_i),
    .rready_o(hash_rready_o), .rdata_i(hash_rdata_i), .rresp_i(hash_rresp_i),
    .rlast_i(hash_rlast_i)
  );
  assign slot_host[CardEngineHash] = 1'b0;
  card_open #(.Lanes(Lanes), .MemoryBytes(MemoryBytes)) u_open (
    .clk_i, .rst_ni, .start_i(slot_start[CardEngineOpen]), .command_i(slot_command[CardEngineOpen]),
    .done_o(slot_done[CardEngineOpen]), .result_o(slot_result[CardEngineOpen]),
    .stall_memory_o(slot_memory[CardEngineOpen]), .quiet_o(quiet[CardEngineOpen]),
    .awvalid_o(open_awvalid_o), .awready_i(open_awready_i), .awaddr_o(open_awaddr_o),
    .awlen_o(open_awlen_o), .awsize_o(open_awsize_o), .awburst_o(open_awburst_o),
    .wvalid_o(open_wvalid_o), .wready_i(open_wready_i), .wdata_o(open_wdata_o),
    .wstrb_o(open_wstrb_o), .wlast_o(open_wlast_o), .bvalid_i(open_bvalid_i),
    .bready_o(open_bready_o), .bresp_i(open_bresp_i), .arvalid_o(open_arvalid_o),
    .arready_i(open_arready_i), .araddr_o(open_araddr_o), .arlen_o(open_arlen_o),
    .arsize_o(open_arsize_o), .arburst_o(open_arburst_o), .rvalid_i(open_rvalid_i),
    .rready_o(open_rready_o), .rdata_i(open_rdata_i), .rresp_i(open_rresp_i),
    .rlast_i(open_rlast_i)
  );
  assign slot_host[CardEngineOpen] = 1'b0;

  // --- The witness core.
  if (WithWitness != 0) begin : gen_witness
    logic                input_valid, input_ready, journal_valid, trace_valid, trace_ready, trace_last;
    logic [31:0]         input_data, journal_data;
    logic [BeatBits-1:0] trace_data;
    logic                trace_quiet, feed_quiet, unused;

    assay_witness_top #(.BuildId(BuildId)) u_witness (
      .clk_i, .rst_ni,
      .regs_awvalid_i(b_awvalid[CardWindowWitness]), .regs_awready_o(b_awready[CardWindowWitness]),
      .regs_awaddr_i(b_awaddr), .regs_awprot_i, .regs_wvalid_i(b_wvalid[CardWindowWitness]),
      .regs_wready_o(b_wready[CardWindowWitness]), .regs_wdata_i(b_wdata), .regs_wstrb_i(b_wstrb),
      .regs_bvalid_o(b_bvalid[CardWindowWitness]), .regs_bready_i(b_bready[CardWindowWitness]),
      .regs_bresp_o(b_bresp[CardWindowWitness]),
      .regs_arvalid_i(b_arvalid[CardWindowWitness]), .regs_arready_o(b_arready[CardWindowWitness]),
      .regs_araddr_i(b_araddr), .regs_arprot_i, .regs_rvalid_o(b_rvalid[CardWindowWitness]),
      .regs_rready_i(b_rready[CardWindowWitness]), .regs_rdata_o(b_rdata[CardWindowWitness]),
      .regs_rresp_o(b_rresp[CardWindowWitness]),
      .input_valid_i(input_valid), .input_ready_o(input_ready), .input_data_i(input_data),
      .journal_valid_o(journal_valid), .journal_ready_i(1'b1), .journal_data_o(journal_data),
      .trace_valid_o(trace_valid), .trace_ready_i(trace_ready), .trace_data_o(trace_data),
      .trace_last_o(trace_last),
      .ibus_arvalid_o, .ibus_arready_i, .ibus_araddr_o, .ibus_arlen_o, .ibus_arsize_o,
      .ibus_arburst_o, .ibus_rvalid_i, .ibus_rready_o, .ibus_rdata_i, .ibus_rresp_i,
      .ibus_rlast_i, .dbus_awvalid_o, .dbus_awready_i, .dbus_awaddr_o, .dbus_awlen_o,
      .dbus_awsize_o, .dbus_awburst_o, .dbus_wvalid_o, .dbus_wready_i, .dbus_wdata_o,
      .dbus_wstrb_o, .dbus_wlast_o, .dbus_bvalid_i, .dbus_bready_o, .dbus_bresp_i,
      .dbus_arvalid_o, .dbus_arready_i, .dbus_araddr_o, .dbus_arlen_o, .dbus_arsize_o,
      .dbus_arburst_o, .dbus_rvalid_i, .dbus_rready_o, .dbus_rdata_i, .dbus_rresp_i,
      .dbus_rlast_i, .shadow_awvalid_o, .shadow_awready_i, .shadow_awaddr_o,
      .shadow_awlen_o, .shadow_awsize_o, .shadow_awburst_o, .shadow_wvalid_o,
      .shadow_wready_i, .shadow_wdata_o, .shadow_wstrb_o, .shadow_wlast_o, .shadow_bvalid_i,
      .shadow_bready_o, .shadow_bresp_i, .shadow_arvalid_o, .shadow_arready_i,
      .shadow_araddr_o, .shadow_arlen_o, .shadow_arsize_o, .shadow_arburst_o,
      .shadow_rvalid_i, .shadow_rready_o, .shadow_rdata_i, .shadow_rresp_i, .shadow_rlast_i
    );
    card_trace u_trace (
      .clk_i, .rst_ni, .stop_i(!enable || halted_q), .start_i(slot_start[CardEngineTrace]),
      .command_i(slot_command[CardEngineTrace]), .done_o(slot_done[CardEngineTrace]),
      .result_o(slot_result[CardEngineTrace]), .stall_memory_o(slot_memory[CardEngineTrace]),
      .quiet_o(trace_quiet),
      .trace_valid_i(trace_valid), .trace_ready_o(trace_ready), .trace_data_i(trace_data),
      .trace_last_i(trace_last),
      .awvalid_o(stream_awvalid_o), .awready_i(stream_awready_i), .awaddr_o(stream_awaddr_o),
      .awlen_o(stream_awlen_o), .awsize_o(stream_awsize_o), .awburst_o(stream_awburst_o),
      .wvalid_o(stream_wvalid_o), .wready_i(stream_wready_i), .wdata_o(stream_wdata_o),
      .wstrb_o(stream_wstrb_o), .wlast_o(stream_wlast_o), .bvalid_i(stream_bvalid_i),
      .bready_o(stream_bready_o), .bresp_i(stream_bresp_i)
    );
    card_feed u_feed (
      .clk_i, .rst_ni, .stop_i(!enable || halted_q), .start_i(slot_start[CardEngineFeed]),
      .command_i(slot_command[CardEngineFeed]), .done_o(slot_done[CardEngineFeed]),
      .result_o(slot_result[CardEngineFeed]), .stall_memory_o(slot_memory[CardEngineFeed]),
      .quiet_o(feed_quiet),
      .input_valid_o(input_valid), .input_ready_i(input_ready), .input_data_o(input_data),
      .arvalid_o(stream_arvalid_o), .arready_i(stream_arready_i), .araddr_o(stream_araddr_o),
      .arlen_o(stream_arlen_o), .arsize_o(stream_arsize_o), .arburst_o(stream_arburst_o),
      .rvalid_i(stream_rvalid_i), .rready_o(stream_rready_o), .rdata_i(stream_rdata_i),
      .rresp_i(stream_rresp_i), .rlast_i(stream_rlast_i)
    );
    assign slot_host[CardEngineTrace] = 1'b0;
    assign slot_host[CardEngineFeed]  = 1'b0;
    assign unused = ^{journal_valid, journal_data, trace_quiet, feed_quiet};
  end else begin : gen_no_witness
    logic unused;

    card_identity #(.BuildId(BuildId)) u_identity (
      .clk_i, .rst_ni,
      .regs_awvalid_i(b_awvalid[CardWindowWitness]), .regs_awready_o(b_awready[CardWindowWitness]),
      .regs_awaddr_i(b_awaddr), .regs_awprot_i(regs_awprot_i), .regs_wvalid_i(b_wvalid[CardWindowWitness]),
      .regs_wready_o(b_wready[CardWindowWitness]), .regs_wdata_i(b_wdata), .regs_wstrb_i(b_wstrb),
      .regs_bvalid_o(b_bvalid[CardWindowWitness]), .regs_bready_i(b_bready[CardWindowWitness]),
      .regs_bresp_o(b_bresp[CardWindowWitness]),
      .regs_arvalid_i(b_arvalid[CardWindowWitness]), .regs_arready_o(b_arready[CardWindowWitness]),
      .regs_araddr_i(b_araddr), .regs_arprot_i(regs_arprot_i), .regs_rvalid_o(b_rvalid[CardWindowWitness]),
      .regs_rready_i(b_rready[CardWindowWitness]), .regs_rdata_o(b_rdata[CardWindowWitness]),
      .regs_rresp_o(b_rresp[CardWindowWitness])
    );
    for (genvar i = CardEngineTrace; i <= CardEngineFeed; i++) begin : gen_absent
      assign slot_done[i]   = 1'b0;
      assign slot_result[i] = '0;
      assign slot_memory[i] = 1'b0;
      assign slot_host[i]   = 1'b0;
    end
    assign stream_awvalid_o = '0;
    assign stream_awaddr_o = '0;
    assign stream_awlen_o = '0;
    assign stream_awsize_o = '0;
    assign stream_awburst_o = '0;
    assign stream_wvalid_o = '0;
    assign stream_wdata_o = '0;
    assign stream_wstrb_o = '0;
    assign stream_wlast_o = '0;
    assign stream_bready_o = '0;
    assign stream_arvalid_o = '0;
    assign stream_araddr_o = '0;
    assign stream_arlen_o = '0;
    assign stream_arsize_o = '0;
    assign stream_arburst_o = '0;
    assign stream_rready_o = '0;
    assign ibus_arvalid_o = '0;
    assign ibus_araddr_o = '0;
    assign ibus_arlen_o = '0;
    assign ibus_arsize_o = '0;
    assign ibus_arburst_o = '0;
    assign ibus_rready_o = '0;
    assign dbus_awvalid_o = '0;
    assign dbus_awaddr_o = '0;
    assign dbus_awlen_o = '0;
    assign dbus_awsize_o = '0;
    assign dbus_awburst_o = '0;
    assign dbus_wvalid_o = '0;
    assign dbus_wdata_o = '0;
    assign dbus_wstrb_o = '0;
    assign dbus_wlast_o = '0;
    assign dbus_bready_o = '0;
    assign dbus_arvalid_o = '0;
    assign dbus_araddr_o = '0;
    assign dbus_arlen_o = '0;
    assign dbus_arsize_o = '0;
    assign dbus_arburst_o = '0;
    assign dbus_rready_o = '0;
    assign shadow_awvalid_o = '0;
    assign shadow_awaddr_o = '0;
    assign shadow_awlen_o = '0;
    assign shadow_awsize_o = '0;
    assign shadow_awburst_o = '0;
    assign shadow_wvalid_o = '0;
    assign shadow_wdata_o = '0;
    assign shadow_wstrb_o = '0;
    assign shadow_wlast_o = '0;
    assign shadow_bready_o = '0;
    assign shadow_arvalid_o = '0;
    assign shadow_araddr_o = '0;
    assign shadow_arlen_o = '0;
    assign shadow_arsize_o = '0;
    assign shadow_arburst_o = '0;
    assign shadow_rready_o = '0;
    assign unused = ^{
      stream_awready_i, stream_wready_i, stream_bvalid_i, stream_bresp_i,
      stream_arready_i, stream_rvalid_i, stream_rdata_i, stream_rresp_i, stream_rlast_i,
      ibus_arready_i, ibus_rvalid_i, ibus_rdata_i, ibus_rresp_i, ibus_rlast_i,
      dbus_awready_i, dbus_wready_i, dbus_bvalid_i, dbus_bresp_i, dbus_arready_i,
      dbus_rvalid_i, dbus_rdata_i, dbus_rresp_i, dbus_rlast_i, shadow_awready_i,
      shadow_wready_i, shadow_bvalid_i, shadow_bresp_i, shadow_arready_i, shadow_rvalid_i,
      shadow_rdata_i, shadow_rresp_i, shadow_rlast_i
    };
  end

  // --- Counters.
  logic [63:0] clock_q, commands_q, errors_q, read_q, written_q;
  logic [63:0] busy_q [Engines];
  logic [63:0] memory_q [Engines];
  logic [63:0] stalled_q [Engines];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      clock_q    <= '0;
      commands_q <= '0;
      errors_q   <= '0;
      read_q     <= '0;
      written_q  <= '0;
      for (int unsigned i = 0; i < Engines; i++) begin
        busy_q[i]    <= '0;
        memory_q[i]  <= '0;
        stalled_q[i] <= '0;
      end
    end else if (reset) begin
      clock_q    <= '0;
      commands_q <= '0;
      errors_q   <= '0;
      read_q     <= '0;
      written_q  <= '0;
      for (int unsigned i = 0; i < Engines; i++) begin
        busy_q[i]    <= '0;
        memory_q[i]  <= '0;
        stalled_q[i] <= '0;
      end
    end else begin
      clock_q <= clock_q + 64'd1;
      if (written) begin
        commands_q <= commands_q + 64'd1;
        errors_q   <= errors_q + 64'(written_failed);
      end
      if (host_rvalid_i) read_q <= read_q + 64'd64;
      // Half a beat is a completion.
      if (host_wvalid_o && host_wready_i) begin
        written_q <= written_q + ((&host_wstrb_o) ? 64'd64 : 64'd32);
      end
      for (int unsigned i = 0; i < Engines; i++) begin
        if (slot_busy[i]) begin
          busy_q[i]    <= busy_q[i] + 64'd1;
          memory_q[i]  <= memory_q[i] + 64'(slot_memory[i]);
          stalled_q[i] <= stalled_q[i] + 64'(slot_host[i]);
        end
      end
    end
  end

  logic unused_card;
  assign unused_card = ^{slot_busy[QueueNop], quiet, unused_fetch_size, unused_fetch_burst,
                         unused_fetch_rready, host_bresp_i[0], regs.submission_base.bits_31_0.value.value[5:0],
                         regs.completion_base.bits_31_0.value.value[5:0]};

  assign regs_in.capability.log_lanes.next  = 4'($clog2(Lanes));
  assign regs_in.capability.log_rows.next   = 5'(LogRows);
  assign regs_in.capability.interval.next   =
      8'(poseidon2_pkg::interval(Field, FullUnits, PartialUnits, Share));
  assign regs_in.capability.field_code.next = 2'(Field);
  assign regs_in.engines.present.next       = Present;
  assign regs_in.memory_bytes.lo.value.next = MemoryBytes[31:0];
  assign regs_in.memory_bytes.hi.value.next = 32'(MemoryBytes[40:32]);
  assign regs_in.status.idle.next           = idle;
  assign regs_in.status.halted.next         = halted_q;
  assign regs_in.submission_head.value.next = submission_head;
  assign regs_in.completion_tail.value.next = completion_tail;
  assign regs_in.clock_cycles.lo.value.next = clock_q[31:0];
  assign regs_in.clock_cycles.hi.value.next = clock_q[63:32];
  assign regs_in.commands.lo.value.next = commands_q[31:0];
  assign regs_in.commands.hi.value.next = commands_q[63:32];
  assign regs_in.errors.lo.value.next = errors_q[31:0];
  assign regs_in.errors.hi.value.next = errors_q[63:32];
  assign regs_in.host_read.lo.value.next = read_q[31:0];
  assign regs_in.host_read.hi.value.next = read_q[63:32];
  assign regs_in.host_written.lo.value.next = written_q[31:0];
  assign regs_in.host_written.hi.value.next = written_q[63:32];
  assign regs_in.transfer_in_busy.lo.value.next = busy_q[CardEngineTransferIn][31:0];
  assign regs_in.transfer_in_busy.hi.value.next = busy_q[CardEngineTransferIn][63:32];
  assign regs_in.transfer_in_stall_memory.lo.value.next = memory_q[CardEngineTransferIn][31:0];
  assign regs_in.transfer_in_stall_memory.hi.value.next = memory_q[CardEngineTransferIn][63:32];
  assign regs_in.transfer_in_stall_host.lo.value.next = stalled_q[CardEngineTransferIn][31:0];
  assign regs_in.transfer_in_stall_host.hi.value.next = stalled_q[CardEngineTransferIn][63:32];
  assign regs_in.transfer_out_busy.lo.value.next = busy_q[CardEngineTransferOut][31:0];
  assign regs_in.transfer_out_busy.hi.value.next = busy_q[CardEngineTransferOut][63:32];
  assign regs_in.transfer_out_stall_memory.lo.value.next = memory_q[CardEngineTransferOut][31:0];
  assign regs_in.transfer_out_stall_memory.hi.value.next = memory_q[CardEngineTransferOut][63:32];
  assign regs_in.transfer_out_stall_host.lo.value.next = stalled_q[CardEngineTransferOut][31:0];
  assign regs_in.transfer_out_stall_host.hi.value.next = stalled_q[CardEngineTransferOut][63:32];
  assign regs_in.ntt_busy.lo.value.next = busy_q[CardEngineNtt][31:0];
  assign regs_in.ntt_busy.hi.value.next = busy_q[CardEngineNtt][63:32];
  assign regs_in.ntt_stall_memory.lo.value.next = memory_q[CardEngineNtt][31:0];
  assign regs_in.ntt_stall_memory.hi.value.next = memory_q[CardEngineNtt][63:32];
  assign regs_in.ntt_stall_host.lo.value.next = stalled_q[CardEngineNtt][31:0];
  assign regs_in.ntt_stall_host.hi.value.next = stalled_q[CardEngineNtt][63:32];
  assign regs_in.hash_busy.lo.value.next = busy_q[CardEngineHash][31:0];
  assign regs_in.hash_busy.hi.value.next = busy_q[CardEngineHash][63:32];
  assign regs_in.hash_stall_memory.lo.value.next = memory_q[CardEngineHash][31:0];
  assign regs_in.hash_stall_memory.hi.value.next = memory_q[CardEngineHash][63:32];
  assign regs_in.hash_stall_host.lo.value.next = stalled_q[CardEngineHash][31:0];
  assign regs_in.hash_stall_host.hi.value.next = stalled_q[CardEngineHash][63:32];
  assign regs_in.open_busy.lo.value.next = busy_q[CardEngineOpen][31:0];
  assign regs_in.open_busy.hi.value.next = busy_q[CardEngineOpen][63:32];
  assign regs_in.open_stall_memory.lo.value.next = memory_q[CardEngineOpen][31:0];
  assign regs_in.open_stall_memory.hi.value.next = memory_q[CardEngineOpen][63:32];
  assign regs_in.open_stall_host.lo.value.next = stalled_q[CardEngineOpen][31:0];
  assign regs_in.open_stall_host.hi.value.next = stalled_q[CardEngineOpen][63:32];
  assign regs_in.trace_busy.lo.value.next = busy_q[CardEngineTrace][31:0];
  assign regs_in.trace_busy.hi.value.next = busy_q[CardEngineTrace][63:32];
  assign regs_in.trace_stall_memory.lo.value.next = memory_q[CardEngineTrace][31:0];
  assign regs_in.trace_stall_memory.hi.value.next = memory_q[CardEngineTrace][63:32];
  assign regs_in.trace_stall_host.lo.value.next = stalled_q[CardEngineTrace][31:0];
  assign regs_in.trace_stall_host.hi.value.next = stalled_q[CardEngineTrace][63:32];
  assign regs_in.feed_busy.lo.value.next = busy_q[CardEngineFeed][31:0];
  assign regs_in.feed_busy.hi.value.next = busy_q[CardEngineFeed][63:32];
  assign regs_in.feed_stall_memory.lo.value.next = memory_q[CardEngineFeed][31:0];
  assign regs_in.feed_stall_memory.hi.value.next = memory_q[CardEngineFeed][63:32];
  assign regs_in.feed_stall_host.lo.value.next = stalled_q[CardEngineFeed][31:0];
  assign regs_in.feed_stall_host.hi.value.next = stalled_q[CardEngineFeed][63:32];

endmodule
