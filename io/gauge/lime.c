/* LIME, the container of ILDG and SciDAC. */
#include "gauge/lime.h"

#include <string.h>

enum { MAGIC = 0x456789ab, AT_VERSION = 4, AT_FLAGS = 6, AT_LENGTH = 8, AT_TYPE = 16, TEXT_MOST = 1 << 24 };

static uint64_t number_at(const unsigned char *bytes, int at, int size)
{
    uint64_t v = 0;

    for (int i = 0; i < size; i++) v = v << 8 | bytes[at + i];
    return v;
}

static void put_number(unsigned char *bytes, int at, int size, uint64_t v)
{
    for (int i = size - 1; i >= 0; i--, v >>= 8) bytes[at + i] = (unsigned char)v;
}

bool plaq_lime_recognise(const unsigned char *bytes, size_t n)
{
    static const unsigned char first[] = {0x45, 0x67, 0x89, 0xab};

    return n >= sizeof first && memcmp(bytes, first, sizeof first) == 0;
}

plaq_status plaq_lime_next(const plaq_file *file, int64_t size, plaq_lime *record, bool *more)
{
    unsigned char h[PLAQ_LIME_HEADER];
    int64_t at = record->next;
    uint64_t bytes;

    *more = at < size;
    if (!*more) return PLAQ_OK;
    if (size - at < PLAQ_LIME_HEADER)
        return plaq_fail(PLAQ_E_DATA, "%s: LIME record at byte %lld is cut off by the end of the file at %lld",
                         file->path, (long long)at, (long long)size);
    PLAQ_TRY(plaq_file_read(file, at, h, sizeof h));
    if (number_at(h, 0, 4) != MAGIC)
        return plaq_fail(PLAQ_E_DATA,
                         "%s: no LIME record at byte %lld of %lld, expected 45 67 89 ab, found %02x %02x "
                         "%02x %02x",
                         file->path, (long long)at, (long long)size, h[0], h[1], h[2], h[3]);
    bytes = number_at(h, AT_LENGTH, 8);
    memcpy(record->type, h + AT_TYPE, sizeof record->type - 1);
    record->type[sizeof record->type - 1] = '\0';
    record->offset = at + PLAQ_LIME_HEADER;
    if (bytes > (uint64_t)(size - record->offset))
        return plaq_fail(PLAQ_E_DATA,
                         "%s: LIME record %.40s at byte %lld has %llu bytes, but only %lld are left: the "
                         "file is truncated",
                         file->path, record->type, (long long)at, (unsigned long long)bytes,
                         (long long)(size - record->offset));
    record->bytes = (int64_t)bytes;
    record->next = record->offset + (record->bytes + 7) / 8 * 8; /* the last record's padding may be missing */
    return PLAQ_OK;
}

plaq_status plaq_lime_text(const plaq_file *file, const plaq_lime *record, char **text)
{
    plaq_status status;
    char *t;

    if (record->bytes > TEXT_MOST)
        return plaq_fail(PLAQ_E_DATA, "%s: LIME record %.40s has %lld bytes, expected at most %d of text", file->path,
                         record->type, (long long)record->bytes, TEXT_MOST);
    t = plaq_alloc((size_t)record->bytes + 1, 1);
    if (!t) return PLAQ_E_MEMORY;
    status = plaq_file_read(file, record->offset, t, (size_t)record->bytes);
    if (status == PLAQ_OK)
        *text = t;
    else
        plaq_free(t);
    return status;
}

plaq_status plaq_lime_header(plaq_text *out, const char *type, int flags, int64_t bytes)
{
    unsigned char h[PLAQ_LIME_HEADER] = {0};

    put_number(h, 0, 4, MAGIC);
    put_number(h, AT_VERSION, 2, 1);
    put_number(h, AT_FLAGS, 2, (uint64_t)flags);
    put_number(h, AT_LENGTH, 8, (uint64_t)bytes);
    memcpy(h + AT_TYPE, type, strlen(type));
    return plaq_text_add(out, h, sizeof h);
}

plaq_status plaq_lime_add(plaq_text *out, const char *type, int flags, const plaq_text *text)
{
    PLAQ_TRY(plaq_lime_header(out, type, flags, (int64_t)text->n + 1));
    PLAQ_TRY(plaq_text_add(out, text->bytes, text->n + 1));
    return plaq_lime_pad(out, (int64_t)text->n + 1);
}

plaq_status plaq_lime_pad(plaq_text *out, int64_t bytes)
{
    static const char zeros[8];

    return plaq_text_add(out, zeros, (size_t)((8 - bytes % 8) % 8));
}

plaq_status plaq_lime_describe(plaq_text *out, const char *type, int flags,
                               plaq_status (*describe)(const void *of, plaq_text *xml), const void *of)
{
    plaq_text xml = {0};
    plaq_status status = describe(of, &xml);

    if (status == PLAQ_OK) status = plaq_lime_add(out, type, flags, &xml);
    plaq_free(xml.bytes);
    return status;
}

/* ---- SciDAC ------------------------------------------------------------------------------------------------------ */

static plaq_status describe_file(const void *of, plaq_text *xml)
{
    const int *dims = of;

    return plaq_text_print(xml,
                           "%s<scidacFile><version>1.1</version><spacetime>4</spacetime><dims>%d %d %d %d </dims>"
                           "<volfmt>0</volfmt></scidacFile>",
                           plaq_xml_line, dims[0], dims[1], dims[2], dims[3]);
}

static plaq_status describe_title(const void *of, plaq_text *xml)
{
    return plaq_text_print(xml, "%s<title>%s</title>", plaq_xml_line, (const char *)of);
}

static plaq_status describe_checksum(const void *of, plaq_text *xml)
{
    const uint32_t *sum = of;

    return plaq_text_print(xml,
                           "%s<scidacChecksum><version>1.0</version><suma>%08x</suma><sumb>%08x</sumb>"
                           "</scidacChecksum>",
                           plaq_xml_line, sum[0], sum[1]);
}

plaq_status plaq_scidac_file(plaq_text *out, const int dims[4], const char *title)
{
    PLAQ_TRY(plaq_lime_describe(out, "scidac-private-file-xml", PLAQ_LIME_BEGINS, describe_file, dims));
    return plaq_lime_describe(out, "scidac-file-xml", PLAQ_LIME_ENDS, describe_title, title);
}

plaq_status plaq_scidac_checksum(plaq_text *out, const uint32_t sum[2])
{
    return plaq_lime_describe(out, "scidac-checksum", PLAQ_LIME_ENDS, describe_checksum, sum);
}
