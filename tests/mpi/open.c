/* Open boundaries in time (openQCD, type 0: the time links of the last slice are zero matrices), end to end: what is
 * verified, written and read, measured, flowed and smeared, and what is refused. That the numbers are openQCD's is said
 * in improved.c and flow.c, by definition. */
#include <string.h>

#include "plaq/derived.h"
#include "plaq/run.h"
#include "support/plain.h"
#include "support/test.h"

static const int dims[4] = {4, 2, 6, 8}, last = 7;

static plaq_gauge *open_gauge(plaq_lattice *lattice, plaq_prec prec)
{
    plaq_gauge *u = lattice ? test_random_gauge(lattice, prec, 91) : NULL;

    if (u) test_open_time(u);
    return u;
}

/* Multiplies the link U_mu(x) at a place of the lattice. */
static void stretch(plaq_gauge *u, const int at[4], int mu, double by)
{
    const plaq_lattice *lattice = plaq_gauge_lattice(u);
    const int *local = plaq_lattice_local(lattice), *origin = plaq_lattice_origin(lattice);
    double links[72];
    bool mine = true;
    int c[4];

    for (int nu = 0; nu < 4; nu++) {
        c[nu] = at[nu] - origin[nu];
        mine &= c[nu] >= 0 && c[nu] < local[nu];
    }
    if (mine) {
        plaq_field_get(plaq_gauge_links(u), c, 1, links);
        for (int i = 0; i < 18; i++) links[18 * mu + i] *= by;
        plaq_field_put(plaq_gauge_links(u), c, 1, links);
    }
    plaq_field_touch(plaq_gauge_links(u));
}

/* ---- verified ---------------------------------------------------------------------------------------------------- */

static void all_links_but_the_missing_are_in_su3(void)
{
    /* at either end of the slices that have time links, and of the directions */
    static const struct {
        int at[4], mu;
    } places[] = {{{3, 1, 5, 7}, 2}, {{0, 0, 0, 7}, 0}, {{1, 0, 4, 6}, 3}, {{2, 1, 0, 0}, 3}};
    double deviation, determinant;

    for (int prec = PLAQ_SINGLE; prec <= PLAQ_DOUBLE; prec++) {
        const double rounding = prec == PLAQ_DOUBLE ? 4e-15 : 2e-6; /* a few units of rounding of a sum of three */
        plaq_lattice *lattice = test_lattice(dims, prec == PLAQ_DOUBLE ? 0 : 1);

        for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
            plaq_gauge *u = open_gauge(lattice, (plaq_prec)prec);

            CHECK(u);
            CHECK_STATUS(PLAQ_OK, plaq_gauge_unitarity(u, &deviation, &determinant));
            CHECK(deviation < rounding && determinant < rounding);
            stretch(u, places[i].at, places[i].mu, 1.01);
            CHECK_STATUS(PLAQ_OK, plaq_gauge_unitarity(u, &deviation, &determinant));
            CHECK_CLOSE(deviation, 1.01 * 1.01 - 1, rounding);
            CHECK_CLOSE(determinant, 1.01 * 1.01 * 1.01 - 1, rounding);
            stretch(u, places[i].at, places[i].mu, 0); /* zero where it should not be */
            CHECK(plaq_gauge_is_open(u));
            CHECK_STATUS(PLAQ_OK, plaq_gauge_unitarity(u, &deviation, &determinant));
            CHECK_SAME(deviation, 1.0);
            CHECK_SAME(determinant, 1.0);
        }
    }
}

/* Zeros are open boundaries only where all of the slice are. */
static void a_slice_in_part_zero_is_not_open(void)
{
    plaq_lattice *lattice = test_lattice(dims, 0);
    plaq_gauge *u = lattice ? test_random_gauge(lattice, PLAQ_DOUBLE, 92) : NULL;
    double deviation, determinant;

    CHECK(u);
    stretch(u, (int[]){1, 1, 3, last}, 3, 0);
    CHECK(!plaq_gauge_is_open(u));
    CHECK_STATUS(PLAQ_OK, plaq_gauge_unitarity(u, &deviation, &determinant));
    CHECK_SAME(deviation, 1.0);
    CHECK_SAME(determinant, 1.0);
}

