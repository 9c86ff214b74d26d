use crate::columns::columns;

columns! {
    /// One `ECALL`.
    Sys<T> {
        /// Which call it is; all 0 on padding.
        halt: T,
        read: T,
        left: T,
        commit: T,
        /// The instruction's cycle.
        cycle: T,
        /// x10 before.
        argument: [T; 2],
        /// x10 after.
        result: [T; 2],
        /// The cursor that it moves or reads: its value before, when it was touched before, its value after.
        cursor: [T; 2],
        time: T,
        moved: [T; 2],
        /// Whether the cursor's low limb overflows.
        carry: T,
        /// Input words left after it, and the borrow between the limbs of the subtraction.
        rest: [T; 2],
        borrow: T,
    }
}
