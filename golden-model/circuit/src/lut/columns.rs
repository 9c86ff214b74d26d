use crate::columns::columns;

columns! {
    /// What the verifying key fixes in row `i`.
    Fixed<T> {
        /// `i`.
        index: T,
        /// `i = 2^k + v` with `v < 2^k`; both 0 in row 0.
        k: T,
        v: T,
        /// `i = x + 256 y`.
        x: T,
        y: T,
        and: T,
        or: T,
        xor: T,
    }
}

columns! {
    /// How often row `i` is asked for what.
    Asked<T> {
        range16: T,
        range: T,
        and: T,
        or: T,
        xor: T,
        bytes: T,
    }
}
