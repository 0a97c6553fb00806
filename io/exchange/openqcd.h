/* What the measurement files of openQCD's programs share: little-endian on every machine, a header, and one record a
 * configuration, which begins with its number. See openqcd.c. All functions are Local. */
#ifndef PLAQ_EXCHANGE_OPENQCD_H
#define PLAQ_EXCHANGE_OPENQCD_H

#include "exchange/collect.h"

/* The bytes of a file and how far they were read. */
typedef struct {
    const char *path;
    unsigned char *bytes;
    size_t n, at;
} openqcd_file;

PLAQ_MUST_USE plaq_status openqcd_open(const char *path, openqcd_file *file); /* path is borrowed */
void openqcd_close(openqcd_file *file);

/* The next int32 or doubles. PLAQ_E_DATA where the file ends before: says in what, and how many bytes are missing. */
PLAQ_MUST_USE plaq_status openqcd_int(openqcd_file *file, const char *what, int *value);
PLAQ_MUST_USE plaq_status openqcd_reals(openqcd_file *file, const char *what, double values[], size_t n);
PLAQ_MUST_USE plaq_status openqcd_skip(openqcd_file *file, const char *what, size_t bytes);

/* Whether a file has one of the endings that openQCD gives, .ms.dat, .ms1.dat, .ms3.dat, .mesons.dat, .ms3.log: its
 * name then says what it is. */
bool openqcd_is_named(const char *base);

/* "A654r001.ms.dat" is replica r001 of ensemble A654, unless @p wanted says another ensemble. */
void openqcd_names(const char *path, const char *wanted, char ensemble[64], char replica[64]);

/* Opens a file, has it read, and closes it. */
typedef plaq_status openqcd_reader(openqcd_file *file, const char *ensemble, const char *replica,
                                   exchange_collection *collection);
PLAQ_MUST_USE plaq_status openqcd_read(const char *path, openqcd_reader *reader, exchange_collection *collection);

#endif
