// Branch target buffer: direct-mapped, LUT RAM, 10-bit partial tag, 2-bit counter. Read combinationally in the PC stage,
// one update a cycle. A partial tag may hit on any instruction: EX checks every predicted next pc.
module core_btb
  import core_pkg::btb_update_t;
#(
  parameter int unsigned Entries = 64
) (
  input  logic        clk_i,

  input  logic        init_i,
  input  logic [7:0]  init_index_i,

  input  logic [31:2] pc_i,
  output logic        hit_o,
  output logic        taken_o,
  output logic [1:0]  count_o,
  output logic [27:2] target_o,

  input  btb_update_t update_i
);
  localparam int unsigned IndexWidth = $clog2(Entries);
  localparam int unsigned TagWidth = 10;

  typedef struct packed {
    logic                valid;
    logic [TagWidth-1:0] tag;
    logic [1:0]          count;
    logic [27:2]         target;
  } entry_t;

  (* ram_style = "distributed" *) entry_t mem [Entries];

  logic                  we;
  logic [IndexWidth-1:0] waddr;
  entry_t                wdata, rdata;
  logic                  unused;

  always_comb begin
    we    = update_i.valid | init_i;
    waddr = init_i ? init_index_i[IndexWidth-1:0] : update_i.pc[2 +: IndexWidth];
    wdata.valid  = update_i.keep & ~init_i;
    wdata.tag    = update_i.pc[2 + IndexWidth +: TagWidth];
    wdata.count  = update_i.count;
    wdata.target = update_i.target;
  end

  always_ff @(posedge clk_i) begin
    if (we) mem[waddr] <= wdata;
  end

  assign rdata    = mem[pc_i[2 +: IndexWidth]];
  assign hit_o    = rdata.valid & (rdata.tag == pc_i[2 + IndexWidth +: TagWidth]);
  assign taken_o  = hit_o & rdata.count[1];
  assign count_o  = rdata.count;
  assign target_o = rdata.target;

  assign unused = ^{pc_i[31:2 + IndexWidth + TagWidth], update_i.pc[31:2 + IndexWidth + TagWidth],
                    init_index_i[7:IndexWidth]};
endmodule
