/** @file
 * From numbers configuration by configuration to values with errors: arrays in, arrays out. Room: analysis.
 *
 * Knows base alone: no MPI, no files. Everything here is Local.
 *
 * The central object is the estimate: numbers together with how each configuration moved them. Whatever is made from
 * estimates is one again, to first order, so errors, autocorrelations and correlations are asked for once, at the end
 * (Wolff, hep-lat/0306017; Ramos, 1809.01289). Everything made from numbers is a plaq_function of them, so that linear
 * propagation, jackknife and bootstrap run through the same code.
 */
#ifndef PLAQ_ANALYSIS_H
#define PLAQ_ANALYSIS_H

#include "plaq/base.h"

/* ---- chains: which configurations ---- */

/** One Markov chain (replica) of an ensemble: the numbers of its configurations, ascending; gaps are allowed. */
typedef struct {
    char ensemble[64];
    char replica[64]; /**< "" where there is one alone */
    size_t count;
    int64_t *config; /**< [count] */
} plaq_chain;

/** Chains that many estimates share: by ensemble, then replica. Counted: hold and release. Never changed once made. */
typedef struct {
    int holders;
    int count;
    plaq_chain *chain; /**< [count] */
    size_t configs;    /**< of all chains together */
} plaq_chains;

/** Copies and sorts a list of chains. PLAQ_E_DATA where one is empty, has configurations twice or not ascending, or
 * where two are of the same name. n = 0 makes the chains of a constant. */
PLAQ_MUST_USE plaq_status plaq_chains_create(const plaq_chain list[], int n, plaq_chains **chains);
plaq_chains *plaq_chains_hold(plaq_chains *chains); /**< another holder; returns @p chains */
void plaq_chains_release(plaq_chains **chains);     /**< frees with the last holder; sets it to NULL */
bool plaq_chains_equal(const plaq_chains *a, const plaq_chains *b);

/** The chains with every configuration of either. */
PLAQ_MUST_USE plaq_status plaq_chains_unite(plaq_chains *a, plaq_chains *b, plaq_chains **united);

/* ---- estimates: values with their fluctuations ---- */

/** @p size numbers with their fluctuations. Owned by the caller: plaq_estimate_clear. */
typedef struct {
    plaq_chains *chains; /**< held */
    size_t size;
    double *value; /**< [size] */
    double *delta; /**< [size][chains->configs]: how far a configuration's number lies from its ensemble's mean, first
                        order in whatever was made of it; the mean over an ensemble is zero */
} plaq_estimate;

/** Measured numbers, samples[configuration][size] in the order of the chains, which are of one ensemble: values are the
 * means over all configurations. PLAQ_E_DATA where a number is not finite (says which configuration and entry). */
PLAQ_MUST_USE plaq_status plaq_estimate_primary(plaq_chains *chains, size_t size, const double samples[],
                                                plaq_estimate *out);
PLAQ_MUST_USE plaq_status plaq_estimate_constant(size_t size, const double values[], plaq_estimate *out);
/** The entries whose positions are listed. */
PLAQ_MUST_USE plaq_status plaq_estimate_pick(const plaq_estimate *from, const size_t entry[], size_t n,
                                             plaq_estimate *out);
/** All entries of several estimates, one after the other, on the united chains. An estimate that lacks configurations
 * has fluctuation 0 there, and its others grow by (all / its own) configurations of the ensemble: its mean is over
 * fewer, and the error stays what it was. */
PLAQ_MUST_USE plaq_status plaq_estimate_join(const plaq_estimate *const list[], int n, plaq_estimate *out);
void plaq_estimate_clear(plaq_estimate *estimate);

/* ---- functions: what is made from numbers ---- */

/** out = f(in). The context is borrowed, and constant while it is used: evaluate() may be called thousands of times. */
typedef struct {
    size_t in, out;
    /** PLAQ_E_DATA or PLAQ_E_CONVERGENCE, worded, where it has no value there: NaN is never given back. */
    plaq_status (*evaluate)(const void *context, const double in[], double out[]);
    /** d out / d in, jacobian[out][in], at @p in where the function is @p value; NULL: numerically, with a check. */
    plaq_status (*jacobian)(const void *context, const double in[], const double value[], double jacobian[]);
    const void *context;
} plaq_function;

/** f of an estimate, to first order in the fluctuations. Without a jacobian: central differences with steps of a
 * fraction of each input's error, taken at two step sizes; PLAQ_E_CONVERGENCE where the two do not agree. */
PLAQ_MUST_USE plaq_status plaq_estimate_derive(const plaq_function *f, const plaq_estimate *in, plaq_estimate *out);

