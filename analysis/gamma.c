/* The Gamma method (U. Wolff, Comput. Phys. Commun. 156 (2004) 143, hep-lat/0306017). Of the fluctuations delta of a
 * number on an ensemble of N configurations,
 *
 *     Gamma(t) = mean of delta(n) delta(n + t) over all pairs of configurations, of a replica, at distance t
 *     rho(t) = Gamma(t)/Gamma(0),    tau(W) = 1/2 + sum_{t=1}^W w(t) rho(t),    width(W) = 1/2 + sum_{t=1}^W w(t)
 *
 * Without gaps w = 1 and width = W + 1/2. In general the variance of a mean is the sum of Gamma over all pairs that
 * there are, divided by N^2, so w(t) is their density: pairs at distance t over those of a chain without gaps, divided
 * by the same of single configurations. A chain of which half was left out at random has w = 1/2. pyerrors takes w = 1
 * always.
 *
 * The window W is the first at which exp(-u/tau') - tau'/sqrt(u N) < 0, where u = width - 1/2 (W without gaps) and
 * tau' = S / ln[(2 tau + 1)/(2 tau - 1)] (eqs. 51, 52). As the mean was taken from the same numbers, Gamma is too small
 * by 2 tau Gamma(0)/N (eq. 49):
 *
 *     error^2 = 2 tau(W) (1 + 2 width/N) Gamma(0)/N,    tau_int = tau(W) (1 + 2 width/N) / b
 *
 * where b = 1 + 2 tau(W)/N corrects Gamma(0) as well (Wolff), or b = 1 + 1/N (pyerrors). With a tail (S. Schaefer, R.
 * Sommer, F. Virotta, arXiv:1009.5228) the sum stops at the first W at which rho is no longer significant, and what
 * follows is tau_exp rho(W + 1).
 *
 * A configuration at which a number does not move at all, to the bit, is taken for one at which it was not measured
 * (see plaq_estimate_join(); not so with pyerrors' conventions). Its pairs would add nothing but zeros, on which no
 * window is found. The error of the mean is the same: fluctuations shrink by n/N, and N is n.
 *
 * Distances are in units of the greatest common divisor of all distances. Lags go up to half of the longest replica. */
#include <gsl/gsl_cdf.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "plaq/analysis.h"

enum { CONFIGS_LEAST = 4 };

/* The cutoff of the sum for the error of rho (M. Luescher, hep-lat/0409106, appendix E). */
enum { RHO_CUTOFF = 100 };

/* A number's fluctuations on one ensemble. */
typedef struct {
    const plaq_chain *chain;
    int replica;
    size_t configs;
    const double *delta; /* [configs] */
    plaq_chain *owned;   /* where configurations were left out: the chains, and the two arrays */
    double *owned_delta;
    int64_t *owned_config;
    int64_t spacing;
    size_t lags; /* that may be asked for: half of the longest replica */
    double grid; /* configurations there were, had no replica gaps */
} history;

/* Gamma(t) and the weights of its sum, as far as they were needed. */
typedef struct {
    const history *h;
    bool weighted;
    size_t known;
    double *gamma, *weight; /* [h->lags] */
} correlation;

/* ---- the configurations of an ensemble ---- */

