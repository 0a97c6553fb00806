/* Finds the kernels of a precision and lane count among those this build has: full width and one lane. */
#include "kernel/kernel.h"

#define JOIN_(a, b) a##b
#define JOIN(a, b)  JOIN_(a, b)
#define DOUBLES     JOIN(plaq_kernels_table_d, PLAQ_LANES)
#define FLOATS      JOIN(plaq_kernels_table_f, PLAQ_FLOAT_LANES)

extern const plaq_kernels plaq_kernels_table_d1, plaq_kernels_table_f1, DOUBLES, FLOATS;

const plaq_kernels *plaq_kernels_of(plaq_prec prec, int lanes)
{
    const plaq_kernels *full = prec == PLAQ_DOUBLE ? &DOUBLES : &FLOATS;
    const plaq_kernels *one = prec == PLAQ_DOUBLE ? &plaq_kernels_table_d1 : &plaq_kernels_table_f1;

    return lanes == full->lanes ? full : lanes == 1 ? one : NULL;
}
