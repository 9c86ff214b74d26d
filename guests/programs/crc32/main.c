/* Input: one frame. Journal: its CRC-32 (IEEE 802.3, reflected, as in zip), one word. */
#include "assay.h"

int main(void) {
  uint32_t table[256];
  for (uint32_t i = 0; i < 256; i++) {
    uint32_t remainder = i;
    for (int bit = 0; bit < 8; bit++) {
      remainder = remainder >> 1 ^ (remainder & 1 ? 0xedb88320 : 0);
    }
    table[i] = remainder;
  }
  size_t count;
  const uint8_t *bytes = assay_read_frame(&count);
  uint32_t crc = 0xffffffff;
  for (size_t i = 0; i < count; i++) {
    crc = crc >> 8 ^ table[(crc ^ bytes[i]) & 0xff];
  }
  assay_commit_word(~crc);
  return 0;
}
