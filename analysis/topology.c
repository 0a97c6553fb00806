/* The topological susceptibility, chi_top = <Q^2>/V, or (<Q^2> - <Q>^2)/V: <Q> is 0, and where a short chain has
 * another mean the second is the smaller by its variance. */
#include "plaq/correlator.h"

#include <math.h>

#include "quantity.h"

typedef struct {
    double volume;
    bool subtracted;
} susceptibility;

/* in: <Q>, <Q^2> */
static plaq_status evaluate(const void *context, const double in[], double out[])
{
    const susceptibility *s = context;

    *out = (in[1] - (s->subtracted ? in[0] * in[0] : 0)) / s->volume;
    if (!isfinite(*out)) return plaq_fail(PLAQ_E_DATA, "topological susceptibility: <Q> is %g, <Q^2> %g", in[0], in[1]);
    return PLAQ_OK;
}

static plaq_status differentiate(const void *context, const double in[], const double value[], double jacobian[])
{
    const susceptibility *s = context;

    (void)value;
    jacobian[0] = s->subtracted ? -2 * in[0] / s->volume : 0;
    jacobian[1] = 1 / s->volume;
    return PLAQ_OK;
}

plaq_status plaq_susceptibility(double volume, bool subtracted, plaq_quantity *out)
{
    const susceptibility s = {.volume = volume, .subtracted = subtracted};

    if (!(volume > 0 && isfinite(volume)))
        return plaq_fail(PLAQ_E_USAGE, "topological susceptibility: a volume of %g, expected more than 0", volume);
    return quantity_make((plaq_function){.in = 2, .out = 1, .evaluate = evaluate, .jacobian = differentiate}, &s,
                         sizeof s, out);
}
