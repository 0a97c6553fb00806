/* The lattice: neighbour tables, halos and the process grid, checked against arithmetic on global coordinates. */
#include <math.h>
#include <string.h>

#include "support/test.h"

static int64_t global_number(const int dims[4], const int c[4])
{
    int64_t i = 0;

    for (int mu = 3; mu >= 0; mu--) i = i * dims[mu] + ((c[mu] % dims[mu]) + dims[mu]) % dims[mu];
    return i;
}

static void global_place(const plaq_lattice *lattice, const plaq_layout *p, int x, int l, int c[4])
{
    for (int mu = 0; mu < 4; mu++) c[mu] = plaq_lattice_origin(lattice)[mu] + p->place[x][mu] + p->lane_at[l][mu];
}

/* what stands at component k of a site: small enough to be exact in single precision */
static double mark(int64_t site, int k)
{
    return (double)((site * 31 + k * 7) % 100003);
}

static double value(const plaq_field *f, int x, int k, int l)
{
    size_t j = ((size_t)x * (size_t)plaq_field_reals(f) + (size_t)k) * (size_t)plaq_field_layout(f)->lanes + (size_t)l;

    return plaq_field_prec(f) == PLAQ_DOUBLE ? ((const double *)plaq_field_read(f))[j]
                                             : (double)((const float *)plaq_field_read(f))[j];
}

static void fill(plaq_field *f)
{
    const plaq_lattice *lattice = plaq_field_lattice(f);
    const int *local = plaq_lattice_local(lattice), *origin = plaq_lattice_origin(lattice);
    int reals = plaq_field_reals(f);
    double values[64];
    int c[4];

    for (c[3] = 0; c[3] < local[3]; c[3]++)
        for (c[2] = 0; c[2] < local[2]; c[2]++)
            for (c[1] = 0; c[1] < local[1]; c[1]++)
                for (c[0] = 0; c[0] < local[0]; c[0]++) {
                    int g[4];

                    for (int mu = 0; mu < 4; mu++) g[mu] = origin[mu] + c[mu];
                    for (int k = 0; k < reals; k++) values[k] = mark(global_number(plaq_lattice_dims(lattice), g), k);
                    plaq_field_put(f, c, 1, values);
                }
}

/* mismatches among sites of the body stepped once, and once more in another direction */
static int wrong_neighbours(const plaq_field *f, int first, int count)
{
    const plaq_lattice *lattice = plaq_field_lattice(f);
    const plaq_layout *p = plaq_field_layout(f);
    int wrong = 0;

    for (int x = 0; x < p->volume; x++)
        for (int l = 0; l < p->lanes; l++)
            for (int i = 0; i < 8; i++)
                for (int j = -1; j < 8; j++) {
                    int c[4], y = p->nb[x][i];

                    if (j >= 0 && i % 4 == j % 4) continue;
                    if (j >= 0) y = p->nb[y][j];
                    if (y < 0) return -1;
                    global_place(lattice, p, x, l, c);
                    c[i % 4] += i < 4 ? 1 : -1;
                    if (j >= 0) c[j % 4] += j < 4 ? 1 : -1;
                    for (int k = first; k < first + count; k++)
                        wrong += value(f, y, k, l) != mark(global_number(plaq_lattice_dims(lattice), c), k);
                }
    return wrong;
}

static void halo_case_on(plaq_lattice *lattice, plaq_prec prec)
{
    plaq_field *f = NULL;
    int wrong = -1, part = -1;

    CHECK_STATUS(PLAQ_OK, plaq_field_create(lattice, prec, 5, &f));
    fill(f);
    plaq_status status = plaq_field_halo(f);
    if (status == PLAQ_OK) wrong = wrong_neighbours(f, 0, 5);
    if (status == PLAQ_OK) status = plaq_field_halo_part(f, 2, 2);
    if (status == PLAQ_OK) part = wrong_neighbours(f, 0, 5);
    plaq_field_destroy(&f);
    CHECK_STATUS(PLAQ_OK, status);
    CHECK(wrong == 0);
    CHECK(part == 0);
}

static void halo_case(const int dims[4], int lanes, plaq_prec prec)
{
    plaq_lattice *lattice = test_lattice(dims, lanes);

    if (lattice) halo_case_on(lattice, prec);
}

static void halos_on_every_process_grid(void)
{
    int n = plaq_comm_size(test_comm()), tried = 0;

    for (int i = 0; i < 16; i++) {
        const int grid[4] = {i % 4 + 1, i / 4 + 1, 1, 1};
        plaq_lattice *lattice = NULL;

        if (grid[0] * grid[1] * grid[2] * grid[3] != n) continue;
        CHECK_STATUS(PLAQ_OK, plaq_lattice_create(test_comm(), (int[]){8, 4, 6, 4}, grid, 0, &lattice));
        test_later_lattice(&lattice);
        halo_case_on(lattice, PLAQ_DOUBLE);
        tried++;
    }
    CHECK(tried > 0);
}

static void halos_hold_the_neighbours(void)
{
    halo_case((int[]){4, 6, 8, 12}, 0, PLAQ_DOUBLE);
    halo_case((int[]){4, 6, 8, 12}, 0, PLAQ_SINGLE);
    halo_case((int[]){4, 6, 8, 12}, 1, PLAQ_DOUBLE);
}

