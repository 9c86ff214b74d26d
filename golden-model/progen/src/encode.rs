//! Instruction words of RV32IM, from their parts.
//!
//! Immediates are given as signed numbers in bytes; a number that the format cannot hold is a bug of the caller and panics.

/// A register number, 0 … 31.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reg(u8);

impl Reg {
    /// Always zero.
    pub const ZERO: Reg = Reg(0);
    /// Link register of the calling convention.
    pub const RA: Reg = Reg(1);
    /// Stack pointer of the calling convention.
    pub const SP: Reg = Reg(2);
    /// Argument and result of an ECALL.
    pub const A0: Reg = Reg(10);
    /// Number of an ECALL.
    pub const A7: Reg = Reg(17);

    /// The register with this number.
    ///
    /// # Panics
    /// If it is above 31.
    pub const fn new(number: u8) -> Reg {
        assert!(number < 32, "there are 32 registers");
        Reg(number)
    }

    /// Its number.
    pub const fn number(self) -> u32 {
        self.0 as u32
    }

    /// All 32, x0 first.
    pub fn all() -> impl Iterator<Item = Reg> {
        (0..32).map(Reg)
    }
}

macro_rules! operations {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $value:expr),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(u32)]
        pub enum $name { $(#[allow(missing_docs)] $variant = $value),+ }

        impl $name {
            /// Every operation of this kind.
            pub const ALL: &[$name] = &[$($name::$variant),+];
        }
    };
}

operations! {
    /// Register-register operations; the value is `funct7 << 3 | funct3`.
    RegOp {
        Add = 0, Sub = 0x20 << 3, Sll = 1, Slt = 2, Sltu = 3, Xor = 4, Srl = 5, Sra = 0x20 << 3 | 5, Or = 6, And = 7,
        Mul = 1 << 3, Mulh = 1 << 3 | 1, Mulhsu = 1 << 3 | 2, Mulhu = 1 << 3 | 3,
        Div = 1 << 3 | 4, Divu = 1 << 3 | 5, Rem = 1 << 3 | 6, Remu = 1 << 3 | 7,
    }
}
operations! {
    /// Register-immediate operations; the value is `funct7 << 3 | funct3`, with `funct7` for the shifts only.
    ImmOp {
        Addi = 0, Slti = 2, Sltiu = 3, Xori = 4, Ori = 6, Andi = 7, Slli = 1, Srli = 5, Srai = 0x20 << 3 | 5,
    }
}
operations! {
    /// Loads; the value is `funct3`.
    LoadOp { Lb = 0, Lh = 1, Lw = 2, Lbu = 4, Lhu = 5 }
}
operations! {
    /// Stores; the value is `funct3`.
    StoreOp { Sb = 0, Sh = 1, Sw = 2 }
}
operations! {
    /// Conditional branches; the value is `funct3`.
    BranchOp { Beq = 0, Bne = 1, Blt = 4, Bge = 5, Bltu = 6, Bgeu = 7 }
}

impl ImmOp {
    /// Whether the immediate is a shift amount, 0 … 31.
    pub fn is_shift(self) -> bool {
        matches!(self, ImmOp::Slli | ImmOp::Srli | ImmOp::Srai)
    }
}

impl LoadOp {
    /// Bytes that it reads.
    pub fn width(self) -> u32 {
        1 << (self as u32 & 3)
    }
}

impl StoreOp {
    /// Bytes that it writes.
    pub fn width(self) -> u32 {
        1 << self as u32
    }
}

/// `ECALL`
pub const ECALL: u32 = 0x0000_0073;
/// `EBREAK`
pub const EBREAK: u32 = 0x0010_0073;
/// `ADDI x0, x0, 0`
pub const NOP: u32 = 0x0000_0013;

fn rd(reg: Reg) -> u32 {
    reg.number() << 7
}

fn rs1(reg: Reg) -> u32 {
    reg.number() << 15
}

fn rs2(reg: Reg) -> u32 {
    reg.number() << 20
}

fn signed_field(value: i32, bits: u32) -> u32 {
    let half = 1_i32 << (bits - 1);
    assert!(
        (-half..half).contains(&value),
        "{value} does not fit in {bits} bits"
    );
    value as u32 & ((1_u32 << bits) - 1)
}

/// A register-register operation.
pub fn reg_op(op: RegOp, d: Reg, a: Reg, b: Reg) -> u32 {
    let code = op as u32;
    (code >> 3) << 25 | rs2(b) | rs1(a) | (code & 7) << 12 | rd(d) | 0x33
}

/// A register-immediate operation; the immediate is −2048 … 2047, or 0 … 31 for shifts.
pub fn imm_op(op: ImmOp, d: Reg, a: Reg, imm: i32) -> u32 {
    let code = op as u32;
    let field = if op.is_shift() {
        assert!((0..32).contains(&imm), "shift by {imm}");
        (code >> 3) << 5 | imm as u32
    } else {
        signed_field(imm, 12)
    };
    field << 20 | rs1(a) | (code & 7) << 12 | rd(d) | 0x13
}

