/* What the flows share: the Runge-Kutta combination and the new link. */
#ifndef PLAQ_KERNEL_FLOW_H
#define PLAQ_KERNEL_FLOW_H

#include "kernel/algebra.h"

/* A' = F + beta A, where F has its factor alpha already; U' = exp(gamma A') U. The first stage has no A, the last one
 * has no use for A'. */
INLINE void advance(const plaq_flow_stage *stage, const algebra *force, size_t link, const su3 *u, su3 *moved)
{
    algebra exponent = *force;
    vec *e = &exponent.diagonal[0];
    su3 new;

    if (stage->before) {
        const vec *before = &((const algebra *)stage->before)[link].diagonal[0];

        for (int i = 0; i < ALGEBRA_REALS; i++) e[i] += (real)stage->beta * before[i];
    }
    if (stage->after) algebra_past(&((algebra *)stage->after)[link], &exponent);
    for (int i = 0; i < ALGEBRA_REALS; i++) e[i] *= (real)stage->gamma;
    turn(&exponent, stage->terms, u, &new);
    put_past(&moved->e[0][0][0], &new.e[0][0][0], 18);
}

#endif
