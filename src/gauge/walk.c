/* The walk over the sites: threads take chunks of vector sites, a kernel fills in their densities, and these go into
 * exact sums, one a thread, time slice, value and lane. What is added to what is exact, so neither chunks nor
 * threads, lanes or ranks change a bit of the result. */
#include "gauge/gauge.h"

#include <math.h>

typedef struct {
    const plaq_layout *layout;
    const void *links;
    plaq_density_kernel *kernel; /* or NULL: */
    const double *ready;         /* [volume][width], what a kernel gave before */
    int width;                   /* doubles a vector site: values times lanes */
    double *density;             /* [threads][CHUNK][width] */
    plaq_bank **sums;            /* [threads], each of [block[3]][width] */
} walk;

static plaq_status walk_create(plaq_gauge *u, plaq_density_kernel *kernel, int values, walk *w)
{
    const int threads = plaq_threads();

    *w = (walk){.layout = u->layout, .kernel = kernel, .width = values * u->layout->lanes};
    w->links = plaq_field_read(u->links);
    w->density = plaq_alloc((size_t)threads * CHUNK * (size_t)w->width, sizeof *w->density);
    w->sums = plaq_alloc((size_t)threads, sizeof *w->sums);
    if (!w->density || !w->sums) return PLAQ_E_MEMORY;
    for (int thread = 0; thread < threads; thread++)
        PLAQ_TRY(plaq_bank_create(w->layout->block[3] * w->width, &w->sums[thread]));
    return PLAQ_OK;
}

static void walk_clear(walk *w)
{
    for (int thread = 0; w->sums && thread < plaq_threads(); thread++) plaq_bank_destroy(&w->sums[thread]);
    plaq_free(w->sums);
    plaq_free(w->density);
}

static void walk_range(const walk *w, int begin, int end)
{
#pragma omp parallel
    {
        const size_t thread = (size_t)plaq_thread();
        double *density = &w->density[thread * CHUNK * (size_t)w->width];

#pragma omp for schedule(static)
        for (int x = begin; x < end; x += CHUNK) {
            const int stop = x + CHUNK < end ? x + CHUNK : end;

            const double *here = w->kernel ? density : &w->ready[(size_t)x * (size_t)w->width];

            if (w->kernel) w->kernel(w->links, (const int(*)[8])w->layout->nb, x, stop, density);
            for (int y = x; y < stop; y++)
                plaq_bank_add(w->sums[thread], w->layout->place[y][3] * w->width, &here[(y - x) * w->width], w->width);
        }
    }
}

/* Merges the sums of threads and lanes into those of the global time slices. */
static void merge(const plaq_gauge *u, const walk *w, int values, plaq_sum sums[])
{
    const plaq_layout *p = u->layout;
    const int origin = plaq_lattice_origin(u->lattice)[3];

    for (int thread = 0; thread < plaq_threads(); thread++)
        for (int i = 0; i < p->block[3] * w->width; i++) { /* [t][value][lane] */
            const int t = i / w->width, value = i / p->lanes % values, l = i % p->lanes;

            plaq_bank_take(w->sums[thread], i, &sums[(origin + p->lane_at[l][3] + t) * values + value]);
        }
}

/* by a kernel, or of densities that are ready */
static plaq_status sum_slices(plaq_gauge *u, plaq_density_kernel *kernel, const double *ready, int values, bool halo,
                              plaq_sum sums[])
{
    const plaq_comm *comm = plaq_lattice_comm(u->lattice);
    const plaq_layout *p = u->layout;
    const int count = plaq_lattice_dims(u->lattice)[3] * values;
    plaq_status status;
    walk w;

    status = walk_create(u, kernel, values, &w);
    w.ready = ready;
    PLAQ_GO(plaq_agree(comm, status));
    if (halo) {
        PLAQ_GO(plaq_field_halo_begin(u->links));
        walk_range(&w, 0, p->interior);
        plaq_field_halo_finish(u->links);
        walk_range(&w, p->interior, p->volume);
    } else {
        walk_range(&w, 0, p->volume);
    }
    for (int i = 0; i < count; i++) sums[i] = (plaq_sum){0};
    merge(u, &w, values, sums);
    plaq_sum_reduce(comm, sums, count);
done:
    walk_clear(&w);
    return status;
}

