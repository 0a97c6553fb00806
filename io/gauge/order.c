/* The order of links in a file. */
#include "gauge/order.h"

#include <string.h>

static const char letters[] = "xyzt";

static int axis_of(char letter)
{
    return (int)(strchr(letters, letter) - letters);
}

static bool by_parity(const plaq_order *order)
{
    return order->odd || strchr(order->axes, 'p');
}

/* The fastest of the coordinates. */
static int fastest(const plaq_order *order)
{
    const char *last = order->axes + strlen(order->axes);

    while (!strchr(letters, *--last)) {
    }
    return axis_of(*last);
}

bool plaq_order_fits(const plaq_order *order, const int dims[4])
{
    bool around = strchr(order->axes, 's');

    for (int mu = 0; mu < 4; mu++) /* both links of an odd site along mu: those between are of even sites */
        if (around && dims[mu] % 2) return false;
    return !by_parity(order) || dims[fastest(order)] % 2 == 0;
}

void plaq_order_find(const plaq_order *order, const int dims[4], int64_t link, int c[4], int *mu)
{
    int parity = order->odd, half = by_parity(order) ? fastest(order) : -1, direction = 0;
    bool behind = false;

    for (size_t i = strlen(order->axes); i-- > 0;) {
        char axis = order->axes[i];
        int nu = axis == 'm' || axis == 'p' || axis == 's' ? -1 : axis_of(axis);
        int64_t extent = nu >= 0 ? nu == half ? dims[nu] / 2 : dims[nu] : axis == 'm' ? 4 : 2;
        int at = (int)(link % extent);

        link /= extent;
        if (nu >= 0)
            c[nu] = at;
        else if (axis == 'm')
            direction = at;
        else if (axis == 'p')
            parity = at;
        else
            behind = at;
    }
    if (half >= 0) c[half] = 2 * c[half] + ((c[0] + c[1] + c[2] + c[3] - c[half] + parity) & 1);
    *mu = axis_of(order->directions[direction]);
    if (behind) c[*mu] = c[*mu] == 0 ? dims[*mu] - 1 : c[*mu] - 1;
}
