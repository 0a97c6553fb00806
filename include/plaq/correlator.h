/** @file
 * What is made from correlators, flows and loops: folding, effective masses, PCAC and decay constants, GEVP, flow
 * scales, topology, static potential, dispersion relation. Room: analysis. See analysis.h.
 *
 * Each maker fills a plaq_function with its exact jacobian and allocates its context: plaq_quantity_destroy frees it.
 * What they are given is copied. A maker's parameters that do not fit are PLAQ_E_USAGE; numbers for which a quantity
 * has no value are PLAQ_E_DATA and name the time. Such a failure is one of the whole function: callers that plot ask
 * for one time at a time.
 */
#ifndef PLAQ_CORRELATOR_H
#define PLAQ_CORRELATOR_H

#include "plaq/analysis.h"

/** A function that owns its context. */
typedef struct {
    plaq_function f;
    void *context; /**< owned */
} plaq_quantity;
void plaq_quantity_destroy(plaq_quantity *quantity);

/* ---- linear combinations ---- */

/** out = matrix in; @p matrix [out][in]. */
PLAQ_MUST_USE plaq_status plaq_linear(size_t in, size_t out, const double matrix[], plaq_quantity *quantity);

/** C(t) of t = 0 .. T-1 to t = 0 .. T/2: (C(t) + sign C(T - t))/2 with C(T) = C(0); sign +1 or -1. An odd correlator
 * is 0 at t = 0 and, where T is even, at T/2. */
PLAQ_MUST_USE plaq_status plaq_fold(size_t extent, int sign, plaq_quantity *out);

/** Mean of numbers with constant weights, sum w y / sum w: a plateau of errors sigma has w = 1/sigma^2. */
PLAQ_MUST_USE plaq_status plaq_weighted_mean(size_t points, const double weight[], plaq_quantity *out);

/** v^T C(t) w of C[points][operators][operators]; @p left v and @p right w, [operators], are constants. */
PLAQ_MUST_USE plaq_status plaq_project(size_t points, size_t operators, const double left[], const double right[],
                                       plaq_quantity *out);

/* ---- masses ---- */

typedef enum {
    PLAQ_MASS_LOG,    /**< ln C(t)/C(t+1) */
    PLAQ_MASS_COSH,   /**< the m that solves cosh(m (t - T/2)) / cosh(m (t + 1 - T/2)) = C(t)/C(t+1) */
    PLAQ_MASS_SINH,   /**< the same with sinh */
    PLAQ_MASS_ARCCOSH /**< arcosh (C(t-1) + C(t+1)) / (2 C(t)) */
} plaq_mass_kind;

/**
 * Effective masses of C(t), t = first .. first + points - 1 of period T. @p shift s > 0 takes C(t) - C(t + s) first,
 * which removes a constant: of an even correlator that is an odd one about T/2 - s/2, and so `cosh` solves with sinh
 * about there, `sinh` with cosh. The first mass is at t = first, that of `arccosh` at first + 1; there are
 * points - s - 1 of them, of `arccosh` points - s - 2. The period counts for cosh and sinh alone.
 */
PLAQ_MUST_USE plaq_status plaq_effective_mass(plaq_mass_kind kind, size_t points, int first, double period, int shift,
                                              plaq_quantity *out);

/**
 * Bare current quark mass of A(t) and then P(t), both t = first .. first + points - 1, at first + 1 .. first + points -
 * 2:
 *
 *     m(t) = [(A(t+1) - A(t-1))/2 + c_A (P(t+1) - 2 P(t) + P(t-1))] / (2 P(t))
 *
 * A and P are AP and PP of the observable `pcac`, or f_A and f_P of the Schroedinger functional: a factor common to
 * both drops out, and in both the sign is that of d_0 A_0 = 2 m P. @p c_a 0: not improved.
 *
 * Reference: M. Luescher et al., Nucl. Phys. B 478 (1996) 365, hep-lat/9605038.
 */
PLAQ_MUST_USE plaq_status plaq_pcac_mass(size_t points, int first, double c_a, plaq_quantity *out);

/** Which numbers a decay constant is made from. */
typedef enum {
    PLAQ_DECAY_AP, /**< m, a_PP, a_AP:  f = sqrt(2/m) |a_AP| / sqrt(a_PP) */
    PLAQ_DECAY_PP  /**< m, a_PP, quark mass:  f = 2 m_q sqrt(2 a_PP / m^3), by the PCAC relation */
} plaq_decay_kind;

/**
 * Bare decay constant f of three numbers, <0|A_4|pi> = m f (130 MeV for the pion): no Z_A, no c_A. The correlators are
 * a_PP [exp(-m t) + exp(-m (T - t))] and a_AP [exp(-m t) - exp(-m (T - t))] as `pcac` measures them, summed over space
 * at the sink. With smeared sources a_PP of PLAQ_DECAY_AP has the smearing at both ends, a_AP at its source.
 */
PLAQ_MUST_USE plaq_status plaq_decay_constant(plaq_decay_kind kind, plaq_quantity *out);

/* ---- GEVP ---- */

/** Which t0 goes with t. */
typedef enum {
    PLAQ_GEVP_FIXED,  /**< t0 = parameter */
    PLAQ_GEVP_MOVING, /**< t0 = t - parameter */
    PLAQ_GEVP_HALF    /**< t0 = t/2, rounded up: t0 >= t/2 makes corrections to E_n fall with the gap to the first state
                           that is not in the basis (Blossier et al., 0902.1265) */
} plaq_gevp_t0;

