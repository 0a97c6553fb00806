/* Contractions of propagators of random numbers against the formulas, written as sums over all indices. */
#include <math.h>
#include <string.h>

#include "plaq/fermion.h"
#include "support/test.h"

enum { QUARKS = 3, INDICES = 144, SEED = 20 };

static int dims[4] = {4, 6, 2, 8}; /* or others of as many sites */
enum { SITES = 4 * 6 * 2 * 8, T = 8 };

/* S[sink spin][sink colour][source spin][source colour] */
typedef double complex propagator[4][3][4][3];

static propagator random_propagator[QUARKS][SITES];

static void make_propagators(void)
{
    for (int q = 0; q < QUARKS; q++)
        for (int x = 0; x < SITES; x++)
            for (int k = 0; k < INDICES; k += 2) {
                double complex *to = &random_propagator[q][x][0][0][0][0] + k;
                double u[4];

                plaq_random(SEED, PLAQ_RANDOM_TEST, (uint64_t)q, (uint64_t)x, (uint64_t)k, u);
                to[0] = u[0] - 0.4 + I * (u[1] - 0.45);
                to[1] = u[2] - 0.4 + I * (u[3] - 0.45);
            }
}

static int number(const int c[4])
{
    return c[0] + dims[0] * (c[1] + dims[1] * (c[2] + dims[2] * c[3]));
}

static void coordinates(int x, int c[4])
{
    for (int mu = 0; mu < 4; mu++) {
        c[mu] = x % dims[mu];
        x /= dims[mu];
    }
}

/* The propagators of the table from a source at `source`, each of twelve columns, with boundary phases. */
static void put_propagators(plaq_columns *f, const int source[4], const double phase[QUARKS][4])
{
    const plaq_lattice *lattice = plaq_columns_lattice(f);
    const plaq_sites *p = plaq_lattice_sites(lattice);

    for (int i = 0; i < p->body[0] + p->body[1]; i++) {
        const int *place = i < p->body[0] ? p->place[0][i] : p->place[1][i - p->body[0]];
        int d[4], wrapped[4];

        for (int mu = 0; mu < 4; mu++) {
            d[mu] = plaq_lattice_origin(lattice)[mu] + place[mu] - source[mu];
            wrapped[mu] = d[mu] < 0;
            if (d[mu] < 0) d[mu] += dims[mu];
        }
        for (int column = 0; column < 12 * QUARKS; column++) {
            const int q = column / 12, b = column % 12 / 3, j = column % 3;
            double complex spinor[4][3], factor = 1;

            for (int mu = 0; mu < 4; mu++)
                if (wrapped[mu]) factor *= cexp(-I * M_PI * phase[q][mu]);
            for (int a = 0; a < 4; a++)
                for (int c = 0; c < 3; c++) spinor[a][c] = factor * random_propagator[q][number(d)][a][c][b][j];
            plaq_columns_put(f, place, column, (const double *)spinor);
        }
    }
}

static const double periodic[QUARKS][4];

/* Quarks 0, 1, 2 on a lattice, from a source; destroyed after the case. */
static bool make_quarks(plaq_prec prec, int lanes, const int source[4], const double phase[QUARKS][4],
                        plaq_quark quark[QUARKS])
{
    plaq_lattice *lattice = test_lattice(dims, lanes);
    plaq_columns *f = NULL;

    if (!lattice) return false;
    if (!test_status(PLAQ_OK, plaq_columns_create(lattice, prec, 12 * QUARKS, 0, PLAQ_SPINOR_REALS, PLAQ_ALL, &f),
                     __FILE__, __LINE__, "plaq_columns_create"))
        return false;
    test_later_columns(&f);
    make_propagators();
    put_propagators(f, source, phase);
    for (int q = 0; q < QUARKS; q++) {
        quark[q] = (plaq_quark){.columns = f, .first = 12 * q};
        memcpy(quark[q].phase, phase[q], sizeof quark[q].phase);
    }
    return true;
}

