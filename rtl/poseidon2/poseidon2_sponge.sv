// Permutations, compressions and sponges of many rows at once, through one poseidon2_core.
// A request is a state to permute (KindPermute), two digests to compress (KindCompress), or up to
// eight words of the row that is in hand at a slot (KindHash): the words of a row may come in any
// portions, and whatever is less than a chunk of Rate waits at the slot. first_i begins a row; with
// last_i one to Rate words may be at hand, and its digest is a result. Results come in the order
// of the requests that they answer. One permutation in interval cycles, if no request comes sooner
// than the answer to the one before it at its slot, and results are taken.
// Words at or above p are refused: error_o is set, for good, and results are worthless.
// Golden twin: p3's Permutation, PaddingFreeSponge<16, 8, 8>, TruncatedPermutation. Proved by:
// sim/engines/tests/poseidon2.rs.
module poseidon2_sponge
  import field_pkg::*;
  import poseidon2_pkg::*;
#(
  parameter int unsigned Field = KoalaBear,
  parameter int unsigned Products = 4,
  parameter int unsigned FullUnits = 1,
  parameter int unsigned PartialUnits = 1,
  parameter int unsigned Share = 1,
  parameter int unsigned Slots = 64,      // rows in hand, a power of two
  parameter int unsigned OutDepth = 64,   // results that wait or are being made, a power of two
  parameter int unsigned TagWidth = 1,
  localparam int unsigned SlotWidth = $clog2(Slots)
) (
  input  logic                      clk_i,
  input  logic                      rst_ni,

  input  logic                      valid_i,
  output logic                      ready_o,
  input  kind_e                     kind_i,
  input  logic                      first_i,
  input  logic                      last_i,
  input  logic [3:0]                words_i, // 0 to Rate
  input  logic [SlotWidth-1:0]      slot_i,
  input  logic [TagWidth-1:0]       tag_i,
  input  logic [Width-1:0][31:0]    data_i,
  output logic                      row_free_o, // no chunk of slot_i's row is under way

  output logic                      valid_o,
  input  logic                      ready_i,
  output logic [TagWidth-1:0]       tag_o,
  output state_t                    data_o, // a digest is in words 0 to 7

  output logic                      error_o,
  output lost_t                     lost_o   // why a turn of the core is not used, if it is not
);

  localparam fe_t P = modulus(Field);
  localparam int unsigned CreditWidth = $clog2(OutDepth) + 1;

  typedef struct packed {
    logic                 hash;
    logic                 result;
    logic [SlotWidth-1:0] slot;
    logic [TagWidth-1:0]  tag;
  } label_t;

  // What waits at a slot.
  typedef struct packed {
    logic          fresh; // the row's state is still all zeros
    logic [2:0]    count;
    fe_t [Rate-2:0] words;
  } rest_t;

  logic drop, clears, misplaced, early, overdraft, lax;
  prim_plant #(.Id(assay_engine_plant_pkg::SpongeDroppedBeat)) u_drop (.active_o(drop));
  prim_plant #(.Id(assay_engine_plant_pkg::SpongeClearsState)) u_clears (.active_o(clears));
  prim_plant #(.Id(assay_engine_plant_pkg::SpongeMisplacedWords)) u_misplaced (
    .active_o(misplaced)
  );
  prim_plant #(.Id(assay_engine_plant_pkg::SpongeEarlySlot)) u_early (.active_o(early));
  prim_plant #(.Id(assay_engine_plant_pkg::SpongeOverdraft)) u_overdraft (.active_o(overdraft));
  prim_plant #(.Id(assay_engine_plant_pkg::SpongeLaxCheck)) u_lax (.active_o(lax));

  // --- 0: a request, its slot free, its result's place there.
  logic [Slots-1:0]       busy_q;
  logic [CreditWidth-1:0] credit_q;
  logic                   hash, result, free, paid, accept, advance1;

  assign row_free_o = !busy_q[slot_i] || early;

  assign hash    = (kind_i == KindHash);
  assign result  = !hash || last_i;
  assign free    = !hash || row_free_o;
  assign paid    = !result || (credit_q != '0) || overdraft;
  assign ready_o = free && paid && advance1;
  assign accept  = valid_i && ready_o;

  // --- 1: the slot is being read; the words are checked.
  logic                   valid1_q, first1_q, last1_q;
  kind_e                  kind1_q;
  logic [3:0]             words1_q;
  label_t                 label1_q;
  logic [Width-1:0][31:0] data1_q;
  rest_t                  rest1;
  state_t                 state1;
  logic [Width-1:0]       bad1;
  logic                   leaves1;

  for (genvar i = 0; i < Width; i++) begin : gen_check
    logic counts;
    if (i < Rate) begin : gen_rate
      assign counts = (kind1_q != KindHash) || (4'(i) < words1_q);
    end else begin : gen_capacity
      assign counts = (kind1_q != KindHash);
    end
    assign bad1[i] = counts && (data1_q[i] >= {1'b0, P} + {31'b0, lax});
  end

  // --- 2: what was at the slot, in registers because a block RAM's output is late, and the chunk.
  logic             valid2_q, hash2_q, fresh2_q, last2_q;
  logic [3:0]       words2_q;
  label_t           label2_q;
  fe_t [Width-1:0]  data2_q;
  logic [2:0]       count2_q;
  fe_t [Rate-2:0]   rest2_q;
  state_t           kept2_q, state2;
  logic [Width-1:0] bad2_q;

  rest_t            rest_write;
  logic             issue2, leaves2;
  logic [3:0]       total2;
  logic [Rate-2:0]  held2;   // words that waited
  logic [Rate-1:0]  inside2; // words that are at hand

  // --- 3: a state for the core.
  logic   valid3_q;
  label_t label3_q;
  state_t state3_q;

  logic   core_ready, core_valid;
  label_t core_label;
  state_t core_state;

  logic advance2, advance3;
  assign advance3 = !valid3_q || core_ready;
  assign advance2 = !valid2_q || advance3 || drop; // also what only adds to a rest: a short way
  assign advance1 = !valid1_q || advance2;
  assign leaves1  = valid1_q && advance1;
  assign leaves2  = valid2_q && advance2;

  always_comb begin
    total2  = {1'b0, count2_q} + words2_q;
    issue2  = !hash2_q || last2_q || (total2 >= 4'(Rate));
    for (int unsigned i = 0; i < Rate - 1; i++) held2[i] = (i < int'(count2_q));
    for (int unsigned i = 0; i < Rate; i++) inside2[i] = !hash2_q || (4'(i) < total2);
  end

  // The request's words go behind those that waited: what goes beyond the chunk comes to lie in
  // front, where it waits for the next one.
  typedef fe_t [Rate-1:0] chunk_t;
  function automatic chunk_t turn(chunk_t words, logic [2:0] places);
    chunk_t from;
    turn = words;
    for (int unsigned b = 0; b < 3; b++) begin
      from = turn;
      for (int unsigned i = 0; i < Rate; i++) begin
        if (places[b]) turn[i] = from[(i + Rate - (1 << b)) % Rate];
      end
    end
  endfunction

  chunk_t turned2;
  assign turned2 = turn(data2_q[Rate-1:0], count2_q);

  // The words at hand, and then what the state has.
  for (genvar i = 0; i < Width; i++) begin : gen_state
    fe_t kept;
    assign kept = fresh2_q ? '0 : kept2_q[i];
    if (i < Rate) begin : gen_rate
      fe_t at_hand;
      if (i < Rate - 1) begin : gen_held
        assign at_hand             = held2[i] ? rest2_q[i] : turned2[i];
        assign rest_write.words[i] = (total2 >= 4'(Rate))
            ? turned2[i] & {31{!(misplaced && (i == 0) && (total2 > 4'(Rate)))}} : at_hand;
      end else begin : gen_new
        assign at_hand = turned2[i];
      end
      assign state2[i] = inside2[i] ? at_hand : clears ? '0 : kept;
    end else begin : gen_capacity
      assign state2[i] = hash2_q ? kept : data2_q[i];
    end
  end

  assign rest_write.fresh = fresh2_q && !issue2;
  assign rest_write.count = (total2 >= 4'(Rate)) ? 3'(total2 - 4'(Rate)) : total2[2:0];

  prim_ram_1r1w #(.Width($bits(rest_t)), .Depth(Slots)) u_rest (
    .clk_i,
    .w_en_i(leaves2 && hash2_q), .w_addr_i(label2_q.slot), .w_data_i(rest_write),
    .r_en_i(advance1), .r_addr_i(slot_i), .r_data_o(rest1)
  );

  prim_ram_1r1w #(.Width($bits(state_t)), .Depth(Slots)) u_states (
    .clk_i,
    .w_en_i(core_valid && core_label.hash), .w_addr_i(core_label.slot), .w_data_i(core_state),
    .r_en_i(advance1), .r_addr_i(slot_i), .r_data_o(state1)
  );

  poseidon2_core #(
    .Field(Field), .Products(Products), .FullUnits(FullUnits), .PartialUnits(PartialUnits),
    .Share(Share), .TagWidth($bits(label_t))
  ) u_core (
    .clk_i, .rst_ni,
    .valid_i(valid3_q), .ready_o(core_ready), .tag_i(label3_q), .state_i(state3_q),
    .valid_o(core_valid), .tag_o(core_label), .state_o(core_state)
  );

  prim_fifo_ram #(.Width(TagWidth + $bits(state_t)), .Depth(OutDepth)) u_results (
    .clk_i, .rst_ni,
    .push_i(core_valid && core_label.result), .data_i({core_label.tag, core_state}),
    .valid_o, .ready_i, .data_o({tag_o, data_o})
  );

  always_ff @(posedge clk_i) begin
    // Whether a request is taken is known too late to hold all this back if it is not.
    if (advance1) begin
      kind1_q  <= kind_i;
      first1_q <= first_i;
      last1_q  <= last_i;
      words1_q <= words_i;
      data1_q  <= data_i;
      label1_q <= '{hash: hash, result: result, slot: slot_i, tag: tag_i};
    end
    if (leaves1) begin
      hash2_q  <= (kind1_q == KindHash);
      fresh2_q <= first1_q || rest1.fresh;
      last2_q  <= last1_q;
      words2_q <= words1_q;
      label2_q <= label1_q;
      count2_q <= (first1_q || (kind1_q != KindHash)) ? 3'd0 : rest1.count;
      rest2_q  <= rest1.words;
      for (int unsigned i = 0; i < Width; i++) begin
        data2_q[i] <= data1_q[i][30:0];
      end
      kept2_q <= state1;
      bad2_q <= bad1;
    end
    if (advance3 || drop) begin
      label3_q <= label2_q;
      state3_q <= state2;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid1_q <= 1'b0;
      valid2_q <= 1'b0;
      valid3_q <= 1'b0;
      busy_q   <= '0;
      credit_q <= CreditWidth'(OutDepth);
      error_o  <= 1'b0;
    end else begin
      valid1_q <= accept || (valid1_q && !advance1);
      valid2_q <= leaves1 || (valid2_q && !advance2);
      valid3_q <= (leaves2 && issue2) || (valid3_q && !core_ready);
      credit_q <= credit_q - CreditWidth'(accept && result) + CreditWidth'(valid_o && ready_i);
      if (core_valid && core_label.hash)    busy_q[core_label.slot] <= 1'b0;
      if (leaves2 && hash2_q && !issue2)    busy_q[label2_q.slot]   <= 1'b0;
      if (accept && hash)                   busy_q[slot_i]          <= 1'b1;
      // A row's last words are none or too many, or a word is no element.
      if (leaves2
          && (|bad2_q || (hash2_q && last2_q && ((total2 == '0) || (total2 > 4'(Rate)))))) begin
        error_o <= 1'b1;
      end
    end
  end

  always_comb begin
    lost_o = '0;
    if (core_ready && !valid3_q) begin
      lost_o.input_missing = !valid_i;
      lost_o.slot_busy     = valid_i && !free;
      lost_o.output_full   = valid_i && free && !paid;
      lost_o.gathering     = valid_i && free && paid;
    end
  end

endmodule
