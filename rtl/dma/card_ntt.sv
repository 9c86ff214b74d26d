// The NTT engine behind the card's queue and on an AXI4 port of its own, Lanes words wide. What it does
// not take was refused before (card_check). Proved by: sim/card/tests.
module card_ntt
  import assay_abi_pkg::*;
  import card_pkg::*;
#(
  parameter int unsigned Field = field_pkg::KoalaBear,
  parameter int unsigned Lanes = 2,
  parameter int unsigned LogMax = 8,
  parameter int unsigned LogLoad = 12,
  parameter int unsigned LogStore = 12,
  localparam int unsigned Width = 32 * Lanes
) (
  input  logic               clk_i,
  input  logic               rst_ni,

  input  logic               start_i,
  input  assay_abi_pkg::command_t command_i,
  output logic               done_o,
  output result_t            result_o,
  output logic               stall_memory_o,
  output logic               quiet_o,

  output logic               awvalid_o,
  input  logic               awready_i,
  output logic [39:0]        awaddr_o,
  output logic [7:0]         awlen_o,
  output logic [2:0]         awsize_o,
  output logic [1:0]         awburst_o,
  output logic               wvalid_o,
  input  logic               wready_i,
  output logic [Width-1:0]   wdata_o,
  output logic [Width/8-1:0] wstrb_o,
  output logic               wlast_o,
  input  logic               bvalid_i,
  output logic               bready_o,
  input  logic [1:0]         bresp_i,
  output logic               arvalid_o,
  input  logic               arready_i,
  output logic [39:0]        araddr_o,
  output logic [7:0]         arlen_o,
  output logic [2:0]         arsize_o,
  output logic [1:0]         arburst_o,
  input  logic               rvalid_i,
  output logic               rready_o,
  input  logic [Width-1:0]   rdata_i,
  input  logic [1:0]         rresp_i,
  input  logic               rlast_i
);
  localparam int unsigned LogBytes = $clog2(Width / 8);
  localparam int unsigned LogColumns = $clog2(Lanes / 2);
  localparam int unsigned LogBurst = 5;

  typedef enum logic [1:0] {StIdle, StAsk, StRun, StDone} state_e;
  state_e             state_q;
  ntt_pkg::command_t  command;
  ntt_pkg::addr_t     ar_addr, aw_addr;
  ntt_pkg::stall_e    stall;
  logic               cmd_ready, refused, engine_done, bad, refused_q, bad_q, fault_q;
  logic               ar_valid, ar_ready, r_valid, r_ready, r_error, aw_valid, aw_ready;
  logic               w_valid, w_ready, answered, write_error, read_quiet, write_quiet;
  logic [15:0]        ar_beats, aw_beats;
  logic [Width-1:0]   r_data, w_data;
  logic               unused_running, unused_error_tag, unused_tag, unused_last;
  logic               unused_rows;
  logic [4:0]         unused_block;
  logic [15:0]        unused_panels;
  logic [3:0]         unused_tail;
  logic [31:0]        last_column;

  assign last_column = command_i.count - 32'd1;
  always_comb begin
    command.op          = ntt_pkg::OpForward;
    if (command_i.transform == CardTransformInverse) command.op = ntt_pkg::OpInverse;
    if (command_i.transform == CardTransformLde)     command.op = ntt_pkg::OpLde;
    command.log_n       = command_i.log_rows[4:0];
    command.log_blowup  = command_i.log_blowup[2:0];
    command.in_reversed = command_i.order[CardOrderInReversed];
    command.out_natural = command_i.order[CardOrderOutNatural];
    command.by_rows     = 1'b0;
    command.panels      = 16'(last_column >> LogColumns) + 16'd1;
    command.tail        = 4'(last_column & 32'(Lanes / 2 - 1));
    command.shift       = (command.op == ntt_pkg::OpInverse) ? ntt_pkg::to_monty(Field, 64'd1)
                                                             : command_i.argument[30:0];
    command.source      = ntt_pkg::addr_t'(command_i.source >> LogBytes);
    command.destination = ntt_pkg::addr_t'(command_i.destination >> LogBytes);
    command.scratch     = ntt_pkg::addr_t'(command_i.auxiliary >> LogBytes);
  end

  assay_ntt_memory #(
    .Field(Field), .Lanes(Lanes), .LogMax(LogMax), .LogLoad(LogLoad), .LogStore(LogStore),
    .LogBurst(LogBurst)
  ) u_ntt (
    .clk_i, .rst_ni,
    .cmd_valid_i(state_q == StAsk), .cmd_ready_o(cmd_ready), .cmd_refused_o(refused),
    .cmd_i(command), .done_o(engine_done), .bad_o(bad),
    .ar_valid_o(ar_valid), .ar_ready_i(ar_ready), .ar_addr_o(ar_addr), .ar_beats_o(ar_beats),
    .r_valid_i(r_valid), .r_ready_o(r_ready), .r_data_i(r_data),
    .aw_valid_o(aw_valid), .aw_ready_i(aw_ready), .aw_addr_o(aw_addr), .aw_beats_o(aw_beats),
    .w_valid_o(w_valid), .w_ready_i(w_ready), .w_data_o(w_data), .b_valid_i(answered),
    .rows_o(unused_rows), .log_block_o(unused_block), .panels_o(unused_panels),
    .tail_o(unused_tail), .stall_o(stall)
  );

  dma_read #(
    .DataWidth(Width), .Depth(64), .MaxBurst(1 << LogBurst), .CountWidth(16), .Bursts(16)
  ) u_read (
    .clk_i, .rst_ni, .stop_i(1'b0), .quiet_o(read_quiet),
    .job_valid_i(ar_valid), .job_ready_o(ar_ready), .job_addr_i(40'(ar_addr) << LogBytes),
    .job_beats_i(ar_beats), .job_tag_i(1'b0),
    .out_valid_o(r_valid), .out_ready_i(r_ready), .out_data_o(r_data), .out_tag_o(unused_tag),
    .out_last_o(unused_last), .out_error_o(r_error),
    .arvalid_o, .arready_i, .araddr_o, .arlen_o, .arsize_o, .arburst_o,
    .rvalid_i, .rready_o, .rdata_i, .rresp_i, .rlast_i
  );
  dma_write #(
    .DataWidth(Width), .Depth(64), .MaxBurst(1 << LogBurst), .CountWidth(16), .Bursts(16)
  ) u_write (
    .clk_i, .rst_ni, .stop_i(1'b0), .clear_i(start_i), .running_o(unused_running),
    .quiet_o(write_quiet),
    .job_valid_i(aw_valid), .job_ready_o(aw_ready), .job_addr_i(40'(aw_addr) << LogBytes),
    .job_beats_i(aw_beats), .job_tag_i(1'b0),
    .in_valid_i(w_valid), .in_ready_o(w_ready), .in_data_i(w_data), .answered_o(answered),
    .error_o(write_error), .error_tag_o(unused_error_tag),
    .awvalid_o, .awready_i, .awaddr_o, .awlen_o, .awsize_o, .awburst_o,
    .wvalid_o, .wready_i, .wdata_o, .wstrb_o, .wlast_o, .bvalid_i, .bready_o, .bresp_i
  );

  assign done_o  = (state_q == StDone);
  assign quiet_o = (state_q == StIdle) && read_quiet && write_quiet;
  always_comb begin
    result_o = '{status: CardStatusOk, detail: '0, last: 1'b0};
    if (refused_q) begin
      result_o.status = CardStatusUnsupported;
      result_o.detail = AtLogRows;
    end else if (fault_q || write_error) begin
      result_o.status = CardStatusCardFault;
    end else if (bad_q) begin
      result_o.status = CardStatusNotCanonical;
    end
  end
  assign stall_memory_o = (stall == ntt_pkg::StallInput) || (stall == ntt_pkg::StallOutput);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q   <= StIdle;
      refused_q <= 1'b0;
      bad_q     <= 1'b0;
      fault_q   <= 1'b0;
    end else begin
      if (start_i)                 fault_q <= 1'b0;
      else if (r_valid && r_error) fault_q <= 1'b1;
      unique case (state_q)
        StIdle: if (start_i) state_q <= StAsk;
        StAsk:  if (cmd_ready) state_q <= StRun;
        StRun: begin
          refused_q <= refused;
          bad_q     <= engine_done && bad;
          if (refused || engine_done) state_q <= StDone;
        end
        default: state_q <= StIdle;
      endcase
    end
  end

endmodule
