/* The result of an analysis: all quantities with their fluctuations, and what they come from. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "study/study.h"

/* What is below a folder is told by names and sizes; a file up to so many bytes by its checksum too. */
enum { most_hashed = 1 << 28 };

/* ---- files that were read --------------------------------------------------------------------------------------- */

static int not_hidden(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* Appends to a text, which is made longer; NULL where there is no memory. */
static char *append(char *text, const char *more)
{
    char *longer = text ? plaq_strprintf("%s%s", text, more) : NULL;

    plaq_free(text);
    return longer;
}

/* "  NAME  bytes" of each file of a folder, hashed as a whole: a line of text a file would be long. */
static plaq_status describe_folder(const char *path, char *line, size_t n)
{
    struct dirent **entry = NULL;
    const int count = scandir(path, &entry, not_hidden, alphasort);
    plaq_status status = PLAQ_OK;
    char *text = plaq_strdup(""), hex[65] = "";
    int64_t bytes = 0;

    for (int i = 0; i < count; i++) {
        char file[4600], words[400];
        struct stat s;

        snprintf(file, sizeof file, "%s/%s", path, entry[i]->d_name);
        if (stat(file, &s) == 0 && S_ISREG(s.st_mode)) {
            bytes += s.st_size;
            snprintf(words, sizeof words, "%s %lld\n", entry[i]->d_name, (long long)s.st_size);
            text = append(text, words);
        }
        free(entry[i]);
    }
    free(entry);
    if (text)
        plaq_sha256(text, strlen(text), hex);
    else
        status = PLAQ_E_MEMORY;
    plaq_free(text);
    snprintf(line, n, "%s: %d files, %lld bytes, sha256 of names and sizes %s\n", path, count > 0 ? count : 0,
             (long long)bytes, hex);
    return status;
}

static plaq_status describe_file(const char *path, char *line, size_t n)
{
    char *bytes = NULL, hex[65];
    size_t count;

    PLAQ_TRY(plaq_file_slurp(path, most_hashed, &bytes, &count));
    plaq_sha256(bytes, count, hex);
    plaq_free(bytes);
    snprintf(line, n, "%s: %zu bytes, sha256 %s\n", path, count, hex);
    return PLAQ_OK;
}

static plaq_status describe_sources(const plaq_study *study, char **text)
{
    *text = plaq_strdup("");
    for (int i = 0; i < study->source_count && *text; i++) {
        const char *path = study->source[i].path;
        char line[5000];
        struct stat s;

        if (stat(path, &s) == 0 && S_ISDIR(s.st_mode))
            PLAQ_TRY(describe_folder(path, line, sizeof line));
        else if (stat(path, &s) == 0 && s.st_size < most_hashed)
            PLAQ_TRY(describe_file(path, line, sizeof line));
        else
            snprintf(line, sizeof line, "%s\n", path);
        *text = append(*text, line);
    }
    return *text ? PLAQ_OK : PLAQ_E_MEMORY;
}

static char *all_notes(const plaq_study *study)
{
    char *text = plaq_strdup("");

    for (int i = 0; i < study->note_count && text; i++) {
        text = append(text, study->note[i]);
        text = append(text, "\n");
    }
    for (int i = 0; i < plaq_study_count(study) && text; i++) {
        const plaq_made *made = plaq_study_made(study, i);
        char *line = made->status == PLAQ_OK ? NULL : plaq_strprintf("%s: %s\n", made->name, made->message);

        if (line) text = append(text, line);
        plaq_free(line);
    }
    return text;
}

/* What estimates do not say, a line a number: what it is called, its systematic error, chi^2, dof and p of its fit; and
 * of a scan its fits. Arrays without these are left out. */
static char *all_details(const plaq_study *study)
{
    char *text = plaq_strdup("quantity\tvalue\terror\tsystematic\tchi2\tdof\tp\tfirst\tlast\tstates\tweight\n"),
         line[600];

    for (int i = 0; i < plaq_study_count(study) && text; i++) {
        const plaq_made *made = plaq_study_made(study, i);
        const bool told = made->apart || made->fitted || made->systematic || made->estimate.size == 1;

        for (size_t k = 0; k < made->estimate.size && told && text; k++) {
            snprintf(line, sizeof line, "%s%s%s\t%.17g\t%.17g\t%.17g\t", made->name, made->apart ? "." : "",
                     made->apart ? made->label[k] : "", made->error[k].value, made->error[k].error,
                     made->systematic ? made->systematic[k] : 0);
            text = append(text, line);
            snprintf(line, sizeof line, "%.17g\t%d\t%.17g\t\t\t\t\n", made->chi2, made->dof, made->p);
            text = append(text, made->fitted && k == 0 ? line : "\t\t\t\t\t\t\n");
        }
        for (int k = 0; k < made->scans && text; k++) {
            const plaq_scanned *s = &made->scan[k];

            snprintf(line, sizeof line, "%s\t%.17g\t%.17g\t\t%.17g\t%d\t%.17g\t%d\t%d\t%d\t%.17g\n", made->name,
                     s->value, s->error, s->chi2, s->dof, s->p, s->first, s->last, s->states, s->weight);
            text = append(text, line);
        }
    }
    return text;
}

/* ---- all of it -------------------------------------------------------------------------------------------------- */

static plaq_status write_all(const plaq_study *study, const char *path, const char *files, const char *notes,
                             const char *details)
{
    const plaq_fact provenance[] = {
        {.name = "plaq", .text = PLAQ_VERSION},
        {.name = "commit", .text = plaq_commit()},
        {.name = "compiler", .text = plaq_compiler()},
        {.name = "analysis", .text = study->text},
        {.name = "analysis_file", .text = study->origin},
        {.name = "analysis_resolved", .text = study->resolved},
        {.name = "method", .text = study->words},
        {.name = "files", .text = files},
        {.name = "notes", .text = notes},
        {.name = "details", .text = details},
    };
    const int count = plaq_study_count(study);
    plaq_written *list = plaq_alloc((size_t)count + 1, sizeof *list);
    plaq_status status;
    int n = 0;

    if (!list) return PLAQ_E_MEMORY;
    for (int i = 0; i < count; i++) {
        const plaq_made *made = plaq_study_made(study, i);

        if (made->status == PLAQ_OK)
            list[n++] = (plaq_written){made->name, made->doc, made->unit, &made->estimate, made->error};
    }
    status = plaq_numbers_write(path, list, n, provenance, (int)(sizeof provenance / sizeof *provenance));
    plaq_free(list);
    return status;
}

plaq_status plaq_study_write(const plaq_study *study, const char *path)
{
    char *files = NULL, *notes = NULL, *details = NULL;
    plaq_status status;

    PLAQ_GO(describe_sources(study, &files));
    notes = all_notes(study);
    details = all_details(study);
    status = notes && details ? write_all(study, path, files, notes, details) : PLAQ_E_MEMORY;
done:
    plaq_free(details);
    plaq_free(files);
    plaq_free(notes);
    return status;
}
