// What a device reaches at best: a copy, and products that wait for none but those of their own chain.
#pragma once

#include "field.cuh"

// A thread takes four words, which lie as many words apart as the block has threads: four loads are under way together.
ASSAY_DEVICE void copy_words(const u32* source, u32* target, u64 words) {
  Block block;
  block.last([&](u32 thread) {
    u64 first = static_cast<u64>(block.x()) * block.threads() * 4 + thread;
    u32 held[4] = {};
#pragma unroll
    for (u32 i = 0; i < 4; ++i) {
      u64 at = first + static_cast<u64>(i) * block.threads();
      if (at < words) held[i] = source[at];
    }
#pragma unroll
    for (u32 i = 0; i < 4; ++i) {
      u64 at = first + static_cast<u64>(i) * block.threads();
      if (at < words) target[at] = held[i];
    }
  });
}

// Each thread multiplies eight elements by `factor`, `rounds` times, and leaves the words of their sum.
template <class F>
ASSAY_DEVICE void products(u32* output, u32 factor, u32 rounds) {
  Block block;
  block.last([&](u32 thread) {
    u64 at = static_cast<u64>(block.x()) * block.threads() + thread;
    i32 chains[8];
#pragma unroll
    for (u32 i = 0; i < 8; ++i) chains[i] = static_cast<i32>(8 * static_cast<u32>(at & 0xffff) + i);
#pragma unroll 1
    for (u32 round = 0; round < rounds; ++round) {
#pragma unroll
      for (u32 i = 0; i < 8; ++i) chains[i] = F::product(chains[i], static_cast<i32>(factor));
    }
    u32 sum = 0;
#pragma unroll
    for (u32 i = 0; i < 8; ++i) sum = F::add(sum, F::multiply(static_cast<u32>(chains[i]), 1));
    output[at] = sum;
  });
}