/* ---- written and read -------------------------------------------------------------------------------------------- */

/* Writes the links in a format, reads and verifies them, and compares: *verdict, *d. */
static plaq_status write_and_read(plaq_gauge *u, const char *format, plaq_prec prec, plaq_verdict *verdict,
                                  plaq_gauge *back)
{
    double planes[6], mean, spatial, temporal, trace;
    plaq_config_facts facts = {.ensemble = "open", .number = 1, .history = "random links"};
    char path[4096];
    plaq_config *config = NULL;
    plaq_status status;

    test_scratch_path(path, format);
    PLAQ_TRY(plaq_gauge_plaquette(u, planes, NULL));
    plaq_plane_means(planes, &mean, &spatial, &temporal);
    PLAQ_TRY(plaq_gauge_link_trace(u, &trace));
    facts.plaquette = mean;
    facts.link_trace = trace;
    PLAQ_TRY(plaq_config_write(plaq_gauge_links(u), path, format, prec, &facts));
    PLAQ_GO(plaq_config_open(test_comm(), path, dims, &config));
    status = plaq_config_verify(config, back, verdict);
done:
    plaq_config_close(&config);
    return status;
}

static void every_format_keeps_them(void)
{
    static const struct {
        const char *format;
        plaq_prec prec;
        bool plaquette; /* in the header */
    } formats[] = {{"hdf5", PLAQ_DOUBLE, true},   {"hdf5", PLAQ_SINGLE, true},  {"ildg", PLAQ_DOUBLE, true},
                   {"milc", PLAQ_SINGLE, false},  {"nersc", PLAQ_DOUBLE, true}, {"openqcd", PLAQ_DOUBLE, true},
                   {"bridge", PLAQ_DOUBLE, false}};
    plaq_lattice *lattice = test_lattice(dims, 0);
    plaq_gauge *u = open_gauge(lattice, PLAQ_DOUBLE);
    plaq_gauge *back = lattice ? test_random_gauge(lattice, PLAQ_DOUBLE, 93) : NULL;

    CHECK(u && back);
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        plaq_differences d;
        plaq_verdict v;

        CHECK_STATUS(PLAQ_OK, write_and_read(u, formats[i].format, formats[i].prec, &v, back));
        CHECK(v.open && plaq_gauge_is_open(back));
        if (formats[i].plaquette)
            CHECK_CLOSE(v.plaquette, v.header.plaquette, 1e-7); /* of floats, and NERSC's digits */
        CHECK_STATUS(PLAQ_OK, plaq_gauge_compare_links(u, back, formats[i].prec == PLAQ_DOUBLE ? 0 : 0x1p-24, &d));
        CHECK(d.beyond == 0 && d.same_bits == (formats[i].prec == PLAQ_DOUBLE));
    }
}

/* openQCD's average: Re tr summed over the plaquettes that are there, all with weight one, by the 6 V there would be.
 */
static double exported_plaquette(const plain *p)
{
    double sum = 0;

    for (size_t x = 0; x < plain_volume(dims); x++)
        for (int mu = 0; mu < 3; mu++)
            for (int nu = mu + 1; nu < 4; nu++) {
                const int path[4] = {mu + 1, nu + 1, -mu - 1, -nu - 1};
                int c[4];

                plain_place(dims, x, c);
                if (nu < 3 || c[3] < last) sum += 3 * creal(plain_trace(p, c, path, 4));
            }
    return sum / (6 * (double)plain_volume(dims));
}

static void openqcd_stores_its_average_plaquette(void)
{
    plain p = plain_random(dims, 94);
    plaq_lattice *lattice = test_lattice(dims, 0);
    plaq_gauge *u = lattice ? test_random_gauge(lattice, PLAQ_DOUBLE, 1) : NULL;
    plaq_gauge *back = lattice ? test_random_gauge(lattice, PLAQ_DOUBLE, 2) : NULL;
    plaq_verdict v;

    test_later(plaq_free, p.u);
    CHECK(p.u && u && back);
    plain_give(&p, u);
    test_open_time(u);
    CHECK_STATUS(PLAQ_OK, write_and_read(u, "openqcd", PLAQ_DOUBLE, &v, back));
    CHECK(strcmp(v.header.format, "openQCD") == 0);
    CHECK_CLOSE(3 * v.header.plaquette, exported_plaquette(&p), 1e-15);
}

