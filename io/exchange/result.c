/* One of our result files after the other into rows. See result.h.
 *
 * What must not be mixed is compared: parameters, derivation and observable of a measurement are those of the first
 * file of the ensemble, and so are flow times.
 */
#include "exchange/result.h"

#include <stdio.h>
#include <string.h>

/* The result file at hand. */
typedef struct {
    result_reader *reader;
    const store_image *image;
    exchange_place place;
    char *run_file;
} source;

/* The measurement at hand. */
typedef struct {
    source *from;
    hid_t group;
    const char *name;
    result_kind *kind;
    bool is_new; /* the first of its kind: labels are to be made */
} measurement;

static void clear_kind(result_kind *k)
{
    plaq_free(k->observable);
    plaq_free(k->parameters);
    plaq_free(k->derivation);
    plaq_free(k->file);
    plaq_free(k->time);
}

void result_reader_clear(result_reader *reader)
{
    for (int i = 0; i < reader->kinds; i++) clear_kind(&reader->kind[i]);
    plaq_free(reader->kind);
    exchange_rows_destroy(&reader->rows);
}

/* ---- what must not be mixed ---------------------------------------------------------------------------------- */

static result_kind *find_kind(const result_reader *reader, const char *ensemble, const char *name)
{
    for (int i = 0; i < reader->kinds; i++)
        if (strcmp(reader->kind[i].measurement, name) == 0 && strcmp(reader->kind[i].ensemble, ensemble) == 0)
            return &reader->kind[i];
    return NULL;
}

static plaq_status get_kind(hid_t group, result_kind *k)
{
    PLAQ_TRY(store_get_long_text(group, "observable", &k->observable));
    PLAQ_TRY(store_get_long_text(group, "parameters", &k->parameters));
    return store_get_long_text(group, "derivation", &k->derivation);
}

static plaq_status add_kind(result_reader *reader, const char *ensemble, const char *name, result_kind *k,
                            const char *file, result_kind **kept)
{
    result_kind *list = plaq_alloc((size_t)reader->kinds + 1, sizeof *list);

    k->file = plaq_strdup(file);
    if (!list || !k->file) {
        plaq_free(list);
        return PLAQ_E_MEMORY;
    }
    snprintf(k->ensemble, sizeof k->ensemble, "%s", ensemble);
    snprintf(k->measurement, sizeof k->measurement, "%s", name);
    if (reader->kinds) memcpy(list, reader->kind, (size_t)reader->kinds * sizeof *list);
    plaq_free(reader->kind);
    reader->kind = list;
    list[reader->kinds] = *k;
    *k = (result_kind){0};
    *kept = &list[reader->kinds++];
    return PLAQ_OK;
}

/* The first line in which two texts differ. */
static plaq_status same_text(const char *what, const char *seen, const char *before, const char *file)
{
    size_t n, m;

    for (;;) {
        n = strcspn(seen, "\n");
        m = strcspn(before, "\n");
        if (n != m || strncmp(seen, before, n) != 0) break;
        if (!seen[n] && !before[m]) return PLAQ_OK;
        seen += n + (seen[n] == '\n');
        before += m + (before[m] == '\n');
    }
    return plaq_fail(PLAQ_E_DATA,
                     "%s is \"%.*s\", in %s it is \"%.*s\": results of different measurements in one folder", what,
                     (int)n, seen, file, (int)m, before);
}

static plaq_status compare_kind(const result_kind *seen, const result_kind *before)
{
    PLAQ_TRY(same_text("observable", seen->observable, before->observable, before->file));
    PLAQ_TRY(same_text("derivation", seen->derivation, before->derivation, before->file));
    return same_text("a parameter", seen->parameters, before->parameters, before->file);
}

static plaq_status find_or_add_kind(measurement *m)
{
    result_reader *reader = m->from->reader;
    const char *ensemble = m->from->place.ensemble;
    result_kind own = {0};
    plaq_status status = get_kind(m->group, &own);

    m->kind = find_kind(reader, ensemble, m->name);
    if (status == PLAQ_OK && m->kind) status = compare_kind(&own, m->kind);
    if (status == PLAQ_OK && !m->kind)
        status = add_kind(reader, ensemble, m->name, &own, m->from->place.file, &m->kind);
    clear_kind(&own);
    return status;
}

/* Flows may end at different times, but entry i is to be the same time on all configurations. */
static plaq_status check_times(result_kind *k, double **time, int times)
{
    const int common = times < k->times ? times : k->times;

    for (int i = 0; i < common; i++)
        if ((*time)[i] != k->time[i])
            return plaq_fail(
                PLAQ_E_DATA,
                "flow time %d is %.10g, in %s it is %.10g: numbers at different times have no mean; measure "
                "them at fixed ones (every, times)",
                i, (*time)[i], k->file, k->time[i]);
    if (times > k->times) {
        plaq_free(k->time);
        k->time = *time;
        k->times = times;
        *time = NULL;
    }
    return PLAQ_OK;
}

static plaq_status compare_times(const measurement *m)
{
    double *time = NULL;
    int rank, shape[PLAQ_AXES_MAX];
    plaq_status status;
    bool is_complex;

    if (strcmp(m->kind->observable, "flow") != 0 || H5Lexists(m->group, "time", H5P_DEFAULT) <= 0) return PLAQ_OK;
    PLAQ_TRY(store_get_output(m->group, "time", &time, &rank, shape, &is_complex));
    status = rank == 1 && !is_complex ? check_times(m->kind, &time, shape[0])
                                      : plaq_fail(PLAQ_E_DATA, "flow times have %d axes, expected 1", rank);
    plaq_free(time);
    return status;
}

