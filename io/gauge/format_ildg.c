/* ILDG and SciDAC configurations in LIME files.
 *
 * Links stand in a record ildg-binary-data (ILDG) or scidac-binary-data (SciDAC). The extents are in ildg-format or
 * in scidac-private-file-xml; the precision is said in several places, and the length of the data decides. Records may
 * come in any order and any number of messages; those we do not know are passed over. The first gauge field of a file
 * is read. A file with the data alone needs extents from the user. A field may be in several files: volume.h.
 *
 * References: ILDG binary file format 1.1 (ILDG metadata working group); QIO (USQCD) for the SciDAC records.
 */
#include <stdio.h>
#include <string.h>

#include "gauge/format.h"
#include "gauge/lime.h"
#include "gauge/volume.h"

enum { CALLED_ILDG, CALLED_SCIDAC };

/* What the records of a file say. */
typedef struct {
    int ildg_dims[4], scidac_dims[4];            /* 0: not said */
    int bits;                                    /* 0: not said */
    bool ildg;                                   /* has an ildg-format record */
    char datatype[64];                           /* of the SciDAC record that was last described, "" */
    int colors, typesize, datacount, recordtype; /* of it; 0: not said */
    bool described;                              /* such a description is waiting for its data */
    int64_t offset, bytes;                       /* of the links; bytes 0: not found */
    int volume;                                  /* volfmt: 0 one file, 1 and 2 several */
    bool first;                                  /* has a scidac-private-file-xml record, as one of several has */
    plaq_volume_first part;                      /* of a field in several files */
    int lattices;                                /* lattice fields until now, of any kind */
    int fields;                                  /* gauge fields in the file */
    char other[160];                             /* what binary data there is instead, "" */
    bool wants_checksum;                         /* the next scidac-checksum belongs to the links */
} contents;

static plaq_status take_ildg_format(const char *path, const char *xml, contents *c)
{
    static const char *const names[] = {"lx", "ly", "lz", "lt"};
    char field[64] = "su3gauge";

    plaq_xml_value(xml, "field", field, sizeof field);
    if (strcmp(field, "su3gauge") != 0)
        return plaq_fail(PLAQ_E_DATA, "%s: ildg-format says field %s, expected su3gauge", path, field);
    for (int mu = 0; mu < 4; mu++) {
        PLAQ_TRY(plaq_xml_int(path, xml, names[mu], &c->ildg_dims[mu]));
        if (c->ildg_dims[mu] < 1)
            return plaq_fail(PLAQ_E_DATA, "%s: ildg-format has no extent <%s> above 0 (%d)", path, names[mu],
                             c->ildg_dims[mu]);
    }
    c->ildg = true;
    return plaq_xml_int(path, xml, "precision", &c->bits);
}

static plaq_status take_private_file(const char *path, const char *xml, contents *c)
{
    char value[64];
    int format = 0, spacetime = 4;

    PLAQ_TRY(plaq_xml_int(path, xml, "volfmt", &format));
    PLAQ_TRY(plaq_xml_int(path, xml, "spacetime", &spacetime));
    if (format < 0 || format > 2)
        return plaq_fail(PLAQ_E_DATA,
                         "%s: a SciDAC volume of volfmt %d, expected 0 (one file), 1 or 2 (several beside each other): "
                         "make one file of it with QIO's converters first",
                         path, format);
    c->volume = format;
    c->first = true;
    if (spacetime != 4 || !plaq_xml_value(xml, "dims", value, sizeof value))
        return PLAQ_OK; /* not a field in 4 dimensions */
    if (!plaq_text_dims(value, c->scidac_dims))
        return plaq_fail(PLAQ_E_DATA, "%s: <dims> is '%s', expected four extents", path, value);
    return PLAQ_OK;
}

static plaq_status take_private_record(const char *path, const char *xml, contents *c)
{
    int global = 0;

    c->datatype[0] = '\0';
    c->colors = c->typesize = c->datacount = c->recordtype = 0;
    c->described = true;
    plaq_xml_value(xml, "datatype", c->datatype, sizeof c->datatype);
    PLAQ_TRY(plaq_xml_int(path, xml, "colors", &c->colors));
    PLAQ_TRY(plaq_xml_int(path, xml, "typesize", &c->typesize));
    PLAQ_TRY(plaq_xml_int(path, xml, "datacount", &c->datacount));
    PLAQ_TRY(plaq_xml_int(path, xml, "recordtype", &c->recordtype));
    PLAQ_TRY(plaq_xml_int(path, xml, "globaldata", &global));
    if (global) c->recordtype = global;
    return PLAQ_OK;
}

