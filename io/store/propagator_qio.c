/* Propagators in LIME files of QIO (SciDAC): Chroma's, and USQCD's standard ones.
 *
 *   SciDAC  one field of 4 x 4 spin matrices of 3 x 3 colour matrices, [spin][spin of the source][colour][colour of the
 *           source]: a LatticePropagator of QDP++ (datatype "Lattice", 288 reals, datacount 1). This is what is
 * written. USQCD   fields of spinors [spin][colour], one a column, colour of the source fastest
 * ("USQCD_F3_DiracFermion"); of the source fields beside them (C1D12, CD_PAIRS, DD_PAIRS) none is read. Several spinors
 * may be in one field.
 *
 * A field is told by the bytes of its element and their count, not by the name of its type. Numbers are big-endian,
 * sites by x + X (y + Y (z + Z t)). The length of the data, extents and precision must agree.
 *
 * Sources: the QIO manual, version 2.3, sections "USQCD Dirac Propagator Format" and on records; QDP++ (qdp_qdpio.h,
 * qdp_primspinmatrix.h) for what Chroma writes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gauge/check.h"
#include "gauge/deal.h"
#include "gauge/format.h"
#include "gauge/lime.h"
#include "store/propagator.h"

enum { COLUMNS = 12 };

static const char twelve[] = "USQCD_DiracFermion_ScalarSource_TwelveSink";

/* The description of a field that waits for its data. */
typedef struct {
    char datatype[64], precision[8];
    int colors, spins, typesize, datacount, recordtype;
    bool source;      /* the user's record says that it is one */
    int spin, colour; /* of the source, -1: not said */
    bool given;
} description;

/* What the records of a file say. */
typedef struct {
    char file_type[64]; /* "USQCD_..."; "" */
    description field;
    bool wants_checksum; /* the next one belongs to the last piece */
    int passed;          /* propagators after the first */
    char other[256];     /* what other data there is, "" */
} contents;

/* ---- records ----------------------------------------------------------------------------------------------------- */

static plaq_status take_private_file(const char *xml, plaq_propagator *p)
{
    char value[64] = "";
    int format = 0;

    PLAQ_TRY(plaq_xml_int(p->path, xml, "volfmt", &format));
    if (format != 0)
        return plaq_fail(PLAQ_E_DATA,
                         "%s: a SciDAC volume of volfmt %d, expected 0 (one file): make one file of it with QIO's "
                         "converters first",
                         p->path, format);
    plaq_xml_value(xml, "dims", value, sizeof value);
    if (!plaq_text_dims(value, p->header.dims))
        return plaq_fail(PLAQ_E_DATA, "%s: <dims> is '%s', expected four extents", p->path, value);
    return PLAQ_OK;
}

static plaq_status take_private_record(const plaq_propagator *p, const char *xml, description *d)
{
    *d = (description){.spin = -1, .colour = -1, .given = true};
    plaq_xml_value(xml, "datatype", d->datatype, sizeof d->datatype);
    plaq_xml_value(xml, "precision", d->precision, sizeof d->precision);
    PLAQ_TRY(plaq_xml_int(p->path, xml, "colors", &d->colors));
    PLAQ_TRY(plaq_xml_int(p->path, xml, "spins", &d->spins));
    PLAQ_TRY(plaq_xml_int(p->path, xml, "typesize", &d->typesize));
    PLAQ_TRY(plaq_xml_int(p->path, xml, "datacount", &d->datacount));
    return plaq_xml_int(p->path, xml, "recordtype", &d->recordtype);
}

static plaq_status take_residuals(const char *xml, plaq_propagator *p)
{
    char words[512], *next = words, *end;

    if (!plaq_xml_value(xml, "residual", words, sizeof words)) return PLAQ_OK;
    if (!p->residual) p->residual = plaq_alloc(COLUMNS, sizeof *p->residual);
    if (!p->residual) return PLAQ_E_MEMORY;
    for (int i = 0; i < COLUMNS; i++, next = end) {
        p->residual[i] = strtod(next, &end);
        if (end == next)
            return plaq_fail(PLAQ_E_DATA, "%s: %d numbers in <residual>, expected %d", p->path, i, COLUMNS);
    }
    return PLAQ_OK;
}

