/* Inside the room: what a gauge field is, and the walk over its sites that every measurement makes. */
#ifndef PLAQ_GAUGE_GAUGE_H
#define PLAQ_GAUGE_GAUGE_H

#include "kernel/kernel.h"
#include "plaq/gauge.h"

enum { LINK_REALS = 18, SITE_REALS = 4 * LINK_REALS };

struct plaq_gauge {
    plaq_lattice *lattice; /* borrowed */
    plaq_field *links;     /* owned, unless borrowed */
    bool borrowed;
    const plaq_layout *layout;   /* of the lattice in the field's precision */
    const plaq_kernels *kernels; /* of that precision and lane count */
};

/* Vector sites a thread works on at a time: their densities stay in cache. */
enum { CHUNK = 32 };

/**
 * Sums a density over the sites of every time slice: sums[t][value], t global, for all ranks. With @p halo the kernel
 * looks at neighbours: the halo is brought up to date while the interior is done. Collective.
 */
PLAQ_MUST_USE plaq_status gauge_sum_slices(plaq_gauge *u, plaq_density_kernel *kernel, int values, bool halo,
                                           plaq_sum sums[]);

/** The same of densities that are there already: double [site][value][lane] of the body. Collective. */
PLAQ_MUST_USE plaq_status gauge_sum_densities(plaq_gauge *u, const double *densities, int values, plaq_sum sums[]);

/** Zeroed sums of all time slices, on all ranks or on none; the caller's to plaq_free. Collective. */
PLAQ_MUST_USE plaq_status gauge_sums(const plaq_gauge *u, int values, plaq_sum **sums);

/** The mean over all sites of a density of one value. Collective. */
PLAQ_MUST_USE plaq_status gauge_mean(plaq_gauge *u, plaq_density_kernel *kernel, bool halo, double *mean);

/** The largest of each density over the sites of every time slice: largest[t][value]; NaN where one is. Collective. */
PLAQ_MUST_USE plaq_status gauge_largest(plaq_gauge *u, plaq_density_kernel *kernel, int values, double largest[]);

/** The larger; NaN wins. Pure. */
double gauge_larger(double a, double b);

enum { STAPLE_REALS = 12 * LINK_REALS };

/**
 * Fills the body of @p s, a field of STAPLE_REALS in the precision of @p u, with the sums of the two plaquette staples
 * of every link in every plane: S_mu|nu(x), a path from x to x+mu, at [mu][nu < mu ? nu : nu - 1]. The halo of the
 * links is brought up to date; that of @p s is the caller's. Collective.
 */
PLAQ_MUST_USE plaq_status gauge_plane_staples(plaq_gauge *u, plaq_field *s);

#endif
