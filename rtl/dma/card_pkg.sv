// Types of the card's queue. docs/card.md says what they mean.
package card_pkg;

  import assay_abi_pkg::*;

  // Queues of commands: one an engine (card.engine), and one of those that need none.
  localparam int unsigned Queues = 8;
  localparam int unsigned QueueNop = 7;

  typedef logic [15:0] sequence_t;

  // A command that was checked. For wait_a and wait_b (0 and 1): not done yet, and done but not ok.
  typedef struct packed {
    sequence_t  number;
    command_t   command;
    logic [1:0] pending;
    logic [1:0] failed;
  } entry_t;

  // What became of a command.
  typedef struct packed {
    sequence_t   number;
    logic [31:0] cookie;
    logic        notify;       // command_flags.interrupt
    logic [7:0]  status;
    logic [63:0] detail;
    logic        last;         // completion_flags.end
    logic [31:0] cycles;
    logic [31:0] stall_memory;
    logic [31:0] stall_host;
  } finish_t;

  // A command ended; everybody who waits hears it.
  typedef struct packed {
    logic      valid;
    sequence_t number;
    logic      ok;
  } note_t;

  // What an engine says at its end.
  typedef struct packed {
    logic [7:0]  status;
    logic [63:0] detail;
    logic        last;
  } result_t;

  // One of a command's two waits after a note.
  function automatic logic [1:0] heard(logic pending, logic failed, sequence_t waits, note_t note);
    if (pending && note.valid && (note.number == waits)) return {1'b0, !note.ok};
    return {pending, failed};
  endfunction

  function automatic entry_t after_note(entry_t entry, note_t note);
    entry_t result;
    result = entry;
    {result.pending[0], result.failed[0]} =
        heard(entry.pending[0], entry.failed[0], entry.command.wait_a, note);
    {result.pending[1], result.failed[1]} =
        heard(entry.pending[1], entry.failed[1], entry.command.wait_b, note);
    return result;
  endfunction

  // One more, but never back to 0.
  function automatic logic [31:0] saturating(logic [31:0] count, logic one_more);
    return (one_more && (count != '1)) ? count + 32'd1 : count;
  endfunction

  // Offsets of a command's fields.
  localparam logic [63:0] AtOpcode = 64'd0;
  localparam logic [63:0] AtVersion = 64'd1;
  localparam logic [63:0] AtFlags = 64'd2;
  localparam logic [63:0] AtWaitA = 64'd8;
  localparam logic [63:0] AtWaitB = 64'd10;
  localparam logic [63:0] AtLogRows = 64'd12;
  localparam logic [63:0] AtLogBlowup = 64'd13;
  localparam logic [63:0] AtTransform = 64'd14;
  localparam logic [63:0] AtOrder = 64'd15;
  localparam logic [63:0] AtSource = 64'd16;
  localparam logic [63:0] AtDestination = 64'd24;
  localparam logic [63:0] AtAuxiliary = 64'd32;
  localparam logic [63:0] AtList = 64'd40;
  localparam logic [63:0] AtArgument = 64'd48;
  localparam logic [63:0] AtCount = 64'd56;

endpackage
