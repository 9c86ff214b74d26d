// assay_merkle for simulation. Words of drive_i: flags (job, row valid, row last, row words 4, read
// is taken, pair, write is taken, acknowledgement), the job (rows, injects, base, scratch), words of
// a row, a pair. Words of sample_o: flags (job ready, job refused, row ready, read, write, done,
// error, 0, lost turn 6), read address, write address, digest. Test: sim/engines/tests/merkle.rs.
module bench_merkle
  import field_pkg::*;
  import poseidon2_pkg::*;
  import merkle_pkg::*;
#(
  parameter int unsigned Field = KoalaBear,
  parameter int unsigned Products = 4,
  parameter int unsigned FullUnits = 1,
  parameter int unsigned PartialUnits = 1,
  parameter int unsigned Share = 1,
  parameter int unsigned Slots = 64,
  parameter int unsigned OutDepth = 64,
  parameter int unsigned ReadDepth = 64,
  parameter int unsigned WriteDepth = 64,
  localparam int unsigned DriveWords = 5 + Rate + Width,
  localparam int unsigned SampleWords = 3 + Rate
) (
  input  logic                         clk_i,
  input  logic                         rst_ni,
  input  logic [DriveWords-1:0][31:0]  drive_i,
  output logic [SampleWords-1:0][31:0] sample_o
);

  logic              job_ready, job_refused, row_ready, read_valid, write_valid, done, error;
  merkle_pkg::lost_t lost;
  job_t              job;
  addr_t             read_addr, write_addr;
  digest_t           digest;

  assign job = '{
    rows:    drive_i[1][RowsWidth-1:0],
    injects: drive_i[2][LogRows:0],
    base:    drive_i[3],
    scratch: drive_i[4]
  };

  logic   unused_ready, unused_valid;
  state_t unused_state;

  assay_merkle #(
    .Field(Field), .Products(Products), .FullUnits(FullUnits), .PartialUnits(PartialUnits),
    .Share(Share), .Slots(Slots), .OutDepth(OutDepth), .ReadDepth(ReadDepth),
    .WriteDepth(WriteDepth)
  ) u_merkle (
    .clk_i, .rst_ni,
    .job_valid_i(drive_i[0][0]), .job_ready_o(job_ready), .job_refused_o(job_refused),
    .job_i(job), .done_o(done),
    .row_valid_i(drive_i[0][1]), .row_ready_o(row_ready), .row_last_i(drive_i[0][2]),
    .row_log_block_i(5'($clog2(Slots))),
    .row_words_i(drive_i[0][6:3]), .row_data_i(drive_i[5+:Rate]),
    .read_valid_o(read_valid), .read_ready_i(drive_i[0][7]), .read_addr_o(read_addr),
    .pair_valid_i(drive_i[0][8]), .pair_data_i(drive_i[5+Rate+:Width]),
    .write_valid_o(write_valid), .write_ready_i(drive_i[0][9]), .write_addr_o(write_addr),
    .write_data_o(digest), .write_ack_i(drive_i[0][10]),
    .state_valid_i(1'b0), .state_ready_o(unused_ready), .state_data_i('0),
    .state_valid_o(unused_valid), .state_ready_i(1'b0), .state_data_o(unused_state),
    .error_o(error), .lost_o(lost)
  );

  assign sample_o[0] = {18'b0, lost, 1'b0, error, done, write_valid, read_valid, row_ready,
                        job_refused, job_ready};
  assign sample_o[1] = read_addr;
  assign sample_o[2] = write_addr;
  for (genvar i = 0; i < Rate; i++) begin : gen_digest
    assign sample_o[3+i] = {1'b0, digest[i]};
  end

  logic unused_inputs;
  assign unused_inputs = ^{drive_i[0], drive_i[1], drive_i[2]};

endmodule
