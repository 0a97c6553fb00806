/* Links made SU(3) again, where a file of few digits or a long computation left them a little beside it: rows
 * orthonormal by Gram-Schmidt, the third conj(row 1 x row 2), so that the determinant is one. */
#include "plaq/derived.h"

static const plaq_param table[] = {PLAQ_END};

static plaq_status apply(const void *params, plaq_gauge *u)
{
    (void)params;
    if (plaq_gauge_is_open(u))
        return plaq_fail(PLAQ_E_DATA, "time is open: the zeros in place of the last time links cannot be made SU(3)");
    plaq_gauge_reunitarise(u);
    return PLAQ_OK;
}

const plaq_derivation plaq_derivation_reunitarise = {
    .name = "reunitarise",
    .brief = "links made SU(3) again, row by row",
    .version = 1,
    .params = table,
    .apply = apply,
};
