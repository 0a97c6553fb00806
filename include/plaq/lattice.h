/** @file
 * The lattice: geometry over ranks, sites in lanes, fields with halos. Room: lattice.
 *
 * Directions 0..3 = x y z t. A global site is numbered x + X (y + Y (z + Z t)). Every rank holds the same local
 * extents. The local lattice is cut into `lanes` equal sub-lattices, and the same site of all of them stands side by
 * side in memory: one vector site. Vector sites of the body come first (those that need no other rank's links
 * before the rest), then the halo: copies of what lies one step, or one step in each of two directions, outside.
 */
#ifndef PLAQ_LATTICE_H
#define PLAQ_LATTICE_H

#include <complex.h>

#include "plaq/par.h"

/** A lattice of global extents, spread over the ranks of a communicator. */
typedef struct plaq_lattice plaq_lattice;

/** How the local lattice lies in lanes: what kernels walk over. All arrays are the lattice's. */
typedef struct {
    int lanes;       /**< sites side by side */
    int split[4];    /**< lanes along each direction; their product is `lanes` */
    int block[4];    /**< extents of a sub-lattice */
    int volume;      /**< vector sites of the body */
    int interior;    /**< the first so many have no neighbour, nor neighbour's neighbour across, on another rank; none
                          are set apart where messages do not travel (plaq_comm_near()): order is worth more then */
    int total;       /**< vector sites of body and halo */
    int (*nb)[8];    /**< [total][8]: the site at x+mu, x-mu in [mu], [4+mu]; -1 where there is none */
    int *index;      /**< [volume]: vector site from x + block[0] (y + block[1] (z + block[2] t)) in the sub-lattice */
    int (*place)[4]; /**< [volume][4]: coordinates in the sub-lattice */
    int (*lane_at)[4];  /**< [lanes][4]: origin of each lane's sub-lattice in the local lattice */
    int64_t *site;      /**< [volume]: global site number in lane 0 */
    int64_t *lane_site; /**< [lanes]: to be added for other lanes */
} plaq_layout;

/** Full vector width in lanes of a precision in this build (1 where plaq was built with LANES=1). */
int plaq_lanes_full(plaq_prec prec);

/**
 * Makes a lattice. Where the local extents cannot be cut into full lanes, one lane is used instead, with a note in
 * the log: the same numbers, slower. Collective.
 *
 * @param dims   X, Y, Z, T, each at least 1
 * @param grid   ranks along x, y, z, t, or NULL to choose them for least surface
 * @param lanes  0: full width; 1: one lane (the reference in tests)
 */
PLAQ_MUST_USE plaq_status plaq_lattice_create(const plaq_comm *comm, const int dims[4], const int grid[4], int lanes,
                                              plaq_lattice **lattice);
void plaq_lattice_destroy(plaq_lattice **lattice);

const plaq_comm *plaq_lattice_comm(const plaq_lattice *lattice);
const int *plaq_lattice_dims(const plaq_lattice *lattice);   /**< global extents [4] */
const int *plaq_lattice_grid(const plaq_lattice *lattice);   /**< ranks [4] */
const int *plaq_lattice_local(const plaq_lattice *lattice);  /**< local extents [4] */
const int *plaq_lattice_origin(const plaq_lattice *lattice); /**< global coordinates of the first local site [4] */
int64_t plaq_lattice_volume(const plaq_lattice *lattice);    /**< global sites */
const plaq_layout *plaq_lattice_layout(const plaq_lattice *lattice, plaq_prec prec);

/** The rank at process coordinates (taken modulo the grid). Local. */
int plaq_lattice_rank_at(const plaq_lattice *lattice, const int coord[4]);

/** Vector site and lane of a local coordinate (0 <= c < local extents). Local. */
void plaq_layout_find(const plaq_layout *layout, const int c[4], int *site, int *lane);

/* ---- fields ---------------------------------------------------------------------------------------------------- */

/** Real numbers on the sites of a lattice: [total][reals][lanes], in one precision. */
typedef struct plaq_field plaq_field;

/** Makes a field of zeros with @p reals numbers a site (links: 72 = [4][3][3][2]). Collective. */
PLAQ_MUST_USE plaq_status plaq_field_create(plaq_lattice *lattice, plaq_prec prec, int reals, plaq_field **field);
void plaq_field_destroy(plaq_field **field);

plaq_lattice *plaq_field_lattice(const plaq_field *field);
const plaq_layout *plaq_field_layout(const plaq_field *field);
plaq_prec plaq_field_prec(const plaq_field *field);
int plaq_field_reals(const plaq_field *field);
void *plaq_field_data(plaq_field *field);             /**< float or double [total][reals][lanes] */
const void *plaq_field_read(const plaq_field *field); /**< the same, to look at */

/** Exchanges the numbers of two fields of the same lattice, precision and reals: what was made aside takes its place
 * without a copy, and whoever holds a field still holds it. Local. */
void plaq_field_swap(plaq_field *a, plaq_field *b);

