// assay_commit for simulation: the words of drive_i and sample_o are those of bench_ntt_memory and
// behind them those of bench_merkle. Test: sim/engines/tests/commit.rs.
module bench_commit
  import ntt_pkg::command_t;
  import ntt_pkg::stall_e;
  import field_pkg::*;
  import poseidon2_pkg::*;
  import merkle_pkg::*;
#(
  parameter int unsigned Field = KoalaBear,
  parameter int unsigned Products = 4,
  parameter int unsigned Lanes = 16,
  parameter int unsigned LogMax = 8,
  parameter int unsigned LogLoad = 12,
  parameter int unsigned LogStore = 12,
  parameter int unsigned FullUnits = 1,
  parameter int unsigned PartialUnits = 1,
  parameter int unsigned Share = 1,
  parameter int unsigned LogSlots = 8,
  parameter int unsigned OutDepth = 64,
  parameter int unsigned ReadDepth = 64,
  parameter int unsigned WriteDepth = 64,
  localparam int unsigned NttDrive = 7 + Lanes,
  localparam int unsigned NttSample = 4 + Lanes,
  localparam int unsigned DriveWords = NttDrive + 5 + Rate + Width,
  localparam int unsigned SampleWords = NttSample + 3 + Rate
) (
  input  logic                         clk_i,
  input  logic                         rst_ni,
  input  logic [DriveWords-1:0][31:0]  drive_i,
  output logic [SampleWords-1:0][31:0] sample_o
);
  localparam int unsigned CommandBits = $bits(command_t);
  // Where the tree's words begin.
  localparam int unsigned D = NttDrive;
  localparam int unsigned S = NttSample;

  logic              cmd_ready, cmd_refused, cmd_done, bad, ar_valid, r_ready, aw_valid, w_valid;
  stall_e            stall;
  ntt_pkg::addr_t    ar_addr, aw_addr;
  logic [15:0]       ar_beats, aw_beats;
  logic [191:0]      words;
  logic              job_ready, job_refused, row_ready, read_valid, write_valid, done, error;
  merkle_pkg::lost_t lost;
  merkle_pkg::job_t  job;
  merkle_pkg::addr_t read_addr, write_addr;
  digest_t           digest;
  logic              unused_ready, unused_valid;
  state_t            unused_state;

  assign words = drive_i[6:1];
  assign job = '{
    rows:    drive_i[D+1][RowsWidth-1:0],
    injects: drive_i[D+2][LogRows:0],
    base:    drive_i[D+3],
    scratch: drive_i[D+4]
  };

  assay_commit #(
    .Field(Field), .Products(Products), .Lanes(Lanes), .LogMax(LogMax), .LogLoad(LogLoad),
    .LogStore(LogStore), .FullUnits(FullUnits), .PartialUnits(PartialUnits), .Share(Share),
    .LogSlots(LogSlots), .OutDepth(OutDepth), .ReadDepth(ReadDepth), .WriteDepth(WriteDepth)
  ) u_commit (
    .clk_i, .rst_ni,
    .cmd_valid_i(drive_i[0][0]), .cmd_ready_o(cmd_ready), .cmd_refused_o(cmd_refused),
    .cmd_i(command_t'(words[CommandBits-1:0])), .cmd_done_o(cmd_done), .cmd_bad_o(bad),
    .ar_valid_o(ar_valid), .ar_ready_i(drive_i[0][1]), .ar_addr_o(ar_addr), .ar_beats_o(ar_beats),
    .r_valid_i(drive_i[0][2]), .r_ready_o(r_ready), .r_data_i(drive_i[7+:Lanes]),
    .aw_valid_o(aw_valid), .aw_ready_i(drive_i[0][3]), .aw_addr_o(aw_addr), .aw_beats_o(aw_beats),
    .w_valid_o(w_valid), .w_ready_i(drive_i[0][4]), .w_data_o(sample_o[4+:Lanes]),
    .b_valid_i(drive_i[0][5]),
    .tree_valid_i(drive_i[D][0]), .tree_ready_o(job_ready), .tree_refused_o(job_refused),
    .tree_i(job), .tree_done_o(done),
    .row_valid_i(drive_i[D][1]), .row_ready_o(row_ready), .row_last_i(drive_i[D][2]),
    .row_log_block_i(5'(LogSlots)), .row_words_i(drive_i[D][6:3]),
    .row_data_i(drive_i[D+5+:Rate]),
    .read_valid_o(read_valid), .read_ready_i(drive_i[D][7]), .read_addr_o(read_addr),
    .pair_valid_i(drive_i[D][8]), .pair_data_i(drive_i[D+5+Rate+:Width]),
    .write_valid_o(write_valid), .write_ready_i(drive_i[D][9]), .write_addr_o(write_addr),
    .write_data_o(digest), .write_ack_i(drive_i[D][10]),
    .state_valid_i(1'b0), .state_ready_o(unused_ready), .state_data_i('0),
    .state_valid_o(unused_valid), .state_ready_i(1'b0), .state_data_o(unused_state),
    .error_o(error), .stall_o(stall), .lost_o(lost)
  );

  assign sample_o[0] = {
    21'd0, stall, w_valid, aw_valid, r_ready, ar_valid, bad, cmd_done, cmd_refused, cmd_ready
  };
  assign sample_o[1] = ar_addr[31:0];
  assign sample_o[2] = aw_addr[31:0];
  assign sample_o[3] = {aw_beats, ar_beats};
  assign sample_o[S] = {18'b0, lost, 1'b0, error, done, write_valid, read_valid, row_ready,
                        job_refused, job_ready};
  assign sample_o[S+1] = read_addr;
  assign sample_o[S+2] = write_addr;
  for (genvar i = 0; i < Rate; i++) begin : gen_digest
    assign sample_o[S+3+i] = {1'b0, digest[i]};
  end

  logic unused_inputs;
  assign unused_inputs = ^{words, drive_i[0], drive_i[D], drive_i[D+1], drive_i[D+2],
                           ar_addr[33:32], aw_addr[33:32]};
endmodule
