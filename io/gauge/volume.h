/* SciDAC volumes: a field in several LIME files, as QIO writes it from many nodes (volfmt 1, multifile, and 2,
 * partition files). Their names are NAME.volNNNN with the number of the node. Each has a record scidac-sitelist, the
 * numbers of its sites (x + X (y + Y (z + Z t)), 32 bits, big-endian) in the order of its data; only the first has the
 * XML records, the checksum, and the name that is given to us. Source: the QIO manual, version 2.3.
 */
#ifndef PLAQ_IO_GAUGE_VOLUME_H
#define PLAQ_IO_GAUGE_VOLUME_H

#include "gauge/format.h"

/* What the first file has of the field. */
typedef struct {
    int64_t list, list_bytes; /* of the record scidac-sitelist; 0 bytes: not found */
    int64_t data, data_bytes; /* of the links there */
    int before;               /* lattice fields before this one: the files without XML have it at the same place */
} plaq_volume_first;

/* Finds the other files beside the first, and sets the precision and what plaq_volume_read() wants. PLAQ_E_DATA where
 * the files do not hold as many sites as the lattice has. Local. */
PLAQ_MUST_USE plaq_status plaq_volume_find(const plaq_file *file, const plaq_volume_first *first, plaq_config_header *h,
                                           plaq_stored *s);

/* Reads all of them, as the `read` of a format. Collective. */
PLAQ_MUST_USE plaq_status plaq_volume_read(const plaq_config *config, plaq_field *links, uint32_t sum[2]);

#endif
