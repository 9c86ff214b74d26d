// Types that pass between the stages of the core. Nothing outside rtl/core/ uses them.
package core_pkg;

  // Where a cycle without a retirement went. A bubble carries the reason down to WB, where it is
  // counted.
  typedef enum logic [3:0] {
    LostNone     = 4'd0,
    LostBranch   = 4'd1,
    LostLoadUse  = 4'd2,
    LostMultiply = 4'd3,
    LostDivide   = 4'd4,
    LostImiss    = 4'd5,
    LostDmiss    = 4'd6,
    LostThrottle = 4'd7,
    LostEcall    = 4'd8
  } lost_e;

  // Select of the result multiplexer in EX. Bit 2 clear: short paths; set: long paths.
  typedef enum logic [2:0] {
    AluXor = 3'b000,
    AluOr  = 3'b001,
    AluAnd = 3'b010,
    AluAlt = 3'b011,  // a value that ID has prepared: upper immediate, pc + immediate, link
    AluAdd = 3'b100,
    AluSlt = 3'b101,
    AluShl = 3'b110,
    AluShr = 3'b111
  } alu_op_e;

  // One instruction, as it leaves the fetch queue.
  typedef struct packed {
    logic [31:0] insn;
    logic [31:2] pc;
    logic        out_of_text;  // insn is then meaningless
    logic        btb_hit;
    logic        pred_taken;
    logic [1:0]  btb_count;
    logic [27:2] pred_target;
  } fetch_t;

  // What ID decodes for EX alone.
  typedef struct packed {
    alu_op_e op;
    logic    subtract;        // also: arithmetic shift
    logic    unsigned_cmp;
    logic    cond_invert;     // branch on the inverted comparison
    logic    cond_less;       // branch on less-than instead of equality
    logic    branch;
    logic    jal;
    logic    jalr;
    logic    div_signed;
    logic    div_remainder;
    logic    mul_a_signed;
    logic    mul_b_signed;
  } ex_ctrl_t;

  // What ID decodes and the later stages use.
  typedef struct packed {
    logic [3:0] fault;        // contract's cause, 0 if none
    logic       rd_we;        // rd is not x0
    logic [4:0] rd;
    logic       use_rs1;
    logic       use_rs2;
    logic       load;
    logic       store;
    logic [1:0] size;         // 0 byte, 1 half, 2 word
    logic       load_unsigned;
    logic       mul;          // low word, ready in MEM
    logic       mulh;         // high word, ready in WB
    logic       div;          // ready in WB
    logic       ecall;
  } ctrl_t;

  // ID/EX
  typedef struct packed {
    logic [31:0] insn;
    logic [31:2] pc;
    logic [31:2] pc4;
    logic        btb_hit;
    logic        pred_taken;
    logic [1:0]  btb_count;
    logic [27:2] pred_target;
    ex_ctrl_t    ex;
    ctrl_t       ctrl;
    logic [31:0] a;           // rs1
    logic [31:0] b;           // rs2 or immediate
    logic [31:0] imm;         // offset of a load, store or JALR
    logic [31:0] target;      // pc + immediate
    logic [31:0] alt;
  } ex_t;

  // How core_align makes a load's value of its word.
  typedef struct packed {
    logic [1:0] low;          // lane of byte 0
    logic [1:0] top;          // lane of the loaded value's sign
    logic       high_half;    // byte 1 is lane 3
    logic       is_byte;
    logic       is_word;
    logic       extend;       // narrower than a word, and signed
  } align_t;

  // EX/MEM
  typedef struct packed {
    logic [31:0] insn;
    logic [31:2] pc;
    logic [31:2] next_pc;
    ctrl_t       ctrl;
    logic [31:0] a;
    logic [31:0] b;
    logic [31:0] addr;
    align_t      align;
    logic [31:0] result;
  } mem_t;

  // MEM/WB
  typedef struct packed {
    logic [31:0] insn;
    logic [31:2] pc;
    logic [31:2] next_pc;
    ctrl_t       ctrl;
    logic [31:0] a;
    logic [31:0] b;
    logic [31:0] addr;
    align_t      align;
    logic [31:0] result;      // all but loads
    logic [31:0] word;        // the aligned word of a load
    logic [31:0] store_data;  // in its lanes
    logic [3:0]  mask;        // lanes of a load or store
    logic        miss;
  } wb_t;

  // BTB update, from EX.
  typedef struct packed {
    logic        valid;
    logic [31:2] pc;
    logic [27:2] target;
    logic        keep;        // entry stays valid
    logic [1:0]  count;
  } btb_update_t;

  // Which instruction is where in fetch, for a pipeline trace. A stage that stays keeps its
  // instruction in the next cycle.
  typedef struct packed {
    logic        if_valid;
    logic        if_stay;
    logic        skid_valid;
    logic        skid_stay;
    logic        head_stay;
    logic [31:2] if_pc;
    logic [31:2] skid_pc;
  } fetch_view_t;

  // The trace side of a retirement: 48-bit event counters need one bit an event.
  typedef struct packed {
    logic  running;
    logic  retire;
    logic  lost;
    lost_e cause;
  } perf_event_t;

endpackage