/// A load from `base + offset`.
pub fn load(op: LoadOp, d: Reg, base: Reg, offset: i32) -> u32 {
    signed_field(offset, 12) << 20 | rs1(base) | (op as u32) << 12 | rd(d) | 0x03
}

/// A store of `source` to `base + offset`.
pub fn store(op: StoreOp, source: Reg, base: Reg, offset: i32) -> u32 {
    let imm = signed_field(offset, 12);
    (imm >> 5) << 25 | rs2(source) | rs1(base) | (op as u32) << 12 | (imm & 31) << 7 | 0x23
}

/// A branch to `pc + offset`; the offset is even.
pub fn branch(op: BranchOp, a: Reg, b: Reg, offset: i32) -> u32 {
    assert!(offset & 1 == 0, "branch by {offset}");
    let imm = signed_field(offset, 13);
    (imm >> 12) << 31
        | (imm >> 5 & 0x3f) << 25
        | rs2(b)
        | rs1(a)
        | (op as u32) << 12
        | (imm >> 1 & 0xf) << 8
        | (imm >> 11 & 1) << 7
        | 0x63
}

/// `JAL` to `pc + offset`; the offset is even.
pub fn jal(d: Reg, offset: i32) -> u32 {
    assert!(offset & 1 == 0, "jump by {offset}");
    let imm = signed_field(offset, 21);
    (imm >> 20) << 31
        | (imm >> 1 & 0x3ff) << 21
        | (imm >> 11 & 1) << 20
        | (imm >> 12 & 0xff) << 12
        | rd(d)
        | 0x6f
}

/// `JALR` to `(base + offset) & !1`.
pub fn jalr(d: Reg, base: Reg, offset: i32) -> u32 {
    signed_field(offset, 12) << 20 | rs1(base) | rd(d) | 0x67
}

/// `LUI`; `upper` is the 20-bit field.
pub fn lui(d: Reg, upper: u32) -> u32 {
    assert!(upper < 1 << 20, "{upper:#x} does not fit in 20 bits");
    upper << 12 | rd(d) | 0x37
}

/// `AUIPC`; `upper` is the 20-bit field.
pub fn auipc(d: Reg, upper: u32) -> u32 {
    assert!(upper < 1 << 20, "{upper:#x} does not fit in 20 bits");
    upper << 12 | rd(d) | 0x17
}

/// `FENCE` with these operand bits (`fm`, `pred`, `succ` in the upper 12; `rs1` and `rd` are ignored by the machine).
pub fn fence(operands: u32, d: Reg, a: Reg) -> u32 {
    assert!(operands < 1 << 12, "{operands:#x} does not fit in 12 bits");
    operands << 20 | rs1(a) | rd(d) | 0x0f
}

#[cfg(test)]
mod tests {
    use super::*;

    const T0: Reg = Reg::new(5);
    const S1: Reg = Reg::new(9);
    const T6: Reg = Reg::new(31);

    // The words on the right were assembled by GNU as 2.40.
    #[test]
    fn encodings_match_gnu_as() {
        let cases = [
            (reg_op(RegOp::Add, T0, S1, T6), 0x01f4_82b3),
            (reg_op(RegOp::Sub, T0, S1, T6), 0x41f4_82b3),
            (reg_op(RegOp::Sra, T0, S1, T6), 0x41f4_d2b3),
            (reg_op(RegOp::Mulhsu, T0, S1, T6), 0x03f4_a2b3),
            (reg_op(RegOp::Remu, T0, S1, T6), 0x03f4_f2b3),
            (imm_op(ImmOp::Addi, T0, S1, -2048), 0x8004_8293),
            (imm_op(ImmOp::Srai, T0, S1, 31), 0x41f4_d293),
            (load(LoadOp::Lhu, T0, S1, -3), 0xffd4_d283),
            (store(StoreOp::Sb, T6, S1, -3), 0xfff4_8ea3),
            (store(StoreOp::Sw, T6, S1, 2044), 0x7ff4_ae23),
            (branch(BranchOp::Bgeu, T0, T6, -4096), 0x81f2_f063),
            (branch(BranchOp::Beq, T0, T6, 4094), 0x7ff2_8fe3),
            (jal(Reg::RA, -1_048_576), 0x8000_00ef),
            (jal(Reg::RA, 1_048_574), 0x7fff_f0ef),
            (jalr(Reg::RA, T0, 2047), 0x7ff2_80e7),
            (lui(T6, 0xfffff), 0xffff_ffb7),
            (auipc(T0, 0x80000), 0x8000_0297),
            (fence(0x0ff, Reg::ZERO, Reg::ZERO), 0x0ff0_000f),
        ];
        for (got, expected) in cases {
            assert_eq!(got, expected, "got {got:#010x}, expected {expected:#010x}");
        }
    }

    #[test]
    #[should_panic(expected = "does not fit")]
    fn encoder_rejects_an_immediate_that_is_too_large() {
        imm_op(ImmOp::Addi, T0, S1, 2048);
    }
}
