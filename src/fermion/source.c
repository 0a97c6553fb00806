/* Sources of quarks, the places where they stand, and the table of their kinds. Kinds of twelve columns, 3 spin +
 * colour, are a function of space times a unit vector of spin and colour:
 *
 *     point           delta(x, at)
 *     wall            exp(i p.(x - at)) on the slice of `at`, p_i = 2 pi n_i/L_i
 *     gaussian_plain  exp(-r^2/r0^2) on the slice, r the shortest distance to `at` on the torus; no links enter
 *     gaussian        delta(x, at) after Gaussian smearing; see plaq_quark_smearing
 *     jacobi          delta(x, at) after Jacobi smearing
 *
 * Noise has columns of its own, see noise_fill(). No source is normalised in any other way.
 */
#include <math.h>
#include <string.h>

#include "fermion/fermion.h"

/* ---- columns ----------------------------------------------------------------------------------------------------- */

static void global_place(const plaq_lattice *lattice, const int place[4], int g[4])
{
    for (int mu = 0; mu < 4; mu++) g[mu] = place[mu] + plaq_lattice_origin(lattice)[mu];
}

static plaq_status check(const plaq_columns *b, const int at[4], int first, int n)
{
    const int *dims = plaq_lattice_dims(plaq_columns_lattice(b));

    for (int mu = 0; mu < 4; mu++)
        if (at[mu] < 0 || at[mu] >= dims[mu])
            return plaq_fail(PLAQ_E_USAGE, "source at [%d, %d, %d, %d], expected inside of %d x %d x %d x %d", at[0],
                             at[1], at[2], at[3], dims[0], dims[1], dims[2], dims[3]);
    if (first < 0 || first + n > plaq_columns_count(b))
        return plaq_fail(PLAQ_E_INTERNAL, "source of %d columns from %d on, expected at most %d", n, first,
                         plaq_columns_count(b));
    return PLAQ_OK;
}

/* A function of space, of the way d = x - at to a site; 0 on other slices. */
typedef double complex profile(const void *params, const int dims[4], const int d[4]);

/* The twelve columns of a profile. */
static plaq_status fill_profile(profile *value, const void *params, const int at[4], plaq_columns *b, int first)
{
    const plaq_lattice *lattice = plaq_columns_lattice(b);
    const plaq_sites *p = plaq_lattice_sites(lattice);

    PLAQ_TRY(check(b, at, first, 12));
    for (int set = 0; set < p->sets; set++)
        for (int x = 0; x < p->body[set]; x++) {
            int d[4];

            global_place(lattice, p->place[set][x], d);
            for (int mu = 0; mu < 4; mu++) d[mu] -= at[mu];
            if (d[3] != 0) continue;
            for (int k = 0; k < 12; k++) {
                double complex spinor[12] = {0};

                spinor[k] = value(params, plaq_lattice_dims(lattice), d);
                plaq_columns_put(b, p->place[set][x], first + k, (const double *)spinor);
            }
        }
    return PLAQ_OK;
}

static int twelve(const void *params)
{
    (void)params;
    return 12;
}

/* ---- point ------------------------------------------------------------------------------------------------------- */

static const plaq_param point_table[] = {PLAQ_END};

static double complex point_value(const void *params, const int dims[4], const int d[4])
{
    (void)params, (void)dims;
    return d[0] == 0 && d[1] == 0 && d[2] == 0;
}

static plaq_status point_fill(const void *params, plaq_gauge *links, const int at[4], uint64_t number, plaq_columns *b,
                              int first)
{
    (void)links, (void)number;
    return fill_profile(point_value, params, at, b, first);
}

/* ---- wall -------------------------------------------------------------------------------------------------------- */

typedef struct {
    int momentum[3];
} wall;

static const plaq_param wall_table[] = {
    PLAQ_INTS(wall, momentum, "[0, 0, 0]", -10000, 10000, "2 pi/L",
              "n of the phase exp(i p.(x - at)), p_i = 2 pi n_i/L_i"),
    PLAQ_END,
};

static double complex wall_value(const void *params, const int dims[4], const int d[4])
{
    const wall *w = params;
    double turns = 0;

    for (int i = 0; i < 3; i++) turns += (double)(w->momentum[i] * d[i] % dims[i]) / dims[i];
    return cexp(I * 2 * M_PI * turns);
}

static plaq_status wall_fill(const void *params, plaq_gauge *links, const int at[4], uint64_t number, plaq_columns *b,
                             int first)
{
    (void)links, (void)number;
    return fill_profile(wall_value, params, at, b, first);
}

/* ---- a Gaussian without links ------------------------------------------------------------------------------------ */

typedef struct {
    double r0;
} plain;

