/* Series put together from other programs' files: what their readers share on the way to rows (exchange.h).
 *
 * A reader puts numbers as it finds them, and says what they are: a number that is not finite, another shape than
 * before, a file without a number in its name where one is needed, or another number of sources on one configuration
 * than on the others are PLAQ_E_DATA, naming file, series and configuration. What rows note (twice, gaps, lacking) is
 * noted.
 *
 * All functions are Local.
 */
#ifndef PLAQ_EXCHANGE_COLLECT_H
#define PLAQ_EXCHANGE_COLLECT_H

#include "exchange/exchange.h"
#include "exchange/files.h"

/* What is known of a series beside its numbers. Everything is borrowed. */
typedef struct {
    const char *name, *ensemble;
    const char *replica; /* NULL: "" */
    int rank, shape[PLAQ_AXES_MAX];
    const char *axes; /* NULL: "" */
    const char *const *label[PLAQ_AXES_MAX];
    /* Not NULL: one of several sources of a configuration, under this label. The series gets a first axis "source";
     * rank, shape, axes and labels are those of the others. */
    const char *source;
    bool is_complex;
    const char *unit, *doc; /* NULL: "" */
} exchange_item;

typedef struct exchange_collection exchange_collection;

/* Whether the numbers of a series are to be read at all. */
bool exchange_collection_wants(const exchange_collection *collection, const char *name);

/* Takes the numbers that a file has of a configuration, values[shape...], complex: pairs; they are not looked at where
 * they are not wanted. */
PLAQ_MUST_USE plaq_status exchange_collection_put(exchange_collection *collection, const exchange_item *item,
                                                  const char *path, int64_t config, const double values[]);

/* Where the user is told what is not as it should be (exchange_note). */
plaq_numbers *exchange_collection_notes(exchange_collection *collection);

/* The ensemble's name that was asked for; NULL where none was. */
const char *exchange_collection_ensemble(const exchange_collection *collection);

/* Reads a file, or the files of a folder whose names are accepted, one after the other: all of a reader, once it can
 * read one file. @p ensemble: as was asked for, or the name of the file or folder. */
typedef plaq_status exchange_file_reader(const exchange_file *file, const char *ensemble,
                                         exchange_collection *collection);
PLAQ_MUST_USE plaq_status exchange_collection_read(const char *path, bool (*accept)(const char *base),
                                                   exchange_file_reader *read, const plaq_numbers_wanted *wanted,
                                                   plaq_numbers *out);

#endif
