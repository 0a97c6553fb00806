/* Dirac operators: M = A - D/2, with A = 4 + m + i mu gamma_5 + c_sw C on single sites and D the hopping term.
 *
 * Where sites have two colours, the even ones are eliminated. Each half of the reduced operator is one walk over the
 * sites of a set: the inverse on even sites is taken as soon as their hopping term is there, so that every field is
 * read and written once. The halo travels while sites without neighbours on other ranks are done.
 */
#include "fermion/fermion.h"

struct plaq_dirac {
    plaq_lattice *lattice; /* borrowed */
    plaq_action action;
    plaq_columns *links[2];             /* by precision, as all that follow */
    plaq_columns *term[2], *inverse[2]; /* A without its twist, A^-1 on even sites; NULL where there is no clover */
    plaq_columns *work[2];              /* spinors on even sites */
};

/* Sites a thread takes at a time, fewer only where there are few; bytes of a set of spinors from which on it is written
 * past the caches. */
enum { CHUNK = 256, PAST = 16 << 20 };

static int chunk_of(int sites)
{
    const int share = (sites + plaq_threads() - 1) / plaq_threads();

    return share < 1 ? 1 : share < CHUNK ? share : CHUNK;
}

/* ---- what is local ----------------------------------------------------------------------------------------------- */

static plaq_site_matrix number(double re, double im)
{
    return (plaq_site_matrix){.form = PLAQ_SITE_NUMBER, .re = re, .im = im};
}

/* A on the sites of a set */
static plaq_site_matrix diagonal(const plaq_dirac *d, plaq_prec prec, int set, bool dagger)
{
    plaq_site_matrix a = number(4 + d->action.mass, d->action.mu);

    if (d->term[prec]) {
        a.form = PLAQ_SITE_HERMITIAN;
        a.blocks = plaq_columns_read(d->term[prec], 0, set);
    }
    a.dagger = dagger;
    return a;
}

/* A^-1 on even sites */
static plaq_site_matrix inverse(const plaq_dirac *d, plaq_prec prec, bool dagger)
{
    const double re = 4 + d->action.mass, im = d->action.mu, norm = re * re + im * im;
    plaq_site_matrix a = number(re / norm, -im / norm);

    if (d->inverse[prec]) {
        a = number(0, 0);
        a.form = d->action.mu == 0 ? PLAQ_SITE_HERMITIAN : PLAQ_SITE_FULL;
        a.blocks = plaq_columns_read(d->inverse[prec], 0, 0);
    }
    a.dagger = dagger;
    return a;
}

/* ---- walks over a set -------------------------------------------------------------------------------------------- */

/* What neighbours are sent for a hopping term. */
typedef struct {
    const plaq_kernels *k;
    size_t half; /* bytes of a half of a spinor */
    bool dagger;
} halving;

static void pack_halves(const void *context, int k, const void *block, const int sites[], int n, void *out)
{
    const halving *h = context;
    const int chunk = chunk_of(n);

#pragma omp parallel for schedule(static)
    for (int i = 0; i < n; i += chunk)
        h->k->hop_halves(k, h->dagger, block, sites + i, i + chunk < n ? chunk : n - i,
                         (char *)out + (size_t)i * h->half);
}

static plaq_status send_halves(const plaq_kernels *k, plaq_columns *in, int set, bool dagger)
{
    const size_t real_size = plaq_columns_prec(in) == PLAQ_DOUBLE ? sizeof(double) : sizeof(float);
    const halving h = {k, PLAQ_HALF_REALS * (size_t)plaq_columns_lanes(in) * real_size, dagger};

    return plaq_columns_faces_begin(in, set, PLAQ_HALF_REALS, pack_halves, &h);
}

/* The sites from begin to end of a set; at an edge to other ranks with what came from there. */
static void hop_range(plaq_hop hop, bool edge, plaq_columns *in, plaq_columns *y, plaq_columns *out, int set, int begin,
                      int end)
{
    const plaq_kernels *k = plaq_kernels_of(plaq_columns_prec(in), plaq_columns_lanes(in));
    const plaq_sites *p = plaq_lattice_sites(plaq_columns_lattice(in));
    const int there = p->sets == 2 ? 1 - set : 0;
    const int chunk = chunk_of(end - begin);

    hop.edge = edge;
    hop.body = p->body[there];
    for (int b = 0; b < plaq_columns_blocks(in); b++) {
        const void *from = plaq_columns_read(in, b, there), *add = y ? plaq_columns_read(y, b, set) : NULL;
        void *to = plaq_columns_data(out, b, set);

        for (int d = 0; d < 8 && edge; d++) hop.halo[d] = plaq_columns_face(in, there, b, d, &hop.halo_first[d]);
#pragma omp parallel for schedule(static)
        for (int x = begin; x < end; x += chunk) k->hop(&hop, from, add, x, x + chunk < end ? x + chunk : end, to);
    }
}

static bool is_large(const plaq_columns *f, int set)
{
    const int64_t real_size = plaq_columns_prec(f) == PLAQ_DOUBLE ? sizeof(double) : sizeof(float);
    const int64_t site = PLAQ_SPINOR_REALS * plaq_columns_lanes(f) * real_size;

    return plaq_lattice_sites(plaq_columns_lattice(f))->body[set] * site > PAST;
}

