use crate::columns::columns;

columns! {
    /// How an instruction word is decoded, all of it fixed by the verifying key. What the instruction table says of itself in
    /// a row must be one of these. All 0 where the text has no instruction: no row of the instruction table is that.
    Entry<T> {
        /// Its address.
        pc: T,
        /// Class and flags, see [`Entry::code`].
        code: T,
        /// The delegated operation, or 0.
        op: T,
        /// Tag of the lookups, or 0.
        tag: T,
        /// Keys of the registers, 0 where there is none.
        a_key: T,
        b_key: T,
        c_key: T,
        /// See [`crate::cpu::Cpu::imm`].
        imm: T,
        /// B's value where there is no access B.
        b_lo: T,
        b_hi: T,
    }
}
