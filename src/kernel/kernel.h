/* The kernels: plain arrays in, plain arrays out; no MPI, no allocation, no I/O, no globals.
 *
 * Fields are [site][reals][lanes] of float or double, passed as void * through one table a precision and lane count.
 * Densities go out as doubles [site][values][lanes] for the range of vector sites asked for, to be summed exactly by
 * the caller. nb is the layout's neighbour table.
 */
#ifndef PLAQ_KERNEL_H
#define PLAQ_KERNEL_H

#include "plaq/base.h"

/* Links in, densities out: double [site][values][lanes] for the sites begin <= x < end. How many values a site, and
 * their formulas, stand in the kernel's file. */
typedef void plaq_density_kernel(const void *links, const int (*nb)[8], int begin, int end, double *density);

/* An update of the links of one direction and parity: where sites lie, and what the random numbers depend on. */
typedef struct {
    const int (*nb)[8];
    const int (*place)[4];
    const int64_t *site, *lane_site; /* global site number of lane 0, and what other lanes add */
    int parity;                      /* of place[x] for sites of the wanted parity in lane 0 */
    uint32_t odd_lanes;              /* bit l: the parity in lane l is the opposite of lane 0's */
    double beta;
    uint64_t seed, sweep;
} plaq_update;

typedef void plaq_update_kernel(void *links, const plaq_update *update, int mu, int begin, int end);

/* A stage of a Runge-Kutta step of the flow: A' = alpha F + beta A, U' = exp(gamma A') U. */
typedef struct {
    double alpha, beta, gamma;
    int terms;             /* of the exponential, by plaq_exponential_terms() */
    const void *before;    /* A, [site][4][8]; NULL: zero */
    void *after;           /* A', which may be where A is; NULL: not kept */
    const int (*place)[4]; /* of the layout */
    bool zeuthen;          /* the force is to be improved by (1 + D^* D / 12) */
    const void *weight;    /* real [block t][lanes] of the temporal plaquettes of spatial links; NULL: all one */
} plaq_flow_stage;

/* How a link takes in its staples, and with which weights; what a smearing does with it stands in smear.prec.c. */
typedef enum { PLAQ_BLEND_TRACE, PLAQ_BLEND_POLAR, PLAQ_BLEND_EXPONENTIAL } plaq_blend;

typedef struct {
    const int (*nb)[8];
    int directions; /* smeared: 3, the spatial ones, or 4 */
    plaq_blend blend;
    double keep, weight; /* of the link itself (but in an exponential), of each staple */
    double rectangle;    /* of each rectangle staple, relative to that */
    int terms;           /* of the exponential's series */
} plaq_smear;

/* From links, and from the given matrices made of them, to smeared matrices on the sites begin <= x < end. Returns how
 * many could not be projected. */
typedef int64_t plaq_smear_kernel(const void *links, const void *given, const plaq_smear *smear, int begin, int end,
                                  void *smeared);

/* A matrix on every site that does not mix chiralities: a number re + i im gamma_5; two hermitian blocks of 6 x 6, i im
 * gamma_5 added, [site][2] of 6 diagonal reals and 15 elements [re, im] below the diagonal, row by row; two blocks of
 * any kind, [site][2][6][6][re, im]. Rows are 3 (spin mod 2) + colour. */
typedef enum { PLAQ_SITE_NUMBER, PLAQ_SITE_HERMITIAN, PLAQ_SITE_FULL } plaq_site_form;

enum { PLAQ_HERMITIAN_REALS = 2 * 36, PLAQ_FULL_REALS = 2 * 72 };

typedef struct {
    plaq_site_form form;
    const void *blocks; /* of the set */
    double re, im;
    bool dagger;
} plaq_site_matrix;

/* What is to be done with the hopping term of a set of sites: out = A y + scale D in, or A (y + scale D in). */
typedef struct {
    const int (*nb)[8];
    const void *links, *links_there; /* [site][4][3][3][2] of the set, and of the set of its neighbours */
    bool dagger;                     /* of D */
    double scale;
    plaq_site_matrix matrix;
    bool on_sum; /* the second form; y may then be NULL: nothing */
    bool past;   /* out is written past the caches */
    bool edge;   /* the sites may have neighbours on other ranks */
    int body; /* neighbours from here on are other ranks': of those in direction k, only what (1 -+ gamma_mu) leaves */
    const void *halo[8]; /* is here, spins 0 and 1 [site][2][3][2][lanes], from the neighbour halo_first[k] on */
    int halo_first[8];
} plaq_hop;

