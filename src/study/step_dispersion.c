/* dispersion: the speed of light from energies at momenta, 1 where the dispersion relation is that of a particle. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "plaq/correlator.h"
#include "study/study.h"

typedef struct {
    int kind, extent[3];
} dispersion_params;

static const plaq_param table[] = {
    PLAQ_CHOICE(dispersion_params, kind, "continuum", "continuum|lattice",
                "(E(p)^2 - E(0)^2)/p^2; the same with 2 sinh(E/2) and 2 sin(p/2)"),
    PLAQ_INTS(dispersion_params, extent, NULL, 1, 1 << 20, "a", "X, Y, Z of the lattice: p = 2 pi n/extent"),
    PLAQ_END,
};

static const plaq_param lists[] = {
    {.name = "of", .doc = "energies: [E0, E1, ...], that of n = 0 first"},
    {.name = "n", .doc = "momenta of those after the first: [[0, 0, 1], [0, 1, 1], ...]"},
    PLAQ_END,
};

static plaq_status read_momentum(const plaq_node *node, int n[3])
{
    double *number = NULL;
    plaq_status status;
    int count;

    status = study_numbers_read(node, &number, &count);
    if (status == PLAQ_OK && count != 3) status = plaq_node_fail(node, "a momentum is [nx, ny, nz]");
    for (int i = 0; i < 3 && status == PLAQ_OK; i++) {
        n[i] = (int)lround(number[i]);
        if (n[i] != number[i]) status = plaq_node_fail(node, "a momentum is of whole numbers, found %g", number[i]);
    }
    plaq_free(number);
    return status;
}

/* Momenta, and n^2 as the positions of what comes out. */
static plaq_status read_momenta(const plaq_node *node, int energies, int (**n)[3], double **x)
{
    const int momenta = energies - 1;

    if (plaq_node_what(node) != PLAQ_NODE_SEQUENCE || (int)plaq_node_size(node) != momenta || momenta < 1)
        return plaq_node_fail(node, "expected a list of %d momenta, one for each energy but the first", momenta);
    *n = plaq_alloc((size_t)momenta, sizeof **n);
    *x = plaq_alloc((size_t)momenta, sizeof **x);
    if (!*n || !*x) return PLAQ_E_MEMORY;
    for (int k = 0; k < momenta; k++) {
        const int *one = (*n)[k];

        PLAQ_TRY(read_momentum(plaq_node_item(node, (size_t)k), (*n)[k]));
        (*x)[k] = one[0] * one[0] + one[1] * one[1] + one[2] * one[2];
    }
    return PLAQ_OK;
}

static plaq_status make(plaq_study *study, const void *params, const plaq_node *node, plaq_made *out)
{
    const dispersion_params *p = params;
    plaq_quantity q = {.context = NULL};
    plaq_taken *taken = NULL;
    int energies, (*n)[3] = NULL;
    plaq_status status;

    PLAQ_GO(study_names_take(study, plaq_node_get(node, "of"), &taken, &energies));
    PLAQ_GO(read_momenta(plaq_node_get(node, "n"), energies, &n, &out->x));
    for (int k = 0; k < energies; k++)
        if (taken[k].count != 1) {
            status =
                plaq_node_fail(node, "%s has %zu entries: expected one energy", taken[k].made->name, taken[k].count);
            goto done;
        }
    status = plaq_speed_of_light((plaq_dispersion_kind)p->kind, (size_t)energies - 1, n[0], p->extent, &q);
    if (status == PLAQ_E_USAGE) plaq_node_fail(node, "%s", plaq_message());
    if (status != PLAQ_OK) goto done;
    PLAQ_GO(plaq_study_derive(study, &q.f, taken, energies, out));
    snprintf(out->x_name, sizeof out->x_name, "n2");
    snprintf(out->unit, sizeof out->unit, "1");
done:
    plaq_quantity_destroy(&q);
    plaq_free(taken);
    plaq_free(n);
    return status;
}

const plaq_step plaq_step_dispersion = {
    .name = "dispersion",
    .brief = "speed of light squared from energies at momenta",
    .params_size = sizeof(dispersion_params),
    .params = table,
    .lists = lists,
    .make = make,
};
