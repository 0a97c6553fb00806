/* plaq info: what the headers of configurations and propagators say. No links are read. */
#include <limits.h>
#include <math.h>
#include <stdio.h>

#include "cli/cli.h"
#include "cli/load.h"
#include "cli/propagator.h"

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

static plaq_status print_propagator_json(const char *path, const plaq_propagator_header *h)
{
    const plaq_propagator_facts *facts = &h->facts;
    cJSON *all = cJSON_CreateObject(), *checksum = cJSON_CreateObject();

    plaq_json_text(checksum, "kind", h->checksum[0] ? "scidac" : NULL);
    plaq_json_text(checksum, "stored", h->checksum[0] ? h->checksum : NULL);
    plaq_json_text(all, "file", path);
    plaq_json_text(all, "kind", "propagator");
    plaq_json_text(all, "format", h->format);
    plaq_json_ints(all, "dims", h->dims, 4);
    plaq_json_text(all, "precision", plaq_prec_word(h->prec));
    plaq_json_int(all, "columns", h->columns);
    plaq_json_int(all, "bytes", h->bytes);
    plaq_json_add(all, "checksum", checksum);
    plaq_json_text(all, "source", facts->source);
    plaq_json_text(all, "source_parameters", facts->source_parameters);
    if (facts->at[0] >= 0) plaq_json_ints(all, "source_at", facts->at, 4);
    plaq_json_text(all, "action", facts->action);
    plaq_json_text(all, "action_parameters", facts->action_parameters);
    plaq_json_text(all, "configuration", facts->configuration);
    plaq_json_real(all, "residual", plaq_largest_residual(h));
    plaq_json_text(all, "creator", h->creator);
    plaq_json_text(all, "note", h->note);
    plaq_json_bool(all, "ok", true);
    return plaq_json_print(all, false);
}

static plaq_status add_propagator_row(plaq_table *rows, const char *path, const plaq_propagator_header *h)
{
    char words[256];

    plaq_propagator_words(h, words, sizeof words);
    return plaq_table_row(rows, "%s\t%s\t%dx%dx%dx%d\t%s\t-\t%s\t-\t-\t%s", path, h->format, h->dims[0], h->dims[1],
                          h->dims[2], h->dims[3], plaq_prec_word(h->prec), h->checksum[0] ? h->checksum : "-", words);
}

/* The file as a propagator; *known is false, and the message as it was, where it is none. Collective. */
static plaq_status show_propagator(const plaq_call *call, const char *path, plaq_table *rows, bool *known)
{
    const options *o = call->options;
    plaq_propagator *propagator = NULL;
    plaq_status status;

    PLAQ_TRY(plaq_propagator_try(call->comm, path, &propagator));
    *known = propagator != NULL;
    if (!*known) return PLAQ_OK;
    status = PLAQ_OK;
    if (plaq_comm_rank(call->comm) == 0) {
        const plaq_propagator_header *h = plaq_propagator_get_header(propagator);

        status = o->json ? print_propagator_json(path, h) : add_propagator_row(rows, path, h);
    }
    plaq_propagator_close(&propagator);
    return plaq_agree(call->comm, status);
}

/* One file; *bad where its header cannot be read. The row goes to the table, the JSON to stdout. Collective. */
static plaq_status show(const plaq_call *call, const char *path, const int *dims, plaq_table *rows, bool *bad)
{
    const options *o = call->options;
    plaq_config *config = NULL;
    plaq_status status = plaq_config_open_raw(call->comm, path, dims, o->raw, &config);
    const plaq_config_header *header = status == PLAQ_OK ? plaq_config_get_header(config) : NULL;
    bool known = false;

    if (status == PLAQ_E_DATA && !o->raw[0]) {
        PLAQ_TRY(show_propagator(call, path, rows, &known));
        *bad = false;
        if (known) return PLAQ_OK;
    }
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
    if (n_bad)
        status = plaq_fail(PLAQ_E_DATA, "%d of %d files cannot be read as configurations or propagators", n_bad,
                           call->n_args);
done:
    plaq_table_clear(&rows);
    return status;
}

const plaq_command plaq_command_info = {
    .name = "info",
    .brief = "show the headers of configurations and propagators",
    .arguments = "FILE...",
    .doc = "Format, extents X,Y,Z,T, precision and byte order of the numbers, stored checksum,\n"
           "plaquette and link trace, both (1/3) Re tr. The format is recognised by content. No\n"
           "links are read: \"plaq check\" does that. Of a propagator the number of columns, source\n"
           "and action; --json has all that the file says.\n"
           "\n"
           "Exit code 3 where a file is neither.",
    .min_args = 1,
    .max_args = -1,
    .options_size = sizeof(options),
    .options = table,
    .shorts = "j=json",
    .ranks = true,
    .run = run,
};
