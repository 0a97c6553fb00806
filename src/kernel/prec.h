/* What a kernel file sees besides plain C: the precision and the lanes it is compiled for.
 *
 * Each *.prec.c is compiled for float and double, in full vector width and in one lane; P(name) becomes name_d8,
 * name_f16, name_d1, name_f1. A vector site holds LANES sites side by side; an operation on `vec` acts on all lanes.
 */
#ifndef PLAQ_KERNEL_PREC_H
#define PLAQ_KERNEL_PREC_H

#include <stdint.h>

#include "kernel/kernel.h"

#ifdef PREC_DOUBLE
typedef double real;
#else
typedef float real;
#endif

#if LANES == 1
typedef real vec;
#else
typedef real vec __attribute__((vector_size(LANES * sizeof(real)), may_alias));
#endif

#define PLAQ_PASTE_(name, prec) name##_##prec
#define PLAQ_PASTE(name, prec)  PLAQ_PASTE_(name, prec)
#define P(name)                 PLAQ_PASTE(name, PREC)

/* lane l of a vector v in memory, to read or to write */
#define LANE(v, l) (((real *)&(v))[l])

/* halo.prec.c; what they do stands in kernel.h */
void P(halo_fill)(void *field, int reals, int first, int count, int halo, int n, const int *source, const int *from);
void P(halo_pack)(const void *field, int reals, int first, int count, int n, const int *source, int m, const int *lanes,
                  void *buffer);
void P(halo_unpack)(void *field, int reals, int first, int count, int halo, int n, int m, const int *lanes,
                    const void *buffer);

/* links.prec.c */
void P(links_load)(void *field, int n, const int *site, const void *const line[], plaq_prec prec, bool swap, int rows);
void P(links_store)(const void *field, int n, const int *site, void *const line[], plaq_prec prec, bool swap);

/* the kernels on links */
plaq_density_kernel P(plaquette), P(link_trace), P(rectangle), P(clover), P(energy_momentum), P(unitarity);
plaq_update_kernel P(heat_bath), P(over_relax);
void P(flow_wilson)(const void *links, const int (*nb)[8], int begin, int end, const plaq_flow_stage *stage,
                    void *moved);
void P(flow_loops)(const void *links, const int (*nb)[8], int begin, int end, void *force, void *loops);
void P(flow_force)(const void *links, const void *loops, const int (*nb)[8], int begin, int end, double alpha,
                   void *force);
void P(flow_advance)(const void *links, const void *force, const int (*nb)[8], int begin, int end,
                     const plaq_flow_stage *stage, void *moved);
double P(flow_distance)(const void *start, const void *moved, const void *kept0, const void *kept1, int terms,
                        int begin, int end);
plaq_smear_kernel P(smear), P(smear_rectangles), P(hyp_inner), P(hyp_middle), P(hyp_outer);
void P(unit)(void *matrices, int per_site, int begin, int end);
void P(reunitarise)(void *links, int begin, int end);
void P(random)(void *matrices, int per_site, const int64_t *site, const int64_t *lane_site, uint64_t seed,
               plaq_random_purpose purpose, int begin, int end);
void P(transform)(void *links, const void *matrices, const int (*nb)[8], int begin, int end);
void P(line)(const void *links, const int (*nb)[8], int mu, int length, int n, const int *first, const int *from,
             void *running);
void P(plane_staples)(const void *links, const int (*nb)[8], int begin, int end, void *staples);
void P(rectangle_charge)(const void *links, const void *staples, const int (*nb)[8], int begin, int end,
                         double *density);
void P(line_trace)(const void *running, int n, double *density);

/* the kernels of quarks */
void P(clover_term)(const void *links, const int (*nb)[8], int begin, int end, void *strength);
void P(hop)(const plaq_hop *hop, const void *in, const void *y, int begin, int end, void *out);
void P(hop_halves)(int k, bool dagger, const void *in, const int *sites, int n, void *halves);
void P(site_matrix)(const plaq_site_matrix *matrix, const void *in, int begin, int end, void *out);

/* columns.prec.c */
void P(columns_axpy)(int n, const void *a, const void *x, void *y);
void P(columns_xpay)(int n, const void *a, const void *x, void *y);
void P(columns_norm)(int n, const void *x, double *sum);
void P(columns_dot)(int n, const void *x, const void *y, double *sum);
void P(columns_gram)(int n, int columns, const void *x, const void *y, double *sum);
void P(columns_mix)(int n, int columns, int blocks, const void *const x[], const void *c, bool add, void *const y[]);

/* laplacian.prec.c */
void P(spread)(const plaq_spread *s, const void *in, const void *base, int begin, int end, void *out);

/* the kernels on propagators */
void P(meson_tensor)(const void *const q1[12], const void *const q2[12], double *tensor);
void P(baryon_tensor)(const void *const q1[12], const void *const q2[12], const void *const q3[12], const int column[4],
                      const int power[4], double *tensor);

/* limits.prec.c */
double P(multiply_add)(int64_t turns);
double P(stream_read)(const void *memory, int64_t n);
void P(stream_copy)(void *to, const void *from, int64_t n);

/* a 3x3 complex matrix in all lanes: e[row][column][re, im] */
typedef struct {
    vec e[3][3][2];
} su3;

#endif
