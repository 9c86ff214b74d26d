//! Latencies of the units in `rtl/field`, as `field_pkg` has them; `sim/engines/tests/field.rs` measures them.

use super::FieldId;

/// `field_add`.
pub const ADD_LATENCY: usize = 1;
/// `field_sub`.
pub const SUB_LATENCY: usize = 1;

/// Partial products of a multiplier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Products {
    /// Three, with sums in front: Karatsuba.
    Three,
    /// Four.
    Four,
}

/// `field_mul`.
#[must_use]
pub fn mul_latency(products: Products) -> usize {
    match products {
        Products::Three => 8,
        Products::Four => 7,
    }
}

/// `field_reduce` of an integer of `width` bits.
#[must_use]
pub fn reduce_latency(field: FieldId, width: u32) -> usize {
    if field == FieldId::KoalaBear || width <= 34 {
        2
    } else {
        3
    }
}

/// `field_ext_mul`: scaling by the extension's constant, products, their sum, reduction.
#[must_use]
pub fn ext_mul_latency(field: FieldId, products: Products) -> usize {
    reduce_latency(field, 35) + mul_latency(products) + 1 + reduce_latency(field, 33)
}
