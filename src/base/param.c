/* Tables of parameters: from text into structs and back, and "did you mean".
 *
 * A value's text has one meaning wherever it stands, in a run file or on the command line: "true", "12", "1e-8",
 * "wilson", "[4, 4, 4, 8]" (brackets may be left away). Numbers are decimal and finite. What is printed reads back
 * as the same bits.
 */
#include <ctype.h>
#include <errno.h>
#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "plaq/base.h"

enum { NUMBER_CHARS = 63, NEAREST_CHARS = 64, SHOWN_CHARS = 60 };

/* ---- names and ranges ---------------------------------------------------------------------------------------- */

/* snprintf behind what is already there; stays whole where there is no room */
PLAQ_PRINTF(3, 4) static void append(char *text, size_t n, const char *format, ...)
{
    size_t used = strlen(text);
    va_list list;

    va_start(list, format);
    if (used < n) vsnprintf(text + used, n - used, format, list);
    va_end(list);
}

void plaq_param_type_text(const plaq_param *param, char *text, size_t n)
{
    static const char *const words[] = {"bool", "int", "seed", "real", "text", "choice", "int", "real"};

    snprintf(text, n, "%s", words[param->type]);
    if (param->type == PLAQ_TYPE_INTS || param->type == PLAQ_TYPE_REALS) append(text, n, "[%zu]", param->count);
}

static bool is_real(const plaq_param *param)
{
    return param->type == PLAQ_TYPE_REAL || param->type == PLAQ_TYPE_REALS;
}

void plaq_param_range_text(const plaq_param *param, char *text, size_t n)
{
    double lowest = is_real(param) ? -DBL_MAX : INT_MIN, highest = is_real(param) ? DBL_MAX : INT_MAX;
    bool below = param->min > lowest, above = param->max < highest;

    *text = '\0';
    if (param->type != PLAQ_TYPE_INT && param->type != PLAQ_TYPE_INTS && !is_real(param)) return;
    if (below && above)
        snprintf(text, n, "%.15g to %.15g", param->min, param->max);
    else if (below)
        snprintf(text, n, "at least %.15g", param->min);
    else if (above)
        snprintf(text, n, "at most %.15g", param->max);
}

/* ---- reading ------------------------------------------------------------------------------------------------- */

static plaq_status out_of_range(const plaq_param *param, const char *text)
{
    char range[80];

    plaq_param_range_text(param, range, sizeof range);
    return plaq_fail(PLAQ_E_USAGE, "%s is %s, out of range: expected %s", param->name, text,
                     *range ? range : "a number that fits");
}

static plaq_status wrong_type(const plaq_param *param, const char *text)
{
    char type[40];

    plaq_param_type_text(param, type, sizeof type);
    return plaq_fail(PLAQ_E_USAGE, "%s is \"%.*s\", expected %s", param->name, SHOWN_CHARS, text,
                     param->type == PLAQ_TYPE_BOOL   ? "true or false"
                     : param->type == PLAQ_TYPE_INT  ? "a whole number"
                     : param->type == PLAQ_TYPE_SEED ? "a whole number from 0 to 2^64 - 1"
                     : param->type == PLAQ_TYPE_REAL ? "a number"
                                                     : type);
}

static plaq_status read_bool(const plaq_param *param, const char *text, bool *value)
{
    if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0) return wrong_type(param, text);
    *value = *text == 't';
    return PLAQ_OK;
}

static plaq_status read_int(const plaq_param *param, const char *text, int *value)
{
    char *end;
    long number;

    if (!*text || text[strspn(text, "0123456789+-")]) return wrong_type(param, text);
    errno = 0;
    number = strtol(text, &end, 10);
    if (*end || end == text) return wrong_type(param, text);
    if (errno || number < INT_MIN || number > INT_MAX || (double)number < param->min || (double)number > param->max)
        return out_of_range(param, text);
    *value = (int)number;
    return PLAQ_OK;
}

static plaq_status read_seed(const plaq_param *param, const char *text, uint64_t *value)
{
    char *end;
    unsigned long long number;

    if (!*text || text[strspn(text, "0123456789")]) return wrong_type(param, text);
    errno = 0;
    number = strtoull(text, &end, 10);
    if (errno) return wrong_type(param, text);
    *value = number;
    return PLAQ_OK;
}

