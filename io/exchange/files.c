/* The files a measurement left. See files.h. */
#include "exchange/files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "exchange/exchange.h"
#include "gauge/text.h"

bool exchange_ends_with(const char *text, const char *ending)
{
    size_t n = strlen(text), m = strlen(ending);

    return n >= m && strcmp(text + n - m, ending) == 0;
}

/* ---- folders ------------------------------------------------------------------------------------------------- */

static bool is_folder(const char *path)
{
    struct stat what;

    return stat(path, &what) == 0 && S_ISDIR(what.st_mode);
}

/* "r0": what all files of a folder of this name have in common is the replica. */
static bool is_replica(const char *base)
{
    return base[0] == 'r' && base[1] && base[1 + strspn(base + 1, "0123456789")] == '\0';
}

static plaq_status add(const char *path, const exchange_file *inherited, plaq_text *list)
{
    exchange_file file = {.folder = inherited ? inherited->config : -1};

    snprintf(file.path, sizeof file.path, "%s", path);
    if (exchange_config_number(path, &file.config, file.replica) != PLAQ_OK) file.config = -1;
    if (inherited && inherited->replica[0]) snprintf(file.replica, sizeof file.replica, "%s", inherited->replica);
    return plaq_text_add(list, &file, sizeof file);
}

/* Files of a folder, and of its folders where `inside` is NULL; `inside` is what this folder's name says. */
static plaq_status look_through(const char *folder, const exchange_file *inside, bool (*accept)(const char *),
                                plaq_text *list)
{
    DIR *dir = plaq_fault() ? NULL : opendir(folder);
    plaq_status status = PLAQ_OK;
    struct dirent *entry;
    char path[4096];

    if (!dir) return plaq_fail(PLAQ_E_IO, "%s: cannot be looked through: %s", folder, strerror(errno));
    while (status == PLAQ_OK && (entry = readdir(dir))) {
        const char *base = entry->d_name;
        exchange_file says = {.config = -1};

        if (base[0] == '.' || (size_t)snprintf(path, sizeof path, "%s/%s", folder, base) >= sizeof path) continue;
        if (!is_folder(path)) {
            if (accept(base)) status = add(path, inside, list);
        } else if (!inside) {
            if (is_replica(base))
                snprintf(says.replica, sizeof says.replica, "%.63s", base);
            else if (exchange_config_number(base, &says.config, says.replica) != PLAQ_OK)
                says.config = -1;
            status = look_through(path, &says, accept, list);
        }
    }
    closedir(dir);
    return status;
}

static int by_path(const void *x, const void *y)
{
    const exchange_file *a = x, *b = y;

    return strcmp(a->path, b->path);
}

plaq_status exchange_files_find(const char *path, bool (*accept)(const char *base), exchange_files *files)
{
    plaq_text list = {0};
    plaq_status status = is_folder(path) ? look_through(path, NULL, accept, &list) : add(path, NULL, &list);

    files->file = (exchange_file *)list.bytes;
    files->count = list.n / sizeof *files->file;
    if (status == PLAQ_OK && files->count == 0)
        status = plaq_fail(PLAQ_E_DATA, "%s: no files of this format in the folder", path);
    if (status != PLAQ_OK) {
        exchange_files_clear(files);
        return status;
    }
    qsort(files->file, files->count, sizeof *files->file, by_path);
    if (files->count == 1 && files->file[0].config < 0) files->file[0].config = 0;
    return PLAQ_OK;
}

void exchange_files_clear(exchange_files *files)
{
    plaq_free(files->file);
    *files = (exchange_files){0};
}

bool exchange_folder_has(const char *path, bool (*accept)(const char *base))
{
    plaq_text list = {0};
    bool has = is_folder(path) && look_through(path, NULL, accept, &list) == PLAQ_OK && list.n > 0;

    plaq_free(list.bytes);
    return has;
}

/* ---- lines --------------------------------------------------------------------------------------------------- */

enum { TEXT_MOST = 1 << 30 }; /* bytes of a text file; a thousand configurations of a thousand numbers are 20 MB */

plaq_status exchange_lines_open(const char *path, exchange_lines *lines)
{
    size_t n;

    *lines = (exchange_lines){.path = path};
    PLAQ_TRY(plaq_file_slurp(path, TEXT_MOST, &lines->text, &n));
    lines->rest = lines->text;
    if (strlen(lines->text) == n) return PLAQ_OK;
    plaq_fail(PLAQ_E_DATA, "%s: byte %zu is zero, expected text", path, strlen(lines->text));
    exchange_lines_close(lines);
    return PLAQ_E_DATA;
}

void exchange_lines_close(exchange_lines *lines)
{
    plaq_free(lines->text);
    *lines = (exchange_lines){0};
}

char *exchange_lines_next(exchange_lines *lines)
{
    char *line = lines->rest, *end;

    if (!line || !*line) return NULL;
    end = line + strcspn(line, "\n");
    lines->rest = *end ? end + 1 : end;
    *end = '\0';
    if (end > line && end[-1] == '\r') end[-1] = '\0';
    lines->number++;
    return line;
}

int exchange_words(char *line, char *word[], int most)
{
    const char *between = " \t,;";
    int n = 0;

    for (line += strspn(line, between); *line; line += strspn(line, between)) {
        if (n < most) word[n] = line;
        n++;
        line += strcspn(line, between);
        if (*line) *line++ = '\0';
    }
    return n;
}

plaq_status exchange_word_real(const exchange_lines *lines, const char *word, double *value)
{
    if (plaq_text_real(word, value)) return PLAQ_OK;
    return plaq_fail(PLAQ_E_DATA, "%s, line %d: '%.40s' is no number", lines->path, lines->number, word);
}

plaq_status exchange_word_int(const exchange_lines *lines, const char *word, int64_t *value)
{
    char *end;
    long long v;

    errno = 0;
    v = strtoll(word, &end, 10);
    if (end == word || *end || errno)
        return plaq_fail(PLAQ_E_DATA, "%s, line %d: '%.40s' is no whole number", lines->path, lines->number, word);
    *value = v;
    return PLAQ_OK;
}
