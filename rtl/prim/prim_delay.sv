// data_i of Depth enabled cycles ago. Short lines are flip-flops; longer ones a ring of LUT RAM with
// a register behind it, which simulates faster and costs an ECP5 fewer flip-flops. Devices whose
// LUTs are shift registers define ASSAY_SRL and get plain lines. No reset: what comes out in the
// first Depth cycles means nothing. Proved by: every test in sim/engines/tests.
module prim_delay #(
  parameter int unsigned Width = 32,
  parameter int unsigned Depth = 1
) (
  input  logic             clk_i,
  input  logic             en_i,

  input  logic [Width-1:0] data_i,
  output logic [Width-1:0] data_o
);

`ifdef ASSAY_SRL
  localparam int unsigned LongestLine = Depth;
`else
  localparam int unsigned LongestLine = 3;
`endif

  if (Depth == 0) begin : gen_wire
    logic unused_clk;
    assign unused_clk = ^{clk_i, en_i};
    assign data_o     = data_i;
  end else if (Depth <= LongestLine) begin : gen_registers
    logic [Depth-1:0][Width-1:0] line_q;

    assign data_o = line_q[Depth-1];

    always_ff @(posedge clk_i) begin
      if (en_i) begin
        line_q[0] <= data_i;
        for (int unsigned i = 1; i < Depth; i++) line_q[i] <= line_q[i-1];
      end
    end
  end else begin : gen_ring
    localparam int unsigned Slots = Depth - 1;
    localparam int unsigned PtrWidth = $clog2(Slots);

    (* ram_style = "distributed" *)
    logic [Width-1:0]    mem [Slots];
    logic [Width-1:0]    data_q;
    logic [PtrWidth-1:0] ptr_q;

    assign data_o = data_q;

    initial ptr_q = '0;

    always_ff @(posedge clk_i) begin
      if (en_i) begin
        mem[ptr_q] <= data_i;
        data_q     <= mem[ptr_q];
        // Any value is a good start: the ring runs free.
        ptr_q      <= (ptr_q >= PtrWidth'(Slots - 1)) ? '0 : ptr_q + PtrWidth'(1);
      end
    end
  end

endmodule
