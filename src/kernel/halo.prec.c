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

#if LANES == 1
static inline vec permute(vec v, const int *from)
{
    (void)from;
    return v;
}
#elif defined __clang__ /* has no shuffle whose order is known at run time only */
static inline vec permute(vec v, const int *from)
{
    vec w;

    for (int l = 0; l < LANES; l++) w[l] = v[from[l]];
    return w;
}
#else
#ifdef PREC_DOUBLE
typedef int64_t index_vec __attribute__((vector_size(LANES * sizeof(real))));
#else
typedef int32_t index_vec __attribute__((vector_size(LANES * sizeof(real))));
#endif

static inline vec permute(vec v, const int *from)
{
    index_vec order;

    for (int l = 0; l < LANES; l++) order[l] = from[l];
    return __builtin_shuffle(v, order);
}
#endif

void P(halo_fill)(void *field, int reals, int first, int count, int halo, int n, const int *source, const int *from)
{
#pragma omp parallel for schedule(static)
    for (int i = 0; i < n; i++) {
        const vec *in = (const vec *)site_of(field, reals, first, source[i]);
        vec *out = (vec *)site_of(field, reals, first, halo + i);

        for (int k = 0; k < count; k++) out[k] = permute(in[k], from);
    }
}

void P(halo_pack)(const void *field, int reals, int first, int count, int n, const int *source, int m, const int *lanes,
                  void *buffer)
{
#pragma omp parallel for schedule(static)
    for (int i = 0; i < n; i++) {
        const real *in = site_of(field, reals, first, source[i]);
        real *out = (real *)buffer + (size_t)i * (size_t)(count * m);

        for (int k = 0; k < count; k++) {
            if (m == LANES) /* all lanes travel: whole vectors do */
                ((loose_vec *)out)[k] = permute(((const vec *)in)[k], lanes);
            else
                for (int j = 0; j < m; j++) out[k * m + j] = in[k * LANES + lanes[j]];
        }
    }
}

void P(halo_unpack)(void *field, int reals, int first, int count, int halo, int n, int m, const int *lanes,
                    const void *buffer)
{
#pragma omp parallel for schedule(static)
    for (int i = 0; i < n; i++) {
        const real *in = (const real *)buffer + (size_t)i * (size_t)(count * m);
        real *out = site_of(field, reals, first, halo + i);

        for (int k = 0; k < count; k++) {
            if (m == LANES) /* then they are in order */
                ((vec *)out)[k] = ((const loose_vec *)in)[k];
            else
                for (int j = 0; j < m; j++) out[k * LANES + lanes[j]] = in[k * m + j];
        }
    }
}
