/** @file
 * Quarks: Dirac operators, solvers, sources, sinks and contractions, on many columns at once. Room: fermion.
 *
 * A spinor has 24 reals, [spin][colour][re, im], in the basis of DeGrand and Rossi, where gamma_5 = diag(1, 1, -1, -1).
 * A propagator from a point, a wall or a smeared source is twelve columns, column 3 spin + colour of the source; those
 * of several sources follow each other.
 */
#ifndef PLAQ_FERMION_H
#define PLAQ_FERMION_H

#include <complex.h>

#include "plaq/gauge.h"

enum { PLAQ_SPINOR_REALS = 24 };

/* ---- gamma matrices ---------------------------------------------------------------------------------------------- */

/** A matrix with one element in each row, i^power[s], in column[s]. */
typedef struct {
    int column[4], power[4];
} plaq_gamma_matrix;

/** gx^n0 gy^n1 gz^n2 gt^n3 with the bits of n: 0 is 1, 1 2 4 8 are gx gy gz gt, 15 is gamma_5. Pure. */
plaq_gamma_matrix plaq_gamma_of(int n);

plaq_gamma_matrix plaq_gamma_product(plaq_gamma_matrix a, plaq_gamma_matrix b); /**< a b. Pure. */
plaq_gamma_matrix plaq_gamma_dagger(plaq_gamma_matrix a);                       /**< Pure. */

/* ---- operators --------------------------------------------------------------------------------------------------- */

/**
 * The operator of a quark, for dimensionless fields,
 *
 *     M = (4 + m) - D/2 + i mu gamma_5 + c_sw C,
 *     D psi(x) = sum_mu (1 - gamma_mu) U_mu(x) psi(x+mu) + (1 + gamma_mu) U_mu(x-mu)^dagger psi(x-mu),
 *     C = (i/2) sum_{mu<nu} sigma_munu F_munu with the clover F = (Q - Q^dagger)/8 and sigma = (i/2) [gamma, gamma],
 *
 * psi(x + L_mu) = exp(i pi phase_mu) psi(x).
 *
 * References: K. G. Wilson, Phys. Rev. D 10 (1974) 2445; B. Sheikholeslami, R. Wohlert, Nucl. Phys. B 259 (1985) 572;
 * R. Frezzotti et al., JHEP 08 (2001) 058.
 */
typedef struct {
    double mass;     /**< m; of the hopping parameter, 1/(2 kappa) - 4 */
    double csw;      /**< 0: no clover term */
    bool trace;      /**< keep the trace of F, as MILC does */
    double mu;       /**< twisted mass */
    double phase[4]; /**< in units of pi: 0 periodic, 1 antiperiodic */
} plaq_action;

/** An operator on a gauge field. */
typedef struct plaq_dirac plaq_dirac;

/**
 * Makes what M needs, in both precisions. The gauge field is not needed afterwards. PLAQ_E_CONVERGENCE where the clover
 * term of an even site has no inverse, PLAQ_E_DATA where it is not a number. Collective.
 */
PLAQ_MUST_USE plaq_status plaq_dirac_create(plaq_gauge *u, const plaq_action *action, plaq_dirac **d);
void plaq_dirac_destroy(plaq_dirac **d);

/** Bytes one rank needs for an operator on @p columns columns at a time, in both precisions, on a lattice that is only
 * planned. Local. */
int64_t plaq_dirac_estimate(const int dims[4], const int grid[4], const plaq_action *action, int columns);

/** out = M in, or M^dagger in, on all sites; in and out are two fields of one precision. Collective. */
PLAQ_MUST_USE plaq_status plaq_dirac_apply(plaq_dirac *d, bool dagger, plaq_columns *in, plaq_columns *out);

/** out = D in, the hopping term alone, or D^dagger in, on all sites: M = A - D/2. Otherwise as plaq_dirac_apply(). */
PLAQ_MUST_USE plaq_status plaq_dirac_hop(plaq_dirac *d, bool dagger, plaq_columns *in, plaq_columns *out);

/**
 * What a solver sees of an operator: a linear map on a half of the sites. The precision is that of the fields.
 * A preconditioner, with low modes or on coarse lattices, is one more of these.
 */
typedef struct {
    void *self;
    plaq_half half; /**< that in and out have at least */
    plaq_status (*apply)(void *self, bool dagger, plaq_columns *in, plaq_columns *out); /**< Collective. */
} plaq_operator;

/**
 * The operator whose system is solved in the place of M x = b: M itself where the lattice has one set of sites, else
 *
 *     A_o - D_oe A_e^-1 D_eo / 4  on odd sites,    A = M + D/2.
 */
