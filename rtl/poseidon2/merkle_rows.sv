// Walks the rows of a tree: those of the tallest matrices, then those of each layer at which shorter
// ones join, in blocks of 2^log_block_i rows (the last of a layer may have fewer), portion by
// portion. Says which row the next portion belongs to and where its digest goes: rows of layer 0 to
// that layer, others to the odd digests of their layer's scratch. One portion a cycle; a cycle is
// lost for each layer that is passed. Golden twin: assay_engines::merkle. Proved by: sim/engines/tests/merkle.rs.
module merkle_rows
  import merkle_pkg::*;
#(
  parameter int unsigned Slots = 64,
  localparam int unsigned SlotWidth = $clog2(Slots)
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,

  input  logic                 job_valid_i,
  output logic                 job_ready_o,
  input  job_t                 job_i,

  output logic                 active_o, // a portion is expected
  input  logic                 taken_i,  // it is there and the sponge takes it
  input  logic                 last_i,   // it ends its row
  input  logic [4:0]           log_block_i, // with taken_i; the same for all rows of a layer
  output logic                 first_o,
  output logic [SlotWidth-1:0] slot_o,
  output addr_t                addr_o,
  output logic                 ragged_o  // a row of a block ends in another round than its first row
);

  typedef enum logic [1:0] {StIdle, StRows, StNext} state_e;

  state_e               state_q;
  rows_t                rows_q, left_q; // of the layer; of it from this block on
  logic [LogRows:0]     injects_q;      // bit 0: this layer
  addr_t                addr_q, block_q, scratch_q;
  logic                 joins_q;        // not layer 0: addresses go by two
  logic                 first_q, last_q;
  logic [SlotWidth-1:0] slot_q;

  logic                 full, round_end;
  addr_t                step, after;
  logic [SlotWidth-1:0] slot_end;
  rows_t                block, rows_above;

  logic shifted;
  prim_plant #(.Id(assay_engine_plant_pkg::MerkleInjectedLayer)) u_shifted (.active_o(shifted));
  logic goes_on;
  prim_plant #(.Id(assay_engine_plant_pkg::MerkleBlockAddress)) u_goes_on (.active_o(goes_on));

  assign job_ready_o = (state_q == StIdle);
  assign active_o    = (state_q == StRows);
  assign first_o     = first_q;
  assign slot_o      = slot_q;
  assign addr_o      = addr_q;

  assign block      = rows_t'(1) << log_block_i;
  assign full       = (left_q > block);
  assign slot_end   = SlotWidth'((full ? block : left_q) - rows_t'(1));
  assign round_end  = (slot_q == slot_end);
  assign step       = joins_q ? addr_t'(2) : addr_t'(1);
  assign after      = addr_q + step;
  assign rows_above = (rows_q >> 1) + rows_t'(rows_q[0]);

  assign ragged_o = (state_q == StRows) && taken_i && (slot_q != '0) && (last_i != last_q);

  always_ff @(posedge clk_i) begin
    unique case (state_q)
      StIdle: begin
        rows_q    <= job_i.rows;
        left_q    <= job_i.rows;
        injects_q <= shifted ? job_i.injects >> 1 : job_i.injects;
        addr_q    <= job_i.base;
        block_q   <= job_i.base;
        scratch_q <= job_i.scratch;
        joins_q   <= 1'b0;
        first_q   <= 1'b1;
        slot_q    <= '0;
      end
      StRows: begin
        if (taken_i) begin
          last_q <= last_i;
          addr_q <= after;
          slot_q <= slot_q + SlotWidth'(1);
          if (round_end) begin
            slot_q  <= '0;
            first_q <= last_i;
            if (last_i) begin
              block_q <= after;
              left_q  <= left_q - block;
            end else if (!goes_on) begin
              addr_q  <= block_q;
            end
          end
        end
      end
      default: begin // StNext: a layer up
        rows_q    <= rows_above;
        left_q    <= rows_above;
        injects_q <= injects_q >> 1;
        addr_q    <= scratch_q + addr_t'(1);
        block_q   <= scratch_q + addr_t'(1);
        joins_q   <= 1'b1;
        if (injects_q[1]) scratch_q <= scratch_q + (addr_t'(rows_above) << 1);
      end
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= StIdle;
    end else begin
      unique case (state_q)
        StIdle:  if (job_valid_i) state_q <= StRows;
        StRows:  if (taken_i && round_end && last_i && !full) begin
          state_q <= ((injects_q >> 1) != '0) ? StNext : StIdle;
        end
        default: if (injects_q[1]) state_q <= StRows;
      endcase
    end
  end

endmodule
