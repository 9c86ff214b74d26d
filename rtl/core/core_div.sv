// Radix-2 restoring divider, one bit a cycle, zero high bytes of the dividend skipped: 4 + 8, 16,
// 24 or 32 cycles. The operands must stay until done_o; the result stays until the next start.
module core_div
  import assay_plant_pkg::*;
(
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic        start_i,   // level: a division is in EX
  input  logic        kill_i,
  input  logic        signed_i,
  input  logic        remainder_i,
  input  logic [31:0] a_i,
  input  logic [31:0] b_i,
  output logic        done_o,
  output logic [31:0] result_o
);
  typedef enum logic [2:0] {StIdle, StSign, StSkip, StRun, StFix, StDone} state_e;

  state_e      state_q, state_d;
  logic [4:0]  count_q;
  logic [31:0] quotient_q;   // dividend, shifted out at the top; quotient bits in at the bottom
  logic [31:0] rest_q;
  logic [31:0] divisor_q;
  logic        negate_q, zero_q;
  logic [32:0] shifted, difference;
  logic [31:0] raw;
  logic        plant_zero, plant_sign, plant_skip;

  prim_plant #(.Id(CoreDivByZero)) u_plant_zero (.active_o(plant_zero));
  prim_plant #(.Id(CoreRemSign)) u_plant_sign (.active_o(plant_sign));
  prim_plant #(.Id(CoreDivSkipWide)) u_plant_skip (.active_o(plant_skip));

  assign shifted    = {rest_q, quotient_q[31]};
  assign difference = shifted - {1'b0, divisor_q};

  always_comb begin
    state_d = state_q;
    unique case (state_q)
      StIdle:  if (start_i) state_d = StSign;
      StSign:  state_d = StSkip;
      StSkip:  state_d = StRun;
      StRun:   if (count_q == 5'd0) state_d = StFix;
      StFix:   state_d = StDone;
      default: state_d = StIdle;
    endcase
    if (kill_i) state_d = StIdle;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) state_q <= StIdle;
    else         state_q <= state_d;
  end

  // Division by zero: every step subtracts 0, so the rest ends as the dividend; the quotient is set
  // in StFix.
  always_comb begin
    raw = remainder_i ? rest_q : quotient_q;
    if (zero_q & ~remainder_i) raw = {32{~plant_zero}};
  end

  always_ff @(posedge clk_i) begin
    unique case (state_q)
      StIdle: if (start_i) begin
        quotient_q <= a_i;
        divisor_q  <= b_i;
        negate_q   <= signed_i & (a_i[31] ^ (b_i[31] & (~remainder_i | plant_sign)));
      end
      // From registers of its own: the operand registers of EX carry the core's longest paths.
      StSign: begin
        if (signed_i & quotient_q[31]) quotient_q <= -quotient_q;
        if (signed_i & divisor_q[31])  divisor_q  <= -divisor_q;
        zero_q <= (divisor_q == 32'd0);
      end
      StSkip: begin
        rest_q <= 32'd0;
        count_q <= 5'd31;
        if (quotient_q[31:8] == 24'd0) begin
          count_q    <= 5'd7;
          quotient_q <= {quotient_q[7:0], 24'd0};
        end else if ({quotient_q[31:17], quotient_q[16] & ~plant_skip} == 16'd0) begin
          count_q    <= 5'd15;
          quotient_q <= {quotient_q[15:0], 16'd0};
        end else if (quotient_q[31:24] == 8'd0) begin
          count_q    <= 5'd23;
          quotient_q <= {quotient_q[23:0], 8'd0};
        end
      end
      StRun: begin
        count_q    <= count_q - 5'd1;
        rest_q     <= difference[32] ? shifted[31:0] : difference[31:0];
        quotient_q <= {quotient_q[30:0], ~difference[32]};
      end
      StFix: quotient_q <= (negate_q & ~(zero_q & ~remainder_i)) ? -raw : raw;
      default: ;
    endcase
  end

  assign done_o   = (state_q == StDone);
  assign result_o = quotient_q;
endmodule
