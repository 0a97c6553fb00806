/* The order of links in a file whose links are not in plaq's own. All Local.
 *
 * A file is a row of 3 x 3 matrices, [row][column][re, im] each. An order says which link each of them is, by the
 * axes of the file, slowest first, one letter each:
 *
 *   x y z t   coordinates of the site
 *   m         direction of the link; `directions` says in which order
 *   p         parity of the site: the even sites, then the odd ones
 *   s         U_mu(x), then U_mu(x - mu): both links of the site along mu
 *
 * With p, or with odd sites alone, the fastest coordinate runs over half of its extent: the parity gives the rest.
 */
#ifndef PLAQ_IO_GAUGE_ORDER_H
#define PLAQ_IO_GAUGE_ORDER_H

#include "plaq/base.h"

typedef struct {
    char axes[8];       /* "tzyxm"; "": plaq's own, [t][z][y][x][mu] */
    char directions[5]; /* of m: "txyz" */
    bool odd;           /* odd sites alone */
    bool transposed;    /* matrices are [column][row] */
} plaq_order;

/* Whether every link of a lattice of these extents stands in the file exactly once. */
bool plaq_order_fits(const plaq_order *order, const int dims[4]);

/* The site c and direction of the link that is number `link` in the file. */
void plaq_order_find(const plaq_order *order, const int dims[4], int64_t link, int c[4], int *mu);

#endif
