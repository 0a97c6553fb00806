/** @file
 * Gauge fields and what is measured on them directly. Room: gauge.
 *
 * Planes are ordered xy xz yz xt yt zt. All averages are over sites; every sum is order-independent, so results are
 * the same bits on any number of ranks and threads. All ranks get the same numbers.
 */
#ifndef PLAQ_GAUGE_H
#define PLAQ_GAUGE_H

#include <complex.h>

#include "plaq/lattice.h"

/** Links U_mu(x) in SU(3), spread over the ranks of a lattice. */
typedef struct plaq_gauge plaq_gauge;

/** Makes a field with all links one. The caller owns @p *u; the lattice must outlive it. Collective. */
PLAQ_MUST_USE plaq_status plaq_gauge_create(plaq_lattice *lattice, plaq_prec prec, plaq_gauge **u);

/** A gauge field over links that are the caller's and outlive it, to measure on. Collective. */
PLAQ_MUST_USE plaq_status plaq_gauge_over(plaq_field *links, plaq_gauge **u);

/** Frees the field and sets @p *u to NULL; does nothing where it is NULL. Local. */
void plaq_gauge_destroy(plaq_gauge **u);

plaq_lattice *plaq_gauge_lattice(const plaq_gauge *u);

/** The links as a field [mu][row][column][re, im], for readers and writers. Touch it after writing. Local. */
plaq_field *plaq_gauge_links(plaq_gauge *u);

/** Zeroed doubles for what is measured, on all ranks or on none; the caller's to plaq_free. Collective. */
PLAQ_MUST_USE plaq_status plaq_gauge_numbers(const plaq_gauge *u, size_t count, double **numbers);

/** Copies the links; the two may differ in precision. Same lattice. Collective. */
PLAQ_MUST_USE plaq_status plaq_gauge_copy(const plaq_gauge *from, plaq_gauge *to);

/** All links one. Local. */
void plaq_gauge_unit(plaq_gauge *u);

/** Links independent and uniform over SU(3) (Haar measure). Local. */
void plaq_gauge_hot(plaq_gauge *u, uint64_t seed);

/** Makes rows orthonormal and the determinant one again (Gram-Schmidt, third row conj(row1 x row2)). Local. */
void plaq_gauge_reunitarise(plaq_gauge *u);

/** U_mu(x) -> g(x) U_mu(x) g(x+mu)^dagger with random g: nothing observable may change. Collective. */
PLAQ_MUST_USE plaq_status plaq_gauge_transform_random(plaq_gauge *u, uint64_t seed);

/** U_mu(x) -> U_mu(x - d): nothing averaged over the lattice may change. Collective. */
PLAQ_MUST_USE plaq_status plaq_gauge_translate(plaq_gauge *u, const int d[4]);

/** How far two fields are from each other at one place. */
typedef struct {
    int64_t site;      /**< numbered as in plaq/lattice.h; -1: none */
    int which;         /**< direction of a link 0..3, plane of a plaquette 0..5 */
    double difference; /**< NaN where one is no number */
} plaq_difference;

enum { PLAQ_DIFFERENCES_SHOWN = 8 };

/** How two fields differ, place by place. */
typedef struct {
    bool same_bits;                                  /**< every number of the one is that of the other */
    int64_t beyond;                                  /**< places that differ by more than the limit */
    plaq_difference first;                           /**< the first of them, by site, then by `which` */
    plaq_difference largest[PLAQ_DIFFERENCES_SHOWN]; /**< of all places, the largest first, those above 0 */
} plaq_differences;

/**
 * Compares the links of two fields in double precision of the same extents, over the same ranks. The difference of two
 * links is the largest of the real and imaginary parts of its elements. All ranks get the same. Collective.
 */
PLAQ_MUST_USE plaq_status plaq_gauge_compare_links(plaq_gauge *a, plaq_gauge *b, double limit, plaq_differences *d);

/** The same for (1/3) Re tr P_munu(x), which does not depend on the gauge. Collective. */
PLAQ_MUST_USE plaq_status plaq_gauge_compare_plaquettes(plaq_gauge *a, plaq_gauge *b, double limit,
                                                        plaq_differences *d);

