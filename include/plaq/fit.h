/** @file
 * Least-squares fits, their models, scans of ranges and averages over models. Room: analysis. See analysis.h.
 *
 *     chi^2(p) = sum_ij (y_i(p) - y_i) (C^-1)_ij (y_j(p) - y_j) + sum_k ((p_k - mean_k)/sigma_k)^2
 *
 * Of an uncorrelated fit C is its diagonal. docs/analysis.md says which to take, and what p and errors then mean.
 */
#ifndef PLAQ_FIT_H
#define PLAQ_FIT_H

#include "plaq/analysis.h"
#include "plaq/correlator.h"

/** What is fitted: points y_i(p) of parameters p, with the exact Jacobian. The context is borrowed, or the model's own
 * where one of the makers below made it. */
typedef struct {
    size_t points, params;
    const char *const *name; /**< [params] */
    plaq_status (*evaluate)(const void *context, const double p[], double y[]);
    plaq_status (*jacobian)(const void *context, const double p[], double jacobian[]); /**< [points][params] */
    /** A starting point from the data; weight[points]: 1/error^2, 0 of points that are not fitted. NULL: fits must be
     * given one. */
    plaq_status (*guess)(const void *context, const double y[], const double weight[], double start[]);
    const void *context;
} plaq_model;

/** A Gaussian prior of a parameter; none where sigma is not positive. */
typedef struct {
    double mean, sigma;
} plaq_prior;

/** What a fit is to do. */
typedef struct {
    const plaq_model *model;
    const double *covariance; /**< [points][points]; of an uncorrelated fit the diagonal alone weighs */
    bool correlated;
    const bool *used;        /**< [points]: which points are fitted; NULL: all */
    const plaq_prior *prior; /**< [params]; NULL: none. They count as points */
    const double *start;     /**< [params]; NULL: the model's guess */
    size_t iterations;       /**< at most; 0: 200 */
} plaq_fit;

/** How good a fit is. Correlations between the points of an uncorrelated fit, the rest of its covariance matrix, change
 * what chi^2 is to be expected, and with it the probability (Bruno and Sommer, 2209.14188). */
typedef struct {
    double chi2;     /**< at the minimum, with priors */
    double expected; /**< chi^2 on average of a right model: dof where the fit is correlated or the points are not */
    double p;        /**< probability of a larger chi^2; 1 where dof = 0 */
    size_t dof;      /**< points + priors - parameters */
    size_t iterations;
} plaq_fit_facts;

/**
 * Minimises chi^2 for data y[points] by Levenberg-Marquardt (gsl_multifit_nlinear), then Newton: at the minimum the
 * next step is less than 1e-6 of the errors.
 *
 * PLAQ_E_DATA with fewer points and priors than parameters, numbers that are not finite, or a covariance that is not
 * positive; PLAQ_E_CONVERGENCE where no minimum was found or the data do not determine a parameter (says which).
 */
PLAQ_MUST_USE plaq_status plaq_fit_run(const plaq_fit *fit, const double y[], double p[], plaq_fit_facts *facts);

/**
 * The fit as a function of its data, and then of the means of the priors that there are: in = points + priors, out =
 * parameters. With the derivative by the implicit function theorem, second derivatives of the model included. The
 * weights stay what they are. @p fit is the context. plaq_fit_data() makes the input.
 */
void plaq_fit_function(const plaq_fit *fit, plaq_function *f);

/** Data and the means of priors, in[plaq_function.in] of plaq_fit_function. */
void plaq_fit_data(const plaq_fit *fit, const double y[], double in[]);

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
 * then the logarithms of the differences log(E_1 - E_0), ... (so that states stay in order), then for each correlator
 * its amplitudes and its constant: "E0" "log_dE1" ... "A0_0" "A1_0" ... "c0" "A0_1" ..., that is A<n>_<k> and c<k>.
 * Copies. PLAQ_E_USAGE without states, or with a backward part that has no period.
 */
PLAQ_MUST_USE plaq_status plaq_model_exponentials(const plaq_exponentials_part part[], int parts, int states,
                                                  plaq_model *model);

/** Its parameters to what they mean, in the same order: E_0, E_1, ..., and A_n^(k) where amplitudes are squared. */
void plaq_model_exponentials_values(const plaq_model *model, plaq_function *f);

/** sum_k p_k basis_k(x): basis[points][params], values of the basis functions at the points. Copies. */
PLAQ_MUST_USE plaq_status plaq_model_linear(const double basis[], size_t points, size_t params,
                                            const char *const name[], plaq_model *model);

