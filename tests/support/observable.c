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

plaq_status test_measure(const plaq_observable *observable, plaq_gauge *u, plaq_array **arrays, int *count)
{
    static _Alignas(16) char params[4096];
    plaq_sink *sink = NULL;
    plaq_status status = PLAQ_OK;

    if (observable->params_size > sizeof params) return plaq_fail(PLAQ_E_INTERNAL, "params are too large for the test");
    PLAQ_GO(fill_params(observable->params, params));
    PLAQ_GO(plaq_agree(test_comm(), plaq_sink_create(observable->outputs, &sink)));
    PLAQ_GO(plaq_agree(test_comm(), observable->measure(params, u, sink)));
    PLAQ_GO(plaq_agree(test_comm(), plaq_sink_take(sink, arrays, count)));
done:
    plaq_sink_destroy(&sink);
    return status;
}
