/* The checksums configurations come with. Each is a sum over the bytes as they stand in the file that does not depend
 * on the order of its terms, so every rank adds its own part. All Local.
 *
 *   scidac  crc32 of each site's bytes, rotated left by (site mod 29) and by (site mod 31), xor-ed: two words
 *   nersc   sum of the 32-bit words, modulo 2^32
 *   milc    32-bit words, rotated left by (number of the word mod 29) and (mod 31), xor-ed: two words
 *   pyquda  the 32-bit words of each site xor-ed, rotated left by (site mod 29) and (site mod 31), xor-ed: two words
 *
 * Words are read in the file's byte order; sites and words are numbered in the order of the file.
 */
#ifndef PLAQ_IO_GAUGE_CHECK_H
#define PLAQ_IO_GAUGE_CHECK_H

#include "plaq/base.h"

typedef enum { PLAQ_CHECK_NONE, PLAQ_CHECK_SCIDAC, PLAQ_CHECK_NERSC, PLAQ_CHECK_MILC, PLAQ_CHECK_PYQUDA } plaq_check_kind;

/* The name a header has for it: "scidac"; "" for none. */
const char *plaq_check_name(plaq_check_kind kind);

/* Adds the bytes of n sites from number `first` on; swap: the file's byte order is not the host's. */
void plaq_check_add(plaq_check_kind kind, uint32_t sum[2], const void *bytes, int64_t first, int64_t n,
                    size_t site_bytes, bool swap);

/* As it is printed: "a2c41090/11193c39", "717938df"; "" for none. */
void plaq_check_print(plaq_check_kind kind, const uint32_t sum[2], char text[40]);

#endif
