/* Smearing of quark fields within time slices: powers and sums of powers of the hopping term in space. See
 * plaq_quark_smearing for definitions and normalisation.
 *
 * Columns are taken a block at a time, so that two blocks are all the memory it needs besides the links. One slice is
 * worked on as a list of its sites; neighbours in space are on the same slice.
 */
#include <math.h>
#include <string.h>

#include "fermion/fermion.h"

/* sites that a thread takes at a time */
enum { CHUNK = 64 };

/* The sites worked on: of each set, those not at the edge first. */
typedef struct {
    int *site[2];
    int interior[2], count[2];
} selection;

/* A step is keep base + weight H psi; `in` and `out` are one block, to read and to write. */
typedef struct {
    const plaq_quark_smearing *how;
    double keep, weight;
    const plaq_kernels *kernels;
    const plaq_sites *sites;
    selection chosen;
    plaq_columns *links, *in, *out;
} work;

/* ---- definition -------------------------------------------------------------------------------------------------- */

static plaq_status find_weights(const plaq_quark_smearing *how, work *w)
{
    double laplacian; /* what stands before it in a Gaussian step */

    if (how->steps < 0) return plaq_fail(PLAQ_E_USAGE, "quark smearing of %d steps, expected at least 0", how->steps);
    if (how->kind == PLAQ_QUARK_JACOBI) {
        w->keep = 1;
        w->weight = how->kappa;
        return PLAQ_OK;
    }
    if ((how->kappa != 0) == (how->width != 0))
        return plaq_fail(PLAQ_E_USAGE, "Gaussian smearing with kappa %g and width %g, expected one of them", how->kappa,
                         how->width);
    if (how->kappa < 0) return plaq_fail(PLAQ_E_USAGE, "Gaussian smearing with kappa %g, expected above 0", how->kappa);
    laplacian = how->kappa != 0 ? how->kappa / (1 + 6 * how->kappa)
                                : how->width * how->width / (4 * (how->steps > 0 ? how->steps : 1));
    if (laplacian > 1.0 / 6)
        plaq_log(PLAQ_LOG_WARN,
                 "Gaussian smearing of width %g in %d steps: short waves grow; %g steps or more are needed for a "
                 "Gaussian",
                 how->width, how->steps, ceil(1.5 * how->width * how->width));
    w->keep = 1 - 6 * laplacian;
    w->weight = laplacian;
    return PLAQ_OK;
}

/* U_i(x) exp(-i p_i) in space */
static plaq_status boost(plaq_columns *links, const double momentum[3])
{
    const plaq_sites *p = plaq_lattice_sites(plaq_columns_lattice(links));
    const int *dims = plaq_lattice_dims(plaq_columns_lattice(links));
    double complex phase[3];

    if (momentum[0] == 0 && momentum[1] == 0 && momentum[2] == 0) return PLAQ_OK;
    for (int i = 0; i < 3; i++) phase[i] = cexp(-I * 2 * M_PI * momentum[i] / dims[i]);
    for (int set = 0; set < p->sets; set++) {
#pragma omp parallel for schedule(static)
        for (int x = 0; x < p->body[set]; x++) {
            double complex site[4][9];

            plaq_columns_get(links, p->place[set][x], 0, (double *)site);
            for (int i = 0; i < 3; i++)
                for (int k = 0; k < 9; k++) site[i][k] *= phase[i];
            plaq_columns_put(links, p->place[set][x], 0, (const double *)site);
        }
        PLAQ_TRY(plaq_columns_halo(links, set));
    }
    return PLAQ_OK;
}

/* ---- sites ------------------------------------------------------------------------------------------------------- */

static plaq_status choose(const plaq_lattice *lattice, int t, selection *chosen)
{
    const plaq_sites *p = plaq_lattice_sites(lattice);
    const int origin = plaq_lattice_origin(lattice)[3];

    for (int set = 0; set < p->sets; set++) {
        chosen->site[set] = plaq_alloc((size_t)p->body[set] + 1, sizeof(int));
        if (!chosen->site[set]) return PLAQ_E_MEMORY;
        for (int x = 0; x < p->body[set]; x++) {
            if (t != PLAQ_ALL_SLICES && p->place[set][x][3] + origin != t) continue;
            chosen->site[set][chosen->count[set]++] = x;
            if (x < p->interior[set]) chosen->interior[set]++;
        }
    }
    return PLAQ_OK;
}

