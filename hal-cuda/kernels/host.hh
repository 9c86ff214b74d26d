// A block on the host: one after the other, its threads one after the other in each phase. Shared memory is
// checked: what is out of bounds, and what is read before anybody wrote it, ends the launch with an error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

using u32 = std::uint32_t;
using i32 = std::int32_t;
using u64 = unsigned long long;
using i64 = long long;

// The launch that runs on this thread of the host.
struct Launch {
  u32 x = 0, y = 0, threads = 0;
  // Threads run from the last to the first: what depends on their order, differs.
  bool backwards = false;
  // The bug that is planted; 0 is none.
  u32 plant = 0;
  std::vector<u32> shared;
  std::vector<bool> written;
  // The first thing that was wrong; 0 if nothing was.
  u32 error = 0;

  enum : u32 { OutOfBounds = 1, Stale = 2 };
};

extern thread_local Launch assay_launch;

#define ASSAY_DEVICE inline

// The bits of a word, the lowest first.
inline u32 assay_reverse(u32 word) {
  u32 reversed = 0;
  for (u32 bit = 0; bit < 32; ++bit) reversed |= ((word >> bit) & 1) << (31 - bit);
  return reversed;
}

// Of a power of two.
#define assay_log2(power) (31u - static_cast<u32>(__builtin_clz(power)))

#define ASSAY_TABLE static const
#define ASSAY_KERNEL(name, threads, blocks, ...) static void name(__VA_ARGS__)
#define ASSAY_PLANT(bug) (assay_launch.plant == (bug))

inline i64 multiply_add(i32 a, i32 b, i64 c) { return static_cast<i64>(a) * b + c; }
inline i32 multiply_high(i32 a, i32 b) { return static_cast<i32>((static_cast<i64>(a) * b) >> 32); }

struct Block {
  u32 x() const { return assay_launch.x; }
  u32 y() const { return assay_launch.y; }
  u32 threads() const { return assay_launch.threads; }

  template <class Body>
  void phase(Body body) const {
    u32 count = assay_launch.threads;
    for (u32 i = 0; i < count; ++i) body(assay_launch.backwards ? count - 1 - i : i);
  }

  template <class Body>
  void last(Body body) const {
    phase(body);
  }

  u32 load(u32 address) const {
    Launch& launch = assay_launch;
    u32 word = address / 4;
    if (address % 4 != 0 || word >= launch.shared.size()) return fail(Launch::OutOfBounds);
    if (!launch.written[word]) return fail(Launch::Stale);
    return launch.shared[word];
  }

  void store(u32 address, u32 value) const {
    Launch& launch = assay_launch;
    u32 word = address / 4;
    if (address % 4 != 0 || word >= launch.shared.size()) {
      fail(Launch::OutOfBounds);
      return;
    }
    launch.shared[word] = value;
    launch.written[word] = true;
  }

 private:
  static u32 fail(u32 error) {
    if (assay_launch.error == 0) assay_launch.error = error;
    return 0xa5a5a5a5;
  }
};
