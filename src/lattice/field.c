/* Fields and their halos. The halo of a field comes in two steps: what this rank holds itself is copied with the
 * lanes moved, what other ranks hold travels in one message a displacement. */
#include "plaq/lattice.h"

#include <string.h>

#include "kernel/kernel.h"
#include "layout.h"

/* Messages for a number of reals a site; made when first needed. */
typedef struct {
    int count;
    plaq_transport *transport;
} courier;

/* What of a halo an exchange is to bring. */
typedef enum {
    WHOLE,   /* all reals of all sites; of a field that is wanted along directions, what that says */
    STAPLES, /* links that are in one plaquette with a link of the body */
    PART,    /* some reals of all sites */
    KINDS
} halo_kind;

struct plaq_field {
    plaq_lattice *lattice;
    plaq_prec prec;
    int reals;
    bool along;         /* the halo is wanted straight along directions, a quarter of the reals each */
    bool fresh;         /* the halo is up to date */
    bool staples_fresh; /* what of it has to do with plaquettes is */
    bool under_way;
    halo_kind kind; /* of the exchange under way */
    void *data;
    courier couriers[KINDS];
};

static size_t real_size(plaq_prec prec)
{
    return prec == PLAQ_DOUBLE ? sizeof(double) : sizeof(float);
}

static const plaq_kernels *kernels_of(const plaq_field *f)
{
    return plaq_kernels_of(f->prec, plaq_field_layout(f)->lanes);
}

int64_t plaq_field_bytes(const plaq_layout *layout, plaq_prec prec, int reals)
{
    return (int64_t)layout->total * reals * layout->lanes * (int64_t)real_size(prec);
}

plaq_status plaq_field_create(plaq_lattice *lattice, plaq_prec prec, int reals, plaq_field **field)
{
    const plaq_layout *layout = plaq_lattice_layout(lattice, prec);
    plaq_field *f = plaq_alloc(1, sizeof *f);
    plaq_status status = PLAQ_E_MEMORY;

    if (f) {
        f->lattice = lattice;
        f->prec = prec;
        f->reals = reals;
        f->data = plaq_alloc((size_t)plaq_field_bytes(layout, prec, reals), 1);
        if (f->data) status = PLAQ_OK;
    }
    status = plaq_agree(plaq_lattice_comm(lattice), status);
    if (status != PLAQ_OK) {
        plaq_field_destroy(&f);
        return status;
    }
    *field = f;
    return PLAQ_OK;
}

void plaq_field_destroy(plaq_field **field)
{
    plaq_field *f = *field;

    if (!f) return;
    for (int i = 0; i < KINDS; i++) plaq_transport_destroy(&f->couriers[i].transport);
    plaq_free(f->data);
    plaq_free(f);
    *field = NULL;
}

plaq_lattice *plaq_field_lattice(const plaq_field *field)
{
    return field->lattice;
}

const plaq_layout *plaq_field_layout(const plaq_field *field)
{
    return plaq_lattice_layout(field->lattice, field->prec);
}

plaq_prec plaq_field_prec(const plaq_field *field)
{
    return field->prec;
}

int plaq_field_reals(const plaq_field *field)
{
    return field->reals;
}

void *plaq_field_data(plaq_field *field)
{
    return field->data;
}

const void *plaq_field_read(const plaq_field *field)
{
    return field->data;
}

void plaq_field_swap(plaq_field *a, plaq_field *b)
{
    void *data = a->data;
    const bool fresh = a->fresh, staples_fresh = a->staples_fresh;

    a->data = b->data;
    a->fresh = b->fresh;
    a->staples_fresh = b->staples_fresh;
    b->data = data;
    b->fresh = fresh;
    b->staples_fresh = staples_fresh;
}

void plaq_field_touch(plaq_field *field)
{
    field->fresh = field->staples_fresh = false;
}

void plaq_field_set_along(plaq_field *field)
{
    field->along = true;
}

/* ---- halo -------------------------------------------------------------------------------------------------------- */

/* Which reals of a site at displacement d are wanted, of count from first on; false where none are. */
static bool wanted_at(const plaq_field *f, halo_kind kind, const int d[4], int *first, int *count)
{
    const int quarter = *count / 4;
    int ahead = -1, behind = -1, outside = 0;

    for (int mu = 0; mu < 4; mu++) {
        outside += d[mu] != 0;
        if (d[mu] > 0) ahead = mu;
        if (d[mu] < 0) behind = mu;
    }
    if (f->along) {
        *first += (ahead < 0 ? behind : ahead) * quarter;
        *count = quarter;
        return outside == 1;
    }
    if (kind != STAPLES || (outside == 1 && behind >= 0)) return true;
    if (outside == 2) { /* U_nu(x + mu - nu), and nothing where both are ahead, or behind */
        *first += behind * quarter;
        *count = quarter;
        return ahead >= 0 && behind >= 0;
    }
    if (ahead == 0) *first += quarter; /* not U_mu(x + mu): what stands at an end is left away */
    if (ahead == 0 || ahead == 3) *count -= quarter;
    return true;
}