/* Copies block `a` of one field into block `b` of another, on the sites chosen. */
static void copy(const work *w, const plaq_columns *from, int a, plaq_columns *to, int b)
{
    const size_t real = plaq_columns_prec(from) == PLAQ_DOUBLE ? sizeof(double) : sizeof(float);
    const size_t bytes = (size_t)plaq_columns_reals(from) * (size_t)plaq_columns_lanes(from) * real;

    for (int set = 0; set < w->sites->sets; set++) {
        const char *in = plaq_columns_read(from, a, set);
        char *out = plaq_columns_data(to, b, set);

#pragma omp parallel for schedule(static)
        for (int i = 0; i < w->chosen.count[set]; i++) {
            const size_t at = (size_t)w->chosen.site[set][i] * bytes;

            memcpy(out + at, in + at, bytes);
        }
    }
}

/* ---- steps ------------------------------------------------------------------------------------------------------- */

static void spread(const work *w, int set, const void *base, int begin, int end)
{
    const int there = w->sites->sets == 2 ? 1 - set : 0;
    const void *in = plaq_columns_read(w->in, 0, there);
    void *out = plaq_columns_data(w->out, 0, set);
    const plaq_spread step = {
        .nb = (const int(*)[8])w->sites->nb[set],
        .site = w->chosen.site[set],
        .links = plaq_columns_read(w->links, 0, set),
        .links_there = plaq_columns_read(w->links, 0, there),
        .spins = plaq_columns_reals(w->in) / 6,
        .keep = w->keep,
        .weight = w->weight,
    };

#pragma omp parallel for schedule(static)
    for (int i = begin; i < end; i += CHUNK)
        w->kernels->spread(&step, in, base, i, i + CHUNK < end ? i + CHUNK : end, out);
}

/* out = keep base + weight H in; base is in, or what there was in the beginning: block b of f */
static plaq_status step(const work *w, const plaq_columns *f, int b)
{
    const bool jacobi = w->how->kind == PLAQ_QUARK_JACOBI;

    for (int set = 0; set < w->sites->sets; set++) {
        const int there = w->sites->sets == 2 ? 1 - set : 0;
        const void *base = jacobi ? plaq_columns_read(f, b, set) : plaq_columns_read(w->in, 0, set);

        PLAQ_TRY(plaq_columns_halo_begin(w->in, there));
        spread(w, set, base, 0, w->chosen.interior[set]);
        plaq_columns_halo_finish(w->in, there);
        spread(w, set, base, w->chosen.interior[set], w->chosen.count[set]);
    }
    return PLAQ_OK;
}

static plaq_status smear_block(work *w, plaq_columns *f, int b)
{
    copy(w, f, b, w->in, 0);
    for (int n = 0; n < w->how->steps; n++) {
        plaq_columns *last = w->in;

        PLAQ_TRY(step(w, f, b));
        w->in = w->out;
        w->out = last;
    }
    copy(w, w->in, 0, f, b);
    return PLAQ_OK;
}

static plaq_status create_block(const plaq_columns *f, plaq_columns **block)
{
    const int lanes = plaq_columns_lanes(f);

    PLAQ_TRY(plaq_columns_create(plaq_columns_lattice(f), plaq_columns_prec(f), lanes, lanes == 1 ? 1 : 0,
                                 plaq_columns_reals(f), PLAQ_ALL, block));
    plaq_columns_set_spatial(*block);
    return PLAQ_OK;
}

plaq_status plaq_quark_smear(plaq_gauge *u, const double phase[4], const plaq_quark_smearing *how, int t,
                             plaq_columns *f)
{
    plaq_lattice *lattice = plaq_columns_lattice(f);
    const plaq_prec prec = plaq_columns_prec(f);
    plaq_status status;
    work w = {.how = how, .kernels = plaq_kernels_of(prec, plaq_columns_lanes(f))};

    w.sites = plaq_lattice_sites(lattice);
    PLAQ_GO(find_weights(how, &w));
    PLAQ_GO(plaq_agree(plaq_lattice_comm(lattice), choose(lattice, t, &w.chosen)));
    PLAQ_GO(fermion_links(u, prec, phase, &w.links));
    PLAQ_GO(boost(w.links, how->boost));
    PLAQ_GO(create_block(f, &w.in));
    PLAQ_GO(create_block(f, &w.out));
    for (int b = 0; b < plaq_columns_blocks(f); b++) PLAQ_GO(smear_block(&w, f, b));
done:
    for (int set = 0; set < 2; set++) plaq_free(w.chosen.site[set]);
    plaq_columns_destroy(&w.links);
    plaq_columns_destroy(&w.in);
    plaq_columns_destroy(&w.out);
    return status;
}
