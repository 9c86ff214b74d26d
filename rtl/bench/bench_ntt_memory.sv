// The NTT engine on a memory, for simulation. Words of drive_i: {b_valid, w_ready, aw_ready, r_valid,
// ar_ready, cmd_valid}, the command (six words, its fields as in command_t, padded at the top), a
// beat. Words of sample_o: {stall[2:0], w_valid, aw_valid, r_ready, ar_valid, bad, done, refused,
// cmd_ready}, low words of the read's and the write's address, {their beats, 16 bits each}, a beat.
// Test: sim/engines/tests/ntt_memory.rs.
module bench_ntt_memory
  import ntt_pkg::*;
#(
  parameter int unsigned Field = field_pkg::KoalaBear,
  parameter int unsigned Products = 4,
  parameter int unsigned Lanes = 2,
  parameter int unsigned LogMax = 8,
  parameter int unsigned LogLoad = 12,
  parameter int unsigned LogStore = 12,
  localparam int unsigned DriveWords = 7 + Lanes,
  localparam int unsigned SampleWords = 4 + Lanes
) (
  input  logic                         clk_i,
  input  logic                         rst_ni,
  input  logic [DriveWords-1:0][31:0]  drive_i,
  output logic [SampleWords-1:0][31:0] sample_o
);
  localparam int unsigned CommandBits = $bits(command_t);

  logic              cmd_ready, refused, done, bad, ar_valid, r_ready, aw_valid, w_valid;
  stall_e            stall;
  addr_t             ar_addr, aw_addr;
  logic [15:0]       ar_beats, aw_beats;
  logic [191:0]      words;
  logic              rows;
  logic [4:0]        log_block;
  logic [15:0]       panels;
  logic [3:0]        tail;

  assign words = drive_i[6:1];
  assign sample_o[0] = {
    21'd0, stall, w_valid, aw_valid, r_ready, ar_valid, bad, done, refused, cmd_ready
  };
  assign sample_o[1] = ar_addr[31:0];
  assign sample_o[2] = aw_addr[31:0];
  assign sample_o[3] = {aw_beats, ar_beats};

  assay_ntt_memory #(
    .Field(Field), .Products(Products), .Lanes(Lanes), .LogMax(LogMax), .LogLoad(LogLoad),
    .LogStore(LogStore)
  ) u_ntt (
    .clk_i, .rst_ni,
    .cmd_valid_i(drive_i[0][0]),
    .cmd_ready_o(cmd_ready),
    .cmd_refused_o(refused),
    .cmd_i(command_t'(words[CommandBits-1:0])),
    .done_o(done),
    .bad_o(bad),
    .ar_valid_o(ar_valid),
    .ar_ready_i(drive_i[0][1]),
    .ar_addr_o(ar_addr),
    .ar_beats_o(ar_beats),
    .r_valid_i(drive_i[0][2]),
    .r_ready_o(r_ready),
    .r_data_i(drive_i[DriveWords-1:7]),
    .aw_valid_o(aw_valid),
    .aw_ready_i(drive_i[0][3]),
    .aw_addr_o(aw_addr),
    .aw_beats_o(aw_beats),
    .w_valid_o(w_valid),
    .w_ready_i(drive_i[0][4]),
    .w_data_o(sample_o[SampleWords-1:4]),
    .b_valid_i(drive_i[0][5]),
    .rows_o(rows),
    .log_block_o(log_block),
    .panels_o(panels),
    .tail_o(tail),
    .stall_o(stall)
  );

  logic unused_inputs;
  assign unused_inputs = ^{words, drive_i[0], ar_addr[33:32], aw_addr[33:32],
                           rows, log_block, panels, tail};
endmodule
