use crate::columns::columns;

columns! {
    /// One division: `b q + r = a`, with `|r| < |b|` and r of a's sign.
    Div<T> {
        /// Whether operands are signed, and whether the remainder is asked for.
        signed: T,
        remainder: T,
        /// Dividend, divisor, quotient, remainder.
        a: [T; 2],
        b: [T; 2],
        q: [T; 2],
        r: [T; 2],
        /// Whether a, b, r are negative. (A remainder of 0 is not, so this is not always a's sign.)
        a_negative: T,
        b_negative: T,
        r_negative: T,
        /// Whether the divisor is 0.
        by_zero: T,
        /// Whether it is −2^31 / −1.
        overflow: T,
        /// Borrows of `a − r`.
        borrow: [T; 2],
        /// `|b| − |r| − 1`.
        margin: [T; 2],
        /// Its low limb's carry and 2, in bits.
        margin_carry: [T; 2],
        /// How often this was asked for.
        count: T,
    }
}
