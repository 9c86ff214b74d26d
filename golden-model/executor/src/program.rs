//! The text, decoded once: what the interpreter runs.

use std::sync::Arc;

use crate::{
    decode::{Format, Instruction, Op, decode},
    image::Text,
};

/// Where writes to x0 go: a register that nothing reads.
pub(crate) const SINK: u8 = 32;

/// Hands the list of kinds to a macro: those of single instructions, and the pairs that are run in one go because they are
/// frequent in what compilers make (counted on SHA-256, ECDSA and sorting guests).
macro_rules! with_kinds {
    ($then:ident) => {
        $then! {
            [
                Const Jal Jalr Beq Bne Blt Bge Bltu Bgeu Lb Lh Lw Lbu Lhu Sb Sh Sw Addi Slti Sltiu Xori Ori Andi Slli Srli
                Srai Add Sub Sll Slt Sltu Xor Srl Sra Or And Mul Mulh Mulhsu Mulhu Div Divu Rem Remu Fence Ecall Exact
            ]
            [
                ConstAddi(Const, Addi) ConstJalr(Const, Jalr)
                LwAdd(Lw, Add) LwAddi(Lw, Addi) LwLw(Lw, Lw) LwSw(Lw, Sw) LwLbu(Lw, Lbu) LwSub(Lw, Sub)
                LbuAddi(Lbu, Addi) LbuLbu(Lbu, Lbu) LbuBne(Lbu, Bne) LbuBeq(Lbu, Beq) LbuLw(Lbu, Lw) LbuSb(Lbu, Sb)
                SwMulhu(Sw, Mulhu) SwMul(Sw, Mul) SwLw(Sw, Lw) SwSw(Sw, Sw) SwAddi(Sw, Addi) SwAdd(Sw, Add) SwSrli(Sw, Srli)
                SwBne(Sw, Bne)
                SbSb(Sb, Sb) SbSw(Sb, Sw) SbAddi(Sb, Addi)
                AddiAddi(Addi, Addi) AddiEcall(Addi, Ecall) AddiBne(Addi, Bne) AddiBeq(Addi, Beq) AddiBltu(Addi, Bltu)
                AddiBlt(Addi, Blt) AddiSb(Addi, Sb) AddiSw(Addi, Sw) AddiLw(Addi, Lw) AddiAdd(Addi, Add) AddiJal(Addi, Jal)
                AddiConst(Addi, Const)
                AddSltu(Add, Sltu) AddAdd(Add, Add) AddAddi(Add, Addi) AddLw(Add, Lw) AddLbu(Add, Lbu) AddSw(Add, Sw)
                AddSrli(Add, Srli) AddSlli(Add, Slli) AddXor(Add, Xor) AddAnd(Add, And) AddMul(Add, Mul) AddMulhu(Add, Mulhu)
                AddSub(Add, Sub) AddBgeu(Add, Bgeu)
                SubBgeu(Sub, Bgeu) SubJalr(Sub, Jalr) SubAddi(Sub, Addi)
                SltuAdd(Sltu, Add) SltuLw(Sltu, Lw)
                SrliSlli(Srli, Slli) SrliSrli(Srli, Srli) SrliAddi(Srli, Addi) SrliXor(Srli, Xor) SrliAdd(Srli, Add)
                SrliOr(Srli, Or) SrliLw(Srli, Lw) SrliAndi(Srli, Andi)
                SlliOr(Slli, Or) SlliAdd(Slli, Add) SlliSrli(Slli, Srli) SlliXor(Slli, Xor)
                OrSrli(Or, Srli) OrSlli(Or, Slli) OrXor(Or, Xor) OrLw(Or, Lw) OrSw(Or, Sw) OrAdd(Or, Add)
                XorXor(Xor, Xor) XorAdd(Xor, Add) XorSrli(Xor, Srli) XorSlli(Xor, Slli) XorAnd(Xor, And) XorLw(Xor, Lw)
                AndXor(And, Xor) AndAnd(And, And) AndAdd(And, Add) AndMulhu(And, Mulhu)
                MulSw(Mul, Sw) MulAdd(Mul, Add) MulMulhu(Mul, Mulhu)
                MulhuSw(Mulhu, Sw) MulhuAdd(Mulhu, Add) MulhuMul(Mulhu, Mul) MulhuMulhu(Mulhu, Mulhu)
            ]
        }
    };
}
pub(crate) use with_kinds;

macro_rules! define {
    ([$($single:ident)+] [$($pair:ident($first:ident, $second:ident))+]) => {
        /// What the interpreter does with an instruction, or with it and the next.
        ///
        /// `Const` is `LUI` and `AUIPC`, its value is `imm`. `Exact` is what the inner loop leaves alone: faults, and branches
        /// whose target is misaligned.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub(crate) enum Kind {
            $($single,)+
            $($pair,)+
        }

        /// The kind that does both in one go.
        const fn fuse(first: Kind, second: Kind) -> Option<Kind> {
            match (first, second) {
                $((Kind::$first, Kind::$second) => Some(Kind::$pair),)+
                _ => None,
            }
        }
    };
}
with_kinds!(define);

/// An instruction, ready to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ready {
    pub kind: Kind,
    /// [`SINK`] for x0.
    pub rd: u8,
    pub rs1: u8,
    pub rs2: u8,
    /// The immediate; the value of [`Kind::Const`]; a branch's or jump's target, in words from the start of the text.
    pub imm: u32,
}

