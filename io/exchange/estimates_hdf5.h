/* Estimates with all their fluctuations as HDF5, for h5py and plaq.
 *
 *     /                        format = "plaq estimates 1"
 *     /<name>                  unit, doc
 *     /<name>/value            [entry]; error, error_error, tau, tau_error beside it, where they are known
 *     /<name>/<chain>          "0", "1", ...: ensemble, replica
 *     /<name>/<chain>/configurations  [configuration]: their numbers
 *     /<name>/<chain>/delta    [entry][configuration]
 *     /provenance              as given
 *
 * Sealed by the line with a checksum that all our files end in.
 */
#ifndef PLAQ_EXCHANGE_ESTIMATES_HDF5_H
#define PLAQ_EXCHANGE_ESTIMATES_HDF5_H

#include "exchange/exchange.h"
#include "store/store.h"

#define ESTIMATES_FORMAT         "plaq estimates 1"
#define ESTIMATES_VALUE          "value"
#define ESTIMATES_CONFIGURATIONS "configurations"
#define ESTIMATES_DELTA          "delta"

/** Reads the estimates of an open file. */
PLAQ_MUST_USE plaq_status estimates_read(hid_t file, const char *path, const plaq_numbers_wanted *wanted,
                                         plaq_numbers *out);

#endif
