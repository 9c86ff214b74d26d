// Prepares the powers of a column group: the first 2^LogI of start * base^k, base^(2^LogI) and
// base^(n/2), by one multiplier, while the group before runs. base of block c follows from that of
// block c - 1 by one multiplication: products over the higher bits of c are kept, for inverse and
// forward groups apart. In a tile only the start changes from a group to the next.
// Golden twin: assay_engines::ntt. Proved by: sim/engines/tests/ntt.rs.
module ntt_scaling
  import field_pkg::fe_t;
  import ntt_pkg::*;
  import assay_engine_plant_pkg::*;
#(
  parameter int unsigned Field = field_pkg::KoalaBear,
  parameter int unsigned Products = 4,
  parameter int unsigned MaxBits = 12, // of c
  localparam int unsigned LogI = log_interleave(Products),
  localparam int unsigned I = 1 << LogI
) (
  input  logic      clk_i,
  input  logic      rst_ni,

  input  logic      valid_i, // stays until taken
  input  scaling_t  scaling_i,
  output logic      ready_o, // the powers below are its
  input  logic      take_i,  // copied in this cycle

  output fe_t [I-1:0] first_o,
  output fe_t         step_o,
  output fe_t         half_o
);
  localparam int unsigned MulLatency = field_pkg::mul_latency(Products);
  localparam int unsigned Roots = two_adicity(Field) + 1;
  localparam int unsigned Levels = 5;
  localparam int unsigned KeptWidth = $clog2(MaxBits + 1);
  localparam fe_t One = to_monty(Field, 64'd1);

  typedef enum logic [2:0] {StIdle, StBase, StSquares, StStart, StLevel, StWait, StReady} state_e;

  // What a product is for.
  typedef enum logic [1:0] {DestNone, DestFirst, DestSquare, DestBase} dest_e;
  typedef struct packed {
    dest_e           kind;
    logic [LogI-1:0] index;
  } dest_t;

  // Constants of the field.
  function automatic logic [Roots-1:0][30:0] roots(logic inverse);
    logic [Roots-1:0][30:0] out;
    for (int unsigned i = 0; i < Roots; i++) begin
      out[i] = to_monty(Field, inverse
          ? pow_mod(Field, root(Field, i), (64'd1 << i) - 64'd1) : root(Field, i));
    end
    return out;
  endfunction
  function automatic logic [31:0][30:0] sizes();
    logic [31:0][30:0] out;
    for (int unsigned i = 0; i < 32; i++) out[i] = to_monty(Field, inverse_of_size(Field, i));
    return out;
  endfunction
  localparam logic [Roots-1:0][30:0] RootTable = roots(1'b0);
  localparam logic [Roots-1:0][30:0] InverseTable = roots(1'b1);
  localparam logic [31:0][30:0] SizeTable = sizes();

  state_e          state_q, next_q;
  logic [Levels-1:0] level_q, last_level_q;
  logic [LogI:0]   issue_q;
  logic [4:0]      squares_q, wait_q;
  logic            settled_q;
  fe_t             first_q [I];
  fe_t             step_q, half_q, square_q, root_q, size_q, block_q;
  fe_t             kept_q [2][MaxBits+1]; // forward, inverse
  scaling_t        scaling_q;
  logic [4:0]      zeros, zeros_q;
  fe_t             a_q, b_q, product;
  dest_t           dest_d, dest_q, dest_done;
  fe_t             a_d, b_d;
  logic            plant_start, plant_root, plant_half, plant_shift, plant_context, plant_factor, plant_squares, plant_tile;
  fe_t             shift;

  prim_plant #(.Id(NttCosetStart)) u_plant_start (.active_o(plant_start));
  prim_plant #(.Id(NttBlockRoot)) u_plant_root (.active_o(plant_root));
  prim_plant #(.Id(NttInverseSize)) u_plant_half (.active_o(plant_half));
  prim_plant #(.Id(NttFactorContext)) u_plant_context (.active_o(plant_context));
  prim_plant #(.Id(NttFactorIndex)) u_plant_factor (.active_o(plant_factor));
  prim_plant #(.Id(NttSquares)) u_plant_squares (.active_o(plant_squares));
  prim_plant #(.Id(NttTileStart)) u_plant_tile (.active_o(plant_tile));
  prim_plant #(.Id(NttMissingShift)) u_plant_shift (.active_o(plant_shift));
  // A cycle late, and so are the trailing zeros of c: nothing is begun before what comes has stood still for
  // a cycle, and then they are right.
  always_comb begin
    zeros = '0;
    for (int i = 15; i >= 0; i--) if (scaling_i.c[i]) zeros = 5'(i);
    if (plant_factor && (zeros > 5'd2)) zeros = 5'd2;
  end
  always_ff @(posedge clk_i) begin
    scaling_q <= scaling_i;
    zeros_q   <= zeros;
  end
  assign shift = (plant_shift || scaling_q.inverse) ? One : scaling_q.shift;

  logic bank, next_of_tile;
  assign bank      = scaling_q.inverse && !plant_context;
  assign next_of_tile = (scaling_q.scale == ScaleTile) && (scaling_q.c != '0);

  fe_t constant;
  assign constant = scaling_q.inverse ? size_q : One;

  // Looked up all the time; what is registered is right when it is used, some cycles later.
  logic [4:0] root_index;
  assign root_index = 5'(scaling_q.log_n + zeros_q + 5'd1 - 5'(plant_root));
  always_ff @(posedge clk_i) begin
    root_q <= '0;
    for (int unsigned i = 0; i < Roots; i++) begin
      if (root_index == 5'(i)) root_q <= scaling_q.inverse ? InverseTable[i] : RootTable[i];
    end
    size_q <= SizeTable[scaling_i.log_n - 5'(plant_half)];
    block_q <= kept_q[bank][(32'(zeros_q) < MaxBits) ? KeptWidth'(zeros_q + 5'd1)
                                                     : KeptWidth'(MaxBits)];
  end

  // What is multiplied next.
  always_comb begin
    a_d    = square_q;
    b_d    = square_q;
    dest_d = '{kind: DestNone, index: '0};
    unique case (state_q)
      StBase: begin
        a_d    = block_q;
        b_d    = root_q;
        dest_d = '{kind: DestBase, index: '0};
      end
      StSquares: dest_d = '{kind: DestSquare, index: '0};
      StStart: begin
        a_d    = first_q[issue_q[LogI-1:0]];
        b_d    = shift;
        dest_d = '{kind: DestFirst, index: issue_q[LogI-1:0]};
      end
      StLevel: begin
        if (level_q == last_level_q) begin
          dest_d = '{kind: DestNone, index: '0};
        end else if (issue_q[LogI]) begin
          dest_d = '{kind: DestSquare, index: '0};
        end else begin
          a_d    = first_q[issue_q[LogI-1:0]];
          dest_d = '{kind: DestFirst, index: LogI'(power_of_two(5'(level_q)) + 32'(issue_q))};
        end
      end
      default: ;
    endcase
  end

  always_ff @(posedge clk_i) begin
    a_q <= a_d;
    b_q <= b_d;
  end

  field_mul #(.Field(Field), .Products(Products)) u_mul (
    .clk_i, .en_i(1'b1), .a_i(a_q), .b_i(b_q), .y_o(product)
  );
  // Never holds anything that was not issued since the reset: StWait outlasts it.
  ntt_delay #(.Width($bits(dest_t)), .Depth(MulLatency)) u_dest (
    .clk_i, .rst_ni, .data_i(dest_q), .data_o(dest_done)
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q      <= StWait;
      next_q       <= StIdle;
      wait_q       <= 5'(MulLatency + 1);
      dest_q       <= '0;
      level_q      <= '0;
      last_level_q <= '0;
      issue_q      <= '0;
      squares_q    <= '0;
    end else begin
      dest_q <= dest_d;
      unique case (state_q)
        StIdle: begin
          // The tables need a cycle: they follow scaling_i, which came a cycle ago at the earliest.
          level_q      <= '0;
          issue_q      <= '0;
          squares_q    <= scaling_q.squares - 5'(plant_squares);
          last_level_q <= (scaling_q.log_n - 5'd1 > 5'(LogI)) ? Levels'(scaling_q.log_n - 5'd1)
                                                             : Levels'(LogI);
          wait_q       <= 5'(MulLatency + 1);
          if (valid_i && !scaling_q.repeated && settled_q) begin
            unique case (scaling_q.scale)
              ScaleBlock: state_q <= (scaling_q.c != '0) ? StBase
                  : ((scaling_q.squares == '0 || scaling_q.again) ? StLevel : StSquares);
              ScaleTile: state_q <= (scaling_q.c != '0) ? (plant_tile ? StReady : StStart)
                  : ((scaling_q.squares == '0) ? StLevel : StSquares);
              default: state_q <= StReady;
            endcase
          end
        end
        StBase: begin
          state_q <= StWait;
          next_q  <= StLevel;
        end
        StStart: begin
          issue_q <= issue_q + 1'b1;
          if (32'(issue_q) == I - 1) begin
            state_q <= StWait;
            next_q  <= StReady;
          end
        end
        StSquares: begin
          squares_q <= squares_q - 5'd1;
          state_q   <= StWait;
          next_q    <= (squares_q == 5'd1) ? StLevel : StSquares;
        end
        StLevel: begin
          if (level_q == last_level_q) begin
            state_q <= StReady;
          end else if (issue_q[LogI]) begin
            state_q <= StWait;
            next_q  <= StLevel;
            level_q <= level_q + 1'b1;
            issue_q <= (32'(level_q) + 32'd1 < 32'(LogI)) ? '0 : (LogI+1)'(I);
          end else begin
            // After the last product of the level its square.
            issue_q <= (32'(issue_q) + 32'd1 == power_of_two(5'(level_q))) ? (LogI+1)'(I)
                                                                    : issue_q + 1'b1;
          end
        end
        StWait: begin
          wait_q <= wait_q - 5'd1;
          if (wait_q == '0) begin
            wait_q  <= 5'(MulLatency + 1);
            state_q <= next_q;
          end
        end
        StReady: if (take_i) state_q <= StIdle;
        default: state_q <= StIdle;
      endcase
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) settled_q <= 1'b0;
    else         settled_q <= valid_i && !take_i;
  end

  always_ff @(posedge clk_i) begin
    if (state_q == StIdle) begin
      square_q <= (scaling_q.scale == ScaleConst) ? One
          : (scaling_q.again ? kept_q[bank][MaxBits] : shift);
      if (!scaling_q.repeated && valid_i && settled_q) begin
        if (!next_of_tile) first_q[0] <= plant_start ? shift : constant;
        if (scaling_q.scale == ScaleConst) begin
          for (int unsigned i = 0; i < I; i++) first_q[i] <= constant;
          step_q <= One;
          half_q <= One;
        end
      end
    end
    if (state_q == StLevel) begin
      if ((level_q == '0) && (scaling_q.scale == ScaleBlock) && (scaling_q.c == '0)) begin
        for (int unsigned i = 0; i <= MaxBits; i++) kept_q[bank][i] <= square_q;
      end
      if (level_q == Levels'(LogI)) step_q <= square_q;
      if (level_q == Levels'(scaling_q.log_n - 5'd1)) half_q <= square_q;
    end
    unique case (dest_done.kind)
      DestFirst: first_q[dest_done.index] <= product;
      DestSquare: square_q <= product;
      DestBase: begin
        square_q <= product;
        for (int unsigned i = 0; i <= MaxBits; i++) begin
          if (5'(i) <= zeros_q) kept_q[bank][i] <= product;
        end
      end
      default: ;
    endcase
  end

  assign ready_o = (state_q == StReady)
      || (valid_i && scaling_i.repeated && (state_q == StIdle));
  for (genvar i = 0; i < I; i++) begin : gen_first
    assign first_o[i] = first_q[i];
  end
  assign step_o = step_q;
  assign half_o = half_q;
endmodule
