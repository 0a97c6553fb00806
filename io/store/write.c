/* Writing a result file: an image in memory, its bytes aside, flushed, read back, renamed. See store.h.
 *
 * The same results and facts give the same bytes: no time stamps, one order, texts of this run in room of their own.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "store/store.h"

/* Room of a text in /provenance/run is a multiple of this, so that other words rarely move other bytes. */
enum { run_text_room = 256 };

plaq_status store_put_attribute(hid_t place, const char *name, hid_t type, const void *value)
{
    plaq_status status = PLAQ_OK;
    hid_t space = -1, attribute = -1;
    herr_t ok;

    STORE_GO(PLAQ_E_MEMORY, space, H5Screate(H5S_SCALAR), "attribute %s", name);
    STORE_GO(PLAQ_E_MEMORY, attribute, H5Acreate2(place, name, type, space, H5P_DEFAULT, H5P_DEFAULT), "attribute %s",
             name);
    STORE_GO(PLAQ_E_MEMORY, ok, H5Awrite(attribute, type, value), "attribute %s", name);
done:
    if (attribute >= 0) H5Aclose(attribute);
    if (space >= 0) H5Sclose(space);
    return status;
}

plaq_status store_put_text(hid_t place, const char *name, const char *text)
{
    plaq_status status = PLAQ_OK;
    hid_t type = -1;

    if (!text) text = "";
    STORE_GO(PLAQ_E_MEMORY, type, store_text_type(), "type of text");
    status = store_put_attribute(place, name, type, &text);
done:
    if (type >= 0) H5Tclose(type);
    return status;
}

/* Text of fixed length, filled with NUL: h5py shows it as bytes. */
static plaq_status put_run_text(hid_t place, const char *name, const char *text)
{
    plaq_status status = PLAQ_OK;
    size_t room = (strlen(text) / run_text_room + 1) * run_text_room;
    char *padded = plaq_alloc(room, 1);
    hid_t type = -1;
    herr_t ok;

    if (!padded) return PLAQ_E_MEMORY;
    memcpy(padded, text, strlen(text));
    STORE_GO(PLAQ_E_MEMORY, type, H5Tcopy(H5T_C_S1), "type of text");
    STORE_GO(PLAQ_E_INTERNAL, ok, H5Tset_size(type, room), "type of text");
    STORE_GO(PLAQ_E_INTERNAL, ok, H5Tset_cset(type, H5T_CSET_UTF8), "type of text");
    status = store_put_attribute(place, name, type, padded);
done:
    if (type >= 0) H5Tclose(type);
    plaq_free(padded);
    return status;
}

hid_t store_creation_list(hid_t class)
{
    hid_t list = H5Pcreate(class);

    if (list >= 0 && (H5Pset_obj_track_times(list, false) < 0 || H5Pset_attr_phase_change(list, 1024, 0) < 0)) {
        H5Pclose(list);
        return -1;
    }
    return list;
}

plaq_status store_make_group(hid_t file, const char *name, hid_t *group)
{
    plaq_status status = PLAQ_OK;
    hid_t list = -1;

    STORE_GO(PLAQ_E_MEMORY, list, store_creation_list(H5P_GROUP_CREATE), "group %s", name);
    STORE_GO(PLAQ_E_MEMORY, *group, H5Gcreate2(file, name, H5P_DEFAULT, list, H5P_DEFAULT), "group %s", name);
done:
    if (list >= 0) H5Pclose(list);
    return status;
}

static plaq_status put_array(hid_t group, const plaq_array *array)
{
    const plaq_output *output = array->output;
    plaq_status status = PLAQ_OK;
    hid_t type = -1, space = -1, list = -1, set = -1;
    hsize_t shape[PLAQ_AXES_MAX] = {0};
    herr_t ok;

    for (int i = 0; i < array->rank; i++) shape[i] = (hsize_t)array->shape[i];
    STORE_GO(PLAQ_E_MEMORY, type, output->is_complex ? store_complex_type() : H5Tcopy(H5T_NATIVE_DOUBLE), "type");
    STORE_GO(PLAQ_E_MEMORY, space, array->rank ? H5Screate_simple(array->rank, shape, NULL) : H5Screate(H5S_SCALAR),
             "shape");
    STORE_GO(PLAQ_E_MEMORY, list, store_creation_list(H5P_DATASET_CREATE), "dataset");
    STORE_GO(PLAQ_E_MEMORY, set, H5Dcreate2(group, output->name, type, space, H5P_DEFAULT, list, H5P_DEFAULT),
             "dataset");
    STORE_GO(PLAQ_E_MEMORY, ok, H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, array->values), "dataset");
    PLAQ_GO(store_put_text(set, "axes", output->axes));
    PLAQ_GO(store_put_text(set, "unit", output->unit));
    PLAQ_GO(store_put_text(set, "doc", output->doc));