/**
 * max |U U^dagger - 1| over all elements of all links, and max |det U - 1|. NaN where a link is. The links that are not
 * there where time is open (plaq_gauge_is_open()) do not count. Collective.
 */
PLAQ_MUST_USE plaq_status plaq_gauge_unitarity(plaq_gauge *u, double *deviation, double *determinant);

/**
 * Plaquettes (1/3) Re tr P_munu, mean over sites; 1 for the free field. Collective.
 *
 * @param[out] planes  [6]
 * @param[out] slices  [T][6], mean over the sites of a time slice; may be NULL
 */
PLAQ_MUST_USE plaq_status plaq_gauge_plaquette(plaq_gauge *u, double planes[6], double *slices);

/** Mean, spatial (xy xz yz) and temporal (xt yt zt) mean of six planes. Pure. */
void plaq_plane_means(const double planes[6], double *mean, double *spatial, double *temporal);

/** (1/3) Re tr U averaged over all links. Collective. */
PLAQ_MUST_USE plaq_status plaq_gauge_link_trace(plaq_gauge *u, double *trace);

/** (1/3) Re tr of the 2x1 rectangle, mean over sites and the 12 orientations. Collective. */
PLAQ_MUST_USE plaq_status plaq_gauge_rectangle(plaq_gauge *u, double *mean);

/** Polyakov loop (1/3) tr of the ordered product of the links along @p mu, mean over the transverse sites. Collective.
 */
PLAQ_MUST_USE plaq_status plaq_gauge_polyakov(plaq_gauge *u, int mu, double complex *loop);

/**
 * Clover energy density and topological charge of every time slice. Collective.
 *
 *     F_munu = (Q - Q^dagger)/8 made traceless, Q the sum of the four leaves,  G = -iF
 *     energy[t] = 1/V_3 sum_x sum_{mu<nu} -tr F F            (so that t^2 E = 0.3 defines t0)
 *     charge[t] = sum_x (1/(32 pi^2)) eps_{mu nu rho sigma} tr G_munu G_rhosigma,   eps_xyzt = +1
 *
 * @param[out] energy  [T], unit a^-4
 * @param[out] charge  [T]; their sum is Q
 *
 * Reference: M. Luescher, JHEP 08 (2010) 071, arXiv:1006.4518.
 */
PLAQ_MUST_USE plaq_status plaq_gauge_clover(plaq_gauge *u, double energy[], double charge[]);

/* ---- smearing ---------------------------------------------------------------------------------------------------- */

/**
 * Which matrix of SU(3) stands for any other, W = V H with V unitary and H = (W^dagger W)^(1/2). Both are found to
 * rounding, whatever W: nothing depends on a number of iterations.
 */
typedef enum {
    PLAQ_PROJECT_TRACE, /**< the one that maximises Re tr U^dagger W, globally */
    PLAQ_PROJECT_POLAR  /**< V det(V)^(-1/3), the phase of the cube root between -pi/3 and pi/3 */
} plaq_projection;

/**
 * APE: `steps` times, from the same old links everywhere,
 *
 *     U_mu(x) <- projection of (1 - alpha) U_mu(x) + alpha/(2 (D-1)) sum of the 2 (D-1) staples of U_mu(x)
 *
 * D is the number of directions: 4, or 3 for the links along x y z and the staples among these; then temporal links
 * stay. Reference: M. Albanese et al., Phys. Lett. B 192 (1987) 163.
 */
typedef struct {
    double alpha;
    plaq_projection projection;
    int directions; /**< 3 or 4 */
    int steps;
} plaq_ape;

/**
 * Stout: U <- exp(A) U with A the traceless antihermitian part of rho S U^dagger, S the sum of the 2 (D-1) staples of
 * U. Reference: C. Morningstar, M. Peardon, Phys. Rev. D 69 (2004) 054501, hep-lat/0311018.
 */
typedef struct {
    double rho;
    int directions, steps;
} plaq_stout;

