/* extrapolate: a polynomial in one or several variables fitted to results, of several ensembles as a rule.
 *
 *     m: {extrapolate: {of: [m_a, m_b, m_c], x: [0.0120, 0.0081, 0.0042]}}                          # to a^2 = 0
 *     m: {extrapolate: {of: [m_a, m_b, m_c], x: [a2_a, a2_b, a2_c]}}                                # x with errors
 *     m: {extrapolate: {of: [...], x: [[a2_a, mpi2_a], ...], powers: [[0, 0], [1, 0], [0, 1]]}}
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "plaq/fit.h"
#include "study/study.h"

enum { MOST_TERMS = 16 };

typedef struct {
    bool correlated;
} extrapolate_params;

static const plaq_param table[] = {
    PLAQ_BOOL(extrapolate_params, correlated, "false", "with the whole covariance matrix; else its diagonal, and no p"),
    PLAQ_END,
};

static const plaq_param lists[] = {
    {.name = "of", .doc = "results: [m_a, m_b, m_c]"},
    {.name = "x",
     .doc = "where they stand: numbers, or names of quantities, whose errors count too; lists of them for several "
            "variables"},
    {.name = "powers",
     .fallback = "[0, 1]",
     .doc = "terms: powers of x, or of each variable: [[0, 0], [1, 0], [0, 1]]. The first is the constant"},
    {.name = "at",
     .fallback = "0",
     .doc = "where the value is wanted, of numbers x: a number, or one for each variable"},
    PLAQ_END,
};

/* What is fitted: y[points], and x[points][variables] as numbers or, in `taken` after y, as quantities. */
typedef struct {
    int points, variables, terms;
    plaq_taken *taken; /* [points] or [points (1 + variables)] */
    bool has_errors;   /* of x */
    double *x;         /* numbers less `at` */
    int *power;        /* [terms][variables] */
} surface;

/* ---- what is asked for ------------------------------------------------------------------------------------------- */

static const plaq_node *element(const plaq_node *node, int i)
{
    return plaq_node_what(node) == PLAQ_NODE_SEQUENCE ? plaq_node_item(node, (size_t)i) : node;
}

static int elements(const plaq_node *node)
{
    return plaq_node_what(node) == PLAQ_NODE_SEQUENCE ? (int)plaq_node_size(node) : 1;
}

static bool is_number(const plaq_node *node)
{
    double number;

    return plaq_node_what(node) == PLAQ_NODE_SCALAR && study_number_read(node, &number) == PLAQ_OK;
}

static plaq_status read_powers(const plaq_node *node, surface *s)
{
    s->terms = node ? elements(node) : 2;
    if (s->terms > MOST_TERMS) return plaq_node_fail(node, "%d terms, expected at most %d", s->terms, MOST_TERMS);
    s->power = plaq_alloc((size_t)(s->terms * s->variables), sizeof *s->power);
    if (!s->power) return PLAQ_E_MEMORY;
    for (int k = 0; k < s->terms; k++)
        for (int v = 0; v < s->variables; v++) {
            const plaq_node *term = node ? element(node, k) : NULL;
            double power = k;

            if (!node && s->variables > 1)
                return plaq_fail(PLAQ_E_USAGE, "powers of %d variables are missing", s->variables);
            if (term && elements(term) != s->variables)
                return plaq_node_fail(term, "%d powers of %d variables", elements(term), s->variables);
            if (term) PLAQ_TRY(study_number_read(element(term, v), &power));
            if (power != floor(power) || power < 0 || power > 20)
                return plaq_node_fail(term, "powers are 0, 1, ... 20, found %g", power);
            if (k == 0 && power != 0) return plaq_node_fail(term, "the first term is the constant, of powers 0");
            s->power[k * s->variables + v] = (int)power;
        }
    return PLAQ_OK;
}

static plaq_status read_x(plaq_study *study, const plaq_node *node, const plaq_node *at, surface *s)
{
    if (elements(node) != s->points)
        return plaq_node_fail(node, "%d positions of %d results", elements(node), s->points);
    s->variables = elements(element(node, 0));
    if (s->variables == 0 || (at && elements(at) != s->variables))
        return plaq_node_fail(at ? at : node, "expected one number for each of %d variables", s->variables);
    s->has_errors = !is_number(element(element(node, 0), 0));
    if (s->has_errors && at) return plaq_node_fail(at, "`at` goes with numbers x: shift quantities by an expression");
    s->x = plaq_alloc((size_t)(s->points * s->variables), sizeof *s->x);
    if (!s->x) return PLAQ_E_MEMORY;
    for (int i = 0; i < s->points; i++)
        for (int v = 0; v < s->variables; v++) {
            const plaq_node *one = element(node, i), *x = elements(one) == s->variables ? element(one, v) : NULL;
            const int k = i * s->variables + v;
            double origin = 0;

            if (!x) return plaq_node_fail(one, "%d positions, expected %d as above", elements(one), s->variables);
            if (s->has_errors) {
                if (plaq_node_what(x) != PLAQ_NODE_SCALAR || is_number(x))
                    return plaq_node_fail(x, "positions are all numbers or all names of quantities");
                PLAQ_TRY(plaq_study_entries(study, x, plaq_node_text(x), &s->taken[s->points + k]));
                continue;
            }
            PLAQ_TRY(study_number_read(x, &s->x[k]));
            if (at) PLAQ_TRY(study_number_read(element(at, v), &origin));
            s->x[k] -= origin;
        }
    return PLAQ_OK;
}

