/* HEX smearing: HYP with stout steps in place of projections. See plaq_hex for the formula. */
#include "plaq/derived.h"

static const plaq_param table[] = {
    PLAQ_REALS(plaq_hex, alpha, "[0.95, 0.76, 0.38]", 0, 1, "1",
               "weights of the staples, outermost level first; in three directions the last is not used"),
    PLAQ_INT(plaq_hex, directions, "4", 3, 4, "1",
             "4: all links and staples; 3: links along x y z and staples among these"),
    PLAQ_INT(plaq_hex, steps, "1", 1, 10000, "1", "how often"),
    PLAQ_END,
};

static plaq_status apply(const void *params, plaq_gauge *u)
{
    return plaq_gauge_hex(u, params);
}

const plaq_derivation plaq_derivation_hex = {
    .name = "hex",
    .brief = "hypercubic smearing by stout steps",
    .reference = "S. Capitani, S. Duerr, C. Hoelbling, JHEP 11 (2006) 028, hep-lat/0607006",
    .version = 1,
    .params_size = sizeof(plaq_hex),
    .params = table,
    .fields = 7,
    .apply = apply,
};
