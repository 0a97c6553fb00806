/* Gauge fields: making, setting, copying and transforming them. */
#include "gauge/gauge.h"

#include <string.h>

/* A gauge field without links. Collective. */
static plaq_status make(plaq_lattice *lattice, plaq_prec prec, plaq_gauge **u)
{
    plaq_gauge *made = plaq_alloc(1, sizeof *made);
    plaq_status status = plaq_agree(plaq_lattice_comm(lattice), made ? PLAQ_OK : PLAQ_E_MEMORY);

    if (status != PLAQ_OK) goto done;
    made->lattice = lattice;
    made->layout = plaq_lattice_layout(lattice, prec);
    made->kernels = plaq_kernels_of(prec, made->layout->lanes);
    if (!made->kernels) status = plaq_fail(PLAQ_E_INTERNAL, "no kernels for %d lanes", made->layout->lanes);
done:
    if (status != PLAQ_OK) plaq_gauge_destroy(&made);
    if (status == PLAQ_OK) *u = made;
    return status;
}

plaq_status plaq_gauge_create(plaq_lattice *lattice, plaq_prec prec, plaq_gauge **u)
{
    plaq_gauge *made = NULL;
    plaq_status status;

    PLAQ_GO(make(lattice, prec, &made));
    PLAQ_GO(plaq_field_create(lattice, prec, SITE_REALS, &made->links));
    plaq_gauge_unit(made);
done:
    if (status != PLAQ_OK) plaq_gauge_destroy(&made);
    if (status == PLAQ_OK) *u = made;
    return status;
}

plaq_status plaq_gauge_over(plaq_field *links, plaq_gauge **u)
{
    PLAQ_TRY(make(plaq_field_lattice(links), plaq_field_prec(links), u));
    (*u)->links = links;
    (*u)->borrowed = true;
    return PLAQ_OK;
}

void plaq_gauge_destroy(plaq_gauge **u)
{
    if (!*u) return;
    if (!(*u)->borrowed) plaq_field_destroy(&(*u)->links);
    plaq_free(*u);
    *u = NULL;
}

plaq_lattice *plaq_gauge_lattice(const plaq_gauge *u)
{
    return u->lattice;
}

plaq_field *plaq_gauge_links(plaq_gauge *u)
{
    return u->links;
}

plaq_status plaq_gauge_numbers(const plaq_gauge *u, size_t count, double **numbers)
{
    double *made = plaq_alloc(count, sizeof *made);
    const plaq_status status = plaq_agree(plaq_lattice_comm(u->lattice), made ? PLAQ_OK : PLAQ_E_MEMORY);

    if (status == PLAQ_OK)
        *numbers = made;
    else
        plaq_free(made);
    return status;
}

static size_t vector_site_bytes(const plaq_field *field)
{
    const size_t real = plaq_field_prec(field) == PLAQ_DOUBLE ? sizeof(double) : sizeof(float);

    return (size_t)plaq_field_reals(field) * (size_t)plaq_field_layout(field)->lanes * real;
}

/* Between precisions, whose lanes differ: line by line along x. */
static plaq_status convert(const plaq_gauge *from, plaq_gauge *to)
{
    const int *local = plaq_lattice_local(from->lattice);
    const int lines = local[1] * local[2] * local[3];
    const size_t line = (size_t)local[0] * SITE_REALS;
    double *buffer = plaq_alloc((size_t)plaq_threads() * line, sizeof *buffer);

    if (!buffer) return PLAQ_E_MEMORY;
#pragma omp parallel for schedule(static)
    for (int i = 0; i < lines; i++) {
        const int c[4] = {0, i % local[1], i / local[1] % local[2], i / (local[1] * local[2])};
        double *values = &buffer[(size_t)plaq_thread() * line];

        plaq_field_get(from->links, c, local[0], values);
        plaq_field_put(to->links, c, local[0], values);
    }
    plaq_free(buffer);
    return PLAQ_OK;
}

plaq_status plaq_gauge_copy(const plaq_gauge *from, plaq_gauge *to)
{
    plaq_status status = PLAQ_OK;

    if (from->lattice != to->lattice) return plaq_fail(PLAQ_E_INTERNAL, "gauge fields on different lattices");
    if (from->layout == to->layout)
        memcpy(plaq_field_data(to->links), plaq_field_read(from->links),
               (size_t)from->layout->volume * vector_site_bytes(from->links));
    else
        status = convert(from, to);
    plaq_field_touch(to->links);
    return plaq_agree(plaq_lattice_comm(from->lattice), status);
}

void plaq_gauge_unit(plaq_gauge *u)
{
    void *links = plaq_field_data(u->links);

#pragma omp parallel for schedule(static)
    for (int x = 0; x < u->layout->volume; x++) u->kernels->unit(links, 4, x, x + 1);
    plaq_field_touch(u->links);
}

