// From fetched commands to the engines' queues: numbers and checks them, knows which of the last
// commands are done, and hands each to its engine's queue with what it still waits for. About 25
// cycles a command. Proved by: sim/card/tests.
module card_dispatch
  import assay_abi_pkg::*;
  import card_pkg::*;
#(
  parameter int unsigned Field = field_pkg::KoalaBear,
  parameter int unsigned Lanes = 2,
  parameter int unsigned LogMax = 8,
  parameter int unsigned LogLoad = 12,
  parameter int unsigned LogStore = 12,
  parameter int unsigned LogRows = 14,
  parameter logic [7:0]  Present = 8'h7f,
  parameter logic [40:0] MemoryBytes = 41'h4000_0000
) (
  input  logic              clk_i,
  input  logic              rst_ni,
  input  logic              clear_i,   // the queue begins anew: forget all that was
  input  logic              drop_i,    // nothing is reported any more
  output logic              ready_o,   // it has forgotten
  output logic              empty_o,

  input  logic              valid_i,
  output logic              take_o,
  input  command_t          command_i,

  output logic [Queues-1:0] push_valid_o,
  input  logic [Queues-1:0] push_ready_i,
  output entry_t            push_o,

  output logic              finish_valid_o, // it failed a check
  input  logic              finish_ready_i,
  output finish_t           finish_o,

  input  note_t             note_i
);
  localparam int unsigned Window = CardDependencyWindow;
  localparam int unsigned Slots = Window + 1;
  localparam int unsigned SlotBits = $clog2(Slots);
  localparam logic [31:0] Polynomial = 32'hedb8_8320; // CRC-32, lowest bit first

  typedef enum logic [2:0] {StClear, StIdle, StCrc, StCheck, StMark, StPush, StFail} state_e;
  state_e              state_q;
  logic [SlotBits-1:0] clear_q;
  sequence_t           number_q; // of the command in hand
  logic [15:0]         known_q;  // commands before it, up to the window
  command_t            command_q;
  logic [479:0]        rest_q;   // bytes that the sum has not seen
  logic [31:0]         crc_q;
  logic [3:0]          words_q;
  logic                ok_q;
  logic [7:0]          status_q;
  logic [63:0]         detail_q;
  logic [2:0]          queue_q;
  logic [1:0]          pending_q, failed_q;

  // One word of the sum.
  function automatic logic [31:0] crc_word(logic [31:0] crc, logic [31:0] word);
    logic [31:0] result;
    result = crc ^ word;
    for (int unsigned i = 0; i < 32; i++) begin
      result = (result >> 1) ^ (result[0] ? Polynomial : 32'd0);
    end
    return result;
  endfunction

  // --- Which of the last commands are not done, and which are not ok.
  logic [1:0]          mem [Slots];
  logic [SlotBits-1:0] w_slot, own_slot;
  logic                w_en, marks;
  logic [1:0]          w_data, at_a, at_b;
  logic                own_runs;

  assign own_slot = number_q[SlotBits-1:0];
  assign own_runs = mem[own_slot][1];
  assign at_a     = mem[command_q.wait_a[SlotBits-1:0]];
  assign at_b     = mem[command_q.wait_b[SlotBits-1:0]];
  // Its place may still be that of a command 1,024 before it, which runs.
  assign marks    = (state_q == StMark) && !note_i.valid && !own_runs;

  always_comb begin
    w_en   = 1'b1;
    w_slot = own_slot;
    w_data = 2'b10;
    if (state_q == StClear) begin
      w_slot = clear_q;
      w_data = 2'b00;
    end else if (note_i.valid) begin
      w_slot = note_i.number[SlotBits-1:0];
      w_data = {1'b0, !note_i.ok};
    end else begin
      w_en   = marks;
    end
  end

  always_ff @(posedge clk_i) begin
    if (w_en) mem[w_slot] <= w_data;
  end

  // --- Checks.
  logic        wait_a_ok, wait_b_ok, check_ok;
  logic [15:0] back_a, back_b;
  logic [7:0]  check_status;
  logic [63:0] check_detail;
  logic [2:0]  check_queue;
  assign back_a    = number_q - command_q.wait_a;
  assign back_b    = number_q - command_q.wait_b;
  assign wait_a_ok = !command_q.flags[CardCommandWaitA] || ((back_a != '0) && (back_a <= known_q));
  assign wait_b_ok = !command_q.flags[CardCommandWaitB] || ((back_b != '0) && (back_b <= known_q));

  card_check #(
    .Field(Field), .Lanes(Lanes), .LogMax(LogMax), .LogLoad(LogLoad), .LogStore(LogStore),
    .LogRows(LogRows), .Present(Present), .MemoryBytes(MemoryBytes)
  ) u_check (
    .command_i(command_q), .crc_ok_i(~crc_q == command_q.crc),
    .wait_a_ok_i(wait_a_ok), .wait_b_ok_i(wait_b_ok),
    .ok_o(check_ok), .status_o(check_status), .detail_o(check_detail), .queue_o(check_queue)
  );

  // --- The command in hand.
  entry_t waiting;
  assign waiting = '{number: number_q, command: command_q, pending: pending_q, failed: failed_q};

  always_comb begin
    push_o                = waiting;
    push_valid_o          = '0;
    push_valid_o[queue_q] = (state_q == StPush);
    finish_o = '{
      number: number_q, cookie: command_q.cookie,
      notify: command_q.flags[CardCommandInterrupt], status: status_q, detail: detail_q,
      last: 1'b0, cycles: '0, stall_memory: '0, stall_host: '0
    };
  end

  assign take_o         = (state_q == StIdle) && !clear_i;
  assign finish_valid_o = (state_q == StFail) && !drop_i;
  assign ready_o        = (state_q != StClear);
  assign empty_o        = (state_q == StIdle) || (state_q == StClear);

  logic [1:0] pending, failed;
  assign {pending[0], failed[0]} = heard(pending_q[0], failed_q[0], command_q.wait_a, note_i);
  assign {pending[1], failed[1]} = heard(pending_q[1], failed_q[1], command_q.wait_b, note_i);

  always_ff @(posedge clk_i) begin
    unique case (state_q)
      StIdle: begin
        command_q <= command_i;
        rest_q    <= command_i[479:0];
        crc_q     <= '1;
        words_q   <= '0;
      end
      StCrc: begin
        crc_q   <= crc_word(crc_q, rest_q[31:0]);
        rest_q  <= rest_q >> 32;
        words_q <= words_q + 4'd1;
      end
      StCheck: begin
        ok_q     <= check_ok;
        status_q <= check_status;
        detail_q <= check_detail;
        queue_q  <= check_queue;
      end
      StMark: begin
        // Read in front of a note that is being written: it is heard as well.
        pending_q <= {command_q.flags[CardCommandWaitB] && at_b[1],
                      command_q.flags[CardCommandWaitA] && at_a[1]};
        failed_q  <= {command_q.flags[CardCommandWaitB] && at_b[0],
                      command_q.flags[CardCommandWaitA] && at_a[0]};
      end
      StPush: begin
        pending_q <= pending;
        failed_q  <= failed;
      end
      default: ;
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q  <= StClear;
      clear_q  <= '0;
      number_q <= '0;
      known_q  <= '0;
    end else if (clear_i) begin
      state_q  <= StClear;
      clear_q  <= '0;
      number_q <= '0;
      known_q  <= '0;
    end else begin
      unique case (state_q)
        StClear: begin
          clear_q <= clear_q + SlotBits'(1);
          if (clear_q == '1) state_q <= StIdle;
        end
        StIdle:  if (valid_i) state_q <= StCrc;
        StCrc:   if (words_q == 4'd14) state_q <= StCheck;
        StCheck: state_q <= StMark;
        StMark:  if (marks || drop_i) state_q <= ok_q ? StPush : StFail;
        StPush, StFail: begin
          if (drop_i || ((state_q == StPush) ? push_ready_i[queue_q] : finish_ready_i)) begin
            state_q  <= StIdle;
            number_q <= number_q + 16'd1;
            if (known_q != 16'(Window)) known_q <= known_q + 16'd1;
          end
        end
        default: state_q <= StIdle;
      endcase
    end
  end

endmodule
