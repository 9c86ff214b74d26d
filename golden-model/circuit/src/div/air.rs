use p3_air::{Air, BaseAir, WindowAccess};
use p3_field::PrimeCharacteristicRing;

use super::Div;
use crate::{
    Felt,
    bus::{self, Operation, TableBuilder},
    op::Op,
};

/// Constraints of divisions.
///
/// `a − r` as a number of 64 bits (signed or not, as the operation is) is the product of b and q, which the table of products confirms:
/// low word and high word. So q's limbs are in range, and its sign is whatever makes the product true. Both `by_zero` and
/// `overflow` hold only for the operands that they name, and those operands have no row without them; that makes them bits.
#[derive(Clone, Copy, Debug)]
pub struct DivAir;

impl BaseAir<Felt> for DivAir {
    fn width(&self) -> usize {
        Div::<Felt>::WIDTH
    }

    fn main_next_row_columns(&self) -> alloc::vec::Vec<usize> {
        alloc::vec![]
    }

    fn max_constraint_degree(&self) -> Option<usize> {
        Some(3)
    }
}

impl<AB: TableBuilder> Air<AB> for DivAir {
    fn eval(&self, builder: &mut AB) {
        let Div {
            signed,
            remainder,
            a,
            b,
            q,
            r,
            a_negative,
            b_negative,
            r_negative,
            by_zero,
            overflow,
            borrow,
            margin,
            margin_carry,
            count,
        } = Div::read(builder.main().current_slice());
        let constant = |value: u32| AB::F::from_u32(value);
        let limb = constant(1 << 16);
        let ones = constant(0xffff);

        for flag in [signed, remainder, a_negative, b_negative, r_negative] {
            builder.assert_bool(flag);
        }
        for bit in [borrow, margin_carry].concat() {
            builder.assert_bool(bit);
        }

        // Signs of signed operands are their top bits; the others have none.
        for (word, negative) in [(a, a_negative), (b, b_negative)] {
            builder.assert_zero((AB::Expr::ONE - signed) * negative);
            let bits = AB::Expr::from_u32(15);
            bus::range(
                builder,
                bits,
                word[1] - negative * constant(1 << 15),
                signed.into(),
            );
        }
        // The remainder's is a's, unless it is 0.
        for limb in r {
            builder.assert_zero((a_negative - r_negative) * limb);
            bus::range16(builder, limb, AB::Expr::ONE);
        }

        // The margin is not negative: |r| < |b|.
        let b_sign = || AB::Expr::ONE - b_negative.into().double();
        let r_sign = || AB::Expr::ONE - a_negative.into().double();
        let carry = margin_carry[0] + margin_carry[1] * AB::F::TWO - AB::F::TWO;
        let low = b_sign() * b[0] - r_sign() * r[0] - AB::F::ONE;
        let high = b_sign() * (b[1] - b_negative * limb) - r_sign() * (r[1] - r_negative * limb);
        let divides = || AB::Expr::ONE - by_zero;
        builder.assert_zero(divides() * (low - carry.clone() * limb - margin[0]));
        builder.assert_zero(divides() * (high + carry - margin[1]));
        for limb in margin {
            bus::range16(builder, limb, AB::Expr::ONE);
        }

        // By zero the quotient is all ones; the product being 0, the remainder is the dividend.
        for i in 0..2 {
            builder.assert_zero(by_zero * b[i]);
            builder.assert_zero(by_zero * (q[i] - ones));
        }
        // −2^31 / −1 is 2^31, whose high word is not the sign of the dividend. Of all dividends by −1 only this one has a quotient so.
        builder.assert_zero(overflow * (AB::Expr::ONE - signed));
        for limb in b {
            builder.assert_zero(overflow * (limb - ones));
        }

        let low = [
            a[0] - r[0] + borrow[0] * limb,
            a[1] - r[1] - borrow[0] + borrow[1] * limb,
        ];
        let sign = (a_negative - r_negative + borrow[1] - overflow) * ones;
        let [a, b, q, r] = [a, b, q, r].map(|word| word.map(Into::into));
        let product = |op: AB::Expr, w: [AB::Expr; 2]| Operation {
            op,
            u: b.clone(),
            v: q.clone(),
            w,
        };
        let request = product(bus::op(Op::Mul), low);
        bus::delegate(builder, request, AB::Expr::ONE);
        let op =
            bus::op::<AB::Expr>(Op::Mulhu) - signed * constant(Op::Mulhu.code() - Op::Mulh.code());
        let request = product(op, [sign.clone(), sign]);
        bus::delegate(builder, request, AB::Expr::ONE);

        let op = bus::op::<AB::Expr>(Op::Divu)
            - signed * constant(Op::Divu.code() - Op::Div.code())
            + remainder * constant(Op::Remu.code() - Op::Divu.code());
        let w = [0, 1].map(|i| q[i].clone() + (r[i].clone() - q[i].clone()) * remainder);
        bus::provide_operation(builder, Operation { op, u: a, v: b, w }, count);
    }
}