/* Plaquette and link trace as plaq writes them into the user's record. */
static void take_record(const char *xml, plaq_config_header *h)
{
    char value[64];

    if (!plaq_xml_value(xml, "plaq", value, sizeof value)) return;
    if (plaq_xml_value(xml, "plaquette", value, sizeof value)) plaq_text_real(value, &h->plaquette);
    if (plaq_xml_value(xml, "link_trace", value, sizeof value)) plaq_text_real(value, &h->link_trace);
}

/* "plaquette = 0.628065051764" of tmLQCD and CL2QCD. */
static void take_xlf_info(const char *text, plaq_config_header *h)
{
    static const char key[] = "plaquette =";
    const char *p = strstr(text, key);
    char value[64];

    if (!p) return;
    p += sizeof key - 1;
    snprintf(value, sizeof value, "%.*s", (int)strcspn(p, "\n"), p);
    plaq_text_real(value, &h->plaquette);
}

static plaq_status take_checksum(const char *path, const char *xml, contents *c, plaq_config_header *h)
{
    static const char *const names[] = {"suma", "sumb"};
    uint32_t sum[2];

    if (!c->wants_checksum) return PLAQ_OK;
    c->wants_checksum = false;
    for (int i = 0; i < 2; i++) {
        char value[64] = "";

        plaq_xml_value(xml, names[i], value, sizeof value);
        if (!plaq_text_hex(value, &sum[i]))
            return plaq_fail(PLAQ_E_DATA, "%s: <%s> of scidac-checksum is '%s', expected a hexadecimal number", path,
                             names[i], value);
    }
    strcpy(h->checksum_kind, plaq_check_name(PLAQ_CHECK_SCIDAC));
    plaq_check_print(PLAQ_CHECK_SCIDAC, sum, h->checksum);
    return PLAQ_OK;
}

/* Whether the SciDAC description that precedes binary data is that of a gauge field: four colour matrices a site.
 * Early versions of QUDA say that these have 9 colours. */
static bool is_gauge(const contents *c)
{
    bool matrix = c->typesize == (int)plaq_site_bytes(PLAQ_SINGLE, 3) / 4 ||
                  c->typesize == (int)plaq_site_bytes(PLAQ_DOUBLE, 3) / 4;

    return c->described && c->recordtype == 0 && matrix && c->datacount == 4 &&
           (c->colors == 3 || c->colors == 0 || c->colors == 9);
}

static void take_data(const plaq_lime *record, contents *c)
{
    bool gauge = strcmp(record->type, "ildg-binary-data") == 0 || is_gauge(c);

    c->wants_checksum = false;
    if (gauge && c->fields++ == 0) {
        c->offset = record->offset;
        c->bytes = record->bytes;
        c->part.before = c->lattices;
        c->wants_checksum = true;
        if (c->described && c->bits == 0 && c->datacount == 4)
            c->bits = c->typesize == 72 ? 32 : c->typesize == 144 ? 64 : 0;
    }
    if (!gauge)
        snprintf(c->other, sizeof c->other, "%s with %d colours, %d bytes, %d a site",
                 c->described ? c->datatype : "scidac-binary-data", c->colors, c->typesize, c->datacount);
    if (!c->described || c->recordtype == 0) c->lattices++;
    c->described = false;
}

static plaq_status take_record_text(const plaq_file *file, const plaq_lime *record, contents *c, plaq_config_header *h)
{
    static const char *const known[] = {
        "ildg-format", "scidac-private-file-xml", "scidac-private-record-xml", "scidac-record-xml",
        "xlf-info",    "scidac-checksum"};
    plaq_status status = PLAQ_OK;
    const char *path = file->path;
    char *text = NULL;
    size_t which = 0;

    while (which < sizeof known / sizeof *known && strcmp(record->type, known[which]) != 0) which++;
    if (which == sizeof known / sizeof *known) return PLAQ_OK; /* somebody else's record */
    PLAQ_TRY(plaq_lime_text(file, record, &text));
    switch (which) {
    case 0: status = take_ildg_format(path, text, c); break;
    case 1: status = take_private_file(path, text, c); break;
    case 2: status = take_private_record(path, text, c); break;
    case 3: take_record(text, h); break;
    case 4: take_xlf_info(text, h); break;
    case 5: status = take_checksum(path, text, c, h); break;
    }
    plaq_free(text);
    return status;
}

