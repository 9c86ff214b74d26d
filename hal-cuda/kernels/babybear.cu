// The kernels over the field of that name.
#include "gather.cuh"
#include "hash.cuh"
#include "ntt.cuh"
#include "peaks.cuh"
#include "generated/babybear.cuh"

#define Parameters Parameters_babybear
#define ASSAY_NAME(kernel) assay_babybear_##kernel
#include "kernels.cuh"
#undef Parameters
#undef ASSAY_NAME