static const plaq_param plain_table[] = {
    PLAQ_REAL(plain, r0, NULL, 1e-6, 1e6, "a", "of exp(-r^2/r0^2); fix the gauge first"),
    PLAQ_END,
};

static double complex plain_value(const void *params, const int dims[4], const int d[4])
{
    const plain *p = params;
    double r2 = 0;

    for (int i = 0; i < 3; i++) {
        const int way = (d[i] + dims[i]) % dims[i], shortest = way < dims[i] - way ? way : dims[i] - way;

        r2 += shortest * shortest;
    }
    return exp(-r2 / (p->r0 * p->r0));
}

static plaq_status plain_fill(const void *params, plaq_gauge *links, const int at[4], uint64_t number, plaq_columns *b,
                              int first)
{
    (void)links, (void)number;
    return fill_profile(plain_value, params, at, b, first);
}

/* ---- smeared with links ------------------------------------------------------------------------------------------ */

static const plaq_param gaussian_table[] = {
    PLAQ_REAL(plaq_quark_smearing, kappa, "0", 0, 1e6, "1", "of (1 + kappa H)/(1 + 6 kappa); or give width"),
    PLAQ_REAL(plaq_quark_smearing, width, "0", 0, 1e6, "a",
              "w of 1 + w^2/(4 steps) Delta, about exp(-r^2/w^2); or give kappa"),
    PLAQ_INT(plaq_quark_smearing, steps, NULL, 0, 100000, "1", "how often"),
    PLAQ_REALS(plaq_quark_smearing, boost, "[0, 0, 0]", -10000, 10000, "2 pi/L", "momentum of the quark"),
    PLAQ_END,
};

static const plaq_param jacobi_table[] = {
    PLAQ_REAL(plaq_quark_smearing, kappa, NULL, 0, 1e6, "1", "of the sum over n of (kappa H)^n"),
    PLAQ_INT(plaq_quark_smearing, steps, NULL, 0, 100000, "1", "largest n"),
    PLAQ_REALS(plaq_quark_smearing, boost, "[0, 0, 0]", -10000, 10000, "2 pi/L", "momentum of the quark"),
    PLAQ_END,
};

static plaq_quark_smearing gaussian_smearing(const void *params)
{
    plaq_quark_smearing how = *(const plaq_quark_smearing *)params;

    how.kind = PLAQ_QUARK_GAUSSIAN;
    return how;
}

static plaq_quark_smearing jacobi_smearing(const void *params)
{
    plaq_quark_smearing how = *(const plaq_quark_smearing *)params;

    how.kind = PLAQ_QUARK_JACOBI;
    return how;
}

/* Twelve columns from three of colour vectors: smearing does not know of spin. */
static void give_spin(const plaq_columns *colours, int t, plaq_columns *b, int first)
{
    const plaq_sites *p = plaq_lattice_sites(plaq_columns_lattice(b));
    const int origin = plaq_lattice_origin(plaq_columns_lattice(b))[3];

    for (int set = 0; set < p->sets; set++)
        for (int x = 0; x < p->body[set]; x++) {
            const int *c = p->place[set][x];

            if (c[3] + origin != t) continue;
            for (int k = 0; k < 12; k++) {
                double spinor[4][6] = {{0}};

                plaq_columns_get(colours, c, k % 3, spinor[k / 3]);
                plaq_columns_put(b, c, first + k, spinor[0]);
            }
        }
}

/* 1 in component k of column k at one global place */
static void put_units(plaq_columns *colours, const int at[4])
{
    const plaq_lattice *lattice = plaq_columns_lattice(colours);
    int c[4];

    for (int mu = 0; mu < 4; mu++) {
        c[mu] = at[mu] - plaq_lattice_origin(lattice)[mu];
        if (c[mu] < 0 || c[mu] >= plaq_lattice_local(lattice)[mu]) return;
    }
    for (int k = 0; k < 3; k++) {
        double colour[6] = {0};

        colour[2 * k] = 1;
        plaq_columns_put(colours, c, k, colour);
    }
}

static plaq_status smeared_fill(const plaq_quark_smearing *how, plaq_gauge *links, const int at[4], plaq_columns *b,
                                int first)
{
    const int lanes = plaq_columns_lanes(b) == 1 ? 1 : 0;
    plaq_columns *colours = NULL;
    plaq_status status;

    PLAQ_TRY(check(b, at, first, 12));
    PLAQ_GO(plaq_columns_create(plaq_columns_lattice(b), plaq_columns_prec(b), 3, lanes, 6, PLAQ_ALL, &colours));
    put_units(colours, at);
    PLAQ_GO(plaq_quark_smear(links, NULL, how, at[3], colours));
    give_spin(colours, at[3], b, first);
done:
    plaq_columns_destroy(&colours);
    return status;
}