/* What plaq writes; of Chroma's own words source, action and position. */
static plaq_status take_record(const char *xml, plaq_propagator *p, description *d)
{
    plaq_propagator_facts *facts = &p->header.facts;
    char value[64];

    d->source = strstr(xml, "<usqcdSourceInfo") != NULL;
    if (strstr(xml, "<usqcd")) {
        PLAQ_TRY(plaq_xml_int(p->path, xml, "spin", &d->spin));
        PLAQ_TRY(plaq_xml_int(p->path, xml, "color", &d->colour));
    }
    if (p->pieces) return PLAQ_OK;
    if (plaq_xml_text(xml, "plaq", value, sizeof value)) {
        plaq_xml_text(xml, "creator", p->header.creator, sizeof p->header.creator);
        plaq_xml_text(xml, "source", facts->source, sizeof facts->source);
        plaq_xml_text(xml, "source_parameters", facts->source_parameters, sizeof facts->source_parameters);
        plaq_xml_text(xml, "action", facts->action, sizeof facts->action);
        plaq_xml_text(xml, "action_parameters", facts->action_parameters, sizeof facts->action_parameters);
        plaq_xml_text(xml, "configuration", facts->configuration, sizeof facts->configuration);
        plaq_xml_text(xml, "key", facts->key, sizeof facts->key);
        PLAQ_TRY(take_residuals(xml, p));
    } else {
        plaq_xml_text(xml, "SourceType", facts->source, sizeof facts->source);
        plaq_xml_text(xml, "FermAct", facts->action, sizeof facts->action);
    }
    if (plaq_xml_value(xml, "t_srce", value, sizeof value) && !plaq_text_dims(value, facts->at)) facts->at[0] = -1;
    return PLAQ_OK;
}

static plaq_status take_checksum(const char *xml, plaq_propagator *p, contents *c)
{
    static const char *const names[] = {"suma", "sumb"};
    uint32_t sum[2];

    if (!c->wants_checksum) return PLAQ_OK;
    c->wants_checksum = false;
    for (int i = 0; i < 2; i++) {
        char value[64] = "";

        plaq_xml_value(xml, names[i], value, sizeof value);
        if (!plaq_text_hex(value, &sum[i]))
            return plaq_fail(PLAQ_E_DATA, "%s: <%s> of scidac-checksum is '%s', expected a hexadecimal number", p->path,
                             names[i], value);
    }
    plaq_check_print(PLAQ_CHECK_SCIDAC, sum, p->piece[p->pieces - 1].checksum);
    return PLAQ_OK;
}

static plaq_status take_text(const plaq_file *file, const plaq_lime *record, plaq_propagator *p, contents *c)
{
    static const char *const known[] = {"scidac-private-file-xml", "scidac-file-xml", "scidac-private-record-xml",
                                        "scidac-record-xml", "scidac-checksum"};
    plaq_status status = PLAQ_OK;
    char *text = NULL;
    size_t which = 0;

    while (which < sizeof known / sizeof *known && strcmp(record->type, known[which]) != 0) which++;
    if (which == sizeof known / sizeof *known) return PLAQ_OK; /* somebody else's record */
    PLAQ_TRY(plaq_lime_text(file, record, &text));
    switch (which) {
    case 0: status = take_private_file(text, p); break;
    case 1: plaq_xml_value(text, "type", c->file_type, sizeof c->file_type); break;
    case 2: status = take_private_record(p, text, &c->field); break;
    case 3: status = take_record(text, p, &c->field); break;
    case 4: status = take_checksum(text, p, c); break;
    }
    plaq_free(text);
    return status;
}

/* ---- fields ------------------------------------------------------------------------------------------------------ */

