/* What most cases start from: a lattice over all ranks and random links on it. See test.h. */
#include "test.h"

static void destroy_gauge(void *object)
{
    plaq_gauge *u = object;

    plaq_gauge_destroy(&u);
}

static void destroy_lattice(void *object)
{
    plaq_lattice *lattice = object;

    plaq_lattice_destroy(&lattice);
}

void test_later_gauge(plaq_gauge **u)
{
    test_later(destroy_gauge, *u);
}

void test_later_lattice(plaq_lattice **lattice)
{
    test_later(destroy_lattice, *lattice);
}

plaq_lattice *test_lattice(const int dims[4], int lanes)
{
    plaq_lattice *lattice = NULL;
    plaq_status status = plaq_lattice_create(test_comm(), dims, NULL, lanes, &lattice);

    if (!test_status(PLAQ_OK, status, __FILE__, __LINE__, "plaq_lattice_create")) return NULL;
    test_later_lattice(&lattice);
    return lattice;
}

plaq_gauge *test_random_gauge(plaq_lattice *lattice, plaq_prec prec, uint64_t seed)
{
    plaq_gauge *u = NULL;

    if (!lattice || !test_status(PLAQ_OK, plaq_gauge_create(lattice, prec, &u), __FILE__, __LINE__, "plaq_gauge_create"))
        return NULL;
    test_later_gauge(&u);
    plaq_gauge_hot(u, seed);
    return u;
}