/**
 * Over-improved stout: stout with S of plaquette staples and those of 2x1 rectangles,
 *
 *     S = (5 - 2 epsilon)/3 sum of the 2 (D-1) plaquette staples - (1 - epsilon)/12 sum of the 6 (D-1) rectangle
 * staples
 *
 * epsilon = 1 is stout, 0 the tree-level improved action's; below, instantons are kept.
 * Reference: P. J. Moran, D. B. Leinweber, Phys. Rev. D 77 (2008) 094501, arXiv:0801.1165: epsilon = -0.25, rho = 0.06.
 */
typedef struct {
    double rho, epsilon; /**< epsilon at most 1 */
    int directions, steps;
} plaq_over_improved;

/**
 * HYP: fat links that know of nothing outside of the hypercubes a link belongs to. With mu, nu, rho, eta all different,
 * in four dimensions, each sum over the staples named, each level projected,
 *
 *     V_mu = (1 - alpha1) U_mu + alpha1/6 sum over +-nu of C_nu;mu C_mu;nu C_nu;mu^dagger
 *     C_mu;nu = (1 - alpha2) U_mu + alpha2/4 sum over +-rho of B_rho;eta B_mu;eta B_rho;eta^dagger
 *     B_mu;eta = (1 - alpha3) U_mu + alpha3/2 sum over +-eta of U_eta U_mu U_eta^dagger
 *
 * In three, V_mu = (1 - alpha1) U_mu + alpha1/4 sum over +-nu of B_nu;eta B_mu;eta B_nu;eta^dagger, with alpha2 in B.
 * While it works, it holds six times the memory of the links, besides a copy of them.
 * Reference: A. Hasenfratz, F. Knechtli, Phys. Rev. D 64 (2001) 034504, hep-lat/0103029: alpha = 0.75, 0.6, 0.3.
 */
typedef struct {
    double alpha[3]; /**< alpha1 of the outermost level, alpha2, alpha3; the last is not used in three dimensions */
    plaq_projection projection;
    int directions, steps;
} plaq_hyp;

/**
 * HEX: HYP with each level a stout step, exp(A) U_mu with A the traceless antihermitian part of alpha/6 (4, 2) times
 * the sum of the staples times U_mu^dagger. Reference: S. Capitani, S. Duerr, C. Hoelbling, JHEP 11 (2006) 028,
 * hep-lat/0607006.
 */
typedef struct {
    double alpha[3];
    int directions, steps;
} plaq_hex;

/**
 * Smear the links in place. PLAQ_E_USAGE where a parameter is out of its range; PLAQ_E_CONVERGENCE where a sum of links
 * has no projection because it is singular or not a number, PLAQ_E_STOPPED on request (plaq_stop_check()): then @p u
 * has the links of the last step that went well. The same bits on any number of ranks and threads. Collective.
 */
PLAQ_MUST_USE plaq_status plaq_gauge_ape(plaq_gauge *u, const plaq_ape *params);
PLAQ_MUST_USE plaq_status plaq_gauge_stout(plaq_gauge *u, const plaq_stout *params);
PLAQ_MUST_USE plaq_status plaq_gauge_over_improved(plaq_gauge *u, const plaq_over_improved *params);
PLAQ_MUST_USE plaq_status plaq_gauge_hyp(plaq_gauge *u, const plaq_hyp *params);
PLAQ_MUST_USE plaq_status plaq_gauge_hex(plaq_gauge *u, const plaq_hex *params);

/* ---- updates ------------------------------------------------------------------------------------------------------
 */

/**
 * True where the time links of the last slice are all zero: open boundaries in time, as openQCD keeps them (its type
 * 0). Loops through them are missing and count as 0 in means: of plaquettes, rectangles, Polyakov loops, the link
 * trace. Of such a field clover energy, charge and tensor are zero on the first and the last slice, which do not belong
 * to the bulk. Collective.
 */
bool plaq_gauge_is_open(const plaq_gauge *u);

