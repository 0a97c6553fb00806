/* plaq info: what the headers of configurations say. No links are read. */
#include <limits.h>
#include <math.h>
#include <stdio.h>

#include "cli/cli.h"
#include "cli/load.h"

typedef struct {
    bool json;
    int dims[4];
    char raw[256];
} options;

static const plaq_param table[] = {
    PLAQ_BOOL(options, json, "false", "print one JSON object a file"),
    PLAQ_INTS(options, dims, "0,0,0,0", 0, INT_MAX, "a", "extents of files that do not say them; 0,0,0,0: they do"),
    PLAQ_TEXT(options, raw, "", PLAQ_RAW_DOC),
    PLAQ_END,
};

static plaq_status print_json(const char *path, const plaq_config_header *h, const char *message)
{
    cJSON *all = cJSON_CreateObject(), *checksum = cJSON_CreateObject(), *header = cJSON_CreateObject();
    bool has_sum = h && h->checksum[0];

    plaq_json_text(checksum, "kind", has_sum ? h->checksum_kind : NULL);
    plaq_json_text(checksum, "stored", has_sum ? h->checksum : NULL);
    plaq_json_real(header, "plaquette", h ? h->plaquette : NAN);
    plaq_json_real(header, "link_trace", h ? h->link_trace : NAN);
    plaq_json_text(all, "file", path);
    plaq_json_text(all, "format", h ? h->format : NULL);
    if (h && h->dims[0])
        plaq_json_ints(all, "dims", h->dims, 4);
    else
        plaq_json_text(all, "dims", NULL);
    plaq_json_text(all, "precision", h ? plaq_prec_word(h->prec) : NULL);
    plaq_json_text(all, "byte_order", !h ? NULL : h->little ? "little" : "big");
    if (h) plaq_json_int(all, "rows", h->rows);
    if (h) plaq_json_int(all, "bytes", h->bytes);
    plaq_json_add(all, "checksum", checksum);
    plaq_json_add(all, "header", header);
    plaq_json_text(all, "note", h ? h->note : "");
    plaq_json_bool(all, "ok", h != NULL);
    plaq_json_text(all, "message", message);
    return plaq_json_print(all, false);
}

static void real_cell(double value, char cell[32])
{
    snprintf(cell, 32, isfinite(value) ? "%.10f" : "-", value);
}

static plaq_status add_row(plaq_table *rows, const char *path, const plaq_config_header *h, const char *message)
{
    char plaquette[32], trace[32], dims[64] = "?";

    if (!h) return plaq_table_row(rows, "%s\t-\t-\t-\t-\t-\t-\t-\t%s", path, plaq_words_after_path(message, path));
    real_cell(h->plaquette, plaquette);
    real_cell(h->link_trace, trace);
    if (h->dims[0]) snprintf(dims, sizeof dims, "%dx%dx%dx%d", h->dims[0], h->dims[1], h->dims[2], h->dims[3]);
    return plaq_table_row(rows, "%s\t%s\t%s\t%s %s\t%d\t%s\t%s\t%s\t%s", path, h->format, dims, plaq_prec_word(h->prec),
                          h->little ? "LE" : "BE", h->rows, h->checksum[0] ? h->checksum : "-", plaquette, trace,
                          h->note);
}

/* One file; *bad where its header cannot be read. The row goes to the table, the JSON to stdout. Collective. */
static plaq_status show(const plaq_call *call, const char *path, const int *dims, plaq_table *rows, bool *bad)
{
    const options *o = call->options;
    plaq_config *config = NULL;
    plaq_status status = plaq_config_open_raw(call->comm, path, dims, o->raw, &config);
    const plaq_config_header *header = status == PLAQ_OK ? plaq_config_get_header(config) : NULL;

    *bad = status == PLAQ_E_DATA || status == PLAQ_E_IO;
    if (status == PLAQ_OK || *bad) {
        const char *message = status == PLAQ_OK ? "" : plaq_message();

        status = PLAQ_OK;
        if (plaq_comm_rank(call->comm) == 0)
            status = o->json ? print_json(path, header, message) : add_row(rows, path, header, message);
    }
    plaq_config_close(&config);
    return plaq_agree(call->comm, status);
}

static plaq_status run(const plaq_call *call)
{
    const options *o = call->options;
    plaq_table rows = {.rows = NULL};
    plaq_status status = PLAQ_OK;
    bool given, bad, first = plaq_comm_rank(call->comm) == 0;
    int n_bad = 0;

    PLAQ_TRY(plaq_dims_given(o->dims, &given));
    if (first)
        status = plaq_table_row(&rows, "file\tformat\tdims\tnumbers\trows\tchecksum\tplaquette\tlink trace\tnote");
    PLAQ_GO(plaq_agree(call->comm, status));
    for (int i = 0; i < call->n_args; i++) {
        PLAQ_GO(show(call, call->args[i], given ? o->dims : NULL, &rows, &bad));
        n_bad += bad;
    }
    if (!o->json && first) plaq_table_print(&rows);
    if (n_bad) status = plaq_fail(PLAQ_E_DATA, "%d of %d files cannot be read as configurations", n_bad, call->n_args);
done:
    plaq_table_clear(&rows);
    return status;
}

const plaq_command plaq_command_info = {
    .name = "info",
    .brief = "show the headers of configurations",
    .arguments = "FILE...",
    .doc = "Format, extents X,Y,Z,T, precision and byte order of the numbers, stored checksum,\n"
           "plaquette and link trace, both (1/3) Re tr. The format is recognised by content. No\n"
           "links are read: \"plaq check\" does that.\n"
           "\n"
           "Exit code 3 where a file is not a configuration.",
    .min_args = 1,
    .max_args = -1,
    .options_size = sizeof(options),
    .options = table,
    .shorts = "j=json",
    .ranks = true,
    .run = run,
};
