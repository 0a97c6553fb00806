/* Random links to start from. See test.h. */
#include "test.h"

static void destroy_gauge(void *object)
{
    plaq_gauge *u = object;

    plaq_gauge_destroy(&u);
}

void test_later_gauge(plaq_gauge **u)
{
    test_later(destroy_gauge, *u);
}

plaq_gauge *test_random_gauge(plaq_lattice *lattice, plaq_prec prec, uint64_t seed)
{
    plaq_gauge *u = NULL;

    if (!lattice ||
        !test_status(PLAQ_OK, plaq_gauge_create(lattice, prec, &u), __FILE__, __LINE__, "plaq_gauge_create"))
        return NULL;
    test_later_gauge(&u);
    plaq_gauge_hot(u, seed);
    return u;
}
