// Commands of one engine in the order of submission: they wait here for what they depend on and for the
// engine, run, and leave what became of them. Proved by: sim/card/tests.
module card_slot
  import assay_abi_pkg::*;
  import card_pkg::*;
#(
  parameter int unsigned Depth = 4 // commands that wait, a power of two
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        abort_i,       // commands that wait end as aborted
  input  logic        drop_i,        // nothing is reported any more

  input  logic        push_valid_i,
  output logic        push_ready_o,
  input  entry_t      push_i,
  input  note_t       note_i,

  output logic        start_o,       // one cycle
  output command_t    command_o,     // holds until done
  input  logic        done_i,        // one cycle
  input  result_t     result_i,
  input  logic        stall_memory_i,
  input  logic        stall_host_i,

  output logic        finish_valid_o,
  input  logic        finish_ready_i,
  output finish_t     finish_o,

  output logic        busy_o,        // a command runs
  output logic        empty_o
);
  localparam int unsigned PtrWidth = $clog2(Depth);

  entry_t [Depth-1:0]  queue_q;
  logic [PtrWidth-1:0] head_q, tail_q;
  logic [PtrWidth:0]   level_q;
  logic                run_q, start_q, finish_valid_q;
  entry_t              head;
  command_t            command_q;
  sequence_t           number_q;
  finish_t             finish_q;
  logic [31:0]         cycles_q, memory_q, host_q;
  logic                there, pop, begins, ends_early;
  logic [7:0]          early_status;
  logic [63:0]         early_detail;

  logic careless;
  prim_plant #(.Id(assay_engine_plant_pkg::CardDependencyIgnored)) u_careless (.active_o(careless));

  assign head  = queue_q[head_q];
  assign there = (level_q != '0) && !run_q && !finish_valid_q;

  always_comb begin
    begins       = 1'b0;
    ends_early   = 1'b0;
    early_status = CardStatusAborted;
    early_detail = '0;
    if (there) begin
      if (abort_i) begin
        ends_early = 1'b1;
      end else if ((head.pending == '0) || careless) begin
        if (head.failed[0] || head.failed[1]) begin
          ends_early   = 1'b1;
          early_status = CardStatusDepFailed;
          early_detail = head.failed[0] ? 64'(head.command.wait_a) : 64'(head.command.wait_b);
        end else begin
          begins = 1'b1;
        end
      end
    end
  end
  assign pop = (there && drop_i) || begins || ends_early;

  assign push_ready_o   = (level_q != (PtrWidth+1)'(Depth));
  assign start_o        = start_q;
  assign command_o      = command_q;
  assign finish_valid_o = finish_valid_q;
  assign finish_o       = finish_q;
  assign busy_o         = run_q;
  assign empty_o        = (level_q == '0) && !run_q && !finish_valid_q;

  always_ff @(posedge clk_i) begin
    if (note_i.valid) begin
      for (int unsigned i = 0; i < Depth; i++) queue_q[i] <= after_note(queue_q[i], note_i);
    end
    if (push_valid_i && push_ready_o) queue_q[tail_q] <= after_note(push_i, note_i);
    if (begins) begin
      command_q <= head.command;
      number_q  <= head.number;
    end
    if (ends_early) begin
      finish_q <= '{
        number: head.number, cookie: head.command.cookie,
        notify: head.command.flags[CardCommandInterrupt], status: early_status,
        detail: early_detail, last: 1'b0, cycles: '0, stall_memory: '0, stall_host: '0
      };
    end else if (run_q && done_i) begin
      finish_q <= '{
        number: number_q, cookie: command_q.cookie,
        notify: command_q.flags[CardCommandInterrupt], status: result_i.status,
        detail: result_i.detail, last: result_i.last, cycles: saturating(cycles_q, 1'b1),
        stall_memory: memory_q, stall_host: host_q
      };
    end
    cycles_q <= run_q ? saturating(cycles_q, 1'b1) : '0;
    memory_q <= run_q ? saturating(memory_q, stall_memory_i) : '0;
    host_q   <= run_q ? saturating(host_q, stall_host_i) : '0;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      head_q         <= '0;
      tail_q         <= '0;
      level_q        <= '0;
      run_q          <= 1'b0;
      start_q        <= 1'b0;
      finish_valid_q <= 1'b0;
    end else begin
      start_q <= begins && !drop_i;
      if (push_valid_i && push_ready_o) tail_q <= tail_q + PtrWidth'(1);
      if (pop) head_q <= head_q + PtrWidth'(1);
      level_q <= level_q + (PtrWidth+1)'(push_valid_i && push_ready_o) - (PtrWidth+1)'(pop);
      if (begins && !drop_i)    run_q <= 1'b1;
      else if (run_q && done_i) run_q <= 1'b0;
      if (drop_i) finish_valid_q <= 1'b0;
      else        finish_valid_q <= ends_early || (run_q && done_i)
                                 || (finish_valid_q && !finish_ready_i);
    end
  end

endmodule
