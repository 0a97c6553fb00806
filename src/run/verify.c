/* Reading a configuration and believing it: checksum, plaquette, link trace, unitarity. Limits: plaq/run.h. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "plaq/run.h"

/* What does not agree, in one message. */
typedef struct {
    char text[900];
    size_t n;
} complaints;

static void complain(complaints *all, const char *format, ...) PLAQ_PRINTF(2, 3);

static void complain(complaints *all, const char *format, ...)
{
    va_list list;

    if (all->n >= sizeof all->text) return;
    if (all->n) all->n += (size_t)snprintf(all->text + all->n, sizeof all->text - all->n, "; ");
    if (all->n >= sizeof all->text) return;
    va_start(list, format);
    all->n += (size_t)vsnprintf(all->text + all->n, sizeof all->text - all->n, format, list);
    va_end(list);
}

static void compare_means(const plaq_verdict *v, complaints *all)
{
    const plaq_config_header *h = &v->header;

    if (fabs(v->plaquette - h->plaquette) > PLAQ_VERIFY_MEANS)
        complain(all, "plaquette: header %.10g, links %.10g (limit %g)", h->plaquette, v->plaquette, PLAQ_VERIFY_MEANS);
    if (fabs(v->link_trace - h->link_trace) > PLAQ_VERIFY_MEANS)
        complain(all, "link trace: header %.10g, links %.10g (limit %g)", h->link_trace, v->link_trace,
                 PLAQ_VERIFY_MEANS);
}

static plaq_status judge(plaq_verdict *v)
{
    complaints all = {0};

    if (!isfinite(v->unitarity) || !isfinite(v->determinant) || !isfinite(v->plaquette) || !isfinite(v->link_trace))
        return plaq_fail(PLAQ_E_DATA, "links are not finite numbers");
    v->may_force = true;
    if (!v->report.checksum_ok)
        complain(&all, "checksum (%s): stored %s, computed %s", v->header.checksum_kind, v->header.checksum,
                 v->report.checksum);
    compare_means(v, &all);
    if (v->unitarity > PLAQ_VERIFY_UNITARITY || v->determinant > PLAQ_VERIFY_UNITARITY)
        complain(&all, "links are not in SU(3): max |U U^dagger - 1| = %.2g, max |det U - 1| = %.2g (limit %g)",
                 v->unitarity, v->determinant, PLAQ_VERIFY_UNITARITY);
    return all.n ? plaq_fail(PLAQ_E_DATA, "%s", all.text) : PLAQ_OK;
}

plaq_status plaq_config_verify(plaq_config *config, plaq_gauge *u, plaq_verdict *v)
{
    *v = (plaq_verdict){.header = *plaq_config_get_header(config)};
    PLAQ_TRY(plaq_config_read(config, plaq_gauge_links(u), &v->report));
    v->header = *plaq_config_get_header(config); /* the links may tell one format from another */
    v->open = plaq_gauge_is_open(u);
    PLAQ_TRY(plaq_gauge_unitarity(u, &v->unitarity, &v->determinant));
    PLAQ_TRY(plaq_gauge_plaquette(u, v->planes, NULL));
    plaq_plane_means(v->planes, &v->plaquette, &v->spatial, &v->temporal);
    PLAQ_TRY(plaq_gauge_link_trace(u, &v->link_trace));
    return judge(v);
}
