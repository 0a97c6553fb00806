/* Random numbers as a pure function of their key: Philox 4x64-10 (Salmon, Moraes, Dror, Shaw, SC'11). */
#include "plaq/base.h"

#include <math.h>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#include <Random123/philox.h>
#pragma GCC diagnostic pop

void plaq_random(uint64_t seed, plaq_random_purpose purpose, uint64_t step, uint64_t site, uint64_t draw,
                 double uniform[4])
{
    philox4x64_ctr_t counter = {{site, draw, step, 0}};
    philox4x64_key_t key = {{seed, (uint64_t)purpose}};
    philox4x64_ctr_t r = philox4x64(counter, key);

    /* the upper 52 bits, at the middle of their interval: neither 0 nor 1 */
    for (int i = 0; i < 4; i++) uniform[i] = ((double)(r.v[i] >> 12) + 0.5) * 0x1p-52;
}

void plaq_random_normal(uint64_t seed, plaq_random_purpose purpose, uint64_t step, uint64_t site, uint64_t draw,
                        double normal[4])
{
    double u[4];

    plaq_random(seed, purpose, step, site, draw, u);
    for (int i = 0; i < 4; i += 2) {
        double r = sqrt(-2 * log(u[i])), phi = 2 * M_PI * u[i + 1];

        normal[i] = r * cos(phi);
        normal[i + 1] = r * sin(phi);
    }
}