/* Columns of a field, its precision and order; 0 where it is something else. */
static int columns_of(const description *d, plaq_prec *prec, store_order *order)
{
    if (!d->given || d->recordtype != 0 || d->typesize < 1 || d->datacount < 1) return 0;
    for (int i = 0; i < 2; i++) {
        const int spinor = (int)store_spinors_bytes(1, i ? PLAQ_DOUBLE : PLAQ_SINGLE);

        *prec = i ? PLAQ_DOUBLE : PLAQ_SINGLE;
        if (d->precision[0] && strcmp(d->precision, i ? "D" : "F") != 0) continue;
        *order = d->typesize == COLUMNS * spinor ? STORE_MATRIX : STORE_COLUMNS;
        if (*order == STORE_MATRIX) return d->datacount == 1 ? COLUMNS : 0;
        if (d->typesize == spinor) return d->datacount;
        if (d->datacount == spinor / d->typesize && spinor % d->typesize == 0) return 1; /* as CPS describes it */
    }
    return 0;
}

static plaq_status check_place(const plaq_propagator *p, const description *d)
{
    const int at = p->header.columns % COLUMNS;

    if (d->spin < 0 || d->colour < 0 || (d->spin == at / 3 && d->colour == at % 3)) return PLAQ_OK;
    return plaq_fail(PLAQ_E_DATA, "%s: column %d is of spin %d and colour %d of the source, expected %d and %d",
                     p->path, p->header.columns, d->spin, d->colour, at / 3, at % 3);
}

/* The length of the data is what extents, columns and precision ask for. */
static plaq_status check_length(const plaq_propagator *p, const plaq_lime *record, int columns, plaq_prec prec)
{
    const int *dims = p->header.dims;
    int64_t volume, wanted;

    if (dims[0] == 0)
        return plaq_fail(PLAQ_E_DATA, "%s: no extents before the field: no record scidac-private-file-xml", p->path);
    PLAQ_TRY(plaq_dims_volume(p->path, dims, &volume));
    if (volume > INT64_MAX / columns / (int64_t)store_spinors_bytes(1, prec))
        return plaq_fail(PLAQ_E_DATA, "%s: %lld sites of %d columns are more than a file can hold", p->path,
                         (long long)volume, columns);
    wanted = volume * (int64_t)store_spinors_bytes(columns, prec);
    if (record->bytes != wanted)
        return plaq_fail(PLAQ_E_DATA, "%s: %lld bytes of a field of %d columns, expected %lld for %d %d %d %d", p->path,
                         (long long)record->bytes, columns, (long long)wanted, dims[0], dims[1], dims[2], dims[3]);
    return PLAQ_OK;
}

static plaq_status take_data(const plaq_lime *record, plaq_propagator *p, contents *c)
{
    const description d = c->field;
    store_piece piece = {.offset = record->offset};
    store_order order;
    plaq_prec prec;

    c->field.given = c->wants_checksum = false;
    piece.columns = columns_of(&d, &prec, &order);
    if (piece.columns == 0) {
        snprintf(c->other, sizeof c->other, "%s with %d colours, %d spins, %d bytes, %d a site",
                 d.given ? d.datatype : record->type, d.colors, d.spins, d.typesize, d.datacount);
        return PLAQ_OK;
    }
    if (d.source && order == STORE_COLUMNS) return PLAQ_OK;
    if (p->pieces && (order == STORE_MATRIX || p->order == STORE_MATRIX || prec != p->header.prec)) {
        c->passed++;
        return PLAQ_OK;
    }
    PLAQ_TRY(check_length(p, record, piece.columns, prec));
    if (order == STORE_COLUMNS) PLAQ_TRY(check_place(p, &d));
    p->header.prec = prec;
    p->order = order;
    c->wants_checksum = true;
    return store_propagator_add(p, &piece);
}

static plaq_status walk(const plaq_file *file, plaq_propagator *p, contents *c)
{
    plaq_lime record = {0};
    bool more;

    for (;;) {
        PLAQ_TRY(plaq_lime_next(file, p->header.bytes, &record, &more));
        if (!more) return PLAQ_OK;
        if (strcmp(record.type, "scidac-binary-data") == 0 || strcmp(record.type, "ildg-binary-data") == 0)
            PLAQ_TRY(take_data(&record, p, c));
        else
            PLAQ_TRY(take_text(file, &record, p, c));
    }
}

