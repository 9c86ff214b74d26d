// Delay line: data_o is data_i of Depth cycles before, always. Short ones are shift registers, long
// ones a ring in block RAM whose output is registered. Proved by: sim/engines/tests/ntt.rs.
module ntt_delay #(
  parameter int unsigned Width = 32,
  parameter int unsigned Depth = 1
) (
  input  logic             clk_i,
  input  logic             rst_ni,

  input  logic [Width-1:0] data_i,
  output logic [Width-1:0] data_o
);
  localparam int unsigned LongestShift = 16;

  if (Depth == 0) begin : gen_wire
    logic unused;
    assign unused = ^{clk_i, rst_ni};
    assign data_o = data_i;
  end else if (Depth <= LongestShift) begin : gen_shift
    logic [Width-1:0] line_q [Depth];
    logic unused;
    assign unused = rst_ni;
    always_ff @(posedge clk_i) begin
      line_q[0] <= data_i;
      for (int unsigned i = 1; i < Depth; i++) line_q[i] <= line_q[i-1];
    end
    assign data_o = line_q[Depth-1];
  end else begin : gen_ring
    // Written at ptr, read one cycle before it is due: RAM and output register are two of the cycles.
    localparam int unsigned Bits = $clog2(Depth);
    localparam int unsigned Slots = 1 << Bits;
    logic [Bits-1:0]  ptr_q;
    logic [Width-1:0] ram, data_q;

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) ptr_q <= '0;
      else         ptr_q <= ptr_q + 1'b1;
    end

    prim_ram_1r1w #(.Width(Width), .Depth(Slots)) u_ring (
      .clk_i,
      .w_en_i(1'b1),
      .w_addr_i(ptr_q),
      .w_data_i(data_i),
      .r_en_i(1'b1),
      .r_addr_i(Bits'(32'(ptr_q) + 32'(Slots) + 32'd2 - 32'(Depth))),
      .r_data_o(ram)
    );

    always_ff @(posedge clk_i) data_q <= ram;
    assign data_o = data_q;
  end
endmodule
