//! What the tables around a table that answers do when they are honest, so that it can be checked alone.

use alloc::{string::ToString, vec::Vec};

use p3_air::Air;
use p3_field::{PrimeCharacteristicRing, PrimeField32};
use p3_matrix::dense::RowMajorMatrix;

use crate::{
    Felt,
    bus::{self, MACHINE_WIDTH, Tag},
    calls::{Call, Calls},
    check::{self, Instance, Message, RowBuilder},
    lut::Counts,
    op::Op,
};

/// A message on the machine's bus.
pub fn message(tag: Tag, payload: &[u32], count: i64) -> Message {
    let mut tuple: Vec<Felt> = [tag as u32]
        .iter()
        .chain(payload)
        .map(|&value| Felt::from_u32(value))
        .collect();
    tuple.resize(MACHINE_WIDTH, Felt::ZERO);
    Message {
        bus: bus::MACHINE.to_string(),
        tuple,
        count: Felt::from_i64(count),
    }
}

/// An operation with this result, sent (or, negative, received) so often.
pub fn operation(call: Call, result: u32, count: i64) -> Message {
    let limbs = [call.u, call.v, result].map(|word| [word & 0xffff, word >> 16]);
    let payload = [&[call.op.code()], limbs.as_flattened()].concat();
    message(Tag::Operation, &payload, count)
}

/// What the instruction table sends for these operations, or (`sign` −1) what the tables that answer them receive.
pub fn operations<'a>(
    calls: &'a Calls,
    ops: &'a [Op],
    sign: i64,
) -> impl Iterator<Item = Message> + 'a {
    calls.of(ops).map(move |(call, count)| {
        let result = call.op.apply(call.u, call.v).expect("it has a row");
        operation(call, result, sign * i64::from(count))
    })
}

/// What the lookup table provides.
pub fn lookups(counts: &Counts) -> Vec<Message> {
    let mut out = Vec::new();
    let mut provide = |tag, payload: &[u32], count: u32| {
        if count != 0 {
            out.push(message(tag, payload, -i64::from(count)));
        }
    };
    for (i, &count) in counts.range16.iter().enumerate() {
        provide(Tag::Range, &[16, i as u32], count);
    }
    for (i, &count) in counts.range.iter().enumerate().skip(1) {
        let k = i.ilog2();
        provide(Tag::Range, &[k, i as u32 - (1 << k)], count);
    }
    for (i, &count) in counts.bytes.iter().enumerate() {
        provide(Tag::Bytes, &[i as u32 & 0xff, i as u32 >> 8], count);
    }
    out
}

/// An operation with its result, from a tuple; `None` if it is none, or its words are not made of limbs.
pub fn operation_of(message: &Message) -> Option<(Call, u32)> {
    let tuple: Vec<u32> = message
        .tuple
        .iter()
        .map(PrimeField32::as_canonical_u32)
        .collect();
    let op = Op::FUNCTIONS.into_iter().find(|op| op.code() == tuple[1])?;
    let word = |at: usize| {
        (tuple[at] < 1 << 16 && tuple[at + 1] < 1 << 16).then(|| tuple[at] | tuple[at + 1] << 16)
    };
    let (u, v, w) = (word(2)?, word(4)?, word(6)?);
    (tuple[0] == Tag::Operation as u32).then_some((Call { op, u, v }, w))
}

/// Whether an honest table answers what this message asks.
pub fn is_true(message: &Message) -> bool {
    let tuple: Vec<u32> = message
        .tuple
        .iter()
        .map(PrimeField32::as_canonical_u32)
        .collect();
    let [tag, x, y, ..] = tuple[..] else {
        return false;
    };
    if tag == Tag::Range as u32 {
        x <= 16 && y >> x == 0
    } else if tag == Tag::Bytes as u32 {
        x < 256 && y < 256
    } else {
        operation_of(message).is_some_and(|(call, w)| call.op.apply(call.u, call.v) == Some(w))
    }
}

/// Why one row of a table cannot be proved: constraints that do not hold, and what it asks that nobody answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// Constraints, by index.
    pub constraints: Vec<usize>,
    /// Tags of the messages.
    pub unanswered: Vec<u32>,
    /// The operation that the row provides.
    pub provided: Option<(Call, u32)>,
}

impl Faults {
    /// Whether the row is accepted.
    pub const fn none(&self) -> bool {
        self.constraints.is_empty() && self.unanswered.is_empty()
    }
}

/// Judges a row whose count is 1, beside honest tables.
pub fn judge<A>(air: &A, cells: Vec<Felt>) -> Faults
where
    A: for<'r> Air<RowBuilder<'r>>,
{
    let width = cells.len();
    let main = RowMajorMatrix::new(cells, width);
    let instance = Instance {
        name: "row",
        air,
        main: &main,
        preprocessed: None,
        public_values: &[],
    };
    let outcome = check::row(&instance, 0);
    let (provided, asked): (Vec<_>, Vec<_>) = outcome
        .messages
        .into_iter()
        .partition(|message| message.count == -Felt::ONE);
    assert_eq!(provided.len(), 1, "a row provides one operation");
    // The same by the checker, with everybody else as they would be.
    let outside = asked
        .iter()
        .filter(|message| is_true(message))
        .chain(&provided)
        .map(|message| Message {
            count: -message.count,
            ..message.clone()
        })
        .collect();
    let faults = Faults {
        constraints: outcome.failures,
        unanswered: asked
            .iter()
            .filter(|message| !is_true(message))
            .map(|message| message.tuple[0].as_canonical_u32())
            .collect(),
        provided: operation_of(&provided[0]),
    };
    let report = check::check(&[instance], outside);
    assert_eq!(report.is_clean(), faults.none(), "{report}");
    faults
}
