// The external layer: M4 on each four words, then to each word the sum of the four at its place.
// Latency poseidon2_pkg::external_latency(Field), one state a cycle. Sums are integers; each word is
// reduced once. Golden twin: p3's mds_light_permutation. Proved by: sim/engines/tests/poseidon2.rs.
module poseidon2_external
  import field_pkg::*;
  import poseidon2_pkg::*;
#(
  parameter int unsigned Field = KoalaBear
) (
  input  logic   clk_i,

  input  state_t x_i,
  output state_t y_o
);

  typedef logic [33:0] quad_t; // 7 * p
  typedef logic [35:0] column_t; // 28 * p

  // M4 is circulant: word i is 2 x[i] + 3 x[i+1] + x[i+2] + x[i+3] of its four.
  logic [Width-1:0][31:0] pair_q; // x[i] + x[i+1]
  state_t                 x_q;
  quad_t [Width-1:0]      quad_q, quad_qq;
  column_t [3:0]          column_q;

  logic short_sum;
  prim_plant #(.Id(assay_engine_plant_pkg::Poseidon2ShortSum)) u_short_sum (.active_o(short_sum));

  always_ff @(posedge clk_i) begin
    x_q <= x_i;
    for (int unsigned i = 0; i < Width; i++) begin
      pair_q[i] <= {1'b0, x_i[i]} + {1'b0, x_i[(i/4)*4 + (i+1)%4]};
      // 2 (x[i] + x[i+1]) + (x[i+2] + x[i+3]) + x[i+1]
      quad_q[i] <= ({1'b0, pair_q[i], 1'b0} + {2'b0, pair_q[(i/4)*4 + (i+2)%4]})
                   + {3'b0, x_q[(i/4)*4 + (i+1)%4]};
    end
    for (int unsigned j = 0; j < 4; j++) begin
      column_q[j] <= ({2'b0, quad_q[j]} + {2'b0, quad_q[4+j]})
                     + ({2'b0, quad_q[8+j]} + {2'b0, quad_q[12+j]});
      if (short_sum) column_q[j][35] <= 1'b0;
    end
    quad_qq <= quad_q;
  end

  for (genvar i = 0; i < Width; i++) begin : gen_words
    logic [ExternalWidth-1:0] sum_q;
    always_ff @(posedge clk_i) sum_q <= {1'b0, column_q[i%4]} + {3'b0, quad_qq[i]};
    field_reduce #(.Field(Field), .Width(ExternalWidth)) u_reduce (
      .clk_i, .en_i(1'b1), .x_i(sum_q), .y_o(y_o[i])
    );
  end

endmodule
