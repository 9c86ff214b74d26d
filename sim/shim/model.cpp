#include "assay-sim/shim/model.h"

#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>
#include <vector>

#include "Vdebug.h"
#include "Vfast.h"
#include "Vfast___024root.h"
#include "assay-sim/src/model.rs.h"
#include "models.h"
#include "verilated.h"
#if VM_COVERAGE
#include "verilated_cov.h"
#endif
#include "verilated_vcd_c.h"

namespace {

// Where the failure of an assertion is noted while a model evaluates on this thread.
thread_local std::string* failure_note = nullptr;

// Where core_view's report goes meanwhile.
thread_local assay::View* view_note = nullptr;

}  // namespace

// Called by core_view.sv at every clock edge.
extern "C" void assay_core_view(unsigned bits, unsigned if_pc, unsigned skid_pc, unsigned id_pc, unsigned ex_pc, unsigned mem_pc,
                                unsigned wb_pc) {
  if (view_note != nullptr) *view_note = {bits, if_pc, skid_pc, id_pc, ex_pc, mem_pc, wb_pc};
}

// Verilator's runtime is built with VL_USER_STOP: a failed assertion ends the run with a report, not the process.
void vl_stop(const char* filename, int linenum, const char* hier) {
  if (failure_note != nullptr && failure_note->empty()) {
    *failure_note = std::string(filename) + ":" + std::to_string(linenum) + (*hier != 0 ? std::string(" in ") + hier : std::string());
  }
}

namespace assay {
namespace {

// A wide port holds 32-bit words, least significant first: the little-endian bytes of a beat.
template <typename Port>
void to_port(Port& port, const std::array<std::uint32_t, 16>& words) {
  std::memcpy(&port[0], words.data(), sizeof(words));
}

template <typename Port>
void from_port(std::array<std::uint32_t, 16>& words, const Port& port) {
  std::memcpy(words.data(), &port[0], sizeof(words));
}

// Makes a model believe that its clock is low, as Verilator since 5.02x notes it: the next evaluation with the clock high is an edge.
// False of a Verilator that notes it elsewhere.
template <typename Root>
auto lower_clock(Root& root, int) -> decltype(root.__Vtrigprevexpr___TOP__clk_i__0, bool()) {
  root.__Vtrigprevexpr___TOP__clk_i__0 = 0;
  return true;
}

template <typename Root>
bool lower_clock(Root&, long) {
  return false;
}

template <typename Top, bool HasWaves>
class VerilatedModel final : public Model {
 public:
  explicit VerilatedModel(const std::vector<std::string>& plusargs) {
    std::vector<const char*> argv{"assay"};
    for (const auto& arg : plusargs) argv.push_back(arg.c_str());
    context_.commandArgs(static_cast<int>(argv.size()), argv.data());
    context_.traceEverOn(HasWaves);
    top_ = std::make_unique<Top>(&context_, "top");
    // Initial values settle with the clock low, so that the first cycle ends with an edge.
    top_->eval();
  }

  ~VerilatedModel() override {
    close_waves();
    // The runtime finds the context by the thread, and there it is that of the model which ran last, perhaps long gone.
    Verilated::threadContextp(&context_);
    top_->final();
    top_.reset();
  }

  void cycle(const Drive& drive, Sample& sample) override {
    failure_note = &failure_;
    view_note = &view_;
    apply(drive);
    if (!skips_low_phase()) {
      top_->clk_i = 0;
      top_->eval();
    }
    take(sample);
    dump();
    top_->clk_i = 1;
    top_->eval();
    dump();
    sample.failed = !failure_.empty();
    failure_note = nullptr;
    view_note = nullptr;
  }

  void view(View& out) const override { out = view_; }

  bool open_waves(rust::Str path) override {
    if constexpr (HasWaves) {
      waves_ = std::make_unique<VerilatedVcdC>();
      top_->trace(waves_.get(), 99);
      waves_->open(std::string(path).c_str());
      return waves_->isOpen();
    }
    return false;
  }