/* reals in a message for count a site */
static size_t message_reals(const plaq_field *f, halo_kind kind, const halo_message *m, int count)
{
    size_t reals = 0;

    for (int j = 0; j < m->n; j++) {
        const halo_segment *s = &m->segments[j];
        int first = 0, here = count;

        if (wanted_at(f, kind, s->d, &first, &here)) reals += (size_t)s->n * (size_t)s->m * (size_t)here;
    }
    return reals;
}

static plaq_status hire(const plaq_field *f, halo_kind kind, int count, courier *c)
{
    const halo_plan *plan = plaq_lattice_halo(f->lattice, f->prec);
    int to[32], from[32];
    size_t bytes[32];

    for (int i = 0; i < plan->messages; i++) {
        const halo_message *m = &plan->message[i];

        to[i] = m->to;
        from[i] = m->from;
        bytes[i] = message_reals(f, kind, m, count) * real_size(f->prec);
    }
    c->count = 0;
    plaq_transport_destroy(&c->transport);
    PLAQ_TRY(plaq_transport_create(plaq_lattice_comm(f->lattice), plan->messages, to, from, bytes, &c->transport));
    c->count = count;
    return PLAQ_OK;
}

/* The courier for a kind of exchange; that of parts goes to whichever number of reals was asked for last. */
static plaq_status courier_for(plaq_field *f, halo_kind kind, int count, courier **c)
{
    *c = &f->couriers[kind];
    return (*c)->count == count ? PLAQ_OK : hire(f, kind, count, *c);
}

static size_t segment_bytes(const plaq_field *f, const halo_segment *s, int count)
{
    return (size_t)s->n * (size_t)count * (size_t)s->m * real_size(f->prec);
}

static plaq_status begin(plaq_field *f, halo_kind kind, int first, int count)
{
    const plaq_layout *p = plaq_field_layout(f);
    const halo_plan *plan = plaq_lattice_halo(f->lattice, f->prec);
    const plaq_kernels *k = kernels_of(f);
    courier *c;

    PLAQ_TRY(courier_for(f, kind, count, &c));
    for (int i = 0; i < plan->messages; i++) {
        const halo_message *m = &plan->message[i];
        char *buffer = plaq_transport_out(c->transport, i);

        for (int j = 0; j < m->n; j++) {
            const halo_segment *s = &m->segments[j];
            int from = first, n = count;

            if (!wanted_at(f, kind, s->d, &from, &n)) continue;
            k->halo_pack(f->data, f->reals, from, n, s->n, plan->source + (s->first - p->volume), s->m, s->from_lane,
                         buffer);
            buffer += segment_bytes(f, s, n);
        }
    }
    plaq_transport_start(c->transport);
    for (int i = 0; i < plan->classes; i++) {
        const halo_class *class = &plan->class[i];
        int from = first, n = count;

        if (class->any_local && wanted_at(f, kind, class->d, &from, &n))
            k->halo_fill(f->data, f->reals, from, n, class->first, class->n, plan->source + (class->first - p->volume),
                         class->from);
    }
    return PLAQ_OK;
}

static void finish(plaq_field *f, halo_kind kind, int first, int count)
{
    const halo_plan *plan = plaq_lattice_halo(f->lattice, f->prec);
    const plaq_kernels *k = kernels_of(f);
    const courier *c = &f->couriers[kind];

    plaq_transport_finish(c->transport);
    for (int i = 0; i < plan->messages; i++) {
        const halo_message *m = &plan->message[i];
        const char *buffer = plaq_transport_in(c->transport, i);

        for (int j = 0; j < m->n; j++) {
            const halo_segment *s = &m->segments[j];
            int from = first, n = count;

            if (!wanted_at(f, kind, s->d, &from, &n)) continue;
            k->halo_unpack(f->data, f->reals, from, n, s->first, s->n, s->m, s->to_lane, buffer);
            buffer += segment_bytes(f, s, n);
        }
    }
}

static plaq_status begin_all_reals(plaq_field *f, halo_kind kind)
{
    PLAQ_TRY(begin(f, kind, 0, f->reals));
    f->under_way = true;
    f->kind = kind;
    return PLAQ_OK;
}

plaq_status plaq_field_halo_begin(plaq_field *f)
{
    return f->fresh ? PLAQ_OK : begin_all_reals(f, WHOLE);
}

plaq_status plaq_field_halo_begin_staples(plaq_field *f)
{
    return f->fresh || f->staples_fresh ? PLAQ_OK : begin_all_reals(f, STAPLES);
}

