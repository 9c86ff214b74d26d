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

  quad_t [Width-1:0] quad_q, quad_qq;
  column_t [3:0]     column_q;

  // M4 is circulant. Of words a, b, c, d with the sum s it makes, with t = s + b and u = s + d,
  // t + (a + b), t + 2c, u + (c + d), u + 2a: additions of two operands, one carry chain each.
  for (genvar g = 0; g < 4; g++) begin : gen_quads
    fe_t [3:0]   x_q;
    fe_t         a_qq, c_qq;
    logic [31:0] ab_q, cd_q, ab_qq, cd_qq;
    logic [32:0] s;
    quad_t       t_q, u_q;

    assign s = {1'b0, ab_q} + {1'b0, cd_q};

    always_ff @(posedge clk_i) begin
      x_q  <= x_i[4*g +: 4];
      ab_q <= {1'b0, x_i[4*g]} + {1'b0, x_i[4*g+1]};
      cd_q <= {1'b0, x_i[4*g+2]} + {1'b0, x_i[4*g+3]};

      {a_qq, c_qq}   <= {x_q[0], x_q[2]};
      {ab_qq, cd_qq} <= {ab_q, cd_q};
      t_q <= {1'b0, s} + {3'b0, x_q[1]};
      u_q <= {1'b0, s} + {3'b0, x_q[3]};

      quad_q[4*g]   <= t_q + {2'b0, ab_qq};
      quad_q[4*g+1] <= t_q + {2'b0, c_qq, 1'b0};
      quad_q[4*g+2] <= u_q + {2'b0, cd_qq};
      quad_q[4*g+3] <= u_q + {2'b0, a_qq, 1'b0};
    end
  end

  logic short_sum;
  prim_plant #(.Id(assay_engine_plant_pkg::Poseidon2ShortSum)) u_short_sum (.active_o(short_sum));

  always_ff @(posedge clk_i) begin
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