/** The derivatives of f at @p in by central differences, jacobian[out][in]: steps of a tenth and a twentieth of
 * @p error[in], extrapolated to zero. Where the error is 0 the derivative is not taken, and 0. PLAQ_E_CONVERGENCE where
 * the two steps do not agree. */
PLAQ_MUST_USE plaq_status plaq_function_differentiate(const plaq_function *f, const double in[], const double error[],
                                                      double jacobian[]);

/** The largest difference between a function's jacobian and the numerical one at @p in, for tests. Numbers move by
 * @p step relative to |in| (by @p step itself where it is 0); the difference is relative to what the moves of all
 * numbers do to an entry at most. */
PLAQ_MUST_USE plaq_status plaq_function_check(const plaq_function *f, const double in[], double step, double *worst);

/* ---- the Gamma method ---- */

/** Whose conventions: tau and error of an autocorrelation function summed up to W, of N configurations.
 * docs/analysis.md has them side by side. */
typedef enum {
    PLAQ_BIAS_WOLFF,   /**< all of Gamma(t) raised by Gamma_sum / N (hep-lat/0306017, eq. 49), as hadron's uwerr; pairs
                            weighted by how many there are in chains with gaps */
    PLAQ_BIAS_PYERRORS /**< the sum times (1 + (2 W + 1)/N) / (1 + 1/N), at least 1/2; no weights: as pyerrors */
} plaq_bias;

typedef struct {
    double window;  /**< S of the automatic window (hep-lat/0306017, eq. 52); 0: configurations are independent */
    double tau_exp; /**< > 0: attach an exponential tail (Schaefer, Sommer, Virotta 1009.5228), in units of the numbers
                         of configurations */
    double n_sigma; /**< where it is attached: the first t at which rho is below n_sigma of its errors */
    plaq_bias bias;
} plaq_gamma_method;

/** What one ensemble contributes to an error. tau_int = 1/2 + sum_{t >= 1} rho(t): 1/2 of independent configurations.
 */
typedef struct {
    char ensemble[64];
    size_t configs; /**< at which the number is known: where it does not move at all it is taken for not measured */
    int replica;
    int64_t spacing; /**< of the configurations' numbers, their greatest common divisor: the unit of what follows */
    double error, error_error;
    double tau, tau_error;
    size_t window;
    bool bounded; /**< no window was found in the chain's length: the error is a lower bound */
    double q;     /**< probability of so different means of replica; 1 of one */
} plaq_gamma_part;

/** A value and its error. */
typedef struct {
    double value, error, error_error;
    double tau, tau_error; /**< of the ensemble with the largest contribution */
    int count;
    plaq_gamma_part *part; /**< [count]: by ensemble; owned: plaq_uncertainty_clear */
} plaq_uncertainty;

/** Error of entry @p i. PLAQ_E_DATA with fewer than 4 configurations of an ensemble; fluctuations that are all zero
 * give error 0 and tau 1/2 (the caller decides whether a constant is a mistake). */
PLAQ_MUST_USE plaq_status plaq_estimate_error(const plaq_estimate *estimate, size_t i, const plaq_gamma_method *method,
                                              plaq_uncertainty *out);
void plaq_uncertainty_clear(plaq_uncertainty *uncertainty);

/** Normalised autocorrelation function rho[lags] of an entry on an ensemble, and its error (Luescher hep-lat/0409106,
 * eq. E.11), lag in units of the spacing; rho[0] = 1. Lags beyond the chain are 0. */
PLAQ_MUST_USE plaq_status plaq_autocorrelation(const plaq_estimate *estimate, size_t i, const char *ensemble,
                                               size_t lags, double rho[], double error[]);

/* ---- resampling ---- */

typedef enum { PLAQ_JACKKNIFE, PLAQ_BOOTSTRAP } plaq_resampling_kind;

typedef struct {
    plaq_resampling_kind kind;
    size_t block;   /**< configurations of a block, at least 1: see plaq_resampling_block() */
    size_t samples; /**< of the bootstrap */
    uint64_t seed;  /**< of the bootstrap: sample s of an ensemble is the same blocks for every quantity */
} plaq_resampling_method;

/**
 * Raises @p *block to what measured numbers need: B^3 = (tau - 1/(4 tau))^2 N of the entry that needs most. Blocks of B
 * lose a fraction (tau - 1/(4 tau))/B of a variance (for one exponential; the smaller, the longer they are), and N/B
 * of them know it to sqrt(2 B/N): this is where the two together are least. 1 of independent numbers.
 */