done:
    if (set >= 0) H5Dclose(set);
    if (list >= 0) H5Pclose(list);
    if (space >= 0) H5Sclose(space);
    if (type >= 0) H5Tclose(type);
    return status == PLAQ_OK ? status : plaq_note(status, "output %s", output->name);
}

static plaq_status put_result(hid_t file, const plaq_result *result)
{
    plaq_status status = PLAQ_OK;
    hid_t group = -1;
    char plaq[128];

    snprintf(plaq, sizeof plaq, "%s (%s)", PLAQ_VERSION, plaq_commit());
    PLAQ_GO(store_make_group(file, result->name, &group));
    PLAQ_GO(store_put_text(group, "observable", result->observable));
    PLAQ_GO(store_put_text(group, "brief", result->brief));
    PLAQ_GO(store_put_text(group, "reference", result->reference));
    PLAQ_GO(store_put_text(group, "parameters", result->parameters));
    PLAQ_GO(store_put_text(group, "links", result->links));
    PLAQ_GO(store_put_text(group, "derivation", result->derivation));
    PLAQ_GO(store_put_text(group, "key", result->key));
    PLAQ_GO(store_put_text(group, "plaq", plaq));
    for (int i = 0; i < result->count; i++) PLAQ_GO(put_array(group, &result->arrays[i]));
done:
    if (group >= 0) H5Gclose(group);
    return status == PLAQ_OK ? status : plaq_note(status, "measurement %s", result->name);
}

static plaq_status put_facts(hid_t file, const char *name, bool volatile_, const plaq_fact facts[], int n)
{
    plaq_status status = PLAQ_OK;
    hid_t group = -1;

    PLAQ_GO(store_make_group(file, name, &group));
    for (int i = 0; i < n; i++) {
        const plaq_fact *fact = &facts[i];

        if (fact->volatile_ != volatile_) continue;
        if (!fact->text)
            PLAQ_GO(store_put_attribute(group, fact->name, H5T_IEEE_F64LE, &fact->number));
        else
            PLAQ_GO(volatile_ ? put_run_text(group, fact->name, fact->text)
                              : store_put_text(group, fact->name, fact->text));
    }
done:
    if (group >= 0) H5Gclose(group);
    return status;
}

static bool is_among(const char *name, const plaq_result results[], int n)
{
    for (int i = 0; i < n; i++)
        if (strcmp(results[i].name, name) == 0) return true;
    return false;
}

/* Whether the measurements of the old file are of the configuration we are about to write of. */
static plaq_status same_configuration(const store_image *image, const plaq_fact facts[], int n, bool *same)
{
    char old[256];

    PLAQ_TRY(store_get_fact(image, "identity", old, sizeof old));
    *same = true;
    for (int i = 0; i < n; i++)
        if (strcmp(facts[i].name, "identity") == 0 && facts[i].text) *same = strcmp(facts[i].text, old) == 0;
    return PLAQ_OK;
}

/* A file that is there but is not a whole result is set aside, never lost: "<path>.damaged". */
static plaq_status set_aside(const char *path)
{
    char *aside = plaq_strprintf("%s.damaged", path);
    plaq_status status = PLAQ_OK;

    if (!aside) return PLAQ_E_MEMORY;
    plaq_log(PLAQ_LOG_WARN, "%s; it is kept as %s and measured anew", plaq_message(), aside);
    if (plaq_fault() || rename(path, aside) != 0)
        status = plaq_fail(PLAQ_E_IO, "cannot rename %s to %s: %s", path, aside, strerror(errno));
    plaq_free(aside);
    return status;
}

