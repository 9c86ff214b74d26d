// Types and derived constants of the NTT engine. Nothing here is a literal that could be computed:
// moduli come from the contract's field tables, roots of unity from the fields' generators.
package ntt_pkg;

  import field_pkg::fe_t;

  // What a job does with each column. Orders and scalings: rtl/ntt/README.md.
  typedef enum logic [1:0] {
    OpForward = 2'd0, // evaluations over shift * H
    OpInverse = 2'd1, // coefficients from evaluations over H
    OpLde     = 2'd2  // evaluations over H to evaluations over shift * K, |K| = |H| << log_blowup
  } op_e;

  // A job: `panels` matrices of up to Lanes/2 columns side by side, each of 2^log_repeat column groups
  // (1 unless it is a pass of the four-step method).
  typedef struct packed {
    op_e         op;
    logic [4:0]  log_n;
    logic [2:0]  log_blowup;   // OpLde
    logic [4:0]  log_repeat;
    logic        strided_in;   // beats come in tiles, 2^LogTile of each element
    logic        strided_out;  // and so they go
    logic        by_rows;      // of each tile all panels come before the next tile does
    logic        factors;      // group c of a panel is scaled by powers of the root w_(n * 2^log_repeat)^c'
    logic        in_reversed;  // elements come in bit-reversed order
    logic        out_natural;  // elements go in natural order
    logic [15:0] panels;
    logic [3:0]  tail;         // columns of the last panel, less one
    fe_t         shift;        // Montgomery form
  } job_t;

  // A place in memory, in beats.
  typedef logic [33:0] addr_t;

  // A transform of matrices in memory.
  typedef struct packed {
    op_e         op;
    logic [4:0]  log_n;
    logic [2:0]  log_blowup;
    logic        in_reversed;
    logic        out_natural;
    logic        by_rows;      // what goes is 2^LogBlock rows at most at a time, all panels of them
    logic [15:0] panels;
    logic [3:0]  tail;
    fe_t         shift;
    addr_t       source;
    addr_t       destination;
    addr_t       scratch;      // as large as the result, for columns that do not fit; may be the destination, but of
                               // an extension
  } command_t;

  // The order of a pass's bursts, of 2^log_burst beats each: four loops, the innermost first.
  typedef struct packed {
    logic [4:0]       log_burst;
    logic [3:0][23:0] last;       // rounds, less one
    logic [3:0][4:0]  log_stride; // from a round to the next, in beats
  } walk_t;

  // Rounds of a loop of 2^log_rounds, less one.
  function automatic logic [23:0] last_round(logic [4:0] log_rounds);
    return 24'((32'd1 << log_rounds) - 32'd1);
  endfunction

  // The scaling of a column group: element k is multiplied by start * base^k.
  typedef enum logic [1:0] {
    ScaleConst = 2'd0, // base 1, start 1 or 1/n
    ScaleBlock = 2'd1, // base s * w^c', w of order n * 2^(bits of c), s = shift^(2^squares); start 1 or 1/n
    ScaleTile  = 2'd2  // base shift^(2^squares), start shift^c
  } scale_e;

  typedef struct packed {
    scale_e      scale;
    logic        repeated; // the same as the group before
    logic        again;    // c is 0 as it was before in this job
    logic        inverse;  // of the root, and no shift
    logic [4:0]  log_n;
    logic [4:0]  squares;
    logic [15:0] c;
    fe_t         shift;
  } scaling_t;

  // Powers are made by interleaved recurrences: as many as a trip through multiplier and register.
  function automatic int unsigned log_interleave(int unsigned products);
    return $clog2(field_pkg::mul_latency(products) + 1);
  endfunction

  // log2 of the groups that a panel may have: c has 16 bits, of which a plain extension needs 7.
  function automatic int unsigned max_repeat(int unsigned log_max);
    if (log_max < 4) return 8;
    return (log_max + 4 > 15) ? 15 : log_max + 4;
  endfunction

  // A tile's burst: beats of 2 rows that lie side by side in memory.
  localparam int unsigned LogTile = 3;

  // What travels with a beat through the pipeline.
  typedef struct packed {
    logic valid;
    logic inverse;
    logic coef;     // to the coefficient RAM, not to the output
    logic natural;  // the output reorders
  } tag_t;

  // Why no group started in a cycle.
  typedef enum logic [2:0] {
    StallNone   = 3'd0, // one started or is being read
    StallIdle   = 3'd1, // no job
    StallInput  = 3'd2, // its column group is not loaded
    StallOutput = 3'd3, // no room for its result
    StallPowers = 3'd4, // its powers are not ready
    StallCoef   = 3'd5, // its coefficients are not there, or no room for them
    StallSize   = 3'd6  // another size drains first
  } stall_e;

  // The butterfly's sum and difference: an operand register, and the adders of rtl/field.
  localparam int unsigned AddLatency = 1 + field_pkg::AddLatency;

  function automatic logic [63:0] generator(int unsigned field);
    return (field == field_pkg::KoalaBear) ? 64'(assay_abi_pkg::KoalabearGenerator)
                                           : 64'(assay_abi_pkg::BabybearGenerator);
  endfunction

  function automatic int unsigned two_adicity(int unsigned field);
    return (field == field_pkg::KoalaBear) ? assay_abi_pkg::KoalabearTwoAdicity
                                           : assay_abi_pkg::BabybearTwoAdicity;
  endfunction

  function automatic logic [63:0] mul_mod(int unsigned field, logic [63:0] a, logic [63:0] b);
    return (a * b) % 64'(field_pkg::modulus(field));
  endfunction

  function automatic logic [63:0] pow_mod(int unsigned field, logic [63:0] base, logic [63:0] exponent);
    logic [63:0] result, square;
    result = 64'd1;
    square = base;
    for (int unsigned i = 0; i < 64; i++) begin
      if (exponent[i]) result = mul_mod(field, result, square);
      square = mul_mod(field, square, square);
    end
    return result;
  endfunction

  // x * 2^32 mod p.
  function automatic fe_t to_monty(int unsigned field, logic [63:0] x);
    return 31'(mul_mod(field, x, (64'd1 << 32) % 64'(field_pkg::modulus(field))));
  endfunction

  // The generator of the subgroup of order 2^log_order, canonical.
  function automatic logic [63:0] root(int unsigned field, int unsigned log_order);
    return pow_mod(field, generator(field), (64'(field_pkg::modulus(field)) - 64'd1) >> log_order);
  endfunction

  // 2^-log_n mod p.
  function automatic logic [63:0] inverse_of_size(int unsigned field, int unsigned log_n);
    logic [63:0] half;
    half = (64'(field_pkg::modulus(field)) + 64'd1) >> 1;
    return pow_mod(field, half, 64'(log_n));
  endfunction

  // 2^places, as a decoder. A shifter by a variable is what yosys lets several places share that never
  // need it at once, however far from each other they lie.
  function automatic logic [31:0] power_of_two(logic [4:0] places);
    for (int unsigned i = 0; i < 32; i++) power_of_two[i] = (places == 5'(i));
  endfunction

endpackage
