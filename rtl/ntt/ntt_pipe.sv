// The pipeline: columns of 2^log_n elements, elements j and j + n/2 side by side, come out
// transformed, results 2q and 2q + 1 of the bit-reversed order side by side. One beat a cycle, no
// gap between columns, never stalls. Latency: assay_engines::ntt::Pipeline.
// Golden twin: assay_engines::ntt. Proved by: sim/engines/tests/ntt.rs.
module ntt_pipe
  import field_pkg::fe_t;
  import ntt_pkg::*;
#(
  parameter int unsigned Field = field_pkg::KoalaBear,
  parameter int unsigned Columns = 1,
  parameter int unsigned LogMax = 12,
  parameter int unsigned Products = 4,
  localparam int unsigned Width = $bits(fe_t) * Columns
) (
  input  logic             clk_i,
  input  logic             rst_ni,

  input  logic             flush_i,
  input  logic [4:0]       log_n_i,
  input  tag_t             tag_i,
  input  logic [Width-1:0] u_i,
  input  logic [Width-1:0] v_i,
  output tag_t             tag_o,
  output logic [Width-1:0] u_o,
  output logic [Width-1:0] v_o
);
  tag_t             tag [LogMax+1];
  logic [Width-1:0] u   [LogMax+1];
  logic [Width-1:0] v   [LogMax+1];

  assign tag[LogMax] = tag_i;
  assign u[LogMax]   = u_i;
  assign v[LogMax]   = v_i;

  for (genvar s = 0; s < LogMax; s++) begin : gen_stages
    ntt_stage #(
      .Field(Field),
      .Columns(Columns),
      .LogHalf(s),
      .Commute(s != LogMax - 1),
      .Products(Products)
    ) u_stage (
      .clk_i, .rst_ni, .flush_i, .log_n_i,
      .tag_i(tag[s+1]), .u_i(u[s+1]), .v_i(v[s+1]),
      .tag_o(tag[s]), .u_o(u[s]), .v_o(v[s])
    );
  end

  assign tag_o = tag[0];
  assign u_o   = u[0];
  assign v_o   = v[0];
endmodule