/* the largest difference, relative to the largest number */
static double difference(size_t n, const double complex seen[], const double complex wanted[])
{
    double largest = 0, most = 0;

    for (size_t i = 0; i < n; i++) {
        const double d = cabs(seen[i] - wanted[i]);

        if (!(d <= most)) most = d; /* NaN too */
        largest = fmax(largest, cabs(wanted[i]));
    }
    return most / largest;
}

/* more than once around the lattice, too */
static const int momenta[][3] = {{0, 0, 0}, {1, 0, 0}, {0, -1, 1}, {-1, 2, 0}, {1, 3, 1}, {9, -7, 5}};
enum { MOMENTA = sizeof momenta / sizeof *momenta };

static const plaq_momentum_sums from_origin = {.count = MOMENTA, .n = momenta, .by = PLAQ_SUM_PHASES};

/* sums[k][t] of values at all sites, source at the origin */
static void naive_sums(const double complex value[SITES], double complex sums[MOMENTA][T])
{
    memset(sums, 0, MOMENTA * sizeof *sums);
    for (int k = 0; k < MOMENTA; k++)
        for (int x = 0; x < SITES; x++) {
            double angle = 0;
            int c[4];

            coordinates(x, c);
            for (int mu = 0; mu < 3; mu++) angle += 2 * M_PI * momenta[k][mu] * c[mu] / dims[mu];
            sums[k][c[3]] += cexp(-I * angle) * value[x];
        }
}

/* ---- mesons ------------------------------------------------------------------------------------------------------ */

static void dense(plaq_gamma_matrix g, double complex m[4][4])
{
    static const double complex turn[4] = {1, I, -1, -I};

    memset(m, 0, 16 * sizeof **m);
    for (int s = 0; s < 4; s++) m[s][g.column[s]] = turn[g.power[s]];
}

/* c = a b of 12 x 12 matrices */
static void multiply(const double complex a[12][12], const double complex b[12][12], double complex c[12][12])
{
    for (int i = 0; i < 12; i++)
        for (int j = 0; j < 12; j++) {
            c[i][j] = 0;
            for (int k = 0; k < 12; k++) c[i][j] += a[i][k] * b[k][j];
        }
}

/* a gamma matrix times one of colour */
static void spread(plaq_gamma_matrix g, double complex m[12][12])
{
    double complex small[4][4];

    dense(g, small);
    for (int i = 0; i < 12; i++)
        for (int j = 0; j < 12; j++) m[i][j] = i % 3 == j % 3 ? small[i / 3][j / 3] : 0;
}

/* tr[ G_sink S1 G_source g5 S2^dagger g5 ] */
static double complex naive_meson(const propagator s1, const propagator s2, plaq_meson m)
{
    double complex a[12][12], b[12][12], sink[12][12], source[12][12], five[12][12], dagger[12][12], trace = 0;

    spread(plaq_gamma_of(m.sink), sink);
    spread(plaq_gamma_of(m.source), source);
    spread(plaq_gamma_of(15), five);
    for (int i = 0; i < 12; i++)
        for (int j = 0; j < 12; j++) dagger[i][j] = conj(s2[j / 3][j % 3][i / 3][i % 3]);
    multiply(sink, (const double complex(*)[12])s1, a);
    multiply(a, source, b);
    multiply(b, five, a);
    multiply(a, dagger, b);
    multiply(b, five, a);
    for (int i = 0; i < 12; i++) trace += a[i][i];
    return trace;
}

static void naive_meson_sums(int q1, int q2, plaq_meson m, double complex sums[MOMENTA][T])
{
    double complex value[SITES];

    for (int x = 0; x < SITES; x++)
        value[x] = naive_meson((const void *)random_propagator[q1][x], (const void *)random_propagator[q2][x], m);
    naive_sums(value, sums);
}

