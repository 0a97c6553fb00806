/* Sources and smearing of quarks: against plain loops, closed forms of the free field, Chroma's number, and themselves
 * on other ranks, lanes and gauges. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plaq/fermion.h"
#include "support/plain.h"
#include "support/test.h"

static const int dims[4] = {6, 4, 8, 4};

typedef double complex spinor[12];

/* A field of spinors, destroyed after the case. */
static plaq_columns *spinors(plaq_lattice *lattice, plaq_prec prec, int columns)
{
    plaq_columns *f = NULL;
    plaq_status status = plaq_columns_create(lattice, prec, columns, 0, PLAQ_SPINOR_REALS, PLAQ_ALL, &f);

    if (!test_status(PLAQ_OK, status, __FILE__, __LINE__, "plaq_columns_create")) return NULL;
    test_later_columns(&f);
    return f;
}

static int local_sites(const plaq_lattice *lattice)
{
    const int *local = plaq_lattice_local(lattice);

    return local[0] * local[1] * local[2] * local[3];
}

/* Local and global coordinates of the i-th local site, and its global number. */
static size_t find_site(const plaq_lattice *lattice, int i, int c[4], int g[4])
{
    plain_place(plaq_lattice_local(lattice), (size_t)i, c);
    for (int mu = 0; mu < 4; mu++) g[mu] = c[mu] + plaq_lattice_origin(lattice)[mu];
    return plain_number(plaq_lattice_dims(lattice), g);
}

/* a random spinor of a column at a site */
static void draw(size_t site, int column, spinor v)
{
    for (int k = 0; k < 6; k++)
        plaq_random_normal(5, PLAQ_RANDOM_TEST, (uint64_t)column, site, (uint64_t)k, (double *)&v[2 * k]);
}

static void fill_random(plaq_columns *f)
{
    for (int i = 0; i < local_sites(plaq_columns_lattice(f)); i++)
        for (int column = 0; column < plaq_columns_count(f); column++) {
            int c[4], g[4];
            spinor v;

            draw(find_site(plaq_columns_lattice(f), i, c, g), column, v);
            plaq_columns_put(f, c, column, (const double *)v);
        }
}

/* Parameters of a kind: defaults, with "name", "value", ..., NULL on top. */
static bool set(const plaq_source_kind *kind, void *params, const char *const given[])
{
    plaq_status status = plaq_param_defaults(kind->params, params);

    for (int i = 0; given && given[i] && status == PLAQ_OK; i += 2)
        status = plaq_param_read(plaq_param_find(kind->params, given[i]), given[i + 1], params);
    return test_status(PLAQ_OK, status, __FILE__, __LINE__, "parameters");
}

/* all kinds, with parameters that are not their defaults */
typedef union {
    plaq_quark_smearing smearing;
    char bytes[256];
} any_params;

typedef struct {
    const char *kind;
    const char *given[16];
} example;

static const example examples[] = {
    {"point", {NULL}},
    {"wall", {NULL}},
    {"wall", {"momentum", "[1, -1, 2]", NULL}},
    {"gaussian", {"width", "1.3", "steps", "4", NULL}},
    {"gaussian", {"kappa", "0.25", "steps", "3", "boost", "[0.5, -0.25, 1]", NULL}},
    {"jacobi", {"kappa", "0.2", "steps", "5", "boost", "[0, 0, 0.5]", NULL}},
    {"gaussian_plain", {"r0", "1.5", NULL}},
    {"noise", {"group", "u1", "hits", "2", NULL}},
    {"noise", {"time", "all", "spin", "true", "colour", "true", "even_odd", "true", NULL}},
};

enum { EXAMPLES = sizeof examples / sizeof *examples };

static const plaq_source_kind *take(const example *e, any_params *params)
{
    const plaq_source_kind *kind = plaq_source_kind_find(e->kind);

    return test_check(kind != NULL, __FILE__, __LINE__, "kind %s", e->kind) && set(kind, params, e->given) ? kind
                                                                                                           : NULL;
}

/* The twelve columns (or as many as there are) of a source at a place, destroyed after the case. */
static plaq_columns *make(const example *e, plaq_gauge *u, plaq_prec prec, const int at[4], uint64_t number)
{
    any_params params;
    const plaq_source_kind *kind = take(e, &params);
    plaq_columns *b;

    if (!kind) return NULL;
    b = spinors(plaq_gauge_lattice(u), prec, kind->columns(&params));
    if (!b) return NULL;
    return test_status(PLAQ_OK, kind->fill(&params, u, at, number, b, 0), __FILE__, __LINE__, e->kind) ? b : NULL;
}

/* ---- smearing against a plain loop --------------------------------------------------------------------------------
 */

