/* plaq check: reads configurations and verifies them against what their headers say. */
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

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

static const char *or_null(const char *text)
{
    return *text ? text : NULL;
}

static plaq_status print_json(const char *path, const plaq_loaded *l, bool ok, const char *message)
{
    const plaq_verdict *v = &l->verdict;
    cJSON *all = cJSON_CreateObject(), *checksum = cJSON_CreateObject(), *header = cJSON_CreateObject();
    bool opened = l->verdict.header.format[0] != '\0';

    plaq_json_text(checksum, "kind", or_null(v->header.checksum_kind));
    plaq_json_text(checksum, "stored", or_null(v->header.checksum));
    plaq_json_text(checksum, "computed", or_null(v->report.checksum));
    if (l->measured && v->header.checksum[0])
        plaq_json_bool(checksum, "ok", v->report.checksum_ok);
    else
        plaq_json_text(checksum, "ok", NULL);
    plaq_json_real(header, "plaquette", v->header.plaquette);
    plaq_json_real(header, "link_trace", v->header.link_trace);

    plaq_json_text(all, "file", path);
    plaq_json_text(all, "format", or_null(v->header.format));
    if (v->header.dims[0])
        plaq_json_ints(all, "dims", v->header.dims, 4);
    else
        plaq_json_text(all, "dims", NULL);
    plaq_json_text(all, "precision", opened ? plaq_prec_word(v->header.prec) : NULL);
    plaq_json_add(all, "checksum", checksum);
    plaq_json_add(all, "header", header);
    plaq_json_real(all, "plaquette", v->plaquette);
    plaq_json_real(all, "plaquette_spatial", v->spatial);
    plaq_json_real(all, "plaquette_temporal", v->temporal);
    plaq_json_real(all, "link_trace", v->link_trace);
    plaq_json_real(all, "unitarity", v->unitarity);
    if (l->measured)
        plaq_json_bool(all, "open", v->open);
    else
        plaq_json_text(all, "open", NULL);
    plaq_json_bool(all, "ok", ok);
    plaq_json_text(all, "message", message);
    return plaq_json_print(all, false);
}

static void print_head(int width)
{
    printf("%-*s  %-11s  %-15s  %-4s  %-17s  %13s  %14s  %9s  %s\n", width, "file", "format", "dims", "prec",
           "checksum", "plaquette", "link trace", "unitarity", "verdict");
}

static void real_cell(double value, const char *format, char cell[32])
{
    snprintf(cell, 32, isfinite(value) ? format : "-", value);
}

static const char *checksum_cell(const plaq_loaded *l)
{
    if (!l->measured || !l->verdict.header.checksum[0]) return "-";
    return l->verdict.report.checksum_ok ? "agrees" : "DOES NOT AGREE";
}

static const char *verdict_cell(const plaq_verdict *v, bool ok)
{
    if (!ok) return "BAD";
    return v->open ? "good, open in time" : "good";
}

/* A row as soon as its file is read; what is wrong stands below it */
static void print_row(int width, const char *path, const plaq_loaded *l, bool ok, const char *message)
{
    const plaq_verdict *v = &l->verdict;
    const int *d = v->header.dims;
    bool opened = l->verdict.header.format[0] != '\0';
    char dims[64] = "-", plaquette[32], trace[32], unitarity[32];

    if (d[0]) snprintf(dims, sizeof dims, "%dx%dx%dx%d", d[0], d[1], d[2], d[3]);
    real_cell(v->plaquette, "%.10f", plaquette);
    real_cell(v->link_trace, "%.10f", trace);
    real_cell(v->unitarity, "%.1e", unitarity);
    printf("%-*s  %-11s  %-15s  %-4s  %-17s  %13s  %14s  %9s  %s\n", width, path,
           opened ? l->verdict.header.format : "-", dims, opened ? plaq_prec_word(v->header.prec) : "-",
           checksum_cell(l), plaquette, trace, unitarity, verdict_cell(v, ok));
    if (!ok) printf("  %s\n", plaq_words_after_path(message, path));
    fflush(stdout);
}

/* One file; *bad where it is not a whole, right configuration. Collective. */
static plaq_status check(const plaq_call *call, const char *path, int width, plaq_loader *loader, bool *bad)
{
    const options *o = call->options;
    plaq_loaded loaded;
    plaq_status status = plaq_load(call->comm, path, o->dims, loader, &loaded);
    const char *message = status == PLAQ_OK ? "" : plaq_message();

    *bad = status == PLAQ_E_DATA || status == PLAQ_E_IO;
    if (status != PLAQ_OK && !*bad) return plaq_note(status, "%s", path);
    status = PLAQ_OK;
    if (plaq_comm_rank(call->comm) == 0) {
        if (o->json)
            status = print_json(path, &loaded, !*bad, message);
        else
            print_row(width, path, &loaded, !*bad, message);
    }
    return plaq_agree(call->comm, status);
}

static plaq_status run(const plaq_call *call)
{
    const options *o = call->options;
    plaq_loader loader = {.raw = o->raw};
    plaq_status status = PLAQ_OK;
    int n_bad = 0, width = (int)strlen("file");
    bool bad, given;

    PLAQ_TRY(plaq_dims_given(o->dims, &given));
    for (int i = 0; i < call->n_args; i++)
        if ((int)strlen(call->args[i]) > width) width = (int)strlen(call->args[i]);
    if (!o->json && plaq_comm_rank(call->comm) == 0) print_head(width);
    for (int i = 0; i < call->n_args; i++) {
        PLAQ_GO(check(call, call->args[i], width, &loader, &bad));
        n_bad += bad;
    }
    if (n_bad) status = plaq_fail(PLAQ_E_DATA, "%d of %d configurations bad", n_bad, call->n_args);
done:
    plaq_loader_clear(&loader);
    return status;
}

const plaq_command plaq_command_check = {
    .name = "check",
    .brief = "read configurations and verify them",
    .arguments = "FILE...",
    .doc = "Reads every file whole and compares its checksum, plaquette and link trace with those\n"
           "its header stores, and its links with SU(3). The format is recognised by content; a\n"
           "file without extents needs --dims. Plaquette and link trace are (1/3) Re tr, 1 for the\n"
           "free field; unitarity is max |U U^dagger - 1|. Time links of the last slice that are all\n"
           "zero are open boundaries, and good.\n"
           "\n"
           "Exit code 0 where all files are good, 3 where one is not: of use in a script.\n"
           "\n"
           "    plaq check cfg/*.ildg\n"
           "    plaq check --json cfg/*.ildg | jq -r 'select(.ok | not) | .file'",
    .min_args = 1,
    .max_args = -1,
    .options_size = sizeof(options),
    .options = table,
    .shorts = "j=json",
    .ranks = true,
    .run = run,
};
