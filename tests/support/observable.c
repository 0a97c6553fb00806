/* An observable measured without a campaign. See test.h. */
#include <stdio.h>

#include "test.h"

/* The defaults; what must be given is as small as it may be. */
static plaq_status fill_params(const plaq_param *table, void *params)
{
    PLAQ_TRY(plaq_param_defaults(table, params));
    for (const plaq_param *row = table; row->name; row++) {
        char text[32];

        snprintf(text, sizeof text, "%g", row->min);
        if (!row->fallback) PLAQ_TRY(plaq_param_read(row, text, params));
    }
    return PLAQ_OK;
}

/* Stands for a propagator: numbers of the links of each site, which do for whatever is not about physics. */
static plaq_status fill_propagator(plaq_gauge *u, plaq_columns **out)
{
    plaq_lattice *lattice = plaq_gauge_lattice(u);
    const plaq_sites *p = plaq_lattice_sites(lattice);

    PLAQ_TRY(plaq_columns_create(lattice, PLAQ_DOUBLE, 12, 0, PLAQ_SPINOR_REALS, PLAQ_ALL, out));
    for (int set = 0; set < p->sets; set++)
        for (int x = 0; x < p->body[set]; x++)
            for (int column = 0; column < 12; column++) {
                double links[72], values[PLAQ_SPINOR_REALS];

                plaq_field_get(plaq_gauge_links(u), p->place[set][x], 1, links);
                for (int k = 0; k < PLAQ_SPINOR_REALS; k++) values[k] = links[(k + 7 * column) % 72];
                plaq_columns_put(*out, p->place[set][x], column, values);
            }
    return PLAQ_OK;
}

static plaq_status contract(const plaq_observable *observable, const void *params, plaq_gauge *u, plaq_sink *sink)
{
    plaq_columns *s = NULL;
    plaq_quark quark[8] = {{.columns = NULL}};
    const plaq_propagators from = {.at = (const int[4]){1, 0, 1, 2}, .quark = quark};
    plaq_status status;

    PLAQ_GO(fill_propagator(u, &s));
    for (int i = 0; i < observable->quarks; i++) quark[i].columns = s;
    plaq_sink_part(sink, 0, 1, 0, 1);
    status = observable->contract(params, &from, sink);
done:
    plaq_columns_destroy(&s);
    return status;
}

plaq_status test_measure(const plaq_observable *observable, plaq_gauge *u, plaq_array **arrays, int *count)
{
    static _Alignas(16) char params[4096];
    plaq_sink *sink = NULL;
    plaq_status status = PLAQ_OK;

    if (observable->params_size > sizeof params) return plaq_fail(PLAQ_E_INTERNAL, "params are too large for the test");
    PLAQ_GO(fill_params(observable->params, params));
    PLAQ_GO(plaq_agree(test_comm(), plaq_sink_create(observable->outputs, &sink)));
    if (observable->quarks)
        PLAQ_GO(plaq_agree(test_comm(), contract(observable, params, u, sink)));
    else
        PLAQ_GO(plaq_agree(test_comm(), observable->measure(params, u, sink)));
    PLAQ_GO(plaq_agree(test_comm(), plaq_sink_take(sink, arrays, count)));
done:
    plaq_sink_destroy(&sink);
    return status;
}
