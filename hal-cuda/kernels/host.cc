// The kernels as functions of the host, and the one function by which they are called.

#include <cstring>
#include <type_traits>
#include <utility>

#include "koalabear.cu"
#include "babybear.cu"

thread_local Launch assay_launch;

namespace {

template <class T>
T argument(u64 bits) {
  if constexpr (std::is_pointer_v<T>) {
    return reinterpret_cast<T>(static_cast<std::uintptr_t>(bits));
  } else {
    return static_cast<T>(bits);
  }
}

template <class... A, std::size_t... I>
void call(void (*kernel)(A...), const u64* arguments, std::index_sequence<I...>) {
  kernel(argument<A>(arguments[I])...);
}

// Runs a block; gives the number of arguments that it takes.
using Run = std::size_t (*)(const u64* arguments);

template <auto kernel>
struct Runner;

template <class... A, void (*kernel)(A...)>
struct Runner<kernel> {
  static std::size_t run(const u64* arguments) {
    if (arguments != nullptr) call(kernel, arguments, std::index_sequence_for<A...>{});
    return sizeof...(A);
  }
};

struct Entry {
  const char* name;
  Run run;
};

#define ASSAY_ENTRY(name) {#name, Runner<name>::run}
#define ASSAY_KERNELS(field)                                                                     \
  ASSAY_ENTRY(assay_##field##_permute), ASSAY_ENTRY(assay_##field##_hash_rows),                  \
      ASSAY_ENTRY(assay_##field##_compress), ASSAY_ENTRY(assay_##field##_top),                   \
      ASSAY_ENTRY(assay_##field##_gather_rows), ASSAY_ENTRY(assay_##field##_gather_paths),       \
      ASSAY_ENTRY(assay_##field##_ntt_pass), ASSAY_ENTRY(assay_##field##_lde_middle),         \
      ASSAY_ENTRY(assay_##field##_copy), ASSAY_ENTRY(assay_##field##_products)
const Entry entries[] = {
    ASSAY_KERNELS(koalabear),
    ASSAY_KERNELS(babybear),
};

}  // namespace

// What a launch consists of.
struct HostGrid {
  u32 blocks[3];
  u32 threads;
  u32 shared_words;
  u32 backwards;
  u32 plant;
};

// 0: done; 1, 2: see Launch; 3: no such kernel; 4: it takes another number of arguments; 5: no memory.
extern "C" u32 assay_host_launch(const char* name, const HostGrid* grid, const u64* arguments, std::size_t count) {
  for (const Entry& entry : entries) {
    if (std::strcmp(entry.name, name) != 0) continue;
    if (entry.run(nullptr) != count) return 4;
    try {
      Launch& launch = assay_launch;
      launch.threads = grid->threads;
      launch.backwards = grid->backwards != 0;
      launch.plant = grid->plant;
      launch.error = 0;
      for (u32 y = 0; y < grid->blocks[1]; ++y) {
        for (u32 x = 0; x < grid->blocks[0]; ++x) {
          launch.x = x;
          launch.y = y;
          launch.shared.assign(grid->shared_words, 0xa5a5a5a5);
          launch.written.assign(grid->shared_words, false);
          entry.run(arguments);
        }
      }
      return launch.error;
    } catch (...) {
      return 5;
    }
  }
  return 3;
}
