// A field of p = 2^31 - 2^K + 1. In memory an element x is the word x * 2^32 mod p, below p: Plonky3's own.
//
// Products are signed: of any two 32-bit integers a and b, a * b / 2^32 mod p comes out between
// -(2^30 + p / 2) and 2^30 + p / 2, within 32 bits, by four instructions and with no correction: the product, m = its
// low word / p, the high word of m * p, and the difference of the high words.
#pragma once

#include "assay.cuh"

template <u32 K>
struct Field {
  static constexpr u32 P = (1u << 31) - (1u << K) + 1;
  // 1 / p modulo 2^32.
  static constexpr u32 INVERSE = 1u + (1u << K) + (1u << 31);

  // value / 2^32 for |value| below 2^62.
  static ASSAY_DEVICE i32 reduce(i64 value) {
    // m * p and the value have the same low word: the high words' difference is exact.
    i32 m = static_cast<i32>(static_cast<u32>(value) * INVERSE);
    return static_cast<i32>(value >> 32) - multiply_high(m, static_cast<i32>(P));
  }

  static ASSAY_DEVICE i32 product(i32 a, i32 b) { return reduce(multiply_add(a, b, 0)); }

  // The word of what lies between -p and p.
  static ASSAY_DEVICE u32 word(i32 value) {
    u32 bits = static_cast<u32>(value);
    return lower(bits, bits + P);
  }

  // Of words, which are below p.
  static ASSAY_DEVICE u32 add(u32 a, u32 b) { return lower(a + b, a + b - P); }
  static ASSAY_DEVICE u32 subtract(u32 a, u32 b) { return lower(a - b, a - b + P); }
  static ASSAY_DEVICE u32 multiply(u32 a, u32 b) {
    return word(product(static_cast<i32>(a), static_cast<i32>(b)));
  }
  // (a - b) * w.
  static ASSAY_DEVICE u32 scaled_difference(u32 a, u32 b, u32 w) {
    return word(product(static_cast<i32>(a - b), static_cast<i32>(w)));
  }

  // a + constant for a constant in [-p, 0] and any |a| < p: between -p and p.
  static ASSAY_DEVICE i32 add_negative(i32 a, i32 constant) {
    return a + (constant + ((a >> 31) & static_cast<i32>(P)));
  }

 private:
  static ASSAY_DEVICE u32 lower(u32 a, u32 b) { return a < b ? a : b; }
};
