use crate::columns::columns;

columns! {
    /// One row is the claim's, the rest is padding.
    Ends<T> {
        /// 1 in the first row, 0 in the others.
        first: T,
        /// When the input cursor and the journal cursor were last touched.
        input_time: T,
        journal_time: T,
    }
}