/**
 * Energy densities of every time slice from plaquettes, and from plaquettes and rectangles. Collective.
 *
 *     plaquette[t] = 1/V_3 sum_x sum over 6 planes of 2 Re tr (1 - P)
 *     improved[t]  = (5/3) plaquette[t] - (1/12) 1/V_3 sum_x sum over 12 orientations of 2 Re tr (1 - R)
 *
 * Loops between two slices count half in each, loops over three in the middle one; where time is open, loops in the
 * first and the last slice count half.
 *
 * @param[out] plaquette  [T], unit a^-4
 * @param[out] improved   [T], unit a^-4, without errors of order a^2 on classical fields
 *
 * Reference: M. Luescher, P. Weisz, Commun. Math. Phys. 97 (1985) 59.
 */
PLAQ_MUST_USE plaq_status plaq_gauge_energy(plaq_gauge *u, double plaquette[], double improved[]);

/**
 * Improved topological charge of every time slice, (5/3) Q_clover - (2/3) Q_rect, where Q_rect is the charge of F from
 * the eight 2x1 leaves, (R - R^dagger)/32 made traceless. Where time is open, slices 0, 1, T-2 and T-1 keep the clover
 * charge: rectangles there reach over the boundary. Collective.
 *
 * @param      clover    [T] as plaq_gauge_clover() gives it
 * @param      work      a field of 216 reals in the precision of the links, overwritten; NULL: one is made
 * @param[out] improved  [T]
 *
 * Reference: C. Alexandrou, A. Athenodorou, K. Jansen, Phys. Rev. D 92 (2015) 125014, arXiv:1509.04259.
 */
PLAQ_MUST_USE plaq_status plaq_gauge_improved_charge(plaq_gauge *u, const double clover[], plaq_field *work,
                                                     double improved[]);

/** Components of the energy-momentum tensor: U_xx U_yy U_zz U_tt U_xy U_xz U_yz U_xt U_yt U_zt and E. */
enum { PLAQ_TENSOR = 11 };

/**
 * The energy-momentum tensor from the clover field strength, means over the sites of every time slice. Collective.
 *
 *     U_munu = G^a_{mu rho} G^a_{nu rho} - (1/4) delta_munu G^a_{rho sigma} G^a_{rho sigma},
 *     E = (1/4) G^a_{rho sigma} G^a_{rho sigma}
 *
 * U is traceless. On a flowed field they make up the tensor of Yang-Mills theory.
 *
 * @param[out] slices  [T][PLAQ_TENSOR], unit a^-4
 * @param      n       [count][3], momenta p_i = 2 pi n_i / L_i
 * @param[out] modes   [T][count][PLAQ_TENSOR], the means of exp(-i p.x) times the density; unused where count is 0
 *
 * References: H. Suzuki, PTEP 2013, 083B03, arXiv:1304.0533; H. Makino, H. Suzuki, PTEP 2014, 063B02, arXiv:1403.4772.
 */
PLAQ_MUST_USE plaq_status plaq_gauge_energy_momentum(plaq_gauge *u, double slices[], int count, const int (*n)[3],
                                                     double complex modes[]);

/**
 * One sweep of heat bath over all links with the Wilson plaquette action S = -beta/3 sum Re tr P: three SU(2)
 * subgroups a link, each by Kennedy-Pendleton (Creutz where the local field is weak). Even sites before odd ones,
 * direction by direction. The same links on any number of ranks and threads. PLAQ_E_USAGE where an extent is odd:
 * then neighbours across the boundary are of one parity; and where time is open. Collective.
 *
 * @param sweep  counts all sweeps of the chain: the random numbers' step
 *
 * References: N. Cabibbo, E. Marinari, Phys. Lett. B 119 (1982) 387; A. D. Kennedy, B. J. Pendleton, Phys. Lett. B
 * 156 (1985) 393; M. Creutz, Phys. Rev. D 21 (1980) 2308.
 */
PLAQ_MUST_USE plaq_status plaq_gauge_heat_bath(plaq_gauge *u, double beta, uint64_t seed, uint64_t sweep);

