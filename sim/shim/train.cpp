// Runs a small program on the fast model while that counts how often each of its branches is taken. A release build links
// this with the model, runs it once, and compiles the model again with the counts; see build/profile.rs.
//
// Checks nothing. Memory answers after a fixed time, streams never pause. REG_… are the contract's offsets, from the build script.

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <deque>
#include <unordered_map>

#include "Vfast.h"
#include "verilated.h"

extern "C" void assay_core_view(unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned) {}

void vl_stop(const char* file, int line, const char*) { std::fprintf(stderr, "%s:%d: an assertion fails\n", file, line); }

namespace {

constexpr std::uint64_t kLatency = 30;
constexpr std::uint64_t kCycles = 120'000;
constexpr std::uint64_t kMemory = 1ull << 28, kShadow = 1ull << 39;
constexpr unsigned kText = 0x1000, kPage = 1024;

// Rounds of xorshift: words, bytes and halves in 16 KiB, a call with a loop, now and then a product or a quotient.
constexpr std::array<std::uint32_t, 42> kProgram = {
    0x00020437, 0x000044b7, 0x00100913,                                      // base, rounds, random number
    0x00d91293, 0x00594933, 0x01195293, 0x00594933, 0x00591293, 0x00594933,  // the next number
    0x00004337, 0xffc30313, 0x01237333, 0x00830333,                          // an address of it
    0x00032383, 0x012383b3, 0x00732023, 0x00134e03, 0x01c31123,              // lw, sw, lbu, sh
    0x03c000ef,                                                              // call
    0x00197e93, 0x000e8663, 0x03238f33, 0x01e3c3b3,                          // if odd: mul
    0x03f97e93, 0x000e9863, 0x0293df33, 0x01e90933, 0x00196913,              // one in 64: divu
    0xfff48493, 0xf8049ce3, 0x00000893, 0x00000513, 0x00000073,              // loop, halt
    0x00500a13, 0x00040a93,                                                  // the routine: five words
    0x000aaf83, 0x004a8a93, 0x007fb2b3, 0x005585b3, 0xfffa0a13, 0xfe0a16e3,  // lw, compare, loop
    0x00008067,                                                              // return
};

// Memory that is 0 where nothing was written.
class Memory {
 public:
  template <typename T>
  void read(std::uint64_t address, T* data, std::size_t bytes) {
    std::memcpy(data, page(address).data() + address % kPage, bytes);
  }

  void write(std::uint64_t address, const void* data, std::size_t bytes, std::uint64_t strobe) {
    auto& page = this->page(address);
    for (std::size_t i = 0; i < bytes; ++i) {
      if (strobe >> i & 1) page[address % kPage + i] = static_cast<const std::uint8_t*>(data)[i];
    }
  }

 private:
  std::array<std::uint8_t, kPage>& page(std::uint64_t address) { return pages_[address / kPage]; }

  std::unordered_map<std::uint64_t, std::array<std::uint8_t, kPage>> pages_;
};

// One AXI port's bursts in flight.
struct Port {
  struct Beat {
    std::uint64_t address, due;
    bool last;
  };

