// The 31-bit fields p = 2^31 - 2^k + 1 of the contract, and the latencies of the units in rtl/field.
// Elements are in Montgomery form x * 2^32 mod p, always below p: the words that Plonky3 holds in
// memory. Tests: sim/engines/tests/field.rs.
package field_pkg;

  typedef logic [30:0] fe_t;

  // Values of the parameter Field.
  localparam int unsigned KoalaBear = 0;
  localparam int unsigned BabyBear = 1;

  function automatic fe_t modulus(int unsigned field);
    return (field == KoalaBear) ? assay_abi_pkg::KoalabearModulus[30:0]
                                : assay_abi_pkg::BabybearModulus[30:0];
  endfunction

  // The k of p = 2^31 - 2^k + 1.
  function automatic int unsigned two_power(int unsigned field);
    return $clog2(32'h8000_0001 - {1'b0, modulus(field)});
  endfunction

  // The degree-4 extension is F[x] / (x^4 - w).
  function automatic int unsigned extension_w(int unsigned field);
    return (field == KoalaBear) ? 3 : 11;
  endfunction

  // Latencies in clock cycles; every unit takes operands in every cycle.
  localparam int unsigned AddLatency = 1;
  localparam int unsigned SubLatency = 1;

  // field_mul with four partial products, or with three and a sum in front of them.
  function automatic int unsigned mul_latency(int unsigned products);
    return (products == 3) ? 8 : 7;
  endfunction

  // field_reduce folds what lies above bit 31 until less than 2p is left, and subtracts p once.
  function automatic int unsigned reduce_folds(int unsigned field, int unsigned width);
    return ((field == KoalaBear) || (width <= 34)) ? 1 : 2;
  endfunction

  function automatic int unsigned reduce_latency(int unsigned field, int unsigned width);
    return reduce_folds(field, width) + 1;
  endfunction

  // field_ext_mul: w * b, products, sum of four, reduction.
  localparam int unsigned ExtScaledWidth = 35;
  localparam int unsigned ExtSumWidth = 33;
  function automatic int unsigned ext_mul_latency(int unsigned field, int unsigned products);
    return reduce_latency(field, ExtScaledWidth) + mul_latency(products) + 1
        + reduce_latency(field, ExtSumWidth);
  endfunction

endpackage
