#include "assay-card-sim/shim/card.h"

#include <cstring>
#include <string>
#include <vector>

#include "engines.h"
#include "verilated.h"

namespace {

// Where the failure of an assertion is noted while a card evaluates on this thread.
thread_local std::string* failure_note = nullptr;

}  // namespace

// What these models call where others call VL_STOP_MT: a failed assertion ends the run with a report.
void assay_card_stop(const char* filename, int linenum, const char* hier, bool) {
  if (failure_note != nullptr && failure_note->empty()) {
    *failure_note = std::string(filename) + ":" + std::to_string(linenum) + (*hier != 0 ? std::string(" in ") + hier : std::string());
  }
}

// Called by core_view.sv at every clock edge; nobody looks here. Where the models of `sim` are linked too, theirs is taken.
extern "C" __attribute__((weak)) void assay_core_view(unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned) {}

namespace assay_card {
namespace {

template <typename Top>
class VerilatedModel final : public Model {
 public:
  explicit VerilatedModel(const std::vector<std::string>& plusargs) {
    std::vector<const char*> argv{"assay"};
    for (const auto& arg : plusargs) argv.push_back(arg.c_str());
    context_.commandArgs(static_cast<int>(argv.size()), argv.data());
    top_ = std::make_unique<Top>(&context_, "top");
  }

  ~VerilatedModel() override {
    // The runtime finds the context by the thread, and there it is that of the model which ran last, perhaps long gone.
    Verilated::threadContextp(&context_);
    top_->final();
    top_.reset();
  }

  std::size_t drive_words() const override { return sizeof(top_->drive_i) / sizeof(std::uint32_t); }
  std::size_t sample_words() const override { return sizeof(top_->sample_o) / sizeof(std::uint32_t); }

  void cycle(bool rst_n, rust::Slice<const std::uint32_t> drive, rust::Slice<std::uint32_t> sample) override {
    failure_note = &failure_;
    std::memcpy(&top_->drive_i, drive.data(), sizeof(top_->drive_i));
    top_->rst_ni = rst_n;
    top_->clk_i = 0;
    top_->eval();
    std::memcpy(sample.data(), &top_->sample_o, sizeof(top_->sample_o));
    top_->clk_i = 1;
    top_->eval();
    failure_note = nullptr;
  }

  bool failed() const override { return !failure_.empty(); }
  rust::String failure() const override { return failure_; }

 private:
  VerilatedContext context_;
  std::unique_ptr<Top> top_;
  std::string failure_;
};

}  // namespace

std::unique_ptr<Model> new_model(rust::Str name, rust::Slice<const rust::String> plusargs) {
  std::vector<std::string> args;
  for (const auto& arg : plusargs) args.emplace_back(arg);
  const std::string wanted(name);
#define ASSAY_NEW(card, waves) \
  if (wanted == #card) return std::make_unique<VerilatedModel<Ve_##card>>(args);
  ASSAY_ENGINES(ASSAY_NEW)
#undef ASSAY_NEW
  return nullptr;
}

}  // namespace assay_card
