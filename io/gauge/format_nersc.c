/* NERSC archive: a text header "BEGIN_HEADER ... KEY = VALUE ... END_HEADER", then links of two or three rows.
 *
 *   DATATYPE        4D_SU3_GAUGE: two rows, the third is conj(row 1 x row 2);  4D_SU3_GAUGE_3x3: three
 *   FLOATING_POINT  IEEE32[BIG|LITTLE], IEEE64[BIG|LITTLE], or missing
 *   CHECKSUM        sum of the 32-bit words of the links, in the file's byte order
 *   PLAQUETTE, LINK_TRACE   normalised to 1
 *
 * A precision that is not named follows from the size of the file. A byte order that is not named (some writers mean
 * the host's, some big-endian) follows from the first link: its rows have norm one in one of the orders only.
 */
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "gauge/format.h"

enum { HEADER_MOST = 1 << 18 };

static const char begin[] = "BEGIN_HEADER", end[] = "END_HEADER";

static bool recognise(const unsigned char *bytes, size_t n)
{
    return n >= sizeof begin - 1 && memcmp(bytes, begin, sizeof begin - 1) == 0;
}

/* The value of a key, without the blanks around it; false where the header has no such line. */
static bool value_of(const char *header, const char *key, char *value, size_t n)
{
    size_t length = strlen(key);

    for (const char *line = header; line; line = strchr(line, '\n')) {
        const char *p = line + strspn(line, " \t\r\n"), *stop;

        line = p;
        if (*p == '\0') break;
        if (strncmp(p, key, length) != 0) continue;
        p += length + strspn(p + length, " \t");
        if (*p++ != '=') continue; /* a longer key */
        p += strspn(p, " \t");
        stop = p + strcspn(p, "\r\n");
        while (stop > p && isspace((unsigned char)stop[-1])) stop--;
        if ((size_t)(stop - p) >= n) stop = p + n - 1;
        memcpy(value, p, (size_t)(stop - p));
        value[stop - p] = '\0';
        return true;
    }
    return false;
}

static plaq_status read_dims(const char *path, const char *text, int dims[4])
{
    static const char *const keys[] = {"DIMENSION_1", "DIMENSION_2", "DIMENSION_3", "DIMENSION_4"};
    char value[64];

    for (int mu = 0; mu < 4; mu++) {
        if (!value_of(text, keys[mu], value, sizeof value))
            return plaq_fail(PLAQ_E_DATA, "%s: no %s in its header", path, keys[mu]);
        if (!plaq_text_int(value, &dims[mu]))
            return plaq_fail(PLAQ_E_DATA, "%s: %s is '%s', expected a number", path, keys[mu], value);
    }
    return PLAQ_OK;
}

static plaq_status read_rows(const char *path, const char *text, int *rows)
{
    char value[64];

    if (!value_of(text, "DATATYPE", value, sizeof value))
        return plaq_fail(PLAQ_E_DATA, "%s: no DATATYPE in its header", path);
    if (strcmp(value, "4D_SU3_GAUGE") == 0)
        *rows = 2;
    else if (strcasecmp(value, "4D_SU3_GAUGE_3x3") == 0)
        *rows = 3;
    else
        return plaq_fail(PLAQ_E_DATA, "%s: holds %s; plaq reads SU(3) links, 4D_SU3_GAUGE and 4D_SU3_GAUGE_3x3", path,
                         value);
    return PLAQ_OK;
}

/* A real number that may be missing. */
static plaq_status read_real(const char *path, const char *text, const char *key, double *number)
{
    char value[64];

    if (!value_of(text, key, value, sizeof value)) return PLAQ_OK;
    if (!plaq_text_real(value, number))
        return plaq_fail(PLAQ_E_DATA, "%s: %s is '%s', expected a number", path, key, value);
    return PLAQ_OK;
}

