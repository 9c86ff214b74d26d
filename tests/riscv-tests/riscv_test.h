/* The environment of riscv-tests on this machine: no privilege, no CSRs. Exit code 0 is a pass, otherwise the number of the
   test that failed. */
#ifndef ASSAY_RISCV_TEST_H
#define ASSAY_RISCV_TEST_H

#define RVTEST_RV32U
#define RVTEST_RV64U
#define TESTNUM gp

#define RVTEST_CODE_BEGIN \
        .section .text.init; \
        .globl _start; \
_start:

#define RVTEST_CODE_END

#define RVTEST_PASS \
        li a0, 0; \
        li a7, 0; \
        ecall

#define RVTEST_FAIL \
        mv a0, TESTNUM; \
        li a7, 0; \
        ecall

#define RVTEST_DATA_BEGIN
#define RVTEST_DATA_END

#endif
