// The NTT engine for simulation. Words of drive_i: {out_ready, in_valid, job_valid}, the job (three
// words, its fields as in job_t, padded at the top), then a beat. Words of sample_o: {stall[2:0],
// bad, last, out_valid, in_ready, refused, job_ready}, then a beat. Test: sim/engines/tests/ntt.rs.
module bench_ntt
  import ntt_pkg::*;
#(
  parameter int unsigned Field = field_pkg::KoalaBear,
  parameter int unsigned Products = 4,
  parameter int unsigned Lanes = 2,
  parameter int unsigned LogMax = 12,
  parameter int unsigned LogLoad = LogMax,
  parameter int unsigned LogStore = LogMax + 1,
  localparam int unsigned DriveWords = 4 + Lanes,
  localparam int unsigned SampleWords = 1 + Lanes
) (
  input  logic                         clk_i,
  input  logic                         rst_ni,
  input  logic [DriveWords-1:0][31:0]  drive_i,
  output logic [SampleWords-1:0][31:0] sample_o
);
  localparam int unsigned JobBits = $bits(job_t);

  logic   job_ready, refused, in_ready, out_valid, last, bad;
  stall_e stall;
  logic [95:0] job_words;

  assign job_words = drive_i[3:1];
  assign sample_o[0] = {23'd0, stall, bad, last, out_valid, in_ready, refused, job_ready};

  assay_ntt #(
    .Field(Field), .Products(Products), .Lanes(Lanes), .LogMax(LogMax), .LogLoad(LogLoad),
    .LogStore(LogStore)
  ) u_ntt (
    .clk_i, .rst_ni,
    .job_valid_i(drive_i[0][0]),
    .job_ready_o(job_ready),
    .job_refused_o(refused),
    .job_i(job_t'(job_words[JobBits-1:0])),
    .in_valid_i(drive_i[0][1]),
    .in_ready_o(in_ready),
    .in_data_i(drive_i[DriveWords-1:4]),
    .out_valid_o(out_valid),
    .out_ready_i(drive_i[0][2]),
    .out_last_o(last),
    .out_bad_o(bad),
    .out_data_o(sample_o[SampleWords-1:1]),
    .stall_o(stall)
  );

  logic unused_inputs;
  assign unused_inputs = ^{job_words, drive_i[0]};
endmodule
