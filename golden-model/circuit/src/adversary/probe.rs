//! Evaluates a row and keeps the value of every constraint, and every message.

use alloc::vec::Vec;
use core::ops::Range;

use p3_air::{AirBuilder, RowWindow};
use p3_field::{PrimeCharacteristicRing, PrimeField32};
use p3_lookup::{Count, InteractionBuilder};

use crate::{Felt, bus, bus::Tag, calls::Call, op::Op};

/// A message of an interaction, sent or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sent {
    /// Whether it is on the machine's bus.
    pub machine: bool,
    pub tuple: Vec<Felt>,
    pub count: Felt,
}

/// What a table gave: constraints and messages in the order in which they were written.
#[derive(Clone, Debug, Default)]
pub(super) struct Outcome {
    pub constraints: Vec<Felt>,
    pub messages: Vec<Sent>,
}

pub(super) struct Probe<'a> {
    pub main: RowWindow<'a, Felt>,
    pub preprocessed: RowWindow<'a, Felt>,
    pub public_values: &'a [Felt],
    pub first: bool,
    pub last: bool,
    pub outcome: Outcome,
}

impl<'a> AirBuilder for Probe<'a> {
    type F = Felt;
    type Expr = Felt;
    type Var = Felt;
    type PreprocessedWindow = RowWindow<'a, Felt>;
    type MainWindow = RowWindow<'a, Felt>;
    type PublicVar = Felt;
    type PeriodicVar = Felt;

    fn main(&self) -> Self::MainWindow {
        self.main
    }

    fn preprocessed(&self) -> &Self::PreprocessedWindow {
        &self.preprocessed
    }

    fn is_first_row(&self) -> Felt {
        Felt::from_bool(self.first)
    }

    fn is_last_row(&self) -> Felt {
        Felt::from_bool(self.last)
    }

    fn is_transition(&self) -> Felt {
        Felt::from_bool(!self.last)
    }

    fn assert_zero<I: Into<Felt>>(&mut self, x: I) {
        self.outcome.constraints.push(x.into());
    }

    fn public_values(&self) -> &[Felt] {
        self.public_values
    }
}

impl InteractionBuilder for Probe<'_> {
    fn push_interaction<E: Into<Felt>>(
        &mut self,
        bus_name: &str,
        fields: impl IntoIterator<Item = E>,
        count: impl Into<Count<Felt>>,
    ) {
        self.outcome.messages.push(Sent {
            machine: bus_name == bus::MACHINE,
            tuple: fields.into_iter().map(Into::into).collect(),
            count: count.into().into_parts().0,
        });
    }

    fn push_local_interaction(&mut self, _: impl IntoIterator<Item = (Vec<Felt>, Count<Felt>)>) {
        unreachable!("no table of ours has local lookups");
    }

    fn push_exclusive_interaction(
        &mut self,
        bus_name: &str,
        branches: impl IntoIterator<Item = (Felt, Count<Felt>, Vec<Felt>)>,
    ) {
        for (flag, count, tuple) in branches {
            self.push_interaction(
                bus_name,
                tuple,
                Count::bounded(flag * count.into_parts().0, 1),
            );
        }
    }
}

impl Sent {
    fn numbers(&self) -> Vec<u32> {
        self.tuple
            .iter()
            .map(PrimeField32::as_canonical_u32)
            .collect()
    }

    /// Whether it is as often the same message as another, these elements aside.
    pub(super) fn agrees_but_for(&self, other: &Self, elements: &Range<usize>) -> bool {
        let same = |at: usize| elements.contains(&at) || self.tuple[at] == other.tuple[at];
        self.count == other.count
            && self.tuple.len() == other.tuple.len()
            && (0..self.tuple.len()).all(same)
    }

    /// The operation and the result that the tuple states, if its words are made of limbs and it is a function.
    pub(super) fn operation(&self) -> Option<(Call, u32)> {
        let tuple = self.numbers();
        if !self.machine || tuple[0] != Tag::Operation as u32 {
            return None;
        }
        let op = Op::FUNCTIONS.into_iter().find(|op| op.code() == tuple[1])?;
        let word = |at: usize| {
            (tuple[at] < 1 << 16 && tuple[at + 1] < 1 << 16)
                .then(|| tuple[at] | tuple[at + 1] << 16)
        };
        Some((
            Call {
                op,
                u: word(2)?,
                v: word(4)?,
            },
            word(6)?,
        ))
    }

    /// Whether it asks a table of statements: for a lookup, or for what a function gives.
    pub(super) fn is_statement(&self) -> bool {
        let of = |tag: Tag| self.tuple[0] == Felt::from_u8(tag as u8);
        let call = [Op::Call, Op::Halt].map(|op| Felt::from_u32(op.code()));
        let call = of(Tag::Operation) && call.contains(&self.tuple[1]);
        let word = of(Tag::Memory) || of(Tag::Exit);
        self.machine && !word && !call
    }

    /// Whether it is a statement that an honest table of statements provides as often as it is asked for.
    pub(super) fn is_true(&self) -> bool {
        if !self.machine {
            return false;
        }
        let tuple = self.numbers();
        let [tag, x, y, z, ..] = tuple[..] else {
            return false;
        };
        let rest = tuple[4..].iter().all(|&element| element == 0);
        let bytes = x < 256 && y < 256 && rest;
        if tag == Tag::Range as u32 {
            x <= 16 && y.checked_shr(x) == Some(0) && z == 0 && rest
        } else if tag == Tag::And as u32 {
            bytes && z == x & y
        } else if tag == Tag::Or as u32 {
            bytes && z == x | y
        } else if tag == Tag::Xor as u32 {
            bytes && z == x ^ y
        } else if tag == Tag::Bytes as u32 {
            bytes && z == 0
        } else {
            self.operation()
                .is_some_and(|(call, w)| call.op.apply(call.u, call.v) == Some(w))
        }
    }

    /// Whether it provides an operation's result that is false. Operands that are no words are nobody's, a result may be anything.
    pub(super) fn is_lie(&self) -> bool {
        let tuple = self.numbers();
        let Some(op) = Op::FUNCTIONS.into_iter().find(|op| op.code() == tuple[1]) else {
            return false;
        };
        if tuple[2..6].iter().any(|&limb| limb >> 16 != 0) {
            return false;
        }
        let word = |at: usize| u64::from(tuple[at]) + (u64::from(tuple[at + 1]) << 16);
        let (u, v) = (word(2) as u32, word(4) as u32);
        let limbs = |w: u32| [w & 0xffff, w >> 16];
        tuple[0] == Tag::Operation as u32 && op.apply(u, v).map(limbs) != Some([tuple[6], tuple[7]])
    }
}