static plaq_status read_header(const plaq_file *file, plaq_propagator *p)
{
    contents c = {.field = {.given = false}};

    PLAQ_TRY(walk(file, p, &c));
    if (p->pieces == 0)
        return plaq_fail(PLAQ_E_DATA, "%s: LIME file without a propagator%s%s", p->path,
                         c.other[0] ? "; it holds " : "", c.other);
    if (strcmp(c.file_type, twelve) == 0 && p->header.columns != COLUMNS)
        return plaq_fail(PLAQ_E_DATA, "%s: %d columns, expected %d of a file of type %s: it is not whole", p->path,
                         p->header.columns, COLUMNS, twelve);
    strcpy(p->header.format, p->order == STORE_MATRIX ? "SciDAC" : "USQCD");
    strcpy(p->header.checksum, p->piece[0].checksum);
    p->little = false;
    if (c.passed)
        snprintf(p->header.note, sizeof p->header.note, "%d more fields in the file: the first propagator is taken",
                 c.passed);
    if (p->header.columns != COLUMNS) { /* plaq writes no residuals into such a file */
        plaq_free(p->residual);
        p->residual = NULL;
    }
    return PLAQ_OK;
}

/* ---- read -------------------------------------------------------------------------------------------------------- */

static plaq_status read_fields(plaq_propagator *p, plaq_columns *f, int first, uint32_t (*sum)[2])
{
    plaq_pieces s = {.file = PLAQ_FILE_CLOSED};
    store_spinors spinors = {p->order, p->header.prec, plaq_host_is_little(), first, 0, plaq_pieces_fetch, &s};
    plaq_status status, closed;

    PLAQ_GO(plaq_agree(p->comm, plaq_file_open(&s.file, p->path)));
    for (int i = 0; i < p->pieces; i++, spinors.first += spinors.count) {
        spinors.count = p->piece[i].columns;
        s.offset = p->piece[i].offset;
        s.bytes = store_spinors_bytes(spinors.count, p->header.prec);
        PLAQ_GO(store_spinors_read(f, &spinors, sum[i]));
    }
done:
    closed = plaq_file_close(&s.file);
    return plaq_agree(p->comm, status == PLAQ_OK ? closed : status);
}

/* ---- write ------------------------------------------------------------------------------------------------------- */

/* What stands around the numbers. */
typedef struct {
    const int *dims;
    plaq_prec prec;
    const plaq_propagator_facts *facts;
    uint32_t sum[2];
} frame;

static plaq_status describe_record(const void *of, plaq_text *xml)
{
    const frame *f = of;

    return plaq_text_print(xml,
                           "%s<scidacRecord><version>1.1</version><recordtype>0</recordtype>"
                           "<datatype>Lattice</datatype><precision>%c</precision><colors>3</colors><spins>4</spins>"
                           "<typesize>%zu</typesize><datacount>1</datacount></scidacRecord>",
                           plaq_xml_line, f->prec == PLAQ_DOUBLE ? 'D' : 'F', store_spinors_bytes(COLUMNS, f->prec));
}

static plaq_status add_element(plaq_text *xml, const char *name, const char *words)
{
    PLAQ_TRY(plaq_text_print(xml, "<%s>", name));
    PLAQ_TRY(plaq_text_escaped(xml, words));
    return plaq_text_print(xml, "</%s>", name);
}

static plaq_status describe_user_record(const void *of, plaq_text *xml)
{
    const frame *f = of;
    const plaq_propagator_facts *facts = f->facts;

    PLAQ_TRY(
        plaq_text_print(xml, "%s<plaq><creator>plaq %s (%s)</creator>", plaq_xml_line, PLAQ_VERSION, plaq_commit()));
    PLAQ_TRY(add_element(xml, "source", facts->source));
    PLAQ_TRY(add_element(xml, "source_parameters", facts->source_parameters));
    if (facts->at[0] >= 0)
        PLAQ_TRY(plaq_text_print(xml, "<t_srce>%d %d %d %d</t_srce>", facts->at[0], facts->at[1], facts->at[2],
                                 facts->at[3]));
    PLAQ_TRY(add_element(xml, "action", facts->action));
    PLAQ_TRY(add_element(xml, "action_parameters", facts->action_parameters));
    PLAQ_TRY(add_element(xml, "configuration", facts->configuration));
    if (facts->key[0]) PLAQ_TRY(add_element(xml, "key", facts->key));
    if (facts->residual) {
        PLAQ_TRY(plaq_text_print(xml, "<residual>"));
        for (int i = 0; i < COLUMNS; i++) PLAQ_TRY(plaq_text_print(xml, "%.17g ", facts->residual[i]));
        PLAQ_TRY(plaq_text_print(xml, "</residual>"));
    }
    return plaq_text_print(xml, "</plaq>");
}

