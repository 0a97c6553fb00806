/* A gather: the results of all configurations of an ensemble in one HDF5 file.
 *
 *     /                        format = "plaq gather 1", ensemble
 *     /configurations          [configuration]: their numbers, by replica and ascending; integers
 *     /replica                 [configuration]: texts; where there is more than one
 *     /<measurement>           observable, brief, reference, parameters, links, derivation, plaq: as in results
 *     /<measurement>/<output>  [configuration][...]: double or {r, i}; axes ("configuration t plane"), unit, doc, and
 *                              for axes whose entries have names `labels_<axis>`, texts
 *     /provenance              facts of the results: attributes where they are the same of all,
 *     /provenance/<fact>       [configuration] where they are not; a text or a number, NaN where there was none
 *     /provenance/run          the same of the facts of each run
 *
 * A measurement that is not there of every configuration has `configurations` (and `replica`) of its own. The file ends
 * in the line with a checksum that results end in.
 *
 * All functions are Local.
 */
#ifndef PLAQ_EXCHANGE_GATHER_H
#define PLAQ_EXCHANGE_GATHER_H

#include "exchange/exchange.h"
#include "store/store.h"

#define GATHER_FORMAT         "plaq gather 1"
#define GATHER_CONFIGURATIONS "configurations"
#define GATHER_REPLICA        "replica"
#define GATHER_AXIS           "configuration"

/** One configuration of a gather. */
typedef struct {
    char replica[64];
    int64_t config;
} gather_member;

/** Reads an open gather. */
PLAQ_MUST_USE plaq_status gather_read(hid_t file, const char *path, const plaq_numbers_wanted *wanted,
                                      plaq_numbers *out);

#endif
