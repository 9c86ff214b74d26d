// What can be said of a command before it waits: its first error by the table of docs/card.md, and
// the engine that it is for. The sum over its bytes comes from outside. Combinational from the
// registered command. Proved by: sim/card/tests.
module card_check
  import assay_abi_pkg::*;
  import card_pkg::*;
#(
  parameter int unsigned     Field = field_pkg::KoalaBear,
  parameter int unsigned     Lanes = 2,
  parameter int unsigned     LogMax = 8,    // of the NTT, as LogLoad and LogStore
  parameter int unsigned     LogLoad = 12,
  parameter int unsigned     LogStore = 12,
  parameter int unsigned     LogRows = 14,  // of the longest column
  parameter logic [7:0]      Present = 8'h7f,
  parameter logic [40:0]     MemoryBytes = 41'h4000_0000
) (
  input  command_t    command_i,
  input  logic        crc_ok_i,
  input  logic        wait_a_ok_i,   // one of those in the window
  input  logic        wait_b_ok_i,
  output logic        ok_o,
  output logic [7:0]  status_o,
  output logic [63:0] detail_o,
  output logic [2:0]  queue_o
);
  localparam int unsigned LogLanes = $clog2(Lanes);
  localparam int unsigned LogColumns = LogLanes - 1; // of a panel
  localparam int unsigned LogTileMax = ((LogLoad < LogStore) ? LogLoad : LogStore)
                                       - ntt_pkg::LogTile - 1;
  localparam int unsigned LogPace = (LogMax < 8) ? LogMax : 8;
  localparam logic [31:0] Modulus = 32'(field_pkg::modulus(Field));

  command_t c;
  logic is_nop, is_upload, is_download, is_fill, is_ntt, is_merkle, is_permute, is_open, is_feed;
  logic is_trace, known, lde;
  assign c           = command_i;
  assign is_nop      = c.opcode == CardOpcodeNop;
  assign is_upload   = c.opcode == CardOpcodeUpload;
  assign is_download = c.opcode == CardOpcodeDownload;
  assign is_fill     = c.opcode == CardOpcodeFill;
  assign is_ntt      = c.opcode == CardOpcodeNtt;
  assign is_merkle   = c.opcode == CardOpcodeMerkle;
  assign is_permute  = c.opcode == CardOpcodePermute;
  assign is_open     = c.opcode == CardOpcodeOpen;
  assign is_feed     = c.opcode == CardOpcodeFeed;
  assign is_trace    = c.opcode == CardOpcodeTrace;
  assign lde         = is_ntt && (c.transform == CardTransformLde);
  assign known       = is_nop || is_upload || is_download || is_fill || is_ntt || is_merkle
                    || is_permute || is_open || is_feed || is_trace;

  // Which fields it has.
  logic has_source, has_destination, has_auxiliary, has_list, has_argument, has_count;
  assign has_source      = is_download || is_ntt || is_permute || is_open || is_feed;
  assign has_destination = is_upload || is_fill || is_ntt || is_merkle || is_permute || is_open
                        || is_trace;
  assign has_auxiliary   = is_ntt || is_merkle || is_open;
  assign has_list        = is_upload || is_download || is_merkle || is_open;
  assign has_argument    = is_upload || is_download || is_fill || is_ntt || is_permute || is_open
                        || is_feed || is_trace;
  assign has_count       = has_list || is_fill || is_ntt;

  always_comb begin
    queue_o = 3'(QueueNop);
    if (is_upload || is_fill)          queue_o = 3'(CardEngineTransferIn);
    else if (is_download)              queue_o = 3'(CardEngineTransferOut);
    else if (is_ntt)                   queue_o = 3'(CardEngineNtt);
    else if (is_merkle || is_permute)  queue_o = 3'(CardEngineHash);
    else if (is_open)                  queue_o = 3'(CardEngineOpen);
    else if (is_feed)                  queue_o = 3'(CardEngineFeed);
    else if (is_trace)                 queue_o = 3'(CardEngineTrace);
  end

  // Fields that are not what they may be; the lowest offset counts.
  logic        field_bad, shift_bad;
  logic [63:0] field_at;
  assign shift_bad = (c.argument == '0) || (c.argument >= 64'(Modulus));
  always_comb begin
    field_bad = 1'b1;
    if (c.flags[15:3] != '0)                              field_at = AtFlags;
    else if (!c.flags[CardCommandWaitA] && (c.wait_a != '0)) field_at = AtWaitA;
    else if (!c.flags[CardCommandWaitB] && (c.wait_b != '0)) field_at = AtWaitB;
    else if (!is_ntt && (c.log_rows != '0))               field_at = AtLogRows;
    else if (!lde && (c.log_blowup != '0))                field_at = AtLogBlowup;
    else if (is_ntt ? (c.transform > CardTransformLde) : (c.transform != '0))
                                                          field_at = AtTransform;
    else if (is_ntt ? (c.order[7:2] != '0) : (c.order != '0)) field_at = AtOrder;
    else if (!has_source && (c.source != '0))             field_at = AtSource;
    else if (!has_destination && (c.destination != '0))   field_at = AtDestination;
    else if (!has_auxiliary && (c.auxiliary != '0))       field_at = AtAuxiliary;
    else if (!has_list && (c.list != '0))                 field_at = AtList;
    else if (!has_argument && (c.argument != '0))         field_at = AtArgument;
    else if (!has_count && (c.count != '0))               field_at = AtCount;
    else begin
      field_bad = 1'b0;
      field_at  = '0;
    end
  end

  // What the NTT takes: as assay_ntt_memory has it.
  logic        ntt_bad, split;
  logic [63:0] ntt_at;
  logic [8:0]  log_size;
  int unsigned log_first, log_second;
  logic [31:0] panels;
  assign panels = 32'((33'(c.count) + 33'((1 << LogColumns) - 1)) >> LogColumns);
  always_comb begin
    split      = 32'(c.log_rows) > LogMax;
    log_size   = 9'(c.log_rows) + (lde ? 9'(c.log_blowup) : 9'd0);
    log_first  = 32'(c.log_rows) >> 1;
    log_second = lde ? ntt_pkg::LogTile + 1 : LogPace;
    if (32'(c.log_rows) - log_first < log_second) log_first = 32'(c.log_rows) - log_second;
    if (log_first > LogTileMax) log_first = LogTileMax;
    log_second = 32'(c.log_rows) - log_first;
    ntt_bad = 1'b1;
    ntt_at  = AtLogRows;
    if ((c.log_rows == '0) || (32'(c.log_rows) > LogRows)) begin
      ntt_at = AtLogRows;
    end else if (split && ((log_second > LogMax) || (log_second <= ntt_pkg::LogTile))) begin
      ntt_at = AtLogRows;
    end else if (lde && ((c.log_blowup > 8'd7) || (32'(log_size) > ntt_pkg::two_adicity(Field))
        || (split && (32'(log_size) - log_first > ntt_pkg::max_repeat(LogMax))))) begin
      ntt_at = AtLogBlowup;
    end else if (((c.order != '0) && split) || (lde && c.order[CardOrderOutNatural])) begin
      ntt_at = AtOrder;
    end else if (shift_bad) begin
      ntt_at = AtArgument;
    end else if (panels > 32'hffff) begin
      ntt_at = AtCount;
    end else begin
      ntt_bad = 1'b0;
    end
  end

  // Bytes at each address, as far as they are known before a list is read.
  logic [87:0] matrix_bytes, source_bytes, destination_bytes, auxiliary_bytes, list_bytes;
  logic        card_list;
  assign card_list    = is_merkle || is_open;
  assign matrix_bytes = 88'(panels) << (6'(c.log_rows[4:0]) + 6'(LogLanes + 1));
  always_comb begin
    source_bytes      = 88'(c.argument);
    destination_bytes = 88'(c.argument);
    auxiliary_bytes   = 88'(c.argument) << 2; // open: indices
    list_bytes        = (88'(c.count) + 88'(c.count[0])) << 5; // whole beats
    if (is_ntt) begin
      source_bytes      = matrix_bytes;
      destination_bytes = lde ? matrix_bytes << c.log_blowup[2:0] : matrix_bytes;
      auxiliary_bytes   = destination_bytes;
    end else if (is_permute) begin
      source_bytes      = 88'(c.argument) << 6;
      destination_bytes = 88'(c.argument) << 6;
    end else if (is_feed) begin
      source_bytes      = 88'(c.argument) << 2;
    end else if (is_merkle || is_open) begin
      // The list says how much.
      source_bytes      = '0;
      destination_bytes = '0;
      if (is_merkle) auxiliary_bytes = '0;
    end
  end

  function automatic logic outside(logic [63:0] address, logic [87:0] bytes);
    return (89'(address) + 89'(bytes)) > 89'(MemoryBytes);
  endfunction
  function automatic logic crooked(logic [63:0] address);
    return address[5:0] != '0;
  endfunction

  logic unchecked;
  prim_plant #(.Id(assay_engine_plant_pkg::CardCrcUnchecked)) u_unchecked (.active_o(unchecked));

  always_comb begin
    ok_o     = 1'b0;
    status_o = CardStatusOk;
    detail_o = '0;
    if (!crc_ok_i && !unchecked) begin
      status_o = CardStatusBadCrc;
    end else if (c.version != CardCommandVersion) begin
      status_o = CardStatusBadVersion;
      detail_o = AtVersion;
    end else if (!known) begin
      status_o = CardStatusBadOpcode;
      detail_o = AtOpcode;
    end else if (field_bad) begin
      status_o = CardStatusBadField;
      detail_o = field_at;
    end else if (!wait_a_ok_i || !wait_b_ok_i) begin
      status_o = CardStatusDepInvalid;
      detail_o = !wait_a_ok_i ? AtWaitA : AtWaitB;
    end else if (!is_nop && !Present[queue_o]) begin
      status_o = CardStatusUnsupported;
      detail_o = AtOpcode;
    end else if (is_ntt && ntt_bad) begin
      status_o = CardStatusUnsupported;
      detail_o = ntt_at;
    end else if (card_list && (c.count > 32'd64)) begin
      status_o = CardStatusUnsupported;
      detail_o = AtCount;
    end else if ((has_argument && (c.argument == '0))
        || ((is_upload || is_download || is_fill || is_trace) && crooked(c.argument))) begin
      status_o = CardStatusBadLength;
      detail_o = AtArgument;
    end else if ((has_list || is_ntt) && (c.count == '0)) begin
      status_o = CardStatusBadLength;
      detail_o = AtCount;
    end else if (has_source && crooked(c.source)) begin
      status_o = CardStatusBadAlignment;
      detail_o = AtSource;
    end else if (has_destination && crooked(c.destination)) begin
      status_o = CardStatusBadAlignment;
      detail_o = AtDestination;
    end else if (has_auxiliary && crooked(c.auxiliary)) begin
      status_o = CardStatusBadAlignment;
      detail_o = AtAuxiliary;
    end else if (has_list && crooked(c.list)) begin
      status_o = CardStatusBadAlignment;
      detail_o = AtList;
    end else if (has_source && outside(c.source, source_bytes)) begin
      status_o = CardStatusOutOfRange;
      detail_o = AtSource;
    end else if (has_destination && outside(c.destination, destination_bytes)) begin
      status_o = CardStatusOutOfRange;
      detail_o = AtDestination;
    end else if (has_auxiliary && outside(c.auxiliary, auxiliary_bytes)) begin
      status_o = CardStatusOutOfRange;
      detail_o = AtAuxiliary;
    end else if (card_list && outside(c.list, list_bytes)) begin
      status_o = CardStatusOutOfRange;
      detail_o = AtList;
    end else begin
      ok_o = 1'b1;
    end
  end

endmodule