static plaq_status read_checksum(const char *path, const char *text, plaq_config_header *h)
{
    uint32_t sum[2] = {0};
    char value[64];

    if (!value_of(text, "CHECKSUM", value, sizeof value)) return PLAQ_OK;
    if (!plaq_text_hex(value, &sum[0]))
        return plaq_fail(PLAQ_E_DATA, "%s: CHECKSUM is '%s', expected a hexadecimal number", path, value);
    strcpy(h->checksum_kind, plaq_check_name(PLAQ_CHECK_NERSC));
    plaq_check_print(PLAQ_CHECK_NERSC, sum, h->checksum);
    return PLAQ_OK;
}

/* Byte order from the first link, big-endian where that does not tell. */
static plaq_status find_order(const plaq_file *file, int64_t offset, plaq_config_header *h)
{
    char rows[12 * sizeof(double)];
    bool little, big;

    PLAQ_TRY(plaq_file_read(file, offset, rows, plaq_site_bytes(h->prec, 2) / 4));
    little = plaq_rows_plausible(rows, h->prec, !plaq_host_is_little());
    big = plaq_rows_plausible(rows, h->prec, plaq_host_is_little());
    h->little = little && !big;
    strcpy(h->note, little != big ? h->little ? "byte order found: little" : "byte order found: big"
                                  : "byte order unknown: taken to be big");
    return PLAQ_OK;
}

/* Precision and byte order: as named, as the size of the data says, as the first link shows. */
static plaq_status read_numbers(const plaq_file *file, const char *text, int64_t volume, plaq_config_header *h,
                                plaq_stored *s)
{
    int64_t f32 = volume * (int64_t)plaq_site_bytes(PLAQ_SINGLE, h->rows), f64 = 2 * f32;
    int64_t there = h->bytes - s->offset;
    const char *order = "";
    char value[64] = "";

    value_of(text, "FLOATING_POINT", value, sizeof value);
    if (strncmp(value, "IEEE32", 6) == 0)
        h->prec = PLAQ_SINGLE, order = value + 6;
    else if (strncmp(value, "IEEE64", 6) == 0)
        h->prec = PLAQ_DOUBLE, order = value + 6;
    else if (value[0] != '\0')
        return plaq_fail(PLAQ_E_DATA, "%s: FLOATING_POINT is %s, expected IEEE32 or IEEE64 with BIG, LITTLE or nothing",
                         file->path, value);
    else
        h->prec = there == f64 ? PLAQ_DOUBLE : PLAQ_SINGLE;
    s->bytes = h->prec == PLAQ_DOUBLE ? f64 : f32;
    if (there != s->bytes)
        return plaq_fail(PLAQ_E_DATA, "%s: %lld bytes of links, expected %lld for %d %d %d %d with %d rows of %d bit",
                         file->path, (long long)there, (long long)s->bytes, h->dims[0], h->dims[1], h->dims[2],
                         h->dims[3], h->rows, h->prec == PLAQ_DOUBLE ? 64 : 32);
    if (strcmp(order, "BIG") == 0)
        h->little = false;
    else if (strcmp(order, "LITTLE") == 0)
        h->little = true;
    else if (order[0] == '\0')
        return find_order(file, s->offset, h);
    else
        return plaq_fail(PLAQ_E_DATA, "%s: FLOATING_POINT is %s, expected BIG or LITTLE at its end", file->path, value);
    return PLAQ_OK;
}

static plaq_status parse(const plaq_file *file, const char *text, plaq_config_header *h, plaq_stored *s)
{
    int64_t volume;

    PLAQ_TRY(read_rows(file->path, text, &h->rows));
    PLAQ_TRY(read_dims(file->path, text, h->dims));
    PLAQ_TRY(plaq_dims_volume(file->path, h->dims, &volume));
    PLAQ_TRY(read_real(file->path, text, "PLAQUETTE", &h->plaquette));
    PLAQ_TRY(read_real(file->path, text, "LINK_TRACE", &h->link_trace));
    PLAQ_TRY(read_checksum(file->path, text, h));
    return read_numbers(file, text, volume, h, s);
}

