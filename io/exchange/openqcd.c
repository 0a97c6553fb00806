/* What the measurement files of openQCD's programs share. See openqcd.h. */
#include "exchange/openqcd.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "exchange/files.h"
#include "gauge/bytes.h"

static const size_t file_most = (size_t)1 << 32; /* bytes: 10,000 records of 100 flow times on 128 slices are 3e9 */

plaq_status openqcd_open(const char *path, openqcd_file *file)
{
    *file = (openqcd_file){.path = path};
    return plaq_file_slurp(path, file_most, (char **)&file->bytes, &file->n);
}

void openqcd_close(openqcd_file *file)
{
    plaq_free(file->bytes);
    *file = (openqcd_file){0};
}

static plaq_status need(const openqcd_file *file, const char *what, size_t bytes)
{
    if (file->n - file->at >= bytes) return PLAQ_OK;
    return plaq_fail(PLAQ_E_DATA, "%s: ends in %s: %zu bytes from byte %zu on, expected %zu", file->path, what,
                     file->n - file->at, file->at, bytes);
}

plaq_status openqcd_int(openqcd_file *file, const char *what, int *value)
{
    PLAQ_TRY(need(file, what, 4));
    *value = (int)(int32_t)plaq_word_at(file->bytes, file->at, true);
    file->at += 4;
    return PLAQ_OK;
}

plaq_status openqcd_reals(openqcd_file *file, const char *what, double values[], size_t n)
{
    PLAQ_TRY(need(file, what, 8 * n));
    for (size_t i = 0; i < n; i++) values[i] = plaq_double_at(file->bytes, file->at + 8 * i, true);
    file->at += 8 * n;
    return PLAQ_OK;
}

plaq_status openqcd_skip(openqcd_file *file, const char *what, size_t bytes)
{
    PLAQ_TRY(need(file, what, bytes));
    file->at += bytes;
    return PLAQ_OK;
}

static const char *const endings[] = {".ms.dat", ".ms1.dat", ".ms3.dat", ".mesons.dat", ".ms3.log"};

/* How long a name is without the ending it has by openQCD. */
static size_t without_ending(const char *base)
{
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (exchange_ends_with(base, endings[i])) return strlen(base) - strlen(endings[i]);
    return strlen(base);
}

bool openqcd_is_named(const char *base)
{
    return without_ending(base) < strlen(base);
}

void openqcd_names(const char *path, const char *wanted, char ensemble[64], char replica[64])
{
    const char *base = plaq_path_base(path);
    size_t end = without_ending(base), begin;

    for (begin = end; begin > 0 && isdigit((unsigned char)base[begin - 1]);) begin--;
    replica[0] = '\0';
    if (begin < end && begin > 1 && base[begin - 1] == 'r') {
        snprintf(replica, 64, "%.*s", (int)(end - begin + 1), base + begin - 1);
        end = begin - 1;
    }
    if (end > 1 && base[end - 1] == '_') end--;
    snprintf(ensemble, 64, "%.*s", (int)end, base);
    if (wanted) snprintf(ensemble, 64, "%s", wanted);
}

plaq_status openqcd_read(const char *path, openqcd_reader *reader, exchange_collection *collection)
{
    char ensemble[64], replica[64];
    openqcd_file file;
    plaq_status status;

    openqcd_names(path, exchange_collection_ensemble(collection), ensemble, replica);
    PLAQ_TRY(openqcd_open(path, &file));
    status = reader(&file, ensemble, replica, collection);
    openqcd_close(&file);
    return status;
}
