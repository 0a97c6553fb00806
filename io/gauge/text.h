/* Text for the headers: growing strings, and numbers out of text that nobody vouches for. All Local. */
#ifndef PLAQ_IO_GAUGE_TEXT_H
#define PLAQ_IO_GAUGE_TEXT_H

#include "plaq/base.h"

/* Bytes that grow at the end. Zero-initialise; bytes is freed by plaq_free. */
typedef struct {
    char *bytes;
    size_t n, room;
} plaq_text;

PLAQ_MUST_USE plaq_status plaq_text_add(plaq_text *text, const void *bytes, size_t n);
PLAQ_MUST_USE plaq_status plaq_text_print(plaq_text *text, const char *format, ...) PLAQ_PRINTF(2, 3);

/* The same with & < > written as XML wants them. */
PLAQ_MUST_USE plaq_status plaq_text_escaped(plaq_text *text, const char *words);

/* A whole number, blanks around it allowed, nothing else; false where it is none or does not fit an int. */
bool plaq_text_int(const char *words, int *value);

/* A real number, blanks around it allowed; false where it is none. */
bool plaq_text_real(const char *words, double *value);

/* A 32-bit number in hexadecimal, blanks around it allowed; false where it is none. */
bool plaq_text_hex(const char *words, uint32_t *value);

/* Four whole numbers by blanks ("4 4 4 8 "); false where there are fewer, more, or others. */
bool plaq_text_dims(const char *words, int dims[4]);

/* What stands between the first <name> (or <name ...>) and the next '<', without the blanks around it, cut to fit;
 * false where there is no such element. Looks for nothing else, so it reads files that are not well formed too. */
bool plaq_xml_value(const char *xml, const char *name, char *value, size_t n);

extern const char plaq_xml_line[]; /* the first of an XML text */

/* A whole number of an element; stays as it is where there is none. PLAQ_E_DATA, naming the file, where it is none. */
PLAQ_MUST_USE plaq_status plaq_xml_int(const char *path, const char *xml, const char *name, int *number);

/* plaq_xml_value() with what plaq_text_escaped() made turned back. */
bool plaq_xml_text(const char *xml, const char *name, char *words, size_t n);

/* The first bytes of a file as one can print them: "7f 45 4c 46 'ELF'". */
void plaq_text_bytes(const unsigned char *bytes, size_t n, char *text, size_t room);

#endif
