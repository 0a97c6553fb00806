/* Numbers in HDF5 files of other programs. See h5.h. */
#include "exchange/h5.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "exchange/files.h"
#include "gauge/hdf5.h"
#include "gauge/text.h"

enum { NUMBERS_MOST = 1 << 28 };

bool exchange_h5_is(const char *head, size_t n)
{
    return n >= 8 && memcmp(head, "\211HDF\r\n\032\n", 8) == 0;
}

bool exchange_h5_name(const char *base)
{
    return exchange_ends_with(base, ".h5") || exchange_ends_with(base, ".hdf5");
}

plaq_status exchange_h5_open(const char *path, hid_t *file)
{
    plaq_status status = plaq_hdf5_open(NULL, path, H5F_ACC_RDONLY, file);

    if (status == PLAQ_OK) return PLAQ_OK;
    exchange_h5_close(*file);
    *file = -1;
    return status;
}

void exchange_h5_close(hid_t file)
{
    if (file >= 0) H5Fclose(file);
}

bool exchange_h5_recognise(const char *path, const char *head, size_t n, bool (*is)(hid_t file))
{
    exchange_files files = {0};
    bool found = false;
    hid_t file;

    if (n > 0 && !exchange_h5_is(head, n)) return false;
    if (n == 0 && !exchange_folder_has(path, exchange_h5_name)) return false;
    if (exchange_files_find(path, exchange_h5_name, &files) != PLAQ_OK) return false;
    if (exchange_h5_open(files.file[0].path, &file) == PLAQ_OK) {
        found = is(file);
        exchange_h5_close(file);
    }
    exchange_files_clear(&files);
    return found;
}

/* ---- what there is ------------------------------------------------------------------------------------------- */

typedef struct {
    H5O_type_t type;
    plaq_text list; /* of char * */
    plaq_status status;
} walk;

static herr_t look_at(hid_t object, const char *name, const H5O_info_t *info, void *given)
{
    walk *w = given;
    char *copy;

    (void)object;
    if (info->type != w->type || strcmp(name, ".") == 0) return 0;
    copy = plaq_strdup(name);
    w->status = copy ? plaq_text_add(&w->list, &copy, sizeof copy) : PLAQ_E_MEMORY;
    if (w->status != PLAQ_OK) plaq_free(copy);
    return w->status == PLAQ_OK ? 0 : -1;
}

static herr_t take_first(hid_t object, const char *name, const H5O_info_t *info, void *given)
{
    (void)object;
    if (info->type != H5O_TYPE_DATASET) return 0;
    snprintf(given, 512, "%s", name);
    return 1; /* ends the walk */
}

bool exchange_h5_first(hid_t file, char name[512])
{
    return H5Ovisit2(file, H5_INDEX_NAME, H5_ITER_INC, take_first, name, H5O_INFO_BASIC) > 0;
}

plaq_status exchange_h5_list(hid_t file, const char *path, H5O_type_t type, exchange_h5_names *names)
{
    walk w = {.type = type, .status = PLAQ_OK};
    bool ok = H5Ovisit2(file, H5_INDEX_NAME, H5_ITER_INC, look_at, &w, H5O_INFO_BASIC) >= 0;

    names->name = (char **)w.list.bytes;
    names->count = w.list.n / sizeof(char *);
    if (w.status == PLAQ_OK) w.status = plaq_hdf5_outcome(ok, PLAQ_E_DATA, path, "list what is in it");
    if (w.status != PLAQ_OK) exchange_h5_clear(names);
    return w.status;
}

void exchange_h5_clear(exchange_h5_names *names)
{
    for (size_t i = 0; i < names->count; i++) plaq_free(names->name[i]);
    plaq_free(names->name);
    *names = (exchange_h5_names){0};
}

/* ---- numbers --------------------------------------------------------------------------------------------------- */

/* Splits "group/name"; the group is "/" where there is none. */
static const char *split(const char *name, char group[], size_t n)
{
    const char *slash = strrchr(name, '/');

    snprintf(group, n, "/%.*s", slash ? (int)(slash - name) : 0, name);
    return slash ? slash + 1 : name;
}

static bool has_link(hid_t file, const char *name)
{
    char part[1024];

    /* H5Lexists wants every group on the way to be there */
    for (const char *slash = name; slash; slash = strchr(slash + 1, '/')) {
        snprintf(part, sizeof part, "%.*s", (int)(slash - name), name);
        if (part[0] && H5Lexists(file, part, H5P_DEFAULT) <= 0) return false;
    }
    return H5Lexists(file, name, H5P_DEFAULT) > 0;
}

static bool has_attribute(hid_t file, const char *name)
{
    char group[1024];
    const char *base = split(name, group, sizeof group);

    return (strcmp(group, "/") == 0 || has_link(file, group + 1)) &&
           H5Aexists_by_name(file, group, base, H5P_DEFAULT) > 0;
}

bool exchange_h5_has(hid_t file, const char *name)
{
    return has_link(file, name) || has_attribute(file, name);
}

/* A dataset or an attribute, opened. */
typedef struct {
    hid_t id, type, space;
    bool is_attribute;
} source;

