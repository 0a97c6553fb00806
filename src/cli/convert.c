/* plaq convert: a configuration or a propagator from any format into one we write. */
#include <limits.h>
#include <stdio.h>

#include "cli/cli.h"
#include "cli/load.h"
#include "cli/propagator.h"

static const char *const formats[] = {"hdf5", "ildg", "nersc", "milc", "openqcd", "bridge", "qio", "qdpxx"};
enum { HDF5, QIO = 6, QDPXX };

enum { PREC_SAME, PREC_F64, PREC_F32 };

typedef struct {
    int format, precision, dims[4];
    char raw[256];
    bool force, overwrite;
} options;

static const plaq_param table[] = {
    PLAQ_CHOICE(options, format, "hdf5", "hdf5|ildg|nersc|milc|openqcd|bridge|qio|qdpxx",
                "format of the new file; of a propagator hdf5, qio or qdpxx"),
    PLAQ_CHOICE(options, precision, "same", "same|f64|f32", "of the numbers in the new file"),
    PLAQ_INTS(options, dims, "0,0,0,0", 0, INT_MAX, "a", "extents of a file that does not say them; 0,0,0,0: it does"),
    PLAQ_TEXT(options, raw, "", PLAQ_RAW_DOC),
    PLAQ_BOOL(options, force, "false", "go on where the input does not agree with its header"),
    PLAQ_BOOL(options, overwrite, "false", "replace the new file where it exists"),
    PLAQ_END,
};

static plaq_status refuse_existing(const plaq_comm *comm, const char *path)
{
    plaq_status status = PLAQ_OK;

    if (plaq_comm_rank(comm) == 0 && plaq_path_exists(path))
        status = plaq_fail(PLAQ_E_USAGE, "%s: exists; --overwrite replaces it", path);
    return plaq_agree(comm, status);
}

/* Loads the input. With --force what is wrong with links that could be read goes into the history instead. */
static plaq_status load(const plaq_call *call, plaq_loader *loader, plaq_loaded *loaded, char *history, size_t n)
{
    const options *o = call->options;
    const char *path = call->args[0];
    plaq_status status = plaq_load(call->comm, path, o->dims, loader, loaded);
    const char *wrong = "";

    if (status == PLAQ_E_DATA && loaded->measured && o->force) {
        plaq_log(PLAQ_LOG_WARN, "%s", plaq_message());
        wrong = plaq_message();
        status = PLAQ_OK;
    } else if (status == PLAQ_E_DATA && loaded->measured) {
        plaq_log(PLAQ_LOG_INFO, "--force converts it all the same");
    }
    snprintf(history, n, "converted by plaq %s from %s (%s, %s%s%s)%s%s", PLAQ_VERSION, plaq_path_base(path),
             loaded->verdict.header.format, plaq_prec_word(loaded->verdict.header.prec),
             loaded->verdict.header.checksum[0] ? ", checksum " : "", loaded->verdict.header.checksum,
             *wrong ? " although " : "", wrong);
    return status;
}

static plaq_prec precision_of(const options *o, plaq_prec same)
{
    if (o->precision == PREC_SAME) return same;
    return o->precision == PREC_F64 ? PLAQ_DOUBLE : PLAQ_SINGLE;
}

/* Converts the input where it is a propagator; *done says whether it was. Collective. */
static plaq_status try_propagator(const plaq_call *call, bool *done)
{
    const options *o = call->options;
    const char *format = formats[o->format];
    const bool wanted = o->format == QIO || o->format == QDPXX;
    plaq_propagator *p = NULL;
    plaq_status status;

    *done = false;
    if (o->raw[0]) return PLAQ_OK;
    PLAQ_TRY(wanted ? plaq_propagator_open(call->comm, call->args[0], &p)
                    : plaq_propagator_try(call->comm, call->args[0], &p));
    if (!p) return PLAQ_OK;
    *done = true;
    if (wanted || o->format == HDF5)
        status = plaq_propagator_convert(call->comm, p, call->args[1], format,
                                         precision_of(o, plaq_propagator_get_header(p)->prec));
    else
        status = plaq_fail(PLAQ_E_USAGE,
                           "%s is a propagator: --format %s is of configurations, expected hdf5, qio or "
                           "qdpxx",
                           call->args[0], format);
    plaq_propagator_close(&p);
    return status;
}

static plaq_status run(const plaq_call *call)
{
    const options *o = call->options;
    const char *out = call->args[1];
    plaq_config_facts facts = {.ensemble = "", .number = -1};
    plaq_loader loader = {.raw = o->raw};
    plaq_loaded loaded;
    char history[4096];
    plaq_prec prec;
    plaq_status status;
    bool was_propagator;

    if (!o->overwrite) PLAQ_TRY(refuse_existing(call->comm, out));
    PLAQ_TRY(try_propagator(call, &was_propagator));
    if (was_propagator) return PLAQ_OK;
    PLAQ_GO(load(call, &loader, &loaded, history, sizeof history));
    facts.plaquette = loaded.verdict.plaquette;
    facts.link_trace = loaded.verdict.link_trace;
    facts.history = history;
    prec = precision_of(o, loaded.verdict.header.prec);
    PLAQ_GO(plaq_config_write(plaq_gauge_links(loader.u), out, formats[o->format], prec, &facts));
    if (plaq_comm_rank(call->comm) == 0)
        printf("%s: %s, %s, plaquette %.12f\n", out, formats[o->format], plaq_prec_word(prec), facts.plaquette);
done:
    plaq_loader_clear(&loader);
    return status;
}

const plaq_command plaq_command_convert = {
    .name = "convert",
    .brief = "write a configuration or a propagator in another format or precision",
    .arguments = "IN OUT",
    .doc = "Reads and verifies IN, in whatever format it is, and writes OUT: aside, flushed, then\n"
           "renamed, so that OUT is whole where it exists.\n"
           "\n"
           "    plaq convert --format ildg lat.sample.l8888 lat.sample.l8888.ildg\n"
           "\n"
           "Where IN is a propagator, OUT is one: plaq's own (hdf5), or Chroma's in a SciDAC file\n"
           "(qio) or in HDF5 (qdpxx).",
    .min_args = 2,
    .max_args = 2,
    .options_size = sizeof(options),
    .options = table,
    .shorts = "f=format",
    .ranks = true,
    .run = run,
};