plaq_operator plaq_dirac_reduced(plaq_dirac *d);

/** rhs = b_o + D_oe A_e^-1 b_e / 2 on odd sites. @p b is left as it is. Collective. */
PLAQ_MUST_USE plaq_status plaq_dirac_reduce(plaq_dirac *d, plaq_columns *b, plaq_columns *rhs);

/** x_e = A_e^-1 (b_e + D_eo x_o / 2), where the odd sites of @p x are there. Collective. */
PLAQ_MUST_USE plaq_status plaq_dirac_complete(plaq_dirac *d, plaq_columns *b, plaq_columns *x);

/* ---- solvers ----------------------------------------------------------------------------------------------------- */

typedef enum { PLAQ_SOLVE_CG, PLAQ_SOLVE_BICGSTAB, PLAQ_SOLVE_BLOCK_CG } plaq_solver_kind;

/** How a system is solved. CG and block CG work on M^dagger M x = M^dagger b. */
typedef struct {
    plaq_solver_kind kind;
    double tolerance; /**< of |M x - b| / |b|, in each column */
    int max_iterations;
    bool mixed; /**< iterate in single precision, with residuals renewed in double */
} plaq_solver;

/** What came out of a solution: the caller's to plaq_solution_clear(), also where it failed. */
typedef struct {
    int columns;
    double *residual; /**< [columns]: |M x - b| / |b|, from M x in double at the end; 0 where b is 0 */
    int iterations;   /**< until the last column was done */
    int applications; /**< of the operator or its adjoint, in either precision */
    int history;      /**< entries of the next: the largest relative residual at each renewal */
    double *largest;  /**< [history] */
    bool converged;   /**< all residuals are at most the tolerance */
    char why[128];    /**< words where it did not: "stagnated", "broke down", "not within 1000 iterations" */
} plaq_solution;

void plaq_solution_clear(plaq_solution *s);

/**
 * Solves op x = b for all columns; @p x holds the first guess (zeros will do). PLAQ_OK also where it does not converge:
 * the solution says so. Collective.
 */
PLAQ_MUST_USE plaq_status plaq_solve(const plaq_operator *op, const plaq_solver *how, plaq_columns *b, plaq_columns *x,
                                     plaq_solution *solution);

/** Bytes on a rank that plaq_dirac_solve() takes beside b, x and the operator while it runs, on a lattice that is only
 * planned. Local. */
int64_t plaq_solver_estimate(const int dims[4], const int grid[4], const plaq_solver *how, int columns, int lanes);

/**
 * Solves M x = b on all sites, with residuals of M itself. PLAQ_E_CONVERGENCE, naming the residual and how it went,
 * where a column does not converge; x is then no solution. Fields in double. Collective.
 */
PLAQ_MUST_USE plaq_status plaq_dirac_solve(plaq_dirac *d, const plaq_solver *how, plaq_columns *b, plaq_columns *x,
                                           plaq_solution *solution);

/* ---- smearing of quarks ------------------------------------------------------------------------------------------ */

typedef enum { PLAQ_QUARK_GAUSSIAN, PLAQ_QUARK_JACOBI } plaq_quark_smearing_kind;

/**
 * Smearing of a quark field within each time slice. With the hopping term in space and N steps,
 *
 *     H psi(x) = sum_{i = x,y,z} exp(-i p_i) U_i(x) psi(x+i) + exp(i p_i) U_i(x-i)^dagger psi(x-i),
 *
 *     Gaussian:  psi <- [(1 + kappa H)/(1 + 6 kappa)]^N psi = (1 + s Delta)^N psi,   s = kappa/(1 + 6 kappa),
 *     Jacobi:    psi <- sum_{n=0}^N (kappa H)^n psi,
 *
 * Delta = H - 6. The Gaussian may be told by its width w instead of kappa: s = w^2/(4 N), so that it goes to
 * exp(w^2 Delta/4) for large N, on the free field a wave function exp(-r^2/w^2). Nothing is normalised afterwards; on
 * the free field a Gaussian leaves the sum over the slice as it is.
 *
 * The boost p_i = 2 pi boost_i/L_i, any real number, is the momentum of the quark: on the free field the wave function
 * gets a factor exp(i p.(x - x_0)), with sink and source alike. A meson of momentum P has quark and antiquark line
 * boosted by P/2 and, since the antiquark's line is daggered, -P/2.
 *
 * References: S. Guesken, Nucl. Phys. B Proc. Suppl. 17 (1990) 361; C. R. Allton et al., Phys. Rev. D 47 (1993) 5128;
 * G. S. Bali et al., Phys. Rev. D 93 (2016) 094515, arXiv:1602.05525 (their k is our -p).
 */
