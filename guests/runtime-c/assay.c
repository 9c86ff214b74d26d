/* Frames and memory of C guests. */
#include "assay.h"

extern uint8_t __heap_start[], __heap_end[];
static uint8_t *next = __heap_start;

void *assay_allocate(size_t bytes) {
  size_t rounded = (bytes + 15) & ~(size_t)15;
  if (rounded < bytes || rounded > (size_t)(__heap_end - next)) {
    assay_fault();
  }
  uint8_t *block = next;
  next += rounded;
  return block;
}

uint8_t *assay_read_frame(size_t *bytes) {
  size_t count = assay_read_word();
  size_t words = count / 4 + (count % 4 != 0);
  /* Where the input is too short, the reads below fault: no more memory than it can fill is taken. */
  size_t left = assay_words_left();
  uint32_t *frame = assay_allocate(4 * (words < left ? words : left));
  for (size_t i = 0; i < words; i++) {
    frame[i] = assay_read_word();
  }
  *bytes = count;
  return (uint8_t *)frame;
}

void assay_commit_bytes(const void *bytes, size_t count) {
  const uint8_t *from = bytes;
  for (size_t i = 0; i < count; i += 4) {
    uint32_t word = 0;
    for (size_t j = 0; j < 4 && i + j < count; j++) {
      word |= (uint32_t)from[i + j] << (8 * j);
    }
    assay_commit_word(word);
  }
}