static double mesons_differ(plaq_prec prec, int lanes, plaq_sum_by by, int pairs, const plaq_meson pair[])
{
    static double complex seen[256][MOMENTA][T], wanted[256][MOMENTA][T];
    plaq_momentum_sums p = from_origin;
    plaq_quark quark[QUARKS];

    p.by = by;
    if (!make_quarks(prec, lanes, p.source, periodic, quark)) return NAN;
    if (plaq_mesons(&quark[2], &quark[1], pairs, pair, &p, &seen[0][0][0]) != PLAQ_OK) return NAN;
    for (int i = 0; i < pairs; i++) naive_meson_sums(2, 1, pair[i], wanted[i]);
    return difference((size_t)pairs * MOMENTA * T, &seen[0][0][0], &wanted[0][0][0]);
}

/* half of the pairs, no two of them alike */
static void mesons_are_traces(void)
{
    plaq_meson pair[128];

    for (int i = 0; i < 128; i++) pair[i] = (plaq_meson){i / 8, (5 * i + i / 8) % 16};
    CHECK(mesons_differ(PLAQ_DOUBLE, 0, PLAQ_SUM_PHASES, 128, pair) < 1e-13);
}

static const plaq_meson some[] = {{15, 15}, {7, 15}, {1, 1}, {2, 11}, {0, 4}};
enum { SOME = sizeof some / sizeof *some };

/* single precision carries 6e-8 a number, and sums colours in it */
static void mesons_in_other_precisions_and_widths(void)
{
    CHECK(mesons_differ(PLAQ_DOUBLE, 1, PLAQ_SUM_PHASES, SOME, some) < 1e-13);
    CHECK(mesons_differ(PLAQ_SINGLE, 0, PLAQ_SUM_PHASES, SOME, some) < 3e-7);
    CHECK(mesons_differ(PLAQ_SINGLE, 1, PLAQ_SUM_PHASES, SOME, some) < 3e-7);
}

/* an odd extent: sites that cannot be coloured */
static void mesons_on_odd_lattices(void)
{
    static const int odd[4] = {3, 8, 2, 8};
    int usual[4];
    double d[2];

    memcpy(usual, dims, sizeof usual);
    memcpy(dims, odd, sizeof dims);
    d[0] = mesons_differ(PLAQ_DOUBLE, 0, PLAQ_SUM_PHASES, SOME, some);
    d[1] = mesons_differ(PLAQ_SINGLE, 0, PLAQ_SUM_FFT, SOME, some);
    memcpy(dims, usual, sizeof dims);
    CHECK(d[0] < 1e-13);
    CHECK(d[1] < 3e-7);
}

static void mesons_by_transforms(void)
{
    CHECK(mesons_differ(PLAQ_DOUBLE, 0, PLAQ_SUM_FFT, SOME, some) < 1e-13);
    CHECK(mesons_differ(PLAQ_DOUBLE, 0, PLAQ_SUM_CHEAPER, SOME, some) < 1e-13);
}

/* Few momenta of many values are summed with phases, many of few by transforms. */
static void the_cheaper_way_is_taken(void)
{
    static const int large[4] = {32, 32, 32, 64}, grid[4] = {1, 1, 2, 2};
    const struct {
        int p2, values;
        plaq_sum_by by;
    } row[] = {{0, 1, PLAQ_SUM_PHASES}, {0, 256, PLAQ_SUM_PHASES}, {4, 16, PLAQ_SUM_PHASES}, {100, 1, PLAQ_SUM_FFT}};

    for (int i = 0; i < 4; i++) {
        int(*n)[3], count;
        plaq_sum_by by;
        int64_t bytes;

        CHECK_STATUS(PLAQ_OK, plaq_momenta(large, row[i].p2, &n, &count));
        by = plaq_momentum_sums_cheaper(large, grid, row[i].values, count, (const int(*)[3])n);
        bytes = plaq_momentum_sums_bytes(large, grid, row[i].values, count, (const int(*)[3])n, PLAQ_SUM_FFT);
        plaq_free(n);
        CHECK(by == row[i].by);
        CHECK(bytes >= 16 * 32 * 16 * 32 * 32 * (int64_t)row[i].values); /* of each value at each site */
    }
}

