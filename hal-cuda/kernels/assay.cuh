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
#define assay_log2(power) (31u - __clz(power))
#define ASSAY_TABLE __constant__ const
#define ASSAY_KERNEL(name, threads, blocks, ...) \
  extern "C" __global__ void __launch_bounds__(threads, blocks) name(__VA_ARGS__)
// Bugs that tests plant are in host builds alone.
#define ASSAY_PLANT(bug) false

// a * b + c by one instruction. Of a constant b a compiler makes several otherwise.
ASSAY_DEVICE i64 multiply_add(i32 a, i32 b, i64 c) {
  i64 sum;
  asm("mad.wide.s32 %0, %1, %2, %3;" : "=l"(sum) : "r"(a), "r"(b), "l"(c));
  return sum;
}

// The high word of a product.
ASSAY_DEVICE i32 multiply_high(i32 a, i32 b) { return __mulhi(a, b); }

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

  // Words of shared memory, by their address in bytes.
  ASSAY_DEVICE u32 load(u32 address) const { return *shared(address); }
  ASSAY_DEVICE void store(u32 address, u32 value) const { *shared(address) = value; }

 private:
  ASSAY_DEVICE static u32* shared(u32 address) {
    extern __shared__ u32 assay_shared[];
    return reinterpret_cast<u32*>(reinterpret_cast<char*>(assay_shared) + address);
  }
};

#endif
