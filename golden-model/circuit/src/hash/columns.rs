use crate::columns::columns;

columns! {
    /// What a row of the hash table holds beside its permutation. At most one of the first six is 1, none on padding; what a kind of row
    /// does not use is 0.
    Hash<T> {
        /// A block of a page that comes in and that the segment leaves as it is: its words are taken back in this row.
        clean: T,
        /// A block of a page that comes in and that the segment dirties.
        dirty: T,
        /// A block of a page that goes out.
        written: T,
        /// A node of the tree before.
        before: T,
        /// A node of the tree after.
        after: T,
        /// A word of the journal.
        journal: T,
        /// First block of a page. The last needs no column: no other block follows it.
        first: T,
        /// Number of the block in its page, or of the word in the segment's journal.
        counter: T,
        /// Level in the tree, pages of memory at 0, the register page at 18.
        level: T,
        /// Position in its level; the number of a page of memory.
        index: T,
        /// The page is one of the text's.
        text: T,
        /// Nodes: the kind of the tuple that goes with the left child. First and last block of a page: the
        /// high bits of a difference.
        left: T,
        /// Nodes: the kind of the tuple that goes with the right child. First block of a page: it lies above the text.
        right: T,
        /// First and last block of a page: low 16 bits of the page's distance from an end of the text.
        difference: T,
        /// When the block's words come in.
        init_time: T,
        /// When each was last accessed.
        final_time: [T; 4],
    }
}