/* gamma_5-hermiticity: the sum of all elements squared, real and positive */
static void a_pion_is_the_square_of_its_propagator(void)
{
    const plaq_momentum_sums p = {.count = 1, .n = momenta, .by = PLAQ_SUM_PHASES};
    double complex c[T];
    plaq_quark quark[QUARKS];

    CHECK(make_quarks(PLAQ_DOUBLE, 0, p.source, periodic, quark));
    CHECK_STATUS(PLAQ_OK, plaq_mesons(&quark[1], &quark[1], 1, &plaq_pcac[1].meson, &p, c));
    for (int t = 0; t < T; t++) {
        double square = 0;

        for (int x = t * SITES / T; x < (t + 1) * SITES / T; x++)
            for (int k = 0; k < INDICES; k++) {
                const double complex s = (&random_propagator[1][x][0][0][0][0])[k];

                square += creal(s) * creal(s) + cimag(s) * cimag(s);
            }
        CHECK_CLOSE(creal(c[t]) / square, 1, 1e-14);
        CHECK_CLOSE(cimag(c[t]) / square, 0, 1e-14);
    }
}

static void gamma_t_gamma_5_is_minus_the_product_7(void)
{
    const plaq_gamma_matrix product = plaq_gamma_product(plaq_gamma_of(8), plaq_gamma_of(15)), seven = plaq_gamma_of(7);

    CHECK(plaq_pcac[0].sign == -1 && plaq_pcac[0].meson.sink == 7);
    for (int s = 0; s < 4; s++)
        CHECK(product.column[s] == seven.column[s] && product.power[s] == (seven.power[s] + 2) % 4);
}

/* ---- baryons ----------------------------------------------------------------------------------------------------- */

static const int permutation[6][4] = {{0, 1, 2, 1},  {1, 2, 0, 1},  {2, 0, 1, 1},
                                      {0, 2, 1, -1}, {2, 1, 0, -1}, {1, 0, 2, -1}}; /* and its sign */

/* G = C G_n of a term, and Gbar = gamma_t G^* gamma_t, as matrices */
static void diquarks(int n, double complex g[4][4], double complex bar[4][4])
{
    double complex t[4][4];

    dense(plaq_gamma_product(plaq_gamma_product(plaq_gamma_of(2), plaq_gamma_of(8)), plaq_gamma_of(n)), g);
    dense(plaq_gamma_of(8), t);
    for (int a = 0; a < 4; a++)
        for (int b = 0; b < 4; b++) {
            bar[a][b] = 0;
            for (int c = 0; c < 4; c++)
                for (int d = 0; d < 4; d++) bar[a][b] += t[a][c] * conj(g[c][d]) * t[d][b];
        }
}

/* One contraction at a site: line l goes from place l at the sink to place to[l] at the source. */
static void add_contraction(const propagator *const line[3], const int to[4], double complex g[4][4],
                            double complex bar[4][4], double weight, double complex c[4][4])
{
    for (int e = 0; e < 36; e++)
        for (int ab = 0; ab < 16; ab++)
            for (int primed = 0; primed < 16 && g[ab / 4][ab % 4] != 0; primed++)
                for (int open = 0; open < 16 && bar[primed / 4][primed % 4] != 0; open++) {
                    const int *i = permutation[e / 6], *j = permutation[e % 6];
                    const int sink[3] = {ab / 4, ab % 4, open / 4}, source[3] = {primed / 4, primed % 4, open % 4};
                    double complex product = weight * to[3] * i[3] * j[3] * g[ab / 4][ab % 4];

                    product *= bar[primed / 4][primed % 4];
                    for (int l = 0; l < 3; l++) product *= (*line[l])[sink[l]][i[l]][source[to[l]]][j[to[l]]];
                    c[open / 4][open % 4] += product;
                }
}

static void naive_baryon(int x, int sinks, const plaq_baryon_term sink[], int sources, const plaq_baryon_term source[],
                         double complex c[4][4])
{
    memset(c, 0, 16 * sizeof **c);
    for (int k = 0; k < sinks * sources * 6; k++) {
        const plaq_baryon_term *out = &sink[k / 6 / sources], *in = &source[k / 6 % sources];
        const int *to = permutation[k % 6];
        double complex g[4][4], bar[4][4], unused[4][4];
        const propagator *line[3];
        bool fits = true;

        for (int l = 0; l < 3; l++) {
            fits &= out->quark[l] == in->quark[to[l]];
            line[l] = (const propagator *)&random_propagator[out->quark[l]][x];
        }
        if (!fits) continue;
        diquarks(out->gamma, g, unused);
        diquarks(in->gamma, unused, bar);
        add_contraction(line, to, g, bar, out->weight * in->weight, c);
    }
}

