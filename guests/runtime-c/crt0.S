# Entry of C guests. Memory and registers start as zeros, so there is nothing to clear.
  .section .text.start, "ax", @progbits
  .globl _start
_start:
  .option push
  .option norelax
  la gp, __global_pointer$
  .option pop
  la tp, __tls_base
  la sp, __stack_top
  call main
  li a7, 0
  ecall
