/* The staple sums of every link, plane by plane: from them, what is two sites wide. */
#include "gauge/gauge.h"

static void fill(const plaq_gauge *u, plaq_field *s, int begin, int end)
{
    const void *links = plaq_field_read(u->links);
    void *staples = plaq_field_data(s);

#pragma omp parallel for schedule(static)
    for (int x = begin; x < end; x += CHUNK)
        u->kernels->plane_staples(links, (const int(*)[8])u->layout->nb, x, x + CHUNK < end ? x + CHUNK : end, staples);
}

plaq_status gauge_plane_staples(plaq_gauge *u, plaq_field *s)
{
    PLAQ_TRY(plaq_field_halo_begin(u->links));
    fill(u, s, 0, u->layout->interior);
    plaq_field_halo_finish(u->links);
    fill(u, s, u->layout->interior, u->layout->volume);
    plaq_field_touch(s);
    return PLAQ_OK;
}
