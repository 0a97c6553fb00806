/* decay_constant: the bare decay constant of a pseudoscalar from what fits of its correlators gave. */
#include <stdio.h>

#include "plaq/correlator.h"
#include "study/study.h"

typedef struct {
    char mass[128], a_pp[128], a_ap[128], quark_mass[128];
} decay_params;

static const plaq_param table[] = {
    PLAQ_TEXT(decay_params, mass, NULL, "m of the pseudoscalar: pion.E0"),
    PLAQ_TEXT(decay_params, a_pp, NULL, "amplitude of exp(-m t) in PP of the observable pcac: pion.A0_0"),
    PLAQ_TEXT(decay_params, a_ap, "", "the same in AP: f = sqrt(2/m) |a_AP| / sqrt(a_PP). This, or quark_mass"),
    PLAQ_TEXT(decay_params, quark_mass, "", "current quark mass, by the PCAC relation: f = 2 m_q sqrt(2 a_PP / m^3)"),
    PLAQ_END,
};

static plaq_status take_number(plaq_study *study, const plaq_node *node, const char *name, plaq_taken *taken)
{
    PLAQ_TRY(plaq_study_entries(study, node, name, taken));
    if (taken->count == 1) return PLAQ_OK;
    return plaq_node_fail(node, "%s has %zu entries, expected one number: name a parameter of a fit", name,
                          taken->count);
}

static plaq_status make(plaq_study *study, const void *params, const plaq_node *node, plaq_made *out)
{
    const decay_params *p = params;
    const bool axial = p->a_ap[0];
    plaq_quantity q = {.context = NULL};
    plaq_taken taken[3];
    plaq_status status;

    if (axial == (p->quark_mass[0] != '\0')) return plaq_node_fail(node, "expected one of a_ap and quark_mass");
    PLAQ_TRY(take_number(study, node, p->mass, &taken[0]));
    PLAQ_TRY(take_number(study, node, p->a_pp, &taken[1]));
    PLAQ_TRY(take_number(study, node, axial ? p->a_ap : p->quark_mass, &taken[2]));
    PLAQ_TRY(plaq_decay_constant(axial ? PLAQ_DECAY_AP : PLAQ_DECAY_PP, &q));
    status = plaq_study_derive(study, &q.f, taken, 3, out);
    snprintf(out->unit, sizeof out->unit, "a^-1");
    plaq_quantity_destroy(&q);
    return status;
}

const plaq_step plaq_step_decay_constant = {
    .name = "decay_constant",
    .brief = "bare decay constant of a pseudoscalar, 130 MeV for the pion",
    .params_size = sizeof(decay_params),
    .params = table,
    .make = make,
};