static int64_t common_divisor(int64_t a, int64_t b)
{
    while (b) {
        const int64_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

static int64_t chain_spacing(const plaq_chain *c, int64_t spacing)
{
    for (size_t i = 1; i < c->count && spacing != 1; i++)
        spacing = common_divisor(c->config[i] - c->config[i - 1], spacing);
    return spacing;
}

/* Places of a replica's grid. */
static size_t places(const plaq_chain *c, int64_t spacing)
{
    return (size_t)((c->config[c->count - 1] - c->config[0]) / spacing) + 1;
}

/* The configurations at which the number moves. */
static size_t count_moving(const history *h)
{
    size_t n = 0;

    for (size_t c = 0; c < h->configs; c++) n += h->delta[c] != 0;
    return n;
}

/* Leaves the other configurations out. */
static plaq_status leave_out(history *h, size_t moving)
{
    const double factor = (double)moving / (double)h->configs, *delta = h->delta;
    size_t n = 0;
    int replica = 0;

    h->owned = plaq_alloc((size_t)h->replica, sizeof *h->owned);
    h->owned_config = plaq_alloc(moving, sizeof *h->owned_config);
    h->owned_delta = plaq_alloc(moving, sizeof *h->owned_delta);
    if (!h->owned || !h->owned_config || !h->owned_delta) return PLAQ_E_MEMORY;
    for (int r = 0; r < h->replica; r++) {
        plaq_chain *c = &h->owned[replica];

        *c = h->chain[r];
        c->config = &h->owned_config[n];
        c->count = 0;
        for (size_t i = 0; i < h->chain[r].count; i++, delta++) {
            if (*delta == 0) continue;
            c->config[c->count++] = h->chain[r].config[i];
            h->owned_delta[n++] = factor * *delta;
        }
        replica += c->count > 0;
    }
    h->chain = h->owned;
    h->delta = h->owned_delta;
    h->replica = replica;
    h->configs = moving;
    return PLAQ_OK;
}

static void history_clear(history *h)
{
    plaq_free(h->owned);
    plaq_free(h->owned_config);
    plaq_free(h->owned_delta);
}

static void lay_out(history *h)
{
    for (int r = 0; r < h->replica; r++) h->spacing = chain_spacing(&h->chain[r], h->spacing);
    if (h->spacing == 0) h->spacing = 1; /* replica of one configuration each */
    for (int r = 0; r < h->replica; r++) {
        const size_t n = places(&h->chain[r], h->spacing);

        h->grid += (double)n;
        if (n / 2 > h->lags) h->lags = n / 2;
    }
}

static plaq_status check_length(const history *h)
{
    if (h->configs >= CONFIGS_LEAST) return PLAQ_OK;
    return plaq_fail(PLAQ_E_DATA, "ensemble \"%s\": an error takes %d configurations, there are %zu",
                     h->chain->ensemble, CONFIGS_LEAST, h->configs);
}

/* The history of entry @p i on the ensemble whose first chain is @p first: history_clear(), also where it fails.
 * *chains are those of the ensemble. */
static plaq_status history_of(const plaq_estimate *estimate, size_t i, int first, const plaq_gamma_method *method,
                              history *h, int *chains)
{
    const plaq_chains *all = estimate->chains;
    size_t moving;

    *h = (history){.chain = &all->chain[first], .delta = &estimate->delta[i * all->configs]};
    for (int k = 0; k < first; k++) h->delta += all->chain[k].count;
    for (int k = first; k < all->count && strcmp(all->chain[k].ensemble, h->chain->ensemble) == 0; k++) {
        h->replica++;
        h->configs += all->chain[k].count;
    }
    *chains = h->replica;
    PLAQ_TRY(check_length(h));
    moving = count_moving(h);
    if (method->bias == PLAQ_BIAS_WOLFF && moving > 0 && moving < h->configs) PLAQ_TRY(leave_out(h, moving));
    lay_out(h);
    return PLAQ_OK;
}

/* ---- Gamma(t) ---- */

/* sum_i a_i b_i in eight partial sums, which the compiler keeps side by side. */
static double dot(const double *a, const double *b, size_t n)
{
    double part[8] = {0}, sum = 0;
    size_t i = 0;

    for (; i + 8 <= n; i += 8)
        for (int l = 0; l < 8; l++) part[l] += a[i + l] * b[i + l];
    for (; i < n; i++) sum += a[i] * b[i];
    for (int l = 0; l < 8; l++) sum += part[l];
    return sum;
}

/* Adds delta(n) delta(n + t) of one replica to *sum; how many pairs there are. */
static size_t add_pairs(const plaq_chain *c, const double *delta, int64_t spacing, size_t t, double *sum)
{
    const int64_t distance = (int64_t)t * spacing;
    size_t pairs = 0;

    if (c->config[c->count - 1] - c->config[0] == (int64_t)(c->count - 1) * spacing) { /* no gaps */
        if (t >= c->count) return 0;
        *sum += dot(delta, delta + t, c->count - t);
        return c->count - t;
    }
    for (size_t i = 0, j = 0; i < c->count; i++) {
        while (j < c->count && c->config[j] - c->config[i] < distance) j++;
        if (j == c->count) break;
        if (c->config[j] - c->config[i] != distance) continue;
        *sum += delta[i] * delta[j];
        pairs++;
    }
    return pairs;
}

/* Gamma(t), and the density of pairs relative to that of configurations. */
static double gamma_at(const history *h, size_t t, double *weight)
{
    const double *delta = h->delta;
    double sum = 0, possible = 0;
    size_t pairs = 0;

    for (int r = 0; r < h->replica; r++) {
        const size_t n = places(&h->chain[r], h->spacing);

        pairs += add_pairs(&h->chain[r], delta, h->spacing, t, &sum);
        possible += n > t ? (double)(n - t) : 0;
        delta += h->chain[r].count;
    }
    *weight = pairs ? (double)pairs / possible * h->grid / (double)h->configs : 0;
    return pairs ? sum / (double)pairs : 0;
}

static plaq_status correlation_create(const history *h, const plaq_gamma_method *method, correlation *c)
{
    *c = (correlation){.h = h, .weighted = method->bias == PLAQ_BIAS_WOLFF};
    c->gamma = plaq_alloc(2 * (h->lags + 1), sizeof *c->gamma);
    if (!c->gamma) return PLAQ_E_MEMORY;
    c->weight = c->gamma + h->lags + 1;
    c->gamma[0] = gamma_at(h, 0, c->weight);
    c->known = 1;
    return PLAQ_OK;
}

/* rho(t) of t in 0 .. lags - 1, and zero beyond: noise alone. */
static double rho_at(correlation *c, size_t t)
{
    if (t >= c->h->lags) return t == 0;
    for (; c->known <= t; c->known++) c->gamma[c->known] = gamma_at(c->h, c->known, &c->weight[c->known]);
    return c->gamma[t] / c->gamma[0];
}

/* (error of rho(t))^2 = 1/N sum_{k=1}^{t + cutoff} [rho(k + t) + rho(k - t) - 2 rho(k) rho(t)]^2 */
static double rho_error(correlation *c, size_t t)
{
    double sum = 0;

    for (size_t k = 1; k <= t + RHO_CUTOFF; k++) {
        const size_t back = k > t ? k - t : t - k;

        sum += pow(rho_at(c, k + t) + rho_at(c, back) - 2 * rho_at(c, k) * rho_at(c, t), 2);
    }
    return sqrt(sum / (double)c->h->configs);
}

/* ---- windows ---- */

/* What was summed: tau(W), width(W), and what a tail adds to tau. */
typedef struct {
    double tau, width, tail, tail_error;
    size_t window;
    bool bounded;
} summed;

/* Takes rho(W + 1) in. */
static void widen(summed *s, correlation *c)
{
    const double rho = rho_at(c, ++s->window), weight = c->weighted ? c->weight[s->window] : 1;

    s->tau += weight * rho;
    s->width += weight;
}

/* tau(W), which may not be below 1/2 in pyerrors. */
static double tau_of(const summed *s, const plaq_gamma_method *method)
{
    return method->bias == PLAQ_BIAS_PYERRORS ? fmax(s->tau, 0.5) : s->tau;
}

/* exp(-u/tau') - tau'/sqrt(u N) < 0: beyond W there is more noise than signal. Not before there were as many pairs as
 * neighbours in a chain without gaps. */
static bool is_window(const summed *s, double factor, size_t n)
{
    const double u = s->width - 0.5;
    const double scaled = s->tau > 0.5 ? factor / log((2 * s->tau + 1) / (2 * s->tau - 1)) : 0;

    return u >= 1 && (scaled == 0 || exp(-u / scaled) < scaled / sqrt(u * (double)n));
}

static void sum_to_window(correlation *c, const plaq_gamma_method *method, summed *s)
{
    s->bounded = method->window > 0;
    while (s->bounded && s->window + 1 < c->h->lags) {
        widen(s, c);
        s->bounded = !is_window(s, method->window, c->h->configs);
    }
}

static void sum_to_tail(correlation *c, const plaq_gamma_method *method, summed *s)
{
    const double density = c->weighted ? (double)c->h->configs / c->h->grid : 1;
    const double weight = density * method->tau_exp / (double)c->h->spacing;

    s->bounded = true;
    while (s->bounded && s->window + 2 < c->h->lags) {
        widen(s, c);
        s->bounded = rho_at(c, s->window) >= method->n_sigma * rho_error(c, s->window);
    }
    s->tail = weight * fabs(rho_at(c, s->window + 1)); /* a tail is never negative */
    s->tail_error = weight * rho_error(c, s->window + 1);
}

/* ---- errors ---- */

/* tau <= 0 is what is left of anticorrelated numbers after noise; an error of them is that of independent ones. */
static summed sum_up(correlation *c, const plaq_gamma_method *method)
{
    static const summed independent = {.tau = 0.5, .width = 0.5};
    summed s = independent;

    if (method->tau_exp > 0)
        sum_to_tail(c, method, &s);
    else
        sum_to_window(c, method, &s);
    s.tau = tau_of(&s, method);
    return s.tau > 0 ? s : independent;
}

/* Probability of means of the replica that differ by more: chi^2 = sum_r N_r mean_r^2 / (N error^2), R - 1 degrees of
 * freedom (hep-lat/0306017, section 4.3). */
static double replica_quality(const history *h, double error)
{
    const double *delta = h->delta;
    double chi2 = 0;

    if (h->replica < 2 || error == 0) return 1;
    for (int r = 0; r < h->replica; r++) {
        const size_t n = h->chain[r].count;
        double sum = 0;

        for (size_t i = 0; i < n; i++) sum += delta[i];
        chi2 += sum * sum / (double)n;
        delta += n;
    }
    return gsl_cdf_chisq_Q(chi2 / ((double)h->configs * error * error), h->replica - 1);
}

static void fill(const summed *s, double gamma, const history *h, const plaq_gamma_method *method,
                 plaq_gamma_part *part)
{
    const double n = (double)h->configs;
    const double grown = s->tau * (1 + 2 * s->width / n);
    const double b = 1 + (method->bias == PLAQ_BIAS_WOLFF ? 2 * s->tau : 1) / n;
    const bool pyerrors = method->bias == PLAQ_BIAS_PYERRORS;
    const double tau = pyerrors ? s->tau : grown / b; /* whose error is quoted (eq. 42) */

    part->window = s->window;
    part->bounded = s->bounded;
    part->tau = grown / b + s->tail;
    part->tau_error = hypot(2 * tau * sqrt(fabs(s->width - tau) / n), s->tail_error);
    part->error = sqrt(2 * part->tau * gamma * b / n);
    if (pyerrors && method->window == 0 && method->tau_exp <= 0) {
        part->tau = 0.5;
        part->error = sqrt(gamma / (n - 1));
    }
    part->error_error = part->error * sqrt(s->width / n);
    part->q = replica_quality(h, part->error);
}

static plaq_status ensemble_error(const history *h, const plaq_gamma_method *method, plaq_gamma_part *part)
{
    correlation c;
    summed s;

    *part = (plaq_gamma_part){.configs = h->configs, .replica = h->replica, .spacing = h->spacing, .tau = 0.5, .q = 1};
    memcpy(part->ensemble, h->chain->ensemble, sizeof part->ensemble);
    PLAQ_TRY(correlation_create(h, method, &c));
    if (c.gamma[0] > 0) {
        s = sum_up(&c, method);
        fill(&s, c.gamma[0], h, method, part);
    }
    plaq_free(c.gamma);
    return PLAQ_OK;
}

static void add_up(plaq_uncertainty *u)
{
    const plaq_gamma_part *largest = NULL;
    double square = 0, square_error = 0;

    u->tau = 0.5;
    for (int k = 0; k < u->count; k++) {
        const plaq_gamma_part *p = &u->part[k];

        square += p->error * p->error;
        square_error += pow(p->error * p->error_error, 2);
        if (!largest || p->error > largest->error) largest = p;
    }
    u->error = sqrt(square);
    u->error_error = square > 0 ? sqrt(square_error / square) : 0;
    if (!largest) return;
    u->tau = largest->tau;
    u->tau_error = largest->tau_error;
}

plaq_status plaq_estimate_error(const plaq_estimate *estimate, size_t i, const plaq_gamma_method *method,
                                plaq_uncertainty *out)
{
    const plaq_chains *chains = estimate->chains;
    plaq_uncertainty u = {.value = estimate->value[i]};
    plaq_status status = PLAQ_OK;

    u.part = plaq_alloc((size_t)chains->count, sizeof *u.part);
    if (!u.part) return PLAQ_E_MEMORY;
    for (int k = 0, n; k < chains->count; k += n) {
        history h;

        status = history_of(estimate, i, k, method, &h, &n);
        if (status == PLAQ_OK) status = ensemble_error(&h, method, &u.part[u.count++]);
        history_clear(&h);
        if (status != PLAQ_OK) goto done;
    }
    add_up(&u);
    *out = u;
    u.part = NULL;
done:
    plaq_uncertainty_clear(&u);
    return status;
}

void plaq_uncertainty_clear(plaq_uncertainty *uncertainty)
{
    plaq_free(uncertainty->part);
    *uncertainty = (plaq_uncertainty){0};
}

plaq_status plaq_autocorrelation(const plaq_estimate *estimate, size_t i, const char *ensemble, size_t lags,
                                 double rho[], double error[])
{
    static const plaq_gamma_method method = {0};
    const plaq_chains *chains = estimate->chains;
    correlation c = {0};
    history h;
    plaq_status status;
    int first = 0, n;

    while (first < chains->count && strcmp(chains->chain[first].ensemble, ensemble) != 0) first++;
    if (first == chains->count) return plaq_fail(PLAQ_E_USAGE, "no ensemble \"%s\" among the numbers", ensemble);
    PLAQ_GO(history_of(estimate, i, first, &method, &h, &n));
    PLAQ_GO(correlation_create(&h, &method, &c));
    for (size_t t = 0; t < lags; t++) {
        const bool known = c.gamma[0] > 0 && t > 0 && t < h.lags;

        rho[t] = known ? rho_at(&c, t) : t == 0;
        error[t] = known ? rho_error(&c, t) : 0;
    }
done:
    history_clear(&h);
    plaq_free(c.gamma);
    return status;
}