/**
 * Linear in monomials of x[points][variables]: basis_k = prod_v x_v^power[k][v]. A plateau is one term without
 * variables; the extrapolation in x = (a^2, m_pi^2 - m_phys^2) has the powers (0 0), (1 0), (0 1), (1 1).
 */
PLAQ_MUST_USE plaq_status plaq_model_monomials(const double x[], size_t points, size_t variables, const int power[],
                                               size_t params, const char *const name[], plaq_model *model);

/**
 * The same where x has errors: the data are y[points], then x[points][variables], and the true places are parameters
 * after the coefficients ("x<variable>_<point>"). The covariance of all data correlates y and x.
 */
PLAQ_MUST_USE plaq_status plaq_model_surface(size_t points, size_t variables, const int power[], size_t terms,
                                             const char *const name[], plaq_model *model);

/** V(r) = V_0 - alpha/r + sigma r at r[points] > 0; parameters "V0" "alpha" "sigma", as plaq_sommer_scale takes them.
 */
PLAQ_MUST_USE plaq_status plaq_model_potential(const double r[], size_t points, plaq_model *model);

/** Energies E(p) at p[points][3], all in units of 1/a: E^2 = m^2 + c^2 p^2, or with 2 sinh(E/2), 2 sinh(m/2) and
 * 2 sin(p_i/2) in their places. Parameters "m", and "c2" where @p speed says that it is fitted; it is 1 otherwise. */
PLAQ_MUST_USE plaq_status plaq_model_dispersion(plaq_dispersion_kind kind, const double p[], size_t points, bool speed,
                                                plaq_model *model);

/** Frees what a maker of models made. */
void plaq_model_destroy(plaq_model *model);

/* ---- averages over models ---- */

/** Weights of fits to parts of the same data by the Akaike criterion with the perfect-model term (Jay and Neil,
 * 2008.01069; Neil and Sitison, 2208.14983): w ~ exp(-(chi^2 + 2 params + 2 left out)/2), normalised. Of uncorrelated
 * fits 2 (dof - expected) is added to chi^2, which makes it Takeuchi's criterion (J. Frison, 2302.06550). */
void plaq_average_weights(const plaq_fit_facts facts[], const size_t params[], const size_t left_out[], size_t n,
                          double weight[]);

/** The systematic error of an average over models: sqrt(sum w a^2 - (sum w a)^2). */
double plaq_average_systematic(const double value[], const double weight[], size_t n);

/** Which fits are averaged over: each of some models on each range of x in some limits. */
typedef struct {
    const plaq_fit *fit; /**< [fits]: models of the same data; `used` says what may be fitted at all. Means of priors
                              are constants here */
    size_t fits;
    const double *x;          /**< [points]: where the data stand, as time: a range has first <= x <= last */
    double first[2], last[2]; /**< lowest and highest beginning of the ranges, and end; they begin and end at points */
    size_t least;             /**< degrees of freedom that a fit has at least */
    const char *const *name;  /**< [names]: parameters that are averaged, present in every model */
    size_t names;
} plaq_scan;

/** One fit of a scan. */
typedef struct {
    plaq_fit fit; /**< of this range; starts at its minimum. Its `used` and `start` are the average's */
    size_t model; /**< its place in the scan's fits */
    double first, last;
    size_t points;
    plaq_fit_facts facts;
    double weight;
    double *value; /**< [names] */
} plaq_candidate;

/** What a scan came to. Owned: plaq_average_clear. Borrows what the scan's fits point to, which must live as long. */
typedef struct {
    size_t names, data; /**< data: points of the models */
    size_t count;
    plaq_candidate *candidate; /**< [count]: by model, first, last */
    size_t failed;             /**< fits that found no minimum: not among them */
    double *value;             /**< [names]: sum w a */
    double *systematic;        /**< [names] */
    size_t *entry;             /**< [fits][names]: which parameter of a model it is */
} plaq_average;

/** Fits all ranges and averages; weights below 1e-8 become 0. PLAQ_E_USAGE where no range has enough points or a model
 * lacks a name; PLAQ_E_CONVERGENCE where not one fit found a minimum (in the last one's words). */
PLAQ_MUST_USE plaq_status plaq_average_run(const plaq_scan *scan, const double y[], plaq_average *average);

/** The average as a function of the data, with the weights as they are: its error is the statistical one, the spread
 * of the models stays apart in `systematic`. @p average is the context. */
void plaq_average_function(const plaq_average *average, plaq_function *f);
void plaq_average_clear(plaq_average *average);

#endif
