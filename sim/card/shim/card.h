// The card behind one interface: words in, words out, one call is one clock cycle.
#pragma once

#include <cstdint>
#include <memory>

#include "rust/cxx.h"

namespace assay_card {

// One instance of bench_card.
class Model {
 public:
  virtual ~Model() = default;

  // How many words go in and come out.
  virtual std::size_t drive_words() const = 0;
  virtual std::size_t sample_words() const = 0;

  // Applies the inputs, lets them settle, samples the outputs as the coming clock edge sees them, and clocks.
  // The slices have the lengths above.
  virtual void cycle(bool rst_n, rust::Slice<const std::uint32_t> drive, rust::Slice<std::uint32_t> sample) = 0;

  // Whether a SystemVerilog assertion failed, and where.
  virtual bool failed() const = 0;
  virtual rust::String failure() const = 0;
};

// The card of that name; none if it is not in this build.
std::unique_ptr<Model> new_model(rust::Str name, rust::Slice<const rust::String> plusargs);

}  // namespace assay_card
