/* Derived gauge fields, whichever kinds there are: what must be true of every one of them, with its defaults. */
#include "plaq/derived.h"

#include <math.h>
#include <signal.h>
#include <string.h>

#include "support/test.h"

static const int dims[4] = {4, 6, 4, 8};

/* Defaults; what must be given is a small number. The caller frees them, also where this fails. */
static plaq_status make_params(const plaq_derivation *kind, void **params)
{
    plaq_status status;

    *params = plaq_alloc(1, kind->params_size + 1);
    if (!*params) return PLAQ_E_MEMORY;
    status = plaq_param_defaults(kind->params, *params);
    for (const plaq_param *p = kind->params; status == PLAQ_OK && p->name; p++)
        if (!p->fallback) status = plaq_param_read(p, p->type == PLAQ_TYPE_REAL ? "0.05" : "1", *params);
    return status;
}

static plaq_status apply(const plaq_derivation *kind, plaq_gauge *u)
{
    void *params = NULL;
    plaq_status status = plaq_agree(test_comm(), make_params(kind, &params));

    if (status == PLAQ_OK) status = plaq_agree(test_comm(), kind->apply(params, u));
    plaq_free(params);
    return status;
}

/* One number that no two fields share: the charge-weighted energies of all slices. NAN where something failed. */
static double mark_of(plaq_gauge *u)
{
    double energy[8], charge[8], mark = 0;

    if (plaq_gauge_clover(u, energy, charge) != PLAQ_OK) return NAN;
    for (int t = 0; t < 8; t++) mark += (energy[t] + charge[t]) * (t + 1) / 36;
    return mark;
}

static void links_stay_in_su3(void)
{
    plaq_lattice *lattice = test_lattice(dims, 0);

    for (int i = 0; plaq_derivations[i]; i++) {
        plaq_gauge *u = test_random_gauge(lattice, PLAQ_DOUBLE, 61);
        double unitarity, determinant;

        CHECK(u);
        CHECK_STATUS(PLAQ_OK, apply(plaq_derivations[i], u));
        CHECK_STATUS(PLAQ_OK, plaq_gauge_unitarity(u, &unitarity, &determinant));
        /* a few roundings of each element a step; projections that iterate stop there too */
        if (!test_check(unitarity < 1e-12 && determinant < 1e-12, __FILE__, __LINE__,
                        "%s: |U U^dagger - 1| %g, |det - 1| %g", plaq_derivations[i]->name, unitarity, determinant))
            return;
    }
}

/* Before or after, a gauge transformation changes nothing that can be measured. */
static void they_commute_with_gauge_transformations(void)
{
    plaq_lattice *lattice = test_lattice(dims, 0);

    for (int i = 0; plaq_derivations[i]; i++) {
        plaq_gauge *u = test_random_gauge(lattice, PLAQ_DOUBLE, 62), *v = test_random_gauge(lattice, PLAQ_DOUBLE, 62);

        CHECK(u && v);
        CHECK_STATUS(PLAQ_OK, apply(plaq_derivations[i], u));
        CHECK_STATUS(PLAQ_OK, plaq_gauge_transform_random(v, 63));
        CHECK_STATUS(PLAQ_OK, apply(plaq_derivations[i], v));
        /* random links are where projections are worst conditioned */
        CHECK_CLOSE(mark_of(v), mark_of(u), 1e-10);
    }
}

/* Bits do not depend on lanes; nor on ranks, as the reference tests of each kind say. */
static void lanes_give_the_same_bits(void)
{
    plaq_lattice *full = test_lattice(dims, 0), *one = test_lattice(dims, 1);

    for (int i = 0; plaq_derivations[i]; i++) {
        plaq_gauge *u = test_random_gauge(full, PLAQ_DOUBLE, 64), *v = test_random_gauge(one, PLAQ_DOUBLE, 64);

        CHECK(u && v);
        CHECK_STATUS(PLAQ_OK, apply(plaq_derivations[i], u));
        CHECK_STATUS(PLAQ_OK, apply(plaq_derivations[i], v));
        CHECK_SAME(mark_of(v), mark_of(u));
    }
}

