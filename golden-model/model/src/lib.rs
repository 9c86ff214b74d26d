#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod card;
mod engines;
mod peer;
mod time;
mod work;

pub use card::{CARDS, Card, Resources};
pub use engines::{Engines, EnginesError, Utilisation};
pub use peer::{Peer, SUPRANATIONAL};
pub use time::{Bound, Time};
pub use work::{Matrix, Operation, Work};