  void close_waves() override {
    if (waves_ != nullptr) waves_->close();
    waves_.reset();
  }

  bool write_coverage(rust::Str path) override {
#if VM_COVERAGE
    context_.coveragep()->write(std::string(path));
    return true;
#else
    (void)path;
    return false;
#endif
  }

  rust::String failure() const override { return failure_; }

 private:
  void apply(const Drive& in) {
    Top& top = *top_;
    top.rst_ni = in.rst_n;

    top.regs_awvalid_i = in.regs_awvalid;
    top.regs_awaddr_i = in.regs_addr;
    top.regs_awprot_i = 0;
    top.regs_wvalid_i = in.regs_wvalid;
    top.regs_wdata_i = in.regs_wdata;
    top.regs_wstrb_i = 0xf;
    top.regs_bready_i = in.regs_bready;
    top.regs_arvalid_i = in.regs_arvalid;
    top.regs_araddr_i = in.regs_addr;
    top.regs_arprot_i = 0;
    top.regs_rready_i = in.regs_rready;

    top.ibus_arready_i = in.ibus.arready;
    top.ibus_rvalid_i = in.ibus.rvalid;
    top.ibus_rdata_i = in.ibus_rdata;
    top.ibus_rresp_i = 0;
    top.ibus_rlast_i = in.ibus.rlast;

    top.dbus_awready_i = in.dbus.awready;
    top.dbus_wready_i = in.dbus.wready;
    top.dbus_bvalid_i = in.dbus.bvalid;
    top.dbus_bresp_i = 0;
    top.dbus_arready_i = in.dbus.arready;
    top.dbus_rvalid_i = in.dbus.rvalid;
    top.dbus_rdata_i = in.dbus_rdata;
    top.dbus_rresp_i = 0;
    top.dbus_rlast_i = in.dbus.rlast;

    top.shadow_awready_i = in.shadow.awready;
    top.shadow_wready_i = in.shadow.wready;
    top.shadow_bvalid_i = in.shadow.bvalid;
    top.shadow_bresp_i = 0;
    top.shadow_arready_i = in.shadow.arready;
    top.shadow_rvalid_i = in.shadow.rvalid;
    if (in.shadow.rvalid) to_port(top.shadow_rdata_i, in.shadow_rdata);
    top.shadow_rresp_i = 0;
    top.shadow_rlast_i = in.shadow.rlast;

    top.input_valid_i = in.input_valid;
    top.input_data_i = in.input_data;
    top.journal_ready_i = in.journal_ready;
    top.trace_ready_i = in.trace_ready;
  }

