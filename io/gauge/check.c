/* The checksums configurations come with. */
#include "gauge/check.h"

#include <stdio.h>
#include <string.h>

const char *plaq_check_name(plaq_check_kind kind)
{
    static const char *const names[] = {"", "scidac", "nersc", "milc", "pyquda"};

    return names[kind];
}

static void add_scidac(uint32_t sum[2], const unsigned char *bytes, int64_t first, int64_t n, size_t site_bytes)
{
    enum { TOGETHER = 64 };
    unsigned at29 = (unsigned)(first % 29), at31 = (unsigned)(first % 31);
    uint32_t crc[TOGETHER];

    for (int64_t done = 0; done < n; done += TOGETHER, bytes += TOGETHER * site_bytes) {
        int sites = n - done < TOGETHER ? (int)(n - done) : TOGETHER;

        plaq_crc32_each(bytes, site_bytes, (size_t)sites, crc);
        for (int i = 0; i < sites; i++) {
            sum[0] ^= plaq_rotate_left(crc[i], at29);
            sum[1] ^= plaq_rotate_left(crc[i], at31);
            at29 = at29 == 28 ? 0 : at29 + 1;
            at31 = at31 == 30 ? 0 : at31 + 1;
        }
    }
}

static inline uint32_t word_at(const unsigned char *bytes, int64_t i, bool swap)
{
    uint32_t word;

    memcpy(&word, bytes + 4 * i, sizeof word);
    return swap ? __builtin_bswap32(word) : word;
}

static void add_nersc(uint32_t sum[2], const unsigned char *bytes, int64_t words, bool swap)
{
    uint32_t total = 0;

    if (swap)
        for (int64_t i = 0; i < words; i++) total += word_at(bytes, i, true);
    else
        for (int64_t i = 0; i < words; i++) total += word_at(bytes, i, false);
    sum[0] += total;
}

static void add_milc(uint32_t sum[2], const unsigned char *bytes, int64_t first, int64_t words, bool swap)
{
    unsigned at29 = (unsigned)(first % 29), at31 = (unsigned)(first % 31);

    for (int64_t i = 0; i < words; i++) {
        uint32_t word = word_at(bytes, i, swap);

        sum[0] ^= plaq_rotate_left(word, at29);
        sum[1] ^= plaq_rotate_left(word, at31);
        at29 = at29 == 28 ? 0 : at29 + 1;
        at31 = at31 == 30 ? 0 : at31 + 1;
    }
}

static void add_pyquda(uint32_t sum[2], const unsigned char *bytes, int64_t first, int64_t n, size_t site_bytes,
                       bool swap)
{
    for (int64_t site = first; site < first + n; site++, bytes += site_bytes) {
        uint32_t word = 0;

        for (int64_t i = 0; i < (int64_t)site_bytes / 4; i++) word ^= word_at(bytes, i, swap);
        sum[0] ^= plaq_rotate_left(word, (unsigned)(site % 29));
        sum[1] ^= plaq_rotate_left(word, (unsigned)(site % 31));
    }
}

void plaq_check_add(plaq_check_kind kind, uint32_t sum[2], const void *bytes, int64_t first, int64_t n,
                    size_t site_bytes, bool swap)
{
    int64_t words = (int64_t)site_bytes / 4;

    switch (kind) {
    case PLAQ_CHECK_NONE: break;
    case PLAQ_CHECK_SCIDAC: add_scidac(sum, bytes, first, n, site_bytes); break;
    case PLAQ_CHECK_NERSC: add_nersc(sum, bytes, n * words, swap); break;
    case PLAQ_CHECK_MILC: add_milc(sum, bytes, first * words, n * words, swap); break;
    case PLAQ_CHECK_PYQUDA: add_pyquda(sum, bytes, first, n, site_bytes, swap); break;
    }
}

void plaq_check_print(plaq_check_kind kind, const uint32_t sum[2], char text[40])
{
    text[0] = '\0';
    if (kind == PLAQ_CHECK_NERSC)
        snprintf(text, 40, "%x", sum[0]);
    else if (kind != PLAQ_CHECK_NONE)
        snprintf(text, 40, "%x/%x", sum[0], sum[1]);
}
