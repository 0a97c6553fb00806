/* What the machine can do at most, for `plaq bench`: fused multiply-adds and streams of memory, in this precision. */
#include "kernel/prec.h"

#include <stddef.h>

enum { CHAINS = 16 }; /* enough independent sums to hide the latency of an addition */

/* 2 CHAINS LANES flops a turn, all in registers */
double P(multiply_add)(int64_t turns)
{
    const vec zero = {0}, x = zero + (real)0.999, y = zero + (real)1e-3;
    vec a[CHAINS];
    double sum = 0;

    for (int i = 0; i < CHAINS; i++) a[i] = x * (real)i;
    for (int64_t t = 0; t < turns; t++)
#pragma GCC unroll 16
        for (int i = 0; i < CHAINS; i++) a[i] = a[i] * x + y;
    for (int i = 0; i < CHAINS; i++)
        for (int l = 0; l < LANES; l++) sum += (double)LANE(a[i], l);
    return sum;
}

/* reads n vectors once */
double P(stream_read)(const void *memory, int64_t n)
{
    const vec *in = memory;
    vec sums[8] = {0};
    double sum = 0;

    for (int64_t i = 0; i + 8 <= n; i += 8)
        for (int k = 0; k < 8; k++) sums[k] += in[i + k];
    for (int k = 0; k < 8; k++)
        for (int l = 0; l < LANES; l++) sum += (double)LANE(sums[k], l);
    return sum;
}

/* copies n vectors */
void P(stream_copy)(void *to, const void *from, int64_t n)
{
    vec *out = to;
    const vec *in = from;

    for (int64_t i = 0; i < n; i++) {
        out[i] = in[i];
        __asm__ volatile("" ::: "memory"); /* stays this loop: no call of memcpy, whose stores go around the cache */
    }
}
