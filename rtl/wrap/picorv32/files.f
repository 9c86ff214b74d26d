// What Verilator gets beside rtl/files.f, of which assay_core.sv here takes the place.
+define+RISCV_FORMAL
rtl/wrap/wrap_pkg.sv
rtl/wrap/wrap_fetch.sv
rtl/wrap/wrap_data.sv
rtl/wrap/wrap_session.sv
${ASSAY_SUITES}/pythondata_cpu_picorv32/verilog/picorv32.v
