// Poseidon2 of width 16 on a state in registers.
//
// A state between rounds is signed, within about p / 2 after an external layer, and scaled: its words are f
// times the permutation's, where f depends on the round alone. Layers add in 64 bits, by instructions that multiply
// and add: everything times FACTOR, which is no sum of two powers of two, since of an addition of a signed word
// to 64 bits a compiler makes three instructions. Then they reduce, which divides by 2^32. f takes that up, the
// constants are scaled accordingly (generated/*.cuh), and the last step multiplies by 1 / f.
#pragma once

#include "field.cuh"

template <class Fp>
struct Poseidon2 {
  using F = typename Fp::F;

  static ASSAY_DEVICE i32 sbox(i32 x) {
    i32 square = F::product(x, x);
    i32 cube = F::product(square, x);
    if constexpr (Fp::DEGREE == 3) return cube;
    return F::product(F::product(cube, cube), x);
  }

  // 2M, M, M, M in turns, M = [2 3 1 1; 1 2 3 1; 1 1 2 3; 3 1 1 2]; multiplies by FACTOR / 2^32, and adds
  // constants within p / 2.
  static ASSAY_DEVICE void external(i32 (&x)[16], const i32* constants) {
    i64 y[16];
#pragma unroll
    for (u32 i = 0; i < 16; i += 4) {
      i64 sum = 0;
#pragma unroll
      for (u32 j = 0; j < 4; ++j) sum = multiply_add(x[i + j], Fp::FACTOR, sum);
#pragma unroll
      for (u32 j = 0; j < 4; ++j) {
        y[i + j] = multiply_add(x[i + (j + 1) % 4], 2 * Fp::FACTOR, multiply_add(x[i + j], Fp::FACTOR, sum));
      }
    }
#pragma unroll
    for (u32 j = 0; j < 4; ++j) {
      i64 sum = y[j] + y[j + 4] + y[j + 8] + y[j + 12];
#pragma unroll
      for (u32 i = j; i < 16; i += 4) x[i] = F::reduce(y[i] + sum) + constants[i];
    }
  }

  // x_i to d_i * x_i + sum of all.
  static ASSAY_DEVICE void internal(i32 (&x)[16]) {
    i64 sum = 0;
#pragma unroll
    for (u32 i = 0; i < 16; ++i) sum = multiply_add(x[i], Fp::FACTOR, sum);
    // The sum times 2^32, in 62 bits.
    i64 shifted = multiply_add(F::reduce(sum), Fp::SQUARE, 0);
#pragma unroll
    for (u32 i = 0; i < 16; ++i) {
      x[i] = F::reduce(multiply_add(x[i], Fp::diagonal(i), shifted));
    }
  }

  // State and result are words.
  static ASSAY_DEVICE void permute(u32 (&state)[16]) {
    i32 x[16];
#pragma unroll
    for (u32 i = 0; i < 16; ++i) x[i] = static_cast<i32>(state[i]);
    external(x, Fp::full(0));
#pragma unroll 1
    for (u32 round = 1; round <= 4; ++round) full_round(x, round);
#pragma unroll 1
    for (u32 round = 0; round < Fp::PARTIAL; ++round) {
      x[0] = F::product(sbox(x[0]), Fp::RESCALE);
      internal(x);
      // Of the next partial round.
      x[0] = F::add_negative(x[0], Fp::partial(round));
    }
#pragma unroll
    for (u32 i = 0; i < 16; ++i) x[i] = F::add_negative(x[i], Fp::between(ASSAY_PLANT(6) && i == 15 ? 14 : i));
#pragma unroll 1
    for (u32 round = 5; round <= 8; ++round) full_round(x, round);
#pragma unroll
    for (u32 i = 0; i < 16; ++i) state[i] = F::word(F::product(x[i], Fp::UNSCALE));
  }

 private:
  static ASSAY_DEVICE void full_round(i32 (&x)[16], u32 round) {
#pragma unroll
    for (u32 i = 0; i < 16; ++i) x[i] = sbox(x[i]);
    external(x, Fp::full(round));
  }
};
