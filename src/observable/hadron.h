/* What observables of quarks have in common: momenta at the sink, where the source is, room for their numbers. */
#ifndef PLAQ_OBSERVABLE_HADRON_H
#define PLAQ_OBSERVABLE_HADRON_H

#include "plaq/observable.h"

typedef struct {
    int p2_max;
} hadron_momenta;

#define HADRON_MOMENTA(type)                                                                 \
    {                                                                                        \
        "p2_max", PLAQ_TYPE_INT, offsetof(type, momenta.p2_max), 1, "0", 0, 1000, NULL, "1", \
            "momenta (2 pi/L) n with n^2 up to this"                                         \
    }

#define HADRON_PLACES                                                                           \
    {.name = "momenta", .axes = "p axis", .unit = "2 pi/L", .doc = "the integers n_x n_y n_z"}, \
    {                                                                                           \
        .name = "at", .axes = "source mu", .unit = "a", .doc = "x, y, z, t of each source"      \
    }

/* Pairs of gamma matrices in words; the first member of an observable's parameters. */
typedef struct {
    char words[1024];
} hadron_gammas;

#define HADRON_GAMMAS(type, fallback_)                                                                                \
    {                                                                                                                 \
        "gammas", PLAQ_TYPE_TEXT, offsetof(type, gammas.words), sizeof(((hadron_gammas *)0)->words), fallback_, 0, 0, \
            NULL, "1",                                                                                                \
            "\"diagonal\": the 16 products at both ends; \"all\": 16 x 16; or pairs SINK/SOURCE by their numbers, "   \
            "\"15/15 7/15\""                                                                                          \
    }

#define HADRON_PAIRS                                                                                \
    {                                                                                               \
        .name = "pairs", .axes = "pair end", .unit = "1",                                           \
        .doc = "G_sink, G_source as n of gx^n0 gy^n1 gz^n2 gt^n3 with the bits of n; 15 is gamma_5" \
    }

enum { HADRON_PAIRS_MOST = 256 };

PLAQ_MUST_USE plaq_status hadron_pairs(const hadron_gammas *gammas, plaq_meson pair[HADRON_PAIRS_MOST], int *count);
plaq_status hadron_check_gammas(const void *params); /* of an observable, which begin with hadron_gammas */
PLAQ_MUST_USE plaq_status hadron_put_pairs(plaq_sink *out, const plaq_meson pair[], int count);

/* Sums at momenta under way. */
typedef struct {
    plaq_momentum_sums at;
    int (*n)[3];
    double complex *values; /* [correlators][at.count][T] */
} hadron_sums;

/* Makes room for the sums of so many correlators, on all ranks or on none; hadron_end() frees it, also after a failure.
 * Collective. */
PLAQ_MUST_USE plaq_status hadron_begin(const hadron_momenta *p, const plaq_propagators *from, size_t correlators,
                                       hadron_sums *sums);
void hadron_end(hadron_sums *sums);

PLAQ_MUST_USE plaq_status hadron_put_at(const int at[4], plaq_sink *out);

/* Puts "momenta" and "at". Local. */
PLAQ_MUST_USE plaq_status hadron_put_places(const hadron_sums *sums, plaq_sink *out);

/* How many momenta there are. */
int hadron_count(const hadron_momenta *p, const int dims[4]);

#endif