/* ---- one output ------------------------------------------------------------------------------------------------ */

/* Axes, unit and doc of a dataset, which are the same for all rows of a series. */
static plaq_status get_words(hid_t group, const char *output, plaq_series *head)
{
    plaq_status status = PLAQ_OK;
    hid_t set = -1;

    STORE_GO(PLAQ_E_DATA, set, H5Dopen2(group, output, H5P_DEFAULT), "no dataset");
    PLAQ_GO(store_get_text(set, "axes", head->axes, sizeof head->axes));
    PLAQ_GO(store_get_text(set, "unit", head->unit, sizeof head->unit));
    PLAQ_GO(store_get_long_text(set, "doc", &head->doc));
done:
    if (set >= 0) H5Dclose(set);
    return status;
}

static plaq_status read_output(const measurement *m, const char *output)
{
    result_reader *reader = m->from->reader;
    plaq_series head = {.rank = 0}, *first;
    double *values = NULL;
    plaq_status status = PLAQ_OK;

    if ((size_t)snprintf(head.name, sizeof head.name, "%s.%s", m->name, output) >= sizeof head.name)
        return plaq_fail(PLAQ_E_DATA, "the name %s.%s has more than %zu letters", m->name, output,
                         sizeof head.name - 1);
    if (!exchange_is_wanted(reader->wanted, head.name)) return PLAQ_OK;
    PLAQ_GO(store_get_output(m->group, output, reader->wanted->listing ? NULL : &values, &head.rank, head.shape,
                             &head.is_complex));
    first = exchange_rows_find(reader->rows, &m->from->place, head.name);
    if (first) {
        strcpy(head.axes, first->axes);
    } else {
        PLAQ_GO(get_words(m->group, output, &head));
        PLAQ_GO(result_labels(m->group, m->name, m->kind->parameters, m->from->run_file, &head));
    }
    status = exchange_rows_add(reader->rows, &m->from->place, &head, &values);
done:
    plaq_free(values);
    plaq_series_clear(&head);
    return status == PLAQ_OK ? status : plaq_note(status, "output %s", output);
}

/* ---- one file ---------------------------------------------------------------------------------------------------- */

static bool may_be_wanted(const plaq_numbers_wanted *wanted, const char *name)
{
    const size_t n = strlen(name);

    return !wanted->name || (strncmp(wanted->name, name, n) == 0 && wanted->name[n] == '.');
}

static plaq_status read_measurement(source *from, const char *name)
{
    measurement m = {.from = from, .group = -1, .name = name};
    plaq_status status = PLAQ_OK;
    hsize_t outputs = 0;
    char output[64];

    STORE_GO(PLAQ_E_DATA, m.group, H5Gopen2(from->image->file, name, H5P_DEFAULT), "no group");
    PLAQ_GO(find_or_add_kind(&m));
    PLAQ_GO(compare_times(&m));
    PLAQ_GO(store_count_names(m.group, &outputs));
    for (hsize_t i = 0; i < outputs; i++) {
        PLAQ_GO(store_name_of(m.group, i, output, sizeof output));
        PLAQ_GO(read_output(&m, output));
    }
done:
    if (m.group >= 0) H5Gclose(m.group);
    return status == PLAQ_OK ? status : plaq_note(status, "measurement %s", name);
}

plaq_status result_place(const store_image *image, const char *path, const char *ensemble, exchange_place *place)
{
    char own[256], configuration[4096];

    PLAQ_TRY(store_get_fact(image, "ensemble", own, sizeof own));
    PLAQ_TRY(store_get_fact(image, "configuration", configuration, sizeof configuration));
    PLAQ_TRY(exchange_name(place->ensemble, sizeof place->ensemble, own[0] ? own : ensemble, "ensemble"));
    place->file = path;
    return exchange_config_number(configuration[0] ? configuration : path, &place->config, place->replica);
}

static plaq_status get_run_file(source *from)
{
    plaq_status status = PLAQ_OK;
    hid_t group = -1;

    STORE_GO(PLAQ_E_DATA, group, H5Gopen2(from->image->file, STORE_PROVENANCE, H5P_DEFAULT), "provenance");
    status = store_get_long_text(group, "run_resolved", &from->run_file);
done:
    if (group >= 0) H5Gclose(group);
    return status;
}

plaq_status result_read(result_reader *reader, const store_image *image, const char *path)
{
    source from = {.reader = reader, .image = image};
    char(*names)[2][72] = NULL;
    plaq_status status = PLAQ_OK;
    int n = 0;

    PLAQ_GO(result_place(image, path, reader->ensemble, &from.place));
    PLAQ_GO(get_run_file(&from));
    PLAQ_GO(store_names(image, &names, &n));
    PLAQ_GO(exchange_rows_seen(reader->rows, &from.place));
    for (int i = 0; i < n; i++)
        if (may_be_wanted(reader->wanted, names[i][0])) PLAQ_GO(read_measurement(&from, names[i][0]));
    if (may_be_wanted(reader->wanted, "solver")) PLAQ_GO(result_iterations(reader, image, &from.place));
done:
    plaq_free(names);
    plaq_free(from.run_file);
    return status == PLAQ_OK ? status : plaq_note(status, "result %s", path);
}
