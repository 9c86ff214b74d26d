// Branch target buffer: direct-mapped, LUT RAM, 2-bit counters. Read combinationally in the PC
// stage, one update a cycle. The hit compares 10 bits of the tag; the rest goes along for a check
// one stage later (see core_fetch).
module core_btb
  import core_pkg::btb_update_t;
#(
  parameter int unsigned Entries = 64
) (
  input  logic        clk_i,

  input  logic        init_i,
  input  logic [8:0]  init_index_i,

  input  logic [31:2] pc_i,
  output logic        hit_o,
  output logic        taken_o,
  output logic [1:0]  count_o,
  output logic [27:2] target_o,
  output logic [27:2] owner_o,     // pc of the entry's branch, complete

  input  btb_update_t update_i
);
  localparam int unsigned IndexWidth = $clog2(Entries);
  localparam int unsigned TagWidth = 10;

  typedef struct packed {
    logic        valid;
    logic [27:2+IndexWidth] tag;
    logic [1:0]  count;
    logic [27:2] target;
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
    wdata.tag    = update_i.pc[27:2+IndexWidth];
    wdata.count  = update_i.count;
    wdata.target = update_i.target;
  end

  always_ff @(posedge clk_i) begin
    if (we) mem[waddr] <= wdata;
  end

  assign rdata    = mem[pc_i[2 +: IndexWidth]];
  assign hit_o    = rdata.valid &
                    (rdata.tag[2 + IndexWidth +: TagWidth] == pc_i[2 + IndexWidth +: TagWidth]);
  assign taken_o  = hit_o & rdata.count[1];
  assign count_o  = rdata.count;
  assign target_o = rdata.target;
  assign owner_o  = {rdata.tag, pc_i[2 +: IndexWidth]};

  assign unused = ^{pc_i[31:2 + IndexWidth + TagWidth], update_i.pc[31:28], init_index_i};
endmodule
