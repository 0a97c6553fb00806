/* Inside the room: the residuals of a fit as independent numbers of variance one,
 *
 *     r = (L^-1 (y(p) - y)/error, (p_k - mean_k)/sigma_k),    correlation matrix = L L^T,    chi^2 = |r|^2.
 */
#ifndef PLAQ_ANALYSIS_RESIDUALS_H
#define PLAQ_ANALYSIS_RESIDUALS_H

#include "plaq/fit.h"

typedef struct {
    const plaq_model *model;            /* borrowed, as are y and mean */
    const double *y;                    /* [model->points] */
    const double *mean;                 /* [priors] */
    size_t used, priors, count, params; /* count: used + priors */
    size_t *point;                      /* [used]: which of the model's points */
    size_t *prior;                      /* [priors]: which parameter */
    double *error, *sigma;              /* [used], [priors] */
    double *lower;                      /* L [used][used]; NULL: uncorrelated */
    double *all;                        /* [points][params]: what the model gives before points are picked */
} residuals;

size_t fit_priors(const plaq_fit *fit);

/* Looks at everything that is given. in: data, then the means of priors (plaq_fit_data). */
PLAQ_MUST_USE plaq_status residuals_create(const plaq_fit *fit, const double in[], residuals *out);
void residuals_clear(residuals *residuals);

PLAQ_MUST_USE plaq_status residuals_at(const residuals *residuals, const double p[], double r[]);
PLAQ_MUST_USE plaq_status residuals_jacobian(const residuals *residuals, const double p[], double jacobian[]);

/* facts->expected and facts->p of facts->chi2, from the Jacobian at the minimum. */
PLAQ_MUST_USE plaq_status residuals_expect(const plaq_fit *fit, const residuals *residuals, const double jacobian[],
                                           plaq_fit_facts *facts);

/* From r to C^-1 (y(p) - y), used points alone. In place. */
void residuals_weigh(const residuals *residuals, double r[]);

#endif
