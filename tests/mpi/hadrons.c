/* Mesons and baryons of real propagators against the numbers of Chroma's hadspec, on its weak field: kappa 0.11,
 * antiperiodic in time, source at the origin of width 2 in 5 steps on APE links.
 *
 * It ran in single precision and stops projecting APE links when the trace changes by less than 1e-5, which is 5e-6 of
 * the norm of the source: numbers agree to about 1e-5 of the largest at the same momentum.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "plaq/fermion.h"
#include "support/free.h"
#include "support/test.h"

enum { T = 8, MOMENTA = 27, P2 = 4, NUMBERS = 17 };

static const int dims[4] = {4, 4, 4, T};
static const plaq_action action = {.mass = 1 / (2 * 0.11) - 4, .phase = {0, 0, 0, 1}};

/* C[p^2][t], and how large Chroma's are at each p^2 */
typedef struct {
    double complex c[P2][T];
} correlator;

typedef struct {
    correlator meson[NUMBERS], baryon[NUMBERS];
    double mesons[P2], baryons[P2];
} table;

/* rows "block number px py pz t re im" of the file */
static plaq_status read_chroma(const char *path, table *chroma, int *rows)
{
    char *text = NULL, *rest;
    size_t n;

    PLAQ_TRY(plaq_file_slurp(path, 1 << 20, &text, &n));
    rest = text;
    for (char *line; (line = strsep(&rest, "\n"));) {
        int number, p[3], t, p2;
        double re, im;
        char word[16];

        if (sscanf(line, "Shell_Point_Wilson_%15s %d %d %d %d %d %lf %lf", word, &number, &p[0], &p[1], &p[2], &t, &re,
                   &im) != 8)
            continue;
        p2 = p[0] * p[0] + p[1] * p[1] + p[2] * p[2];
        (word[0] == 'M' ? chroma->meson : chroma->baryon)[number].c[p2][t] = re + I * im;
        if (word[0] == 'M') chroma->mesons[p2] = fmax(chroma->mesons[p2], hypot(re, im));
        if (word[0] == 'B' && number == 9) chroma->baryons[p2] = fmax(chroma->baryons[p2], hypot(re, im));
        (*rows)++;
    }
    plaq_free(text);
    return PLAQ_OK;
}

/* twelve columns of zeros, destroyed after the case */
static plaq_status make_columns(plaq_lattice *lattice, plaq_columns **f)
{
    PLAQ_TRY(plaq_columns_create(lattice, PLAQ_DOUBLE, 12, 0, PLAQ_SPINOR_REALS, PLAQ_ALL, f));
    test_later_columns(f);
    return PLAQ_OK;
}

static plaq_status smeared_source(plaq_gauge *links, plaq_columns *b)
{
    const int *origin = plaq_lattice_origin(plaq_gauge_lattice(links));
    const plaq_quark_smearing width2 = {.kind = PLAQ_QUARK_GAUSSIAN, .width = 2, .steps = 5};

    if (origin[0] + origin[1] + origin[2] + origin[3] == 0)
        for (int k = 0; k < 12; k++) {
            double one[PLAQ_SPINOR_REALS] = {0};

            one[2 * k] = 1;
            plaq_columns_put(b, (int[]){0, 0, 0, 0}, k, one);
        }
    return plaq_quark_smear(links, NULL, &width2, 0, b);
}

static plaq_status propagator(plaq_gauge *u, plaq_columns **s)
{
    const plaq_solver solver = {.kind = PLAQ_SOLVE_CG, .tolerance = 1e-12, .max_iterations = 500};
    const plaq_ape ape = {.alpha = 4 / 6.5, .projection = PLAQ_PROJECT_TRACE, .directions = 3, .steps = 1};
    plaq_solution solution = {0};
    plaq_dirac *d = NULL;
    plaq_columns *b;
    plaq_status status;

    PLAQ_GO(plaq_dirac_create(u, &action, &d));
    PLAQ_GO(make_columns(plaq_gauge_lattice(u), &b));
    PLAQ_GO(make_columns(plaq_gauge_lattice(u), s));
    PLAQ_GO(plaq_gauge_ape(u, &ape));
    PLAQ_GO(smeared_source(u, b));
    PLAQ_GO(plaq_dirac_solve(d, &solver, b, *s, &solution));
done:
    plaq_solution_clear(&solution);
    plaq_dirac_destroy(&d);
    return status;
}

