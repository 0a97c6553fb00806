/* Elements of SU(2) as unit quaternions a0 + i a.sigma, drawn with weight exp(alpha a0) against the Haar measure. */
#ifndef PLAQ_KERNEL_SU2_H
#define PLAQ_KERNEL_SU2_H

#include "plaq/base.h"

/* Key of a draw: `draw` is the first of 2^32 that belong to this element. */
typedef struct {
    uint64_t seed, sweep, site, draw;
} su2_key;

/* Draws a with weight exp(alpha a0), alpha >= 0. A pure function of its arguments. */
void plaq_su2_draw(double alpha, const su2_key *key, double a[4]);

#endif
