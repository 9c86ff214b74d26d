use p3_air::{Air, BaseAir, WindowAccess};
use p3_field::PrimeCharacteristicRing;

use super::Shift;
use crate::{
    Felt,
    bus::{self, Operation, TableBuilder},
    op::Op,
};

/// Constraints of shifts. The result's limbs are those of a product, so they are in range.
#[derive(Clone, Copy, Debug)]
pub struct ShiftAir;

impl BaseAir<Felt> for ShiftAir {
    fn width(&self) -> usize {
        Shift::<Felt>::WIDTH
    }

    fn main_next_row_columns(&self) -> alloc::vec::Vec<usize> {
        alloc::vec![]
    }

    fn max_constraint_degree(&self) -> Option<usize> {
        Some(3)
    }
}

impl<AB: TableBuilder> Air<AB> for ShiftAir {
    fn eval(&self, builder: &mut AB) {
        let Shift {
            srl,
            sra,
            srl_by_0,
            sra_by_0,
            u,
            v_hi,
            turns,
            exponent,
            inverse,
            small,
            power,
            w,
            count,
        } = Shift::read(builder.main().current_slice());
        let constant = |value: u32| AB::F::from_u32(value);

        // Exactly one kind, SLL being what is left.
        for flag in [srl, sra, srl_by_0, sra_by_0] {
            builder.assert_bool(flag);
        }
        let right = srl + sra + srl_by_0 + sra_by_0;
        builder.assert_bool(right.clone());

        for bit in exponent {
            builder.assert_bool(bit);
        }
        let value = exponent
            .into_iter()
            .enumerate()
            .map(|(i, bit)| bit * constant(1 << i))
            .sum::<AB::Expr>();
        builder.assert_zero((srl_by_0 + sra_by_0) * value.clone());
        builder.assert_zero((srl + sra) * (value.clone() * inverse - AB::F::ONE));

        // 2^exponent, which bit 4 puts into one of two limbs.
        let factor = |bit: usize| exponent[bit] * constant((1 << (1 << bit)) - 1) + AB::F::ONE;
        builder.assert_eq(small, factor(0) * factor(1) * factor(2));
        let large = factor(3) * small;
        builder.assert_eq(power[0], large.clone() * (AB::Expr::ONE - exponent[4]));
        builder.assert_eq(power[1], large * exponent[4]);

        // The amount is the lower limb modulo 32: the exponent, or to the right 32 less it (modulo 32 again). Nothing wraps below 2^22.
        bus::range16(builder, turns, AB::Expr::ONE);
        let v_lo = turns * constant(32) + value.clone() - right.clone() * value * constant(2);

        let product = bus::op::<AB::Expr>(Op::Mul)
            + srl * constant(Op::Mulhu.code() - Op::Mul.code())
            + sra * constant(Op::Mulhsu.code() - Op::Mul.code());
        let [u, power, w] = [u, power, w].map(|word| word.map(Into::into));
        let request = Operation {
            op: product,
            u: u.clone(),
            v: power,
            w: w.clone(),
        };
        bus::delegate(builder, request, AB::Expr::ONE);

        let op = bus::op::<AB::Expr>(Op::Sll)
            + (srl + srl_by_0) * constant(Op::Srl.code() - Op::Sll.code())
            + (sra + sra_by_0) * constant(Op::Sra.code() - Op::Sll.code());
        let v = [v_lo, v_hi.into()];
        bus::provide_operation(builder, Operation { op, u, v, w }, count);
    }
}
