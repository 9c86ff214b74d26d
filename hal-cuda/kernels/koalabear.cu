// The kernels over the field of that name.
#include "gather.cuh"
#include "hash.cuh"
#include "ntt.cuh"
#include "peaks.cuh"
#include "generated/koalabear.cuh"

#define Parameters Parameters_koalabear
#define ASSAY_NAME(kernel) assay_koalabear_##kernel
#include "kernels.cuh"
#undef Parameters
#undef ASSAY_NAME
