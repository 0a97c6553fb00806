/** @file
 * Least-squares fits, their models, scans of ranges and averages over models. Room: analysis. See analysis.h.
 */
#ifndef PLAQ_FIT_H
#define PLAQ_FIT_H

#include "plaq/analysis.h"

/** What is fitted: points y_i(p) of parameters p, with the exact Jacobian. The context is borrowed. */
typedef struct {
    size_t points, params;
    const char *const *name; /**< [params] */
    plaq_status (*evaluate)(const void *context, const double p[], double y[]);
    plaq_status (*jacobian)(const void *context, const double p[], double jacobian[]); /**< [points][params] */
    const void *context;
} plaq_model;

/** A Gaussian prior of a parameter; none where sigma is not positive. */
typedef struct {
    double mean, sigma;
} plaq_prior;

/** What a fit is to do. */
typedef struct {
    const plaq_model *model;
    const double *covariance; /**< [points][points]; of an uncorrelated fit its diagonal alone counts */
    bool correlated;
    const plaq_prior *prior; /**< [params]; NULL: none. They count as points */
    const double *start;     /**< [params] */
    size_t iterations;       /**< at most; 0: 200 */
} plaq_fit;

typedef struct {
    double chi2, p; /**< chi^2 at the minimum (with priors), and the probability of a larger one */
    size_t dof;     /**< points + priors - parameters */
    size_t iterations;
} plaq_fit_facts;

/** Minimises chi^2 for data y[points] by Levenberg-Marquardt (gsl_multifit_nlinear). PLAQ_E_DATA with fewer points and
 * priors than parameters or a covariance that is not positive; PLAQ_E_CONVERGENCE where no minimum was found. */
PLAQ_MUST_USE plaq_status plaq_fit_run(const plaq_fit *fit, const double y[], double p[], plaq_fit_facts *facts);

/** The fit as a function of its data (and then of the priors' means, where there are priors), with the derivative by
 * the implicit function theorem. The weights stay what they are. @p fit is the context. */
void plaq_fit_function(const plaq_fit *fit, plaq_function *f);

/* ---- models ---- */

/** One correlator of a fit by exponentials. */
typedef struct {
    size_t points;
    const double *t; /**< [points] */
    double period;   /**< T; 0: no backward propagation */
    int backward;    /**< +1: exp(-E t) + exp(-E (T - t)); -1: their difference; 0: forward alone */
    bool constant;   /**< a constant is fitted too */
    bool squared;    /**< amplitudes enter squared: a correlator of the same source and sink */
} plaq_exponentials_part;

/**
 * sum_n A_n^(k) [exp(-E_n t) +- exp(-E_n (T - t))] + c^(k) for correlators k with shared energies. Parameters: E_0,
 * then the logarithms of the differences log(E_1 - E_0), ... (so that states stay in order), then the amplitudes of
 * each correlator, then its constant. "E0" "log_dE1" ... "A0_0" "A0_1" ... "c0".
 */
PLAQ_MUST_USE plaq_status plaq_model_exponentials(const plaq_exponentials_part part[], int parts, int states,
                                                  plaq_model *model);
/** A starting point for it from the data: effective masses and amplitudes. */
PLAQ_MUST_USE plaq_status plaq_model_exponentials_start(const plaq_model *model, const double y[], double start[]);

/** sum_k p_k basis_k(x): basis[points][params], values of the basis functions at the points. Copies. */
PLAQ_MUST_USE plaq_status plaq_model_linear(const double basis[], size_t points, size_t params,
                                            const char *const name[], plaq_model *model);
void plaq_model_destroy(plaq_model *model);

/* ---- averages over models ---- */

/** Weights of fits to parts of the same data by the Akaike criterion with the perfect-model term (Jay and Neil,
 * 2008.01069; Neil and Sitison, 2208.14983): w ~ exp(-(chi^2 + 2 params + 2 left out)/2), normalised. */
void plaq_average_weights(const plaq_fit_facts facts[], const size_t params[], const size_t left_out[], size_t n,
                          double weight[]);

/** The systematic error of an average over models: sqrt(sum w a^2 - (sum w a)^2). */
double plaq_average_systematic(const double value[], const double weight[], size_t n);

#endif
