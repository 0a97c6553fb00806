/* Links between bytes as files hold them, [site][mu][row][column][re, im], and vector sites: swap, convert, spread
 * over the lanes, in one pass. No arithmetic but for third rows: bound by bandwidth, 576 bytes read and written a site
 * in double precision. */
#include "kernel/prec.h"

#include <string.h>

#define ALWAYS static inline __attribute__((always_inline))

/* numbers of one size and byte order, both known when this is compiled */
ALWAYS real get(const char *at, size_t size, bool swap)
{
    if (size == 8) {
        uint64_t w;
        double v;

        memcpy(&w, at, 8);
        if (swap) w = __builtin_bswap64(w);
        memcpy(&v, &w, 8);
        return (real)v;
    } else {
        uint32_t w;
        float v;

        memcpy(&w, at, 4);
        if (swap) w = __builtin_bswap32(w);
        memcpy(&v, &w, 4);
        return (real)v;
    }
}

ALWAYS void put(char *at, real value, size_t size, bool swap)
{
    if (size == 8) {
        double v = value;
        uint64_t w;

        memcpy(&w, &v, 8);
        if (swap) w = __builtin_bswap64(w);
        memcpy(at, &w, 8);
    } else {
        float v = (float)value;
        uint32_t w;

        memcpy(&w, &v, 4);
        if (swap) w = __builtin_bswap32(w);
        memcpy(at, &w, 4);
    }
}

/* row 3 = conj(row 1 x row 2) */
static void rebuild_row(su3 *u)
{
    for (int a = 0; a < 3; a++) {
        const vec *p = u->e[0][(a + 1) % 3], *q = u->e[1][(a + 2) % 3];
        const vec *r = u->e[0][(a + 2) % 3], *s = u->e[1][(a + 1) % 3];

        u->e[2][a][0] = p[0] * q[0] - p[1] * q[1] - (r[0] * s[0] - r[1] * s[1]);
        u->e[2][a][1] = -(p[0] * q[1] + p[1] * q[0] - (r[0] * s[1] + r[1] * s[0]));
    }
}

ALWAYS void load_site(su3 *u, const char *const line[], size_t at, size_t size, bool swap, int rows)
{
    for (int mu = 0; mu < 4; mu++) {
        real *out = (real *)&u[mu];

        for (int k = 0; k < 6 * rows; k++, at += size)
            for (int l = 0; l < LANES; l++) out[k * LANES + l] = get(line[l] + at, size, swap);
        if (rows == 2) rebuild_row(&u[mu]);
    }
}

ALWAYS void store_site(const su3 *u, char *const line[], size_t at, size_t size, bool swap)
{
    const real *in = (const real *)u;

    for (int k = 0; k < 72; k++, at += size)
        for (int l = 0; l < LANES; l++) put(line[l] + at, in[k * LANES + l], size, swap);
}

ALWAYS void load_line(void *field, int n, const int *site, const void *const line[], size_t size, bool swap, int rows)
{
    for (int i = 0; i < n; i++)
        load_site((su3 *)field + (size_t)site[i] * 4, (const char *const *)line, (size_t)i * (size_t)(24 * rows) * size,
                  size, swap, rows);
}

ALWAYS void store_line(const void *field, int n, const int *site, void *const line[], size_t size, bool swap)
{
    for (int i = 0; i < n; i++)
        store_site((const su3 *)field + (size_t)site[i] * 4, (char *const *)line, (size_t)i * 72 * size, size, swap);
}

void P(links_load)(void *field, int n, const int *site, const void *const line[], plaq_prec prec, bool swap, int rows)
{
    if (prec == PLAQ_DOUBLE && swap)
        load_line(field, n, site, line, 8, true, rows);
    else if (prec == PLAQ_DOUBLE)
        load_line(field, n, site, line, 8, false, rows);
    else if (swap)
        load_line(field, n, site, line, 4, true, rows);
    else
        load_line(field, n, site, line, 4, false, rows);
}

void P(links_store)(const void *field, int n, const int *site, void *const line[], plaq_prec prec, bool swap)
{
    if (prec == PLAQ_DOUBLE && swap)
        store_line(field, n, site, line, 8, true);
    else if (prec == PLAQ_DOUBLE)
        store_line(field, n, site, line, 8, false);
    else if (swap)
        store_line(field, n, site, line, 4, true);
    else
        store_line(field, n, site, line, 4, false);
}
