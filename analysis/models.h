/* Inside the room: what makers of models share. A model of theirs owns two blocks, its context and its names. */
#ifndef PLAQ_ANALYSIS_MODELS_H
#define PLAQ_ANALYSIS_MODELS_H

#include "plaq/fit.h"

/* A copy of names in one block, NULL where there is no memory. */
const char *const *model_names(const char *const name[], size_t n);

/* The c[params] that minimise sum_i weight_i (sum_k basis[i][k] c_k - y_i)^2, and that sum. Starting points alone:
 * normal equations, kept regular by a part in 1e12. work[params][params]. */
double model_least_squares(const double basis[], size_t points, size_t params, const double y[], const double weight[],
                           double work[], double c[]);

/* prod_v x_v^power_v */
double model_monomial(const double x[], const int power[], size_t variables);

#endif