static double baryons_differ(plaq_prec prec, plaq_sum_by by, int sinks, const plaq_baryon_term sink[], int sources,
                             const plaq_baryon_term source[])
{
    static double complex seen[16][MOMENTA][T], wanted[16][MOMENTA][T], value[16][SITES];
    plaq_momentum_sums p = from_origin;
    plaq_quark quark[QUARKS];

    p.by = by;
    if (!make_quarks(prec, 0, p.source, periodic, quark)) return NAN;
    if (plaq_baryon_spins(quark, sinks, sink, sources, source, &p, &seen[0][0][0]) != PLAQ_OK) return NAN;
    for (int x = 0; x < SITES; x++) {
        double complex c[4][4];

        naive_baryon(x, sinks, sink, sources, source, c);
        for (int k = 0; k < 16; k++) value[k][x] = c[k / 4][k % 4];
    }
    for (int k = 0; k < 16; k++) naive_sums(value[k], wanted[k]);
    return difference((size_t)16 * MOMENTA * T, &seen[0][0][0], &wanted[0][0][0]);
}

static void baryons_are_sums_over_contractions(void)
{
    const plaq_baryon_term all[2][1] = {{{0.7, {1, 1, 1}, 1}}, {{1, {1, 1, 1}, 12}}};
    const plaq_baryon *proton = plaq_baryon_find("nucleon");

    CHECK(baryons_differ(PLAQ_DOUBLE, PLAQ_SUM_PHASES, 1, proton->term, 1, proton->term) < 1e-13);
    CHECK(baryons_differ(PLAQ_SINGLE, PLAQ_SUM_PHASES, 1, proton->term, 1, proton->term) < 1e-6);
    CHECK(baryons_differ(PLAQ_DOUBLE, PLAQ_SUM_PHASES, 1, all[0], 1, all[1]) < 1e-13);
    CHECK(baryons_differ(PLAQ_DOUBLE, PLAQ_SUM_FFT, 1, all[0], 1, all[1]) < 1e-13);
}

static void baryons_of_several_terms(void)
{
    const plaq_baryon *lambda = plaq_baryon_find("lambda"), *star = plaq_baryon_find("sigma_star");

    CHECK(baryons_differ(PLAQ_DOUBLE, PLAQ_SUM_PHASES, 3, lambda->term, 3, lambda->term) < 1e-13);
    CHECK(baryons_differ(PLAQ_DOUBLE, PLAQ_SUM_PHASES, 2, star->term, 2, star->term) < 1e-13);
    CHECK(baryons_differ(PLAQ_DOUBLE, PLAQ_SUM_FFT, 2, star->term, 2, star->term) < 1e-13);
}

/* Where all quarks are alike, all of a multiplet are. */
static void baryons_of_like_quarks_are_multiplets(void)
{
    static double complex first[2][MOMENTA][T], c[2][MOMENTA][T];
    plaq_quark quark[QUARKS];
    int of_a_kind[2] = {0};

    CHECK(make_quarks(PLAQ_DOUBLE, 0, from_origin.source, periodic, quark));
    quark[1] = quark[2] = quark[0];
    for (const plaq_baryon *b = plaq_baryons; b->name; b++) {
        CHECK_STATUS(PLAQ_OK, plaq_baryon_parities(b, quark, &from_origin, &c[0][0][0]));
        if (of_a_kind[b->vector]++ == 0) memcpy(first, c, sizeof c);
        CHECK(difference((size_t)2 * MOMENTA * T, &c[0][0][0], &first[0][0][0]) < 1e-13);
        CHECK(plaq_baryon_find(b->name) == b);
    }
    CHECK(of_a_kind[0] == 4 && of_a_kind[1] == 4);
    CHECK(plaq_baryon_find("pion") == NULL);
}