  std::deque<Beat> reads;
  std::deque<std::uint64_t> write_addresses, answers;
  std::uint64_t written = 0;
};

// What a port gets, before the clock edge.
#define DRIVE_READ(name, bytes)                                                              \
  top.name##_arready_i = 1;                                                                  \
  top.name##_rvalid_i = !name.reads.empty() && name.reads.front().due <= now;                \
  if (top.name##_rvalid_i) {                                                                 \
    memory.read(name.reads.front().address, &top.name##_rdata_i, bytes);                     \
    top.name##_rlast_i = name.reads.front().last;                                            \
  }

#define DRIVE_WRITE(name)                                                                    \
  top.name##_awready_i = top.name##_wready_i = 1;                                            \
  top.name##_bvalid_i = !name.answers.empty() && name.answers.front() <= now;

// What it says.
#define TAKE_READ(name, bytes)                                                               \
  if (top.name##_rvalid_i && top.name##_rready_o) name.reads.pop_front();                    \
  if (top.name##_arvalid_o) {                                                                \
    for (unsigned i = 0; i <= top.name##_arlen_o; ++i) {                                     \
      name.reads.push_back({top.name##_araddr_o + i * bytes, now + kLatency, i == top.name##_arlen_o}); \
    }                                                                                        \
  }

#define TAKE_WRITE(name, bytes)                                                              \
  if (top.name##_bvalid_i && top.name##_bready_o) name.answers.pop_front();                  \
  if (top.name##_awvalid_o) name.write_addresses.push_back(top.name##_awaddr_o);             \
  if (top.name##_wvalid_o && !name.write_addresses.empty()) {                                \
    const std::uint64_t address = name.write_addresses.front() + name.written++ * bytes;     \
    memory.write(address, &top.name##_wdata_o, bytes, top.name##_wstrb_o);                   \
    if (top.name##_wlast_o) {                                                                \
      name.write_addresses.pop_front();                                                      \
      name.written = 0;                                                                      \
      name.answers.push_back(now + kLatency);                                                \
    }                                                                                        \
  }

}  // namespace

int main() {
  Memory memory;
  for (std::uint64_t i = 0; i < kProgram.size(); ++i) {
    memory.write(kMemory + kText + 4 * i, &kProgram[i], 4, 0xf);
    memory.write(kShadow + 2 * (kText + 4 * i), &kProgram[i], 4, 0xf);
  }
  // Segments of 2^13 cycles, so that pages are copied often.
  const std::deque<std::pair<unsigned, unsigned>> session = {
      {REG_ENTRY_PC, kText},        {REG_TEXT_START, kText / kPage},   {REG_TEXT_END, kText / kPage + 1},
      {REG_PO2, 13},                {REG_INPUT_LENGTH, 0},             {REG_MEM_BASE, unsigned(kMemory >> 28)},
      {REG_SHADOW_BASE, unsigned(kShadow >> 29)}, {REG_CONTROL, REG_START},
  };
  VerilatedContext context;
  Vfast top(&context, "top");
  Port ibus, dbus, shadow;
  std::size_t next = 0;
  bool sent_address = false, sent_data = false;
  std::uint64_t records = 0;
  for (std::uint64_t now = 0; now < kCycles; ++now) {
    top.rst_ni = now >= 8;
    const bool writes = now > 8 && next < session.size();
    top.regs_awvalid_i = writes && !sent_address;
    top.regs_wvalid_i = writes && !sent_data;
    top.regs_bready_i = writes;
    if (writes) {
      top.regs_awaddr_i = session[next].first;
      top.regs_wdata_i = session[next].second;
      top.regs_wstrb_i = 0xf;
    }
    DRIVE_READ(ibus, 8)
    DRIVE_READ(dbus, 8)
    DRIVE_READ(shadow, 64)
    DRIVE_WRITE(dbus)
    DRIVE_WRITE(shadow)
    top.journal_ready_i = 1;
    top.trace_ready_i = 1;
    top.clk_i = 0;
    top.eval();
    if (top.rst_ni) {
      sent_address |= top.regs_awvalid_i && top.regs_awready_o;
      sent_data |= top.regs_wvalid_i && top.regs_wready_o;
      if (writes && top.regs_bvalid_o) {
        ++next;
        sent_address = sent_data = false;
      }
      TAKE_READ(ibus, 8)
      TAKE_READ(dbus, 8)
      TAKE_READ(shadow, 64)
      TAKE_WRITE(dbus, 8)
      TAKE_WRITE(shadow, 64)
      records += top.trace_valid_o;
    }
    top.clk_i = 1;
    top.eval();
  }
  top.final();
  // Without a trace it has trained on nothing.
  return records > kCycles / 4 ? 0 : 1;
}
