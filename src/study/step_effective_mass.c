/* effective_mass: masses of a correlator, time by time. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "plaq/correlator.h"
#include "study/study.h"

typedef struct {
    char of[128];
    int kind, shift;
    double period;
} mass_params;

static const plaq_param table[] = {
    PLAQ_TEXT(mass_params, of, NULL, "the correlator"),
    PLAQ_CHOICE(mass_params, kind, "cosh", "log|cosh|sinh|arccosh",
                "ln C(t)/C(t+1); the m that solves cosh or sinh m(t - T/2) over m(t + 1 - T/2); arcosh of (C(t-1) + "
                "C(t+1))/2C(t)"),
    PLAQ_INT(mass_params, shift, "0", 0, 1000, "a", "of C(t) - C(t + shift), which has no constant"),
    PLAQ_REAL(mass_params, period, "0", 0, 1e6, "a", "T of cosh and sinh; 0: that of the correlator"),
    PLAQ_END,
};

static plaq_status check(const mass_params *p, const plaq_node *node, const plaq_made *from, double *period)
{
    *period = p->period > 0 ? p->period : from->period;
    if (!from->x) return plaq_node_fail(node, "%s has no times: pick entries until one axis is left", p->of);
    if ((p->kind == PLAQ_MASS_COSH || p->kind == PLAQ_MASS_SINH) && !(*period > 0))
        return plaq_node_fail(node, "the period of %s is not known: give `period`, or kind: log", p->of);
    return PLAQ_OK;
}

/* The mass of the points from the i-th on; *found says whether there is one. */
static plaq_status one_mass(const plaq_study *study, const mass_params *p, const plaq_made *from, size_t i,
                            size_t points, double period, plaq_made *mass, bool *found)
{
    const plaq_taken taken = {from, i, points};
    plaq_quantity q = {.context = NULL};
    plaq_status status;

    PLAQ_TRY(plaq_effective_mass((plaq_mass_kind)p->kind, points, (int)lround(from->x[i]), period, p->shift, &q));
    status = plaq_study_derive(study, &q.f, &taken, 1, mass);
    plaq_quantity_destroy(&q);
    *found = status == PLAQ_OK;
    return status == PLAQ_E_DATA || status == PLAQ_E_CONVERGENCE ? PLAQ_OK : status;
}

/* Masses of all times that have one, and where they stand. */
static plaq_status all_masses(plaq_study *study, const mass_params *p, const plaq_made *from, double period,
                              plaq_made mass[], double x[], int *count)
{
    const bool centred = p->kind == PLAQ_MASS_ARCCOSH;
    const size_t points = (size_t)p->shift + (centred ? 3 : 2);
    char lacking[200] = "";
    size_t used = 0;

    for (size_t i = 0; i + points <= from->estimate.size; i++) {
        bool found;

        PLAQ_TRY(one_mass(study, p, from, i, points, period, &mass[*count], &found));
        x[*count] = from->x[i] + centred;
        if (found)
            ++*count;
        else if (used < sizeof lacking)
            used += (size_t)snprintf(lacking + used, sizeof lacking - used, "%s%g", used ? ", " : "", from->x[i]);
    }
    if (*count == 0) return plaq_fail(PLAQ_E_DATA, "%s has an effective mass at no time: %s", p->of, plaq_message());
    return used ? study_note(study, "effective masses of %s have no solution at t = %s", p->of, lacking) : PLAQ_OK;
}

static plaq_status make(plaq_study *study, const void *params, const plaq_node *node, plaq_made *out)
{
    const mass_params *p = params;
    const plaq_made *from;
    plaq_made *mass = NULL;
    plaq_taken *taken = NULL;
    plaq_status status;
    double period, *x = NULL;
    size_t most;
    int count = 0;

    PLAQ_TRY(plaq_study_take(study, node, p->of, &from));
    PLAQ_TRY(check(p, node, from, &period));
    most = from->estimate.size;
    mass = plaq_alloc(most + 1, sizeof *mass);
    taken = plaq_alloc(most + 1, sizeof *taken);
    x = plaq_alloc(most + 1, sizeof *x);
    status = mass && taken && x ? all_masses(study, p, from, period, mass, x, &count) : PLAQ_E_MEMORY;
    for (int i = 0; i < count; i++) taken[i] = (plaq_taken){&mass[i], 0, 1};
    if (status == PLAQ_OK) status = plaq_study_collect(study, taken, count, out);
    for (size_t i = 0; mass && i <= most; i++) study_made_clear(&mass[i]);
    plaq_free(mass);
    plaq_free(taken);
    out->x = x;
    snprintf(out->x_name, sizeof out->x_name, "%s", from->x_name);
    snprintf(out->unit, sizeof out->unit, "a^-1");
    return status;
}

const plaq_step plaq_step_effective_mass = {
    .name = "effective_mass",
    .brief = "effective masses of a correlator, time by time",
    .params_size = sizeof(mass_params),
    .params = table,
    .main = "of",
    .make = make,
};
