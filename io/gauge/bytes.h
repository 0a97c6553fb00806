/* Words out of the bytes of headers, in the byte order they say. All Pure. */
#ifndef PLAQ_IO_GAUGE_BYTES_H
#define PLAQ_IO_GAUGE_BYTES_H

#include <string.h>

#include "plaq/base.h"

static inline uint32_t plaq_word_at(const unsigned char *bytes, size_t at, bool little)
{
    const unsigned char *b = bytes + at;

    return little ? (uint32_t)b[3] << 24 | (uint32_t)b[2] << 16 | (uint32_t)b[1] << 8 | b[0]
                  : (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static inline double plaq_double_at(const unsigned char *bytes, size_t at, bool little)
{
    uint64_t first = plaq_word_at(bytes, at, little), second = plaq_word_at(bytes, at + 4, little);
    uint64_t word = little ? second << 32 | first : first << 32 | second;
    double value;

    memcpy(&value, &word, sizeof value);
    return value;
}

#endif