/* means over momenta of the same p^2, as Chroma takes them */
static void average(int count, const int (*n)[3], const double complex c[][T], correlator *mean)
{
    int momenta[P2] = {0};

    memset(mean, 0, sizeof *mean);
    for (int k = 0; k < count; k++) {
        const int p2 = n[k][0] * n[k][0] + n[k][1] * n[k][1] + n[k][2] * n[k][2];

        momenta[p2]++;
        for (int t = 0; t < T; t++) mean->c[p2][t] += c[k][t];
    }
    for (int p2 = 0; p2 < P2; p2++)
        for (int t = 0; t < T; t++) mean->c[p2][t] /= momenta[p2];
}

static double difference(const correlator *a, const correlator *b, const double largest[P2])
{
    double most = 0;

    for (int p2 = 0; p2 < P2; p2++)
        for (int t = 0; t < T; t++) {
            const double d = cabs(a->c[p2][t] - b->c[p2][t]) / largest[p2];

            if (!(d <= most)) most = d;
        }
    return most;
}

/* The nucleon of (u C g5 (1 + g_t)/2 d) u, positive parity: a field of two terms. */
static plaq_status projected_nucleon(const plaq_quark *q, const plaq_momentum_sums *p, double complex c[][T])
{
    const plaq_baryon_term field[2] = {{0.5, {0, 1, 0}, 15}, {0.5, {0, 1, 0}, 7}}; /* g5 gt is the product 7 */
    const plaq_quark ud[2] = {*q, *q};
    static double complex spins[4][4][MOMENTA][T];

    PLAQ_TRY(plaq_baryon_spins(ud, 2, field, 2, field, p, &spins[0][0][0][0]));
    for (int k = 0; k < p->count; k++)
        for (int t = 0; t < T; t++) {
            c[k][t] = 0;
            for (int s = 0; s < 4; s++) c[k][t] += (spins[s][s][k][t] + spins[(s + 2) % 4][s][k][t]) / 2;
        }
    return PLAQ_OK;
}

static void check_mesons(const plaq_quark *q, const plaq_momentum_sums *p, const table *chroma)
{
    static double complex c[16][MOMENTA][T];
    plaq_meson pair[16];
    correlator mean;

    for (int g = 0; g < 16; g++) pair[g] = (plaq_meson){g, g};
    CHECK_STATUS(PLAQ_OK, plaq_mesons(q, q, 16, pair, p, &c[0][0][0]));
    for (int g = 0; g < 16; g++) {
        average(p->count, p->n, (const double complex(*)[T])c[g], &mean);
        CHECK(difference(&mean, &chroma->meson[g], chroma->mesons) < 2e-5);
    }
}

static void check_baryons(const plaq_quark *q, const plaq_momentum_sums *p, const table *chroma)
{
    static double complex c[2][MOMENTA][T];
    correlator mean;

    CHECK_STATUS(PLAQ_OK,
                 plaq_baryon_parities(plaq_baryon_find("nucleon"), (plaq_quark[]){*q, *q, *q}, p, &c[0][0][0]));
    average(p->count, p->n, (const double complex(*)[T])c[0], &mean);
    CHECK(difference(&mean, &chroma->baryon[9], chroma->baryons) < 2e-5);
    CHECK_STATUS(PLAQ_OK, projected_nucleon(q, p, c[0]));
    average(p->count, p->n, (const double complex(*)[T])c[0], &mean);
    CHECK(difference(&mean, &chroma->baryon[11], chroma->baryons) < 2e-5);
}

