use p3_air::{Air, BaseAir, WindowAccess};
use p3_field::PrimeCharacteristicRing;

use super::Align;
use crate::{
    Felt,
    bus::{self, Operation, TableBuilder},
    op::Op,
};

/// Constraints of loads and stores of less than a word. Each limb of a result is made of bytes or is a limb of the operand.
#[derive(Clone, Copy, Debug)]
pub struct AlignAir;

impl BaseAir<Felt> for AlignAir {
    fn width(&self) -> usize {
        Align::<Felt>::WIDTH
    }

    fn main_next_row_columns(&self) -> alloc::vec::Vec<usize> {
        alloc::vec![]
    }

    fn max_constraint_degree(&self) -> Option<usize> {
        Some(3)
    }
}

impl<AB: TableBuilder> Air<AB> for AlignAir {
    fn eval(&self, builder: &mut AB) {
        let Align {
            lb,
            lh,
            lbu,
            lhu,
            sb,
            upper,
            odd,
            puts_upper,
            selected,
            other,
            value,
            sign,
            outcome,
            count,
        } = Align::read(builder.main().current_slice());
        let constant = |value: u32| AB::F::from_u32(value);
        let byte = constant(1 << 8);
        let join = |low: AB::Var, high: AB::Var| low + high * byte;

        // Exactly one operation, SH being what is left.
        for flag in [lb, lh, lbu, lhu, sb, upper, odd, sign] {
            builder.assert_bool(flag);
        }
        let load = lb + lh + lbu + lhu;
        builder.assert_bool(load.clone() + sb);
        let store = AB::Expr::ONE - load.clone();
        let sh = store.clone() - sb;

        // Halves are aligned.
        builder.assert_zero((sh.clone() + lh + lhu) * odd);
        builder.assert_eq(puts_upper, store.clone() * upper);

        // The sign is that of the byte, or of the half's upper byte.
        let signed = lb + lh;
        let picked = selected[0] + odd * (selected[1] - selected[0]);
        builder.assert_zero(lb * (value[0] - picked.clone()) + lh * (value[0] - selected[1]));
        builder.assert_zero(signed.clone() * (value[0] + value[0] - sign * byte - value[1]));
        builder.assert_zero((AB::Expr::ONE - signed) * sign);

        let whole = join(selected[0], selected[1]);
        let stored = join(value[0], value[1]);
        let replaced = join(value[0], selected[1])
            + odd * (join(selected[0], value[0]) - join(value[0], selected[1]));
        builder.assert_eq(
            outcome,
            (lb + lbu) * picked
                + lb * sign * constant(0xff00)
                + (lh + lhu) * whole.clone()
                + sb * replaced
                + sh * stored.clone(),
        );

        bus::bytes(builder, selected[0], selected[1], AB::Expr::ONE);
        bus::bytes(builder, value[0], value[1], AB::Expr::ONE);

        let op = bus::op::<AB::Expr>(Op::Sh)
            - lb * constant(Op::Sh.code() - Op::Lb.code())
            - lh * constant(Op::Sh.code() - Op::Lh.code())
            - lbu * constant(Op::Sh.code() - Op::Lbu.code())
            - lhu * constant(Op::Sh.code() - Op::Lhu.code())
            - sb * constant(Op::Sh.code() - Op::Sb.code());
        let offset = upper + upper + odd;
        // Limbs `(one, two)`, exchanged if the flag is set.
        let place = |flag: AB::Var, one: AB::Expr, two: AB::Expr| {
            let shift = (two.clone() - one.clone()) * flag;
            [one + shift.clone(), two - shift]
        };
        let u = place(upper, whole, other.into());
        let v = [
            load * offset.clone() + store.clone() * stored,
            store.clone() * offset,
        ];
        let [w_lo, w_hi] = place(puts_upper, outcome.into(), other.into());
        let w = [w_lo, w_hi - other + store * other + sign * constant(0xffff)];
        bus::provide_operation(builder, Operation { op, u, v, w }, count);
    }
}
