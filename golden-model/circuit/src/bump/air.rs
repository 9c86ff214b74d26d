use p3_air::{Air, BaseAir, WindowAccess};
use p3_field::PrimeCharacteristicRing;

use super::Bump;
use crate::{
    Felt,
    bus::{self, TableBuilder, Word},
};

/// Constraints of words that are carried over. The later time is below 2^24, absolutely: gaps alone could be added up past p.
#[derive(Clone, Copy, Debug)]
pub struct BumpAir;

impl BaseAir<Felt> for BumpAir {
    fn width(&self) -> usize {
        Bump::<Felt>::WIDTH
    }

    fn main_next_row_columns(&self) -> alloc::vec::Vec<usize> {
        alloc::vec![]
    }

    fn max_constraint_degree(&self) -> Option<usize> {
        Some(3)
    }
}

impl<AB: TableBuilder> Air<AB> for BumpAir {
    fn eval(&self, builder: &mut AB) {
        let Bump {
            real,
            key,
            lo,
            hi,
            time,
            gap,
        } = Bump::read(builder.main().current_slice());
        builder.assert_bool(real);
        let limb = AB::F::from_u32(1 << 16);
        let whole = |[low, high]: [AB::Var; 2]| low + high * limb;
        let later = whole(time);
        let earlier = later.clone() - whole(gap) - AB::Expr::ONE;
        let word = |time: AB::Expr| Word {
            key: key.into(),
            lo: lo.into(),
            hi: hi.into(),
            time,
        };
        let count: AB::Expr = real.into();
        bus::receive_word(builder, word(earlier), count.clone());
        bus::send_word(builder, word(later), count.clone());
        for [low, high] in [time, gap] {
            bus::range16(builder, low, count.clone());
            bus::range(builder, AB::Expr::from_u32(8), high, count.clone());
        }
    }
}