static plaq_status gaussian_fill(const void *params, plaq_gauge *links, const int at[4], uint64_t number,
                                 plaq_columns *b, int first)
{
    const plaq_quark_smearing how = gaussian_smearing(params);

    (void)number;
    return smeared_fill(&how, links, at, b, first);
}

static plaq_status gaussian_smear(const void *params, plaq_gauge *links, plaq_columns *s)
{
    const plaq_quark_smearing how = gaussian_smearing(params);

    return plaq_quark_smear(links, NULL, &how, PLAQ_ALL_SLICES, s);
}

static plaq_status jacobi_fill(const void *params, plaq_gauge *links, const int at[4], uint64_t number, plaq_columns *b,
                               int first)
{
    const plaq_quark_smearing how = jacobi_smearing(params);

    (void)number;
    return smeared_fill(&how, links, at, b, first);
}

static plaq_status jacobi_smear(const void *params, plaq_gauge *links, plaq_columns *s)
{
    const plaq_quark_smearing how = jacobi_smearing(params);

    return plaq_quark_smear(links, NULL, &how, PLAQ_ALL_SLICES, s);
}

/* ---- noise ------------------------------------------------------------------------------------------------------- */

typedef enum { Z2, Z4, U1 } noise_group;
typedef enum { ONE_SLICE, ALL_SLICES } noise_time;

typedef struct {
    int group, time;
    bool spin, colour, even_odd;
    int hits;
    uint64_t seed;
} noise;

static const plaq_param noise_table[] = {
    PLAQ_CHOICE(noise, group, "z4", "z2|z4|u1", "values: 1 and -1; 1, i, -1, -i; exp(i phi)"),
    PLAQ_CHOICE(noise, time, "one", "one|all",
                "slices: the one of `at` (a position on each slice dilutes in time), or all at once"),
    PLAQ_BOOL(noise, spin, "false", "a column for each spin"),
    PLAQ_BOOL(noise, colour, "false", "a column for each colour"),
    PLAQ_BOOL(noise, even_odd, "false", "a column for sites of even and one for odd x+y+z+t"),
    PLAQ_INT(noise, hits, "1", 1, 100000, "1", "independent noise fields"),
    PLAQ_SEED(noise, seed, "1", "of the random numbers, with the configuration's number"),
    PLAQ_END,
};

static int noise_parts(const noise *n)
{
    return (n->even_odd ? 2 : 1) * (n->spin ? 4 : 1) * (n->colour ? 3 : 1);
}

static int noise_columns(const void *params)
{
    const noise *n = params;

    return n->hits * noise_parts(n);
}

static double complex noise_value(int group, double uniform)
{
    static const double complex root[4] = {1, I, -1, -I};

    if (group == Z2) return uniform < 0.5 ? 1 : -1;
    return group == Z4 ? root[(int)(4 * uniform)] : cexp(I * 2 * M_PI * uniform);
}

/* eta at a site, a function of seed, configuration number, hit and site alone */
static void draw_noise(const noise *n, uint64_t number, int hit, uint64_t site, double complex eta[12])
{
    for (int k = 0; k < 12; k += 4) {
        double uniform[4];

        plaq_random(n->seed, PLAQ_RANDOM_NOISE, number, site, (uint64_t)(3 * hit + k / 4), uniform);
        for (int i = 0; i < 4; i++) eta[k + i] = noise_value(n->group, uniform[i]);
    }
}

/* The parts of eta at one site g into their columns: even or odd, spin, colour, from the slowest on. */
static void put_noise(const noise *n, const double complex eta[12], const int g[4], const int c[4], plaq_columns *b,
                      int column)
{
    if (n->even_odd) column += (g[0] + g[1] + g[2] + g[3]) % 2 * noise_parts(n) / 2;
    for (int spin = 0; spin < (n->spin ? 4 : 1); spin++)
        for (int colour = 0; colour < (n->colour ? 3 : 1); colour++, column++) {
            double complex part[12] = {0};

            for (int k = 0; k < 12; k++)
                if ((!n->spin || k / 3 == spin) && (!n->colour || k % 3 == colour)) part[k] = eta[k];
            plaq_columns_put(b, c, column, (const double *)part);
        }
}

