/* What the compiler itself calls. Weak, so that a C library's versions win. */
#pragma GCC optimize("no-tree-loop-distribute-patterns") /* or these loops become calls of themselves */

#include <stddef.h>
#include <stdint.h>

__attribute__((weak)) void *memcpy(void *restrict to, const void *restrict from, size_t count) {
  uint8_t *d = to;
  const uint8_t *s = from;
  if ((((uintptr_t)d ^ (uintptr_t)s) & 3) == 0) {
    for (; count != 0 && ((uintptr_t)d & 3) != 0; count--) {
      *d++ = *s++;
    }
    for (; count >= 4; count -= 4, d += 4, s += 4) {
      *(uint32_t *)d = *(const uint32_t *)s;
    }
  }
  while (count-- != 0) {
    *d++ = *s++;
  }
  return to;
}

__attribute__((weak)) void *memmove(void *to, const void *from, size_t count) {
  uint8_t *d = to;
  const uint8_t *s = from;
  if ((uintptr_t)d - (uintptr_t)s >= count) {
    return memcpy(to, from, count);
  }
  while (count-- != 0) {
    d[count] = s[count];
  }
  return to;
}

__attribute__((weak)) void *memset(void *to, int value, size_t count) {
  uint8_t *d = to;
  while (count-- != 0) {
    *d++ = (uint8_t)value;
  }
  return to;
}

__attribute__((weak)) int memcmp(const void *a, const void *b, size_t count) {
  const uint8_t *p = a, *q = b;
  for (; count != 0; count--, p++, q++) {
    if (*p != *q) {
      return *p - *q;
    }
  }
  return 0;
}
