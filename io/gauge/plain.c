/* Links as plain bytes of a file. */
#include "gauge/plain.h"

plaq_plain plaq_plain_of(const int dims[4], plaq_prec prec, int rows, const plaq_stored *stored)
{
    plaq_plain p = {.file = PLAQ_FILE_CLOSED, .dims = dims, .offset = stored->offset, .chunk_at = stored->chunk_at};

    p.line = plaq_site_bytes(prec, rows) * (size_t)dims[0];
    if (stored->chunks) p.planes = (int64_t)dims[2] * dims[3] / stored->chunks;
    return p;
}

int64_t plaq_plain_offset(const plaq_plain *p, int y, int z, int t)
{
    int64_t plane = (int64_t)t * p->dims[2] + z, row;

    if (!p->chunk_at) return p->offset + (plane * p->dims[1] + y) * (int64_t)p->line;
    row = plane % p->planes * p->dims[1] + y;
    return p->chunk_at[plane / p->planes] + row * (int64_t)p->line;
}

plaq_status plaq_plain_fetch(void *context, int y, int z, int t, int lines, void *bytes)
{
    const plaq_plain *p = context;

    return plaq_file_read(&p->file, plaq_plain_offset(p, y, z, t), bytes, (size_t)lines * p->line);
}

plaq_status plaq_plain_store(void *context, int y, int z, int t, int lines, void *bytes)
{
    const plaq_plain *p = context;

    return plaq_file_write(&p->file, plaq_plain_offset(p, y, z, t), bytes, (size_t)lines * p->line);
}
