/* A lattice to start from. See test.h. */
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

plaq_lattice *test_lattice(const int dims[4], int lanes)
{
    plaq_lattice *lattice = NULL;
    plaq_status status = plaq_lattice_create(test_comm(), dims, NULL, lanes, &lattice);

    if (!test_status(PLAQ_OK, status, __FILE__, __LINE__, "plaq_lattice_create")) return NULL;
    test_later_lattice(&lattice);
    return lattice;
}
