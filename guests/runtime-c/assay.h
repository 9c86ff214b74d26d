/* Runtime of C guests for the machine of docs/machine.md: the calls, and frames of bytes over word streams.
   main() returns the session's exit code. The machine has no console and no clock. */
#ifndef ASSAY_H
#define ASSAY_H

#include <stddef.h>
#include <stdint.h>

/* Ends the session with this exit code. */
__attribute__((noreturn)) static inline void assay_halt(uint32_t exit_code) {
  register uint32_t a0 __asm__("a0") = exit_code;
  register uint32_t a7 __asm__("a7") = 0;
  __asm__ volatile("ecall" : : "r"(a0), "r"(a7) : "memory");
  __builtin_unreachable();
}

/* The next word of the input; with none left, the session ends with the fault InputExhausted. */
static inline uint32_t assay_read_word(void) {
  register uint32_t a0 __asm__("a0");
  register uint32_t a7 __asm__("a7") = 1;
  __asm__ volatile("ecall" : "=r"(a0) : "r"(a7));
  return a0;
}

/* How many words of input are left. */
static inline uint32_t assay_words_left(void) {
  register uint32_t a0 __asm__("a0");
  register uint32_t a7 __asm__("a7") = 2;
  __asm__ volatile("ecall" : "=r"(a0) : "r"(a7));
  return a0;
}

/* Appends a word to the journal. */
static inline void assay_commit_word(uint32_t word) {
  register uint32_t a0 __asm__("a0") = word;
  register uint32_t a7 __asm__("a7") = 3;
  __asm__ volatile("ecall" : : "r"(a0), "r"(a7));
}

/* Ends the session with the fault Breakpoint; what was committed stays. */
__attribute__((noreturn)) static inline void assay_fault(void) {
  __asm__ volatile("ebreak");
  __builtin_unreachable();
}

/* Memory from the heap, 16-byte aligned and zero; never given back. Faults when there is none. */
void *assay_allocate(size_t bytes);

/* Reads a frame (a word with the length in bytes, then the bytes) into fresh memory, and tells its length. */
uint8_t *assay_read_frame(size_t *bytes);

/* Commits bytes, zero-filled to a whole word, without their number. */
void assay_commit_bytes(const void *bytes, size_t count);

#endif
