/* LIME files as nobody in the test data wrote them: several fields, other people's data, records that contradict each
 * other or lie about their length. Each is made here, record by record, for one site. */
#include <stdio.h>
#include <string.h>

#include "plaq/io.h"
#include "support/test.h"

/* A LIME file in the making. */
typedef struct {
    unsigned char bytes[16384];
    size_t n;
} lime;

static void put_number(unsigned char *at, int size, uint64_t v)
{
    for (int i = size - 1; i >= 0; i--, v >>= 8) at[i] = (unsigned char)v;
}

/* Adds a record that says it has `length` bytes. */
static void add_record(lime *file, const char *type, const void *data, size_t n, uint64_t length)
{
    unsigned char *h = file->bytes + file->n;

    put_number(h, 4, 0x456789ab);
    put_number(h + 4, 2, 1);
    put_number(h + 8, 8, length);
    strcpy((char *)h + 16, type);
    memcpy(h + 144, data, n);
    file->n += 144 + (n + 7) / 8 * 8;
}

static void add_text(lime *file, const char *type, const char *text)
{
    add_record(file, type, text, strlen(text), strlen(text));
}

/* One site of links, or any other data of so many bytes. */
static void add_data(lime *file, const char *type, size_t n)
{
    static const char zeros[4096];

    add_record(file, type, zeros, n, n);
}

static void add_description(lime *file, const char *datatype, int typesize, int datacount)
{
    char text[512];

    snprintf(text, sizeof text,
             "<scidacRecord><recordtype>0</recordtype><datatype>%s</datatype><precision>F</precision>"
             "<colors>3</colors><spins>4</spins><typesize>%d</typesize><datacount>%d</datacount></scidacRecord>",
             datatype, typesize, datacount);
    add_text(file, "scidac-private-record-xml", text);
}

static const char volume_1[] = "<scidacFile><version>1.1</version><spacetime>4</spacetime><dims>1 1 1 1 </dims>"
                               "<volfmt>0</volfmt></scidacFile>";
static const char ildg_1[] =
    "<ildgFormat><field>su3gauge</field><precision>32</precision><lx>1</lx><ly>1</ly><lz>1</lz>"
    "<lt>1</lt></ildgFormat>";
static const char checksum[] = "<scidacChecksum><suma>0a</suma><sumb>B</sumb></scidacChecksum>";

enum { SINGLE = 288, DOUBLE = 576 };

/* Opens the file and copies its header. */
static plaq_status read_header(const lime *file, plaq_config_header *header)
{
    plaq_file out = PLAQ_FILE_CLOSED;
    plaq_config *config = NULL;
    plaq_status status;
    char path[4096];

    snprintf(path, sizeof path, "%s/lime", test_scratch());
    PLAQ_TRY(plaq_file_create(&out, path));
    status = plaq_file_write(&out, 0, file->bytes, file->n);
    PLAQ_TRY(plaq_file_close(&out));
    PLAQ_TRY(status);
    PLAQ_TRY(plaq_config_open(test_comm(), path, NULL, &config));
    *header = *plaq_config_get_header(config);
    plaq_config_close(&config);
    return PLAQ_OK;
}

static void propagators_are_no_configurations(void)
{
    plaq_config_header h;
    lime file = {.n = 0};

    add_text(&file, "scidac-private-file-xml", volume_1);
    add_description(&file, "QDP_F3_DiracPropagator", 1152, 1);
    add_data(&file, "scidac-binary-data", 1152);
    add_text(&file, "scidac-checksum", checksum);
    CHECK_STATUS(PLAQ_E_DATA, read_header(&file, &h));
    CHECK_MESSAGE("QDP_F3_DiracPropagator");
}

static void the_first_gauge_field_is_taken(void)
{
    plaq_config_header h;
    lime file = {.n = 0};

    add_text(&file, "scidac-private-file-xml", volume_1);
    add_description(&file, "QDP_F3_DiracPropagator", 1152, 1);
    add_data(&file, "scidac-binary-data", 1152);
    add_text(&file, "scidac-checksum", "<suma>1</suma><sumb>2</sumb>");
    add_description(&file, "QDP_F3_ColorMatrix", 72, 4);
    add_text(&file, "somebody-elses", "record");
    add_data(&file, "scidac-binary-data", SINGLE);
    add_text(&file, "scidac-checksum", checksum);
    add_description(&file, "QDP_D3_ColorMatrix", 144, 4);
    add_data(&file, "scidac-binary-data", DOUBLE);
    add_text(&file, "scidac-checksum", "<suma>3</suma><sumb>4</sumb>");
    CHECK_STATUS(PLAQ_OK, read_header(&file, &h));
    CHECK(strcmp(h.format, "SciDAC") == 0 && h.prec == PLAQ_SINGLE);
    CHECK(strcmp(h.checksum, "a/b") == 0);
    CHECK(strstr(h.note, "first") != NULL);
}

