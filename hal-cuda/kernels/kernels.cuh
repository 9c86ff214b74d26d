// Every kernel of one field; the file that includes this says which: ASSAY_NAME(kernel), and Parameters.

// Threads of a block, and blocks that a multiprocessor has to hold.
ASSAY_KERNEL(ASSAY_NAME(permute), 128, 4, const u32* input, u32* output, u64 states) {
  permute<Parameters>(input, output, states);
}
