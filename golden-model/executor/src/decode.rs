//! Decodes RV32IM words, and writes them out for people.
//!
//! Invariant: [`decode`] accepts exactly the words that docs/machine.md calls legal, `EBREAK` among them.

use std::fmt::Write as _;

/// An operation of RV32IM, in the order of the specification's listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
#[allow(missing_docs)] // each variant is the instruction of that name
pub enum Op {
    Lui,
    Auipc,
    Jal,
    Jalr,
    Beq,
    Bne,
    Blt,
    Bge,
    Bltu,
    Bgeu,
    Lb,
    Lh,
    Lw,
    Lbu,
    Lhu,
    Sb,
    Sh,
    Sw,
    Addi,
    Slti,
    Sltiu,
    Xori,
    Ori,
    Andi,
    Slli,
    Srli,
    Srai,
    Add,
    Sub,
    Sll,
    Slt,
    Sltu,
    Xor,
    Srl,
    Sra,
    Or,
    And,
    Mul,
    Mulh,
    Mulhsu,
    Mulhu,
    Div,
    Divu,
    Rem,
    Remu,
    Fence,
    Ecall,
    Ebreak,
}

/// What an operation's operands look like; it decides which accesses are timed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// rd and an immediate: `LUI`, `AUIPC`, `JAL`.
    Upper,
    /// rs1, immediate, rd: arithmetic with an immediate, and `JALR`.
    Immediate,
    /// rs1, rs2, rd.
    Register,
    /// rs1, rs2, target.
    Branch,
    /// rs1, offset, rd.
    Load,
    /// rs1, rs2, offset.
    Store,
    /// No operands in the word: `FENCE`, `ECALL`, `EBREAK`.
    System,
}

/// A decoded instruction.
///
/// Fields that the format does not have are 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Instruction {
    /// The operation.
    pub op: Op,
    /// Destination register.
    pub rd: u8,
    /// First source register.
    pub rs1: u8,
    /// Second source register.
    pub rs2: u8,
    /// The immediate, sign-extended; the upper 20 bits in place for `LUI` and `AUIPC`; 0 … 31 for shifts.
    pub imm: u32,
}

impl Op {
    /// Every operation, in the order of the enum.
    pub const ALL: [Self; 48] = {
        use Op::*;
        [
            Lui, Auipc, Jal, Jalr, Beq, Bne, Blt, Bge, Bltu, Bgeu, Lb, Lh, Lw, Lbu, Lhu, Sb, Sh,
            Sw, Addi, Slti, Sltiu, Xori, Ori, Andi, Slli, Srli, Srai, Add, Sub, Sll, Slt, Sltu,
            Xor, Srl, Sra, Or, And, Mul, Mulh, Mulhsu, Mulhu, Div, Divu, Rem, Remu, Fence, Ecall,
            Ebreak,
        ]
    };

    /// The operands that it has.
    #[must_use]
    pub const fn format(self) -> Format {
        use Op::*;
        match self {
            Lui | Auipc | Jal => Format::Upper,
            Jalr | Addi | Slti | Sltiu | Xori | Ori | Andi | Slli | Srli | Srai => {
                Format::Immediate
            }
            Add | Sub | Sll | Slt | Sltu | Xor | Srl | Sra | Or | And | Mul | Mulh | Mulhsu
            | Mulhu | Div | Divu | Rem | Remu => Format::Register,
            Beq | Bne | Blt | Bge | Bltu | Bgeu => Format::Branch,
            Lb | Lh | Lw | Lbu | Lhu => Format::Load,
            Sb | Sh | Sw => Format::Store,
            Fence | Ecall | Ebreak => Format::System,
        }
    }

    /// The assembler's name.
    #[must_use]
    pub const fn mnemonic(self) -> &'static str {
        use Op::*;
        match self {
            Lui => "lui",
            Auipc => "auipc",
            Jal => "jal",
            Jalr => "jalr",
            Beq => "beq",
            Bne => "bne",
            Blt => "blt",
            Bge => "bge",
            Bltu => "bltu",
            Bgeu => "bgeu",
            Lb => "lb",
            Lh => "lh",
            Lw => "lw",
            Lbu => "lbu",
            Lhu => "lhu",
            Sb => "sb",
            Sh => "sh",
            Sw => "sw",
            Addi => "addi",
            Slti => "slti",
            Sltiu => "sltiu",
            Xori => "xori",
            Ori => "ori",
            Andi => "andi",
            Slli => "slli",
            Srli => "srli",
            Srai => "srai",
            Add => "add",
            Sub => "sub",
            Sll => "sll",
            Slt => "slt",
            Sltu => "sltu",
            Xor => "xor",
            Srl => "srl",
            Sra => "sra",
            Or => "or",
            And => "and",
            Mul => "mul",
            Mulh => "mulh",
            Mulhsu => "mulhsu",
            Mulhu => "mulhu",
            Div => "div",
            Divu => "divu",
            Rem => "rem",
            Remu => "remu",
            Fence => "fence",
            Ecall => "ecall",
            Ebreak => "ebreak",
        }
    }
}

