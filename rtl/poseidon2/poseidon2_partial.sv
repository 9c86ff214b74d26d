// A partial round: constant and S-box on word 0, internal layer (1 + diag(V)). Latency
// poseidon2_pkg::partial_latency, one state a cycle. All partial rounds are copies of this one:
// poseidon2_partial_constant says what is added.
// Golden twin: p3's internal rounds. Proved by: sim/engines/tests/poseidon2.rs.
module poseidon2_partial
  import field_pkg::*;
  import poseidon2_pkg::*;
#(
  parameter int unsigned Field = KoalaBear,
  parameter int unsigned Products = 4
) (
  input  logic   clk_i,

  input  fe_t    constant_i,
  input  state_t x_i,
  output state_t y_o
);

  localparam int unsigned Box = AddLatency + sbox_latency(Field, Products);

  typedef logic [InternalWidth-1:0] sum_t;

  fe_t first, boxed;

  field_add #(.Field(Field)) u_constant (
    .clk_i, .en_i(1'b1), .a_i(x_i[0]), .b_i(constant_i), .y_o(first)
  );
  poseidon2_sbox #(.Field(Field), .Products(Products)) u_box (.clk_i, .x_i(first), .y_o(boxed));

  // The others wait for word 0; two cycles before it is there their sum begins.
  fe_t [Width-1:1] early, late;
  logic [3:0][32:0] groups_q;
  sum_t             others_q, total_q;

  prim_delay #(.Width(31*15), .Depth(Box - 2)) u_early (
    .clk_i, .en_i(1'b1), .data_i(x_i[Width-1:1]), .data_o(early)
  );
  prim_delay #(.Width(31*15), .Depth(2)) u_late (
    .clk_i, .en_i(1'b1), .data_i(early), .data_o(late)
  );

  always_ff @(posedge clk_i) begin
    groups_q[0] <= {2'b0, early[1]} + {2'b0, early[2]} + {2'b0, early[3]};
    for (int unsigned g = 1; g < 4; g++) begin
      groups_q[g] <= ({2'b0, early[4*g]} + {2'b0, early[4*g+1]})
                     + ({2'b0, early[4*g+2]} + {2'b0, early[4*g+3]});
    end
    others_q <= (sum_t'(groups_q[0]) + sum_t'(groups_q[1]))
                + (sum_t'(groups_q[2]) + sum_t'(groups_q[3]));
    total_q  <= others_q + sum_t'(boxed);
  end

  for (genvar i = 0; i < Width; i++) begin : gen_words
    fe_t  x;
    sum_t term, term_q, sum_q;

    if (i == 0) begin : gen_first
      assign x = boxed;
    end else begin : gen_other
      assign x = late[i];
    end

    poseidon2_term #(.Field(Field), .Word(i)) u_term (.x_i(x), .y_o(term));

    always_ff @(posedge clk_i) begin
      term_q <= term;
      sum_q  <= total_q + term_q;
    end

    field_reduce #(.Field(Field), .Width(InternalWidth)) u_reduce (
      .clk_i, .en_i(1'b1), .x_i(sum_q), .y_o(y_o[i])
    );
  end

endmodule