/* Multiplies elements first to first + n of the links in directions mu and above, from time slice t on. */
static void stretch(plaq_gauge *u, int t, int mu, int first, int n, double by)
{
    const int *local = plaq_lattice_local(plaq_gauge_lattice(u)), *origin = plaq_lattice_origin(plaq_gauge_lattice(u));
    double links[72];

    for (int i = 0; i < local[0] * local[1] * local[2] * local[3]; i++) {
        const int c[4] = {i % local[0], i / local[0] % local[1], i / (local[0] * local[1]) % local[2],
                          i / (local[0] * local[1] * local[2])};

        if (c[3] + origin[3] < t) continue;
        plaq_field_get(plaq_gauge_links(u), c, 1, links);
        for (int nu = mu; nu < 4; nu++)
            for (int k = first; k < first + n; k++) links[18 * nu + k] *= by;
        plaq_field_put(plaq_gauge_links(u), c, 1, links);
    }
    plaq_field_touch(plaq_gauge_links(u));
}

static void reunitarised_links_are_those_they_were(void)
{
    const plaq_derivation *kind = plaq_derivation_find("reunitarise");
    plaq_lattice *lattice = test_lattice(dims, 0);
    plaq_gauge *u = test_random_gauge(lattice, PLAQ_DOUBLE, 65);
    double before, after;

    CHECK(u && kind);
    before = mark_of(u);
    stretch(u, 0, 0, 6, 6, 1.01); /* the second row */
    after = mark_of(u);
    CHECK(fabs(after - before) > 1e-4);
    CHECK_STATUS(PLAQ_OK, apply(kind, u));
    CHECK_CLOSE(mark_of(u), before, 1e-13);
}

/* The last time links are zero: there is nothing to make SU(3). */
static void open_time_is_refused(void)
{
    plaq_lattice *lattice = test_lattice(dims, 0);
    plaq_gauge *u = test_random_gauge(lattice, PLAQ_DOUBLE, 67);

    CHECK(u);
    test_open_time(u);
    CHECK(plaq_gauge_is_open(u));
    CHECK_STATUS(PLAQ_E_DATA, apply(plaq_derivation_find("reunitarise"), u));
    CHECK_MESSAGE("time is open");
}

static void names_are_found(void)
{
    for (int i = 0; plaq_derivations[i]; i++)
        CHECK(plaq_derivation_find(plaq_derivations[i]->name) == plaq_derivations[i]);
    CHECK(!plaq_derivation_find("links"));
    CHECK(!plaq_derivation_find("from") && !plaq_derivation_find("write")); /* words beside a kind in the run file */
}

/* From the start: fields and lattices keep room for messages once they were sent. */
static plaq_status derive(void *kind)
{
    plaq_lattice *lattice = NULL;
    plaq_gauge *u = NULL;
    plaq_status status;

    PLAQ_GO(plaq_lattice_create(test_comm(), dims, NULL, 0, &lattice));
    PLAQ_GO(plaq_gauge_create(lattice, PLAQ_DOUBLE, &u));
    plaq_gauge_hot(u, 66);
    status = apply(*(const plaq_derivation **)kind, u);
done:
    plaq_gauge_destroy(&u);
    plaq_lattice_destroy(&lattice);
    return status;
}

static void whatever_fails_fails_on_all_ranks(void)
{
    for (int i = 0; plaq_derivations[i]; i++) {
        const plaq_derivation *kind = plaq_derivations[i];

        CHECK_FAULT_SWEEP(derive, &kind);
    }
}

/* Whatever takes steps asks before the first; the last case, for the request is not forgotten. */
static void a_request_to_stop_is_answered(void)
{
    const plaq_derivation *at_once = plaq_derivation_find("reunitarise");
    plaq_lattice *lattice = test_lattice(dims, 0);
    const double before = mark_of(test_random_gauge(lattice, PLAQ_DOUBLE, 68));

    plaq_stop_catch();
    if (plaq_comm_rank(test_comm()) == plaq_comm_size(test_comm()) - 1) raise(SIGUSR1);
    for (int i = 0; plaq_derivations[i]; i++) {
        plaq_gauge *u = test_random_gauge(lattice, PLAQ_DOUBLE, 68);

        CHECK(u);
        if (plaq_derivations[i] == at_once) continue;
        CHECK_STATUS(PLAQ_E_STOPPED, apply(plaq_derivations[i], u));
        CHECK_SAME(mark_of(u), before);
    }
}

TEST_MAIN({"links stay in SU(3)", links_stay_in_su3},
          {"they commute with gauge transformations", they_commute_with_gauge_transformations},
          {"lanes give the same bits", lanes_give_the_same_bits},
          {"reunitarised links are those they were", reunitarised_links_are_those_they_were},
          {"open time is refused", open_time_is_refused}, {"names are found", names_are_found},
          {"whatever fails, fails on all ranks", whatever_fails_fails_on_all_ranks},
          {"a request to stop is answered", a_request_to_stop_is_answered})