static plaq_status open_source(hid_t file, const char *path, const char *name, source *s)
{
    char group[1024];
    const char *base = split(name, group, sizeof group);
    plaq_status status;

    *s = (source){-1, -1, -1, !has_link(file, name)};
    s->id = s->is_attribute ? H5Aopen_by_name(file, group, base, H5P_DEFAULT, H5P_DEFAULT)
                            : H5Dopen2(file, name, H5P_DEFAULT);
    status = plaq_hdf5_outcome(s->id >= 0, PLAQ_E_DATA, path, "open the numbers");
    if (status != PLAQ_OK) return status;
    s->type = s->is_attribute ? H5Aget_type(s->id) : H5Dget_type(s->id);
    s->space = s->is_attribute ? H5Aget_space(s->id) : H5Dget_space(s->id);
    return plaq_hdf5_outcome(s->type >= 0 && s->space >= 0, PLAQ_E_DATA, path, "see the shape of the numbers");
}

static void close_source(source *s)
{
    if (s->space >= 0) H5Sclose(s->space);
    if (s->type >= 0) H5Tclose(s->type);
    if (s->id >= 0 && s->is_attribute) H5Aclose(s->id);
    if (s->id >= 0 && !s->is_attribute) H5Dclose(s->id);
}

/* A pair of the machine's doubles whose members are called as in the file; -1 where the file's type is no pair. */
static hid_t pair_like(hid_t type)
{
    hid_t pair = H5Tget_nmembers(type) == 2 ? H5Tcreate(H5T_COMPOUND, 2 * sizeof(double)) : -1;

    for (unsigned i = 0; i < 2 && pair >= 0; i++) {
        char *name = H5Tget_member_name(type, i);

        if (!name || H5Tget_member_class(type, i) != H5T_FLOAT ||
            H5Tinsert(pair, name, i * sizeof(double), H5T_NATIVE_DOUBLE) < 0) {
            H5Tclose(pair);
            pair = -1;
        }
        H5free_memory(name);
    }
    return pair;
}

static plaq_status read_source(const source *s, const char *path, plaq_array *array, bool *is_complex)
{
    const H5T_class_t class = H5Tget_class(s->type);
    const hid_t pair = class == H5T_COMPOUND ? pair_like(s->type) : -1;
    const hid_t type = pair >= 0 ? pair : H5T_NATIVE_DOUBLE;
    hsize_t extent[H5S_MAX_RANK] = {0};
    const int axes = H5Sget_simple_extent_dims(s->space, extent, NULL);
    const hssize_t points = H5Sget_simple_extent_npoints(s->space);
    plaq_status status;

    if (axes < 0 || axes > PLAQ_AXES_MAX || points < 1 || points > NUMBERS_MOST ||
        (pair < 0 && class != H5T_FLOAT && class != H5T_INTEGER)) {
        status = plaq_fail(PLAQ_E_DATA,
                           "%s: %lld numbers on %d axes, of a type of class %d: expected real or complex "
                           "numbers on at most %d",
                           path, (long long)points, axes, (int)class, PLAQ_AXES_MAX);
        goto done;
    }
    *array = (plaq_array){.rank = axes};
    for (int i = 0; i < axes; i++) array->shape[i] = (int)extent[i];
    array->values = plaq_alloc((size_t)points, pair >= 0 ? 16 : 8);
    status = array->values ? PLAQ_OK : PLAQ_E_MEMORY;
    if (status != PLAQ_OK) goto done;
    *is_complex = pair >= 0;
    status =
        plaq_hdf5_outcome((s->is_attribute ? H5Aread(s->id, type, array->values)
                                           : H5Dread(s->id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, array->values)) >= 0,
                          PLAQ_E_DATA, path, "read the numbers");
    if (status != PLAQ_OK) plaq_array_clear(array);
done:
    if (pair >= 0) H5Tclose(pair);
    return status;
}

plaq_status exchange_h5_read(hid_t file, const char *path, const char *name, plaq_array *array, bool *is_complex)
{
    source s;
    plaq_status status = open_source(file, path, name, &s);

    if (status == PLAQ_OK) status = read_source(&s, path, array, is_complex);
    close_source(&s);
    return status == PLAQ_OK ? status : plaq_note(status, "%s", name);
}

/* ---- words ------------------------------------------------------------------------------------------------------- */

typedef struct {
    char *words;
    size_t n;
} sentence;

static herr_t add_word(hid_t group, const char *name, const H5A_info_t *info, void *given)
{
    sentence *s = given;
    size_t used = strlen(s->words);
    char text[128] = "";
    double number = NAN;

    (void)info;
    if (name[0] == '_') return 0;
    plaq_hdf5_text(group, name, text, sizeof text);
    if (!text[0]) plaq_hdf5_number(group, name, H5T_NATIVE_DOUBLE, &number);
    if (isfinite(number)) snprintf(text, sizeof text, "%.15g", number);
    if (text[0] && used < s->n) snprintf(s->words + used, s->n - used, "%s%s", used ? " " : "", text);
    return 0;
}

void exchange_h5_words(hid_t file, const char *group, char *words, size_t n)
{
    sentence s = {words, n};
    hid_t id = has_link(file, group) ? H5Gopen2(file, group, H5P_DEFAULT) : -1;

    words[0] = '\0';
    if (id < 0) return;
    H5Aiterate2(id, H5_INDEX_NAME, H5_ITER_INC, NULL, add_word, &s);
    H5Gclose(id);
}
