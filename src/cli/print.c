/* What commands print: aligned tables, wrapped lines, JSON. */
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

enum { MOST_COLUMNS = 32, LINE_COLUMNS = 79 };

/* Columns on the screen: bytes of UTF-8 that begin a character */
static int screen_width(const char *text, size_t n)
{
    int width = 0;

    for (size_t i = 0; i < n; i++) width += (text[i] & 0xc0) != 0x80;
    return width;
}

/* ---- tables -------------------------------------------------------------------------------------------------- */

plaq_status plaq_table_row(plaq_table *table, const char *format, ...)
{
    char cells[8192];
    va_list list;
    char *row;

    va_start(list, format);
    vsnprintf(cells, sizeof cells, format, list);
    va_end(list);
    if (table->count == table->room) {
        int room = table->room ? 2 * table->room : 16;
        char **rows = plaq_alloc((size_t)room, sizeof *rows);

        if (!rows) return PLAQ_E_MEMORY;
        if (table->count) memcpy(rows, table->rows, (size_t)table->count * sizeof *rows);
        plaq_free(table->rows);
        table->rows = rows;
        table->room = room;
    }
    row = plaq_strdup(cells);
    if (!row) return PLAQ_E_MEMORY;
    table->rows[table->count++] = row;
    return PLAQ_OK;
}

static bool is_number(const char *cell, size_t n)
{
    char text[64], *end;

    if (n == 0 || n >= sizeof text) return n == 0;
    memcpy(text, cell, n);
    text[n] = '\0';
    strtod(text, &end);
    return *end == '\0' || strcmp(text, "-") == 0;
}

void plaq_table_print(plaq_table *table)
{
    int width[MOST_COLUMNS] = {0};
    bool right[MOST_COLUMNS];

    for (int c = 0; c < MOST_COLUMNS; c++) right[c] = table->count > 1;
    for (int r = 0; r < table->count; r++) {
        const char *cell = table->rows[r];

        for (int c = 0; c < MOST_COLUMNS; c++) {
            size_t n = strcspn(cell, "\t");

            if (screen_width(cell, n) > width[c]) width[c] = screen_width(cell, n);
            if (r > 0 && !is_number(cell, n)) right[c] = false;
            if (!cell[n]) break;
            cell += n + 1;
        }
    }
    for (int r = 0; r < table->count; r++) {
        const char *cell = table->rows[r];

        for (int c = 0; c < MOST_COLUMNS; c++) {
            size_t n = strcspn(cell, "\t");
            int blanks = width[c] - screen_width(cell, n);
            bool last = !cell[n];

            printf("%s%*s%.*s%*s", c ? "  " : "", right[c] ? blanks : 0, "", (int)n, cell,
                   right[c] || last ? 0 : blanks, "");
            if (last) break;
            cell += n + 1;
        }
        putchar('\n');
    }
    plaq_table_clear(table);
}

void plaq_table_clear(plaq_table *table)
{
    for (int r = 0; r < table->count; r++) plaq_free(table->rows[r]);
    plaq_free(table->rows);
    *table = (plaq_table){.rows = NULL};
}

/* ---- lines --------------------------------------------------------------------------------------------------- */

void plaq_print_wrapped(const char *text, int indent)
{
    int column = indent;

    for (const char *word = text; *word;) {
        size_t n = strcspn(word, " \n");

        if (column > indent && column + 1 + (int)n > LINE_COLUMNS) {
            printf("\n%*s", indent, "");
            column = indent;
        }
        printf("%s%.*s", column > indent ? " " : "", (int)n, word);
        column += screen_width(word, n) + (column > indent);
        word += n + strspn(word + n, " \n");
    }
    putchar('\n');
}

/* ---- JSON ---------------------------------------------------------------------------------------------------- */

static bool out_of_memory;
static cJSON *orphans; /* items that found no place for want of memory: their makers may still be filling them */

static void *json_alloc(size_t bytes)
{
    void *memory = plaq_alloc(bytes ? bytes : 1, 1);

    if (!memory) out_of_memory = true;
    return memory;
}

void plaq_json_start(void)
{
    cJSON_InitHooks(&(cJSON_Hooks){json_alloc, plaq_free});
}

void plaq_json_add(cJSON *object, const char *name, cJSON *item)
{
    bool added =
        item && object && (name ? cJSON_AddItemToObject(object, name, item) : cJSON_AddItemToArray(object, item));

    if (!item || added) return;
    item->next = orphans;
    orphans = item;
}

/* cJSON's own numbers may lose the last digits */
static cJSON *real(double value)
{
    char text[40];

    if (!isfinite(value)) return cJSON_CreateNull();
    snprintf(text, sizeof text, "%.17g", value);
    return cJSON_CreateRaw(text);
}

static cJSON *whole(int64_t value)
{
    char text[40];

    snprintf(text, sizeof text, "%" PRId64, value);
    return cJSON_CreateRaw(text);
}

void plaq_json_real(cJSON *object, const char *name, double value)
{
    plaq_json_add(object, name, real(value));
}

void plaq_json_int(cJSON *object, const char *name, int64_t value)
{
    plaq_json_add(object, name, whole(value));
}

void plaq_json_ints(cJSON *object, const char *name, const int values[], int n)
{
    cJSON *array = cJSON_CreateArray();

    for (int i = 0; i < n; i++) plaq_json_add(array, NULL, whole(values[i]));
    plaq_json_add(object, name, array);
}

void plaq_json_text(cJSON *object, const char *name, const char *text)
{
    plaq_json_add(object, name, text ? cJSON_CreateString(text) : cJSON_CreateNull());
}

void plaq_json_bool(cJSON *object, const char *name, bool value)
{
    plaq_json_add(object, name, cJSON_CreateBool(value));
}

plaq_status plaq_json_print(cJSON *json, bool pretty)
{
    char *text = pretty ? cJSON_Print(json) : cJSON_PrintUnformatted(json);
    bool whole_text = text && !out_of_memory;

    cJSON_Delete(json);
    cJSON_Delete(orphans);
    orphans = NULL;
    if (whole_text) puts(text);
    plaq_free(text);
    fflush(stdout);
    return whole_text ? PLAQ_OK : plaq_fail(PLAQ_E_MEMORY, "no memory for the output");
}