/* out = H in on all sites, with phases at the boundary and a boost: the definition */
static void plain_hop(const plain *p, const double phase[4], const double momentum[3], const spinor *in, spinor *out)
{
    for (size_t x = 0; x < plain_volume(dims); x++) {
        memset(out[x], 0, sizeof *out);
        for (int i = 0; i < 3; i++)
            for (int sign = -1; sign <= 1; sign += 2) {
                double complex factor = cexp(-I * sign * 2 * M_PI * momentum[i] / dims[i]);
                int y[4];

                plain_place(dims, x, y);
                y[i] += sign;
                if (phase && (y[i] < 0 || y[i] == dims[i])) factor *= cexp(I * sign * M_PI * phase[i]);
                y[i] = (y[i] + dims[i]) % dims[i];

                const size_t there = plain_number(dims, y);
                const double complex(*u)[3] = p->u[sign > 0 ? x : there][i];

                for (int spin = 0; spin < 4; spin++)
                    for (int a = 0; a < 3; a++)
                        for (int b = 0; b < 3; b++)
                            out[x][3 * spin + a] +=
                                factor * (sign > 0 ? u[a][b] : conj(u[b][a])) * in[there][3 * spin + b];
            }
    }
}

static void plain_smear(const plain *p, const double phase[4], const plaq_quark_smearing *how, int column,
                        spinor *start, spinor *f, spinor *hop)
{
    const double kappa = how->kappa,
                 s = how->kappa != 0 ? kappa / (1 + 6 * kappa) : how->width * how->width / (4 * how->steps);

    for (size_t x = 0; x < plain_volume(dims); x++) draw(x, column, start[x]);
    memcpy(f, start, plain_volume(dims) * sizeof *f);
    for (int n = 0; n < how->steps; n++) {
        plain_hop(p, phase, how->boost, f, hop);
        for (size_t x = 0; x < plain_volume(dims); x++)
            for (int k = 0; k < 12; k++)
                f[x][k] = how->kind == PLAQ_QUARK_JACOBI ? start[x][k] + kappa * hop[x][k]
                                                         : (1 - 6 * s) * f[x][k] + s * hop[x][k];
    }
}

/* the largest difference of a column from the plain one on slices that were smeared, and from the start elsewhere */
static double distance(const plaq_columns *f, int column, int t, const spinor *start, const spinor *wanted)
{
    const plaq_lattice *lattice = plaq_columns_lattice(f);
    double most = 0;

    for (int i = 0; i < local_sites(lattice); i++) {
        int c[4], g[4];
        const size_t x = find_site(lattice, i, c, g);
        spinor seen;
        double d;

        plaq_columns_get(f, c, column, (double *)seen);
        d = test_difference((const double *)seen,
                            (const double *)(t == PLAQ_ALL_SLICES || g[3] == t ? wanted : start)[x], 24);
        most = d > most || isnan(d) ? d : most;
    }
    plaq_reduce_max(test_comm(), &most, 1);
    return most;
}

static void smear_on(int lanes, plaq_prec prec, const double phase[4], const plaq_quark_smearing *how, int t)
{
    plaq_lattice *lattice = test_lattice(dims, lanes);
    plaq_gauge *u = test_random_gauge(lattice, PLAQ_DOUBLE, 1);
    plaq_columns *f = u ? spinors(lattice, prec, 20) : NULL;
    plain p = plain_random(dims, 77);
    spinor *start = plaq_alloc(plain_volume(dims), sizeof *start), *hop = plaq_alloc(plain_volume(dims), sizeof *hop);
    spinor *wanted = plaq_alloc(plain_volume(dims), sizeof *wanted);
    plaq_status status = PLAQ_E_MEMORY;
    double worst = 0;

    if (f && p.u && start && wanted && hop) {
        plain_give(&p, u);
        fill_random(f);
        status = plaq_quark_smear(u, phase, how, t, f);
        for (int column = 0; column < 20 && status == PLAQ_OK; column += 7) {
            plain_smear(&p, phase, how, column, start, wanted, hop);
            worst = fmax(worst, distance(f, column, t, (const spinor *)start, (const spinor *)wanted));
        }
    }
    plaq_free(p.u);
    plaq_free(start);
    plaq_free(wanted);
    plaq_free(hop);
    CHECK_STATUS(PLAQ_OK, status);
    CHECK_CLOSE(worst, 0, prec == PLAQ_DOUBLE ? 2e-14 : 1e-5);
}

