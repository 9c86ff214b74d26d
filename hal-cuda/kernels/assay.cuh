// What kernels are written in: plain CUDA C++, or the same text compiled for the host (ASSAY_HOST), where
// blocks and threads are loops.
//
// A kernel is a sequence of phases. All threads of a block do a phase before any does the next; nothing
// that a thread keeps outlives a phase, except in shared memory.
#pragma once

#ifdef ASSAY_HOST

#include "host.hh"

#else

using u32 = unsigned int;
using i32 = int;
using u64 = unsigned long long;
using i64 = long long;

#define ASSAY_DEVICE __device__ __forceinline__
#define assay_reverse __brev
#define ASSAY_TABLE __constant__ const
#define ASSAY_KERNEL(name, threads, blocks, ...) \
  extern "C" __global__ void __launch_bounds__(threads, blocks) name(__VA_ARGS__)
// Bugs that tests plant are in host builds alone.
#define ASSAY_PLANT(bug) false

// The block that this thread is of.
struct Block {
  ASSAY_DEVICE u32 x() const { return blockIdx.x; }
  ASSAY_DEVICE u32 y() const { return blockIdx.y; }
  ASSAY_DEVICE u32 threads() const { return blockDim.x; }

  template <class Body>
  ASSAY_DEVICE void phase(Body body) const {
    body(threadIdx.x);
    __syncthreads();
  }

  // The last phase of a kernel, or its only one: nobody waits.
  template <class Body>
  ASSAY_DEVICE void last(Body body) const {
    body(threadIdx.x);
  }

  ASSAY_DEVICE u32 load(u32 word) const { return shared()[word]; }
  ASSAY_DEVICE void store(u32 word, u32 value) const { shared()[word] = value; }

 private:
  ASSAY_DEVICE static u32* shared() {
    extern __shared__ u32 assay_shared[];
    return assay_shared;
  }
};

#endif
