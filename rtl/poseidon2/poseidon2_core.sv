// The permutation. Takes a state when ready_o is high, once in poseidon2_pkg::interval cycles, and
// gives it back permuted core_latency cycles later, with its tag; whoever asks has room for the
// answer. FullUnits is 1, 2, 4 or 8, PartialUnits divides the field's partial rounds, Share is 1, 2,
// 4 or 8 S-boxes' turns in a full round; see README for which go together.
// Golden twin: p3's Poseidon2 of width 16. Proved by: sim/engines/tests/poseidon2.rs.
module poseidon2_core
  import field_pkg::*;
  import poseidon2_pkg::*;
#(
  parameter int unsigned Field = KoalaBear,
  parameter int unsigned Products = 4,
  parameter int unsigned FullUnits = 1,
  parameter int unsigned PartialUnits = 1,
  parameter int unsigned Share = 1,
  parameter int unsigned TagWidth = 1
) (
  input  logic                clk_i,
  input  logic                rst_ni,

  input  logic                valid_i,
  output logic                ready_o,
  input  logic [TagWidth-1:0] tag_i,
  input  state_t              state_i,

  output logic                valid_o,
  output logic [TagWidth-1:0] tag_o,
  output state_t              state_o
);

  localparam int unsigned Interval = interval(Field, FullUnits, PartialUnits, Share);
  localparam int unsigned Chain = chain_units(FullUnits);
  localparam int unsigned Visits = HalfRounds / Chain; // of the chain, in each half
  localparam int unsigned PartialVisits = partial_rounds(Field) / PartialUnits;
  localparam int unsigned Full = full_latency(Field, Products, Share);
  localparam int unsigned Partial = partial_latency(Field, Products);
  localparam int unsigned FullLoop = full_loop(Field, Products, FullUnits, PartialUnits, Share);
  localparam int unsigned PartialLoop =
      partial_loop(Field, Products, FullUnits, PartialUnits, Share);
  localparam int unsigned Stay = partial_stay(Field, Products, FullUnits, PartialUnits, Share);
  localparam int unsigned Latency =
      core_latency(Field, Products, FullUnits, PartialUnits, Share);
  localparam bit          Shared =
      shares_layer(Field, Products, FullUnits, PartialUnits, Share);
  // When a state comes to its first full round, its first
  // partial round.
  localparam int unsigned AtFull =
      initial_latency(Field, Products, FullUnits, PartialUnits, Share);
  localparam int unsigned AtPartial = AtFull + Visits * FullLoop;
  localparam int unsigned Entrance = entrance(PartialVisits);

  // Visit v of the chain is in phase v * FullLoop, and the second half goes on with v = Visits. Visit
  // v of the partial units is in phase v * PartialLoop.
  logic [Interval-1:0] phase_in, phase_out;
  logic   open_q;                       // phases in which a state is taken
  state_t mixed;                        // after the initial layer
  state_t first_end, second_begin;      // of a half
  state_t partial_end;

  poseidon2_phase #(.Interval(Interval), .Offset(0)) u_phase_in (
    .clk_i, .rst_ni, .next_o(phase_in)
  );
  poseidon2_phase #(.Interval(Interval), .Offset(Latency)) u_phase_out (
    .clk_i, .rst_ni, .next_o(phase_out)
  );
  logic unused_phases;
  assign unused_phases = ^{phase_in, phase_out};

  if (!Shared) begin : gen_initial
    poseidon2_external #(.Field(Field)) u_initial (.clk_i, .x_i(state_i), .y_o(mixed));
  end

  if (FullUnits == FullRounds) begin : gen_two_chains
    for (genvar half = 0; half < 2; half++) begin : gen_halves
      state_t [Chain:0] line;
      if (half == 0) begin : gen_first
        assign line[0]   = mixed;
        assign first_end = line[Chain];
      end else begin : gen_second
        assign line[0] = second_begin;
        assign state_o = line[Chain];
      end
      for (genvar u = 0; u < Chain; u++) begin : gen_units
        fe_t [Width-1:0] constants;
        logic            turn;
        poseidon2_full_constants #(
          .Field(Field), .First(half * HalfRounds + u)
        ) u_constants (.clk_i, .rst_ni, .turn_o(turn), .constants_o(constants));
        poseidon2_full #(.Field(Field), .Products(Products)) u_full (
          .clk_i, .turn_i(turn), .constants_i(constants), .x_i(line[u]),
          .mixes_i(1'b0), .mixed_i('0), .y_o(line[u+1])
        );
      end
    end
  end else begin : gen_one_chain
    state_t [Chain:0]    line;
    state_t              around, entrance_q;
    logic [Interval-1:0] phase;
    logic                enters_q, returns_q; // a new state; a state for its second half

    poseidon2_phase #(.Interval(Interval), .Offset(AtFull)) u_phase (
      .clk_i, .rst_ni, .next_o(phase)
    );

    logic unused_phase;
    assign unused_phase = ^phase;

    always_ff @(posedge clk_i) begin
      enters_q   <= phase[0];
      returns_q  <= phase[(Visits*FullLoop)%Interval];
      entrance_q <= enters_q ? mixed : returns_q ? second_begin : around;
    end

    assign line[0] = entrance_q;

    for (genvar u = 0; u < Chain; u++) begin : gen_units
      fe_t [Width/Share-1:0] constants;
      logic [Share-1:0]      turn;
      poseidon2_full_constants #(
        .Field(Field), .Share(Share), .Interval(Interval), .Offset(AtFull + 1 + u * Full),
        .Visits(2 * Visits), .Stride(FullLoop), .First(u), .Step(Chain)
      ) u_constants (.clk_i, .rst_ni, .turn_o(turn), .constants_o(constants));
      poseidon2_full #(
        .Field(Field), .Products(Products), .Share(Share), .Mixes(Shared && (u == Chain - 1))
      ) u_full (
        .clk_i, .turn_i(turn), .constants_i(constants), .x_i(line[u]),
        .mixes_i(open_q), .mixed_i(state_i), .y_o(line[u+1])
      );
    end

    prim_delay #(.Width(31*Width), .Depth(FullLoop - 1 - Chain * Full)) u_pad (
      .clk_i, .en_i(1'b1), .data_i(line[Chain]), .data_o(around)
    );

    if (Shared) begin : gen_shared
      assign mixed = around;
    end
    assign first_end = around;
    assign state_o   = around;
  end

  // Partial rounds.
  state_t [PartialUnits:0] partial;
  state_t                  partial_around;

  if (PartialVisits == 1) begin : gen_straight
    assign partial[0] = first_end;
  end else begin : gen_around
    logic [Interval-1:0] phase;
    logic                enters_q;
    poseidon2_phase #(.Interval(Interval), .Offset(AtPartial)) u_phase (
      .clk_i, .rst_ni, .next_o(phase)
    );
    state_t entrance_q;
    always_ff @(posedge clk_i) begin
      enters_q   <= phase[0];
      entrance_q <= enters_q ? first_end : partial_around;
    end
    assign partial[0] = entrance_q;
    logic unused_phase;
    assign unused_phase = ^phase;
  end

  for (genvar u = 0; u < PartialUnits; u++) begin : gen_partial
    fe_t constant;
    poseidon2_partial_constant #(
      .Field(Field), .Interval(Interval), .Offset(AtPartial + Entrance + u * Partial),
      .Visits(PartialVisits), .Stride(PartialLoop), .First(u), .Step(PartialUnits)
    ) u_constant (.clk_i, .rst_ni, .constant_o(constant));
    poseidon2_partial #(.Field(Field), .Products(Products)) u_partial (
      .clk_i, .constant_i(constant), .x_i(partial[u]), .y_o(partial[u+1])
    );
  end

  prim_delay #(.Width(31*Width), .Depth(PartialLoop - Entrance - PartialUnits * Partial)) u_pad (
    .clk_i, .en_i(1'b1), .data_i(partial[PartialUnits]), .data_o(partial_around)
  );
  assign partial_end = partial_around;
  prim_delay #(.Width(31*Width), .Depth(Stay - PartialVisits * PartialLoop)) u_stay (
    .clk_i, .en_i(1'b1), .data_i(partial_end), .data_o(second_begin)
  );

  // The tags' line moves once in Interval cycles. Nothing is taken until it is empty.
  localparam int unsigned Slots = (Latency + Interval - 1) / Interval;
  localparam int unsigned WarmWidth = $clog2(Slots + 2);

  logic                 closes_q; // phases in which a state is given back
  logic [WarmWidth-1:0] warm_q;
  logic                 warm;
  logic                 line_valid;

  assign warm    = (warm_q == WarmWidth'(Slots + 1));
  assign ready_o = open_q && warm;
  assign valid_o = closes_q && line_valid && warm;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      open_q   <= 1'b0;
      closes_q <= 1'b0;
      warm_q   <= '0;
    end else begin
      open_q   <= phase_in[0];
      closes_q <= phase_out[0];
      if (open_q && !warm) warm_q <= warm_q + WarmWidth'(1);
    end
  end

  prim_delay #(.Width(TagWidth + 1), .Depth(Slots)) u_tags (
    .clk_i, .en_i(open_q), .data_i({valid_i && ready_o, tag_i}), .data_o({line_valid, tag_o})
  );

endmodule
