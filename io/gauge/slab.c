/* Links between a file and a field, by slabs.
 *
 * The unit of work is what fills vector sites completely: `lines` lines along y at one place (y, z, t) of the
 * sub-lattice of every lane. In the file that is `planes` planes, one for each lane in z and t, and in each of them
 * `lines` lines for each lane and each rank in y. Ranks that share planes, `sharers`, take equal shares of the units.
 */
#include "gauge/slab.h"

#include <string.h>

enum {
    UNIT = 512 << 10,   /* bytes of a unit: it stays in the cache from the file to the field */
    MESSAGE = 256 << 10 /* bytes for each sharer where lines are sent: long enough to hide the latency */
};

/* How one field is cut into units. */
typedef struct {
    const plaq_slab *slab;
    plaq_lattice *lattice;
    const plaq_layout *layout;
    const int *dims, *grid, *local, *origin;
    int here[4];                        /* coordinates of this rank in the grid */
    int planes, lines;                  /* of a unit */
    int sharers;                        /* ranks that share my planes: grid[0] grid[1] */
    int units, share;                   /* units of these planes, and units of each sharer */
    size_t site, line;                  /* bytes of a site; of a line of the file */
    size_t unit, part;                  /* bytes of a unit; of the part of it one rank owns */
    char *plain;                        /* [unit]: as in the file: [plane][y][X] */
    char *out, *in;                     /* [sharers][part] each: [plane][y][local x]; NULL where nothing is sent */
    int *out_n, *out_at, *in_n, *in_at; /* [ranks]: for plaq_exchange; `out` is on the side of the file */
    char **lane;                        /* [lanes]: where each lane's line is */
} cut;

static size_t unit_bytes(const cut *k, int lines)
{
    return (size_t)k->planes * (size_t)(lines * k->grid[1] * k->layout->split[1]) * k->line;
}

/* The longest piece of a sub-lattice plane that stays within the size wanted; at least one line. */
static int choose_lines(const cut *k)
{
    size_t most = k->sharers > 1 ? (size_t)k->sharers * MESSAGE : UNIT;
    int lines = k->layout->block[1];

    while (lines > 1 && (k->layout->block[1] % lines || unit_bytes(k, lines) > most)) lines--;
    return lines;
}

static int sharer_rank(const cut *k, int i)
{
    return plaq_lattice_rank_at(k->lattice, (int[4]){i % k->grid[0], i / k->grid[0], k->here[2], k->here[3]});
}

static void cut_free(cut *k)
{
    plaq_free(k->lane);
    plaq_free(k->plain);
    plaq_free(k->out);
    plaq_free(k->in);
    plaq_free(k->out_n);
    plaq_free(k->out_at);
    plaq_free(k->in_n);
    plaq_free(k->in_at);
}

static plaq_status cut_exchange(cut *k)
{
    size_t ranks = (size_t)plaq_comm_size(plaq_lattice_comm(k->lattice));

    if (k->unit > INT32_MAX)
        return plaq_fail(PLAQ_E_USAGE,
                         "a process grid of %d x %d ranks in x and y needs messages of %zu bytes, at "
                         "most 2 GiB can be sent: divide z and t instead",
                         k->grid[0], k->grid[1], k->unit);
    k->out = plaq_alloc(k->unit, 1);
    k->in = plaq_alloc(k->unit, 1);
    k->out_n = plaq_alloc(ranks, sizeof(int));
    k->out_at = plaq_alloc(ranks, sizeof(int));
    k->in_n = plaq_alloc(ranks, sizeof(int));
    k->in_at = plaq_alloc(ranks, sizeof(int));
    return k->out && k->in && k->out_n && k->out_at && k->in_n && k->in_at ? PLAQ_OK : PLAQ_E_MEMORY;
}