typedef struct {
    plaq_quark_smearing_kind kind;
    double kappa;
    double width; /**< in units of a, of a Gaussian; either this or kappa is 0 */
    int steps;
    double boost[3]; /**< in units of 2 pi/L_i */
} plaq_quark_smearing;

enum { PLAQ_ALL_SLICES = -1 };

/**
 * Smears all columns, of spinors or of colour vectors (6 reals), on one global time slice or on PLAQ_ALL_SLICES; other
 * slices are neither read nor written. PLAQ_E_USAGE where the parameters make no sense. The same bits on any number of
 * ranks. Collective.
 *
 * @param u      its links, which may be smeared ones
 * @param phase  of the quark at the boundary (plaq_action), in space; NULL: periodic
 */
PLAQ_MUST_USE plaq_status plaq_quark_smear(plaq_gauge *u, const double phase[4], const plaq_quark_smearing *how, int t,
                                           plaq_columns *f);

/* ---- sources and sinks ------------------------------------------------------------------------------------------ */

/**
 * What a kind of source is: one row of the list in src/fermion/source.c. Where a source stands, `at`, is not among its
 * parameters; kinds that smear can be sinks too. Twelve columns are 3 spin + colour: 1 in this component, times a
 * function of space. All are the same bits on any number of ranks.
 */
typedef struct {
    const char *name;
    const char *brief;     /**< one line, with the normalisation */
    const char *reference; /**< the paper, or NULL */
    size_t params_size;
    const plaq_param *params;
    int (*columns)(const void *params); /**< of one position: 12, or what dilution makes of it */
    /** Sets columns [first, first + columns) of @p b, spinors that are zero before. @p links is the gauge field of
     * smearing, NULL where there is none; it is taken as periodic in space. @p at: a wall and noise take their time
     * slice from it. @p number tells configurations apart, for noise. Collective. */
    plaq_status (*fill)(const void *params, plaq_gauge *links, const int at[4], uint64_t number, plaq_columns *b,
                        int first);
    /** Smears all columns on all slices, as a sink; NULL where the kind does not smear. Collective. */
    plaq_status (*smear)(const void *params, plaq_gauge *links, plaq_columns *s);
} plaq_source_kind;

extern const plaq_source_kind *const plaq_source_kinds[]; /**< by name, NULL-terminated */

const plaq_source_kind *plaq_source_kind_find(const char *name); /**< or NULL */

/** Position @p i of those drawn at random for a configuration, the same on any rank: uniform over the lattice, and
 * distinct for different i below the number of sites. Pure. */
void plaq_source_place(uint64_t number, uint64_t i, const int dims[4], int at[4]);

/* ---- contractions ------------------------------------------------------------------------------------------------ */

/** A quark from one source: its propagator S(x), twelve columns of a field on all sites, from column `first` on, which
 * is a multiple of 12. */
typedef struct {
    const plaq_columns *columns;
    int first;
    double phase[4]; /**< of its action */
} plaq_quark;

/** How Fourier sums are made; the results agree to rounding. */
typedef enum { PLAQ_SUM_CHEAPER, PLAQ_SUM_PHASES, PLAQ_SUM_FFT } plaq_sum_by;

/**
 * Correlators at momenta and times from their source x_s,
 *
 *     C(p, t) = sum_x exp(-i p.(x - x_s)) C(x, t_s + t),    p_i = 2 pi n_i / L_i,    t from 0 to T - 1.
 *
 * They are those of a source at the origin, moved: at times past the end of the lattice C(x, t - T) is multiplied by
 * the boundary phases of its quarks, -1 for a baryon of three antiperiodic ones. Where quarks of different phases make
 * C(x) itself change by exp(i pi phase_i) around the lattice, p_i is (2 pi n_i + pi phase_i) / L_i.
 */
typedef struct {
    int source[4]; /**< x_s */
    int count;
    const int (*n)[3]; /**< [count], of plaq_momenta() or any others */
    plaq_sum_by by;
} plaq_momentum_sums;

/** The way that takes less time for so many values (pairs of mesons, 16 of a baryon), from operations counted. Pure. */
plaq_sum_by plaq_momentum_sums_cheaper(const int dims[4], const int grid[4], int values, int count, const int (*n)[3]);

/** Bytes a rank needs meanwhile, beside propagators and results. Pure. */
int64_t plaq_momentum_sums_bytes(const int dims[4], const int grid[4], int values, int count, const int (*n)[3],
                                 plaq_sum_by by);

/** Gamma matrices at the sink and at the source of a meson, by their numbers in plaq_gamma_of(). */
typedef struct {
    int sink, source;
} plaq_meson;