/* The mass of PCAC on links close to one is that in the action, up to errors of order a. */
static void check_pcac(const plaq_quark *q)
{
    const plaq_momentum_sums rest = {.count = 1, .n = (const int[1][3]){{0}}};
    double complex c[2][T];
    double mass;

    for (int k = 0; k < 2; k++) CHECK_STATUS(PLAQ_OK, plaq_mesons(q, q, 1, &plaq_pcac[k].meson, &rest, c[k]));
    mass = plaq_pcac[0].sign * creal(c[0][3] - c[0][1]) / (4 * creal(c[1][2]));
    CHECK_CLOSE(mass, action.mass, 0.01);
}

static void hadrons_of_chroma(void)
{
    static table chroma;
    const char *path = test_data("pyquda/weak_field.lime");
    plaq_momentum_sums p = {.by = PLAQ_SUM_CHEAPER};
    plaq_columns *s = NULL;
    plaq_gauge *u = NULL;
    int(*n)[3], rows = 0;

    if (!path) SKIP("no shared data");
    CHECK_STATUS(PLAQ_OK, read_chroma(test_data("chroma/hadspec.tsv"), &chroma, &rows));
    CHECK(rows == 4 * T * (16 + NUMBERS));
    CHECK_STATUS(PLAQ_OK, test_load(path, dims, "", &u));
    CHECK_STATUS(PLAQ_OK, propagator(u, &s));
    CHECK_STATUS(PLAQ_OK, plaq_momenta(dims, 3, &n, &p.count));
    p.n = (const int(*)[3])n;

    const plaq_quark q = {.columns = s, .phase = {0, 0, 0, 1}};

    check_mesons(&q, &p, &chroma);
    check_baryons(&q, &p, &chroma);
    check_pcac(&q);
    plaq_free(n);
}

/* ---- the free field ---------------------------------------------------------------------------------------------- */

/* S(k, t) = 1/T sum_w exp(i w t) S(k, w),  w = (2 pi n + pi phase_t) / T */
static void free_in_time(const plaq_action *of, const int extents[4], const int n[3], int t, double complex s[4][4])
{
    double p[4];

    for (int i = 0; i < 3; i++) p[i] = M_PI * (2 * n[i] + of->phase[i]) / extents[i];
    memset(s, 0, 16 * sizeof s[0][0]);
    for (int w = 0; w < extents[3]; w++) {
        double complex here[4][4];

        p[3] = M_PI * (2 * w + of->phase[3]) / extents[3];
        free_quark(of, p, here);
        for (int k = 0; k < 16; k++) (&s[0][0])[k] += cexp(I * p[3] * t) * (&here[0][0])[k] / extents[3];
    }
}

/* tr[G S1 G' gamma_5 S2^dagger gamma_5] */
static double complex spin_trace(plaq_meson pair, double complex s1[4][4], double complex s2[4][4])
{
    const plaq_gamma_matrix sink = plaq_gamma_of(pair.sink), five = plaq_gamma_of(15);
    const plaq_gamma_matrix source = plaq_gamma_product(plaq_gamma_of(pair.source), five);
    double complex sum = 0;

    for (int a = 0; a < 4; a++)
        for (int b = 0; b < 4; b++) {
            /* (G S1)_ab (G' gamma_5)_bc conj(S2_dc) (gamma_5)_da, d = a, gamma_5 diagonal */
            const int c = source.column[b];

            sum += i_power(sink.power[a]) * s1[sink.column[a]][b] * i_power(source.power[b]) * conj(s2[a][c]) *
                   i_power(five.power[a]);
        }
    return sum;
}

