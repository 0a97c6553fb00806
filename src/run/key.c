/* What the numbers of a measurement depend on, in one SHA-256: observable and its version, resolved parameters, how its
 * gauge field was derived, precision, and the configuration's identity (format, extents, checksum in the file and its
 * size; without a checksum the time it was written). Equal key, equal numbers. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "run/run.h"

plaq_status run_identity(const char *path, const plaq_config_header *h, const char *raw, char **identity)
{
    char written[64] = "";
    struct stat s;

    if (!h->checksum[0]) {
        if (stat(path, &s) != 0) return plaq_fail(PLAQ_E_IO, "%s: %s", path, strerror(errno));
        snprintf(written, sizeof written, "written %lld.%09ld", (long long)s.st_mtim.tv_sec, s.st_mtim.tv_nsec);
    }
    *identity = plaq_strprintf("%s %d %d %d %d %s %s %lld%s%s", h->format, h->dims[0], h->dims[1], h->dims[2],
                               h->dims[3], h->checksum[0] ? h->checksum_kind : "no-checksum",
                               h->checksum[0] ? h->checksum : written, (long long)h->bytes, *raw ? " " : "", raw);
    return *identity ? PLAQ_OK : PLAQ_E_MEMORY;
}

plaq_status run_print_params(run_buffer *text, const plaq_param table[], const void *params, const char *between)
{
    for (const plaq_param *p = table; p && p->name; p++) {
        char value[4096];

        plaq_param_print(p, params, value, sizeof value);
        PLAQ_TRY(run_buffer_print(text, "%s%s: %s", p == table ? "" : between, p->name, value));
    }
    return PLAQ_OK;
}

char *run_parameters(const plaq_run *run, const plaq_measurement *m)
{
    const plaq_param *table = m->observable->params;
    run_buffer text = {0};
    plaq_status status = run_print_params(&text, table, m->params, "\n");

    if (status == PLAQ_OK) status = run_buffer_print(&text, "%s", table && table->name ? "\n" : "");
    if (status == PLAQ_OK && m->lines.sinks) status = run_lines_print(run, m, &text);
    if (status != PLAQ_OK) run_buffer_clear(&text);
    return text.bytes;
}

/* Measurements on the links that were read have no line of a derivation. */
plaq_status run_key(const plaq_run *run, const plaq_measurement *m, const char *configuration, const char *written,
                    char key[65])
{
    char *parameters = run_parameters(run, m), *derivation = plaq_run_derivation(run, m->links);
    plaq_status status = parameters && derivation ? PLAQ_OK : PLAQ_E_MEMORY;
    run_buffer text = {0};

    if (status != PLAQ_OK) goto done;
    PLAQ_GO(run_buffer_print(&text, "%s %d\n%s", m->observable->name, m->observable->version, parameters));
    if (m->links != PLAQ_LINKS) PLAQ_GO(run_buffer_print(&text, "derivation: %s\n", derivation));
    PLAQ_GO(run_buffer_print(&text, "precision: %s\nconfiguration: %s\n",
                             plaq_run_prec(run) == PLAQ_SINGLE ? "single" : "double", configuration));
    if (written) PLAQ_GO(run_buffer_print(&text, "written: %s\n", written));
    plaq_sha256(text.bytes, text.n, key);
done:
    run_buffer_clear(&text);
    plaq_free(derivation);
    plaq_free(parameters);
    return status;
}

plaq_status run_work(const plaq_run *run, char work[17])
{
    run_buffer text = {0};
    plaq_status status = PLAQ_OK;
    char key[65];

    for (int i = 0; i < run->count && status == PLAQ_OK; i++) {
        status = run_key(run, &run->list[i], "", NULL, key);
        if (status == PLAQ_OK) status = run_buffer_print(&text, "%s %s\n", run->list[i].name, key);
    }
    plaq_sha256(text.bytes ? text.bytes : "", text.n, key);
    memcpy(work, key, 16);
    work[16] = '\0';
    run_buffer_clear(&text);
    return status;
}
