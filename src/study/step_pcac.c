/* pcac: the bare current quark mass of axial and pseudoscalar correlators, time by time. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "plaq/correlator.h"
#include "study/study.h"

typedef struct {
    char axial[128], pseudoscalar[128];
    double c_a;
} pcac_params;

static const plaq_param table[] = {
    PLAQ_TEXT(pcac_params, axial, NULL, "correlator of A_4 at the sink and P at the source: pcac.AP, f_A"),
    PLAQ_TEXT(pcac_params, pseudoscalar, NULL, "correlator of P at both: pcac.PP, f_P"),
    PLAQ_REAL(pcac_params, c_a, "0", -10, 10, "1", "improvement: A_4 + c_A d_4 P"),
    PLAQ_END,
};

static plaq_status check(const pcac_params *p, const plaq_node *node, const plaq_made *a, const plaq_made *b)
{
    if (!a->x || !b->x) return plaq_node_fail(node, "%s has no times", a->x ? p->pseudoscalar : p->axial);
    if (a->estimate.size != b->estimate.size || a->x[0] != b->x[0])
        return plaq_node_fail(node, "%s has %zu times from %g on, %s has %zu from %g on", p->axial, a->estimate.size,
                              a->x[0], p->pseudoscalar, b->estimate.size, b->x[0]);
    if (a->estimate.size < 3) return plaq_node_fail(node, "%s has %zu times, expected 3", p->axial, a->estimate.size);
    return PLAQ_OK;
}

static plaq_status make(plaq_study *study, const void *params, const plaq_node *node, plaq_made *out)
{
    const pcac_params *p = params;
    const plaq_made *a, *b;
    plaq_quantity q = {.context = NULL};
    plaq_status status;

    PLAQ_TRY(plaq_study_take(study, node, p->axial, &a));
    PLAQ_TRY(plaq_study_take(study, node, p->pseudoscalar, &b));
    PLAQ_TRY(check(p, node, a, b));
    PLAQ_TRY(plaq_pcac_mass(a->estimate.size, (int)lround(a->x[0]), p->c_a, &q));
    status = plaq_study_derive(study, &q.f, (const plaq_taken[]){{a, 0, a->estimate.size}, {b, 0, b->estimate.size}}, 2,
                               out);
    plaq_quantity_destroy(&q);
    if (status != PLAQ_OK) return status;
    out->x = plaq_alloc(out->estimate.size + 1, sizeof *out->x);
    if (!out->x) return PLAQ_E_MEMORY;
    memcpy(out->x, a->x + 1, out->estimate.size * sizeof *out->x);
    snprintf(out->x_name, sizeof out->x_name, "%s", a->x_name);
    snprintf(out->unit, sizeof out->unit, "a^-1");
    return PLAQ_OK;
}

const plaq_step plaq_step_pcac = {
    .name = "pcac",
    .brief = "bare current quark mass, time by time",
    .reference = "M. Luescher et al., Nucl. Phys. B 478 (1996) 365",
    .params_size = sizeof(pcac_params),
    .params = table,
    .make = make,
};
