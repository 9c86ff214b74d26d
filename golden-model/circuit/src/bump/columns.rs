use crate::columns::columns;

columns! {
    /// One word, taken at one time and left at a later one.
    Bump<T> {
        /// 0 on padding.
        real: T,
        key: T,
        lo: T,
        hi: T,
        /// The later time, 16 bits and 8.
        time: [T; 2],
        /// One less than the time between, 16 bits and 8.
        gap: [T; 2],
    }
}
