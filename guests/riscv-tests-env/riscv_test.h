/* Environment of riscv-tests for this machine, in place of the suite's own: a test that passes halts with exit code 0, one that fails with the
   number of the failing case. Data lies apart from text (assay.ld), and nothing of the privileged architecture is used. */
#ifndef ASSAY_RISCV_TEST_H
#define ASSAY_RISCV_TEST_H

#define TESTNUM gp

#define RVTEST_RV32U
#define RVTEST_RV64U

#define RVTEST_CODE_BEGIN \
  .section .text.start, "ax", @progbits; \
  .globl _start; \
  _start: \
  li TESTNUM, 0

/* What comes after the last case is never reached. */
#define RVTEST_CODE_END ebreak

#define RVTEST_PASS \
  li a0, 0; \
  li a7, 0; \
  ecall

#define RVTEST_FAIL \
  mv a0, TESTNUM; \
  li a7, 0; \
  ecall

#define EXTRA_DATA
#define RVTEST_DATA_BEGIN .globl begin_signature; begin_signature:
#define RVTEST_DATA_END .globl end_signature; end_signature:

#endif
