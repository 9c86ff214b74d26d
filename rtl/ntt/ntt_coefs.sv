// Coefficients of two column groups: written as the pipeline gives them, in bit-reversed order, read
// in natural order, k and k + n/2 side by side, as often as there are blocks. Latency of a read: 3
// from start_i. Golden twin: assay_engines::ntt. Proved by: sim/engines/tests/ntt.rs.
module ntt_coefs
  import field_pkg::fe_t;
  import ntt_pkg::*;
  import assay_engine_plant_pkg::*;
#(
  parameter int unsigned Columns = 1,
  parameter int unsigned LogMax = 12,
  localparam int unsigned Width = $bits(fe_t) * Columns
) (
  input  logic             clk_i,
  input  logic             rst_ni,

  input  logic [LogMax-1:0] last_i,   // of a group, less one
  input  logic             w_valid_i,
  input  logic [Width-1:0] u_i,
  input  logic [Width-1:0] v_i,

  output logic             room_o,    // one more group may be promised
  input  logic             promise_i,
  output logic             full_o,    // a group can be started
  input  logic             launch_i,  // it is promised to a later start
  input  logic             launch_last_i, // for the last time
  input  logic             start_i,
  input  logic             start_last_i,
  output logic [Width-1:0] u_o,
  output logic [Width-1:0] v_o
);
  localparam int unsigned AddrBits = LogMax - 1;
  typedef logic [AddrBits-1:0] addr_t;

  addr_t      last, w_q, k_q;
  logic       w_slot_q, r_slot_q, r_next_q, run_q, last_q;
  logic [1:0] promised_q, full_q;
  logic       freed, filled, plant_slot;

  prim_plant #(.Id(NttCoefSlot)) u_plant (.active_o(plant_slot));

  assign last   = addr_t'(last_i);
  assign filled = w_valid_i && (w_q == last);
  assign freed  = run_q && (k_q == last) && last_q;
  assign room_o = promised_q != 2'd2;
  assign full_o = full_q != 2'd0;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      w_q        <= '0;
      k_q        <= '0;
      w_slot_q   <= 1'b0;
      r_slot_q   <= 1'b0;
      r_next_q   <= 1'b0;
      run_q      <= 1'b0;
      last_q     <= 1'b0;
      promised_q <= '0;
      full_q     <= '0;
    end else begin
      if (w_valid_i) w_q <= filled ? '0 : w_q + 1'b1;
      if (filled && !plant_slot) w_slot_q <= !w_slot_q;
      promised_q <= promised_q + 2'(promise_i) - 2'(freed);
      full_q     <= full_q + 2'(filled) - 2'(launch_i && launch_last_i);
      k_q <= k_q + 1'b1;
      if (run_q && (k_q == last)) run_q <= 1'b0;
      if (start_i) begin
        run_q    <= 1'b1;
        k_q      <= '0;
        last_q   <= start_last_i;
        r_slot_q <= r_next_q;
        if (start_last_i) r_next_q <= !r_next_q;
      end
    end
  end

  logic [15:0]        w_reversed;
  logic [2*Width-1:0] word, word_q;
  logic unused;
  assign unused = ^{w_reversed, last_i};
  ntt_reversed_count u_count (
    .clk_i, .rst_ni, .top_i((16'({last_i, 1'b1}) & ~16'(last_i)) >> 1), .advance_i(w_valid_i),
    .value_o(w_reversed)
  );

  prim_ram_1r1w #(.Width(2 * Width), .Depth(2 << AddrBits)) u_ram (
    .clk_i,
    .w_en_i(w_valid_i),
    .w_addr_i({w_slot_q, addr_t'(w_reversed)}),
    .w_data_i({v_i, u_i}),
    .r_en_i(1'b1),
    .r_addr_i({r_slot_q, k_q}),
    .r_data_o(word)
  );

  always_ff @(posedge clk_i) word_q <= word;
  assign {v_o, u_o} = word_q;
endmodule