/* ---- fields ------------------------------------------------------------------------------------------------------ */

enum { SPINS = 16 };

/* the largest difference at a site of this rank: of mesons, or of spins of a baryon */
static double fields_differ(plaq_field *field, bool mesons, const plaq_baryon *baryon)
{
    const plaq_lattice *lattice = plaq_field_lattice(field);
    const int *local = plaq_lattice_local(lattice), *origin = plaq_lattice_origin(lattice);
    double most = 0;

    for (int i = 0; i < SITES / plaq_comm_size(test_comm()); i++) {
        const int c[4] = {i % local[0], i / local[0] % local[1], i / (local[0] * local[1]) % local[2],
                          i / (local[0] * local[1] * local[2])};
        const int x = number((int[]){origin[0] + c[0], origin[1] + c[1], origin[2] + c[2], origin[3] + c[3]});
        double complex seen[SPINS], wanted[SPINS];

        plaq_field_get(field, c, 1, (double *)seen);
        if (!mesons) naive_baryon(x, baryon->terms, baryon->term, baryon->terms, baryon->term, (void *)wanted);
        for (int k = 0; k < SOME && mesons; k++)
            wanted[k] =
                naive_meson((const void *)random_propagator[0][x], (const void *)random_propagator[2][x], some[k]);
        for (int k = 0; k < (mesons ? SOME : SPINS); k++) most = fmax(most, cabs(seen[k] - wanted[k]));
    }
    return most;
}

/* the same numbers site by site, where they are asked for; what was in the field before is gone */
static void fields_hold_hadrons_at_sites(void)
{
    const plaq_baryon *star = plaq_baryon_find("sigma_star");
    plaq_field *mesons = NULL, *spins = NULL;
    plaq_quark quark[QUARKS];
    plaq_lattice *lattice;

    CHECK(make_quarks(PLAQ_DOUBLE, 0, from_origin.source, periodic, quark));
    lattice = plaq_columns_lattice(quark->columns);
    CHECK_STATUS(PLAQ_OK, plaq_field_create(lattice, PLAQ_DOUBLE, 2 * SOME, &mesons));
    test_later_field(&mesons);
    CHECK_STATUS(PLAQ_OK, plaq_field_create(lattice, PLAQ_DOUBLE, 2 * SPINS, &spins));
    test_later_field(&spins);
    for (int again = 0; again < 2; again++) {
        CHECK_STATUS(PLAQ_OK, plaq_meson_field(&quark[0], &quark[2], SOME, some, mesons));
        CHECK_STATUS(PLAQ_OK, plaq_baryon_field(quark, star->terms, star->term, star->terms, star->term, spins));
    }
    CHECK(fields_differ(mesons, true, NULL) < 1e-12);
    CHECK(fields_differ(spins, false, star) < 1e-12);
}

/* ---- sources, ranks, threads ------------------------------------------------------------------------------------- */

/* What comes of a source that is elsewhere is the same, with whichever boundary phases. */
static void moved_sources_give_the_same(void)
{
    static const double phase[QUARKS][4] = {{0, 0, 0, 1}, {0.3, -0.2, 0.7, 1}, {0, 0.45, 1, 0.25}};
    static const int there[4] = {3, 4, 1, 5};
    const plaq_baryon *sigma = plaq_baryon_find("sigma");
    static double complex c[4][SOME + 2][MOMENTA][T];
    int made = 0;

    for (int moved = 0; moved < 2; moved++)
        for (plaq_sum_by by = PLAQ_SUM_PHASES; by <= PLAQ_SUM_FFT; by++, made++) {
            plaq_momentum_sums p = {.count = MOMENTA, .n = momenta, .by = by};
            plaq_quark quark[QUARKS];

            if (moved) memcpy(p.source, there, sizeof there);
            CHECK(make_quarks(PLAQ_DOUBLE, 0, p.source, phase, quark));
            CHECK_STATUS(PLAQ_OK, plaq_mesons(&quark[1], &quark[2], SOME, some, &p, &c[made][0][0][0]));
            CHECK_STATUS(PLAQ_OK, plaq_baryon_parities(sigma, quark, &p, &c[made][SOME][0][0]));
        }
    for (int i = 1; i < made; i++) {
        CHECK(difference((size_t)SOME * MOMENTA * T, &c[i][0][0][0], &c[0][0][0][0]) < 1e-13);
        CHECK(difference((size_t)2 * MOMENTA * T, &c[i][SOME][0][0], &c[0][SOME][0][0]) < 1e-13);
    }
}