/* Double: 1e-16 times a few dozen terms and steps. Single: the same with 6e-8. */
static void smearing_is_the_plain_loop(void)
{
    static const double phase[4] = {0.3, 1, 0.25, 1};
    static const plaq_quark_smearing kappa = {PLAQ_QUARK_GAUSSIAN, .kappa = 0.25, .steps = 4},
                                     width = {PLAQ_QUARK_GAUSSIAN, .width = 1.4, .steps = 3, .boost = {0.5, -1, 0.7}},
                                     jacobi = {PLAQ_QUARK_JACOBI, .kappa = 0.17, .steps = 5, .boost = {1, 0, -0.5}};

    smear_on(0, PLAQ_DOUBLE, NULL, &kappa, PLAQ_ALL_SLICES);
    smear_on(0, PLAQ_DOUBLE, phase, &width, PLAQ_ALL_SLICES);
    smear_on(0, PLAQ_DOUBLE, phase, &jacobi, 2);
    smear_on(1, PLAQ_DOUBLE, phase, &jacobi, PLAQ_ALL_SLICES);
    smear_on(0, PLAQ_SINGLE, phase, &width, 3);
    smear_on(1, PLAQ_SINGLE, phase, &kappa, 0);
}

/* ---- gauge covariance ---------------------------------------------------------------------------------------------
 */

/* v -> g v */
static void turn(const double complex g[3][3], spinor v)
{
    for (int spin = 0; spin < 4; spin++) {
        double complex old[3];

        memcpy(old, &v[3 * spin], sizeof old);
        for (int a = 0; a < 3; a++) v[3 * spin + a] = g[a][0] * old[0] + g[a][1] * old[1] + g[a][2] * old[2];
    }
}

/* the field g f, g(x) = the x link of another random field */
static void turn_all(const plain *g, plaq_columns *f)
{
    for (int i = 0; i < local_sites(plaq_columns_lattice(f)); i++)
        for (int column = 0; column < plaq_columns_count(f); column++) {
            int c[4], at[4];
            const size_t x = find_site(plaq_columns_lattice(f), i, c, at);
            spinor v;

            plaq_columns_get(f, c, column, (double *)v);
            turn((const double complex(*)[3])g->u[x][0], v);
            plaq_columns_put(f, c, column, (const double *)v);
        }
}

/* U_mu(x) -> g(x) U_mu(x) g(x+mu)^dagger */
static void transform(const plain *g, plain *p)
{
    for (size_t x = 0; x < plain_volume(dims); x++)
        for (int mu = 0; mu < 4; mu++) {
            plain_matrix old;
            int y[4];

            plain_place(dims, x, y);
            y[mu] = (y[mu] + 1) % dims[mu];
            memcpy(old, p->u[x][mu], sizeof old);
            memset(p->u[x][mu], 0, sizeof old);
            for (int k = 0; k < 81; k++) {
                const int i = k / 27, j = k / 9 % 3, m = k / 3 % 3, n = k % 3;

                p->u[x][mu][i][j] += g->u[x][0][i][m] * old[m][n] * conj(g->u[plain_number(dims, y)][0][j][n]);
            }
        }
}

static double largest_difference(const plaq_columns *a, const plaq_columns *b)
{
    const plaq_lattice *lattice = plaq_columns_lattice(a);
    double most = 0;

    for (int i = 0; i < local_sites(lattice); i++)
        for (int column = 0; column < plaq_columns_count(a); column++) {
            int c[4], g[4];
            spinor v, w;

            find_site(lattice, i, c, g);
            plaq_columns_get(a, c, column, (double *)v);
            plaq_columns_get(b, c, column, (double *)w);
            for (int k = 0; k < 12; k++) most = cabs(v[k] - w[k]) <= most ? most : cabs(v[k] - w[k]);
        }
    plaq_reduce_max(test_comm(), &most, 1);
    return most;
}

/* S[U^g] g psi = g S[U] psi */
static void smearing_is_covariant(void)
{
    static const plaq_quark_smearing how = {PLAQ_QUARK_GAUSSIAN, .kappa = 0.3, .steps = 6, .boost = {0.5, 0, 1}};
    plaq_lattice *lattice = test_lattice(dims, 0);
    plaq_gauge *u = test_random_gauge(lattice, PLAQ_DOUBLE, 1);
    plaq_columns *f = u ? spinors(lattice, PLAQ_DOUBLE, 3) : NULL, *h = f ? spinors(lattice, PLAQ_DOUBLE, 3) : NULL;
    plain p = plain_random(dims, 77), g = plain_random(dims, 78);
    plaq_status status = PLAQ_E_MEMORY;

    if (h && p.u && g.u) {
        plain_give(&p, u);
        fill_random(f);
        plaq_columns_copy(f, h);
        status = plaq_quark_smear(u, NULL, &how, PLAQ_ALL_SLICES, f);
        turn_all(&g, f);
        transform(&g, &p);
        plain_give(&p, u);
        turn_all(&g, h);
        if (status == PLAQ_OK) status = plaq_quark_smear(u, NULL, &how, PLAQ_ALL_SLICES, h);
    }
    plaq_free(p.u);
    plaq_free(g.u);
    CHECK_STATUS(PLAQ_OK, status);
    CHECK_CLOSE(largest_difference(f, h), 0, 1e-13);
}

