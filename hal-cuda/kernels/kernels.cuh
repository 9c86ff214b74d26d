// Every kernel of one field; the file that includes this says which: ASSAY_NAME(kernel), and Parameters.
// In brackets: most threads of a block, and how many blocks a multiprocessor is to hold, which bounds registers.

ASSAY_KERNEL(ASSAY_NAME(permute), 128, 4, const u32* input, u32* output, u64 states) {
  permute<Parameters>(input, output, states);
}

ASSAY_KERNEL(ASSAY_NAME(hash_rows), 128, 4, const u32* matrix0, u32 width0, const u32* matrix1, u32 width1,
             const u32* matrix2, u32 width2, const u32* matrix3, u32 width3, u64 rows, u64 padded, u32 absorbed,
             u32 flags, u32* carried, u32* digests) {
  Rows input{{matrix0, matrix1, matrix2, matrix3}, {width0, width1, width2, width3}};
  hash_rows<Parameters>(input, rows, padded, absorbed, flags, carried, digests);
}

ASSAY_KERNEL(ASSAY_NAME(compress), 128, 4, const u32* below, const u32* joined, u32* layer, u64 nodes, u64 padded,
             u32 joins) {
  compress<Parameters>(below, joined, layer, nodes, padded, joins);
}

ASSAY_KERNEL(ASSAY_NAME(top), 512, 1, u32* layers, u32 log_nodes) { top<Parameters>(layers, log_nodes); }

ASSAY_KERNEL(ASSAY_NAME(gather_rows), 256, 1, const u32* matrix, u32 width, const u32* numbers, u32 count, u32 shift,
             u32* output, u32 stride) {
  gather_rows(matrix, width, numbers, count, shift, output, stride);
}

ASSAY_KERNEL(ASSAY_NAME(gather_paths), 256, 1, const u32* digests, const u32* starts, u32 layers, const u32* numbers,
             u32 count, u32* output, u32 stride) {
  gather_paths(digests, starts, layers, numbers, count, output, stride);
}

ASSAY_KERNEL(ASSAY_NAME(ntt_pass), 512, 2, const u32* source, u32* target, u32 flags, u32 log_points, u32 log_lanes,
             u32 log_outer, u32 log_rest, u32 width, const u32* roots, const u32* powers) {
  View view{flags, log_points, log_lanes, log_outer, log_rest, width};
  Ntt<Parameters::F>::pass(source, target, view, roots, powers);
}

ASSAY_KERNEL(ASSAY_NAME(lde_middle), 512, 2, const u32* source, u32* target, u32 flags, u32 log_points, u32 log_lanes,
             u32 log_outer, u32 width, u32 log_added, const u32* roots, const u32* inverse_roots, const u32* powers) {
  View view{flags, log_points, log_lanes, log_outer, 0, width};
  Ntt<Parameters::F>::middle(source, target, view, log_added, roots, inverse_roots, powers);
}

ASSAY_KERNEL(ASSAY_NAME(copy), 256, 1, const u32* source, u32* target, u64 words) { copy_words(source, target, words); }

ASSAY_KERNEL(ASSAY_NAME(products), 256, 1, u32* output, u32 factor, u32 rounds) {
  products<Parameters::F>(output, factor, rounds);
}