plaq_status gauge_sum_slices(plaq_gauge *u, plaq_density_kernel *kernel, int values, bool halo, plaq_sum sums[])
{
    return sum_slices(u, kernel, NULL, values, halo, sums);
}

plaq_status gauge_sum_densities(plaq_gauge *u, const double *densities, int values, plaq_sum sums[])
{
    return sum_slices(u, NULL, densities, values, false, sums);
}

plaq_status gauge_sums(const plaq_gauge *u, int values, plaq_sum **sums)
{
    plaq_sum *made = plaq_alloc((size_t)plaq_lattice_dims(u->lattice)[3] * (size_t)values, sizeof *made);
    const plaq_status status = plaq_agree(plaq_lattice_comm(u->lattice), made ? PLAQ_OK : PLAQ_E_MEMORY);

    if (status == PLAQ_OK)
        *sums = made;
    else
        plaq_free(made);
    return status;
}

plaq_status gauge_mean(plaq_gauge *u, plaq_density_kernel *kernel, bool halo, double *mean)
{
    const int extent = plaq_lattice_dims(u->lattice)[3];
    plaq_sum *sums = NULL;
    plaq_status status;

    PLAQ_GO(gauge_sums(u, 1, &sums));
    PLAQ_GO(gauge_sum_slices(u, kernel, 1, halo, sums));
    for (int t = 1; t < extent; t++) plaq_sum_merge(&sums[0], &sums[t]);
    *mean = plaq_sum_value(&sums[0]) / (double)plaq_lattice_volume(u->lattice);
done:
    plaq_free(sums);
    return status;
}

double gauge_larger(double a, double b)
{
    return a >= b || isnan(a) ? a : b;
}

/* As walk_range(), into worst: [threads][block[3]][width]. */
static void largest_of_range(const walk *w, double *worst)
{
#pragma omp parallel
    {
        const size_t thread = (size_t)plaq_thread(), width = (size_t)w->width;
        double *density = &w->density[thread * CHUNK * width];
        double *here = &worst[thread * (size_t)w->layout->block[3] * width];

#pragma omp for schedule(static)
        for (int x = 0; x < w->layout->volume; x += CHUNK) {
            const int stop = x + CHUNK < w->layout->volume ? x + CHUNK : w->layout->volume;

            w->kernel(w->links, (const int(*)[8])w->layout->nb, x, stop, density);
            for (int y = x; y < stop; y++) {
                double *slice = &here[(size_t)w->layout->place[y][3] * width];

                for (size_t i = 0; i < width; i++)
                    slice[i] = gauge_larger(slice[i], density[(size_t)(y - x) * width + i]);
            }
        }
    }
}

plaq_status gauge_largest(plaq_gauge *u, plaq_density_kernel *kernel, int values, double largest[])
{
    const plaq_layout *p = u->layout;
    const int origin = plaq_lattice_origin(u->lattice)[3], count = plaq_lattice_dims(u->lattice)[3] * values;
    const int lanes = p->lanes, slices = plaq_threads() * p->block[3];
    double *worst = NULL;
    plaq_status status;
    walk w;

    status = walk_create(u, kernel, values, &w);
    PLAQ_GO(plaq_agree(plaq_lattice_comm(u->lattice), status));
    PLAQ_GO(plaq_gauge_numbers(u, (size_t)slices * (size_t)w.width, &worst));
    largest_of_range(&w, worst);
    for (int i = 0; i < count; i++) largest[i] = 0;
    for (int i = 0; i < slices * w.width; i++) { /* [thread][t][value][lane] */
        const int t = i / w.width % p->block[3], value = i / lanes % values;
        double *out = &largest[(origin + p->lane_at[i % lanes][3] + t) * values + value];

        *out = gauge_larger(*out, worst[i]);
    }
    plaq_reduce_max(plaq_lattice_comm(u->lattice), largest, count);
done:
    plaq_free(worst);
    walk_clear(&w);
    return status;
}