/// The instruction that `word` encodes, or `None` if it is illegal.
#[must_use]
pub const fn decode(word: u32) -> Option<Instruction> {
    use Op::*;
    let rd = (word >> 7 & 31) as u8;
    let rs1 = (word >> 15 & 31) as u8;
    let rs2 = (word >> 20 & 31) as u8;
    let funct3 = word >> 12 & 7;
    let funct7 = word >> 25;
    let imm_i = (word as i32 >> 20) as u32;
    let (op, rd, rs1, rs2, imm) = match word & 0x7f {
        0b011_0111 => (Lui, rd, 0, 0, word & 0xffff_f000),
        0b001_0111 => (Auipc, rd, 0, 0, word & 0xffff_f000),
        0b110_1111 => (Jal, rd, 0, 0, imm_j(word)),
        0b110_0111 if funct3 == 0 => (Jalr, rd, rs1, 0, imm_i),
        0b110_0011 => {
            let op = match funct3 {
                0 => Beq,
                1 => Bne,
                4 => Blt,
                5 => Bge,
                6 => Bltu,
                7 => Bgeu,
                _ => return None,
            };
            (op, 0, rs1, rs2, imm_b(word))
        }
        0b000_0011 => {
            let op = match funct3 {
                0 => Lb,
                1 => Lh,
                2 => Lw,
                4 => Lbu,
                5 => Lhu,
                _ => return None,
            };
            (op, rd, rs1, 0, imm_i)
        }
        0b010_0011 => {
            let op = match funct3 {
                0 => Sb,
                1 => Sh,
                2 => Sw,
                _ => return None,
            };
            (op, 0, rs1, rs2, imm_s(word))
        }
        0b001_0011 => {
            let (op, imm) = match (funct3, funct7) {
                (0, _) => (Addi, imm_i),
                (2, _) => (Slti, imm_i),
                (3, _) => (Sltiu, imm_i),
                (4, _) => (Xori, imm_i),
                (6, _) => (Ori, imm_i),
                (7, _) => (Andi, imm_i),
                (1, 0) => (Slli, rs2 as u32),
                (5, 0) => (Srli, rs2 as u32),
                (5, 0x20) => (Srai, rs2 as u32),
                _ => return None,
            };
            (op, rd, rs1, 0, imm)
        }
        0b011_0011 => {
            let op = match (funct7, funct3) {
                (0, 0) => Add,
                (0x20, 0) => Sub,
                (0, 1) => Sll,
                (0, 2) => Slt,
                (0, 3) => Sltu,
                (0, 4) => Xor,
                (0, 5) => Srl,
                (0x20, 5) => Sra,
                (0, 6) => Or,
                (0, 7) => And,
                (1, 0) => Mul,
                (1, 1) => Mulh,
                (1, 2) => Mulhsu,
                (1, 3) => Mulhu,
                (1, 4) => Div,
                (1, 5) => Divu,
                (1, 6) => Rem,
                (1, 7) => Remu,
                _ => return None,
            };
            (op, rd, rs1, rs2, 0)
        }
        0b000_1111 if funct3 == 0 => (Fence, 0, 0, 0, 0),
        0b111_0011 => match word {
            0x0000_0073 => (Ecall, 0, 0, 0, 0),
            0x0010_0073 => (Ebreak, 0, 0, 0, 0),
            _ => return None,
        },
        _ => return None,
    };
    Some(Instruction {
        op,
        rd,
        rs1,
        rs2,
        imm,
    })
}

const fn imm_s(word: u32) -> u32 {
    (word as i32 >> 20) as u32 & !31 | word >> 7 & 31
}

const fn imm_b(word: u32) -> u32 {
    let sign = (word as i32 >> 19) as u32 & 0xffff_f000;
    sign | word << 4 & 0x800 | word >> 20 & 0x7e0 | word >> 7 & 0x1e
}

const fn imm_j(word: u32) -> u32 {
    let sign = (word as i32 >> 11) as u32 & 0xfff0_0000;
    sign | word & 0xf_f000 | word >> 9 & 0x800 | word >> 20 & 0x7fe
}

/// The registers' names in the calling convention, x0 first.
pub const REGISTER_NAMES: [&str; 32] = [
    "zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0", "a1", "a2", "a3", "a4",
    "a5", "a6", "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4",
    "t5", "t6",
];

/// The instruction word as an assembler would read it; branches and jumps show the address they go to.
///
/// An illegal word is shown as `.word 0x…`.
#[must_use]
pub fn disassemble(insn: u32, pc: u32) -> String {
    let Some(Instruction {
        op,
        rd,
        rs1,
        rs2,
        imm,
    }) = decode(insn)
    else {
        return format!(".word {insn:#010x}");
    };
    let register = |r: u8| REGISTER_NAMES[usize::from(r)];
    let signed = imm as i32;
    let mut text = op.mnemonic().to_owned();
    let operands = match (op, op.format()) {
        (Op::Jal, _) => format!("{}, {:#x}", register(rd), pc.wrapping_add(imm)),
        (Op::Jalr, _) => format!("{}, {signed}({})", register(rd), register(rs1)),
        (_, Format::Upper) => format!("{}, {:#x}", register(rd), imm >> 12),
        (_, Format::Immediate) => format!("{}, {}, {signed}", register(rd), register(rs1)),
        (_, Format::Register) => {
            format!("{}, {}, {}", register(rd), register(rs1), register(rs2))
        }
        (_, Format::Branch) => format!(
            "{}, {}, {:#x}",
            register(rs1),
            register(rs2),
            pc.wrapping_add(imm)
        ),
        (_, Format::Load) => format!("{}, {signed}({})", register(rd), register(rs1)),
        (_, Format::Store) => format!("{}, {signed}({})", register(rs2), register(rs1)),
        (_, Format::System) => return text,
    };
    // Writing to a String does not fail.
    let _ = write!(text, " {operands}");
    text
}