/* ---- the free field -----------------------------------------------------------------------------------------------
 */

/* The smeared point on the free field, (1/V_3) sum_p exp(i p.d) f(lambda(p)), lambda = 2 sum_i cos(p_i - boost_i). */
static double complex free_value(const plaq_quark_smearing *how, const double phase[3], const int d[3])
{
    double complex sum = 0;

    for (int n = 0; n < dims[0] * dims[1] * dims[2]; n++) {
        const int k[3] = {n % dims[0], n / dims[0] % dims[1], n / (dims[0] * dims[1])};
        double lambda = 0, way = 0, value = 0;

        for (int i = 0; i < 3; i++) {
            const double p = (2 * M_PI * k[i] + M_PI * phase[i]) / dims[i];

            lambda += 2 * cos(p - 2 * M_PI * how->boost[i] / dims[i]);
            way += p * d[i];
        }
        if (how->kind == PLAQ_QUARK_GAUSSIAN) value = pow((1 + how->kappa * lambda) / (1 + 6 * how->kappa), how->steps);
        for (int m = 0; m <= how->steps && how->kind == PLAQ_QUARK_JACOBI; m++) value += pow(how->kappa * lambda, m);
        sum += value * cexp(I * way);
    }
    return sum / (dims[0] * dims[1] * dims[2]);
}

static void free_smearing(const plaq_quark_smearing *how, const double phase[4])
{
    static const int at[4] = {1, 3, 2, 2};
    plaq_lattice *lattice = test_lattice(dims, 0);
    plaq_gauge *u = test_random_gauge(lattice, PLAQ_DOUBLE, 1);
    plaq_columns *f = u ? make(&examples[0], u, PLAQ_DOUBLE, at, 0) : NULL;
    double worst = 0;

    if (!f) return;
    plaq_gauge_unit(u);
    CHECK_STATUS(PLAQ_OK, plaq_quark_smear(u, phase, how, PLAQ_ALL_SLICES, f));
    for (int i = 0; i < local_sites(lattice); i++)
        for (int column = 0; column < 12; column++) {
            int c[4], g[4];
            spinor v, wanted = {0};

            find_site(lattice, i, c, g);
            plaq_columns_get(f, c, column, (double *)v);
            if (g[3] == at[3])
                wanted[column] = free_value(how, phase, (int[]){g[0] - at[0], g[1] - at[1], g[2] - at[2]});
            for (int k = 0; k < 12; k++) worst = fmax(worst, cabs(v[k] - wanted[k]));
        }
    plaq_reduce_max(test_comm(), &worst, 1);
    CHECK_CLOSE(worst, 0, 1e-14);
}

/* with boosts that are no lattice momenta, and twisted boundaries */
static void free_field_in_closed_form(void)
{
    static const double periodic[4] = {0, 0, 0, 1}, twisted[4] = {0.4, 1, -0.3, 1};
    static const plaq_quark_smearing plain_one = {PLAQ_QUARK_GAUSSIAN, .kappa = 0.2, .steps = 7},
                                     boosted = {PLAQ_QUARK_GAUSSIAN, .kappa = 0.4, .steps = 6, .boost = {1, -0.5, 1.3}},
                                     jacobi = {PLAQ_QUARK_JACOBI, .kappa = 0.12, .steps = 9, .boost = {0, 0.5, -1}};

    free_smearing(&plain_one, periodic);
    free_smearing(&boosted, periodic);
    free_smearing(&jacobi, twisted);
}

/* ---- Chroma -------------------------------------------------------------------------------------------------------
 */

/* sum over a slice and all columns of |psi|^2: of a propagator, the pion */
static void norms(const plaq_columns *f, double norm[])
{
    const plaq_lattice *lattice = plaq_columns_lattice(f);
    const int slices = plaq_lattice_dims(lattice)[3];
    plaq_sum sums[8] = {{0}};

    for (int i = 0; i < local_sites(lattice); i++)
        for (int column = 0; column < plaq_columns_count(f); column++) {
            int c[4], g[4];
            spinor v;

            find_site(lattice, i, c, g);
            plaq_columns_get(f, c, column, (double *)v);
            for (int k = 0; k < 12; k++) plaq_sum_add(&sums[g[3]], creal(v[k] * conj(v[k])));
        }
    plaq_sum_reduce(test_comm(), sums, slices);
    for (int t = 0; t < slices; t++) norm[t] = plaq_sum_value(&sums[t]);
}