/** One sweep of over-relaxation in the same subgroups and order: the action stays, the links move. Collective. */
PLAQ_MUST_USE plaq_status plaq_gauge_over_relax(plaq_gauge *u);

/* ---- flow ------------------------------------------------------------------------------------------------------- */

/** The action whose gradient a field flows along. */
typedef enum {
    PLAQ_FLOW_WILSON,   /**< plaquettes */
    PLAQ_FLOW_SYMANZIK, /**< Luescher and Weisz at tree level: 5/3 plaquettes - 1/12 rectangles */
    PLAQ_FLOW_ZEUTHEN   /**< the same, its force improved by (1 + D_mu^* D_mu / 12) */
} plaq_flow_action;

/** A gauge field on its way along the flow, with the memory that takes. */
typedef struct plaq_flow plaq_flow;

/**
 * @p u flows in place and must outlive @p *flow. With @p adaptive plaq_flow_adapt() may be used. Where time is open
 * (plaq_gauge_is_open()) openQCD's weights are used: PLAQ_E_USAGE there for another action than Wilson's, for which
 * none are known. Collective.
 */
PLAQ_MUST_USE plaq_status plaq_flow_create(plaq_gauge *u, plaq_flow_action action, bool adaptive, plaq_flow **flow);
void plaq_flow_destroy(plaq_flow **flow);

/**
 * One step of Runge-Kutta of third order,
 *
 *     dV_mu/dt = -g^2 (d_{x,mu} S) V_mu,   for the Wilson action: -[sum of the six plaquettes beginning with V_mu]_TA
 * V_mu,
 *
 * [M]_TA = (M - M^+)/2 without its trace; t in units of a^2. Collective. PLAQ_E_STOPPED, with no step made, on request
 * (plaq_stop_check()); so do the functions below.
 *
 * Reference: M. Luescher, JHEP 08 (2010) 071, arXiv:1006.4518, appendix C.
 */
PLAQ_MUST_USE plaq_status plaq_flow_step(plaq_flow *flow, double eps);

/** The longest step there is; stable ones are shorter: eps < 0.157 (Wilson), 0.094 (Symanzik), 0.141 (Zeuthen). */
#define PLAQ_FLOW_EPS_MAX 0.16

/**
 * One step as long as its error allows: the largest distance over all links between the step of third order and the one
 * of second order that the same stages hold, |V - V'|/9 with |M|^2 = sum |M_ij|^2, is at most @p tolerance. A step that
 * is not accurate enough is taken back and tried again, shorter. Only for a flow made `adaptive`. PLAQ_E_CONVERGENCE
 * where no step is short enough. Collective.
 *
 * @param         rest   the flow time still to go; the step is an equal part of it, so that no short one is left over
 * @param[in,out] eps    the longest step to try first; what to try next, taken 0.95 (tolerance / distance)^(1/3)
 * @param[out]    taken  the step that was made
 *
 * Reference: P. Fritzsch, A. Ramos, JHEP 10 (2013) 008, arXiv:1301.4388, appendix D.
 */
PLAQ_MUST_USE plaq_status plaq_flow_adapt(plaq_flow *flow, double tolerance, double rest, double *eps, double *taken);

/**
 * Flows on by @p span: in equal steps no longer than @p eps, or, where @p tolerance is not zero, by plaq_flow_adapt(),
 * which leaves the step to try next in @p *eps. Collective.
 */
PLAQ_MUST_USE plaq_status plaq_flow_on(plaq_flow *flow, double span, double tolerance, double *eps);

/** How often the force of all links was computed: three times a step, repeated ones included. Local. */
int64_t plaq_flow_forces(const plaq_flow *flow);

/** dy/dt at t[k] from numbers at t[0] < t[1] < ... (n): of the polynomial through the five points nearest in number,
 * two before and two after t[k] where there are. NaN where there is one point. Pure. */
double plaq_flow_slope(int n, const double t[], const double y[], int k);

/** Where y first comes from below to @p level: on the cubic polynomial through four points, two on each side where
 * there are. NaN where it does not. Pure. */
double plaq_flow_crossing(int n, const double t[], const double y[], double level);

#endif