void plaq_field_halo_finish(plaq_field *f)
{
    if (!f->under_way) return;
    finish(f, f->kind, 0, f->reals);
    f->under_way = false;
    f->staples_fresh = true;
    f->fresh |= f->kind == WHOLE;
}

plaq_status plaq_field_halo(plaq_field *f)
{
    PLAQ_TRY(plaq_field_halo_begin(f));
    plaq_field_halo_finish(f);
    return PLAQ_OK;
}

plaq_status plaq_field_halo_part(plaq_field *f, int first, int count)
{
    PLAQ_TRY(begin(f, PART, first, count));
    finish(f, PART, first, count);
    return PLAQ_OK;
}

/* ---- sites in and out ------------------------------------------------------------------------------------------- */

/* Where the reals of a site begin in the data; they stand `lanes` apart. */
static size_t place_of(const plaq_field *f, const int c[4])
{
    const plaq_layout *p = plaq_field_layout(f);
    int x, l;

    plaq_layout_find(p, c, &x, &l);
    return (size_t)x * (size_t)f->reals * (size_t)p->lanes + (size_t)l;
}

void plaq_field_put_part(plaq_field *f, const int c[4], int first, int count, const double *values)
{
    size_t lanes = (size_t)plaq_field_layout(f)->lanes, j = place_of(f, c) + (size_t)first * lanes;

    for (int k = 0; k < count; k++, j += lanes) {
        if (f->prec == PLAQ_DOUBLE)
            ((double *)f->data)[j] = values[k];
        else
            ((float *)f->data)[j] = (float)values[k];
    }
    f->fresh = f->staples_fresh = false;
}

void plaq_field_get_part(const plaq_field *f, const int c[4], int first, int count, double *values)
{
    size_t lanes = (size_t)plaq_field_layout(f)->lanes, j = place_of(f, c) + (size_t)first * lanes;

    for (int k = 0; k < count; k++, j += lanes)
        values[k] = f->prec == PLAQ_DOUBLE ? ((const double *)f->data)[j] : (double)((const float *)f->data)[j];
}

void plaq_field_put(plaq_field *f, const int c[4], int n, const double *values)
{
    for (int i = 0; i < n; i++, values += f->reals)
        plaq_field_put_part(f, (int[]){c[0] + i, c[1], c[2], c[3]}, 0, f->reals, values);
}

void plaq_field_get(const plaq_field *f, const int c[4], int n, double *values)
{
    for (int i = 0; i < n; i++, values += f->reals)
        plaq_field_get_part(f, (int[]){c[0] + i, c[1], c[2], c[3]}, 0, f->reals, values);
}

void plaq_field_gather(const plaq_field *f, double values[])
{
    const int *dims = plaq_lattice_dims(f->lattice), *local = plaq_lattice_local(f->lattice);
    const int *origin = plaq_lattice_origin(f->lattice);
    const size_t slice = (size_t)dims[0] * (size_t)dims[1] * (size_t)dims[2] * (size_t)f->reals;
    int c[4] = {0};

    memset(values, 0, slice * (size_t)dims[3] * sizeof *values);
    for (c[3] = 0; c[3] < local[3]; c[3]++)
        for (c[2] = 0; c[2] < local[2]; c[2]++)
            for (c[1] = 0; c[1] < local[1]; c[1]++)
                for (c[0] = 0; c[0] < local[0]; c[0]++) {
                    size_t site = 0;

                    for (int mu = 3; mu >= 0; mu--) site = site * (size_t)dims[mu] + (size_t)(origin[mu] + c[mu]);
                    plaq_field_get_part(f, c, 0, f->reals, values + site * (size_t)f->reals);
                }
    for (int t = 0; t < dims[3]; t++)
        plaq_reduce_sum(plaq_lattice_comm(f->lattice), values + (size_t)t * slice, (int)slice);
}

size_t plaq_link_form_bytes(const plaq_link_form *form)
{
    return (size_t)(4 * form->rows * 3 * 2) * real_size(form->prec);
}

/* vector sites of a line along x of the sub-lattice */
static const int *sites_from(const plaq_field *f, const int c[4])
{
    const plaq_layout *p = plaq_field_layout(f);

    return &p->index[c[0] + p->block[0] * (c[1] + p->block[1] * (c[2] + p->block[2] * c[3]))];
}

void plaq_field_load_links(plaq_field *f, const int c[4], int n, const plaq_link_form *form, const void *const lines[])
{
    kernels_of(f)->links_load(f->data, n, sites_from(f, c), lines, form->prec, form->swap, form->rows);
    f->fresh = f->staples_fresh = false;
}

void plaq_field_store_links(const plaq_field *f, const int c[4], int n, const plaq_link_form *form, void *const lines[])
{
    kernels_of(f)->links_store(f->data, n, sites_from(f, c), lines, form->prec, form->swap);
}
