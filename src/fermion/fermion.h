/* Inside the room: links as the kernels of quarks read them. */
#ifndef PLAQ_FERMION_FERMION_H
#define PLAQ_FERMION_FERMION_H

#include "kernel/kernel.h"
#include "plaq/fermion.h"

enum { FERMION_LINK_REALS = 4 * 18 };

/**
 * The links of a gauge field site by site, [set][site][mu][row][column][re, im], with their halo. Those that leave the
 * lattice at its far end, x_mu = L_mu - 1, are multiplied by exp(i pi phase_mu); @p phase may be NULL. The caller owns
 * @p *links. Collective.
 */
PLAQ_MUST_USE plaq_status fermion_links(plaq_gauge *u, plaq_prec prec, const double phase[4], plaq_columns **links);

/**
 * The sites' part of a clover operator in double, in the forms of plaq_site_matrix: A without its twist, and the
 * inverse of the whole of it on even sites (NULL where the lattice has but one set), hermitian where there is no twist.
 * The caller owns both. PLAQ_E_CONVERGENCE where it is singular, PLAQ_E_DATA where it is not a number. Collective.
 */
PLAQ_MUST_USE plaq_status fermion_clover_term(plaq_gauge *u, const plaq_action *action, plaq_columns **term,
                                              plaq_columns **inverse);

#endif
