/* The kernels: plain arrays in, plain arrays out; no MPI, no allocation, no I/O, no globals.
 *
 * Fields are [site][reals][lanes] of float or double, passed as void * through one table a precision and lane count.
 * Densities go out as doubles [site][values][lanes] for the range of vector sites asked for, to be summed exactly by
 * the caller. nb is the layout's neighbour table.
 */
#ifndef PLAQ_KERNEL_H
#define PLAQ_KERNEL_H

#include "plaq/base.h"

typedef struct {
    int lanes;

    /* halo[i] = body[source[i]] with lanes permuted: lane l takes lane from[l]; `count` reals from `first` of `reals` */
    void (*halo_fill)(void *field, int reals, int first, int count, int halo, int n, const int *source,
                      const int *from);

    /* buffer[i][k][j] = field[source[i]][first + k] in lane lanes[j], for n sites and m lanes; and back */
    void (*halo_pack)(const void *field, int reals, int first, int count, int n, const int *source, int m,
                      const int *lanes, void *buffer);
    void (*halo_unpack)(void *field, int reals, int first, int count, int halo, int n, int m, const int *lanes,
                        const void *buffer);

    /* links of n vector sites site[i] from bytes and back: lane l's sites follow each other from line[l] on, each
     * [4][rows][3][2] numbers of a precision and, where swap, not in the host's byte order */
    void (*links_load)(void *field, int n, const int *site, const void *const line[], plaq_prec prec, bool swap,
                       int rows);
    void (*links_store)(const void *field, int n, const int *site, void *const line[], plaq_prec prec, bool swap);

    /* limits of the machine: 32 lanes flops a turn in registers; a read and a copy of n vectors of `lanes` reals */
    double (*multiply_add)(int64_t turns);
    double (*stream_read)(const void *memory, int64_t n);
    void (*stream_copy)(void *to, const void *from, int64_t n);
} plaq_kernels;

/** The kernels for a precision and a lane count; NULL where this build has none. */
const plaq_kernels *plaq_kernels_of(plaq_prec prec, int lanes);

#endif