const _: () = assert!(size_of::<Ready>() == 8);

/// A text ready to run.
#[derive(Debug)]
pub(crate) struct Program {
    pub text: Arc<Text>,
    /// Byte address of the first instruction.
    pub base: u32,
    pub ready: Vec<Ready>,
    /// As `ready`, but an instruction's kind may be that of a pair: it and the next, which is in its place here too.
    pub fused: Vec<Ready>,
    /// For each instruction, how many there are from it to the next that may jump or leave the inner loop, both counted.
    pub runs: Vec<u32>,
}

impl Program {
    pub fn new(text: &Arc<Text>) -> Self {
        let base = text.base();
        let ready: Vec<Ready> = text
            .words()
            .iter()
            .zip((base..).step_by(4))
            .map(|(&word, pc)| ready(word, pc, base))
            .collect();
        let mut runs = vec![1; ready.len()];
        for at in (0..ready.len().saturating_sub(1)).rev() {
            if !ends_run(ready[at].kind) {
                runs[at] = runs[at + 1] + 1;
            }
        }
        let fused = fuse_all(&ready, &runs);
        Self {
            text: Arc::clone(text),
            base,
            ready,
            fused,
            runs,
        }
    }

    /// Whether an address lies in the text.
    #[inline(always)]
    pub fn holds(&self, address: u32) -> bool {
        (address.wrapping_sub(self.base) as usize) < 4 * self.ready.len()
    }
}

fn fuse_all(ready: &[Ready], runs: &[u32]) -> Vec<Ready> {
    let mut fused = ready.to_vec();
    for (at, pair) in ready.windows(2).enumerate() {
        if runs[at] >= 2
            && let Some(kind) = fuse(pair[0].kind, pair[1].kind)
        {
            fused[at].kind = kind;
        }
    }
    fused
}

const fn ends_run(kind: Kind) -> bool {
    use Kind::*;
    matches!(
        kind,
        Jal | Jalr | Beq | Bne | Blt | Bge | Bltu | Bgeu | Exact
    )
}

fn ready(word: u32, pc: u32, base: u32) -> Ready {
    let exact = Ready {
        kind: Kind::Exact,
        rd: SINK,
        rs1: 0,
        rs2: 0,
        imm: 0,
    };
    let Some(Instruction {
        op,
        rd,
        rs1,
        rs2,
        imm,
    }) = decode(word)
    else {
        return exact;
    };
    let target = pc.wrapping_add(imm);
    let imm = match op.format() {
        Format::Branch if !target.is_multiple_of(4) => return exact,
        Format::Branch => target.wrapping_sub(base) / 4,
        Format::Upper => match op {
            Op::Jal if !target.is_multiple_of(4) => return exact,
            Op::Jal => target.wrapping_sub(base) / 4,
            Op::Auipc => target,
            _ => imm,
        },
        _ => imm,
    };
    let Some(kind) = kind(op) else { return exact };
    Ready {
        kind,
        rd: if rd == 0 { SINK } else { rd },
        rs1,
        rs2,
        imm,
    }
}

const fn kind(op: Op) -> Option<Kind> {
    Some(match op {
        Op::Lui | Op::Auipc => Kind::Const,
        Op::Jal => Kind::Jal,
        Op::Jalr => Kind::Jalr,
        Op::Beq => Kind::Beq,
        Op::Bne => Kind::Bne,
        Op::Blt => Kind::Blt,
        Op::Bge => Kind::Bge,
        Op::Bltu => Kind::Bltu,
        Op::Bgeu => Kind::Bgeu,
        Op::Lb => Kind::Lb,
        Op::Lh => Kind::Lh,
        Op::Lw => Kind::Lw,
        Op::Lbu => Kind::Lbu,
        Op::Lhu => Kind::Lhu,
        Op::Sb => Kind::Sb,
        Op::Sh => Kind::Sh,
        Op::Sw => Kind::Sw,
        Op::Addi => Kind::Addi,
        Op::Slti => Kind::Slti,
        Op::Sltiu => Kind::Sltiu,
        Op::Xori => Kind::Xori,
        Op::Ori => Kind::Ori,
        Op::Andi => Kind::Andi,
        Op::Slli => Kind::Slli,
        Op::Srli => Kind::Srli,
        Op::Srai => Kind::Srai,
        Op::Add => Kind::Add,
        Op::Sub => Kind::Sub,
        Op::Sll => Kind::Sll,
        Op::Slt => Kind::Slt,
        Op::Sltu => Kind::Sltu,
        Op::Xor => Kind::Xor,
        Op::Srl => Kind::Srl,
        Op::Sra => Kind::Sra,
        Op::Or => Kind::Or,
        Op::And => Kind::And,
        Op::Mul => Kind::Mul,
        Op::Mulh => Kind::Mulh,
        Op::Mulhsu => Kind::Mulhsu,
        Op::Mulhu => Kind::Mulhu,
        Op::Div => Kind::Div,
        Op::Divu => Kind::Divu,
        Op::Rem => Kind::Rem,
        Op::Remu => Kind::Remu,
        Op::Fence => Kind::Fence,
        Op::Ecall => Kind::Ecall,
        Op::Ebreak => return None,
    })
}
