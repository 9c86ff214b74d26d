// V[Word] * x plus a multiple of p that keeps it from being negative: at most 4 p. Combinational, no
// multiplication: V has only small multiples and powers of 1/2. Golden twin: p3's internal layer.
// Proved by: sim/engines/tests/poseidon2.rs.
module poseidon2_term
  import field_pkg::*;
  import poseidon2_pkg::*;
#(
  parameter int unsigned Field = KoalaBear,
  parameter int unsigned Word = 0
) (
  input  fe_t                      x_i,
  output logic [InternalWidth-1:0] y_o
);

  typedef logic [InternalWidth-1:0] sum_t;

  localparam assay_poseidon2_pkg::diagonal_t V = diagonal(Field, Word);
  localparam int unsigned K = two_power(Field);
  localparam sum_t P = sum_t'(modulus(Field));

  if (V.shift == 5'd0) begin : gen_multiple
    sum_t multiple;
    always_comb begin
      unique case (V.factor)
        3'd1:    multiple = sum_t'(x_i);
        3'd2:    multiple = sum_t'(x_i) << 1;
        3'd3:    multiple = (sum_t'(x_i) << 1) + sum_t'(x_i);
        default: multiple = sum_t'(x_i) << 2;
      endcase
    end
    if (V.negative) begin : gen_minus
      assign y_o = P * sum_t'(V.factor) - multiple;
    end else begin : gen_plus
      assign y_o = multiple;
    end
  end else begin : gen_power
    // 1 = 2^K - 2^31 mod p, so x / 2^s = high + low * 2^(K - s) - low * 2^(31 - s), where low is the
    // s lowest bits of x. What is added is below 2^31, and so is what is subtracted.
    localparam int unsigned S = int'(V.shift);
    sum_t high, low, more, less;
    assign high = sum_t'(x_i[30:S]);
    assign low  = sum_t'(x_i[S-1:0]);
    assign more = high + (low << (K - S));
    assign less = low << (31 - S);
    if (V.negative) begin : gen_minus
      assign y_o = (P << 1) + less - more;
    end else begin : gen_plus
      assign y_o = (P << 1) + more - less;
    end
  end

endmodule