/* ---- measured ---------------------------------------------------------------------------------------------------- */

/* What was measured is finite (the sink sees to that) on links as rough as can be, and on the flowed ones. */
static void everything_can_be_measured(void)
{
    plaq_lattice *lattice = test_lattice(dims, 0);
    plaq_gauge *u = open_gauge(lattice, PLAQ_DOUBLE);
    double planes[6], slices[8][6];
    double complex loop;

    CHECK(u);
    for (int i = 0; plaq_observables[i]; i++) {
        plaq_array *arrays = NULL;
        int count = 0;

        CHECK_STATUS(PLAQ_OK, test_measure(plaq_observables[i], u, &arrays, &count));
        CHECK(count > 0);
        for (int k = 0; k < count; k++) plaq_array_clear(&arrays[k]);
        plaq_free(arrays);
    }
    CHECK_STATUS(PLAQ_OK, plaq_gauge_polyakov(u, 3, &loop));
    CHECK(loop == 0);
    CHECK_STATUS(PLAQ_OK, plaq_gauge_plaquette(u, planes, slices[0]));
    for (int plane = 3; plane < 6; plane++) CHECK_SAME(slices[last][plane], 0.0);
}

enum { NUMBERS = 6 + 2 * 8 + 1 };

/* Plaquettes, energy and charge of every slice of the links on the way of the flow. */
static plaq_status flow_and_measure(plaq_gauge *u, double numbers[NUMBERS])
{
    plaq_flow *flow = NULL;
    plaq_status status;
    double eps = 0.05;

    PLAQ_GO(plaq_flow_create(u, PLAQ_FLOW_WILSON, true, &flow));
    PLAQ_GO(plaq_flow_on(flow, 0.2, 0, &eps));
    PLAQ_GO(plaq_flow_on(flow, 0.1, 1e-4, &eps));
    numbers[NUMBERS - 1] = (double)plaq_flow_forces(flow);
    PLAQ_GO(plaq_gauge_plaquette(u, numbers, NULL));
    PLAQ_GO(plaq_gauge_clover(u, numbers + 6, numbers + 14));
done:
    plaq_flow_destroy(&flow);
    return status;
}

/* V_3 times the sum over slices of E_plaq, openQCD's action, which flows downhill. */
static plaq_status find_action(plaq_gauge *u, double *action)
{
    double plaquette[8], improved[8];

    PLAQ_TRY(plaq_gauge_energy(u, plaquette, improved));
    *action = 0;
    for (int t = 0; t <= last; t++) *action += plaquette[t] * dims[0] * dims[1] * dims[2];
    return PLAQ_OK;
}

static void the_flow_keeps_the_boundary(void)
{
    plaq_lattice *whole = NULL, *lattice = test_lattice(dims, 0);
    double alone[NUMBERS], shared[NUMBERS], before = 0, after = 0, deviation, determinant;
    plaq_gauge *u = open_gauge(lattice, PLAQ_DOUBLE), *v;

    CHECK_STATUS(PLAQ_OK, plaq_lattice_create(plaq_comm_self(), dims, NULL, 1, &whole));
    test_later_lattice(&whole);
    v = open_gauge(whole, PLAQ_DOUBLE);
    CHECK(u && v);
    CHECK_STATUS(PLAQ_OK, find_action(u, &before));
    CHECK_STATUS(PLAQ_OK, flow_and_measure(u, shared));
    CHECK_STATUS(PLAQ_OK, flow_and_measure(v, alone));
    for (int i = 0; i < NUMBERS; i++) CHECK_SAME(shared[i], alone[i]);
    CHECK_STATUS(PLAQ_OK, find_action(u, &after));
    CHECK(after > 0 && after < before / 2); /* 0.3 a^2 of flow halve the action of links from nowhere */
    CHECK(plaq_gauge_is_open(u));           /* the zeros are zeros still */
    CHECK_STATUS(PLAQ_OK, plaq_gauge_unitarity(u, &deviation, &determinant));
    CHECK(deviation < 1e-13 && determinant < 1e-13);
}