PLAQ_MUST_USE plaq_status plaq_resampling_block(const plaq_estimate *estimate, size_t *block);

/** Which configurations are in which sample: one plan for everything that is to be combined. Samples of an ensemble do
 * not depend on the other ensembles of the plan. PLAQ_E_DATA with fewer than 2 blocks of an ensemble. */
typedef struct plaq_resampling plaq_resampling;
PLAQ_MUST_USE plaq_status plaq_resampling_create(const plaq_resampling_method *method, plaq_chains *chains,
                                                 plaq_resampling **plan);
void plaq_resampling_destroy(plaq_resampling **plan);
size_t plaq_resampling_samples(const plaq_resampling *plan);

/** Sample means of numbers. Owned: plaq_resamples_clear. */
typedef struct {
    size_t size, samples;
    double *value;  /**< [size]: of all configurations */
    double *sample; /**< [samples][size] */
} plaq_resamples;

/** Samples of measured numbers (an estimate of plaq_estimate_primary); its chains are among the plan's. */
PLAQ_MUST_USE plaq_status plaq_resample(const plaq_resampling *plan, const plaq_estimate *estimate,
                                        plaq_resamples *out);
PLAQ_MUST_USE plaq_status plaq_resamples_join(const plaq_resamples *const list[], int n, plaq_resamples *out);
/** f of every sample. */
PLAQ_MUST_USE plaq_status plaq_resamples_derive(const plaq_function *f, const plaq_resamples *in, plaq_resamples *out);
/** error[size]; the jackknife's is sqrt(sum over ensembles of (n - 1)/n sum (sample - mean)^2). */
PLAQ_MUST_USE plaq_status plaq_resamples_error(const plaq_resampling *plan, const plaq_resamples *of, double error[]);
void plaq_resamples_clear(plaq_resamples *samples);

/* ---- covariance ---- */

typedef enum {
    PLAQ_SHRINK_NONE,
    PLAQ_SHRINK_GIVEN,      /**< correlation = (1 - lambda) correlation + lambda 1 */
    PLAQ_SHRINK_LEDOIT_WOLF /**< lambda by Ledoit and Wolf (J. Multivar. Anal. 88 (2004) 365), target the diagonal */
} plaq_shrink;

typedef struct {
    plaq_shrink shrink;
    double lambda; /**< 0 to 1, of PLAQ_SHRINK_GIVEN */
    double cut;    /**< eigenvalues of the correlation matrix below cut * the largest are raised to it; 0: none */
} plaq_covariance_method;

/** What came of it. */
typedef struct {
    double lambda;    /**< used */
    double condition; /**< of the correlation matrix, before shrinkage and cut; 1/epsilon where it is singular */
    size_t cut;       /**< eigenvalues raised */
} plaq_covariance_facts;

/** covariance[size][size]: errors by the Gamma method, correlations of the fluctuations at the same configuration (so
 * autocorrelation is in the errors, not in the correlation). PLAQ_E_DATA where it is singular and nothing was asked to
 * mend it: says how many configurations there are for how many numbers. */
PLAQ_MUST_USE plaq_status plaq_covariance(const plaq_estimate *estimate, const plaq_gamma_method *gamma,
                                          const plaq_covariance_method *method, double covariance[],
                                          plaq_covariance_facts *facts);

/* ---- expressions ---- */

/**
 * A formula over named quantities, "sqrt(8*t0)", "log(c[10]/c[11])", "mean(m[8:14])": + - * / ^, unary minus, numbers,
 * pi, exp log sqrt sin cos tan sinh cosh tanh asinh acosh atanh abs, sum mean (of all entries), entries [i] and
 * ranges [i:j] (j not included). Numbers of one entry go with arrays of any length, arrays entry by entry.
 */
typedef struct plaq_expression plaq_expression;

/** PLAQ_E_USAGE with the place in the text: "column 7 of "log(c[10"": expected ]". */
PLAQ_MUST_USE plaq_status plaq_expression_parse(const char *text, plaq_expression **expression);
void plaq_expression_destroy(plaq_expression **expression);
/** The names in it, each once, in the order of their first use. */
int plaq_expression_names(const plaq_expression *expression, const char *const **names);
/** The function of all names' entries, one after the other, with exact derivatives. @p size [names]. The expression
 * keeps the sizes and is the context. PLAQ_E_USAGE where an index or the lengths do not fit. */
PLAQ_MUST_USE plaq_status plaq_expression_function(plaq_expression *expression, const size_t size[], plaq_function *f);

#endif