static plaq_status read_surface(plaq_study *study, const plaq_node *node, surface *s)
{
    const plaq_node *of = plaq_node_get(node, "of"), *x = plaq_node_get(node, "x");
    plaq_taken *results = NULL;
    plaq_status status;

    status = study_names_take(study, of, &results, &s->points);
    if (status == PLAQ_OK) {
        s->taken = plaq_alloc((size_t)s->points * (1 + (size_t)elements(element(x, 0))), sizeof *s->taken);
        if (!s->taken) status = PLAQ_E_MEMORY;
    }
    if (status == PLAQ_OK) memcpy(s->taken, results, (size_t)s->points * sizeof *results);
    plaq_free(results);
    if (status != PLAQ_OK) return status;
    PLAQ_TRY(read_x(study, x, plaq_node_get(node, "at"), s));
    for (int i = 0; i < s->points * (s->has_errors ? 1 + s->variables : 1); i++)
        if (s->taken[i].count != 1)
            return plaq_node_fail(of, "%s has %zu entries: expected a number", s->taken[i].made->name,
                                  s->taken[i].count);
    return read_powers(plaq_node_get(node, "powers"), s);
}

/* ---- the fit -------------------------------------------------------------------------------------------------------
 */

static plaq_status make_model(const surface *s, plaq_model *model)
{
    static const char *const name[MOST_TERMS] = {"c0", "c1", "c2",  "c3",  "c4",  "c5",  "c6",  "c7",
                                                 "c8", "c9", "c10", "c11", "c12", "c13", "c14", "c15"};

    if (s->has_errors)
        return plaq_model_surface((size_t)s->points, (size_t)s->variables, s->power, (size_t)s->terms, name, model);
    return plaq_model_monomials(s->x, (size_t)s->points, (size_t)s->variables, s->power, (size_t)s->terms, name, model);
}

/* The coefficients; true places of points are parameters that nobody asked for. */
static plaq_status keep_terms(const plaq_study *study, const plaq_model *model, int terms, const plaq_made *params,
                              plaq_made *out)
{
    PLAQ_TRY(plaq_study_collect(study, &(plaq_taken){params, 0, (size_t)terms}, 1, out));
    out->apart = true;
    out->label = plaq_alloc((size_t)terms, sizeof *out->label);
    if (!out->label) return PLAQ_E_MEMORY;
    for (int k = 0; k < terms; k++) snprintf(out->label[k], sizeof out->label[k], "%s", model->name[k]);
    return PLAQ_OK;
}

static plaq_status fit(const plaq_study *study, const surface *s, bool correlated, plaq_made *out)
{
    const int n = s->points * (s->has_errors ? 1 + s->variables : 1);
    plaq_model model = {.points = 0};
    plaq_estimate data = {.chains = NULL};
    plaq_made all = {.x = NULL};
    plaq_fit_facts facts;
    plaq_function f;
    double *covariance = plaq_alloc((size_t)n, (size_t)n * sizeof *covariance), *best = NULL;
    plaq_fit fit = {.model = &model, .covariance = covariance, .correlated = correlated};
    plaq_status status = covariance ? PLAQ_OK : PLAQ_E_MEMORY;

    if (status == PLAQ_OK) status = plaq_study_join(s->taken, n, &data);
    if (status == PLAQ_OK)
        status = study_covariance(study, &data, correlated, &(plaq_covariance_method){0}, covariance);
    if (status == PLAQ_OK) status = make_model(s, &model);
    if (status == PLAQ_OK) {
        best = plaq_alloc(model.params, sizeof *best);
        status = best ? plaq_fit_run(&fit, data.value, best, &facts) : PLAQ_E_MEMORY;
    }
    if (status == PLAQ_OK) {
        fit.start = best;
        plaq_fit_function(&fit, &f);
        status = plaq_study_derive(study, &f, s->taken, n, &all);
    }
    if (status == PLAQ_OK) {
        out->fitted = true;
        out->chi2 = facts.chi2;
        out->dof = (int)facts.dof;
        out->p = facts.p;
        status = keep_terms(study, &model, s->terms, &all, out);
    }
    plaq_estimate_clear(&data);
    study_made_clear(&all);
    plaq_model_destroy(&model);
    plaq_free(covariance);
    plaq_free(best);
    return status;
}

static plaq_status make(plaq_study *study, const void *params, const plaq_node *node, plaq_made *out)
{
    const extrapolate_params *p = params;
    surface s = {.x = NULL};
    plaq_status status;

    PLAQ_GO(read_surface(study, node, &s));
    PLAQ_GO(fit(study, &s, p->correlated, out));
    memcpy(out->unit, s.taken[0].made->unit, sizeof out->unit);
done:
    plaq_free(s.taken);
    plaq_free(s.x);
    plaq_free(s.power);
    return status;
}

const plaq_step plaq_step_extrapolate = {
    .name = "extrapolate",
    .brief = "results of several ensembles to the continuum, to physical masses",
    .params_size = sizeof(extrapolate_params),
    .params = table,
    .lists = lists,
    .make = make,
};
