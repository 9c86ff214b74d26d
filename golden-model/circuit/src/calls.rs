//! What the instruction table delegated, for the tables that answer.

use std::collections::BTreeMap;

use crate::op::Op;

/// One delegated operation; the result follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Call {
    /// What to compute.
    pub op: Op,
    /// First operand.
    pub u: u32,
    /// Second operand.
    pub v: u32,
}

/// Delegated operations, each with the number of times that it was asked for. Its order is that of [`Call`], so that tables come out
/// the same however the work was divided.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calls(BTreeMap<Call, u32>);

impl Calls {
    /// Asks once more.
    pub fn ask(&mut self, op: Op, u: u32, v: u32) {
        *self.0.entry(Call { op, u, v }).or_default() += 1;
    }

    /// Adds what another part of the instruction table asked for.
    pub fn merge(&mut self, other: Self) {
        for (call, count) in other.0 {
            *self.0.entry(call).or_default() += count;
        }
    }

    /// The operations in `ops`, in order, with their counts.
    pub fn of<'a>(&'a self, ops: &'a [Op]) -> impl Iterator<Item = (Call, u32)> + 'a {
        self.0
            .iter()
            .filter(|(call, _)| ops.contains(&call.op))
            .map(|(&call, &count)| (call, count))
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    #[test]
    fn merged_calls_are_those_of_one_pass() {
        let asked = [
            (Op::Mul, 3, 4),
            (Op::Sll, 1, 33),
            (Op::Mul, 3, 4),
            (Op::Sb, 7, 0x2_0005),
        ];
        let mut whole = Calls::default();
        let mut halves = [Calls::default(), Calls::default()];
        for (at, (op, u, v)) in asked.into_iter().enumerate() {
            whole.ask(op, u, v);
            halves[at % 2].ask(op, u, v);
        }
        let [mut merged, second] = halves;
        merged.merge(second);
        assert_eq!(merged, whole);
        let products: Vec<_> = whole.of(&[Op::Mul]).collect();
        assert_eq!(
            products,
            [(
                Call {
                    op: Op::Mul,
                    u: 3,
                    v: 4
                },
                2
            )]
        );
    }
}
