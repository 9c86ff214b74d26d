use core::array;

use p3_air::{Air, AirBuilder, BaseAir, WindowAccess};
use p3_field::PrimeCharacteristicRing;

use super::Ends;
use crate::{
    Felt,
    bus::{self, Node, ROOT_LEVEL, TableBuilder, TreeKind, Word, key},
};

/// Both ends of every chain that spans the segment: the roots, the journal's states, the cursors, the exit.
#[derive(Clone, Copy, Debug)]
pub struct ClaimAir;

/// Four digests, three words, the exit.
const PUBLIC_VALUES: usize = 4 * 8 + 3 * 2 + 3;

impl BaseAir<Felt> for ClaimAir {
    fn width(&self) -> usize {
        Ends::<Felt>::WIDTH
    }

    fn num_public_values(&self) -> usize {
        PUBLIC_VALUES
    }

    fn max_constraint_degree(&self) -> Option<usize> {
        Some(3)
    }
}

impl<AB: TableBuilder> Air<AB> for ClaimAir {
    fn eval(&self, builder: &mut AB) {
        let window = builder.main();
        let row = Ends::read(window.current_slice());
        let next = Ends::read(window.next_slice());
        builder.when_first_row().assert_one(row.first);
        builder.when_transition().assert_zero(next.first);

        let public: [AB::Expr; PUBLIC_VALUES] =
            array::from_fn(|i| builder.public_values()[i].into());
        let digest = |at: usize| array::from_fn(|i| public[8 * at + i].clone());
        let limbs = |at: usize| array::from_fn(|i| public[32 + 2 * at + i].clone());
        let whole = |[lo, hi]: [AB::Expr; 2]| lo + hi * AB::Expr::from_u32(1 << 16);
        let count: AB::Expr = row.first.into();

        let [pre, post, journal_pre, journal_post] = array::from_fn(digest);
        let [words, input_pre, input_post] = array::from_fn(limbs);
        let root = AB::Expr::from_u32(ROOT_LEVEL);
        for (kind, level, index, digest, count) in [
            (
                TreeKind::Pre,
                root.clone(),
                AB::Expr::ZERO,
                pre,
                count.clone(),
            ),
            (TreeKind::Post, root, AB::Expr::ZERO, post, -count.clone()),
            (
                TreeKind::Journal,
                AB::Expr::ZERO,
                AB::Expr::ZERO,
                journal_pre,
                count.clone(),
            ),
            (
                TreeKind::Journal,
                AB::Expr::ZERO,
                whole(words.clone()),
                journal_post,
                -count.clone(),
            ),
        ] {
            let kind = bus::kind(kind);
            let node = Node {
                kind,
                level,
                index,
                digest,
            };
            bus::node(builder, node, count);
        }

        for (key, before, after, time) in [
            (key::INPUT_CURSOR, input_pre, input_post, row.input_time),
            (
                key::JOURNAL_CURSOR,
                [AB::Expr::ZERO, AB::Expr::ZERO],
                words,
                row.journal_time,
            ),
        ] {
            let word = |[lo, hi]: [AB::Expr; 2], time| Word {
                key: AB::Expr::from_u32(key),
                lo,
                hi,
                time,
            };
            bus::send_word(builder, word(before, AB::Expr::ZERO), count.clone());
            bus::receive_word(builder, word(after, time.into()), count.clone());
        }

        let [exits, code_lo, code_hi] = array::from_fn(|i| public[38 + i].clone());
        bus::exit(builder, [code_lo, code_hi], -(exits * count));
    }
}
