/* Inside the room: numbers made at each site of the spins of propagators there, and their sums over time slices. */
#ifndef PLAQ_FERMION_CONTRACT_H
#define PLAQ_FERMION_CONTRACT_H

#include "kernel/kernel.h"
#include "plaq/fermion.h"

enum { CONTRACT_PAIRS = 256 };

/* of the sum that makes a value: value += factor tensor[entry] */
typedef struct {
    int value, entry; /* entry = 16 row + column of the kernel's tensor */
    double complex factor;
} contract_term;

/* What is to be made at each site: with two quarks of their meson_tensor, with three of their baryon_tensor. */
typedef struct {
    int quarks;
    const plaq_quark *quark[3];
    plaq_gamma_matrix diquark; /* of three quarks */
    int values, terms;
    const contract_term *term; /* [terms] */
    double phase[4];           /* values(x + L_mu) = exp(i pi phase_mu) values(x) */
} contraction;

/**
 * Sums of the values of @p n contractions, which have as many values each and are added, [value][momentum][t] with t
 * counted from the source. All ranks get the same. Collective.
 */
PLAQ_MUST_USE plaq_status contract_project(int n, const contraction c[], const plaq_momentum_sums *p,
                                           double complex sums[]);

/** Puts the values at each site, added up, into a field in double, [value][re, im]. Collective. */
PLAQ_MUST_USE plaq_status contract_fill(int n, const contraction c[], plaq_field *field);

#endif
