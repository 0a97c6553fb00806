/* Fields of columns: what was put into a site is found there from each of its neighbours, on any rank. */
#include "support/test.h"

enum { REALS = 6 };

static int global_number(const int dims[4], const int c[4])
{
    int i = 0;

    for (int mu = 3; mu >= 0; mu--) i = i * dims[mu] + ((c[mu] % dims[mu]) + dims[mu]) % dims[mu];
    return i;
}

/* what stands at real k of a column at a site: small enough to be exact in single precision */
static double mark(int site, int column, int k)
{
    return (site * 31 + column * 11 + k * 7) % 100003 + 1;
}

static void global_place(const plaq_lattice *lattice, const int place[4], int c[4])
{
    for (int mu = 0; mu < 4; mu++) c[mu] = plaq_lattice_origin(lattice)[mu] + place[mu];
}

static void fill(plaq_columns *f)
{
    const plaq_lattice *lattice = plaq_columns_lattice(f);
    const plaq_sites *p = plaq_lattice_sites(lattice);

    for (int set = 0; set < p->sets; set++)
        for (int x = 0; x < p->body[set]; x++)
            for (int column = 0; column < plaq_columns_count(f); column++) {
                double values[REALS];
                int c[4];

                if (!plaq_columns_has(f, set)) continue;
                global_place(lattice, p->place[set][x], c);
                for (int k = 0; k < REALS; k++)
                    values[k] = mark(global_number(plaq_lattice_dims(lattice), c), column, k);
                plaq_columns_put(f, p->place[set][x], column, values);
            }
}

static double value(const plaq_columns *f, int set, int x, int column, int k)
{
    const int lanes = plaq_columns_lanes(f);
    const void *data = plaq_columns_read(f, column / lanes, set);
    const size_t j = ((size_t)x * REALS + (size_t)k) * (size_t)lanes + (size_t)(column % lanes);

    return plaq_columns_prec(f) == PLAQ_DOUBLE ? ((const double *)data)[j] : (double)((const float *)data)[j];
}

/* reals that are not what their site's global coordinates say, at the neighbours of the sites of a set */
static int wrong_around(const plaq_columns *f, int set)
{
    const plaq_lattice *lattice = plaq_columns_lattice(f);
    const plaq_sites *p = plaq_lattice_sites(lattice);
    int wrong = 0;

    for (int x = 0; x < p->body[set]; x++)
        for (int i = 0; i < 8; i++) {
            int c[4];

            global_place(lattice, p->place[set][x], c);
            c[i % 4] += i < 4 ? 1 : -1;
            for (int column = 0; column < plaq_columns_count(f); column++)
                for (int k = 0; k < REALS; k++)
                    wrong += value(f, p->sets == 2 ? 1 - set : 0, p->nb[set][x][i], column, k) !=
                             mark(global_number(plaq_lattice_dims(lattice), c), column, k);
        }
    return wrong;
}

static void neighbours_on(plaq_lattice *lattice, plaq_prec prec, int columns, int lanes, plaq_half half)
{
    const int sets = plaq_lattice_sites(lattice)->sets;
    plaq_columns *f = NULL;
    plaq_status status = PLAQ_OK;
    int wrong = 0;

    CHECK_STATUS(PLAQ_OK, plaq_columns_create(lattice, prec, columns, lanes, REALS, half, &f));
    fill(f);
    for (int set = 0; set < sets && status == PLAQ_OK; set++)
        if (plaq_columns_has(f, set)) status = plaq_columns_halo(f, set);
    for (int set = 0; set < sets && status == PLAQ_OK; set++)
        if (plaq_columns_has(f, sets == 2 ? 1 - set : 0)) wrong += wrong_around(f, set);
    plaq_columns_destroy(&f);
    CHECK_STATUS(PLAQ_OK, status);
    CHECK(wrong == 0);
}

static void neighbours(const int dims[4], int lanes)
{
    plaq_lattice *lattice = test_lattice(dims, lanes);

    if (!lattice) return;
    neighbours_on(lattice, PLAQ_DOUBLE, 12, 0, PLAQ_ALL);
    neighbours_on(lattice, PLAQ_SINGLE, 12, 0, PLAQ_ALL);
    neighbours_on(lattice, PLAQ_SINGLE, 36, 0, PLAQ_EVEN);
    neighbours_on(lattice, PLAQ_DOUBLE, 3, 1, PLAQ_ODD);
}

static void halos_hold_the_neighbours(void)
{
    neighbours((int[]){4, 6, 8, 12}, 0);
    neighbours((int[]){4, 6, 8, 12}, 1);
    neighbours((int[]){2, 2, 4, 4}, 0);
}

/* The first number of each site, and the direction, as something made of the sites at a face. */
static void pack_first(const void *context, int k, const void *block, const int sites[], int n, void *out)
{
    const plaq_columns *f = context;
    const int lanes = plaq_columns_lanes(f);

    for (int i = 0; i < n; i++)
        for (int l = 0; l < lanes; l++) {
            ((double *)out)[(2 * i) * lanes + l] = ((const double *)block)[sites[i] * REALS * lanes + l];
            ((double *)out)[(2 * i + 1) * lanes + l] = k;
        }
}