/* C(q, t) = 3/V_3 sum_k tr[G S1(k + q, t) G' gamma_5 S2(k, t)^dagger gamma_5] */
static double complex free_meson(const plaq_action of[2], const int extents[4], plaq_meson pair, const int q[3], int t)
{
    double complex sum = 0;
    int k[3];

    for (k[2] = 0; k[2] < extents[2]; k[2]++)
        for (k[1] = 0; k[1] < extents[1]; k[1]++)
            for (k[0] = 0; k[0] < extents[0]; k[0]++) {
                double complex s1[4][4], s2[4][4];

                free_in_time(&of[0], extents, (int[]){k[0] + q[0], k[1] + q[1], k[2] + q[2]}, t, s1);
                free_in_time(&of[1], extents, k, t, s2);
                sum += spin_trace(pair, s1, s2);
            }
    return 3 * sum / (extents[0] * extents[1] * extents[2]);
}

static plaq_status free_quark_from(plaq_gauge *u, const plaq_action *of, const int at[4], plaq_columns **s)
{
    plaq_lattice *lattice = plaq_gauge_lattice(u);
    const plaq_solver how = {PLAQ_SOLVE_CG, 1e-13, 2000, false};
    plaq_solution solution = {0};
    plaq_columns *b = NULL;
    plaq_dirac *d = NULL;
    plaq_status status;

    PLAQ_GO(make_columns(lattice, &b));
    PLAQ_GO(make_columns(lattice, s));
    PLAQ_GO(plaq_source_kind_find("point")->fill(NULL, NULL, at, 0, b, 0));
    PLAQ_GO(plaq_dirac_create(u, of, &d));
    PLAQ_GO(plaq_dirac_solve(d, &how, b, *s, &solution));
done:
    plaq_solution_clear(&solution);
    plaq_dirac_destroy(&d);
    return status;
}

/* Two quarks of different masses and boundaries in time, and a twisted one, from a place that is not the origin.
 * Residuals of 1e-13 where the smallest eigenvalue is 0.3: 1e-12. */
static void mesons_of_the_free_field(void)
{
    enum { TIMES = 8, MOVING = 3, PAIRS = 18 };
    static const int extents[4] = {4, 6, 4, TIMES}, n[MOVING][3] = {{0, 0, 0}, {0, 1, 0}, {-1, 2, 1}};
    static const plaq_action of[2] = {{.mass = 0.3, .phase = {0, 0, 0, 1}},
                                      {.mass = 0.5, .mu = 0.2, .phase = {0, 0, 0, 1}}};
    const plaq_momentum_sums p = {.source = {1, 5, 2, 3}, .count = MOVING, .n = n};
    plaq_gauge *u = test_random_gauge(test_lattice(extents, 0), PLAQ_DOUBLE, 1);
    static double complex c[PAIRS][MOVING][TIMES];
    plaq_meson pair[PAIRS];
    plaq_quark q[2];
    double worst = 0;

    if (!u) return;
    plaq_gauge_unit(u);
    for (int i = 0; i < PAIRS; i++)
        pair[i] = i < 16 ? (plaq_meson){i, i} : (plaq_meson){i == 16 ? 7 : 15, i == 16 ? 15 : 7};
    for (int i = 0; i < 2; i++) {
        plaq_columns *s = NULL;
        plaq_status status = free_quark_from(u, &of[i], p.source, &s);

        CHECK_STATUS(PLAQ_OK, status);
        q[i] = (plaq_quark){.columns = s};
        memcpy(q[i].phase, of[i].phase, sizeof q[i].phase);
    }
    CHECK_STATUS(PLAQ_OK, plaq_mesons(&q[0], &q[1], PAIRS, pair, &p, c[0][0]));
    for (int i = 0; i < PAIRS; i++)
        for (int k = 0; k < MOVING; k++)
            for (int t = 0; t < TIMES; t++)
                worst = fmax(worst, cabs(c[i][k][t] - free_meson(of, extents, pair[i], n[k], t)));
    CHECK_CLOSE(worst, 0, 1e-12);
}

TEST_MAIN({"mesons, nucleon and PCAC mass of Chroma's hadspec", hadrons_of_chroma},
          {"mesons of the free field in closed form", mesons_of_the_free_field})
