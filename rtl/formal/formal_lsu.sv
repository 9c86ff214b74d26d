// Any loads, stores, misses and replays: a load gets the bytes that the stores before it left, from
// the data cache's RAM or from a store in flight, and a store writes the lanes of its width. One
// word of memory, which the prover chooses, is kept naively. Proved by: cargo xtask formal.
module formal_lsu
  import core_pkg::*;
(
  input logic        clk_i,
  input logic        flush_i,
  input logic        valid_i,
  input logic        load_i,
  input logic        store_i,
  input logic [1:0]  size_i,
  input logic        unsigned_i,
  input logic        miss_i,
  input logic [31:0] addr_i,
  input logic [31:0] data_i,
  input logic [31:0] ram_i,     // of any other word
  input logic [31:0] chosen_i
);

  logic        begun_q;
  logic [31:2] chosen_q;
  logic [31:0] kept_q, word_q, loaded, result;
  mem_t        mem_d, mem_q;
  wb_t         wb;
  lost_e       lost;
  logic        valid_q, hit, late, store, wb_valid, here;

  initial begun_q = 1'b0;

  // MEM's register, as EX fills it
  always_comb begin
    mem_d                    = '0;
    mem_d.ctrl.load          = load_i && !store_i;
    mem_d.ctrl.store         = store_i;
    mem_d.ctrl.size          = size_i;
    mem_d.ctrl.load_unsigned = unsigned_i;
    mem_d.addr               = addr_i;
    mem_d.b                  = data_i;
    mem_d.align.is_byte      = (size_i == 2'd0);
    mem_d.align.is_word      = size_i[1];
    mem_d.align.extend       = !size_i[1] && !unsigned_i;
    mem_d.align.low          = size_i[1] ? 2'd0 : addr_i[1:0];
    mem_d.align.top          = {addr_i[1], size_i[0] || addr_i[0]};
    mem_d.align.high_half    = size_i[0] && addr_i[1];
    assume (size_i != 2'd3);
  end

  // The cache: it holds the chosen word while it answers for it, and nothing else of its index.
  assign here = (mem_q.addr[31:2] == chosen_q);
  assign hit  = !miss_i && ((mem_q.addr[13:2] != chosen_q[13:2]) || here);

  core_lsu u_lsu (
    .clk_i, .rst_ni(begun_q), .flush_i, .wb_hold_i(1'b0), .text_start_i('0), .text_end_i('0),
    .valid_i(valid_q && begun_q), .mem_i(mem_q), .lost_i(LostNone),
    .mul_low_i('0), .mul_high_i('0), .div_result_i('0),
    .word_i(word_q), .hit_i(hit), .late_o(late), .result_o(result), .loaded_o(loaded),
    .store_i(store), .valid_o(wb_valid), .wb_o(wb), .lost_o(lost)
  );

  assign store = wb_valid && wb.ctrl.store && (wb.ctrl.fault == 4'd0) && !wb.miss;

  // WB kills what is behind an access that misses or faults.
  always_comb assume (!wb_valid || ((wb.ctrl.fault == 4'd0) && !wb.miss) || flush_i);

  // The RAM is read at the edge at which an access enters MEM, and written at the end of WB.
  always_ff @(posedge clk_i) begin
    begun_q <= 1'b1;
    valid_q <= begun_q && valid_i && !flush_i;
    mem_q   <= mem_d;
    word_q  <= (addr_i[31:2] == chosen_q) ? kept_q : ram_i;
    if (!begun_q) begin
      chosen_q <= chosen_i[31:2];
      kept_q   <= ram_i;
    end else if (store && (wb.addr[31:2] == chosen_q)) begin
      for (int unsigned i = 0; i < 4; i++) begin
        if (wb.mask[i]) kept_q[8*i +: 8] <= wb.store_data[8*i +: 8];
      end
    end
  end

  // A load in WB has the word as every store before it left it. The bypass's value in MEM is right
  // unless it says that it is late.
  logic [31:0] moved, value, stored;
  logic [3:0]  lanes;

  assign moved = kept_q >> {mem_q.addr[1:0], 3'd0};
  always_comb begin
    unique case (mem_q.ctrl.size)
      2'd0:    value = {{24{moved[7] && !mem_q.ctrl.load_unsigned}}, moved[7:0]};
      2'd1:    value = {{16{moved[15] && !mem_q.ctrl.load_unsigned}}, moved[15:0]};
      default: value = moved;
    endcase
  end

  assign lanes  = ((wb.ctrl.size == 2'd0) ? 4'b0001 : (wb.ctrl.size == 2'd1) ? 4'b0011 : 4'b1111)
                  << wb.addr[1:0];
  assign stored = wb.store_data >> {wb.addr[1:0], 3'd0};

  logic load_ok, bypass_ok, store_ok, aligned;

  assign aligned = !(mem_q.ctrl.size[0] && mem_q.addr[0]) &&
                   !(mem_q.ctrl.size[1] && (mem_q.addr[1:0] != 2'd0));

  assign load_ok   = !(wb_valid && wb.ctrl.load && (wb.ctrl.fault == 4'd0) && !wb.miss &&
                       (wb.addr[31:2] == chosen_q)) || (wb.word == kept_q);
  assign bypass_ok = !(valid_q && mem_q.ctrl.load && hit && here && aligned && !late && !flush_i) ||
                     (loaded == value);
  assign store_ok  = !store || ((wb.mask == lanes) && (stored[7:0] == wb.b[7:0]) &&
                     ((wb.ctrl.size == 2'd0) || (stored[15:8] == wb.b[15:8])) &&
                     ((wb.ctrl.size != 2'd2) || (stored == wb.b)));

  prim_check u_load (.clk_i, .rst_ni(begun_q), .ok_i(load_ok));
  prim_check u_bypass (.clk_i, .rst_ni(begun_q), .ok_i(bypass_ok));
  prim_check u_store (.clk_i, .rst_ni(begun_q), .ok_i(store_ok));

endmodule