/** A number of the table of mesons that has a name of its own. */
typedef struct {
    const char *name;
    plaq_meson meson;
    int sign; /**< times C of the meson */
} plaq_named_meson;

/** <A_4 P>, <P P> and <A_4 A_4> of P = psibar gamma_5 psi and A_4 = psibar gamma_t gamma_5 psi; gamma_t gamma_5 is
 * minus the product 7. The mass of PCAC is (C_AP(t+1) - C_AP(t-1)) / (4 C_PP(t)). */
extern const plaq_named_meson plaq_pcac[3];

/**
 * Mesons, for pairs of gamma matrices,
 *
 *     C(x) = tr[ G_sink S1(x) G_source gamma_5 S2(x)^dagger gamma_5 ]
 *          = - < psibar_2 G_sink psi_1 (x)  psibar_1 G_source psi_2 (x_s) >,
 *
 * so that the pion, G = gamma_5 twice, is sum |S|^2. Chroma's numbers are those with both G equal.
 *
 * @param      q1,q2  from the same source, fields of one precision and width
 * @param[out] c      [pairs][p->count][T]
 */
PLAQ_MUST_USE plaq_status plaq_mesons(const plaq_quark *q1, const plaq_quark *q2, int pairs, const plaq_meson pair[],
                                      const plaq_momentum_sums *p, double complex c[]);

/** C(x) itself at all sites, boundary phases as they are, into a field in double of 2 @p pairs reals, [pair][re, im].
 * Collective. */
PLAQ_MUST_USE plaq_status plaq_meson_field(const plaq_quark *q1, const plaq_quark *q2, int pairs,
                                           const plaq_meson pair[], plaq_field *c);

/**
 * A term of a baryon's field, B_s = weight eps_ijk (a_i^T C G b_j) (c_k)_s with C = gamma_y gamma_t: its quarks a, b, c
 * by their place in a list, and G by its number in plaq_gamma_of().
 */
typedef struct {
    double weight;
    int quark[3];
    int gamma;
} plaq_baryon_term;

enum { PLAQ_BARYON_TERMS = 3 };

/** The fields of a baryon in the way of Leinweber, Woloshyn and Draper (Phys. Rev. D 43 (1991) 1659, D 46 (1992)
 * 3067). Quarks are u, d, s: 0, 1, 2. Spin 3/2 has a direction: gamma_x in the table stands for any of three. */
typedef struct {
    const char *name, *field; /**< field: in words */
    bool vector;              /**< spin 3/2 */
    int terms;
    plaq_baryon_term term[PLAQ_BARYON_TERMS];
} plaq_baryon;

/** nucleon, lambda, sigma, xi, delta, sigma_star, xi_star, omega; ends with a name of NULL. */
extern const plaq_baryon plaq_baryons[];

/** The baryon of that name, NULL where there is none. */
const plaq_baryon *plaq_baryon_find(const char *name);

/**
 * Two-point functions of baryons, all spins open,
 *
 *     C_ss'(x) = < B_s(x) Bbar_s'(x_s) >,    Bbar = B'^dagger gamma_t,
 *
 * of the fields B at the sink and B' at the source, which are sums of terms; the sum goes over all contractions of
 * quarks with the same number.
 *
 * @param      quark  that terms mention by number, from the same source, fields of one precision and width
 * @param[out] c      [s][s'][p->count][T]
 */
PLAQ_MUST_USE plaq_status plaq_baryon_spins(const plaq_quark quark[], int sinks, const plaq_baryon_term sink[],
                                            int sources, const plaq_baryon_term source[], const plaq_momentum_sums *p,
                                            double complex c[]);

/** C(x) itself at all sites, boundary phases as they are, into a field in double of 32 reals, [s][s'][re, im].
 * Collective. */
PLAQ_MUST_USE plaq_status plaq_baryon_field(const plaq_quark quark[], int sinks, const plaq_baryon_term sink[],
                                            int sources, const plaq_baryon_term source[], plaq_field *c);

/**
 * tr[ (1 + gamma_t)/2 C ] and tr[ (1 - gamma_t)/2 C ]: states of positive and of negative parity, forward in time; of
 * spin 3/2, the mean over the three directions, equal at sink and source. The proton with one quark for u and d is
 * Chroma's number 9.
 *
 * @param      uds  the quarks u, d, s; those that are not of this baryon are not looked at
 * @param[out] c    [+, -][p->count][T]
 */
PLAQ_MUST_USE plaq_status plaq_baryon_parities(const plaq_baryon *baryon, const plaq_quark uds[3],
                                               const plaq_momentum_sums *p, double complex c[]);

#endif
