// All sources of the RTL in order: packages, primitives, then blocks by folder. Paths are from the
// workspace's root: verilator --lint-only -Wall rtl/lint/waivers.vlt -f rtl/files.f --top-module X
rtl/generated/assay_abi_pkg.sv
rtl/generated/assay_plant_pkg.sv
rtl/generated/assay_regs_pkg.sv
rtl/generated/assay_regs.sv
rtl/prim/prim_check.sv
rtl/prim/prim_stable_check.sv
rtl/prim/prim_fifo_sync.sv
rtl/prim/prim_plant.sv
rtl/prim/prim_ram_1r1w.sv
rtl/prim/prim_ram_lanes.sv
// core (rtl/core)
rtl/core/core_pkg.sv
rtl/core/core_regfile.sv
rtl/core/core_btb.sv
rtl/core/core_icache.sv
rtl/core/core_fetch.sv
rtl/core/core_decode.sv
rtl/core/core_late_mux.sv
rtl/core/core_issue.sv
rtl/core/core_alu.sv
rtl/core/core_mul.sv
rtl/core/core_div.sv
rtl/core/core_execute.sv
rtl/core/core_dcache.sv
rtl/core/core_align.sv
rtl/core/core_lsu.sv
rtl/core/core_ecall.sv
rtl/core/core_retire.sv
rtl/core/core_control.sv
rtl/core/core_perf.sv
rtl/core/core_checks.sv
rtl/core/core_view.sv
rtl/core/assay_core.sv
// trace (rtl/trace)
rtl/trace/trace_pkg.sv
rtl/trace/trace_fifo.sv
rtl/trace/trace_decode.sv
rtl/trace/trace_fault.sv
rtl/trace/trace_registers.sv
rtl/trace/trace_normalise.sv
rtl/trace/trace_page_tracker.sv
rtl/trace/trace_segmenter.sv
rtl/trace/trace_shadow_tags.sv
rtl/trace/trace_fetch.sv
rtl/trace/trace_writeback.sv
rtl/trace/trace_shadow_data.sv
rtl/trace/trace_reg_times.sv
rtl/trace/trace_packer.sv
rtl/trace/assay_trace_unit.sv
// top (rtl/top)
rtl/top/top_axi_quiet.sv
rtl/top/top_session.sv
rtl/top/assay_witness_top.sv
