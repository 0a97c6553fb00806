/* The process grid with the least surface. */
#include "plaq/par.h"

static double surface(const int dims[4], const int grid[4])
{
    double volume = 1, sum = 0;

    for (int mu = 0; mu < 4; mu++) volume *= (double)dims[mu] / grid[mu];
    for (int mu = 0; mu < 4; mu++)
        if (grid[mu] > 1) sum += volume / ((double)dims[mu] / grid[mu]);
    return sum;
}

plaq_status plaq_grid_choose(const int dims[4], int ranks, int grid[4])
{
    double best = -1;

    /* t outermost and from many to one, so that of equal surfaces the grid with most ranks along t comes first */
    for (int t = ranks; t >= 1; t--) {
        if (ranks % t || dims[3] % t) continue;
        for (int z = ranks / t; z >= 1; z--) {
            if (ranks / t % z || dims[2] % z) continue;
            for (int y = ranks / t / z; y >= 1; y--) {
                int trial[4] = {ranks / t / z / y, y, z, t};

                if (ranks / t / z % y || dims[1] % y || dims[0] % trial[0]) continue;
                if (best >= 0 && surface(dims, trial) >= best) continue;
                best = surface(dims, trial);
                for (int mu = 0; mu < 4; mu++) grid[mu] = trial[mu];
            }
        }
    }
    if (best < 0)
        return plaq_fail(PLAQ_E_USAGE, "%d x %d x %d x %d sites cannot be divided evenly among %d ranks", dims[0],
                         dims[1], dims[2], dims[3], ranks);
    return PLAQ_OK;
}

plaq_status plaq_grid_check(const int dims[4], int ranks, const int grid[4])
{
    int product = 1;

    for (int mu = 0; mu < 4; mu++) {
        if (grid[mu] < 1 || dims[mu] % grid[mu])
            return plaq_fail(PLAQ_E_USAGE, "process grid %d x %d x %d x %d: extent %d of %c does not divide by %d",
                             grid[0], grid[1], grid[2], grid[3], dims[mu], "xyzt"[mu], grid[mu]);
        product *= grid[mu];
    }
    if (product != ranks)
        return plaq_fail(PLAQ_E_USAGE, "process grid %d x %d x %d x %d is of %d ranks, there are %d", grid[0], grid[1],
                         grid[2], grid[3], product, ranks);
    return PLAQ_OK;
}