static plaq_status read_real(const plaq_param *param, const char *text, double *value)
{
    char *end;
    double number;

    /* strtod knows "nan", "inf" and hexadecimal too: none of them was meant */
    if (!*text || text[strspn(text, "0123456789+-.eE")]) return wrong_type(param, text);
    number = strtod(text, &end);
    if (*end || end == text) return wrong_type(param, text);
    if (!isfinite(number) || number < param->min || number > param->max) return out_of_range(param, text);
    *value = number;
    return PLAQ_OK;
}

static plaq_status read_text(const plaq_param *param, const char *text, char *value)
{
    size_t n = strlen(text);

    if (n >= param->count)
        return plaq_fail(PLAQ_E_USAGE, "%s has %zu characters, expected fewer than %zu", param->name, n, param->count);
    memcpy(value, text, n + 1);
    return PLAQ_OK;
}

static plaq_status read_choice(const plaq_param *param, const char *text, int *value)
{
    const char *word = param->choices;
    size_t n = strlen(text);

    for (int i = 0;; i++) {
        size_t length = strcspn(word, "|");

        if (length == n && memcmp(word, text, n) == 0) {
            *value = i;
            return PLAQ_OK;
        }
        if (!word[length]) break;
        word += length + 1;
    }
    return plaq_fail(PLAQ_E_USAGE, "%s is \"%.*s\", expected one of %s", param->name, SHOWN_CHARS, text,
                     param->choices);
}

/* The next element of "[1, 2, 3]" or "1,2,3" without its blanks; false where it is empty or too long for a number */
static bool next_element(const char **text, char element[NUMBER_CHARS + 1])
{
    const char *start = *text + strspn(*text, " ");
    size_t length = strcspn(start, ", ");

    if (length == 0 || length > NUMBER_CHARS) return false;
    memcpy(element, start, length);
    element[length] = '\0';
    *text = start + length + strspn(start + length, " ");
    return true;
}

static plaq_status read_array(const plaq_param *param, const char *text, void *values, bool store)
{
    size_t n = strlen(text), i = 0;
    char inner[1024], element[NUMBER_CHARS + 1];
    const char *rest = inner;
    bool brackets = n >= 2 && text[0] == '[' && text[n - 1] == ']';

    if (n >= sizeof inner) return wrong_type(param, text);
    snprintf(inner, sizeof inner, "%.*s", (int)(brackets ? n - 2 : n), text + brackets);
    do {
        int whole = 0;
        double number = 0;

        if (!next_element(&rest, element) || i == param->count) return wrong_type(param, text);
        if (param->type == PLAQ_TYPE_INTS) {
            PLAQ_TRY(read_int(param, element, &whole));
            if (store) ((int *)values)[i] = whole;
        } else {
            PLAQ_TRY(read_real(param, element, &number));
            if (store) ((double *)values)[i] = number;
        }
        i++;
    } while (*rest == ',' && *rest++);
    if (*rest || i != param->count) return wrong_type(param, text);
    return PLAQ_OK;
}

plaq_status plaq_param_read(const plaq_param *param, const char *text, void *params)
{
    void *member = (char *)params + param->offset;

    switch (param->type) {
    case PLAQ_TYPE_BOOL: return read_bool(param, text, member);
    case PLAQ_TYPE_INT: return read_int(param, text, member);
    case PLAQ_TYPE_SEED: return read_seed(param, text, member);
    case PLAQ_TYPE_REAL: return read_real(param, text, member);
    case PLAQ_TYPE_TEXT: return read_text(param, text, member);
    case PLAQ_TYPE_CHOICE: return read_choice(param, text, member);
    case PLAQ_TYPE_INTS:
    case PLAQ_TYPE_REALS:
        PLAQ_TRY(read_array(param, text, member, false)); /* a failure leaves the struct as it was */
        return read_array(param, text, member, true);
    }
    return plaq_fail(PLAQ_E_INTERNAL, "parameter %s has no type", param->name);
}

/* ---- printing ------------------------------------------------------------------------------------------------ */

/* The fewest digits that read back as the same number */
static void print_real(double value, char *text, size_t n)
{
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, n, "%.*g", digits, value);
        if (strtod(text, NULL) == value) return;
    }
}

static void print_choice(const plaq_param *param, int value, char *text, size_t n)
{
    const char *word = param->choices;

    for (int i = 0; i < value && word[strcspn(word, "|")]; i++) word += strcspn(word, "|") + 1;
    snprintf(text, n, "%.*s", (int)strcspn(word, "|"), word);
}