/** Says that the body was written, so the halo is out of date. Local. */
void plaq_field_touch(plaq_field *field);

/**
 * Says, before the first exchange, that of the halo only sites straight along a direction mu are looked at, and of
 * their reals only the mu-th quarter: what is carried along links. Much less travels. Local.
 */
void plaq_field_set_along(plaq_field *field);

/**
 * Brings the halo up to date where it is not. begin() sends and fills what this rank has; between the two a caller
 * may work on the interior sites. Collective.
 */
PLAQ_MUST_USE plaq_status plaq_field_halo_begin(plaq_field *field);
void plaq_field_halo_finish(plaq_field *field);
PLAQ_MUST_USE plaq_status plaq_field_halo(plaq_field *field); /**< both */

/**
 * begin() for a field of links of which only staples of the body's links are looked at: U_nu(x+mu), nu != mu, U(x-mu),
 * and U_nu(x+mu-nu). A third less travels. Collective.
 */
PLAQ_MUST_USE plaq_status plaq_field_halo_begin_staples(plaq_field *field);

/**
 * The same for @p count reals of a site from @p first on, whether marked out of date or not: one direction's links
 * after an update of that direction. Leaves the rest of the halo as it is. Collective.
 */
PLAQ_MUST_USE plaq_status plaq_field_halo_part(plaq_field *field, int first, int count);

/**
 * Copies a line of sites along x between the field and doubles [n][reals]: from local coordinate c on, which must
 * not leave the local lattice. Local.
 */
void plaq_field_put(plaq_field *field, const int c[4], int n, const double *values);
void plaq_field_get(const plaq_field *field, const int c[4], int n, double *values);

/** The same for @p count reals of one site from real @p first on. Local. */
void plaq_field_put_part(plaq_field *field, const int c[4], int first, int count, const double *values);
void plaq_field_get_part(const plaq_field *field, const int c[4], int first, int count, double *values);

/** All sites of a field as doubles on all ranks, values[t][z][y][x][reals]: for few reals. Collective. */
void plaq_field_gather(const plaq_field *field, double values[]);

/** How links lie as bytes in a file: sites of [mu][row][column][re, im]. */
typedef struct {
    plaq_prec prec; /**< of the numbers */
    bool swap;      /**< their byte order is not the host's */
    int rows;       /**< of a link: 3, or 2 where the third is conj(row 1 x row 2) */
} plaq_link_form;

size_t plaq_link_form_bytes(const plaq_link_form *form); /**< of a site */

/**
 * Fills @p n vector sites along x of a field of links, from sub-lattice coordinate @p c on: lane l takes the n sites
 * that begin at lines[l]. And back, always with three rows. Local.
 */
void plaq_field_load_links(plaq_field *field, const int c[4], int n, const plaq_link_form *form,
                           const void *const lines[]);
void plaq_field_store_links(const plaq_field *field, const int c[4], int n, const plaq_link_form *form,
                            void *const lines[]);

/* ---- columns ---------------------------------------------------------------------------------------------------- */

/**
 * Sites one by one, for fields of columns. They come in two sets, even and odd (x+y+z+t mod 2, global coordinates), so
 * that an operator may work on half of them; all neighbours of a site are in the other set. Where an extent is odd and
 * the lattice cannot be coloured like that, there is one set of all sites, and neighbours are in it too. In a set sites
 * without a neighbour on another rank come first, then the other ones of the body, then the halo: what lies one step
 * outside. All arrays are the lattice's.
 */
typedef struct {
    int sets;           /**< 2, or 1 */
    int body[2];        /**< sites of each set on this rank */
    int interior[2];    /**< the first so many have no neighbour on another rank */
    int total[2];       /**< sites with the halo */
    int (*nb[2])[8];    /**< [set][body]: the position of x+mu, x-mu in [mu], [4+mu], in the other set */
    int (*place[2])[4]; /**< [set][body]: local coordinates */
    int *index;         /**< [local sites]: position in its set, from x + X (y + Y (z + Z t)) */
} plaq_sites;

const plaq_sites *plaq_lattice_sites(const plaq_lattice *lattice);

/** The set of a local coordinate, which may lie outside. Local. */
int plaq_sites_set(const plaq_lattice *lattice, const int c[4]);

/** Sets a field of columns may have. */
typedef enum { PLAQ_EVEN, PLAQ_ODD, PLAQ_ALL } plaq_half;

/**
 * Numbers on the sites, many columns of them at once, side by side in memory: a propagator is twelve columns of
 * spinors. Columns come in blocks of `lanes`; [block][set][total][reals][lanes], where the last block is filled up with
 * columns of zeros. A spinor has 24 reals, [spin][colour][re, im].
 */
typedef struct plaq_columns plaq_columns;

/**
 * Makes zeros. Collective.
 *
 * @param columns  how many, at least 1
 * @param lanes    0: as many as fill a vector of the precision (one on a lattice made with one lane); 1: one
 * @param half     PLAQ_ALL, or the one set there is to be; where the lattice has but one set, that is all of it
 */
