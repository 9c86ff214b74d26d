use crate::columns::columns;

columns! {
    /// One shift, as a product with `2^exponent`. To the left by `s` that is 2^s, and the low word is taken; to the right it is 2^(32 − s), and the
    /// high word is taken, except by 0, which is once more the low word of a product with 1.
    Shift<T> {
        /// To the right by 1 to 31, zeros in or the sign in.
        srl: T,
        sra: T,
        /// To the right by 0. `SLL` if none of the four.
        srl_by_0: T,
        sra_by_0: T,
        /// The word that is shifted.
        u: [T; 2],
        /// The amount's upper limb, which does not matter.
        v_hi: T,
        /// What the lower limb holds beside the amount: a multiple of 32.
        turns: T,
        /// Bits of the exponent, lowest first.
        exponent: [T; 5],
        /// Inverse of the exponent, when it must not be 0.
        inverse: T,
        /// Two to the low three bits of the exponent.
        small: T,
        /// Two to the exponent, in limbs.
        power: [T; 2],
        /// The result.
        w: [T; 2],
        /// How often this shift was asked for.
        count: T,
    }
}