/* Collective. */
static plaq_status cut_make(const plaq_field *links, const plaq_slab *slab, cut *k)
{
    plaq_status status = PLAQ_OK;

    k->slab = slab;
    k->lattice = plaq_field_lattice(links);
    k->layout = plaq_field_layout(links);
    k->dims = plaq_lattice_dims(k->lattice);
    k->grid = plaq_lattice_grid(k->lattice);
    k->local = plaq_lattice_local(k->lattice);
    k->origin = plaq_lattice_origin(k->lattice);
    for (int mu = 0; mu < 4; mu++) k->here[mu] = k->origin[mu] / k->local[mu];
    k->site = plaq_link_form_bytes(&slab->form);
    k->line = k->site * (size_t)k->dims[0];
    k->planes = k->layout->split[2] * k->layout->split[3];
    k->sharers = k->grid[0] * k->grid[1];
    k->lines = choose_lines(k);
    k->units = k->layout->block[1] / k->lines * k->layout->block[2] * k->layout->block[3];
    k->share = (k->units + k->sharers - 1) / k->sharers;
    k->unit = unit_bytes(k, k->lines);
    k->part = k->unit / (size_t)k->sharers;
    k->plain = plaq_alloc(k->unit, 1);
    k->lane = plaq_alloc((size_t)k->layout->lanes, sizeof *k->lane);
    if (!k->plain || !k->lane)
        status = PLAQ_E_MEMORY;
    else if (k->sharers > 1)
        status = cut_exchange(k);
    status = plaq_agree(plaq_lattice_comm(k->lattice), status);
    if (status != PLAQ_OK) cut_free(k);
    return status;
}

/* The unit of sharer i in a round; -1 where it has none left. */
static int unit_of(const cut *k, int i, int round)
{
    int unit = i * k->share + round;

    return unit < k->units ? unit : -1;
}

/* Place of a unit in the sub-lattice: its first y, its z and its t. */
static void unit_place(const cut *k, int unit, int *y, int *z, int *t)
{
    int pieces = k->layout->block[1] / k->lines;

    *y = unit % pieces * k->lines;
    *z = unit / pieces % k->layout->block[2];
    *t = unit / pieces / k->layout->block[2];
}

/* Moves a unit between the file and `plain`, and takes its checksum while it is in the cache. */
static plaq_status move_unit(const cut *k, int unit, uint32_t sum[2])
{
    const int *split = k->layout->split, *block = k->layout->block;
    bool whole = k->lines == block[1]; /* the lines of all lanes and ranks follow each other */
    int runs = whole ? 1 : split[1] * k->grid[1], lines = k->lines * (whole ? split[1] * k->grid[1] : 1);
    char *bytes = k->plain;
    int y, z, t;

    unit_place(k, unit, &y, &z, &t);
    for (int plane = 0; plane < k->planes; plane++)
        for (int run = 0; run < runs; run++, bytes += (size_t)lines * k->line) {
            int at_y = y + run * block[1];
            int at_z = k->origin[2] + z + plane % split[2] * block[2];
            int at_t = k->origin[3] + t + plane / split[2] * block[3];
            int64_t first = ((int64_t)at_t * k->dims[2] + at_z) * k->dims[1] + at_y;

            PLAQ_TRY(k->slab->move(k->slab->context, at_y, at_z, at_t, lines, bytes));
            plaq_check_add(k->slab->check, sum, bytes, first * k->dims[0], (int64_t)lines * k->dims[0], k->site,
                           k->slab->form.swap);
        }
    return PLAQ_OK;
}

/* Sorts `plain` by owner into `out`, or back: [sharer][plane][y][local x]. */
static void sort_unit(const cut *k, bool back)
{
    int lines = k->lines * k->layout->split[1];
    size_t run = k->site * (size_t)k->local[0];
    char *part = k->out;

    for (int i = 0; i < k->sharers; i++)
        for (int plane = 0; plane < k->planes; plane++)
            for (int y = 0; y < lines; y++, part += run) {
                size_t row = (size_t)((plane * k->grid[1] + i / k->grid[0]) * lines + y);
                char *at = k->plain + row * k->line + (size_t)(i % k->grid[0]) * run;

                memcpy(back ? at : part, back ? part : at, run);
            }
}

/* Sends what this round's readers have to the owners, or what the owners have to this round's writers. Collective. */
static void exchange_round(const cut *k, int round, bool back)
{
    const plaq_comm *comm = plaq_lattice_comm(k->lattice);
    int mine = unit_of(k, k->here[0] + k->grid[0] * k->here[1], round);

    for (int i = 0; i < k->sharers; i++) {
        int rank = sharer_rank(k, i);

        k->out_n[rank] = mine >= 0 ? (int)k->part : 0;
        k->in_n[rank] = unit_of(k, i, round) >= 0 ? (int)k->part : 0;
        k->out_at[rank] = k->in_at[rank] = i * (int)k->part;
    }
    if (back)
        plaq_exchange(comm, k->in, k->in_n, k->in_at, k->out, k->out_n, k->out_at);
    else
        plaq_exchange(comm, k->out, k->out_n, k->out_at, k->in, k->in_n, k->in_at);
}

