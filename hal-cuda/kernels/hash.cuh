// Poseidon2 over memory.
#pragma once

#include "poseidon2.cuh"

// States, a row of 16 each.
template <class Fp>
ASSAY_DEVICE void permute(const u32* input, u32* output, u64 states) {
  Block block;
  block.last([&](u32 thread) {
    u64 at = static_cast<u64>(block.x()) * block.threads() + thread;
    if (at >= states) return;
    u32 state[16];
#pragma unroll
    for (u32 i = 0; i < 16; ++i) state[i] = input[at * 16 + i];
    Poseidon2<Fp>::permute(state);
#pragma unroll
    for (u32 i = 0; i < 16; ++i) output[at * 16 + i] = state[i];
  });
}
