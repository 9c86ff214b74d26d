//! What the checker compares against: the golden model's trace, event by event.

use assay_executor::Event;

/// A golden machine that is stepped as the hardware's stream comes.
pub trait GoldenTrace {
    /// The next event; `None` after the end.
    fn next_event(&mut self) -> Option<Event>;
}

/// A trace that is already there.
impl GoldenTrace for std::vec::IntoIter<Event> {
    fn next_event(&mut self) -> Option<Event> {
        self.next()
    }
}