/* ---- smeared, or refused ----------------------------------------------------------------------------------------- */

/* What turns links by an exponential leaves a link that is not there; a sum of links that are not there has no
 * projection, unless time links are left alone. */
static void smearing_keeps_or_refuses_them(void)
{
    const plaq_stout stout = {.rho = 0.1, .directions = 4, .steps = 2};
    const plaq_over_improved over_improved = {.rho = 0.06, .epsilon = -0.25, .directions = 4, .steps = 1};
    const plaq_hex hex = {.alpha = {0.95, 0.76, 0.38}, .directions = 4, .steps = 1};
    plaq_ape ape = {.alpha = 0.5, .projection = PLAQ_PROJECT_TRACE, .directions = 3, .steps = 1};
    plaq_hyp hyp = {.alpha = {0.75, 0.6, 0.3}, .projection = PLAQ_PROJECT_POLAR, .directions = 3, .steps = 1};
    plaq_gauge *u = open_gauge(test_lattice(dims, 0), PLAQ_DOUBLE);
    double deviation, determinant;

    CHECK(u);
    CHECK_STATUS(PLAQ_OK, plaq_gauge_stout(u, &stout));
    CHECK_STATUS(PLAQ_OK, plaq_gauge_over_improved(u, &over_improved));
    CHECK_STATUS(PLAQ_OK, plaq_gauge_hex(u, &hex));
    CHECK_STATUS(PLAQ_OK, plaq_gauge_ape(u, &ape));
    CHECK_STATUS(PLAQ_OK, plaq_gauge_hyp(u, &hyp));
    CHECK(plaq_gauge_is_open(u));
    CHECK_STATUS(PLAQ_OK, plaq_gauge_unitarity(u, &deviation, &determinant));
    CHECK(deviation < 1e-13 && determinant < 1e-13);
    ape.directions = hyp.directions = 4;
    CHECK_STATUS(PLAQ_E_CONVERGENCE, plaq_gauge_ape(u, &ape));
    CHECK_MESSAGE("time is open");
    CHECK_STATUS(PLAQ_E_CONVERGENCE, plaq_gauge_hyp(u, &hyp));
    CHECK_MESSAGE("time is open");
}

static void what_would_fill_them_is_refused(void)
{
    plaq_gauge *u = open_gauge(test_lattice(dims, 0), PLAQ_DOUBLE);
    plaq_flow *flow = NULL;

    CHECK(u);
    CHECK_STATUS(PLAQ_E_USAGE, plaq_gauge_heat_bath(u, 6, 1, 1));
    CHECK_MESSAGE("time is open");
    CHECK_STATUS(PLAQ_E_USAGE, plaq_gauge_over_relax(u));
    CHECK_MESSAGE("time is open");
    CHECK_STATUS(PLAQ_E_DATA, plaq_derivation_find("reunitarise")->apply(NULL, u));
    CHECK_MESSAGE("time is open");
    CHECK_STATUS(PLAQ_E_USAGE, plaq_flow_create(u, PLAQ_FLOW_ZEUTHEN, false, &flow));
    CHECK_MESSAGE("open in time");
    CHECK(!flow && plaq_gauge_is_open(u));
}

TEST_MAIN({"all links but the missing are in SU(3)", all_links_but_the_missing_are_in_su3},
          {"a slice in part zero is not open", a_slice_in_part_zero_is_not_open},
          {"every format keeps them", every_format_keeps_them},
          {"openQCD stores its average plaquette", openqcd_stores_its_average_plaquette},
          {"everything can be measured", everything_can_be_measured},
          {"the flow keeps the boundary", the_flow_keeps_the_boundary},
          {"smearing keeps or refuses them", smearing_keeps_or_refuses_them},
          {"what would fill them is refused", what_would_fill_them_is_refused})
