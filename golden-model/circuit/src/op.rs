//! Operations that the instruction table delegates to tables of their own.

/// What a delegated operation computes: `w = f(u, v)` on words. The discriminant is its code on the bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Op {
    /// Low word of `u * v`.
    Mul = 1,
    /// High word, both signed.
    Mulh = 2,
    /// High word, `u` signed, `v` unsigned.
    Mulhsu = 3,
    /// High word, both unsigned.
    Mulhu = 4,
    /// Signed quotient of `u / v`.
    Div = 5,
    /// Unsigned quotient.
    Divu = 6,
    /// Signed remainder.
    Rem = 7,
    /// Unsigned remainder.
    Remu = 8,
    /// `u << (v mod 32)`.
    Sll = 9,
    /// `u >> (v mod 32)`, zeros in.
    Srl = 10,
    /// `u >> (v mod 32)`, the sign in.
    Sra = 11,
    /// The signed byte of word `u` at offset `v` (0 to 3).
    Lb = 12,
    /// The signed half of word `u` at offset `v` (0 or 2).
    Lh = 13,
    /// The unsigned byte.
    Lbu = 14,
    /// The unsigned half.
    Lhu = 15,
    /// Word `u` with the byte at offset `v >> 16` replaced by the low byte of `v`.
    Sb = 16,
    /// Word `u` with the half at offset `v >> 16` (0 or 2) replaced by the low half of `v`.
    Sh = 17,
    /// A call of the machine that goes on; not a function of words, see [`crate::bus::call`].
    Call = 18,
    /// The call that halts.
    Halt = 19,
}

impl Op {
    /// All operations that are functions of two words: all but the calls.
    pub const FUNCTIONS: [Self; 17] = [
        Self::Mul,
        Self::Mulh,
        Self::Mulhsu,
        Self::Mulhu,
        Self::Div,
        Self::Divu,
        Self::Rem,
        Self::Remu,
        Self::Sll,
        Self::Srl,
        Self::Sra,
        Self::Lb,
        Self::Lh,
        Self::Lbu,
        Self::Lhu,
        Self::Sb,
        Self::Sh,
    ];

    /// Its code on the bus.
    #[must_use]
    pub const fn code(self) -> u32 {
        self as u32
    }

    /// The result, by the machine's rules.
    ///
    /// `None` for calls, and for operands that the operation has no row for: an offset that the access width excludes.
    #[must_use]
    pub const fn apply(self, u: u32, v: u32) -> Option<u32> {
        let (su, sv) = (u as i32, v as i32);
        Some(match self {
            Self::Mul => u.wrapping_mul(v),
            Self::Mulh => ((su as i64 * sv as i64) >> 32) as u32,
            Self::Mulhsu => ((su as i64 * v as i64) >> 32) as u32,
            Self::Mulhu => ((u as u64 * v as u64) >> 32) as u32,
            Self::Div if v == 0 => u32::MAX,
            Self::Div => su.wrapping_div(sv) as u32,
            Self::Divu if v == 0 => u32::MAX,
            Self::Divu => u / v,
            Self::Rem if v == 0 => u,
            Self::Rem => su.wrapping_rem(sv) as u32,
            Self::Remu if v == 0 => u,
            Self::Remu => u % v,
            Self::Sll => u << (v & 31),
            Self::Srl => u >> (v & 31),
            Self::Sra => (su >> (v & 31)) as u32,
            Self::Lb | Self::Lbu if v > 3 => return None,
            Self::Lb => (u >> (8 * v)) as u8 as i8 as u32,
            Self::Lbu => (u >> (8 * v)) as u8 as u32,
            Self::Lh | Self::Lhu if v != 0 && v != 2 => return None,
            Self::Lh => (u >> (8 * v)) as u16 as i16 as u32,
            Self::Lhu => (u >> (8 * v)) as u16 as u32,
            Self::Sb | Self::Sh => {
                let offset = v >> 16;
                let mask = match self {
                    Self::Sb if offset <= 3 => 0xff,
                    Self::Sh if offset == 0 || offset == 2 => 0xffff,
                    _ => return None,
                };
                let shift = 8 * offset;
                u & !(mask << shift) | (v & mask) << shift
            }
            Self::Call | Self::Halt => return None,
        })
    }
}
