use p3_field::PrimeCharacteristicRing;
use p3_matrix::dense::RowMajorMatrix;

use super::Div;
use crate::{
    Felt,
    answers::{self, felts, limbs},
    calls::{Call, Calls},
    lut::Counts,
    op::Op,
};

const OPS: [Op; 4] = [Op::Div, Op::Divu, Op::Rem, Op::Remu];
const PADDING: Call = Call {
    op: Op::Divu,
    u: 0,
    v: 1,
};

/// One row for each distinct division in `calls`. Asks for their products: [`crate::mul::generate`] comes after it.
pub fn generate(
    calls: &mut Calls,
    counts: &mut Counts,
    min_log_height: usize,
) -> RowMajorMatrix<Felt> {
    let mut products = Calls::default();
    let width = Div::<Felt>::WIDTH;
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

/// The row for a division, its lookups, and the products that it asks for.
pub(crate) fn row(call: Call, count: u32, counts: &mut Counts, products: &mut Calls) -> Div<Felt> {
    let Call { op, u: a, v: b } = call;
    let signed = matches!(op, Op::Div | Op::Rem);
    let pair = if signed {
        [Op::Div, Op::Rem]
    } else {
        [Op::Divu, Op::Remu]
    };
    let [q, r] = pair.map(|op| op.apply(a, b).expect("every division has a row"));
    products.ask(Op::Mul, b, q);
    products.ask(if signed { Op::Mulh } else { Op::Mulhu }, b, q);

    let negative = |word: u32| signed && word >> 31 == 1;
    let (a_negative, b_negative) = (negative(a), negative(b));
    let r_negative = a_negative && r != 0;
    for (word, negative) in [(a, a_negative), (b, b_negative)] {
        if signed {
            counts.range(15, (word >> 16) - (u32::from(negative) << 15));
        }
    }
    limbs(r).iter().for_each(|&limb| counts.range16(limb));

    let borrow_low = limbs(r)[0] > limbs(a)[0];
    let borrow_high = r > a;

    let magnitude = |word: u32, negative: bool| if negative { word.wrapping_neg() } else { word };
    // What the low limbs give before the carry, by the signs that the constraints use.
    let signed_low = |word: u32, negative: bool| {
        let low = i64::from(limbs(word)[0]);
        if negative { -low } else { low }
    };
    let (margin, carry) = if b == 0 {
        (0, 0)
    } else {
        let margin = magnitude(b, b_negative) - magnitude(r, r_negative) - 1;
        let low = signed_low(b, b_negative) - signed_low(r, a_negative) - 1;
        (margin, low.div_euclid(1 << 16))
    };
    limbs(margin).iter().for_each(|&limb| counts.range16(limb));

    Div {
        signed: Felt::from_bool(signed),
        remainder: Felt::from_bool(matches!(op, Op::Rem | Op::Remu)),
        a: felts(a),
        b: felts(b),
        q: felts(q),
        r: felts(r),
        a_negative: Felt::from_bool(a_negative),
        b_negative: Felt::from_bool(b_negative),
        r_negative: Felt::from_bool(r_negative),
        by_zero: Felt::from_bool(b == 0),
        overflow: Felt::from_bool(signed && a == 1 << 31 && b == u32::MAX),
        borrow: [borrow_low, borrow_high].map(Felt::from_bool),
        margin: felts(margin),
        margin_carry: [0, 1].map(|bit| Felt::from_i64((carry + 2) >> bit & 1)),
        count: Felt::from_u32(count),
    }
}
