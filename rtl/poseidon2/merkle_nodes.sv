// Walks the nodes of a tree, layer by layer: asks memory for both children of the next node once
// their digests are acknowledged, and says where the node's digest goes. Where matrices join, a
// layer has two passes: children are compressed to the even digests of the layer's scratch, whose odd
// ones the rows have, and then these pairs are compressed. The last node of an odd layer has one
// child only, and all zeros for the other. One node a cycle; a cycle is lost between passes.
// Digests of rows, and of nodes, are acknowledged in order, so two counts say which are there.
// Golden twin: assay_engines::merkle. Proved by: sim/engines/tests/merkle.rs.
module merkle_nodes
  import merkle_pkg::*;
(
  input  logic   clk_i,
  input  logic   rst_ni,

  input  logic   job_valid_i,
  output logic   job_ready_o,
  input  job_t   job_i,

  input  count_t row_acks_i,  // digests since the reset
  input  count_t node_acks_i,

  output logic   valid_o,
  input  logic   ready_i,
  output addr_t  pair_o,      // address of two digests
  output logic   alone_o,     // there is no second one
  output addr_t  addr_o,      // of the result

  output logic   active_o,
  output logic   done_o       // a tree's root is acknowledged
);

  typedef enum logic [2:0] {StIdle, StSetFold, StFold, StSetJoin, StJoin, StEnd} state_e;

  state_e             state_q;
  logic [LogRows:0]   injects_q;            // bit 0: the layer below
  rows_t              below_q;              // nodes of the layer below
  rows_t              todo_q;               // nodes of the pass
  addr_t              layer_q, scratch_q;   // the layer below, and the scratch of this one
  addr_t              pair_q, addr_q;
  logic               by_rows_q;            // rows made the layer below
  count_t             made_q;               // and this many digests were made before it
  count_t             rows_q, nodes_q;      // digests of rows up to the next layer of rows; of nodes
  count_t             need_row_q, need_node_q;
  logic               wants_row_q, wants_node_q;
  logic               end_q, end_row_q;     // a root is on its way
  count_t             end_count_q;

  logic  early, wrong_odd, one_ack, there_row, there_node, fire, folds, last, joins, needs_pair;
  rows_t above;

  prim_plant #(.Id(assay_engine_plant_pkg::MerkleEarlyRead)) u_early (.active_o(early));
  prim_plant #(.Id(assay_engine_plant_pkg::MerkleOddLayer)) u_odd (.active_o(wrong_odd));
  prim_plant #(.Id(assay_engine_plant_pkg::MerkleOneAcknowledgement)) u_one (.active_o(one_ack));

  // a is not behind b.
  function automatic logic reached(count_t a, count_t b);
    count_t ahead;
    ahead = a - b;
    return !ahead[CountWidth-1];
  endfunction

  assign above = (below_q >> 1) + rows_t'(below_q[0]);
  assign joins = injects_q[1];

  assign folds      = (state_q == StFold);
  assign last       = (todo_q == rows_t'(1));
  assign there_row  = !wants_row_q || reached(row_acks_i, need_row_q);
  assign there_node = !wants_node_q || reached(node_acks_i, need_node_q) || early;
  assign valid_o    = (folds || (state_q == StJoin)) && there_row && there_node;
  assign fire       = valid_o && ready_i;
  assign pair_o     = pair_q;
  assign addr_o     = addr_q;
  assign alone_o    = folds && last && below_q[0] && !wrong_odd;
  // The node after this one has both children.
  assign needs_pair = folds && !((todo_q == rows_t'(2)) && below_q[0]);

  assign job_ready_o = (state_q == StIdle);
  assign active_o    = (state_q != StIdle);
  assign done_o      = end_q && reached(end_row_q ? row_acks_i : node_acks_i, end_count_q);

  always_ff @(posedge clk_i) begin
    unique case (state_q)
      StIdle: begin
        if (job_valid_i) begin
          injects_q <= job_i.injects;
          below_q   <= job_i.rows;
          layer_q   <= job_i.base;
          scratch_q <= job_i.scratch;
          by_rows_q <= 1'b1;
          made_q    <= rows_q;
        end
      end
      StSetFold: begin
        todo_q       <= above;
        pair_q       <= layer_q;
        addr_q       <= joins ? scratch_q : layer_q + (addr_t'(above) << 1);
        wants_row_q  <= by_rows_q;
        wants_node_q <= !by_rows_q;
        need_row_q   <= made_q + count_t'(2);
        need_node_q  <= made_q + count_t'(2);
        made_q       <= nodes_q;
        by_rows_q    <= 1'b0;
      end
      StSetJoin: begin
        todo_q       <= above;
        pair_q       <= scratch_q;
        addr_q       <= layer_q + (addr_t'(above) << 1);
        wants_row_q  <= !one_ack;
        wants_node_q <= 1'b1;
        need_row_q   <= rows_q - count_t'(above) + count_t'(1);
        need_node_q  <= made_q + count_t'(1);
        made_q       <= nodes_q;
        scratch_q    <= scratch_q + (addr_t'(above) << 1);
      end
      StFold, StJoin: begin
        if (fire) begin
          todo_q      <= todo_q - rows_t'(1);
          pair_q      <= pair_q + addr_t'(2);
          addr_q      <= addr_q + ((folds && joins) ? addr_t'(2) : addr_t'(1));
          need_row_q  <= need_row_q + (needs_pair ? count_t'(2) : count_t'(1));
          need_node_q <= need_node_q + (needs_pair ? count_t'(2) : count_t'(1));
          if (last && !(folds && joins)) begin
            below_q   <= above;
            layer_q   <= layer_q + (addr_t'(above) << 1);
            injects_q <= injects_q >> 1;
          end
        end
      end
      default: begin // StEnd
        if (!end_q) begin
          end_row_q   <= by_rows_q;
          end_count_q <= by_rows_q ? rows_q : nodes_q;
        end
      end
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= StIdle;
      rows_q  <= '0;
      nodes_q <= '0;
      end_q   <= 1'b0;
    end else begin
      if (fire)   nodes_q <= nodes_q + count_t'(1);
      if (done_o) end_q   <= 1'b0;
      unique case (state_q)
        StIdle: if (job_valid_i) begin
          state_q <= (job_i.rows == rows_t'(1)) ? StEnd : StSetFold;
          rows_q  <= rows_q + count_t'(job_i.rows);
        end
        StSetFold: begin
          state_q <= StFold;
          // The rows that join here are made before those that join higher up.
          if (joins) rows_q <= rows_q + count_t'(above);
        end
        StFold: if (fire && last) begin
          state_q <= joins ? StSetJoin : (above == rows_t'(1)) ? StEnd : StSetFold;
        end
        StSetJoin: state_q <= StJoin;
        StJoin: if (fire && last) state_q <= (above == rows_t'(1)) ? StEnd : StSetFold;
        default: if (!end_q) begin
          state_q <= StIdle;
          end_q   <= 1'b1;
        end
      endcase
    end
  end

endmodule
