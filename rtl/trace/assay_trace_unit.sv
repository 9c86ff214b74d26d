// The trace unit: RVFI of any core in, the contract's stream of 64-byte beats out. It keeps its own
// shadow of registers and memory (value and time of the last access), so it needs nothing else of
// the core but to be held (throttle_o) when a queue fills.
//
// RVFI -> normalise -> queue -> segmenter -> tags -> queue -> data -> packer -> queue -> stream;
// only data waits for memory. One record a cycle at best. start_i: only when busy_o is low. Golden
// twin: assay-executor's trace. Proved by: lock-step in sim/.
module assay_trace_unit
  import trace_pkg::*;
  import assay_plant_pkg::*;
#(
  parameter int unsigned RetireDepth = 512 // retirements that may wait
) (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic         start_i,

  input  logic [31:0]  entry_pc_i,
  input  logic [4:0]   po2_i,
  input  logic [17:0]  text_start_i,
  input  logic [18:0]  text_end_i,
  input  logic [39:0]  shadow_base_i,
  input  logic [31:0]  input_len_i,
  input  logic         stopped_i,

  input  logic         rvfi_valid_i,
  input  logic [63:0]  rvfi_order_i,
  input  logic [31:0]  rvfi_insn_i,
  input  logic         rvfi_trap_i,
  input  logic         rvfi_halt_i,
  input  logic         rvfi_intr_i,
  input  logic [1:0]   rvfi_mode_i,
  input  logic [1:0]   rvfi_ixl_i,
  input  logic [4:0]   rvfi_rs1_addr_i,
  input  logic [4:0]   rvfi_rs2_addr_i,
  input  logic [31:0]  rvfi_rs1_rdata_i,
  input  logic [31:0]  rvfi_rs2_rdata_i,
  input  logic [4:0]   rvfi_rd_addr_i,
  input  logic [31:0]  rvfi_rd_wdata_i,
  input  logic [31:0]  rvfi_pc_rdata_i,
  input  logic [31:0]  rvfi_pc_wdata_i,
  input  logic [31:0]  rvfi_mem_addr_i,
  input  logic [3:0]   rvfi_mem_rmask_i,
  input  logic [3:0]   rvfi_mem_wmask_i,
  input  logic [31:0]  rvfi_mem_rdata_i,
  input  logic [31:0]  rvfi_mem_wdata_i,
  output logic         throttle_o,

  output logic         shadow_awvalid_o,
  input  logic         shadow_awready_i,
  output logic [39:0]  shadow_awaddr_o,
  output logic [7:0]   shadow_awlen_o,
  output logic [2:0]   shadow_awsize_o,
  output logic [1:0]   shadow_awburst_o,
  output logic         shadow_wvalid_o,
  input  logic         shadow_wready_i,
  output logic [511:0] shadow_wdata_o,
  output logic [63:0]  shadow_wstrb_o,
  output logic         shadow_wlast_o,
  input  logic         shadow_bvalid_i,
  output logic         shadow_bready_o,
  input  logic [1:0]   shadow_bresp_i,
  output logic         shadow_arvalid_o,
  input  logic         shadow_arready_i,
  output logic [39:0]  shadow_araddr_o,
  output logic [7:0]   shadow_arlen_o,
  output logic [2:0]   shadow_arsize_o,
  output logic [1:0]   shadow_arburst_o,
  input  logic         shadow_rvalid_i,
  output logic         shadow_rready_o,
  input  logic [511:0] shadow_rdata_i,
  input  logic [1:0]   shadow_rresp_i,
  input  logic         shadow_rlast_i,

  output logic         trace_valid_o,
  input  logic         trace_ready_i,
  output logic [511:0] trace_data_o,
  output logic         trace_last_o,

  output logic         busy_o,
  output logic         done_o,
  output logic         mismatch_o,
  output logic [63:0]  mismatch_order_o,
  output logic [47:0]  stat_records_o,
  output logic [47:0]  stat_pages_o,
  output logic [47:0]  stat_segments_o,
  output logic [47:0]  stat_throttle_o,
  output logic [47:0]  stat_stall_o
);

  localparam int unsigned SlotDepth  = 512;
  localparam int unsigned BeatDepth  = 512;
  // Retirements that may still come when throttle_o rises: 8 of the core and 7 on the way to the
  // queue; twice that.
  localparam int unsigned RetireRoom = 32;

  // Front: retirements.
  rvfi_t    rvfi;
  ctrl_t    ctrl_in, ctrl;
  payload_t payload_in, payload;
  logic     retire_push, ctrl_valid, ctrl_pop, ctrl_ready, payload_valid, payload_pop, stray;
  logic [$clog2(RetireDepth):0] ctrl_level, payload_level;

  assign rvfi = '{order: rvfi_order_i, insn: rvfi_insn_i, trap: rvfi_trap_i, halt: rvfi_halt_i,
                  rs1_rdata: rvfi_rs1_rdata_i, rs2_rdata: rvfi_rs2_rdata_i,
                  rd_addr: rvfi_rd_addr_i, rd_wdata: rvfi_rd_wdata_i,
                  pc_rdata: rvfi_pc_rdata_i, pc_wdata: rvfi_pc_wdata_i, mem_addr: rvfi_mem_addr_i,
                  mem_rmask: rvfi_mem_rmask_i, mem_wmask: rvfi_mem_wmask_i,
                  mem_rdata: rvfi_mem_rdata_i, mem_wdata: rvfi_mem_wdata_i};

  trace_normalise u_normalise (
    .clk_i, .rst_ni, .start_i,
    .entry_pc_i, .text_start_i, .text_end_i, .input_len_i, .stopped_i,
    .valid_i(rvfi_valid_i), .rvfi_i(rvfi),
    .push_o(retire_push), .ctrl_o(ctrl_in), .payload_o(payload_in), .stray_o(stray)
  );

  // What the segmenter needs goes ahead; the rest waits for the memory half of its record.
  trace_fifo #(.Width($bits(ctrl_t)), .Depth(RetireDepth)) u_ctrl (
    .clk_i, .rst_ni, .clear_i(start_i),
    .push_i(retire_push), .data_i(ctrl_in),
    .valid_o(ctrl_valid), .pop_i(ctrl_pop), .data_o(ctrl), .level_o(ctrl_level)
  );

  trace_fifo #(.Width($bits(payload_t)), .Depth(RetireDepth)) u_payload (
    .clk_i, .rst_ni, .clear_i(start_i),
    .push_i(retire_push), .data_i(payload_in),
    .valid_o(payload_valid), .pop_i(payload_pop), .data_o(payload), .level_o(payload_level)
  );

  assign ctrl_pop = ctrl_valid && ctrl_ready;

  // Middle: segments and slots.
  op_t      op, op_head;
  slot_op_t slot_op_in, slot_op;
  logic     op_valid, op_room_q, op_ready, op_head_valid, op_head_ready;
  logic     slot_push, slot_room_q, slot_valid, slot_pop;
  logic [4:0] op_level;
  logic [$clog2(SlotDepth):0] slot_level;

  trace_segmenter u_segmenter (
    .clk_i, .rst_ni, .start_i, .po2_i,
    .valid_i(ctrl_valid), .ready_o(ctrl_ready), .ctrl_i(ctrl),
    .valid_o(op_valid), .ready_i(op_room_q), .op_o(op)
  );

  prim_fifo_sync #(.Width($bits(op_t)), .Depth(16)) u_ops (
    .clk_i, .rst_ni, .clear_i(start_i),
    .valid_i(op_valid && op_room_q), .ready_o(op_ready), .data_i(op),
    .valid_o(op_head_valid), .ready_i(op_head_ready), .data_o(op_head), .level_o(op_level)
  );

  logic                    fetch, fetch_ready;
  logic [LineAddrBits-1:0] fetch_line, evict_line;
  logic [EvictBits-1:0]    evicts_done;
  logic                    fill_push, fill_valid, fill_pop, fetch_busy, fetch_error;
  logic [LineBits-1:0]     fill, evict_data;
  logic                    evict, evict_room, write_busy, write_error;

  trace_shadow_tags u_tags (
    .clk_i, .rst_ni, .start_i,
    .valid_i(op_head_valid), .ready_o(op_head_ready), .op_i(op_head),
    .push_o(slot_push), .slot_op_o(slot_op_in), .room_i(slot_room_q),
    .fetch_o(fetch), .fetch_line_o(fetch_line), .fetch_ready_i(fetch_ready),
    .evicts_done_i(evicts_done)
  );

  trace_fifo #(.Width($bits(slot_op_t)), .Depth(SlotDepth)) u_slots (
    .clk_i, .rst_ni, .clear_i(start_i),
    .push_i(slot_push), .data_i(slot_op_in),
    .valid_o(slot_valid), .pop_i(slot_pop), .data_o(slot_op), .level_o(slot_level)
  );

  trace_fetch u_fetch (
    .clk_i, .rst_ni, .start_i, .shadow_base_i,
    .fetch_i(fetch), .line_i(fetch_line), .ready_o(fetch_ready),
    .fill_push_o(fill_push), .fill_valid_o(fill_valid), .fill_pop_i(fill_pop), .fill_o(fill),
    .busy_o(fetch_busy), .error_o(fetch_error),
    .arvalid_o(shadow_arvalid_o), .arready_i(shadow_arready_i), .araddr_o(shadow_araddr_o),
    .rvalid_i(shadow_rvalid_i), .rdata_i(shadow_rdata_i), .rresp_i(shadow_rresp_i)
  );

  trace_writeback u_writeback (
    .clk_i, .rst_ni, .start_i, .shadow_base_i,
    .push_i(evict), .line_i(evict_line), .data_i(evict_data), .room_o(evict_room),
    .done_count_o(evicts_done), .busy_o(write_busy), .error_o(write_error),
    .awvalid_o(shadow_awvalid_o), .awready_i(shadow_awready_i), .awaddr_o(shadow_awaddr_o),
    .wvalid_o(shadow_wvalid_o), .wready_i(shadow_wready_i), .wdata_o(shadow_wdata_o),
    .bvalid_i(shadow_bvalid_i), .bresp_i(shadow_bresp_i)
  );

  // One beat, one line.
  assign shadow_awlen_o   = '0;
  assign shadow_awsize_o  = 3'd6;
  assign shadow_awburst_o = 2'b01;
  assign shadow_wstrb_o   = '1;
  assign shadow_wlast_o   = 1'b1;
  assign shadow_bready_o  = 1'b1;
  assign shadow_arlen_o   = '0;
  assign shadow_arsize_o  = 3'd6;
  assign shadow_arburst_o = 2'b01;
  assign shadow_rready_o  = 1'b1;

  // Back: data, times, beats.
  op_t                  s3_op;
  data_op_t             data_op;
  payload_t             data_payload;
  logic                 s3_valid, data_valid, beat_room_q;
  logic [CycleBits-1:0] s3_cycle;
  logic [255:0]         line;
  logic [2:0][23:0]     times;

  trace_shadow_data u_data (
    .clk_i, .rst_ni, .start_i,
    .valid_i(slot_valid), .pop_o(slot_pop), .slot_op_i(slot_op), .room_i(beat_room_q),
    .payload_pop_o(payload_pop), .payload_valid_i(payload_valid), .payload_i(payload),
    .fill_push_i(fill_push), .fill_valid_i(fill_valid), .fill_pop_o(fill_pop), .fill_i(fill),
    .evict_room_i(evict_room), .evict_o(evict), .evict_line_o(evict_line),
    .evict_data_o(evict_data),
    .s3_valid_o(s3_valid), .s3_op_o(s3_op), .s3_cycle_o(s3_cycle),
    .valid_o(data_valid), .data_op_o(data_op), .payload_o(data_payload), .line_o(line)
  );

  trace_reg_times u_times (
    .clk_i, .rst_ni, .clear_i(start_i || (s3_valid && (s3_op.kind == OpEvent))),
    .valid_i(s3_valid && (s3_op.kind == OpRecord)), .cycle_i(s3_cycle),
    .use_i({payload.use_c && !payload.store, payload.use_b && !payload.load, payload.use_a}),
    .a_addr_i(payload.rs1), .b_addr_i(payload.rs2), .c_addr_i(payload.rd),
    .times_o(times)
  );

  logic         beat_valid, beat_last, beat_pop, plant_drop;
  logic [511:0] beat;
  logic         differs;
  logic [$clog2(BeatDepth):0] beat_level;

  trace_packer u_packer (
    .clk_i, .rst_ni, .start_i, .po2_i, .text_start_i, .text_end_i,
    .valid_i(data_valid), .data_op_i(data_op), .payload_i(data_payload), .line_i(line),
    .times_i(times),
    .beat_valid_o(beat_valid), .beat_o(beat), .beat_last_o(beat_last),
    .mismatch_o(differs), .mismatch_order_o, .stat_records_o, .stat_pages_o, .stat_segments_o
  );

  prim_plant #(.Id(PackerBeatDropped)) u_plant_drop (.active_o(plant_drop));

  trace_fifo #(.Width(513), .Depth(BeatDepth)) u_beats (
    .clk_i, .rst_ni, .clear_i(start_i),
    .push_i(beat_valid && !(plant_drop && trace_valid_o && !trace_ready_i && !beat_last)),
    .data_i({beat_last, beat}),
    .valid_o(trace_valid_o), .pop_i(beat_pop), .data_o({trace_last_o, trace_data_o}),
    .level_o(beat_level)
  );

  assign beat_pop = trace_valid_o && trace_ready_i;

  // State and counters.
  logic active_q;

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      stat_throttle_o <= '0;
      stat_stall_o    <= '0;
    end else begin
      stat_throttle_o <= stat_throttle_o + 48'(throttle_o && active_q);
      stat_stall_o    <= stat_stall_o + 48'(trace_valid_o && !trace_ready_i);
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      active_q    <= 1'b0;
      done_o      <= 1'b0;
      throttle_o  <= 1'b0;
      op_room_q   <= 1'b0;
      slot_room_q <= 1'b0;
      beat_room_q <= 1'b0;
    end else begin
      throttle_o  <= (payload_level >= ($clog2(RetireDepth) + 1)'(RetireDepth - RetireRoom));
      op_room_q   <= (op_level <= 5'd13); // one more is on its way when this is seen
      slot_room_q <= (slot_level <= ($clog2(SlotDepth) + 1)'(SlotDepth - 8));
      beat_room_q <= (beat_level <= ($clog2(BeatDepth) + 1)'(BeatDepth - 16));
      if (beat_pop && trace_last_o) begin
        active_q <= 1'b0;
        done_o   <= 1'b1;
      end
      if (start_i) begin
        active_q <= 1'b1;
        done_o   <= 1'b0;
      end
    end
  end

  assign busy_o     = active_q || fetch_busy || write_busy;
  assign mismatch_o = differs || stray || fetch_error || write_error;

  logic unused_bits;
  assign unused_bits = ^{rvfi_intr_i, rvfi_mode_i, rvfi_ixl_i, rvfi_rs1_addr_i, rvfi_rs2_addr_i,
      shadow_rlast_i,
                         ctrl_level, op_ready, shadow_base_i[28:0], s3_op, payload_level};

  prim_check u_ops_room (.clk_i, .rst_ni, .ok_i(!(op_valid && op_room_q) || op_ready));
  prim_stable_check #(.Width(513)) u_stable (
    .clk_i, .rst_ni, .clear_i(start_i),
    .valid_i(trace_valid_o), .ready_i(trace_ready_i), .data_i({trace_last_o, trace_data_o})
  );

endmodule
