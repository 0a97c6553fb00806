/* Stout smearing: links moved along the algebra by their staples. See plaq_stout for the formula. */
#include "plaq/derived.h"

static const plaq_param table[] = {
    PLAQ_REAL(plaq_stout, rho, NULL, 0, 0.5, "1", "weight of the staples"),
    PLAQ_INT(plaq_stout, directions, "4", 3, 4, "1",
             "4: all links and staples; 3: links along x y z and staples among these"),
    PLAQ_INT(plaq_stout, steps, "1", 1, 10000, "1", "how often"),
    PLAQ_END,
};

static plaq_status apply(const void *params, plaq_gauge *u)
{
    return plaq_gauge_stout(u, params);
}

const plaq_derivation plaq_derivation_stout = {
    .name = "stout",
    .brief = "stout smearing",
    .reference = "C. Morningstar, M. Peardon, Phys. Rev. D 69 (2004) 054501, hep-lat/0311018",
    .version = 1,
    .params_size = sizeof(plaq_stout),
    .params = table,
    .fields = 1,
    .apply = apply,
};
