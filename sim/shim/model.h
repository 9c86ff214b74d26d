// The Verilated tops behind one interface: one call is one clock cycle.
//
// Everything that has behaviour (memory, streams, checks) is on the Rust side; this side only moves pins.
#pragma once

#include <memory>

#include "rust/cxx.h"

namespace assay {

struct Drive;
struct Sample;
struct View;

// One instance of the RTL.
class Model {
 public:
  virtual ~Model() = default;

  // Applies the inputs, lets them settle, samples the outputs as the coming clock edge sees them, and clocks.
  virtual void cycle(const Drive& drive, Sample& sample) = 0;

  // Starts writing a VCD with the next cycle; false if this build of the model has no waves.
  virtual bool open_waves(rust::Str path) = 0;

  // Ends the VCD.
  virtual void close_waves() = 0;

  // Writes which lines ran and which signals toggled; false if this build of the model does not count them.
  virtual bool write_coverage(rust::Str path) = 0;

  // Which instruction was in which stage in the last cycle; zeros if the model does not tell.
  virtual void view(View& out) const = 0;

  // Where a SystemVerilog assertion failed, empty if none did.
  virtual rust::String failure() const = 0;
};

// The model for speed: no waves, no planted bugs.
std::unique_ptr<Model> new_fast();

// The model for looking inside: waves, and the planted bugs that `plusargs` name.
std::unique_ptr<Model> new_debug(rust::Slice<const rust::String> plusargs);

// The cores of rtl/wrap/ that were built, by name.
rust::Vec<rust::String> core_names();

// One of them, with waves and planted bugs; none if there is no such core.
std::unique_ptr<Model> new_core(rust::Str core, rust::Slice<const rust::String> plusargs);

}  // namespace assay