void plaq_param_print(const plaq_param *param, const void *params, char *text, size_t n)
{
    const void *member = (const char *)params + param->offset;
    char number[32];

    if (n == 0) return;
    switch (param->type) {
    case PLAQ_TYPE_BOOL: snprintf(text, n, "%s", *(const bool *)member ? "true" : "false"); break;
    case PLAQ_TYPE_INT: snprintf(text, n, "%d", *(const int *)member); break;
    case PLAQ_TYPE_SEED: snprintf(text, n, "%llu", (unsigned long long)*(const uint64_t *)member); break;
    case PLAQ_TYPE_REAL: print_real(*(const double *)member, text, n); break;
    case PLAQ_TYPE_TEXT: snprintf(text, n, "%s", (const char *)member); break;
    case PLAQ_TYPE_CHOICE: print_choice(param, *(const int *)member, text, n); break;
    case PLAQ_TYPE_INTS:
    case PLAQ_TYPE_REALS:
        *text = '\0';
        for (size_t i = 0; i < param->count; i++) {
            if (param->type == PLAQ_TYPE_INTS)
                snprintf(number, sizeof number, "%d", ((const int *)member)[i]);
            else
                print_real(((const double *)member)[i], number, sizeof number);
            append(text, n, "%s%s", i ? ", " : "[", number);
        }
        append(text, n, "]");
    }
}

plaq_status plaq_param_defaults(const plaq_param table[], void *params)
{
    for (const plaq_param *param = table; param->name; param++)
        if (param->fallback && plaq_param_read(param, param->fallback, params) != PLAQ_OK)
            return plaq_note(PLAQ_E_INTERNAL, "default of a table");
    return PLAQ_OK;
}

const plaq_param *plaq_param_find(const plaq_param table[], const char *name)
{
    for (const plaq_param *param = table; param->name; param++)
        if (strcmp(param->name, name) == 0) return param;
    return NULL;
}

/* ---- did you mean -------------------------------------------------------------------------------------------- */

static int least(int a, int b)
{
    return a < b ? a : b;
}

/* Case and the kind of hyphen make no difference to what was meant */
static char folded(char c)
{
    return c == '-' ? '_' : (char)tolower((unsigned char)c);
}

/* Edits (insert, delete, replace, swap two neighbours) from a to b: F. Damerau, Comm. ACM 7 (1964) 171 */
static int distance(const char *a, const char *b)
{
    int n = (int)strlen(a), m = (int)strlen(b), d[NEAREST_CHARS + 1][NEAREST_CHARS + 1];

    for (int i = 0; i <= n; i++)
        for (int j = 0; j <= m; j++) {
            if (i == 0 || j == 0) {
                d[i][j] = i + j;
                continue;
            }
            d[i][j] =
                least(d[i - 1][j - 1] + (folded(a[i - 1]) != folded(b[j - 1])), 1 + least(d[i - 1][j], d[i][j - 1]));
            if (i > 1 && j > 1 && folded(a[i - 1]) == folded(b[j - 2]) && folded(a[i - 2]) == folded(b[j - 1]))
                d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
        }
    return d[n][m];
}

const char *plaq_nearest(const char *word, const char *const candidates[], size_t n)
{
    size_t length = strlen(word);
    const char *best = NULL;
    int fewest = 1 + (int)length / 3; /* more than a third of the word wrong: something else was meant */

    if (length == 0 || length > NEAREST_CHARS) return NULL;
    for (size_t i = 0; i < n; i++) {
        int edits;

        if (strlen(candidates[i]) > NEAREST_CHARS) continue;
        edits = distance(word, candidates[i]);
        if (edits < (int)length && edits <= fewest && (!best || edits < fewest)) {
            best = candidates[i];
            fewest = edits;
        }
    }
    for (size_t i = 0; !best && length >= 3 && i < n; i++)
        if (strncasecmp(candidates[i], word, length) == 0) best = candidates[i]; /* the rest was left away */
    return best;
}

/* ---- arrays -------------------------------------------------------------------------------------------------- */

size_t plaq_array_count(const plaq_array *array)
{
    size_t count = array->output && array->output->is_complex ? 2 : 1;

    for (int i = 0; i < array->rank; i++) count *= (size_t)array->shape[i];
    return count;
}

void plaq_array_clear(plaq_array *array)
{
    plaq_free(array->values);
    *array = (plaq_array){.output = NULL};
}