/* Its weak field, and a copy with one sweep of APE, link_smear_fact 2.5. */
static plaq_status chromas_links(plaq_gauge **u, plaq_gauge **smeared)
{
    const plaq_ape ape = {.alpha = 4 / 6.5, .projection = PLAQ_PROJECT_TRACE, .directions = 3, .steps = 1};

    PLAQ_TRY(test_load(test_data("pyquda/weak_field.lime"), (int[]){4, 4, 4, 8}, "", u));
    PLAQ_TRY(plaq_gauge_create(plaq_gauge_lattice(*u), PLAQ_DOUBLE, smeared));
    test_later_gauge(smeared);
    PLAQ_TRY(plaq_gauge_copy(*u, *smeared));
    return plaq_gauge_ape(*smeared, &ape);
}

static plaq_status solve(plaq_gauge *u, plaq_columns *b, plaq_columns *x)
{
    const plaq_action action = {.mass = 1 / (2 * 0.11) - 4, .phase = {0, 0, 0, 1}};
    const plaq_solver how = {.kind = PLAQ_SOLVE_CG, .tolerance = 1e-12, .max_iterations = 500};
    plaq_solution solution = {0};
    plaq_dirac *d = NULL;
    plaq_status status;

    PLAQ_GO(plaq_dirac_create(u, &action, &d));
    PLAQ_GO(plaq_dirac_solve(d, &how, b, x, &solution));
done:
    plaq_solution_clear(&solution);
    plaq_dirac_destroy(&d);
    return status;
}

/* source_corr and the pions of its regression test hadspec: width 2 in 5 steps, at the source, then at the sink too.
 * It works in single precision and stops projecting the links when the trace changes by less than 1e-5: 5e-6 of the
 * norm of a source, so of a pion's source, and as much again and a little more at its sink. */
static void shells_of_chroma(void)
{
    static const double point[8] = {0.192608931320137,   0.015980780684913,  0.00618062911962625, 0.00284180962626124,
                                    0.00198266743063868, 0.0028388977261784, 0.00617588830937166, 0.0159631269671081};
    static const double shell[8] = {2.76809943467379,    0.0382032748502752,  0.00643155267243856, 0.00278466655800003,
                                    0.00193899137229891, 0.00278128624267993, 0.00642889668961288, 0.0381603244504731};
    static const example source = {"gaussian", {"width", "2", "steps", "5", NULL}};
    any_params params;
    const plaq_source_kind *kind = take(&source, &params);
    plaq_gauge *u = NULL, *smeared = NULL;
    plaq_columns *b, *x;
    double seen[8];

    if (!kind) return;
    if (!test_data("pyquda/weak_field.lime")) SKIP("no shared data");
    CHECK_STATUS(PLAQ_OK, chromas_links(&u, &smeared));
    b = make(&source, smeared, PLAQ_SINGLE, (int[]){0, 0, 0, 0}, 0);
    if (!b) return;
    norms(b, seen);
    CHECK_CLOSE(seen[0], 6.68018574848822, 1e-5);
    b = make(&source, smeared, PLAQ_DOUBLE, (int[]){0, 0, 0, 0}, 0);
    x = spinors(plaq_gauge_lattice(u), PLAQ_DOUBLE, 12);
    if (!b || !x) return;
    norms(b, seen);
    CHECK_CLOSE(seen[0], 6.68018574848822, 1e-5);
    for (int t = 1; t < 8; t++) CHECK(seen[t] == 0);

    CHECK_STATUS(PLAQ_OK, solve(u, b, x));
    norms(x, seen);
    for (int t = 0; t < 8; t++) CHECK_CLOSE(seen[t] / point[t], 1, 1e-5);
    CHECK_STATUS(PLAQ_OK, kind->smear(&params, smeared, x));
    norms(x, seen);
    for (int t = 0; t < 8; t++) CHECK_CLOSE(seen[t] / shell[t], 1, 3e-5);
}

/* ---- functions of space -------------------------------------------------------------------------------------------
 */

/* exp(-r^2/r0^2) by the nearest of the periodic images, and phases that are 1 at the place itself */
static double complex wanted_profile(int i, const int g[4], const int at[4])
{
    double complex value = g[3] == at[3];

    for (int k = 0; k < 3; k++) {
        const int n[3] = {1, -1, 2}, d = abs(g[k] - at[k]), r = d < dims[k] - d ? d : dims[k] - d;

        if (i == 0) value *= r == 0;
        if (i == 2) value *= cexp(I * 2 * M_PI * n[k] * (g[k] - at[k]) / dims[k]);
        if (i == 6) value *= exp(-r * r / 2.25);
    }
    return value;
}

