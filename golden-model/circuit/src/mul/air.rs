use p3_air::{Air, BaseAir, WindowAccess};
use p3_field::PrimeCharacteristicRing;

use super::Mul;
use crate::{
    Felt,
    bus::{self, Operation, TableBuilder},
    op::Op,
};

/// Constraints of products.
///
/// The schoolbook product of bytes, gathered into limbs of 16 bits: each sum is below 2^27, and a carry below 2^10 leaves both sides
/// of each equation below p. The high word of signed operands is the unsigned one less the other operand, for each that is negative:
/// these are taken off in the two upper sums, whose carries thus reach down to −2.
#[derive(Clone, Copy, Debug)]
pub struct MulAir;

/// Bits that hold each carry; the largest is 1,019.
pub(super) const CARRY_BITS: u32 = 10;
/// The lowest carry out of the third limb, negated.
pub(super) const LOWEST_CARRY: u32 = 2;

impl BaseAir<Felt> for MulAir {
    fn width(&self) -> usize {
        Mul::<Felt>::WIDTH
    }

    fn main_next_row_columns(&self) -> alloc::vec::Vec<usize> {
        alloc::vec![]
    }

    fn max_constraint_degree(&self) -> Option<usize> {
        Some(3)
    }
}

impl<AB: TableBuilder> Air<AB> for MulAir {
    fn eval(&self, builder: &mut AB) {
        let Mul {
            mul,
            mulh,
            mulhsu,
            a,
            b,
            signs,
            low,
            high,
            carry,
            wrap,
            count,
        } = Mul::read(builder.main().current_slice());
        let byte = AB::F::from_u32(1 << 8);
        let limb = AB::F::from_u32(1 << 16);

        // Exactly one operation, MULHU being what is left. The signs are bits; that they are the operands' is looked up below.
        for flag in [mul, mulh, mulhsu, signs[0], signs[1]] {
            builder.assert_bool(flag);
        }
        builder.assert_bool(mul + mulh + mulhsu);

        // Sums of the byte products that begin in each limb.
        let at = |position: usize| {
            (0..4)
                .flat_map(|i| (0..4).map(move |j| (i, j)))
                .filter(|(i, j)| i + j == position)
                .map(|(i, j)| a[i] * b[j])
                .sum::<AB::Expr>()
        };
        let sum = |limb: usize| at(2 * limb) + at(2 * limb + 1) * byte;
        let word = |x: [AB::Var; 4]| [x[0] + x[1] * byte, x[2] + x[3] * byte];
        let (u, v) = (word(a), word(b));

        let a_negative = (mulh + mulhsu) * signs[0];
        let b_negative = mulh * signs[1];
        let taken = |limb: usize| {
            a_negative.clone() * v[limb].clone() + b_negative.clone() * u[limb].clone()
        };
        builder.assert_eq(sum(0), low[0] + carry[0] * limb);
        builder.assert_eq(sum(1) + carry[0], low[1] + carry[1] * limb);
        builder.assert_eq(sum(2) + carry[1], high[0] + taken(0) + carry[2] * limb);
        builder.assert_eq(sum(3) + carry[2], high[1] + taken(1) + wrap * limb);
        builder.assert_zero(wrap * (wrap + AB::F::ONE) * (wrap + AB::F::TWO));

        let always = || AB::Expr::ONE;
        for pair in [[a[0], a[1]], [a[2], a[3]], [b[0], b[1]], [b[2], b[3]]] {
            bus::bytes(builder, pair[0], pair[1], always());
        }
        // Twice what is left of the top byte without its top bit.
        let rest = |top: AB::Var, sign: AB::Var| (top + top) - sign * byte;
        bus::bytes(
            builder,
            rest(a[3], signs[0]),
            rest(b[3], signs[1]),
            always(),
        );
        for value in [low, high].concat() {
            bus::range16(builder, value, always());
        }
        let bits = AB::Expr::from_u32(CARRY_BITS);
        bus::range(builder, bits.clone(), carry[0], always());
        bus::range(builder, bits.clone(), carry[1], always());
        let lowest = AB::F::from_u32(LOWEST_CARRY);
        bus::range(builder, bits, carry[2] + lowest, always());

        let op = bus::op::<AB::Expr>(Op::Mulhu)
            - mul * AB::F::from_u32(Op::Mulhu.code() - Op::Mul.code())
            - mulh * AB::F::from_u32(Op::Mulhu.code() - Op::Mulh.code())
            - mulhsu * AB::F::from_u32(Op::Mulhu.code() - Op::Mulhsu.code());
        let w = [0, 1].map(|i| high[i] + mul * (low[i] - high[i]));
        bus::provide_operation(builder, Operation { op, u, v, w }, count);
    }
}
