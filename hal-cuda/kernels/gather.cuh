// What is opened of matrices and trees. Everything of one row lies together, `stride` words from row to row.
#pragma once

#include "assay.cuh"

// Rows `numbers[i] >> shift`.
ASSAY_DEVICE void gather_rows(const u32* matrix, u32 width, const u32* numbers, u32 count, u32 shift, u32* output,
                              u32 stride) {
  Block block;
  block.last([&](u32 thread) {
    u64 at = static_cast<u64>(block.x()) * block.threads() + thread;
    if (at >= static_cast<u64>(count) * width) return;
    u64 row = at / width;
    u32 column = static_cast<u32>(at - row * width);
    output[row * stride + column] = matrix[static_cast<u64>(numbers[row] >> shift) * width + column];
  });
}

// The siblings on the way to the root; `starts` says at which digest a layer starts.
ASSAY_DEVICE void gather_paths(const u32* digests, const u32* starts, u32 layers, const u32* numbers, u32 count,
                               u32* output, u32 stride) {
  Block block;
  block.last([&](u32 thread) {
    u64 at = static_cast<u64>(block.x()) * block.threads() + thread;
    u32 words = 8 * layers;
    if (at >= static_cast<u64>(count) * words) return;
    u64 row = at / words;
    u32 word = static_cast<u32>(at - row * words);
    u32 layer = word / 8;
    u32 sibling = (numbers[row] >> layer) ^ (ASSAY_PLANT(12) ? 0 : 1);
    output[row * stride + word] = digests[(static_cast<u64>(starts[layer]) + sibling) * 8 + word % 8];
  });
}