static void functions_of_space(void)
{
    static const int at[4] = {4, 1, 7, 3};
    plaq_lattice *lattice = test_lattice(dims, 0);
    plaq_gauge *u = test_random_gauge(lattice, PLAQ_DOUBLE, 1);

    if (!u) return;
    for (int e = 0; e < 7; e++) {
        plaq_columns *b = e < 3 || e == 6 ? make(&examples[e], u, PLAQ_DOUBLE, at, 0) : NULL;
        double worst = 0;

        if (e > 2 && e < 6) continue;
        if (!b) return;
        for (int i = 0; i < 12 * local_sites(lattice); i++) {
            int c[4], g[4];
            spinor v;

            find_site(lattice, i / 12, c, g);
            plaq_columns_get(b, c, i % 12, (double *)v);
            v[i % 12] -= wanted_profile(e, g, at);
            for (int k = 0; k < 12; k++) worst = fmax(worst, cabs(v[k]));
        }
        plaq_reduce_max(test_comm(), &worst, 1);
        CHECK_CLOSE(worst, 0, 1e-14);
    }
}

/* ---- noise --------------------------------------------------------------------------------------------------------
 */

static bool is_value(const char *group, double complex z)
{
    if (!strcmp(group, "z2")) return z == 1 || z == -1;
    if (!strcmp(group, "z4")) return z == 1 || z == -1 || z == I || z == -I;
    return fabs(cabs(z) - 1) < 1e-15;
}

/* Of n independent numbers z of <z> = 0 and |z| = 1, the mean of z, of z z (but for z2), and of z(k) z(k+1)^* is about
 * 1/sqrt(n); six times that never comes. */
static void noise_of(const char *group)
{
    const example e = {"noise", {"group", group, "time", "all", "hits", "3", NULL}};
    plaq_lattice *lattice = test_lattice(dims, 0);
    plaq_gauge *u = test_random_gauge(lattice, PLAQ_DOUBLE, 1);
    plaq_columns *b = u ? make(&e, u, PLAQ_DOUBLE, (int[]){0, 0, 0, 1}, 21) : NULL;
    plaq_sum sums[6] = {{0}};
    const double few = 6 / sqrt(3.0 * 12 * (double)plain_volume(dims));
    bool all = true;

    if (!b) return;
    for (int i = 0; i < local_sites(lattice); i++)
        for (int hit = 0; hit < 3; hit++) {
            int c[4], g[4];
            spinor v, other;

            find_site(lattice, i, c, g);
            plaq_columns_get(b, c, hit, (double *)v);
            plaq_columns_get(b, c, (hit + 1) % 3, (double *)other);
            for (int k = 0; k < 12; k++) {
                const double complex terms[3] = {v[k], v[k] * v[k],
                                                 v[k] * conj(v[(k + 1) % 12]) + v[k] * conj(other[k])};

                all = all && is_value(group, v[k]);
                for (int m = 0; m < 6; m++) plaq_sum_add(&sums[m], ((const double *)terms)[m]);
            }
        }
    plaq_sum_reduce(test_comm(), sums, 6);
    CHECK(all);
    for (int m = 0; m < 6; m++)
        if (strcmp(group, "z2") || m != 2)
            CHECK_CLOSE(plaq_sum_value(&sums[m]) / (3.0 * 12 * (double)plain_volume(dims)), 0, 2 * few);
}

static void noise_is_what_it_says(void)
{
    noise_of("z2");
    noise_of("z4");
    noise_of("u1");
}

/* The columns of all dilutions, on all slices, add up to the noise without, exactly, and at no place do two of them
 * meet. */
static void dilution_adds_up(void)
{
    static const example whole = {"noise", {"group", "u1", "time", "all", NULL}};
    static const example parts = {"noise", {"group", "u1", "spin", "true", "colour", "true", "even_odd", "true", NULL}};
    plaq_lattice *lattice = test_lattice(dims, 0);
    plaq_gauge *u = test_random_gauge(lattice, PLAQ_DOUBLE, 1);
    plaq_columns *all = u ? make(&whole, u, PLAQ_DOUBLE, (int[]){0, 0, 0, 0}, 3) : NULL;
    bool same = true, alone = true;

    if (!all) return;
    for (int t = 0; t < dims[3]; t++) {
        plaq_columns *b = make(&parts, u, PLAQ_DOUBLE, (int[]){5, 0, 0, t}, 3);

        if (!b) return;
        CHECK(plaq_columns_count(b) == 24);
        for (int i = 0; i < local_sites(lattice); i++) {
            int c[4], g[4];
            spinor v, eta, sum = {0};

            find_site(lattice, i, c, g);
            plaq_columns_get(all, c, 0, (double *)eta);
            for (int column = 0; column < 24; column++) {
                const int k = column % 12, parity = (g[0] + g[1] + g[2] + g[3]) % 2;

                plaq_columns_get(b, c, column, (double *)v);
                for (int m = 0; m < 12; m++) {
                    sum[m] += v[m];
                    if (m != k || parity != column / 12 || g[3] != t) alone = alone && v[m] == 0;
                }
            }
            for (int m = 0; m < 12; m++) same = same && sum[m] == (g[3] == t ? eta[m] : 0);
        }
    }
    CHECK(same);
    CHECK(alone);
}