/* Where the links begin: behind the line of END_HEADER. NULL where there is none. */
static char *find_end(char *text)
{
    for (char *p = strstr(text, end); p; p = strstr(p + 1, end)) {
        char *after = p + sizeof end - 1;

        if (p[-1] != '\n') continue; /* the text begins with BEGIN_HEADER, so there is a byte before */
        after += strspn(after, " \t\r");
        if (*after == '\n') return after + 1;
    }
    return NULL;
}

static plaq_status read_header(const plaq_file *file, const int given[4], plaq_config_header *h, plaq_stored *s)
{
    char *text = plaq_alloc(HEADER_MOST + 1, 1), *links;
    plaq_status status = PLAQ_OK;
    size_t got;

    (void)given;
    if (!text) return PLAQ_E_MEMORY;
    s->check = PLAQ_CHECK_NERSC;
    PLAQ_GO(plaq_file_peek(file, 0, text, HEADER_MOST, &got));
    links = find_end(text);
    if (!links) {
        status = plaq_fail(PLAQ_E_DATA, "%s: no END_HEADER in its first %zu bytes", file->path, got);
        goto done;
    }
    s->offset = links - text;
    *links = '\0';
    status = parse(file, text, h, s);
done:
    plaq_free(text);
    return status;
}

/* A value is one line. */
static plaq_status add_line(plaq_text *text, const char *key, const char *value)
{
    PLAQ_TRY(plaq_text_print(text, "%s = ", key));
    for (; *value; value++) PLAQ_TRY(plaq_text_add(text, *value == '\n' || *value == '\r' ? " " : value, 1));
    return plaq_text_add(text, "\n", 1);
}

static plaq_status frame(const plaq_frame *f, plaq_text *before, plaq_text *after)
{
    const plaq_config_facts *facts = f->facts;

    (void)after;
    PLAQ_TRY(
        plaq_text_print(before, "%s\nHDR_VERSION = 1.0\nDATATYPE = 4D_SU3_GAUGE_3x3\nSTORAGE_FORMAT = 1.0\n", begin));
    for (int mu = 0; mu < 4; mu++) PLAQ_TRY(plaq_text_print(before, "DIMENSION_%d = %d\n", mu + 1, f->dims[mu]));
    PLAQ_TRY(plaq_text_print(before, "LINK_TRACE = %.15g\nPLAQUETTE = %.15g\n", facts->link_trace, facts->plaquette));
    for (int mu = 0; mu < 4; mu++) PLAQ_TRY(plaq_text_print(before, "BOUNDARY_%d = PERIODIC\n", mu + 1));
    PLAQ_TRY(plaq_text_print(before, "CHECKSUM = %08x\n", f->sum[0]));
    PLAQ_TRY(add_line(before, "ENSEMBLE_ID", facts->ensemble));
    PLAQ_TRY(add_line(before, "ENSEMBLE_LABEL", facts->ensemble));
    if (facts->number >= 0) PLAQ_TRY(plaq_text_print(before, "SEQUENCE_NUMBER = %lld\n", (long long)facts->number));
    PLAQ_TRY(plaq_text_print(before, "CREATOR = plaq %s (%s)\n", PLAQ_VERSION, plaq_commit()));
    if (facts->history[0]) PLAQ_TRY(add_line(before, "HISTORY", facts->history));
    return plaq_text_print(before, "FLOATING_POINT = IEEE%dBIG\n%s\n", f->prec == PLAQ_DOUBLE ? 64 : 32, end);
}

const plaq_format plaq_format_nersc = {
    .key = "nersc",
    .name = "NERSC archive",
    .doc = "text header, two or three rows, 32 or 64 bit, either byte order; written with three rows, big-endian",
    .called = {"NERSC"},
    .recognise = recognise,
    .read_header = read_header,
    .frame = frame,
    .frame_check = PLAQ_CHECK_NERSC,
};