void plaq_gauge_hot(plaq_gauge *u, uint64_t seed)
{
    const plaq_layout *p = u->layout;
    void *links = plaq_field_data(u->links);

#pragma omp parallel for schedule(static)
    for (int x = 0; x < p->volume; x++)
        u->kernels->random(links, 4, p->site, p->lane_site, seed, PLAQ_RANDOM_HOT_START, x, x + 1);
    plaq_field_touch(u->links);
}

void plaq_gauge_reunitarise(plaq_gauge *u)
{
    void *links = plaq_field_data(u->links);

#pragma omp parallel for schedule(static)
    for (int x = 0; x < u->layout->volume; x++) u->kernels->reunitarise(links, x, x + 1);
    plaq_field_touch(u->links);
}

plaq_status plaq_gauge_transform_random(plaq_gauge *u, uint64_t seed)
{
    const plaq_layout *p = u->layout;
    plaq_field *g = NULL;
    plaq_status status;

    PLAQ_GO(plaq_field_create(u->lattice, plaq_field_prec(u->links), LINK_REALS, &g));
    void *matrices = plaq_field_data(g), *links = plaq_field_data(u->links);

#pragma omp parallel for schedule(static)
    for (int x = 0; x < p->volume; x++)
        u->kernels->random(matrices, 1, p->site, p->lane_site, seed, PLAQ_RANDOM_GAUGE_TRANSFORM, x, x + 1);
    plaq_field_touch(g);
    PLAQ_GO(plaq_field_halo(g));
#pragma omp parallel for schedule(static)
    for (int x = 0; x < p->volume; x++) u->kernels->transform(links, matrices, (const int(*)[8])p->nb, x, x + 1);
    plaq_field_touch(u->links);
done:
    plaq_field_destroy(&g);
    return status;
}

/* One step: every site takes the links of its neighbour, nb[x][from]. */
static plaq_status shift(plaq_gauge *u, int from, plaq_field *moved)
{
    const plaq_layout *p = u->layout;
    const size_t bytes = vector_site_bytes(u->links);
    char *out = plaq_field_data(moved), *links = plaq_field_data(u->links);

    PLAQ_TRY(plaq_field_halo(u->links));
    for (int x = 0; x < p->volume; x++) memcpy(out + (size_t)x * bytes, links + (size_t)p->nb[x][from] * bytes, bytes);
    memcpy(links, out, (size_t)p->volume * bytes);
    plaq_field_touch(u->links);
    return PLAQ_OK;
}

plaq_status plaq_gauge_translate(plaq_gauge *u, const int d[4])
{
    const int *dims = plaq_lattice_dims(u->lattice);
    plaq_field *moved = NULL;
    plaq_status status;

    PLAQ_GO(plaq_field_create(u->lattice, plaq_field_prec(u->links), SITE_REALS, &moved));
    for (int mu = 0; mu < 4; mu++) {
        const int steps = (d[mu] % dims[mu] + dims[mu]) % dims[mu];

        for (int step = 0; step < steps; step++) PLAQ_GO(shift(u, 4 + mu, moved));
    }
done:
    plaq_field_destroy(&moved);
    return status;
}

/* The time link of a site, all zero. */
static bool is_missing(const plaq_gauge *u, const int c[4])
{
    double links[SITE_REALS];

    plaq_field_get(u->links, c, 1, links);
    for (int i = 3 * LINK_REALS; i < SITE_REALS; i++)
        if (links[i] != 0) return false;
    return true;
}

bool plaq_gauge_is_open(const plaq_gauge *u)
{
    const int *local = plaq_lattice_local(u->lattice), *origin = plaq_lattice_origin(u->lattice);
    const int slice = local[0] * local[1] * local[2], t = plaq_lattice_dims(u->lattice)[3] - 1 - origin[3];
    bool missing = true;

    for (int i = 0; i < slice && t < local[3] && missing; i++)
        missing = is_missing(u, (int[]){i % local[0], i / local[0] % local[1], i / (local[0] * local[1]), t});
    return !plaq_any(plaq_lattice_comm(u->lattice), !missing);
}

/* On the last slice of an open field there are no time links, the last two of the four. */
plaq_status plaq_gauge_unitarity(plaq_gauge *u, double *deviation, double *determinant)
{
    enum { VALUES = 4 };
    const int extent = plaq_lattice_dims(u->lattice)[3];
    const int count = plaq_gauge_is_open(u) ? extent * VALUES - 2 : extent * VALUES;
    double *largest = NULL;
    plaq_status status;

    PLAQ_GO(plaq_gauge_numbers(u, (size_t)(extent * VALUES), &largest));
    PLAQ_GO(gauge_largest(u, u->kernels->unitarity, VALUES, largest));
    *deviation = *determinant = 0;
    for (int i = 0; i < count; i += 2) {
        *deviation = gauge_larger(*deviation, largest[i]);
        *determinant = gauge_larger(*determinant, largest[i + 1]);
    }
done:
    plaq_free(largest);
    return status;
}
