/* Other people's configurations against numbers of other people's code: every column of measured.tsv there is an
 * observable for, of every file. The numbers were computed in double from what the file holds,
 * so they are met to 1e-12 also where the file is in single precision. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plaq/io.h"
#include "plaq/observable.h"
#include "support/test.h"

enum { LINE = 2048, COLUMNS = 64 };

/* the file whose content does not say how links lie */
static const char headless[] = "easydistillation/weak_field.bin", its_links[] = "order=mu,t,z,y,x,row,col";

/* where a column's number is to be found */
static const struct {
    const char *column, *observable, *output;
    int index;
} table[] = {
    {"plaq", "plaquette", "mean", 0},
    {"plaq_s", "plaquette", "spatial", 0},
    {"plaq_t", "plaquette", "temporal", 0},
    {"plaq_xy", "plaquette", "planes", 0},
    {"plaq_xz", "plaquette", "planes", 1},
    {"plaq_yz", "plaquette", "planes", 2},
    {"plaq_xt", "plaquette", "planes", 3},
    {"plaq_yt", "plaquette", "planes", 4},
    {"plaq_zt", "plaquette", "planes", 5},
    {"link_tr", "link_trace", "mean", 0},
    {"rect", "rectangle", "mean", 0},
    {"poly_x_re", "polyakov", "loop", 0},
    {"poly_x_im", "polyakov", "loop", 1},
    {"poly_y_re", "polyakov", "loop", 2},
    {"poly_y_im", "polyakov", "loop", 3},
    {"poly_z_re", "polyakov", "loop", 4},
    {"poly_z_im", "polyakov", "loop", 5},
    {"poly_t_re", "polyakov", "loop", 6},
    {"poly_t_im", "polyakov", "loop", 7},
    {"E_clov", "clover", "energy_mean", 0},
    {"E_plaq", "improved", "energy_plaquette_mean", 0},
    {"Q_clov", "clover", "charge_total", 0},
};
enum { CHECKED = sizeof table / sizeof *table };

static char (*lines)[LINE]; /* of measured.tsv, the head first */
static int line_count;

static plaq_status read_table(const char *path)
{
    char *text = NULL, *rest;
    size_t n;

    PLAQ_TRY(plaq_file_slurp(path, 1 << 20, &text, &n));
    rest = text;
    lines = plaq_alloc(256, sizeof *lines);
    for (char *line; lines && line_count < 256 && (line = strsep(&rest, "\n"));)
        if (*line) snprintf(lines[line_count++], LINE, "%s", line);
    plaq_free(text);
    return lines ? PLAQ_OK : PLAQ_E_MEMORY;
}

/* The text of a column in a row, into a buffer of 256; "" where there is none. */
static const char *cell(int row, const char *column, char text[256])
{
    const char *head = lines[0], *at = lines[row];

    *text = 0;
    for (;;) {
        const size_t wide = strcspn(head, "\t"), n = strcspn(at, "\t");

        if (wide == strlen(column) && strncmp(head, column, wide) == 0) {
            snprintf(text, 256, "%.*s", (int)n, at);
            return text;
        }
        if (!head[wide] || !at[n]) return text;
        head += wide + 1;
        at += n + 1;
    }
}

static double number(int row, const char *column)
{
    char text[256];

    return strtod(cell(row, column, text), NULL);
}

static plaq_status load(const char *file, int row, plaq_gauge **u)
{
    const int dims[4] = {(int)number(row, "nx"), (int)number(row, "ny"), (int)number(row, "nz"),
                         (int)number(row, "nt")};

    return test_load(test_data(file), dims, strcmp(file, headless) == 0 ? its_links : "", u);
}

static const plaq_array *find(const plaq_array arrays[], int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(arrays[i].output->name, name) == 0) return &arrays[i];
    return NULL;
}

/* Compares the columns of one observable; the number of those that differ. */
static int compare(int row, const char *file, const char *observable, const plaq_array arrays[], int count)
{
    const double tolerance = 1e-12, rounding = 1e-16; /* of 14 digits in the table; of a mean of terms of size one */
    int wrong = 0;

    for (int i = 0; i < CHECKED; i++) {
        const plaq_array *array = find(arrays, count, table[i].output);

        if (strcmp(table[i].observable, observable) != 0) continue;

        const double wanted = number(row, table[i].column), seen = array ? array->values[table[i].index] : NAN;

        if (fabs(seen - wanted) <= tolerance * fabs(wanted) + rounding) continue;
        test_check(false, __FILE__, __LINE__, "%s: %s is %.16g, expected %.16g", file, table[i].column, seen, wanted);
        wrong++;
    }
    return wrong;
}

