/* Inside the lattice room: how a layout is built, and where each halo site comes from. */
#ifndef PLAQ_LATTICE_LAYOUT_H
#define PLAQ_LATTICE_LAYOUT_H

#include "plaq/lattice.h"

enum { LANES_MAX = 64 };

/* the number of a place in a box, x fastest, and back */
static inline int number_at(const int c[4], const int extent[4])
{
    return c[0] + extent[0] * (c[1] + extent[1] * (c[2] + extent[2] * c[3]));
}

static inline void coordinates_of(int i, const int extent[4], int c[4])
{
    for (int mu = 0; mu < 4; mu++) {
        c[mu] = i % extent[mu];
        i /= extent[mu];
    }
}

/* Halo sites that lie outside by the same displacement d in {-1,0,1}^4, at most two of them not zero. Lane l of such a
 * site is lane from[l] of a body site, on the rank at displacement rank_step[l] (zero: this one). */
typedef struct {
    int d[4];     /* the displacement */
    int first, n; /* halo sites, contiguous */
    int from[LANES_MAX];
    int rank_step[LANES_MAX][4];
    bool any_local;
} halo_class;

/* The part of a message that fills m lanes of the halo sites of one class. */
typedef struct {
    int d[4]; /* displacement of the class */
    int first, n, m;
    int to_lane[LANES_MAX], from_lane[LANES_MAX];
} halo_segment;

/* All that comes from the rank at one displacement; the same goes to the rank at the opposite one. */
typedef struct {
    int step[4];
    int to, from; /* ranks */
    int n;
    halo_segment *segments; /* [n] */
} halo_message;

typedef struct {
    int classes;
    halo_class *class; /* [classes] */
    int *source;       /* [total - volume]: body site each halo site is a copy of */
    int messages;
    halo_message *message; /* [messages] */
} halo_plan;

typedef struct {
    plaq_layout layout;
    halo_plan halo;
} layout_plan;

/* Cuts the local lattice of a rank into lanes; false where extents do not split. */
bool plaq_layout_split(const int local[4], const int grid[4], int lanes, int split[4]);

/* Builds the layout and its halo plan for a lattice whose grid and extents are set. Local. */
PLAQ_MUST_USE plaq_status plaq_layout_build(const plaq_lattice *lattice, const int split[4], layout_plan *plan);
void plaq_layout_clear(layout_plan *plan);

/* What travels in one direction: this rank's sites source[set] go to one rank, and what comes from the other fills the
 * n halo sites from first on. */
typedef struct {
    int k;        /* what comes is the neighbour in this direction, 0..3 ahead, 4..7 behind */
    int to, from; /* ranks */
    int first[2], n[2];
    int sent[2]; /* sites that go */
    int most;    /* sites of a set that go or come, at most, on any rank */
    int *source[2];
} site_face;

typedef struct {
    plaq_sites sites;
    int faces;
    site_face face[8];
} sites_plan;

/* Numbers the sites of a lattice whose grid and extents are set, one by one, and finds its faces. Local. */
PLAQ_MUST_USE plaq_status plaq_sites_build(const plaq_lattice *lattice, sites_plan *plan);
void plaq_sites_clear(sites_plan *plan);

const sites_plan *plaq_lattice_faces(const plaq_lattice *lattice);
bool plaq_lattice_one_lane(const plaq_lattice *lattice); /* made so */

const halo_plan *plaq_lattice_halo(const plaq_lattice *lattice, plaq_prec prec);

#endif