/* out = A y + scale D in, or A (y + scale D in), on a set: what the caller has put into hop, with sites and links */
static plaq_status hop_set(plaq_dirac *d, plaq_hop hop, plaq_columns *in, plaq_columns *y, plaq_columns *out, int set)
{
    const plaq_sites *p = plaq_lattice_sites(d->lattice);
    const int there = p->sets == 2 ? 1 - set : 0;
    const plaq_columns *links = d->links[plaq_columns_prec(in)];

    hop.nb = (const int(*)[8])p->nb[set];
    hop.links = plaq_columns_read(links, 0, set);
    hop.links_there = plaq_columns_read(links, 0, there);
    hop.past = is_large(out, set);
    PLAQ_TRY(send_halves(plaq_kernels_of(plaq_columns_prec(in), plaq_columns_lanes(in)), in, there, hop.dagger));
    hop_range(hop, false, in, y, out, set, 0, p->interior[set]);
    plaq_columns_faces_finish(in, there);
    hop_range(hop, true, in, y, out, set, p->interior[set], p->body[set]);
    return PLAQ_OK;
}

static void matrix_set(const plaq_site_matrix *m, const plaq_columns *in, plaq_columns *out, int set)
{
    const plaq_kernels *k = plaq_kernels_of(plaq_columns_prec(in), plaq_columns_lanes(in));
    const int body = plaq_lattice_sites(plaq_columns_lattice(in))->body[set], chunk = chunk_of(body);

    for (int b = 0; b < plaq_columns_blocks(in); b++) {
        const void *from = plaq_columns_read(in, b, set);
        void *to = plaq_columns_data(out, b, set);

#pragma omp parallel for schedule(static)
        for (int x = 0; x < body; x += chunk) k->site_matrix(m, from, x, x + chunk < body ? x + chunk : body, to);
    }
}

/* spinors on even sites, like those of a field */
static plaq_status work_like(plaq_dirac *d, const plaq_columns *f, plaq_columns **work)
{
    const plaq_prec prec = plaq_columns_prec(f);
    const int columns = plaq_columns_count(f), lanes = plaq_columns_lanes(f);
    plaq_columns **w = &d->work[prec];

    if (*w && (plaq_columns_count(*w) != columns || plaq_columns_lanes(*w) != lanes)) plaq_columns_destroy(w);
    if (!*w)
        PLAQ_TRY(plaq_columns_create(d->lattice, prec, columns, lanes == 1 ? 1 : 0, PLAQ_SPINOR_REALS, PLAQ_EVEN, w));
    *work = *w;
    return PLAQ_OK;
}

/* ---- operators --------------------------------------------------------------------------------------------------- */

plaq_status plaq_dirac_apply(plaq_dirac *d, bool dagger, plaq_columns *in, plaq_columns *out)
{
    const plaq_prec prec = plaq_columns_prec(in);

    for (int set = 0; set < plaq_lattice_sites(d->lattice)->sets; set++) {
        const plaq_hop hop = {.dagger = dagger, .scale = -0.5, .matrix = diagonal(d, prec, set, dagger)};

        PLAQ_TRY(hop_set(d, hop, in, in, out, set));
    }
    return PLAQ_OK;
}

plaq_status plaq_dirac_hop(plaq_dirac *d, bool dagger, plaq_columns *in, plaq_columns *out)
{
    const plaq_hop hop = {.dagger = dagger, .scale = 1, .matrix = number(1, 0), .on_sum = true};

    for (int set = 0; set < plaq_lattice_sites(d->lattice)->sets; set++) PLAQ_TRY(hop_set(d, hop, in, NULL, out, set));
    return PLAQ_OK;
}

static plaq_status apply_all(void *self, bool dagger, plaq_columns *in, plaq_columns *out)
{
    return plaq_dirac_apply(self, dagger, in, out);
}

static plaq_status apply_odd(void *self, bool dagger, plaq_columns *in, plaq_columns *out)
{
    plaq_dirac *d = self;
    const plaq_prec prec = plaq_columns_prec(in);
    const plaq_hop to_even = {.dagger = dagger, .scale = 1, .matrix = inverse(d, prec, dagger), .on_sum = true};
    const plaq_hop to_odd = {.dagger = dagger, .scale = -0.25, .matrix = diagonal(d, prec, 1, dagger)};
    plaq_columns *even;

    PLAQ_TRY(work_like(d, in, &even));
    PLAQ_TRY(hop_set(d, to_even, in, NULL, even, 0));
    return hop_set(d, to_odd, even, in, out, 1);
}

plaq_operator plaq_dirac_reduced(plaq_dirac *d)
{
    if (plaq_lattice_sites(d->lattice)->sets == 1)
        return (plaq_operator){.self = d, .half = PLAQ_ALL, .apply = apply_all};
    return (plaq_operator){.self = d, .half = PLAQ_ODD, .apply = apply_odd};
}

