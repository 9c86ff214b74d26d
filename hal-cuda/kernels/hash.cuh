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

// Of hash_rows: whether a sponge goes on, and whether it ends.
enum : u32 { CONTINUES = 1, ENDS = 2 };

// Up to four matrices of the same rows, side by side.
struct Rows {
  const u32* matrices[4];
  u32 widths[4];
};

// Absorbs rows: 8 words at a time in place of the first 8 of the state, and what is left at the end. `absorbed` words
// of the chunk under way are in the state that is carried, which lies word by word, all rows of a word together.
// Digests of `rows` up to `padded` are 0.
template <class Fp>
ASSAY_DEVICE void hash_rows(const Rows& input, u64 rows, u64 padded, u32 absorbed, u32 flags, u32* carried,
                            u32* digests) {
  Block block;
  block.last([&](u32 thread) {
    u64 row = static_cast<u64>(block.x()) * block.threads() + thread;
    if (row >= rows) {
      if (row < padded && (flags & ENDS)) {
#pragma unroll
        for (u32 i = 0; i < 8; ++i) digests[row * 8 + i] = 0;
      }
      return;
    }
    u32 state[16];
#pragma unroll
    for (u32 i = 0; i < 16; ++i) state[i] = (flags & CONTINUES) ? carried[i * rows + row] : 0;
    const u32* at = input.matrices[0] + row * input.widths[0];
    u32 left = input.widths[0], width1 = input.widths[1], width2 = input.widths[2], width3 = input.widths[3];
    const u32 *next1 = input.matrices[1], *next2 = input.matrices[2], *next3 = input.matrices[3];
    u32 end = absorbed + left + width1 + width2 + width3;
#pragma unroll 1
    for (u32 chunk = 0; chunk < end; chunk += 8) {
#pragma unroll
      for (u32 i = 0; i < 8; ++i) {
        u32 word = chunk + i;
        if (word >= absorbed && word < end) {
          if (left == 0) {
            at = next1 + row * width1;
            left = width1;
            next1 = next2, width1 = width2;
            next2 = next3, width2 = width3;
          }
          state[i] = *at++;
          --left;
        } else if (ASSAY_PLANT(11) && word >= end) {
          state[i] = 0;
        }
      }
      if (chunk + 8 <= end || (flags & ENDS)) Poseidon2<Fp>::permute(state);
    }
    if (flags & ENDS) {
#pragma unroll
      for (u32 i = 0; i < 8; ++i) digests[row * 8 + i] = state[i];
    } else {
#pragma unroll
      for (u32 i = 0; i < 16; ++i) carried[i * rows + row] = state[i];
    }
  });
}

// A layer of a tree from the one below: two digests to one, and that with the digest of a lower matrix's row where there
// are such. Nodes up to `padded` are 0.
template <class Fp>
ASSAY_DEVICE void compress(const u32* below, const u32* joined, u32* layer, u64 nodes, u64 padded, u32 joins) {
  Block block;
  block.last([&](u32 thread) {
    u64 node = static_cast<u64>(block.x()) * block.threads() + thread;
    if (node >= padded) return;
    u32 state[16];
    if (node < nodes) {
#pragma unroll
      for (u32 i = 0; i < 16; ++i) state[i] = below[node * 16 + i];
#pragma unroll 1
      for (u32 turn = 0;; ++turn) {
        Poseidon2<Fp>::permute(state);
        if (turn == joins) break;
        u64 row = ASSAY_PLANT(8) ? node / 2 : node;
#pragma unroll
        for (u32 i = 0; i < 8; ++i) state[8 + i] = joined[row * 8 + i];
      }
    } else {
#pragma unroll
      for (u32 i = 0; i < 8; ++i) state[i] = 0;
    }
#pragma unroll
    for (u32 i = 0; i < 8; ++i) layer[node * 8 + i] = state[i];
  });
}

// All layers above one of 2^log_nodes nodes, up to the root, by one block. Layers lie one behind the other.
template <class Fp>
ASSAY_DEVICE void top(u32* layers, u32 log_nodes) {
  Block block;
  const u32* below = layers;
  u32* layer = layers + (8u << log_nodes);
  // Shared memory of the layer below the one that is made, and of that one.
  u32 from = 0, to = 0;
#pragma unroll 1
  for (u32 log = log_nodes; log-- > 0;) {
    u32 nodes = 1u << log;
    bool first = log + 1 == log_nodes;
    to = from == 0 ? 16u << log_nodes : 0;
    if (ASSAY_PLANT(13)) to = from;
    block.phase([&](u32 thread) {
      for (u32 node = thread; node < nodes; node += block.threads()) {
        u32 state[16];
#pragma unroll
        for (u32 i = 0; i < 16; ++i) state[i] = first ? below[node * 16 + i] : block.load(from + (node * 16 + i) * 4);
        Poseidon2<Fp>::permute(state);
#pragma unroll
        for (u32 i = 0; i < 8; ++i) {
          block.store(to + (node * 8 + i) * 4, state[i]);
          layer[node * 8 + i] = state[i];
        }
      }
    });
    layer += 8u << log;
    from = to;
  }
}