PLAQ_MUST_USE plaq_status plaq_columns_create(plaq_lattice *lattice, plaq_prec prec, int columns, int lanes, int reals,
                                              plaq_half half, plaq_columns **f);
void plaq_columns_destroy(plaq_columns **f);

plaq_lattice *plaq_columns_lattice(const plaq_columns *f);
plaq_prec plaq_columns_prec(const plaq_columns *f);
int plaq_columns_count(const plaq_columns *f);
int plaq_columns_lanes(const plaq_columns *f);
int plaq_columns_blocks(const plaq_columns *f);
int plaq_columns_reals(const plaq_columns *f);
plaq_half plaq_columns_half(const plaq_columns *f);
bool plaq_columns_has(const plaq_columns *f, int set);

/** A block of a set, float or double [total][reals][lanes]; NULL where the field does not have the set. */
void *plaq_columns_data(plaq_columns *f, int block, int set);
const void *plaq_columns_read(const plaq_columns *f, int block, int set);

/** Says, before the first exchange, that nobody looks at the halo along t: none of it travels. Local. */
void plaq_columns_set_spatial(plaq_columns *f);

/** Brings the halo of a set up to date, of all columns: begin() sends; between the two a caller may work on the
 * interior of the other set. Collective. */
PLAQ_MUST_USE plaq_status plaq_columns_halo_begin(plaq_columns *f, int set);
void plaq_columns_halo_finish(plaq_columns *f, int set);
PLAQ_MUST_USE plaq_status plaq_columns_halo(plaq_columns *f, int set); /**< both */

/**
 * Makes what a neighbour is sent of @p n sites of a block: it sees them in direction @p k, 0..3 ahead of it, 4..7
 * behind. @p out is [n][reals][lanes]. Local.
 */
typedef void plaq_columns_pack(const void *context, int k, const void *block, const int sites[], int n, void *out);

/**
 * Exchanges something that is made of the sites at the faces, of @p reals reals, always as many for one field, in place
 * of the sites themselves. It stays where it arrives, and the field's own halo is left alone. Otherwise as
 * plaq_columns_halo_begin(). Collective.
 */
PLAQ_MUST_USE plaq_status plaq_columns_faces_begin(plaq_columns *f, int set, int reals, plaq_columns_pack *pack,
                                                   const void *context);
void plaq_columns_faces_finish(plaq_columns *f, int set);

/** What came of a block from direction @p k, [sites][reals][lanes] of the halo sites from @p *first on; NULL where the
 * lattice is not cut there. Valid until the next plaq_columns_faces_begin(). Local. */
const void *plaq_columns_face(const plaq_columns *f, int set, int block, int k, int *first);

/** One column of one site of the body, as doubles [reals]. Local. */
void plaq_columns_put(plaq_columns *f, const int c[4], int column, const double *values);
void plaq_columns_get(const plaq_columns *f, const int c[4], int column, double *values);

void plaq_columns_zero(plaq_columns *f); /**< Local. */

/** Copies the bodies of the sets both have; same lattice, columns and reals, the precisions may differ. Local. */
void plaq_columns_copy(const plaq_columns *from, plaq_columns *to);

/** Bytes one rank needs for a field of columns, with what travels of it, on a lattice that is only planned. @p half
 * says whether it is on one of two sets. Local. */
int64_t plaq_columns_estimate(const int dims[4], const int grid[4], plaq_prec prec, int columns, int lanes, int reals,
                              bool half);

/* ---- momenta --------------------------------------------------------------------------------------------------- */

/**
 * Spatial momenta p_i = 2 pi n_i / L_i with n^2 <= @p p2_max in the first zone, -L_i/2 < n_i <= L_i/2: by n^2, then
 * n_z, n_y, n_x from the lowest on. The caller's to plaq_free. Local.
 */
PLAQ_MUST_USE plaq_status plaq_momenta(const int dims[4], int p2_max, int (**n)[3], int *count);

/**
 * Fourier sums of densities over each time slice, sums[t][p][value] = sum_x exp(-i p.x) density(x, t), x from 0. Each
 * slice is transformed by one rank as a whole: the same bits on any number of ranks. All ranks get the same.
 * Collective.
 *
 * @param      densities  double [volume][values][lanes] of the body, in the layout of @p prec
 * @param      n          [count][3], as plaq_momenta() gives them
 * @param[out] sums       [T][count][values]
 */
PLAQ_MUST_USE plaq_status plaq_fourier_slices(const plaq_lattice *lattice, plaq_prec prec, int values,
                                              const double densities[], int count, const int (*n)[3],
                                              double complex sums[]);

/** Bytes one rank needs for a field of the layout. Local. */
int64_t plaq_field_bytes(const plaq_layout *layout, plaq_prec prec, int reals);

/** The same for a lattice that is only planned, on a @p grid of ranks that divides @p dims. Local. */
int64_t plaq_lattice_estimate(const int dims[4], const int grid[4], plaq_prec prec, int reals);

#endif