static bool has_columns(const char *observable)
{
    for (int i = 0; i < CHECKED; i++)
        if (strcmp(table[i].observable, observable) == 0) return true;
    return false;
}

/* The columns of Wilson flow, by steps of 0.01 as theirs. Where the links are those of a file of floats, the flow of a
 * matrix a little beside SU(3) depends on how it is written: 1e-6 there. Else 150 products of a link
 * are rounded, and 36 (1 - plaquette) is left with that: 1e-12. */
static void check_flow(int row, const char *file, plaq_gauge *u)
{
    const int extent = plaq_lattice_dims(plaq_gauge_lattice(u))[3], steps = 50;
    const double tolerance = number(row, "unit_dev") < 1e-9 ? 1e-11 : 1e-6;
    double energy[64], charge[64], planes[6], spatial, temporal, seen[4] = {0};
    static const char *const columns[4] = {"flow_plaq", "flow_E_plaq", "flow_E_clov", "flow_Q_clov"};
    plaq_flow *flow = NULL;

    CHECK_STATUS(PLAQ_OK, plaq_flow_create(u, PLAQ_FLOW_WILSON, false, &flow));
    for (int i = 0; i < steps; i++) CHECK_STATUS(PLAQ_OK, plaq_flow_step(flow, 0.01));
    plaq_flow_destroy(&flow);
    CHECK_STATUS(PLAQ_OK, plaq_gauge_plaquette(u, planes, NULL));
    plaq_plane_means(planes, &seen[0], &spatial, &temporal);
    seen[1] = 36 * (1 - seen[0]);
    CHECK_STATUS(PLAQ_OK, plaq_gauge_clover(u, energy, charge));
    for (int t = 0; t < extent; t++) {
        seen[2] += energy[t] / extent;
        seen[3] += charge[t];
    }
    for (int i = 0; i < 4; i++) {
        const double wanted = number(row, columns[i]);

        test_check(fabs(seen[i] - wanted) <= tolerance * fmax(fabs(wanted), 0.1), __FILE__, __LINE__,
                   "%s: %s is %.16g, expected %.16g", file, columns[i], seen[i], wanted);
    }
}

static void check_file(int row, const char *file)
{
    char flow_t[256];

    plaq_gauge *u = NULL;
    double deviation, determinant;

    CHECK_STATUS(PLAQ_OK, load(file, row, &u));
    for (int i = 0; plaq_observables[i]; i++) {
        plaq_array *arrays = NULL;
        int count = 0, wrong;

        if (!has_columns(plaq_observables[i]->name)) continue;
        CHECK_STATUS(PLAQ_OK, test_measure(plaq_observables[i], u, &arrays, &count));
        wrong = compare(row, file, plaq_observables[i]->name, arrays, count);
        for (int k = 0; k < count; k++) plaq_array_clear(&arrays[k]);
        plaq_free(arrays);
        if (wrong) return;
    }
    CHECK_STATUS(PLAQ_OK, plaq_gauge_unitarity(u, &deviation, &determinant));
    /* three digits in the table; files in double precision are unitary to rounding, which is nobody's number */
    CHECK(fabs(deviation - number(row, "unit_dev")) < fmax(1e-14, 0.01 * number(row, "unit_dev")));
    CHECK(fabs(determinant - number(row, "det_dev")) < fmax(1e-14, 0.01 * number(row, "det_dev")));
    if (strcmp(cell(row, "flow_t", flow_t), "0.5") == 0) check_flow(row, file, u);
}

static void every_column_of_every_file_is_met(void)
{
    const char *path = test_data("measured.tsv");
    int files = 0;

    if (!path) SKIP("no shared test data");
    CHECK_STATUS(PLAQ_OK, read_table(path));
    for (int row = 1; row < line_count; row++) {
        char file[256];

        cell(row, "file", file);
        check_file(row, file);
        files++;
    }
    plaq_free(lines);
    CHECK(files >= 29);
}

TEST_MAIN({"every column of every file is met", every_column_of_every_file_is_met})
