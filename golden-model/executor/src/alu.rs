//! What the instructions that only compute give, as the host's own arithmetic has it.

#[inline(always)]
pub(crate) const fn set(condition: bool) -> u32 {
    condition as u32
}

#[inline(always)]
pub(crate) const fn lt(a: u32, b: u32) -> bool {
    (a as i32) < (b as i32)
}

#[inline(always)]
pub(crate) const fn sra(a: u32, shift: u32) -> u32 {
    (a as i32).wrapping_shr(shift) as u32
}

#[inline(always)]
pub(crate) const fn mulh(a: u32, b: u32) -> u32 {
    ((a as i32 as i64 * b as i32 as i64) >> 32) as u32
}

#[inline(always)]
pub(crate) const fn mulhsu(a: u32, b: u32) -> u32 {
    ((a as i32 as i64 * b as i64) >> 32) as u32
}

#[inline(always)]
pub(crate) const fn mulhu(a: u32, b: u32) -> u32 {
    ((a as u64 * b as u64) >> 32) as u32
}

#[inline(always)]
pub(crate) const fn div(a: u32, b: u32) -> u32 {
    if b == 0 {
        u32::MAX
    } else {
        // Wrapping: -2^31 / -1 is -2^31.
        (a as i32).wrapping_div(b as i32) as u32
    }
}

#[inline(always)]
pub(crate) const fn divu(a: u32, b: u32) -> u32 {
    match a.checked_div(b) {
        Some(quotient) => quotient,
        None => u32::MAX,
    }
}

#[inline(always)]
pub(crate) const fn rem(a: u32, b: u32) -> u32 {
    if b == 0 {
        a
    } else {
        (a as i32).wrapping_rem(b as i32) as u32
    }
}

#[inline(always)]
pub(crate) const fn remu(a: u32, b: u32) -> u32 {
    match a.checked_rem(b) {
        Some(rest) => rest,
        None => a,
    }
}

/// The byte of a word at an address, and its neighbours above.
#[inline(always)]
pub(crate) const fn lane(word: u32, address: u32) -> u32 {
    word >> (8 * (address & 3))
}

/// A word with the `mask`ed low bits of `value` put in at an address.
#[inline(always)]
pub(crate) const fn merge(word: u32, value: u32, mask: u32, address: u32) -> u32 {
    let shift = 8 * (address & 3);
    word & !(mask << shift) | (value & mask) << shift
}
