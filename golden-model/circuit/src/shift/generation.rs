use p3_field::{Field, PrimeCharacteristicRing};
use p3_matrix::dense::RowMajorMatrix;

use super::Shift;
use crate::{
    Felt,
    answers::{self, felts, limbs},
    calls::{Call, Calls},
    lut::Counts,
    op::Op,
};

const OPS: [Op; 3] = [Op::Sll, Op::Srl, Op::Sra];
const PADDING: Call = Call {
    op: Op::Sll,
    u: 0,
    v: 0,
};

/// One row for each distinct shift in `calls`. Asks for their products: [`crate::mul::generate`] comes after it.
pub fn generate(
    calls: &mut Calls,
    counts: &mut Counts,
    min_log_height: usize,
) -> RowMajorMatrix<Felt> {
    let mut products = Calls::default();
    let width = Shift::<Felt>::WIDTH;
    let table = answers::table(
        calls,
        &OPS,
        PADDING,
        min_log_height,
        width,
        |call, count, cells| {
            row(call, count, counts, &mut products).write(cells);
        },
    );
    calls.merge(products);
    table
}

/// The row for a shift, its lookup, and the product that it asks for.
pub(crate) fn row(
    call: Call,
    count: u32,
    counts: &mut Counts,
    products: &mut Calls,
) -> Shift<Felt> {
    let Call { op, u, v } = call;
    let amount = v & 31;
    let [v_lo, v_hi] = limbs(v);
    let (exponent, turns) = match op {
        Op::Sll => (amount, v_lo >> 5),
        _ => ((32 - amount) & 31, v_lo.div_ceil(32)),
    };
    counts.range16(turns);
    let product = match op {
        Op::Srl if amount != 0 => Op::Mulhu,
        Op::Sra if amount != 0 => Op::Mulhsu,
        _ => Op::Mul,
    };
    let power = 1 << exponent;
    products.ask(product, u, power);
    let w = product.apply(u, power).expect("every product has a row");
    let flag = |of: Op, by_0: bool| Felt::from_bool(op == of && (amount == 0) == by_0);
    Shift {
        srl: flag(Op::Srl, false),
        sra: flag(Op::Sra, false),
        srl_by_0: flag(Op::Srl, true),
        sra_by_0: flag(Op::Sra, true),
        u: felts(u),
        v_hi: Felt::from_u16(v_hi),
        turns: Felt::from_u16(turns),
        exponent: core::array::from_fn(|i| Felt::from_u32(exponent >> i & 1)),
        inverse: Felt::from_u32(exponent).try_inverse().unwrap_or_default(),
        small: Felt::from_u32(1 << (exponent & 7)),
        power: felts(power),
        w: felts(w),
        count: Felt::from_u32(count),
    }
}