static plaq_status walk(const plaq_file *file, contents *c, plaq_config_header *h)
{
    plaq_lime record = {0};
    bool more;

    for (;;) {
        PLAQ_TRY(plaq_lime_next(file, h->bytes, &record, &more));
        if (!more) return PLAQ_OK;
        if (strcmp(record.type, "ildg-binary-data") == 0 || strcmp(record.type, "scidac-binary-data") == 0)
            take_data(&record, c);
        else if (strcmp(record.type, "scidac-sitelist") == 0)
            c->part.list = record.offset, c->part.list_bytes = record.bytes;
        else
            PLAQ_TRY(take_record_text(file, &record, c, h));
    }
}

static void add_note(plaq_config_header *h, const char *words)
{
    size_t n = strlen(h->note);

    snprintf(h->note + n, sizeof h->note - n, "%s%s", n ? "; " : "", words);
}

/* Extents as the file says them, else as the user does. */
static plaq_status settle_dims(const plaq_file *file, const int given[4], const contents *c, plaq_config_header *h)
{
    const int *ildg = c->ildg_dims, *scidac = c->scidac_dims;

    if (ildg[0] && scidac[0] && memcmp(ildg, scidac, sizeof c->ildg_dims) != 0)
        return plaq_fail(PLAQ_E_DATA, "%s: ildg-format says extents %d %d %d %d, scidac-private-file-xml %d %d %d %d",
                         file->path, ildg[0], ildg[1], ildg[2], ildg[3], scidac[0], scidac[1], scidac[2], scidac[3]);
    memcpy(h->dims, ildg[0] ? ildg : scidac, sizeof h->dims);
    if (h->dims[0]) return PLAQ_OK;
    if (given) memcpy(h->dims, given, sizeof h->dims);
    add_note(h, given ? "no extents in the file: taken as given" : "no ildg-format record: give dims");
    return PLAQ_OK;
}

/* The length of the data decides on the precision. */
static plaq_status settle_precision(const plaq_file *file, const contents *c, plaq_config_header *h)
{
    int64_t volume, f32;

    PLAQ_TRY(plaq_dims_volume(file->path, h->dims, &volume));
    f32 = volume * (int64_t)plaq_site_bytes(PLAQ_SINGLE, 3);
    if (c->bytes != f32 && c->bytes != 2 * f32)
        return plaq_fail(PLAQ_E_DATA,
                         "%s: %lld bytes of links, expected %lld (32 bit) or %lld (64 bit) for %d %d %d %d", file->path,
                         (long long)c->bytes, (long long)f32, (long long)(2 * f32), h->dims[0], h->dims[1], h->dims[2],
                         h->dims[3]);
    h->prec = c->bytes == f32 ? PLAQ_SINGLE : PLAQ_DOUBLE;
    if (c->bits && c->bits != (h->prec == PLAQ_SINGLE ? 32 : 64))
        add_note(h, "precision taken from the length of the data");
    return PLAQ_OK;
}

static plaq_status read_header(const plaq_file *file, const int given[4], plaq_config_header *h, plaq_stored *s)
{
    contents c = {0};

    PLAQ_TRY(walk(file, &c, h));
    if (c.part.list_bytes && !c.first)
        return plaq_fail(PLAQ_E_DATA,
                         "%s: one of several files of a SciDAC volume, and not the first: give the one that begins "
                         "with scidac-private-file-xml, NAME.vol0000",
                         file->path);
    if (c.fields == 0 && c.other[0])
        return plaq_fail(PLAQ_E_DATA, "%s: LIME file without a gauge field; it holds %s", file->path, c.other);
    if (c.fields == 0) return plaq_fail(PLAQ_E_DATA, "%s: LIME file without a gauge field", file->path);
    if (c.fields > 1) add_note(h, "several gauge fields in the file: the first is taken");
    s->called = c.ildg ? CALLED_ILDG : CALLED_SCIDAC;
    s->check = PLAQ_CHECK_SCIDAC;
    s->offset = c.offset;
    s->bytes = c.bytes;
    PLAQ_TRY(settle_dims(file, given, &c, h));
    if (c.volume == 0) return h->dims[0] ? settle_precision(file, &c, h) : PLAQ_OK;
    c.part.data = c.offset;
    c.part.data_bytes = c.bytes;
    return plaq_volume_find(file, &c.part, h, s);
}

