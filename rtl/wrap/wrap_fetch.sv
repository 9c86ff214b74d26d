// Instruction side of a foreign core: request and grant, one request at a time, over a
// direct-mapped store of lines of 64 bytes that are fetched with one AXI burst. Text is read-only,
// so the store is never stale; clear_i empties it between sessions. hold_i gates grants: the
// throttle of the trace unit. Latency 1 cycle on a hit. The top 128 bytes of the address space hold
// the boot code.
//
// Boot code, 32 words: clears x1 ... x30, then loads the entry into x31 and jumps there with a JALR
// at the highest address, whose link, the address behind it, is 0: so x31 is clear too. Proved by:
// sim/tests/cores.rs.
module wrap_fetch #(
  parameter int unsigned Lines = 16
) (
  input  logic         clk_i,
  input  logic         rst_ni,

  input  logic         clear_i,
  input  logic         hold_i,
  input  logic [31:0]  entry_pc_i,
  input  logic [39:28] mem_base_i,

  input  logic         req_i,
  input  logic [31:2]  addr_i,
  output logic         gnt_o,
  output logic         rvalid_o,
  output logic [31:0]  rdata_o,
  output logic         idle_o,

  output logic         arvalid_o,
  input  logic         arready_i,
  output logic [39:0]  araddr_o,
  output logic [7:0]   arlen_o,
  output logic [2:0]   arsize_o,
  output logic [1:0]   arburst_o,
  input  logic         rvalid_i,
  output logic         rready_o,
  input  logic [63:0]  rdata_i,
  input  logic         rlast_i
);
  localparam int unsigned IndexWidth = $clog2(Lines);
  localparam int unsigned TagLow = 6 + IndexWidth;

  typedef enum logic [1:0] {StIdle, StLookup, StRequest, StFill} state_e;

  state_e            state_q, state_d;
  logic [31:2]       addr_q;
  logic [2:0]        beat_q;
  logic              answer, boot, outside, hit;
  logic [31:0]       boot_word, rdata_q;
  logic [63:0]       data [8 * Lines];
  logic [27:TagLow]  tag [Lines];
  logic [Lines-1:0]  valid_q;
  logic [IndexWidth-1:0] index;
  logic [63:0]       pair;
  logic              rvalid_q;

  assign boot    = &addr_q[31:7];
  assign outside = (addr_q[31:28] != 4'd0);
  assign index   = addr_q[TagLow-1:6];
  assign hit     = valid_q[index] && (tag[index] == addr_q[27:TagLow]);
  assign pair    = data[addr_q[TagLow-1:3]];

  // ADDI xN, x0, 0; LUI x31, hi; JALR x31, lo(x31)
  always_comb begin
    unique case (addr_q[6:2])
      5'd30:   boot_word = {entry_pc_i[31:12] + 20'(entry_pc_i[11]), 5'd31, 7'h37};
      5'd31:   boot_word = {entry_pc_i[11:0], 5'd31, 3'd0, 5'd31, 7'h67};
      default: boot_word = {20'd0, addr_q[6:2] + 5'd1, 7'h13};
    endcase
  end

  assign gnt_o  = req_i && !hold_i && (state_q == StIdle);
  assign answer = (state_q == StLookup) && (hit || outside);

  always_comb begin
    state_d = state_q;
    unique case (state_q)
      StIdle:    if (gnt_o) state_d = StLookup;
      StLookup:  state_d = answer ? StIdle : StRequest;
      StRequest: if (arready_i) state_d = StFill;
      default:   if (rvalid_i && rlast_i) state_d = StLookup;
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q  <= StIdle;
      valid_q  <= '0;
      rvalid_q <= 1'b0;
    end else begin
      state_q  <= state_d;
      rvalid_q <= answer;
      if (clear_i) valid_q <= '0;
      else if ((state_q == StFill) && rvalid_i && rlast_i) valid_q[index] <= 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (gnt_o) addr_q <= addr_i;
    rdata_q <= boot ? boot_word : outside ? 32'd0 : addr_q[2] ? pair[63:32] : pair[31:0];
    if (state_q == StRequest) begin
      beat_q     <= 3'd0;
      tag[index] <= addr_q[27:TagLow];
    end
    if ((state_q == StFill) && rvalid_i) begin
      beat_q                                <= beat_q + 3'd1;
      data[{addr_q[TagLow-1:6], beat_q}] <= rdata_i;
    end
  end

  assign rvalid_o  = rvalid_q;
  assign rdata_o   = rdata_q;
  assign idle_o    = (state_q == StIdle) && !rvalid_q;
  assign arvalid_o = (state_q == StRequest);
  assign araddr_o  = {mem_base_i, addr_q[27:6], 6'd0};
  assign arlen_o   = 8'd7;
  assign arsize_o  = 3'd3;
  assign arburst_o = 2'b01;
  assign rready_o  = (state_q == StFill);
endmodule
