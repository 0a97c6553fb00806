/** @file
 * What is made from correlators, flows and loops: effective masses, GEVP, PCAC, scales. Room: analysis. See analysis.h.
 *
 * Each maker fills a plaq_function and, where it needs one, allocates its context: plaq_quantity_destroy frees it.
 */
#ifndef PLAQ_CORRELATOR_H
#define PLAQ_CORRELATOR_H

#include "plaq/analysis.h"

/** A function that owns its context. */
typedef struct {
    plaq_function f;
    void *context; /**< owned */
} plaq_quantity;
void plaq_quantity_destroy(plaq_quantity *quantity);

/** C(t) of t = 0 .. T-1 to t = 0 .. T/2: (C(t) + sign C(T - t))/2; sign +1 or -1. */
PLAQ_MUST_USE plaq_status plaq_fold(size_t extent, int sign, plaq_quantity *out);

typedef enum {
    PLAQ_MASS_LOG,    /**< ln C(t)/C(t+1) */
    PLAQ_MASS_COSH,   /**< the m that solves cosh(m (t - T/2)) / cosh(m (t + 1 - T/2)) = C(t)/C(t+1) */
    PLAQ_MASS_SINH,   /**< the same with sinh */
    PLAQ_MASS_ARCCOSH /**< arcosh (C(t-1) + C(t+1)) / (2 C(t)) */
} plaq_mass_kind;

/**
 * Effective masses of C(t), t = first .. first + points - 1 of period T. @p shift > 0 takes C(t) - C(t + shift) first,
 * which removes a constant. Where the ratio has no solution the function fails with the time (PLAQ_E_DATA): callers
 * that plot ask for one time at a time.
 */
PLAQ_MUST_USE plaq_status plaq_effective_mass(plaq_mass_kind kind, size_t points, int first, double period, int shift,
                                              plaq_quantity *out);

#endif
