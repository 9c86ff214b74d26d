//! Calls, the claim, and words that are carried over.

use alloc::{vec, vec::Vec};

use p3_field::PrimeCharacteristicRing;

use super::{Rows, int};
use crate::{
    Felt,
    adversary::parts::Part::{self, Constraint, Interaction},
    bump::Bump,
    claim::Ends,
    sys::Sys,
};

const ONE: Felt = Felt::ONE;

/// A call, where the input has no words.
fn call(change: fn(&mut Sys<Felt>)) -> Rows {
    let mut row = Sys {
        cycle: ONE,
        ..Sys::default()
    };
    change(&mut row);
    Rows::new(&[row], vec![Felt::ZERO; 2], Sys::write)
}

pub(super) fn calls() -> Vec<(&'static str, Part, Rows)> {
    vec![
        (
            "a halt taken back",
            Constraint(0),
            call(|row| (row.halt, row.left) = (-ONE, ONE)),
        ),
        (
            "a read taken back, while what is left is anything",
            Constraint(1),
            call(|row| {
                (row.read, row.left) = (-ONE, ONE);
                (row.cursor[0], row.rest[0], row.result[0]) = (ONE, int(7), int(7));
            }),
        ),
        (
            "a read that moves no cursor",
            Constraint(2),
            call(|row| (row.left, row.read, row.moved[0]) = (-ONE, ONE, ONE)),
        ),
        (
            "a commit taken back",
            Constraint(3),
            call(|row| (row.commit, row.read) = (-ONE, ONE)),
        ),
        (
            "one word left of none",
            Constraint(6),
            call(|row| (row.left, row.result[0]) = (ONE, ONE)),
        ),
        (
            "2^16 words left of none",
            Constraint(8),
            call(|row| (row.left, row.result[1]) = (ONE, ONE)),
        ),
        (
            "a cursor with a low limb of 2^16",
            Interaction(3),
            call(|row| {
                (row.commit, row.cursor[0]) = (ONE, int(0xffff));
                row.moved[0] = int(0x1_0000);
            }),
        ),
        (
            "a word read beyond the end",
            Interaction(4),
            call(|row| (row.read, row.moved[0], row.rest[0]) = (ONE, ONE, -ONE)),
        ),
        (
            "a word read far beyond the end",
            Interaction(5),
            call(|row| {
                (row.read, row.cursor) = (ONE, [int(0xffff), Felt::ZERO]);
                (row.carry, row.moved[1], row.rest[1]) = (ONE, ONE, -ONE);
            }),
        ),
        (
            "a cursor that is left later",
            Interaction(8),
            call(|row| (row.left, row.time) = (ONE, int(1000))),
        ),
    ]
}

pub(super) fn claims() -> Vec<(&'static str, Part, Rows)> {
    let claims = |first: [Felt; 2], public: usize| {
        let rows = first.map(|first| Ends {
            first,
            ..Ends::default()
        });
        Rows::new(&rows, vec![Felt::ZERO; public], Ends::write)
    };
    let public = p3_air::BaseAir::<Felt>::num_public_values(&crate::claim::ClaimAir);
    vec![
        (
            "a claim that is not made",
            Constraint(0),
            claims([Felt::ZERO; 2], public),
        ),
        (
            "a claim that is made twice",
            Constraint(1),
            claims([ONE; 2], public),
        ),
    ]
}

pub(super) fn carried() -> Vec<(&'static str, Part, Rows)> {
    let carried = |change: fn(&mut Bump<Felt>)| {
        let mut row = Bump {
            real: ONE,
            time: [int(9), ONE],
            ..Bump::default()
        };
        change(&mut row);
        Rows::new(&[row], vec![], Bump::write)
    };
    vec![
        (
            "a word carried twice",
            Constraint(0),
            carried(|row| row.real = Felt::TWO),
        ),
        (
            "a word carried to a time without low bits",
            Interaction(2),
            carried(|row| row.time[0] = int(1 << 16)),
        ),
        (
            "a word carried beyond the last time",
            Interaction(3),
            carried(|row| row.time[1] = int(256)),
        ),
        (
            "a word carried back",
            Interaction(4),
            carried(|row| row.gap[0] = -int(5)),
        ),
        (
            "a word carried far back",
            Interaction(5),
            carried(|row| row.gap[1] = -ONE),
        ),
    ]
}