/* Copies the measurements that are not measured again. */
static plaq_status keep_others(const char *path, hid_t file, const plaq_result results[], int n,
                               const plaq_fact facts[], int n_facts)
{
    plaq_status status = PLAQ_OK;
    store_image old = STORE_NO_IMAGE;
    char(*names)[2][72] = NULL;
    int count = 0;
    bool same;
    herr_t ok;

    if (!plaq_path_exists(path)) return PLAQ_OK;
    status = store_image_open(&old, path);
    if (status == PLAQ_OK) status = store_names(&old, &names, &count);
    if (status == PLAQ_E_DATA) {
        status = set_aside(path);
        goto done;
    }
    if (status != PLAQ_OK) goto done;
    PLAQ_GO(same_configuration(&old, facts, n_facts, &same));
    for (int i = 0; same && i < count; i++)
        if (!is_among(names[i][0], results, n))
            STORE_GO(PLAQ_E_MEMORY, ok, H5Ocopy(old.file, names[i][0], file, names[i][0], H5P_DEFAULT, H5P_DEFAULT),
                     "copying measurement %s", names[i][0]);
done:
    plaq_free(names);
    store_image_close(&old);
    return status;
}

/* Reads back what was written: the disk is not taken at its word. */
static plaq_status read_back(const char *path, const char *bytes, size_t n)
{
    store_image image = STORE_NO_IMAGE;
    char *seen = NULL;
    size_t n_seen;
    bool same;

    PLAQ_TRY(plaq_file_slurp(path, n + 1, &seen, &n_seen));
    same = n_seen == n && memcmp(seen, bytes, n) == 0;
    plaq_free(seen);
    if (!same) return plaq_fail(PLAQ_E_IO, "%s: what is read back is not what was written", path);
    PLAQ_TRY(store_image_open(&image, path));
    store_image_close(&image);
    return PLAQ_OK;
}

static plaq_status publish(const char *path, const char *bytes, size_t n)
{
    plaq_file file = PLAQ_FILE_CLOSED;
    char *aside = plaq_strprintf("%s.tmp.%ld", path, (long)getpid());
    plaq_status status = PLAQ_OK, closed;

    if (!aside) return PLAQ_E_MEMORY;
    status = plaq_file_create(&file, aside);
    if (status == PLAQ_OK) status = plaq_file_write(&file, 0, bytes, n);
    if (status == PLAQ_OK) status = plaq_file_sync(&file);
    closed = plaq_file_close(&file);
    if (status == PLAQ_OK) status = closed;
    if (status == PLAQ_OK) status = read_back(aside, bytes, n);
    if (status == PLAQ_OK) status = plaq_path_publish(aside, path);
    if (status != PLAQ_OK) plaq_path_remove(aside);
    plaq_free(aside);
    return status;
}

plaq_status plaq_store_write(const char *path, const plaq_result results[], int n, const plaq_fact facts[], int n_facts)
{
    plaq_status status = PLAQ_OK;
    store_image image = STORE_NO_IMAGE;
    size_t size;

    PLAQ_GO(store_image_create(&image));
    PLAQ_GO(store_put_text(image.file, "format", STORE_FORMAT));
    PLAQ_GO(keep_others(path, image.file, results, n, facts, n_facts));
    for (int i = 0; i < n; i++) PLAQ_GO(put_result(image.file, &results[i]));
    PLAQ_GO(put_facts(image.file, STORE_PROVENANCE, false, facts, n_facts));
    PLAQ_GO(put_facts(image.file, STORE_RUN, true, facts, n_facts));
    PLAQ_GO(store_image_finish(&image, &size));
    status = publish(path, image.bytes, size);
done:
    store_image_close(&image);
    return status == PLAQ_OK ? status : plaq_note(status, "writing result %s", path);
}

void plaq_result_clear(plaq_result *result)
{
    for (int i = 0; i < result->count; i++) plaq_array_clear(&result->arrays[i]);
    plaq_free(result->arrays);
    plaq_free(result->parameters);
    plaq_free(result->derivation);
    *result = (plaq_result){0};
}
