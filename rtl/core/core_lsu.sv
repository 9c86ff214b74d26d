// MEM stage: checks of loads and stores, data that stores in flight hold for a load, selection of
// late results. A load's value goes to the bypass from the RAM through core_align alone; when a
// store in flight writes the same word, the value is ready one cycle later, in WB.
module core_lsu
  import core_pkg::*;
  import assay_abi_pkg::*;
  import assay_plant_pkg::*;
(
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        flush_i,
  input  logic        wb_hold_i,

  input  logic [17:0] text_start_i,
  input  logic [18:0] text_end_i,

  input  logic        valid_i,
  input  mem_t        mem_i,
  input  lost_e       lost_i,
  input  logic [31:0] mul_low_i,
  input  logic [31:0] mul_high_i,
  input  logic [31:0] div_result_i,
  input  logic [31:0] word_i,        // of the data cache, for mem_i.addr
  input  logic        hit_i,

  output logic        late_o,        // the bypass must wait for WB
  output logic [31:0] result_o,      // for the bypass; not of loads
  output logic [31:0] loaded_o,      // for the bypass

  input  logic        store_i,       // the store in WB is done

  output logic        valid_o,
  output wb_t         wb_o,
  output lost_e       lost_o
);
  wb_t         wb_q, wb_d;
  logic        valid_q;
  lost_e       lost_q;

  // The store that was in WB one cycle ago: the RAM was read at the edge that wrote it.
  logic        past_q;
  logic [13:2] past_addr_q;
  logic [3:0]  past_mask_q;
  logic [31:0] past_data_q;
  logic        match_wb, match_past;
  logic        plant_lane, plant_byte, plant_past, plant_index;

  // Lines that hit are unique in the cache: equal index means equal address, or the load is
  // replayed.
  // 13:2 is the index of 16 KiB, the largest.
  assign match_wb   = valid_q & wb_q.ctrl.store & (wb_q.addr[12:2] == mem_i.addr[12:2]) &
                      ((wb_q.addr[13] == mem_i.addr[13]) | plant_index);
  assign match_past = past_q & ~plant_past & (past_addr_q == mem_i.addr[13:2]);

  assign late_o = mem_i.ctrl.mulh | mem_i.ctrl.div |
                  (mem_i.ctrl.load & (match_wb | match_past));
  assign result_o = mem_i.ctrl.mul ? mul_low_i : mem_i.result;

  core_align u_align (.align_i(mem_i.align), .word_i, .value_o(loaded_o));

  // Faults. Loads: misaligned, out of range. Stores: also to text.
  logic        misaligned, out_of_range, to_text;
  prim_plant #(.Id(CoreStoreByteLane)) u_plant_lane (.active_o(plant_lane));
  prim_plant #(.Id(CoreForwardWholeWord)) u_plant_byte (.active_o(plant_byte));
  prim_plant #(.Id(CoreForwardPastLost)) u_plant_past (.active_o(plant_past));
  prim_plant #(.Id(CoreForwardIndexShort)) u_plant_index (.active_o(plant_index));

  assign misaligned   = (mem_i.ctrl.size[0] & mem_i.addr[0]) |
                        (mem_i.ctrl.size[1] & (|mem_i.addr[1:0]));
  assign out_of_range = |mem_i.addr[31:28];
  assign to_text      = (mem_i.addr[27:10] >= text_start_i) &
                        ({1'b0, mem_i.addr[27:10]} < text_end_i);

  always_comb begin
    wb_d.insn    = mem_i.insn;
    wb_d.pc      = mem_i.pc;
    wb_d.next_pc = mem_i.next_pc;
    wb_d.ctrl    = mem_i.ctrl;
    wb_d.a       = mem_i.a;
    wb_d.b       = mem_i.b;
    wb_d.addr    = mem_i.addr;
    wb_d.align   = mem_i.align;
    wb_d.miss    = (mem_i.ctrl.load | mem_i.ctrl.store) & ~hit_i;

    if (mem_i.ctrl.fault == 4'd0) begin
      if (mem_i.ctrl.load) begin
        if (misaligned)        wb_d.ctrl.fault = 4'(FaultLoadMisaligned);
        else if (out_of_range) wb_d.ctrl.fault = 4'(FaultLoadOutOfRange);
      end
      if (mem_i.ctrl.store) begin
        if (misaligned)        wb_d.ctrl.fault = 4'(FaultStoreMisaligned);
        else if (out_of_range) wb_d.ctrl.fault = 4'(FaultStoreOutOfRange);
        else if (to_text)      wb_d.ctrl.fault = 4'(FaultStoreToText);
      end
    end

    wb_d.result = result_o;
    if (mem_i.ctrl.mulh) wb_d.result = mul_high_i;
    if (mem_i.ctrl.div)  wb_d.result = div_result_i;

    unique case (mem_i.ctrl.size)
      2'd0: begin
        wb_d.store_data = {4{mem_i.b[7:0]}};
        wb_d.mask       = 4'b0001 << mem_i.addr[1:0];
        if (plant_lane & mem_i.ctrl.store & (mem_i.addr[1:0] == 2'd3)) wb_d.mask = 4'b0100;
      end
      2'd1: begin
        wb_d.store_data = {2{mem_i.b[15:0]}};
        wb_d.mask       = mem_i.addr[1] ? 4'b1100 : 4'b0011;
      end
      default: begin
        wb_d.store_data = mem_i.b;
        wb_d.mask       = 4'b1111;
      end
    endcase

    wb_d.word = word_i;
    for (int unsigned i = 0; i < 4; i++) begin
      if (match_past & past_mask_q[i]) wb_d.word[8*i +: 8] = past_data_q[8*i +: 8];
      if (match_wb & (wb_q.mask[i] | plant_byte)) wb_d.word[8*i +: 8] = wb_q.store_data[8*i +: 8];
    end
  end

  always_ff @(posedge clk_i) begin
    if (!wb_hold_i) begin
      wb_q   <= wb_d;
      lost_q <= flush_i ? LostDmiss : lost_i;
    end
    past_addr_q <= wb_q.addr[13:2];
    past_mask_q <= wb_q.mask;
    past_data_q <= wb_q.store_data;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q <= 1'b0;
      past_q  <= 1'b0;
    end else begin
      past_q <= store_i;
      if (flush_i)         valid_q <= 1'b0;
      else if (!wb_hold_i) valid_q <= valid_i;
    end
  end

  assign valid_o = valid_q;
  assign wb_o    = wb_q;
  assign lost_o  = lost_q;
endmodule