/* eta(x, spin, colour) with <eta eta^dagger> = 1, cut into parts that add up to it. */
static plaq_status noise_fill(const void *params, plaq_gauge *links, const int at[4], uint64_t number, plaq_columns *b,
                              int first)
{
    const noise *n = params;
    const plaq_lattice *lattice = plaq_columns_lattice(b);
    const plaq_sites *p = plaq_lattice_sites(lattice);
    const int *dims = plaq_lattice_dims(lattice);

    (void)links;
    PLAQ_TRY(check(b, at, first, noise_columns(n)));
    for (int set = 0; set < p->sets; set++)
#pragma omp parallel for schedule(static)
        for (int x = 0; x < p->body[set]; x++) {
            double complex eta[12];
            int64_t site;
            int g[4];

            global_place(lattice, p->place[set][x], g);
            if (n->time == ONE_SLICE && g[3] != at[3]) continue;
            site = g[0] + dims[0] * (g[1] + dims[1] * (g[2] + (int64_t)dims[2] * g[3]));
            for (int hit = 0; hit < n->hits; hit++) {
                draw_noise(n, number, hit, (uint64_t)site, eta);
                put_noise(n, eta, g, p->place[set][x], b, first + hit * noise_parts(n));
            }
        }
    return PLAQ_OK;
}

/* ---- the kinds --------------------------------------------------------------------------------------------------- */

static const plaq_source_kind point_kind = {
    .name = "point",
    .brief = "1 at one site, in each spin and colour",
    .params = point_table,
    .columns = twelve,
    .fill = point_fill,
};

static const plaq_source_kind wall_kind = {
    .name = "wall",
    .brief = "exp(i p.(x - at)) on a time slice, in each spin and colour; p = 0: 1 everywhere on it",
    .params_size = sizeof(wall),
    .params = wall_table,
    .columns = twelve,
    .fill = wall_fill,
};

static const plaq_source_kind plain_kind = {
    .name = "gaussian_plain",
    .brief = "exp(-r^2/r0^2) on a time slice, in each spin and colour, without links: depends on the gauge",
    .params_size = sizeof(plain),
    .params = plain_table,
    .columns = twelve,
    .fill = plain_fill,
};

static const plaq_source_kind gaussian_kind = {
    .name = "gaussian",
    .brief = "a point, [(1 + kappa H)/(1 + 6 kappa)]^steps of it (Wuppertal)",
    .reference = "S. Guesken, Nucl. Phys. B Proc. Suppl. 17 (1990) 361; boost: G. S. Bali et al., Phys. Rev. D 93 "
                 "(2016) 094515",
    .params_size = sizeof(plaq_quark_smearing),
    .params = gaussian_table,
    .columns = twelve,
    .fill = gaussian_fill,
    .smear = gaussian_smear,
};

static const plaq_source_kind jacobi_kind = {
    .name = "jacobi",
    .brief = "a point, the sum over n up to steps of (kappa H)^n of it",
    .reference = "C. R. Allton et al., Phys. Rev. D 47 (1993) 5128",
    .params_size = sizeof(plaq_quark_smearing),
    .params = jacobi_table,
    .columns = twelve,
    .fill = jacobi_fill,
    .smear = jacobi_smear,
};

static const plaq_source_kind noise_kind = {
    .name = "noise",
    .brief = "independent random numbers of magnitude 1 in all components; columns by hit, even-odd, spin, colour",
    .reference = "J. Foley et al., Comput. Phys. Commun. 172 (2005) 145 (dilution)",
    .params_size = sizeof(noise),
    .params = noise_table,
    .columns = noise_columns,
    .fill = noise_fill,
};

const plaq_source_kind *const plaq_source_kinds[] = {
    &gaussian_kind, &plain_kind, &jacobi_kind, &noise_kind, &point_kind, &wall_kind, NULL,
};

const plaq_source_kind *plaq_source_kind_find(const char *name)
{
    for (int i = 0; plaq_source_kinds[i]; i++)
        if (!strcmp(plaq_source_kinds[i]->name, name)) return plaq_source_kinds[i];
    return NULL;
}

/* ---- places ------------------------------------------------------------------------------------------------------ */

static void draw_place(uint64_t number, uint64_t draw, const int dims[4], int at[4])
{
    double uniform[4];

    plaq_random(0, PLAQ_RANDOM_POSITION, number, 0, draw, uniform);
    for (int mu = 0; mu < 4; mu++) at[mu] = (int)(uniform[mu] * dims[mu]);
}

static bool drawn_before(uint64_t number, uint64_t draw, const int dims[4], const int at[4])
{
    for (uint64_t i = 0; i < draw; i++) {
        int other[4];

        draw_place(number, i, dims, other);
        if (!memcmp(at, other, sizeof other)) return true;
    }
    return false;
}

/* The i-th of the draws that are not like an earlier one. */
void plaq_source_place(uint64_t number, uint64_t i, const int dims[4], int at[4])
{
    const uint64_t sites = (uint64_t)dims[0] * (uint64_t)dims[1] * (uint64_t)dims[2] * (uint64_t)dims[3];
    uint64_t left = i % sites + 1;

    for (uint64_t draw = 0; left > 0; draw++) {
        draw_place(number, draw, dims, at);
        if (!drawn_before(number, draw, dims, at)) left--;
    }
}