/* Two messages, as QIO has them: the file; then the field with its description, numbers and checksum. */
static plaq_status make_frame(const frame *f, int64_t bytes, plaq_text *before, plaq_text *after)
{
    PLAQ_TRY(plaq_scidac_file(before, f->dims, "plaq propagator"));
    PLAQ_TRY(plaq_lime_describe(before, "scidac-private-record-xml", PLAQ_LIME_BEGINS, describe_record, f));
    PLAQ_TRY(plaq_lime_describe(before, "scidac-record-xml", 0, describe_user_record, f));
    PLAQ_TRY(plaq_lime_header(before, "scidac-binary-data", 0, bytes));
    PLAQ_TRY(plaq_lime_pad(after, bytes));
    return plaq_scidac_checksum(after, f->sum);
}

/* The lengths of both, the same on all ranks. Collective. */
static plaq_status frame_lengths(const plaq_comm *comm, const frame *f, int64_t bytes, int64_t n[2])
{
    plaq_text before = {0}, after = {0};
    plaq_status status = PLAQ_OK;

    if (plaq_comm_rank(comm) == 0) status = make_frame(f, bytes, &before, &after);
    n[0] = (int64_t)before.n;
    n[1] = (int64_t)after.n;
    plaq_free(before.bytes);
    plaq_free(after.bytes);
    PLAQ_TRY(plaq_agree(comm, status));
    plaq_broadcast(comm, n, 2 * sizeof *n);
    return PLAQ_OK;
}

static plaq_status write_frame(const frame *f, const plaq_pieces *s, int64_t bytes)
{
    plaq_text before = {0}, after = {0};
    plaq_status status;

    PLAQ_GO(make_frame(f, bytes, &before, &after));
    PLAQ_GO(plaq_file_write(&s->file, 0, before.bytes, before.n));
    status = plaq_file_write(&s->file, s->offset + bytes, after.bytes, after.n);
done:
    plaq_free(before.bytes);
    plaq_free(after.bytes);
    return status;
}

static plaq_status write_field(plaq_columns *columns, int first, int count, const char *path, plaq_prec prec,
                               const plaq_propagator_facts *facts)
{
    const plaq_lattice *lattice = plaq_columns_lattice(columns);
    const plaq_comm *comm = plaq_lattice_comm(lattice);
    plaq_pieces s = {.file = PLAQ_FILE_CLOSED, .bytes = store_spinors_bytes(count, prec)};
    store_spinors spinors = {STORE_MATRIX, prec, plaq_host_is_little(), first, count, plaq_pieces_store, &s};
    frame f = {.dims = plaq_lattice_dims(lattice), .prec = prec, .facts = facts};
    const int64_t bytes = plaq_lattice_volume(lattice) * (int64_t)s.bytes;
    plaq_status status, closed;
    int64_t around[2];

    PLAQ_GO(frame_lengths(comm, &f, bytes, around));
    s.offset = around[0];
    PLAQ_GO(plaq_config_create(comm, &s.file, path, around[0] + bytes + around[1]));
    PLAQ_GO(store_spinors_write(columns, &spinors, f.sum));
    if (plaq_comm_rank(comm) == 0) status = write_frame(&f, &s, bytes);
    if (status == PLAQ_OK) status = plaq_file_sync(&s.file);
done:
    closed = plaq_file_close(&s.file);
    return plaq_agree(comm, status == PLAQ_OK ? closed : status);
}

const store_propagator_format store_propagator_qio = {
    .key = "qio",
    .recognise = plaq_lime_recognise,
    .read_header = read_header,
    .read = read_fields,
    .write = write_field,
};
