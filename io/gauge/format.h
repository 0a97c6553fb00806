/* Configuration formats: one file io/gauge/format_<key>.c each, ending in one descriptor; the build collects them.
 *
 * Nearly every format is links between bytes that describe them, most in one order, [T][Z][Y][X][mu][row][column]
 * [re, im], others in an order they state (order.h): such a format says where and how the links lie (read_header) and
 * what stands around them (frame), both Local and without MPI, and config.c does the rest, by slabs or link by link. A
 * format that is more than bytes at an offset brings its own `read` and `write`. */
#ifndef PLAQ_IO_GAUGE_FORMAT_H
#define PLAQ_IO_GAUGE_FORMAT_H

#include "gauge/check.h"
#include "gauge/order.h"
#include "gauge/text.h"
#include "plaq/io.h"

/* Where the links are, beside what the public header says of them. */
typedef struct {
    int called;            /* which of the format's `called` names header.format is */
    plaq_check_kind check; /* computed while reading */
    int64_t offset;        /* of the first link */
    int64_t bytes;         /* of all links */
    int chunks;            /* links in as many equal pieces at chunk_at[], whole planes each; 0: in one at offset */
    int64_t *chunk_at;     /* [chunks], owned by the configuration; where indirect: whatever numbers `read` wants */
    bool indirect;         /* not plain bytes: the format's `read` must fetch them */
    plaq_order order[2];   /* of the links, and another the header allows as well, that of called[1]: the plaquette
                            * decides. Their axes are "" where the links are in plaq's own, and where there is none */
    char object[256];      /* of an HDF5 file: what holds them; "" elsewhere */
} plaq_stored;

/* What a written file says of itself. */
typedef struct {
    const int *dims;
    plaq_prec prec;
    const plaq_config_facts *facts;
    const uint32_t *sum; /* checksum of the links, zeros while it is not known */
} plaq_frame;

typedef struct plaq_format plaq_format;

/* An open configuration. */
struct plaq_config {
    const plaq_comm *comm;
    const plaq_format *format;
    char path[4096];
    plaq_config_header header;
    plaq_stored stored;
};

struct plaq_format {
    const char *key;       /* "nersc" */
    const char *name;      /* "NERSC archive" */
    const char *doc;       /* one line */
    const char *called[4]; /* what header.format may say: "ILDG", "SciDAC" */

    /* Whether the first n bytes of a file are of this format. Pure. */
    bool (*recognise)(const unsigned char *bytes, size_t n);

    /* Reads the header on one rank. `given`: extents from the user, or NULL; a format that has its own need not look
     * at them. On entry header and stored hold the unknown values, and header->bytes. Local. */
    plaq_status (*read_header)(const plaq_file *file, const int given[4], plaq_config_header *header,
                               plaq_stored *stored);

    /* Reads links that are not plain bytes, sum as plaq_slab_read; NULL where there are none such. Collective. */
    plaq_status (*read)(const plaq_config *config, plaq_field *links, uint32_t sum[2]);

    /* What stands before and after the links of a written file; lengths do not depend on the checksum. NULL: the
     * format is not written this way. The links have three rows, in the precision of the frame. Local. */
    plaq_status (*frame)(const plaq_frame *frame, plaq_text *before, plaq_text *after);
    plaq_check_kind frame_check;   /* the checksum a frame wants */
    const plaq_order *frame_order; /* of the links in it; NULL: plaq's own */
    bool frame_little;             /* their byte order is little-endian */

    /* Writes a whole file by its own means, flushed; NULL: by `frame`, or not at all. Collective. */
    plaq_status (*write)(plaq_field *links, const char *path, plaq_prec prec, const plaq_config_facts *facts);
};

extern const plaq_format *const plaq_formats[]; /* by key, NULL-terminated */

/* Bytes of a site with so many rows a link. */
static inline size_t plaq_site_bytes(plaq_prec prec, int rows)
{
    return (size_t)(4 * rows * 3 * 2) * (prec == PLAQ_DOUBLE ? sizeof(double) : sizeof(float));
}

/* Makes a file of so many bytes, open on all ranks for writing. Collective. */
PLAQ_MUST_USE plaq_status plaq_config_create(const plaq_comm *comm, plaq_file *file, const char *path, int64_t bytes);

/* Reads the "header" of a file that has none, from the words of plaq_config_open_raw. Local. */
PLAQ_MUST_USE plaq_status plaq_raw_read_header(const plaq_file *file, const int given[4], const char *raw,
                                               plaq_config_header *header, plaq_stored *stored);
extern const plaq_format plaq_format_raw;

/* How a site's links lie in a file, as its header says. */
plaq_link_form plaq_config_form(const plaq_config_header *header);

/* Sites of a lattice of these extents; PLAQ_E_DATA naming the file where an extent is below 1 or the bytes of a double
 * precision configuration would not fit 63 bits. Local. */
PLAQ_MUST_USE plaq_status plaq_dims_volume(const char *path, const int dims[4], int64_t *volume);

/* Whether two row vectors of a link, as they stand in a file, have norm one to 1 % in this precision and byte order:
 * how the byte order is found where a header does not say it. Pure. */
bool plaq_rows_plausible(const void *rows, plaq_prec prec, bool swap);

#endif
