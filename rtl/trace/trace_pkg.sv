// Types and sizes inside the trace unit. Nothing outside rtl/trace may import it.
package trace_pkg;

  // A shadow line is 64 bytes: 8 words of {time, value}. A page is 32 lines.
  localparam int unsigned LineWords    = 8;
  localparam int unsigned WordAddrBits = assay_abi_pkg::MemLogBytes - 2;
  localparam int unsigned LineAddrBits = WordAddrBits - 3;
  localparam int unsigned PageBits     = assay_abi_pkg::PageNumBits;
  localparam int unsigned PageLines    = assay_abi_pkg::PageWords / LineWords;
  localparam int unsigned LineBits     = 512;

  // The shadow cache: two ways of 256 sets. A slot is {way, set}.
  localparam int unsigned SetBits  = 8;
  localparam int unsigned TagBits  = LineAddrBits - SetBits;
  localparam int unsigned SlotBits = SetBits + 1;

  // The set of a line. Pages a power of two apart would meet in the same sets, so the page's higher
  // bits choose among the eight places that a page's 32 lines can lie in. The tag is the line
  // address without its low SetBits.
  function automatic logic [SetBits-1:0] set_of(logic [LineAddrBits-1:0] line);
    return {line[7:5] ^ line[10:8] ^ line[13:11] ^ line[16:14] ^ line[19:17] ^ line[22:20],
            line[4:0]};
  endfunction

  function automatic logic [LineAddrBits-1:0] line_of(logic [TagBits-1:0] tag,
                                                    logic [SetBits-1:0] set);
    return {tag, set[7:5] ^ tag[2:0] ^ tag[5:3] ^ tag[8:6] ^ tag[11:9] ^ tag[14:12], set[4:0]};
  endfunction

  // Evictions carry a number, so that a set can tell whether its last one is in memory already.
  localparam int unsigned EvictBits = 24;

  // Cycles of a segment stay below 2^22, because every segment pays for the register page.
  localparam int unsigned CycleBits = assay_abi_pkg::TimeBits - 2;

  // One retirement as it comes. Whole words last, here and in payload_t: a simulator then moves
  // words and shifts nothing.
  typedef struct packed {
    logic        trap;
    logic        halt;
    logic [4:0]  rd_addr;
    logic [3:0]  mem_rmask;
    logic [3:0]  mem_wmask;
    logic [63:0] order;
    logic [31:0] insn;
    logic [31:0] rs1_rdata;
    logic [31:0] rs2_rdata;
    logic [31:0] rd_wdata;
    logic [31:0] pc_rdata;
    logic [31:0] pc_wdata;
    logic [31:0] mem_addr;
    logic [31:0] mem_rdata;
    logic [31:0] mem_wdata;
  } rvfi_t;

  // What an instruction word alone says. rs1, rs2 and rd are those of the access table: for an
  // ECALL x17, x10, x10.
  typedef struct packed {
    logic        illegal;
    logic        ebreak;
    logic        ecall;
    logic        jal;
    logic        jalr;
    logic        branch;
    logic        load;
    logic        store;
    logic        load_unsigned;
    logic [1:0]  size;      // log2 of the bytes
    logic        use_a;
    logic        use_b;     // loads too
    logic        use_c;     // stores too; not for x0
    logic        has_rd;    // the word has an rd, x0 or not
    logic [4:0]  rs1;
    logic [4:0]  rs2;
    logic [4:0]  rd;
    logic [31:0] imm;
  } decode_t;

  // What the segmenter needs of a retirement.
  typedef struct packed {
    logic                    is_end;
    logic                    load;
    logic                    store;
    logic                    commit;
    logic [WordAddrBits-1:0] word_addr;
  } ctrl_t;

  // The rest of it, which waits until the memory half of the record is known. An end (halt, fault,
  // stop) has an entry of its own: pc, status, cause, and the exit code in a.
  typedef struct packed {
    logic        is_end;
    logic [1:0]  status;
    logic [3:0]  cause;
    logic        mismatch;
    logic        use_a;
    logic        use_b;
    logic        use_c;
    logic        load;
    logic        store;
    logic        load_unsigned;
    logic [1:0]  size;
    logic        from_text;
    logic        commit;
    logic        read;
    logic [4:0]  rs1;
    logic [4:0]  rs2;
    logic [4:0]  rd;
    logic [31:0] pc;
    logic [31:0] insn;
    logic [31:0] next_pc;
    logic [31:0] a;
    logic [31:0] b;         // a load's: what the core says it read, in the word's lanes
    logic [31:0] c_old;
    logic [31:0] c_new;     // a store's: rs2 repeated in every lane of the width
    logic [27:0] mem_addr;
    // a load's: bytes that the core reports; a store's: bytes that it writes
    logic [3:0]  lane_mask;
  } payload_t;

  typedef enum logic [1:0] {
    OpRecord,  // one retirement
    OpCopy,    // one line of a page that enters the segment
    OpEvent,   // a segment closes
    OpRegs     // eight registers after it
  } op_kind_e;

  // One step of the pipe behind the segmenter. word_addr of a copy: the line's first word; of
  // OpRegs: 8 * its number.
  typedef struct packed {
    op_kind_e                kind;
    logic                    mem;         // looks a line up
    logic                    ending;      // OpEvent, OpRegs: the session's end
    logic                    first_touch;
    logic                    first_dirty;
    logic [WordAddrBits-1:0] word_addr;
  } op_t;

  // The same with the line's place in the shadow cache.
  typedef struct packed {
    op_t                 op;
    logic [SlotBits-1:0] slot;
    logic                miss;
    logic                evict;       // a miss that pushes a line out
    logic [TagBits-1:0]  victim_tag;
  } slot_op_t;

  // An op when the memory half is known.
  typedef struct packed {
    op_t                  op;
    logic [CycleBits-1:0] cycle;      // a record's own, else the last record's
    logic [31:0]          mem_old;
    logic [31:0]          mem_new;
    logic [23:0]          mem_time;
  } data_op_t;

endpackage
