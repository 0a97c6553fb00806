/* How many powers of the series of exp X are needed. */
#include "kernel/kernel.h"

int plaq_exponential_terms(double bound, plaq_prec prec)
{
    const double small = prec == PLAQ_DOUBLE ? 0x1p-54 : 0x1p-25;
    double rest = bound * bound / 2; /* the first power left away */
    int terms = 1;

    while (rest > small && terms < PLAQ_EXPONENTIAL_MAX) {
        terms++;
        rest *= bound / (terms + 1);
    }
    return rest > small ? -1 : terms;
}
