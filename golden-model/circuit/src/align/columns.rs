use crate::columns::columns;

columns! {
    /// One load or store of less than a word. The *selected* limb is the one that the offset lies in.
    Align<T> {
        /// Which operation; `SH` if none of these.
        lb: T,
        lh: T,
        lbu: T,
        lhu: T,
        sb: T,
        /// The offset: `2 upper + odd`.
        upper: T,
        odd: T,
        /// Whether a store puts its limb into the upper half.
        puts_upper: T,
        /// Bytes of the selected limb.
        selected: [T; 2],
        /// The other limb.
        other: T,
        /// Stores: the bytes of the value's low half. Signed loads: the byte with the sign, and twice what is left of it without its top bit.
        value: [T; 2],
        /// The sign bit that a signed load spreads; 0 for the others.
        sign: T,
        /// Loads: the result's low limb. Stores: what becomes of the selected limb.
        outcome: T,
        /// How often this was asked for.
        count: T,
    }
}
