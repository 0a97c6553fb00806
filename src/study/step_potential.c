/* potential: V(r) = V0 - alpha/r + sigma r, and from it r0 and r1. */
#include <float.h>
#include <stdio.h>
#include <string.h>

#include "plaq/correlator.h"
#include "plaq/fit.h"
#include "study/study.h"

typedef struct {
    char of[128];
    double first, last;
    bool correlated;
} potential_params;

static const plaq_param table[] = {
    PLAQ_TEXT(potential_params, of, NULL, "V(r) at distances r"),
    PLAQ_REAL(potential_params, first, "0", 0, DBL_MAX, "a", "the first distance that is fitted"),
    PLAQ_REAL(potential_params, last, "1e9", 0, DBL_MAX, "a", "the last one"),
    PLAQ_BOOL(potential_params, correlated, "false", "with the whole covariance matrix; else its diagonal, and no p"),
    PLAQ_END,
};

static plaq_status take_range(const potential_params *p, const plaq_node *node, plaq_taken *taken)
{
    const plaq_made *made = taken->made;
    size_t first = 0, last = made->estimate.size;

    if (!made->x) return plaq_node_fail(node, "%s has no distances", p->of);
    while (first < last && made->x[first] < p->first) first++;
    while (last > first && made->x[last - 1] > p->last) last--;
    if (last - first < 3)
        return plaq_fail(PLAQ_E_DATA, "%s has %zu distances from %g to %g, expected at least 3", p->of, last - first,
                         p->first, p->last);
    *taken = (plaq_taken){made, first, last - first};
    return PLAQ_OK;
}

/* V0, alpha and sigma. */
static plaq_status fit_potential(const plaq_study *study, const potential_params *p, const plaq_taken *taken,
                                 plaq_made *params, plaq_fit_facts *facts)
{
    const size_t n = taken->count;
    plaq_model model = {.points = 0};
    double *covariance = plaq_alloc(n, n * sizeof *covariance), best[3];
    plaq_estimate data = {.chains = NULL};
    plaq_fit fit = {.model = &model, .covariance = covariance, .correlated = p->correlated};
    plaq_function f;
    plaq_status status = covariance ? PLAQ_OK : PLAQ_E_MEMORY;

    if (status == PLAQ_OK) status = plaq_study_join(taken, 1, &data);
    if (status == PLAQ_OK)
        status = study_covariance(study, &data, p->correlated, &(plaq_covariance_method){0}, covariance);
    if (status == PLAQ_OK) status = plaq_model_potential(taken->made->x + taken->first, n, &model);
    if (status == PLAQ_OK) status = plaq_fit_run(&fit, data.value, best, facts);
    if (status == PLAQ_OK) {
        plaq_fit_function(&fit, &f);
        status = plaq_study_derive(study, &f, taken, 1, params);
    }
    plaq_estimate_clear(&data);
    plaq_model_destroy(&model);
    plaq_free(covariance);
    return status;
}

static plaq_status sommer_scale(const plaq_study *study, double force, const plaq_made *params, plaq_made *r)
{
    plaq_quantity q = {.context = NULL};
    plaq_status status = plaq_sommer_scale(force, &q);

    if (status == PLAQ_OK) status = plaq_study_derive(study, &q.f, &(plaq_taken){params, 0, 3}, 1, r);
    plaq_quantity_destroy(&q);
    return status;
}

static plaq_status set_labels(plaq_made *out)
{
    static const char *const name[] = {"r0", "r1", "V0", "alpha", "sigma"};

    out->apart = true;
    out->label = plaq_alloc(5, sizeof *out->label);
    if (!out->label) return PLAQ_E_MEMORY;
    for (int i = 0; i < 5; i++) snprintf(out->label[i], sizeof out->label[i], "%s", name[i]);
    return PLAQ_OK;
}

static plaq_status make(plaq_study *study, const void *params, const plaq_node *node, plaq_made *out)
{
    const potential_params *p = params;
    plaq_made v = {.x = NULL}, r0 = {.x = NULL}, r1 = {.x = NULL};
    plaq_taken taken;
    plaq_fit_facts facts;
    plaq_status status;

    PLAQ_TRY(plaq_study_take(study, node, p->of, &taken.made));
    PLAQ_TRY(take_range(p, node, &taken));
    PLAQ_GO(fit_potential(study, p, &taken, &v, &facts));
    PLAQ_GO(sommer_scale(study, 1.65, &v, &r0));
    PLAQ_GO(sommer_scale(study, 1, &v, &r1));
    PLAQ_GO(plaq_study_collect(study, (const plaq_taken[]){{&r0, 0, 1}, {&r1, 0, 1}, {&v, 0, 3}}, 3, out));
    out->fitted = true;
    out->chi2 = facts.chi2;
    out->dof = (int)facts.dof;
    out->p = p->correlated ? facts.p : -1;
    out->from = taken.made->x[taken.first];
    out->to = taken.made->x[taken.first + taken.count - 1];
    snprintf(out->unit, sizeof out->unit, "a");
    status = set_labels(out);
done:
    study_made_clear(&v);
    study_made_clear(&r0);
    study_made_clear(&r1);
    return status;
}

const plaq_step plaq_step_potential = {
    .name = "potential",
    .brief = "r0 and r1 of a static potential, by a fit of V0 - alpha/r + sigma r",
    .reference = "R. Sommer, Nucl. Phys. B 411 (1994) 839; C. Bernard et al., Phys. Rev. D 62 (2000) 034503",
    .params_size = sizeof(potential_params),
    .params = table,
    .main = "of",
    .make = make,
};