/* another configuration, another seed, another hit: other noise */
static void noise_differs_by_configuration(void)
{
    static const example one = {"noise", {"group", "u1", NULL}}, other = {"noise", {"group", "u1", "seed", "2", NULL}};
    plaq_lattice *lattice = test_lattice(dims, 0);
    plaq_gauge *u = test_random_gauge(lattice, PLAQ_DOUBLE, 1);
    plaq_columns *a, *b, *c, *again;

    if (!u) return;
    a = make(&one, u, PLAQ_DOUBLE, (int[]){0, 0, 0, 1}, 3);
    b = make(&one, u, PLAQ_DOUBLE, (int[]){0, 0, 0, 1}, 4);
    c = make(&other, u, PLAQ_DOUBLE, (int[]){0, 0, 0, 1}, 3);
    again = make(&one, u, PLAQ_DOUBLE, (int[]){3, 2, 0, 1}, 3);
    if (!a || !b || !c || !again) return;
    CHECK(largest_difference(a, b) > 1);
    CHECK(largest_difference(a, c) > 1);
    CHECK(largest_difference(a, again) == 0);
}

/* ---- ranks and lanes ----------------------------------------------------------------------------------------------
 */

/* How many numbers of a spread field are not those of the same on a lattice that this rank has for itself. */
static double wrong_bits(const plaq_columns *b, const plaq_columns *whole)
{
    const plaq_lattice *lattice = plaq_columns_lattice(b);
    double wrong = plaq_columns_count(b) != plaq_columns_count(whole);

    for (int i = 0; i < local_sites(lattice); i++)
        for (int column = 0; column < plaq_columns_count(b); column++) {
            int c[4], g[4];
            spinor v, w;

            find_site(lattice, i, c, g);
            plaq_columns_get(b, c, column, (double *)v);
            plaq_columns_get(whole, g, column, (double *)w);
            wrong += memcmp(v, w, sizeof v) != 0;
        }
    plaq_reduce_max(test_comm(), &wrong, 1);
    return wrong;
}

static void compare_with_alone(int lanes, plaq_prec prec)
{
    static const int at[4] = {5, 2, 1, 3};
    plaq_lattice *lattice = test_lattice(dims, lanes), *alone = NULL;
    plaq_gauge *u = test_random_gauge(lattice, PLAQ_DOUBLE, 11), *whole = NULL;

    CHECK_STATUS(PLAQ_OK, plaq_lattice_create(plaq_comm_self(), dims, NULL, 0, &alone));
    test_later_lattice(&alone);
    whole = test_random_gauge(alone, PLAQ_DOUBLE, 11);
    for (int e = 0; e < EXAMPLES; e++) {
        plaq_columns *b = u ? make(&examples[e], u, prec, at, 9) : NULL;
        plaq_columns *w = whole ? make(&examples[e], whole, prec, at, 9) : NULL;

        CHECK(b && w);
        CHECK_SAME(wrong_bits(b, w), 0);
        if (!plaq_source_kind_find(examples[e].kind)->smear) continue;

        any_params params;
        const plaq_source_kind *kind = take(&examples[e], &params);

        fill_random(b);
        fill_random(w);
        CHECK_STATUS(PLAQ_OK, kind->smear(&params, u, b));
        CHECK_STATUS(PLAQ_OK, kind->smear(&params, whole, w));
        CHECK_SAME(wrong_bits(b, w), 0);
    }
}

static void same_bits_on_any_ranks_and_lanes(void)
{
    compare_with_alone(0, PLAQ_DOUBLE);
    compare_with_alone(1, PLAQ_DOUBLE);
    compare_with_alone(0, PLAQ_SINGLE);
    compare_with_alone(1, PLAQ_SINGLE);
}

/* An odd lattice has one set of sites. A sink is the source's smearing: on a point they are the same. */
static void sinks_of_points_are_sources(void)
{
    static const int odd[4] = {3, 5, 4, 8}, at[4] = {2, 4, 3, 5};
    plaq_lattice *lattice = test_lattice(odd, 0);
    plaq_gauge *u = test_random_gauge(lattice, PLAQ_DOUBLE, 11);

    if (!u) return;
    for (int e = 3; e < 6; e++) {
        any_params params;
        const plaq_source_kind *kind = take(&examples[e], &params);
        plaq_columns *point = make(&examples[0], u, PLAQ_DOUBLE, at, 9), *b = make(&examples[e], u, PLAQ_DOUBLE, at, 9);

        if (!kind || !point || !b) return;
        CHECK_STATUS(PLAQ_OK, kind->smear(&params, u, point));
        CHECK_SAME(largest_difference(point, b), 0);
    }
}

/* ---- places -------------------------------------------------------------------------------------------------------
 */

