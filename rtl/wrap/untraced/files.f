// Our own core without a trace unit: assay_trace_unit.sv here takes its place. What tracing costs is the difference.
--no-trace