static void a_checksum_belongs_to_the_data_before_it(void)
{
    plaq_config_header h;
    lime file = {.n = 0};

    add_text(&file, "ildg-format", ildg_1);
    add_data(&file, "ildg-binary-data", SINGLE);
    add_description(&file, "QDP_F3_DiracPropagator", 1152, 1);
    add_data(&file, "scidac-binary-data", 1152);
    add_text(&file, "scidac-checksum", checksum);
    CHECK_STATUS(PLAQ_OK, read_header(&file, &h));
    CHECK(strcmp(h.format, "ILDG") == 0 && h.checksum_kind[0] == '\0');
}

static void descriptions_may_follow_the_data(void)
{
    plaq_config_header h;
    lime file = {.n = 0};

    add_data(&file, "ildg-binary-data", DOUBLE);
    add_text(&file, "ildg-data-lfn", "lfn://a/b");
    add_text(&file, "scidac-checksum", checksum);
    add_text(&file, "ildg-format", ildg_1);
    add_text(&file, "xlf-info", "plaquette = 0.25\n trajectory nr = 7\n");
    CHECK_STATUS(PLAQ_OK, read_header(&file, &h));
    CHECK(h.dims[3] == 1 && strcmp(h.checksum, "a/b") == 0);
    CHECK_SAME(h.plaquette, 0.25);
    CHECK(h.prec == PLAQ_DOUBLE && strstr(h.note, "length") != NULL); /* ildg-format says 32 bit */
}

static void contradictions_are_found(void)
{
    static const struct {
        const char *type, *text, *words;
    } wrong[] = {
        {"scidac-private-file-xml", "<dims>1 1 1 2</dims>", "1 1 1 2"},
        {"scidac-private-file-xml", "<dims>1 1 1</dims>", "four extents"},
        {"scidac-private-file-xml", "<dims>1 1 1 1</dims><volfmt>1</volfmt>", "scidac-sitelist"},
        {"scidac-private-file-xml", "<dims>1 1 1 1</dims><volfmt>3</volfmt>", "volfmt 3"},
        {"ildg-format", "<field>su2gauge</field>", "su2gauge"},
        {"ildg-format", "<lx>1</lx><ly>-1</ly><lz>1</lz><lt>1</lt>", "<ly>"},
        {"ildg-format", "<lx>1</lx><ly>99999999999</ly><lz>1</lz><lt>1</lt>", "99999999999"},
        {"ildg-format", "<lx>2</lx><ly>1</ly><lz>1</lz><lt>1</lt>", "288 bytes of links, expected 576"},
        {"scidac-checksum", "<suma>12345678901</suma><sumb>0</sumb>", "12345678901"},
    };

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        plaq_config_header h;
        lime file = {.n = 0};

        add_text(&file, "ildg-format", ildg_1);
        add_data(&file, "ildg-binary-data", SINGLE);
        add_text(&file, wrong[i].type, wrong[i].text);
        CHECK_STATUS(PLAQ_E_DATA, read_header(&file, &h));
        CHECK_MESSAGE(wrong[i].words);
    }
}

static void lengths_are_not_believed(void)
{
    static const uint64_t lengths[] = {SINGLE + 8, (uint64_t)1 << 31, (uint64_t)1 << 32, INT64_MAX, UINT64_MAX};

    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        plaq_config_header h;
        lime file = {.n = 0};
        char zeros[SINGLE] = {0};

        add_text(&file, "ildg-format", ildg_1);
        add_record(&file, "ildg-binary-data", zeros, sizeof zeros, lengths[i]);
        CHECK_STATUS(PLAQ_E_DATA, read_header(&file, &h));
        CHECK_MESSAGE("truncated");
    }
}

static void what_follows_must_be_a_record(void)
{
    plaq_config_header h;
    lime file = {.n = 0};

    add_text(&file, "ildg-format", ildg_1);
    add_data(&file, "ildg-binary-data", SINGLE);
    memset(file.bytes + file.n, 'x', 200);
    file.n += 200;
    CHECK_STATUS(PLAQ_E_DATA, read_header(&file, &h));
    CHECK_MESSAGE("no LIME record");
    file.n -= 150;
    CHECK_STATUS(PLAQ_E_DATA, read_header(&file, &h));
    CHECK_MESSAGE("cut off");
}

TEST_MAIN({"propagators are no configurations", propagators_are_no_configurations},
          {"the first gauge field is taken", the_first_gauge_field_is_taken},
          {"a checksum belongs to the data before it", a_checksum_belongs_to_the_data_before_it},
          {"descriptions may follow the data", descriptions_may_follow_the_data},
          {"contradictions are found", contradictions_are_found},
          {"lengths are not believed", lengths_are_not_believed},
          {"what follows must be a record", what_follows_must_be_a_record})