static void places_at_random(void)
{
    enum { N = 40, CONFIGURATIONS = 400 };
    static const int extents[4] = {3, 4, 2, 10};
    double mean[4] = {0};
    int at[N][4], again[4], same = 0;

    for (int number = 0; number < CONFIGURATIONS; number++) {
        for (int i = 0; i < N; i++) plaq_source_place((uint64_t)number, (uint64_t)i, extents, at[i]);
        for (int i = 0; i < N; i++)
            for (int mu = 0; mu < 4; mu++) {
                CHECK(at[i][mu] >= 0 && at[i][mu] < extents[mu]);
                mean[mu] += (at[i][mu] - 0.5 * (extents[mu] - 1)) / extents[mu];
            }
        for (int i = 0; i < N; i++)
            for (int j = 0; j < i; j++) same += !memcmp(at[i], at[j], sizeof at[i]);
    }
    CHECK(same == 0);
    for (int mu = 0; mu < 4; mu++) /* of 16,000, standard deviation below 1/sqrt(12 n) = 0.0023 */
        CHECK_CLOSE(mean[mu] / (N * CONFIGURATIONS), 0, 0.012);
    plaq_source_place(CONFIGURATIONS - 1, 7, extents, again);
    CHECK(!memcmp(again, at[7], sizeof again));
    plaq_source_place(CONFIGURATIONS, 7, (int[]){96, 96, 96, 192}, at[0]);
    plaq_source_place(CONFIGURATIONS + 1, 7, (int[]){96, 96, 96, 192}, at[1]);
    CHECK(memcmp(at[0], at[1], sizeof at[0]));
}

/* ---- failures -----------------------------------------------------------------------------------------------------
 */

static void what_makes_no_sense_is_refused(void)
{
    static const plaq_quark_smearing both = {PLAQ_QUARK_GAUSSIAN, .kappa = 0.2, .width = 2, .steps = 3},
                                     neither = {PLAQ_QUARK_GAUSSIAN, .steps = 3};
    plaq_lattice *lattice = test_lattice(dims, 0);
    plaq_gauge *u = test_random_gauge(lattice, PLAQ_DOUBLE, 1);
    plaq_columns *b = u ? spinors(lattice, PLAQ_DOUBLE, 12) : NULL;

    if (!b) return;
    CHECK_STATUS(PLAQ_E_USAGE, plaq_quark_smear(u, NULL, &both, 0, b));
    CHECK_MESSAGE("kappa 0.2 and width 2");
    CHECK_STATUS(PLAQ_E_USAGE, plaq_quark_smear(u, NULL, &neither, 0, b));
    CHECK_STATUS(PLAQ_E_USAGE, plaq_source_kind_find("point")->fill(NULL, NULL, (int[]){0, 4, 0, 0}, 1, b, 0));
    CHECK_MESSAGE("source at [0, 4, 0, 0], expected inside of 6 x 4 x 8 x 4");
    CHECK(!plaq_source_kind_find("pint"));
}

typedef struct {
    plaq_gauge *u;
    plaq_columns *b;
} attempt;

static plaq_status fill_and_smear(void *given)
{
    const attempt *a = given;
    any_params params;
    const plaq_source_kind *kind = take(&examples[4], &params);

    PLAQ_TRY(kind->fill(&params, a->u, (int[]){1, 1, 1, 1}, 1, a->b, 0));
    return kind->smear(&params, a->u, a->b);
}

static void faults_are_told(void)
{
    plaq_lattice *lattice = test_lattice(dims, 0);
    attempt a = {.u = test_random_gauge(lattice, PLAQ_DOUBLE, 1)};

    if (!a.u) return;
    a.b = spinors(lattice, PLAQ_DOUBLE, 12);
    if (!a.b) return;
    CHECK_FAULT_SWEEP(fill_and_smear, &a);
}

TEST_MAIN({"smearing of quarks is the plain loop", smearing_is_the_plain_loop},
          {"smearing of quarks is gauge covariant", smearing_is_covariant},
          {"smeared points on the free field in closed form", free_field_in_closed_form},
          {"Chroma's shell source, and pions with point and shell sink", shells_of_chroma},
          {"points, walls and plain Gaussians are functions of space", functions_of_space},
          {"noise has the values and moments it says", noise_is_what_it_says},
          {"dilution adds up to the whole", dilution_adds_up},
          {"noise differs by configuration and seed", noise_differs_by_configuration},
          {"sources are the same bits on any ranks and lanes", same_bits_on_any_ranks_and_lanes},
          {"sinks of points are sources, on odd lattices", sinks_of_points_are_sources},
          {"places at random", places_at_random},
          {"sources that make no sense are refused", what_makes_no_sense_is_refused},
          {"faults in sources are told by all ranks", faults_are_told})