plaq_status plaq_dirac_reduce(plaq_dirac *d, plaq_columns *b, plaq_columns *rhs)
{
    const plaq_site_matrix m = inverse(d, plaq_columns_prec(b), false);
    const plaq_hop hop = {.scale = 0.5, .matrix = number(1, 0)};
    plaq_columns *even;

    if (plaq_lattice_sites(d->lattice)->sets == 1) {
        plaq_columns_copy(b, rhs);
        return PLAQ_OK;
    }
    PLAQ_TRY(work_like(d, b, &even));
    matrix_set(&m, b, even, 0);
    return hop_set(d, hop, even, b, rhs, 1);
}

plaq_status plaq_dirac_complete(plaq_dirac *d, plaq_columns *b, plaq_columns *x)
{
    const plaq_hop hop = {.scale = 0.5, .matrix = inverse(d, plaq_columns_prec(b), false), .on_sum = true};

    if (plaq_lattice_sites(d->lattice)->sets == 1) return PLAQ_OK;
    return hop_set(d, hop, x, b, x, 0);
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

static plaq_status copy_to_single(plaq_columns *const fields[2], plaq_half half, plaq_columns **single)
{
    const plaq_columns *from = fields[PLAQ_DOUBLE];

    if (!from) return PLAQ_OK;
    PLAQ_TRY(
        plaq_columns_create(plaq_columns_lattice(from), PLAQ_SINGLE, 1, 1, plaq_columns_reals(from), half, single));
    plaq_columns_copy(from, *single);
    return PLAQ_OK;
}

static plaq_status make_sites(plaq_dirac *d, plaq_gauge *u)
{
    const plaq_action *a = &d->action;

    if (a->csw == 0) {
        if (4 + a->mass == 0 && a->mu == 0 && plaq_lattice_sites(d->lattice)->sets == 2)
            return plaq_fail(PLAQ_E_USAGE, "mass -4: without a clover term or a twist nothing is left on single sites");
        return PLAQ_OK;
    }
    PLAQ_TRY(fermion_clover_term(u, a, &d->term[PLAQ_DOUBLE], &d->inverse[PLAQ_DOUBLE]));
    PLAQ_TRY(copy_to_single(d->term, PLAQ_ALL, &d->term[PLAQ_SINGLE]));
    return copy_to_single(d->inverse, PLAQ_EVEN, &d->inverse[PLAQ_SINGLE]);
}

plaq_status plaq_dirac_create(plaq_gauge *u, const plaq_action *action, plaq_dirac **out)
{
    plaq_lattice *lattice = plaq_gauge_lattice(u);
    plaq_dirac *d = plaq_alloc(1, sizeof *d);
    plaq_status status;

    PLAQ_GO(plaq_agree(plaq_lattice_comm(lattice), d ? PLAQ_OK : PLAQ_E_MEMORY));
    *d = (plaq_dirac){.lattice = lattice, .action = *action};
    PLAQ_GO(make_sites(d, u));
    for (int prec = PLAQ_SINGLE; prec <= PLAQ_DOUBLE; prec++)
        PLAQ_GO(fermion_links(u, (plaq_prec)prec, action->phase, &d->links[prec]));
    *out = d;
    return PLAQ_OK;
done:
    plaq_dirac_destroy(&d);
    return status;
}

void plaq_dirac_destroy(plaq_dirac **d)
{
    if (!*d) return;
    for (int prec = 0; prec < 2; prec++) {
        plaq_columns_destroy(&(*d)->links[prec]);
        plaq_columns_destroy(&(*d)->term[prec]);
        plaq_columns_destroy(&(*d)->inverse[prec]);
        plaq_columns_destroy(&(*d)->work[prec]);
    }
    plaq_free(*d);
    *d = NULL;
}

int64_t plaq_dirac_estimate(const int dims[4], const int grid[4], const plaq_action *action, int columns)
{
    const int inverse = action->mu == 0 ? PLAQ_HERMITIAN_REALS : PLAQ_FULL_REALS;
    int64_t volume = 1, halo = 0, bytes = 0;

    for (int mu = 0; mu < 4; mu++) volume *= dims[mu] / grid[mu];
    for (int mu = 0; mu < 4; mu++)
        if (grid[mu] > 1) halo += 2 * volume / (dims[mu] / grid[mu]);
    for (int prec = PLAQ_SINGLE; prec <= PLAQ_DOUBLE; prec++) {
        const int lanes = plaq_lanes_full((plaq_prec)prec), padded = (columns + lanes - 1) / lanes * lanes;
        int64_t reals = FERMION_LINK_REALS * (volume + 3 * halo); /* what travels stands in buffers as well */

        if (action->csw != 0) reals += (PLAQ_HERMITIAN_REALS + inverse / 2) * (volume + halo);
        /* even sites with their halo; halves of spinors that come and go, of them and of what is applied to */
        reals += PLAQ_SPINOR_REALS * padded * (volume + halo + 2 * halo) / 2;
        bytes += reals * (int64_t)(prec == PLAQ_DOUBLE ? sizeof(double) : sizeof(float));
    }
    return bytes;
}
