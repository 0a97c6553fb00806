/* Copies between body, halo and message buffers. No arithmetic: bound by bandwidth, two copies of what is moved. */
#include "kernel/prec.h"

#include <stddef.h>
#include <string.h>

/* a vector in a message buffer, where it may begin anywhere */
#if LANES == 1
typedef real loose_vec;
#else
typedef real loose_vec __attribute__((vector_size(LANES * sizeof(real)), aligned(sizeof(real)), may_alias));
#endif

static real *site_of(const void *field, int reals, int first, int x)
{
    return (real *)field + ((size_t)x * (size_t)reals + (size_t)first) * LANES;
}

/* lane l of the result is lane order[l] of v and, from LANES on, of w */
#if LANES == 1
static inline vec choose(vec v, vec w, const int *order)
{
    return order[0] == 0 ? v : w;
}
#elif defined __clang__ /* has no shuffle whose order is known at run time only */
static inline vec choose(vec v, vec w, const int *order)
{
    vec r;

    for (int l = 0; l < LANES; l++) r[l] = order[l] < LANES ? v[order[l]] : w[order[l] - LANES];
    return r;
}
#else
#ifdef PREC_DOUBLE
typedef int64_t index_vec __attribute__((vector_size(LANES * sizeof(real))));
#else
typedef int32_t index_vec __attribute__((vector_size(LANES * sizeof(real))));
#endif

static inline vec choose(vec v, vec w, const int *order)
{
    index_vec places;

    for (int l = 0; l < LANES; l++) places[l] = order[l];
    return __builtin_shuffle(v, w, places);
}
#endif

void P(halo_fill)(void *field, int reals, int first, int count, int halo, int n, const int *source, const int *from)
{
#pragma omp parallel for schedule(static)
    for (int i = 0; i < n; i++) {
        const vec *in = (const vec *)site_of(field, reals, first, source[i]);
        vec *out = (vec *)site_of(field, reals, first, halo + i);

        for (int k = 0; k < count; k++) out[k] = choose(in[k], in[k], from);
    }
}

/* A site has count times m reals in a buffer. As long as a whole vector fits before its end, whole vectors are moved:
 * what is too much of one is overwritten by the next, or not looked at. */
static int whole_vectors(int count, int m)
{
    int last = count - (LANES + m - 1) / m;

    return last < 0 ? 0 : last + 1;
}

void P(halo_pack)(const void *field, int reals, int first, int count, int n, const int *source, int m, const int *lanes,
                  void *buffer)
{
    const int whole = whole_vectors(count, m);
    int order[LANES] = {0}; /* the lanes that travel come first */

    for (int j = 0; j < m; j++) order[j] = lanes[j];
#pragma omp parallel for schedule(static)
    for (int i = 0; i < n; i++) {
        const real *in = site_of(field, reals, first, source[i]);
        real *out = (real *)buffer + (size_t)i * (size_t)(count * m);

        for (int k = 0; k < whole; k++) {
            const vec v = ((const vec *)in)[k];

            *(loose_vec *)&out[k * m] = choose(v, v, order);
        }
        for (int k = whole; k < count; k++)
            for (int j = 0; j < m; j++) out[k * m + j] = in[k * LANES + lanes[j]];
    }
}

void P(halo_unpack)(void *field, int reals, int first, int count, int halo, int n, int m, const int *lanes,
                    const void *buffer)
{
    const int whole = whole_vectors(count, m);
    int order[LANES]; /* lanes that do not travel keep what they have */

    for (int l = 0; l < LANES; l++) order[l] = LANES + l;
    for (int j = 0; j < m; j++) order[lanes[j]] = j;
#pragma omp parallel for schedule(static)
    for (int i = 0; i < n; i++) {
        const real *in = (const real *)buffer + (size_t)i * (size_t)(count * m);
        real *out = site_of(field, reals, first, halo + i);

        for (int k = 0; k < whole; k++) {
            vec *v = &((vec *)out)[k];

            *v = choose(*(const loose_vec *)&in[k * m], *v, order);
        }
        for (int k = whole; k < count; k++)
            for (int j = 0; j < m; j++) out[k * LANES + lanes[j]] = in[k * m + j];
    }
}
