/* Lattices, process grids and fields to start from. See test.h. */
#include <stdlib.h>

#include "test.h"

static void destroy_lattice(void *object)
{
    plaq_lattice *lattice = object;

    plaq_lattice_destroy(&lattice);
}

void test_later_lattice(plaq_lattice **lattice)
{
    test_later(destroy_lattice, *lattice);
}

static void destroy_field(void *object)
{
    plaq_field *field = object;

    plaq_field_destroy(&field);
}

void test_later_field(plaq_field **field)
{
    test_later(destroy_field, *field);
}

static void destroy_columns(void *object)
{
    plaq_columns *f = object;

    plaq_columns_destroy(&f);
}

void test_later_columns(plaq_columns **f)
{
    test_later(destroy_columns, *f);
}

int test_lanes(void)
{
    const char *lanes = getenv("PLAQ_TEST_LANES");

    return lanes ? atoi(lanes) : 0;
}

plaq_lattice *test_lattice_on(const int dims[4], const int grid[4], int lanes)
{
    plaq_lattice *lattice = NULL;
    plaq_status status = plaq_lattice_create(test_comm(), dims, grid, lanes ? lanes : test_lanes(), &lattice);

    if (!test_status(PLAQ_OK, status, __FILE__, __LINE__, "plaq_lattice_create")) return NULL;
    test_later_lattice(&lattice);
    return lattice;
}

plaq_lattice *test_lattice(const int dims[4], int lanes)
{
    return test_lattice_on(dims, NULL, lanes);
}

bool test_next_grid(const int dims[4], int grid[4])
{
    const int ranks = plaq_comm_size(test_comm());

    do {
        int mu = 0;

        while (mu < 4 && ++grid[mu] > ranks) grid[mu++] = 1;
        if (mu == 4) return false;
    } while (plaq_grid_check(dims, ranks, grid) != PLAQ_OK);
    return true;
}