enum { PLAQ_HALF_REALS = 12 }; /* of such a half of a spinor */

enum { PLAQ_MIX_COLUMNS = 64 }; /* at most, with those that fill up a block */

/* A step of the smearing of columns of colour vectors, `spins` of them a site, on the sites named, all of one set. */
typedef struct {
    const int (*nb)[8];
    const int *site;
    const void *links, *links_there; /* [site][4][3][3][2] of the set, and of the set of its neighbours */
    int spins;                       /* 1 or 4 */
    double keep, weight;
} plaq_spread;

typedef struct {
    int lanes;

    plaq_density_kernel *plaquette;       /* [6] */
    plaq_density_kernel *link_trace;      /* [1] */
    plaq_density_kernel *rectangle;       /* [3] */
    plaq_density_kernel *clover;          /* [2] */
    plaq_density_kernel *energy_momentum; /* [11] */
    plaq_density_kernel *unitarity; /* [4]: max |m m^dagger - 1|, |det m - 1| of spatial links, of the time link */

    plaq_update_kernel *heat_bath, *over_relax;

    /* links to moved, another field */
    void (*flow_wilson)(const void *links, const int (*nb)[8], int begin, int end, const plaq_flow_stage *stage,
                        void *moved);

    /* Improved actions, one after the other: the loops around each site, [site][16][8], and those of them that its
     * force begins with, [site][4][8]; in their place the force alpha F, with the loops of neighbours; the new links.
     */
    void (*flow_loops)(const void *links, const int (*nb)[8], int begin, int end, void *force, void *loops);
    void (*flow_force)(const void *links, const void *loops, const int (*nb)[8], int begin, int end, double alpha,
                       void *force);
    void (*flow_advance)(const void *links, const void *force, const int (*nb)[8], int begin, int end,
                         const plaq_flow_stage *stage, void *moved);

    /* the largest sum over elements of |difference|^2 between the links moved by a step of third order and by the one
     * of second order that is in its stages: links before the step, A of its first two stages. NaN where one is. */
    double (*flow_distance)(const void *start, const void *moved, const void *kept0, const void *kept1, int terms,
                            int begin, int end);

    plaq_smear_kernel *smear, *smear_rectangles, *hyp_inner, *hyp_middle, *hyp_outer;

    void (*unit)(void *matrices, int per_site, int begin, int end); /* [site][per_site] ones */
    void (*reunitarise)(void *links, int begin, int end);

    /* random SU(3) matrices [site][per_site] by the Haar measure */
    void (*random)(void *matrices, int per_site, const int64_t *site, const int64_t *lane_site, uint64_t seed,
                   plaq_random_purpose purpose, int begin, int end);

    /* U_mu(x) = g(x) U_mu(x) g(x+mu)^dagger, g one matrix a site with its halo */
    void (*transform)(void *links, const void *matrices, const int (*nb)[8], int begin, int end);

    /* running[k] *= U_mu(x) U_mu(x+mu) ... (length factors) from x = first[k] on, for n lines; afterwards lane l takes
     * lane from[l] */
    void (*line)(const void *links, const int (*nb)[8], int mu, int length, int n, const int *first, const int *from,
                 void *running);

    /* [site][12] sums of plaquette staples: mu * 3 + (nu < mu ? nu : nu - 1) */
    void (*plane_staples)(const void *links, const int (*nb)[8], int begin, int end, void *staples);

    /* density[x][lanes]: topological charge by rectangles, from links and their plane_staples */
    void (*rectangle_charge)(const void *links, const void *staples, const int (*nb)[8], int begin, int end,
                             double *density);

    /* density[k][re, im][lanes] = (1/3) tr running[k] */
    void (*line_trace)(const void *running, int n, double *density);

    /* halo[i] = body[source[i]] with lanes permuted: lane l takes lane from[l]; `count` reals from `first` of `reals`
     */
    void (*halo_fill)(void *field, int reals, int first, int count, int halo, int n, const int *source,
                      const int *from);

    /* buffer[i][k][j] = field[source[i]][first + k] in lane lanes[j], for n sites and m lanes; and back */
    void (*halo_pack)(const void *field, int reals, int first, int count, int n, const int *source, int m,
                      const int *lanes, void *buffer);
    void (*halo_unpack)(void *field, int reals, int first, int count, int halo, int n, int m, const int *lanes,
                        const void *buffer);

    /* links of n vector sites site[i] from bytes and back: lane l's sites follow each other from line[l] on, each
     * [4][rows][3][2] numbers of a precision and, where swap, not in the host's byte order */
    void (*links_load)(void *field, int n, const int *site, const void *const line[], plaq_prec prec, bool swap,
                       int rows);
    void (*links_store)(const void *field, int n, const int *site, void *const line[], plaq_prec prec, bool swap);

    /* strength[x][6][9]: F with its trace in the planes xy xz yz xt yt zt */
    void (*clover_term)(const void *links, const int (*nb)[8], int begin, int end, void *strength);

    /* spinors [site][24][lanes] of as many columns as there are lanes; neither out nor y is in, but out may be y */
    void (*hop)(const plaq_hop *hop, const void *in, const void *y, int begin, int end, void *out);
    /* halves [n] for those who see the n sites in direction k */
    void (*hop_halves)(int k, bool dagger, const void *in, const int *sites, int n, void *halves);
    void (*site_matrix)(const plaq_site_matrix *matrix, const void *in, int begin, int end, void *out);

    /* columns.prec.c, on n complex numbers of a block of columns: y += a x, y = x + a y; sums += |x|^2, x^dagger y */
    void (*columns_axpy)(int n, const void *a, const void *x, void *y);
    void (*columns_xpay)(int n, const void *a, const void *x, void *y);
    void (*columns_norm)(int n, const void *x, double *sum);
    void (*columns_dot)(int n, const void *x, const void *y, double *sum);

    /* sum[k] += x_k^dagger y for the first `columns` of the block x; y = x c, or y += x c, for the first `columns` of
     * all blocks x[] and all blocks y[], which may be x[]: c is [block of y][column of x] */
    void (*columns_gram)(int n, int columns, const void *x, const void *y, double *sum);
    void (*columns_mix)(int n, int columns, int blocks, const void *const x[], const void *c, bool add,
                        void *const y[]);

    /* out(x) = keep base(x) + weight H in(x), x = site[i], begin <= i < end; H stands in laplacian.prec.c. All three
     * are [site][spins][3][2][lanes] of as many columns as there are lanes; in is on the set of neighbours. */
    void (*spread)(const plaq_spread *s, const void *in, const void *base, int begin, int end, void *out);

    /* Propagators at one site: where each of twelve columns begins, its reals `lanes` apart; a number for each of
     * 16 x 16 pairs of spins, double [re, im][16][16]. Formulas stand in the kernels' files. */
    void (*meson_tensor)(const void *const q1[12], const void *const q2[12], double *tensor);
    void (*baryon_tensor)(const void *const q1[12], const void *const q2[12], const void *const q3[12],
                          const int column[4], const int power[4], double *tensor);

    /* limits of the machine: 32 lanes flops a turn in registers; a read and a copy of n vectors of `lanes` reals */
    double (*multiply_add)(int64_t turns);
    double (*stream_read)(const void *memory, int64_t n);
    void (*stream_copy)(void *to, const void *from, int64_t n);
} plaq_kernels;

enum { PLAQ_EXPONENTIAL_MAX = 48 };

/** Powers of the series of exp X after which, for all X with eigenvalues of magnitude up to @p bound, what is left away
 * is below the rounding of a link; -1 where PLAQ_EXPONENTIAL_MAX are not enough (bounds of 8 and more). Pure. */
int plaq_exponential_terms(double bound, plaq_prec prec);

/** The kernels for a precision and a lane count; NULL where this build has none. */
const plaq_kernels *plaq_kernels_of(plaq_prec prec, int lanes);

#endif