static plaq_status describe_record(const void *of, plaq_text *xml)
{
    const plaq_frame *f = of;
    char prec = f->prec == PLAQ_DOUBLE ? 'D' : 'F';

    return plaq_text_print(xml,
                           "%s<scidacRecord><version>1.1</version><recordtype>0</recordtype>"
                           "<datatype>QDP_%c3_ColorMatrix</datatype><precision>%c</precision><colors>3</colors>"
                           "<typesize>%zu</typesize><datacount>4</datacount></scidacRecord>",
                           plaq_xml_line, prec, prec, plaq_site_bytes(f->prec, 3) / 4);
}

static plaq_status describe_user_record(const void *of, plaq_text *xml)
{
    const plaq_frame *f = of;
    const plaq_config_facts *facts = f->facts;

    PLAQ_TRY(plaq_text_print(xml,
                             "%s<plaq><version>%s</version><commit>%s</commit><plaquette>%.17g</plaquette>"
                             "<link_trace>%.17g</link_trace>",
                             plaq_xml_line, PLAQ_VERSION, plaq_commit(), facts->plaquette, facts->link_trace));
    PLAQ_TRY(plaq_text_print(xml, "<ensemble>"));
    PLAQ_TRY(plaq_text_escaped(xml, facts->ensemble));
    PLAQ_TRY(plaq_text_print(xml, "</ensemble>"));
    if (facts->number >= 0) PLAQ_TRY(plaq_text_print(xml, "<number>%lld</number>", (long long)facts->number));
    PLAQ_TRY(plaq_text_print(xml, "<history>"));
    PLAQ_TRY(plaq_text_escaped(xml, facts->history));
    return plaq_text_print(xml, "</history></plaq>");
}

static plaq_status describe_ildg(const void *of, plaq_text *xml)
{
    const plaq_frame *f = of;

    return plaq_text_print(xml,
                           "%s<ildgFormat xmlns=\"http://www.lqcd.org/ildg\" "
                           "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
                           "xsi:schemaLocation=\"http://www.lqcd.org/ildg/filefmt.xsd\"><version>1.0</version>"
                           "<field>su3gauge</field><precision>%d</precision><lx>%d</lx><ly>%d</ly><lz>%d</lz>"
                           "<lt>%d</lt></ildgFormat>",
                           plaq_xml_line, f->prec == PLAQ_DOUBLE ? 64 : 32, f->dims[0], f->dims[1], f->dims[2],
                           f->dims[3]);
}

static plaq_status describe_lfn(const void *of, plaq_text *xml)
{
    const plaq_frame *f = of;

    PLAQ_TRY(plaq_text_print(xml, "lfn://plaq/"));
    PLAQ_TRY(plaq_text_escaped(xml, f->facts->ensemble));
    return f->facts->number >= 0 ? plaq_text_print(xml, "/%lld", (long long)f->facts->number) : PLAQ_OK;
}

/* Two messages in the order of QIO: the file; then the record with its description, links and checksum. */
static plaq_status frame(const plaq_frame *f, plaq_text *before, plaq_text *after)
{
    int64_t bytes = (int64_t)plaq_site_bytes(f->prec, 3) * f->dims[0] * f->dims[1] * f->dims[2] * f->dims[3];

    PLAQ_TRY(plaq_scidac_file(before, f->dims, "plaq gauge configuration"));
    PLAQ_TRY(plaq_lime_describe(before, "scidac-private-record-xml", PLAQ_LIME_BEGINS, describe_record, f));
    PLAQ_TRY(plaq_lime_describe(before, "scidac-record-xml", 0, describe_user_record, f));
    PLAQ_TRY(plaq_lime_describe(before, "ildg-format", 0, describe_ildg, f));
    PLAQ_TRY(plaq_lime_describe(before, "ildg-data-lfn", 0, describe_lfn, f));
    PLAQ_TRY(plaq_lime_header(before, "ildg-binary-data", 0, bytes));
    PLAQ_TRY(plaq_lime_pad(after, bytes));
    return plaq_scidac_checksum(after, f->sum);
}

const plaq_format plaq_format_ildg = {
    .key = "ildg",
    .name = "ILDG and SciDAC in LIME",
    .doc = "32 or 64 bit, big-endian, SciDAC checksum, any number of records; written as ILDG with all SciDAC records",
    .called = {[CALLED_ILDG] = "ILDG", [CALLED_SCIDAC] = "SciDAC"},
    .recognise = plaq_lime_recognise,
    .read_header = read_header,
    .read = plaq_volume_read,
    .frame = frame,
    .frame_check = PLAQ_CHECK_SCIDAC,
};