typedef enum {
    PLAQ_GEVP_BY_VALUE,  /**< the largest eigenvalue first */
    PLAQ_GEVP_BY_VECTORS /**< as at a reference time: state n is the one whose vector overlaps most with it there */
} plaq_gevp_order;

typedef enum {
    PLAQ_GEVP_VALUES,   /**< lambda_n(t, t0), out [states][times] */
    PLAQ_GEVP_ENERGIES, /**< ln lambda_n(t, t0)/lambda_n(t+1, t0) with the t0 of t, out [states][times] */
    PLAQ_GEVP_VECTORS   /**< v_n(t, t0), out [states][times][operators] */
} plaq_gevp_output;

/**
 * C(t) v_n = lambda_n C(t0) v_n of correlators C[points][operators][operators], made symmetric, (C + C^T)/2. Vectors
 * are normalised to v^T C(t0) v = 1; their largest component, as |v_i| sqrt(C_ii(t0)), is positive.
 */
typedef struct {
    size_t operators;
    size_t points;
    int first; /**< C at t = first .. first + points - 1 */
    int from;  /**< solved at t = from .. from + times - 1, all after their t0 */
    size_t times;
    size_t states; /**< the first so many; 0: all */
    plaq_gevp_t0 t0_kind;
    int t0;
    plaq_gevp_order order;
    int reference; /**< t of PLAQ_GEVP_BY_VECTORS, where states are by their eigenvalues */
} plaq_gevp;

/** PLAQ_E_DATA where C(t0) is not positive, or an eigenvalue is not that goes into an energy. Reference: M. Luescher,
 * U. Wolff, Nucl. Phys. B 339 (1990) 222. */
PLAQ_MUST_USE plaq_status plaq_gevp_quantity(const plaq_gevp *gevp, plaq_gevp_output output, plaq_quantity *out);

/* ---- gradient flow and topology ---- */

/** t^2 E of E at flow times t[points]. */
PLAQ_MUST_USE plaq_status plaq_flow_t2e(size_t points, const double t[], plaq_quantity *out);

/** W = t d(t^2 E)/dt of t^2 E at flow times t[points], by the polynomial through the nearest @p stencil (2 to 7) of
 * them: 5 as the observable `flow`. 3 on equal steps is the symmetric difference, but at the ends. */
PLAQ_MUST_USE plaq_status plaq_flow_w(size_t points, const double t[], int stencil, plaq_quantity *out);

typedef enum {
    PLAQ_CROSSING_LINEAR, /**< the line through the two points around it */
    PLAQ_CROSSING_CUBIC,  /**< the polynomial through four points around it, as the observable `flow` */
    PLAQ_CROSSING_FIT /**< a straight line fitted to 2 range points around it, weighted by their errors, as pyerrors */
} plaq_crossing_kind;

/** Where y, of points t ascending, first comes to a level from below. */
typedef struct {
    size_t points;
    const double *t;
    double level; /**< 0.3 of t0 and w0 */
    plaq_crossing_kind kind;
    int range;           /**< of PLAQ_CROSSING_FIT: points on either side */
    const double *error; /**< of PLAQ_CROSSING_FIT: [points], constants; NULL: all alike */
    bool root;           /**< the square root of the crossing: w0 of W */
} plaq_crossing;

/** t0 of t^2 E, w0 of W (with root). PLAQ_E_DATA where the level is not reached, or exceeded from the beginning. */
PLAQ_MUST_USE plaq_status plaq_crossing_quantity(const plaq_crossing *crossing, plaq_quantity *out);

/** chi_top = <Q^2>/V of <Q> and <Q^2>, or (<Q^2> - <Q>^2)/V where @p subtracted; @p volume in sites. */
PLAQ_MUST_USE plaq_status plaq_susceptibility(double volume, bool subtracted, plaq_quantity *out);

/* ---- static potential ---- */

/** V(r, t) = ln W(r,t)/W(r,t+1) of loops W[distances][points], t = first .. first + points - 1; out [distances][points
 * - 1]. */
PLAQ_MUST_USE plaq_status plaq_potential(size_t distances, size_t points, int first, plaq_quantity *out);

/** Values of 1, -1/r and r at distances r[n]: basis[n][3] for plaq_model_linear, V = V_0 - alpha/r + sigma r. */
PLAQ_MUST_USE plaq_status plaq_potential_basis(size_t n, const double r[], double basis[]);

/** r of V_0, alpha, sigma with r^2 dV/dr = @p force: r0 has 1.65 (Sommer, hep-lat/9310022), r1 has 1
 * (Bernard et al., hep-lat/0002028): sqrt((force - alpha)/sigma). */
PLAQ_MUST_USE plaq_status plaq_sommer_scale(double force, plaq_quantity *out);

/* ---- dispersion relation ---- */

typedef enum {
    PLAQ_DISPERSION_CONTINUUM, /**< (E(p)^2 - E(0)^2)/p^2 */
    PLAQ_DISPERSION_LATTICE    /**< the same with 2 sinh(E/2) for E and 2 sin(p_i/2) for p_i: 1 of a free boson */
} plaq_dispersion_kind;

/** Speed of light squared of E(0), then E(p) of p_i = 2 pi n_i/extent_i, n[momenta][3], none of them 0; out [momenta].
 */
PLAQ_MUST_USE plaq_status plaq_speed_of_light(plaq_dispersion_kind kind, size_t momenta, const int n[],
                                              const int extent[3], plaq_quantity *out);

#endif
