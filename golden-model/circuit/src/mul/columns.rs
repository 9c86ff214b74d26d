use crate::columns::columns;

columns! {
    /// One product of two words.
    Mul<T> {
        /// Which word of it is asked for: the low one, the signed high one, the one of a signed first operand; `MULHU` if none of these.
        mul: T,
        mulh: T,
        mulhsu: T,
        /// Bytes of the operands, lowest first.
        a: [T; 4],
        b: [T; 4],
        /// Sign bits of the operands, whether the operation takes them for signed or not.
        signs: [T; 2],
        /// The low word in limbs, and the high word as the operation wants it.
        low: [T; 2],
        high: [T; 2],
        /// What each of the first three limbs leaves for the next.
        carry: [T; 3],
        /// What the last limb leaves: 0 to −2, dropped.
        wrap: T,
        /// How often this product was asked for.
        count: T,
    }
}
