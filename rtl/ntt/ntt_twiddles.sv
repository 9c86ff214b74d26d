// ROM of the twiddles of one stage: w^index in Montgomery form, w of order 2^(LogWords + 1).
// Latency 2, one a cycle. Golden twin: p3's two_adic_generator. Proved by: sim/engines/tests/ntt.rs.
module ntt_twiddles
  import field_pkg::fe_t;
#(
  parameter int unsigned Field = field_pkg::KoalaBear,
  parameter int unsigned LogWords = 1
) (
  input  logic                clk_i,

  input  logic [LogWords-1:0] index_i,
  output fe_t                 twiddle_o
);
  localparam logic [63:0] Root = ntt_pkg::root(Field, LogWords + 1);

  (* ram_style = "block" *)
  fe_t rom [1 << LogWords];
  fe_t rom_q, out_q;

  initial begin
    logic [63:0] power;
    power = 64'd1;
    for (int unsigned i = 0; i < (1 << LogWords); i++) begin
      rom[i] = ntt_pkg::to_monty(Field, power);
      power  = ntt_pkg::mul_mod(Field, power, Root);
    end
  end

  always_ff @(posedge clk_i) begin
    rom_q <= rom[index_i];
    out_q <= rom_q;
  end

  assign twiddle_o = out_q;
endmodule