static void threads_give_the_same_bits(void)
{
    static double complex c[2][SOME][MOMENTA][T];
    const int threads = plaq_threads();
    plaq_quark quark[QUARKS];

    CHECK(make_quarks(PLAQ_DOUBLE, 0, from_origin.source, periodic, quark));
    for (int i = 0; i < 2; i++) {
        plaq_threads_set(i ? 3 : 1);
        CHECK_STATUS(PLAQ_OK, plaq_mesons(&quark[0], &quark[1], SOME, some, &from_origin, &c[i][0][0][0]));
    }
    plaq_threads_set(threads);
    CHECK(memcmp(c[0], c[1], sizeof c[0]) == 0);
}

static plaq_status attempt(void *given)
{
    static double complex c[2][MOMENTA][T];
    plaq_momentum_sums p = from_origin;
    const plaq_quark *quark = given;

    for (p.by = PLAQ_SUM_PHASES; p.by <= PLAQ_SUM_FFT; p.by++) {
        PLAQ_TRY(plaq_mesons(&quark[0], &quark[1], 2, some, &p, &c[0][0][0]));
        PLAQ_TRY(plaq_baryon_parities(plaq_baryons, quark, &p, &c[0][0][0]));
    }
    return PLAQ_OK;
}

static void failures_are_of_all_ranks(void)
{
    plaq_quark quark[QUARKS];

    CHECK(make_quarks(PLAQ_DOUBLE, 0, from_origin.source, periodic, quark));
    CHECK_FAULT_SWEEP(attempt, quark);
}

static void what_is_no_propagator_is_refused(void)
{
    static double complex c[SOME][MOMENTA][T];
    plaq_quark quark[QUARKS], other[QUARKS];

    CHECK(make_quarks(PLAQ_SINGLE, 0, from_origin.source, periodic, other));
    CHECK(make_quarks(PLAQ_DOUBLE, 0, from_origin.source, periodic, quark));
    CHECK_STATUS(PLAQ_E_INTERNAL, plaq_mesons(&quark[0], &other[1], SOME, some, &from_origin, &c[0][0][0]));
    CHECK_MESSAGE("precision");
    quark[1].first = 36;
    CHECK_STATUS(PLAQ_E_INTERNAL, plaq_mesons(&quark[0], &quark[1], SOME, some, &from_origin, &c[0][0][0]));
    CHECK_MESSAGE("columns 36 to 47 of 36");
}

TEST_MAIN({"mesons are traces of propagators", mesons_are_traces},
          {"mesons in other precisions and widths", mesons_in_other_precisions_and_widths},
          {"mesons on odd lattices", mesons_on_odd_lattices}, {"mesons by transforms", mesons_by_transforms},
          {"the cheaper way is taken", the_cheaper_way_is_taken},
          {"a pion is the square of its propagator", a_pion_is_the_square_of_its_propagator},
          {"gamma_t gamma_5 is minus the product 7", gamma_t_gamma_5_is_minus_the_product_7},
          {"fields hold hadrons at sites", fields_hold_hadrons_at_sites},
          {"baryons are sums over contractions", baryons_are_sums_over_contractions},
          {"baryons of several terms", baryons_of_several_terms},
          {"baryons of like quarks are multiplets", baryons_of_like_quarks_are_multiplets},
          {"moved sources give the same", moved_sources_give_the_same},
          {"threads give the same bits", threads_give_the_same_bits},
          {"failures are of all ranks", failures_are_of_all_ranks},
          {"what is no propagator is refused", what_is_no_propagator_is_refused})
