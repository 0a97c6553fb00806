/* The free quark in momentum space. */
#ifndef PLAQ_TEST_FREE_H
#define PLAQ_TEST_FREE_H

#include <complex.h>

#include "plaq/fermion.h"

double complex i_power(int n); /* i^n, n >= 0 */

/* (a - i gamma.s - i mu gamma_5) / (a^2 + s^2 + mu^2),  a = 4 + m - sum cos p,  s = sin p */
void free_quark(const plaq_action *action, const double p[4], double complex s[4][4]);

#endif