static int wrong_at_faces(const plaq_columns *f, int set, int x)
{
    const plaq_lattice *lattice = plaq_columns_lattice(f);
    const plaq_sites *p = plaq_lattice_sites(lattice);
    const int there = p->sets == 2 ? 1 - set : 0, lanes = plaq_columns_lanes(f);
    int wrong = 0;

    for (int k = 0; k < 8; k++)
        for (int b = 0; b < plaq_columns_blocks(f) && p->nb[set][x][k] >= p->body[there]; b++) {
            int c[4], first = 0;
            const double *face = plaq_columns_face(f, there, b, k, &first);
            const double *seen = face ? face + (size_t)(p->nb[set][x][k] - first) * 2 * (size_t)lanes : NULL;

            global_place(lattice, p->place[set][x], c);
            c[k % 4] += k < 4 ? 1 : -1;
            wrong += !seen || seen[lanes] != k ||
                     seen[0] != mark(global_number(plaq_lattice_dims(lattice), c), b * lanes, 0);
        }
    return wrong;
}

static void faces_on(const int dims[4], plaq_half half)
{
    plaq_lattice *lattice = test_lattice(dims, 0);
    const plaq_sites *p = lattice ? plaq_lattice_sites(lattice) : NULL;
    plaq_columns *f = NULL;
    plaq_status status = PLAQ_OK;
    int wrong = 0;

    if (!lattice) return;
    CHECK_STATUS(PLAQ_OK, plaq_columns_create(lattice, PLAQ_DOUBLE, 12, 0, REALS, half, &f));
    fill(f);
    for (int set = 0; set < p->sets && status == PLAQ_OK; set++) {
        const int there = p->sets == 2 ? 1 - set : 0;

        if (!plaq_columns_has(f, there)) continue;
        status = plaq_columns_faces_begin(f, there, 2, pack_first, f);
        if (status != PLAQ_OK) break;
        plaq_columns_faces_finish(f, there);
        for (int x = 0; x < p->body[set]; x++) wrong += wrong_at_faces(f, set, x);
    }
    plaq_columns_destroy(&f);
    CHECK_STATUS(PLAQ_OK, status);
    CHECK(wrong == 0);
}

static void faces_bring_what_was_packed(void)
{
    faces_on((int[]){4, 6, 8, 12}, PLAQ_ALL);
    faces_on((int[]){4, 6, 8, 12}, PLAQ_ODD);
    faces_on((int[]){4, 2, 4, 6}, PLAQ_EVEN);
    faces_on((int[]){6, 2, 4, 3}, PLAQ_ALL);
}

/* extents of a rank that are odd, and a lattice that cannot be coloured */
static void halos_of_odd_lattices(void)
{
    neighbours((int[]){6, 2, 6, 12}, 0);
    neighbours((int[]){3, 5, 1, 8}, 0);
}

static void halos_on_every_process_grid(void)
{
    const int n = plaq_comm_size(test_comm());
    int tried = 0;

    for (int i = 0; i < 64; i++) {
        const int grid[4] = {i % 4 + 1, i / 4 % 4 + 1, i / 16 + 1, 1};
        plaq_lattice *lattice = NULL;

        if (grid[0] * grid[1] * grid[2] * grid[3] != n) continue;
        CHECK_STATUS(PLAQ_OK, plaq_lattice_create(test_comm(), (int[]){12, 12, 12, 2}, grid, 0, &lattice));
        test_later_lattice(&lattice);
        neighbours_on(lattice, PLAQ_DOUBLE, 9, 0, PLAQ_ALL);
        tried++;
    }
    CHECK(tried > 0);
}

static void copies_between_precisions(void)
{
    plaq_lattice *lattice = test_lattice((int[]){4, 6, 4, 4}, 0);
    plaq_columns *d = NULL, *s = NULL, *back = NULL;
    plaq_status status = PLAQ_OK;
    int wrong = -1;

    if (!lattice) return;
    PLAQ_GO(plaq_columns_create(lattice, PLAQ_DOUBLE, 20, 0, REALS, PLAQ_ALL, &d));
    PLAQ_GO(plaq_columns_create(lattice, PLAQ_SINGLE, 20, 0, REALS, PLAQ_ALL, &s));
    PLAQ_GO(plaq_columns_create(lattice, PLAQ_DOUBLE, 20, 1, REALS, PLAQ_ODD, &back));
    fill(d);
    plaq_columns_copy(d, s);
    plaq_columns_copy(s, back);
    PLAQ_GO(plaq_columns_halo(back, 1));
    wrong = wrong_around(back, 0);
done:
    plaq_columns_destroy(&d);
    plaq_columns_destroy(&s);
    plaq_columns_destroy(&back);
    CHECK_STATUS(PLAQ_OK, status);
    CHECK(wrong == 0);
}

TEST_MAIN({"halos of columns hold the neighbours", halos_hold_the_neighbours},
          {"faces bring what was packed", faces_bring_what_was_packed},
          {"halos of columns of odd lattices", halos_of_odd_lattices},
          {"halos of columns on every process grid", halos_on_every_process_grid},
          {"columns are copied between precisions and widths", copies_between_precisions})
