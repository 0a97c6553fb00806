/* Estimates into files, by the ending of the path: which formats there are, and what none of them takes. */
#include <math.h>
#include <string.h>

#include "exchange/exchange.h"

static const struct {
    const char *ending;
    plaq_status (*write)(const char *path, const exchange_export *what);
} endings[] = {
    {".json.gz", exchange_write_pyerrors}, {".xml.gz", exchange_write_dobs}, {".h5", exchange_write_hdf5},
    {".csv", exchange_write_csv},          {".json", exchange_write_json},
};

static bool ends_with(const char *path, const char *ending)
{
    const size_t n = strlen(path), m = strlen(ending);

    return n > m && strcmp(path + n - m, ending) == 0;
}

static plaq_status check_numbers(const plaq_estimate *e)
{
    const size_t configs = e->chains ? e->chains->configs : 0;

    if (!e->chains || e->size == 0) return plaq_fail(PLAQ_E_USAGE, "no numbers to be written");
    for (size_t i = 0; i < e->size; i++)
        if (!isfinite(e->value[i])) return plaq_fail(PLAQ_E_DATA, "entry %zu is not a number: %g", i, e->value[i]);
    for (size_t i = 0; i < e->size * configs; i++)
        if (!isfinite(e->delta[i]))
            return plaq_fail(PLAQ_E_DATA,
                             "the fluctuation of entry %zu on configuration %zu of %zu is not a number: %g",
                             i / configs, i % configs, configs, e->delta[i]);
    return PLAQ_OK;
}

/* Names become groups, tags, words of a line: one of each, without a slash or a line end. */
static plaq_status check_name(const plaq_written list[], int i)
{
    const char *name = list[i].name;

    if (!name || !name[0] || strpbrk(name, "/\n\r\t"))
        return plaq_fail(PLAQ_E_USAGE, "quantity %d is called \"%s\": expected a name without / and line ends", i,
                         name ? name : "");
    for (int k = 0; k < i; k++)
        if (strcmp(list[k].name, name) == 0) return plaq_fail(PLAQ_E_USAGE, "two quantities are called \"%s\"", name);
    return PLAQ_OK;
}

plaq_status plaq_numbers_write(const char *path, const plaq_written list[], int n, const plaq_fact provenance[],
                               int facts)
{
    const exchange_export what = {.list = list, .n = n, .provenance = provenance, .facts = facts};

    for (int i = 0; i < n; i++) {
        PLAQ_TRY(check_name(list, i));
        plaq_status status = check_numbers(list[i].estimate);
        if (status != PLAQ_OK) return plaq_note(status, "%s: %s", path, list[i].name);
    }
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (ends_with(path, endings[i].ending)) {
            plaq_status status = endings[i].write(path, &what);
            return status == PLAQ_OK ? status : plaq_note(status, "writing %s", path);
        }
    return plaq_fail(PLAQ_E_USAGE,
                     "%s: its ending says the format: expected .json.gz (pyerrors), .xml.gz (dobs), .h5, .csv or .json",
                     path);
}
