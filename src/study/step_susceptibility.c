/* susceptibility: (<Q^2> - <Q>^2)/V of a number measured on each configuration. */
#include <stdio.h>

#include "plaq/correlator.h"
#include "study/study.h"

typedef struct {
    char of[128];
    double volume;
    bool subtract;
} susceptibility_params;

static const plaq_param table[] = {
    PLAQ_TEXT(susceptibility_params, of, NULL, "the number: a mean, as of flow.Q with an entry picked"),
    PLAQ_REAL(susceptibility_params, volume, NULL, 1e-300, 1e300, "a^4", "V"),
    PLAQ_BOOL(susceptibility_params, subtract, "false", "<Q>^2 is subtracted; it is 0 where Q is odd"),
    PLAQ_END,
};

/* <Q> and <Q^2>: a mean and its fluctuations together are the numbers of all configurations. */
static plaq_status take_moments(const plaq_study *study, const plaq_estimate *q, plaq_made *moments)
{
    const size_t n = q->chains->configs;
    double *samples = plaq_alloc(2 * n, sizeof *samples);
    plaq_status status;

    if (!samples) return PLAQ_E_MEMORY;
    for (size_t c = 0; c < n; c++) {
        samples[2 * c] = q->value[0] + q->delta[c];
        samples[2 * c + 1] = samples[2 * c] * samples[2 * c];
    }
    status = plaq_estimate_primary(q->chains, 2, samples, &moments->estimate);
    plaq_free(samples);
    return status == PLAQ_OK ? study_resample(study, moments) : status;
}

static plaq_status make(plaq_study *study, const void *params, const plaq_node *node, plaq_made *out)
{
    const susceptibility_params *p = params;
    plaq_made moments = {.x = NULL};
    plaq_quantity q = {.context = NULL};
    const plaq_made *from;
    plaq_status status;

    PLAQ_TRY(plaq_study_take(study, node, p->of, &from));
    if (!from->source) return plaq_node_fail(node, "%s is not measured but made: <Q^2> is of measured numbers", p->of);
    if (from->estimate.size != 1)
        return plaq_node_fail(node, "%s has %zu entries: pick one", p->of, from->estimate.size);
    PLAQ_GO(take_moments(study, &from->estimate, &moments));
    PLAQ_GO(plaq_susceptibility(p->volume, p->subtract, &q));
    status = plaq_study_derive(study, &q.f, &(plaq_taken){&moments, 0, 2}, 1, out);
    snprintf(out->unit, sizeof out->unit, "a^-4");
done:
    plaq_quantity_destroy(&q);
    study_made_clear(&moments);
    return status;
}

const plaq_step plaq_step_susceptibility = {
    .name = "susceptibility",
    .brief = "topological susceptibility <Q^2>/V",
    .params_size = sizeof(susceptibility_params),
    .params = table,
    .make = make,
};