/* Fills the vector sites of a unit from a part of it, [plane][y][local x], or the reverse. */
static void fill_unit(const cut *k, int unit, plaq_field *to, const plaq_field *from, char *part)
{
    const plaq_layout *p = k->layout;
    int c[4] = {0};

    unit_place(k, unit, &c[1], &c[2], &c[3]);
    for (int y = 0; y < k->lines; y++, c[1]++) {
        for (int l = 0; l < p->lanes; l++) {
            const int *at = p->lane_at[l];
            int plane = at[2] / p->block[2] + p->split[2] * (at[3] / p->block[3]);
            int row = (plane * p->split[1] + at[1] / p->block[1]) * k->lines + y;

            k->lane[l] = part + ((size_t)row * (size_t)k->local[0] + (size_t)at[0]) * k->site;
        }
        if (to)
            plaq_field_load_links(to, c, p->block[0], &k->slab->form, (const void *const *)k->lane);
        else
            plaq_field_store_links(from, c, p->block[0], &k->slab->form, (void *const *)k->lane);
    }
}

static void reduce(const plaq_comm *comm, plaq_check_kind check, uint32_t sum[2])
{
    if (check == PLAQ_CHECK_NERSC)
        plaq_reduce_add32(comm, sum, 2);
    else
        plaq_reduce_xor(comm, sum, 2);
}

plaq_status plaq_slab_read(plaq_field *links, const plaq_slab *slab, uint32_t sum[2])
{
    plaq_status status = PLAQ_OK;
    cut k = {0};

    PLAQ_TRY(cut_make(links, slab, &k));
    sum[0] = sum[1] = 0;
    for (int round = 0; round < k.share; round++) {
        int mine = unit_of(&k, k.here[0] + k.grid[0] * k.here[1], round);

        if (status == PLAQ_OK) status = plaq_stop_check(plaq_comm_self()); /* of one mind at the end */
        if (mine >= 0 && status == PLAQ_OK) status = move_unit(&k, mine, sum);
        if (k.sharers == 1) {
            if (status != PLAQ_OK) break; /* nobody waits for my lines */
            fill_unit(&k, mine, links, NULL, k.plain);
            continue;
        }
        sort_unit(&k, false);
        exchange_round(&k, round, false);
        for (int i = 0; i < k.sharers; i++)
            if (unit_of(&k, i, round) >= 0)
                fill_unit(&k, unit_of(&k, i, round), links, NULL, k.in + (size_t)i * k.part);
    }
    plaq_field_touch(links);
    cut_free(&k);
    status = plaq_agree(plaq_lattice_comm(k.lattice), status);
    if (status == PLAQ_OK) reduce(plaq_lattice_comm(k.lattice), slab->check, sum);
    return status;
}

plaq_status plaq_slab_write(const plaq_field *links, const plaq_slab *slab, uint32_t sum[2])
{
    plaq_status status = PLAQ_OK;
    cut k = {0};

    PLAQ_TRY(cut_make(links, slab, &k));
    sum[0] = sum[1] = 0;
    for (int round = 0; round < k.share; round++) {
        int mine = unit_of(&k, k.here[0] + k.grid[0] * k.here[1], round);

        if (k.sharers == 1) {
            if (status != PLAQ_OK) break;
            fill_unit(&k, mine, NULL, links, k.plain);
        } else {
            for (int i = 0; i < k.sharers; i++)
                if (unit_of(&k, i, round) >= 0)
                    fill_unit(&k, unit_of(&k, i, round), NULL, links, k.in + (size_t)i * k.part);
            exchange_round(&k, round, true);
            sort_unit(&k, true);
        }
        if (mine >= 0 && status == PLAQ_OK) status = move_unit(&k, mine, sum);
    }
    cut_free(&k);
    status = plaq_agree(plaq_lattice_comm(k.lattice), status);
    if (status == PLAQ_OK) reduce(plaq_lattice_comm(k.lattice), slab->check, sum);
    return status;
}