  void take(Sample& out) {
    Top& top = *top_;
    out.regs_awready = top.regs_awready_o;
    out.regs_wready = top.regs_wready_o;
    out.regs_bvalid = top.regs_bvalid_o;
    out.regs_bresp = top.regs_bresp_o;
    out.regs_arready = top.regs_arready_o;
    out.regs_rvalid = top.regs_rvalid_o;
    out.regs_rdata = top.regs_rdata_o;
    out.regs_rresp = top.regs_rresp_o;

    out.ibus.arvalid = top.ibus_arvalid_o;
    out.ibus.araddr = top.ibus_araddr_o;
    out.ibus.arlen = top.ibus_arlen_o;
    out.ibus.arsize = top.ibus_arsize_o;
    out.ibus.arburst = top.ibus_arburst_o;
    out.ibus.rready = top.ibus_rready_o;

    out.dbus.awvalid = top.dbus_awvalid_o;
    out.dbus.awaddr = top.dbus_awaddr_o;
    out.dbus.awlen = top.dbus_awlen_o;
    out.dbus.awsize = top.dbus_awsize_o;
    out.dbus.awburst = top.dbus_awburst_o;
    out.dbus.wvalid = top.dbus_wvalid_o;
    out.dbus.wlast = top.dbus_wlast_o;
    out.dbus.wstrb = top.dbus_wstrb_o;
    out.dbus.bready = top.dbus_bready_o;
    out.dbus.arvalid = top.dbus_arvalid_o;
    out.dbus.araddr = top.dbus_araddr_o;
    out.dbus.arlen = top.dbus_arlen_o;
    out.dbus.arsize = top.dbus_arsize_o;
    out.dbus.arburst = top.dbus_arburst_o;
    out.dbus.rready = top.dbus_rready_o;
    out.dbus_wdata = top.dbus_wdata_o;

    out.shadow.awvalid = top.shadow_awvalid_o;
    out.shadow.awaddr = top.shadow_awaddr_o;
    out.shadow.awlen = top.shadow_awlen_o;
    out.shadow.awsize = top.shadow_awsize_o;
    out.shadow.awburst = top.shadow_awburst_o;
    out.shadow.wvalid = top.shadow_wvalid_o;
    out.shadow.wlast = top.shadow_wlast_o;
    out.shadow.wstrb = top.shadow_wstrb_o;
    out.shadow.bready = top.shadow_bready_o;
    out.shadow.arvalid = top.shadow_arvalid_o;
    out.shadow.araddr = top.shadow_araddr_o;
    out.shadow.arlen = top.shadow_arlen_o;
    out.shadow.arsize = top.shadow_arsize_o;
    out.shadow.arburst = top.shadow_arburst_o;
    out.shadow.rready = top.shadow_rready_o;
    if (top.shadow_wvalid_o) from_port(out.shadow_wdata, top.shadow_wdata_o);

    out.input_ready = top.input_ready_o;
    out.journal_valid = top.journal_valid_o;
    out.journal_data = top.journal_data_o;
    out.trace_valid = top.trace_valid_o;
    out.trace_last = top.trace_last_o;
    if (top.trace_valid_o) from_port(out.trace_data, top.trace_data_o);
  }

  // Our top drives every output from a register: nothing that is sampled before an edge depends on what was applied since the last one, and
  // nothing happens at a falling edge. So the fast model evaluates once a cycle; sim/tests/lockstep.rs compares it with the other, which
  // evaluates twice.
  bool skips_low_phase() {
    if constexpr (std::is_same_v<Top, Vfast>) return lower_clock(*top_->rootp, 0);
    return false;
  }

  // Two steps of time a cycle: even with the clock low and everything settled, odd after the edge.
  void dump() {
    if (waves_ != nullptr) waves_->dump(time_);
    ++time_;
  }

  VerilatedContext context_;
  std::unique_ptr<Top> top_;
  std::unique_ptr<VerilatedVcdC> waves_;
  std::uint64_t time_ = 0;
  std::string failure_;
  View view_{};
};

std::vector<std::string> strings(rust::Slice<const rust::String> plusargs) {
  std::vector<std::string> args;
  for (const auto& arg : plusargs) args.emplace_back(arg);
  return args;
}

}  // namespace

std::unique_ptr<Model> new_fast() { return std::make_unique<VerilatedModel<Vfast, false>>(std::vector<std::string>{}); }

std::unique_ptr<Model> new_debug(rust::Slice<const rust::String> plusargs) {
  return std::make_unique<VerilatedModel<Vdebug, true>>(strings(plusargs));
}

rust::Vec<rust::String> core_names() {
  rust::Vec<rust::String> names;
#define ASSAY_NAME(name, Top, has_waves) names.push_back(name);
  ASSAY_FOR_EACH_CORE(ASSAY_NAME)
#undef ASSAY_NAME
  return names;
}

std::unique_ptr<Model> new_core(rust::Str core, rust::Slice<const rust::String> plusargs) {
  const std::string wanted(core);
  const auto args = strings(plusargs);
#define ASSAY_MAKE(name, Top, has_waves) \
  if (wanted == name) return std::make_unique<VerilatedModel<Top, has_waves>>(args);
  ASSAY_FOR_EACH_CORE(ASSAY_MAKE)
#undef ASSAY_MAKE
  return nullptr;
}

}  // namespace assay
