// The engines' tops of rtl/bench behind one interface: words in, words out, one call is one clock cycle.
#pragma once

#include <cstdint>
#include <memory>

#include "rust/cxx.h"

namespace assay {

// One instance of an engine.
class Engine {
 public:
  virtual ~Engine() = default;

  // How many words go in and come out.
  virtual std::size_t drive_words() const = 0;
  virtual std::size_t sample_words() const = 0;

  // Applies the inputs, lets them settle, samples the outputs as the coming clock edge sees them, and clocks.
  // The slices have the lengths above.
  virtual void cycle(bool rst_n, rust::Slice<const std::uint32_t> drive, rust::Slice<std::uint32_t> sample) = 0;

  // Starts writing a VCD with the next cycle; false if the file cannot be written, or the engine is one that writes none.
  virtual bool open_waves(rust::Str path) = 0;

  // Where a SystemVerilog assertion failed, empty if none did.
  virtual rust::String failure() const = 0;
};

// The engine of that name; none if it is not in this build.
std::unique_ptr<Engine> new_engine(rust::Str name, rust::Slice<const rust::String> plusargs);

}  // namespace assay
