// Previous access times of the registers in this segment. Three banks, one a role (A read, B read,
// C written), each written once and read three times a cycle; a register's previous time is the
// latest of the three, or that of an earlier slot of the same instruction. Takes one instruction a
// cycle; times_o two cycles later. Proved by: tests of the trace unit.
module trace_reg_times
  import trace_pkg::*;
  import assay_abi_pkg::*;
  import assay_plant_pkg::*;
(
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 clear_i,   // nothing was accessed: a segment begins

  input  logic                 valid_i,
  input  logic [CycleBits-1:0] cycle_i,
  input  logic [2:0]           use_i,     // {C, B, A}: registers, not memory
  input  logic [4:0]           a_addr_i,
  input  logic [4:0]           b_addr_i,
  input  logic [4:0]           c_addr_i,

  output logic [2:0][23:0]     times_o    // {C, B, A}
);

  localparam int unsigned Roles = 3;

  logic [Roles-1:0][4:0]  addr;
  logic [Roles-1:0][31:0] seen_q;                     // [bank][register]
  logic [Roles-1:0][Roles-1:0] seen_d, s1_seen_q;     // [reader][bank]
  logic [Roles-1:0][Roles-1:0][CycleBits-1:0] read, s1_read_q;
  logic [Roles-1:0][Roles-1:0] same, s1_same_q;       // [reader][earlier slot of this instruction]
  logic [CycleBits-1:0]   s1_cycle_q;
  logic [Roles-1:0][23:0] times_d;
  logic                   plant_stale, plant_kept, plant_slot, plant_tie;

  prim_plant #(.Id(TraceRdTimeStale)) u_plant_stale (.active_o(plant_stale));
  prim_plant #(.Id(TraceValidKept)) u_plant_kept (.active_o(plant_kept));
  prim_plant #(.Id(TraceSlotOrder)) u_plant_slot (.active_o(plant_slot));
  prim_plant #(.Id(TraceSlotTie)) u_plant_tie (.active_o(plant_tie));

  assign addr = {c_addr_i, b_addr_i, a_addr_i};

  for (genvar i = 0; i < Roles; i++) begin : gen_bank
    logic [CycleBits-1:0] mem [32];

    always_ff @(posedge clk_i) begin
      if (valid_i && use_i[i]) mem[addr[i]] <= cycle_i;
    end

    for (genvar j = 0; j < Roles; j++) begin : gen_reader
      assign read[j][i]   = mem[addr[j]];
      assign seen_d[j][i] = seen_q[i][addr[j]] && !(plant_stale && (i == SlotC));
      assign same[j][i]   = (i < j) && use_i[i] && (addr[i] == addr[j]);
    end
  end

  always_ff @(posedge clk_i) begin
    if (valid_i) begin
      s1_read_q  <= read;
      s1_seen_q  <= seen_d;
      s1_same_q  <= same;
      s1_cycle_q <= cycle_i;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      seen_q <= '0;
    end else if (clear_i && !plant_kept) begin
      seen_q <= '0;
    end else if (valid_i) begin
      for (int unsigned i = 0; i < Roles; i++) begin
        if (use_i[i]) seen_q[i][addr[i]] <= 1'b1;
      end
    end
  end

  always_comb begin
    for (int unsigned j = 0; j < Roles; j++) begin
      times_d[j] = '0;
      // Banks in the order of slots: in one cycle the later slot is the later time.
      for (int unsigned i = 0; i < Roles; i++) begin
        if (s1_seen_q[j][i] && (s1_read_q[j][i] >= times_d[j][23:2]) &&
            !(plant_tie && (s1_read_q[j][i] == times_d[j][23:2]))) begin
          times_d[j] = {s1_read_q[j][i], 2'(i)};
        end
      end
      for (int unsigned i = 0; i < Roles; i++) begin
        if (s1_same_q[j][i]) times_d[j] = {s1_cycle_q, plant_slot ? 2'(SlotC) : 2'(i)};
      end
    end
  end

  always_ff @(posedge clk_i) begin
    times_o <= times_d;
  end

endmodule
