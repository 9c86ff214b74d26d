//! Whether what is sent on the buses is received.

use alloc::{string::String, vec::Vec};
use core::fmt;
use std::collections::HashMap;

use p3_field::{PrimeCharacteristicRing, PrimeField32};

use super::Message;
use crate::Felt;

/// Sums of the counts of every tuple.
#[derive(Clone, Debug, Default)]
pub struct Balance(HashMap<(String, Vec<Felt>), Entry>);

#[derive(Clone, Debug)]
struct Entry {
    net: Felt,
    /// The first few that touched it: table, row, count.
    seen: Vec<(String, usize, Felt)>,
}

/// A tuple that is sent more often than received, or less often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unbalanced {
    /// The bus.
    pub bus: String,
    /// The tuple, canonical.
    pub tuple: Vec<u32>,
    /// Sends less receives, between -p/2 and p/2.
    pub net: i64,
    /// Where it was seen: table, row, count.
    pub seen: Vec<(String, usize, i64)>,
}

impl Balance {
    /// Adds a message of a table's row.
    pub fn add(&mut self, message: &Message, table: &str, row: usize) {
        const KEPT: usize = 4;
        let key = (message.bus.clone(), message.tuple.clone());
        let entry = self.0.entry(key).or_insert(Entry {
            net: Felt::ZERO,
            seen: Vec::new(),
        });
        entry.net += message.count;
        if entry.seen.len() < KEPT {
            entry.seen.push((table.into(), row, message.count));
        }
    }

    /// What does not cancel, in the order of bus and tuple.
    #[must_use]
    pub fn unbalanced(self) -> Vec<Unbalanced> {
        let mut out: Vec<_> = self
            .0
            .into_iter()
            .filter(|(_, entry)| entry.net != Felt::ZERO)
            .map(|((bus, tuple), entry)| Unbalanced {
                bus,
                tuple: tuple.iter().map(PrimeField32::as_canonical_u32).collect(),
                net: signed(entry.net),
                seen: entry
                    .seen
                    .into_iter()
                    .map(|(table, row, count)| (table, row, signed(count)))
                    .collect(),
            })
            .collect();
        out.sort_by(|a, b| (&a.bus, &a.tuple).cmp(&(&b.bus, &b.tuple)));
        out
    }
}

/// The representative nearest to 0.
fn signed(value: Felt) -> i64 {
    let (value, modulus) = (
        i64::from(value.as_canonical_u32()),
        i64::from(Felt::ORDER_U32),
    );
    if value > modulus / 2 {
        value - modulus
    } else {
        value
    }
}

impl fmt::Display for Unbalanced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            bus,
            tuple,
            net,
            seen,
        } = self;
        write!(f, "{bus} {tuple:x?}: net {net}, seen")?;
        for (table, row, count) in seen {
            write!(f, " {table}[{row}] {count:+}")?;
        }
        Ok(())
    }
}
