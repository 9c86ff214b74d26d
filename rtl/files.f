// All sources of the RTL in order: packages, primitives, then blocks by folder. Paths are from the
// workspace's root: verilator --lint-only -Wall rtl/lint/waivers.vlt -f rtl/files.f --top-module X
rtl/generated/assay_abi_pkg.sv
rtl/generated/assay_plant_pkg.sv
rtl/prim/prim_fifo_sync.sv
rtl/prim/prim_plant.sv
rtl/prim/prim_ram_1r1w.sv
// core (rtl/core)
// trace (rtl/trace)
// top (rtl/top)
