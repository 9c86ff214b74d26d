use crate::columns::columns;

/// Kinds of instruction, as many as there are kinds of constraints. The discriminant is the flag's place in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Class {
    /// `ADD`, `ADDI`, `SUB`; also whatever computes into x0.
    Add = 0,
    /// `AND`, `OR`, `XOR`, with a register or an immediate.
    Logic = 1,
    /// Shift left by a constant.
    ShiftLeft = 2,
    /// Logical shift right by a constant: the high word of a shift left.
    ShiftRight = 3,
    /// `SLT` and its kin, and the branches that compare.
    Less = 4,
    /// `BEQ`, `BNE`.
    Equal = 5,
    /// All loads.
    Load = 6,
    /// All stores.
    Store = 7,
    /// What needs no operand: `LUI`, `AUIPC`, `JAL`, `FENCE`.
    Constant = 8,
    /// `JALR`.
    Jump = 9,
    /// What other tables compute: `MUL` and `DIV` and their kin, shifts by a register, `SRA`, `ECALL`.
    Extern = 10,
}

impl Class {
    /// How many there are.
    pub const COUNT: usize = 11;

    /// All of them, in order.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Add,
        Self::Logic,
        Self::ShiftLeft,
        Self::ShiftRight,
        Self::Less,
        Self::Equal,
        Self::Load,
        Self::Store,
        Self::Constant,
        Self::Jump,
        Self::Extern,
    ];
}

columns! {
    /// One retired instruction.
    Cpu<T> {
        /// Its address.
        pc: T,
        /// Its cycle.
        cycle: T,
        /// Which [`Class`] it is; all 0 on padding.
        class: [T; Class::COUNT],
        /// Add: subtract. Shifts: swap words. Less: signed. Equal: negate. Load, Store, Jump: the offset is negative. Extern: a call.
        s1: T,
        /// Less: negate. Load: from text.
        s2: T,
        /// There is an access B; otherwise B's value is a constant of the instruction.
        use_b: T,
        /// There is an access C.
        use_c: T,
        /// The result comes from another table.
        delegated: T,
        /// Tag of the lookups.
        tag: T,
        /// Where a jump goes; low limb of an offset; factor of a shift.
        imm: T,
        /// A: what it is, its value, its previous time.
        a_key: T,
        a_lo: T,
        a_hi: T,
        a_time: T,
        /// B, likewise.
        b_key: T,
        b_lo: T,
        b_hi: T,
        b_time: T,
        /// C, with the value before.
        c_key: T,
        c_old_lo: T,
        c_old_hi: T,
        c_time: T,
        /// C: the value after.
        c_lo: T,
        c_hi: T,
        /// Four lookups of three cells; what each class keeps there is said where it is constrained.
        aux: [T; 12],
        /// Carries and borrows; products of shifts; inverses.
        carry: [T; 2],
        /// Whether the next pc is `imm`, and for comparisons their result.
        cond: T,
    }
}
