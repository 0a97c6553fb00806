/** @file
 * Links on plain arrays, and products of them along paths: the definition that measurements are held against.
 */
#ifndef PLAQ_PLAIN_H
#define PLAQ_PLAIN_H

#include <complex.h>

#include "plaq/gauge.h"

typedef double complex plain_matrix[3][3];

typedef struct {
    const int *dims;
    plain_matrix (*u)[4]; /**< [global site]; plaq_free */
} plain;

/** Number of a site from its coordinates, back, and of all sites. */
size_t plain_number(const int dims[4], const int c[4]);
void plain_place(const int dims[4], size_t i, int c[4]);
size_t plain_volume(const int dims[4]);

/** Random links, the same on all ranks; u is NULL where there is no memory. */
plain plain_random(const int dims[4], uint64_t seed);

/** All links of a field, on every rank; u is NULL where there is no memory. Collective. */
plain plain_take(plaq_gauge *u);

/** Puts this rank's part into a field. */
void plain_give(const plain *p, plaq_gauge *u);

/** The product of links along a path of steps +-(mu + 1) from site @p start. */
void plain_follow(const plain *p, const int start[4], const int path[], int steps, plain_matrix product);

/** (1/3) tr of it. */
double complex plain_trace(const plain *p, const int start[4], const int path[], int steps);

/** F in a plane, right to leading order: antihermitian, traceless, from the four 1x1 leaves or the eight 2x1 leaves. */
void plain_clover(const plain *p, const int c[4], int mu, int nu, plain_matrix f);
void plain_long_clover(const plain *p, const int c[4], int mu, int nu, plain_matrix f);

/**
 * Coulomb gauge, a maximum of F = 1/(9V) sum over x and i = x, y, z of Re tr U_i(x), by relaxation until no element of
 * the gradient at any site, the antihermitian part of sum_i U_i(x) - U_i(x-i) without its trace, is larger than
 * @p limit. The same bits on all ranks.
 *
 * @return F; NaN where it does not get there
 */
double plain_fix_coulomb(plain *p, double limit);

double complex plain_trace_of_product(const plain_matrix a, const plain_matrix b);

#endif
