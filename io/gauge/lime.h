/* LIME, the container of ILDG and SciDAC: records one after the other, each a header of 144 bytes, the data, and
 * padding to a multiple of 8. All numbers are big-endian.
 *
 *   magic 0x456789ab (4), version (2), flags (2): message begins 0x8000, ends 0x4000, length (8), type (128)
 *
 * All Local.
 */
#ifndef PLAQ_IO_GAUGE_LIME_H
#define PLAQ_IO_GAUGE_LIME_H

#include "gauge/text.h"

enum { PLAQ_LIME_HEADER = 144, PLAQ_LIME_BEGINS = 0x8000, PLAQ_LIME_ENDS = 0x4000 };

/* One record. Zero-initialise before the first plaq_lime_next(). */
typedef struct {
    int64_t offset, bytes; /* of the data */
    int64_t next;          /* where the next record begins */
    char type[129];
} plaq_lime;

/* Whether a file may be one, by its first bytes. */
bool plaq_lime_recognise(const unsigned char *bytes, size_t n);

/* Goes to the next record; *more is false at the end of the file of `size` bytes. PLAQ_E_DATA where a record is
 * damaged or ends beyond the file. */
PLAQ_MUST_USE plaq_status plaq_lime_next(const plaq_file *file, int64_t size, plaq_lime *record, bool *more);

/* The data of a record as text, NUL-terminated, the caller's to plaq_free. */
PLAQ_MUST_USE plaq_status plaq_lime_text(const plaq_file *file, const plaq_lime *record, char **text);

/* Adds the header of a record. */
PLAQ_MUST_USE plaq_status plaq_lime_header(plaq_text *out, const char *type, int flags, int64_t bytes);

/* Adds a whole record with a text and its NUL. */
PLAQ_MUST_USE plaq_status plaq_lime_add(plaq_text *out, const char *type, int flags, const plaq_text *text);

/* Adds a whole record with the text that describe() makes of a thing. */
PLAQ_MUST_USE plaq_status plaq_lime_describe(plaq_text *out, const char *type, int flags,
                                             plaq_status (*describe)(const void *of, plaq_text *xml), const void *of);

/* Adds the first message of a SciDAC file in the order of QIO: extents and title. */
PLAQ_MUST_USE plaq_status plaq_scidac_file(plaq_text *out, const int dims[4], const char *title);

/* Adds the record that ends the message of a field. */
PLAQ_MUST_USE plaq_status plaq_scidac_checksum(plaq_text *out, const uint32_t sum[2]);

/* Adds what pads so many bytes of data. */
PLAQ_MUST_USE plaq_status plaq_lime_pad(plaq_text *out, int64_t bytes);

#endif