static void halos_of_narrow_and_odd_lattices(void)
{
    halo_case((int[]){2, 2, 4, 4}, 0, PLAQ_DOUBLE);
    halo_case((int[]){2, 2, 4, 4}, 0, PLAQ_SINGLE);
    halo_case((int[]){3, 5, 1, 8}, 0, PLAQ_DOUBLE);
    halo_case((int[]){16, 1, 1, 4}, 0, PLAQ_DOUBLE);
}

/* the part of a halo asked for is refreshed, the rest left as it is */
static void a_part_of_the_halo(void)
{
    plaq_lattice *lattice = test_lattice((int[]){4, 6, 8, 12}, 0);
    const plaq_layout *p;
    plaq_field *f = NULL;
    int wrong = -1, rest = -1;

    if (!lattice) return;
    p = plaq_lattice_layout(lattice, PLAQ_DOUBLE);
    CHECK_STATUS(PLAQ_OK, plaq_field_create(lattice, PLAQ_DOUBLE, 6, &f));
    fill(f);
    plaq_status status = plaq_field_halo_part(f, 2, 3);
    if (status == PLAQ_OK) {
        wrong = wrong_neighbours(f, 2, 3);
        rest = wrong_neighbours(f, 0, 2);
    }
    plaq_field_destroy(&f);
    CHECK_STATUS(PLAQ_OK, status);
    CHECK(wrong == 0);
    CHECK((rest != 0) == (p->total > p->volume)); /* one rank of one lane has no halo that could be stale */
}

static void global_numbers_count_every_site_once(void)
{
    plaq_lattice *lattice = test_lattice((int[]){4, 6, 8, 12}, 0);
    const plaq_layout *p;
    int64_t sum[2] = {0, 0}, volume;
    bool placed = true;

    if (!lattice) return;
    p = plaq_lattice_layout(lattice, PLAQ_DOUBLE);
    volume = plaq_lattice_volume(lattice);
    for (int x = 0; x < p->volume; x++)
        for (int l = 0; l < p->lanes; l++) {
            int c[4];
            int64_t site = p->site[x] + p->lane_site[l];

            global_place(lattice, p, x, l, c);
            placed &= site == global_number(plaq_lattice_dims(lattice), c);
            sum[0] += site;
            sum[1] += site * site;
        }
    plaq_reduce_add(test_comm(), sum, 2);
    CHECK(placed);
    CHECK(sum[0] == volume * (volume - 1) / 2);
    CHECK(sum[1] == (volume - 1) * volume * (2 * volume - 1) / 6);
}

static void interior_sites_need_no_other_rank(void)
{
    plaq_lattice *lattice = test_lattice((int[]){4, 6, 8, 12}, 1);
    const plaq_layout *p;
    const int *grid;
    bool right = true;

    if (!lattice) return;
    p = plaq_lattice_layout(lattice, PLAQ_DOUBLE);
    grid = plaq_lattice_grid(lattice);
    for (int x = 0; x < p->volume; x++) {
        bool edge = false;

        for (int i = 0; i < 8; i++) edge |= grid[i % 4] > 1 && p->nb[x][i] >= p->volume;
        right &= edge == (x >= p->interior) || (p->interior == 0 && plaq_comm_near(test_comm()));
    }
    CHECK(right);
    CHECK(p->interior > 0 || (plaq_comm_near(test_comm()) && plaq_comm_size(test_comm()) > 1));
}

static void the_grid_has_least_surface(void)
{
    int grid[4];

    CHECK_STATUS(PLAQ_OK, plaq_grid_choose((int[]){16, 16, 16, 32}, 2, grid));
    CHECK(grid[3] == 2);
    CHECK_STATUS(PLAQ_OK, plaq_grid_choose((int[]){16, 16, 16, 32}, 16, grid));
    CHECK(grid[0] == 1 && grid[1] * grid[2] * grid[3] == 16);
    CHECK_STATUS(PLAQ_OK, plaq_grid_choose((int[]){9, 5, 7, 3}, 5, grid));
    CHECK(grid[1] == 5);
    CHECK_STATUS(PLAQ_E_USAGE, plaq_grid_choose((int[]){4, 4, 4, 4}, 3, grid));
    CHECK_MESSAGE("4 x 4 x 4 x 4 sites cannot be divided evenly among 3 ranks");
    CHECK_STATUS(PLAQ_E_USAGE, plaq_grid_check((int[]){4, 4, 4, 4}, 8, (int[]){1, 1, 2, 2}));
    CHECK_STATUS(PLAQ_E_USAGE, plaq_grid_check((int[]){4, 4, 6, 4}, 4, (int[]){1, 1, 4, 1}));
    CHECK_MESSAGE("extent 6 of z does not divide by 4");
}

TEST_MAIN({"halos hold the neighbours and their neighbours", halos_hold_the_neighbours},
          {"halos of narrow and odd lattices", halos_of_narrow_and_odd_lattices},
          {"halos on every process grid", halos_on_every_process_grid}, {"a part of the halo", a_part_of_the_halo},
          {"global numbers count every site once", global_numbers_count_every_site_once},
          {"interior sites need no other rank", interior_sites_need_no_other_rank},
          {"the grid has least surface", the_grid_has_least_surface})
