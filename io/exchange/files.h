/* The files a measurement left: which there are in a folder, and their lines. All functions are Local. */
#ifndef PLAQ_EXCHANGE_FILES_H
#define PLAQ_EXCHANGE_FILES_H

#include "plaq/base.h"

/* A file and what its name says (exchange_config_number). */
typedef struct {
    char path[4096];
    char replica[64];
    int64_t config; /* -1: the name has no number; then 0 where this is the only file */
    int64_t folder; /* the number in the name of the folder's folder it is in; -1: none */
} exchange_file;

typedef struct {
    exchange_file *file; /* [count], by path; owned: exchange_files_clear */
    size_t count;
} exchange_files;

/** The file @p path, or those of the folder @p path, and of its folders, that @p accept takes by their base names. A
 * folder in it that is called r and digits is a replica. Hidden files are left out. PLAQ_E_DATA where there is none. */
PLAQ_MUST_USE plaq_status exchange_files_find(const char *path, bool (*accept)(const char *base),
                                              exchange_files *files);
void exchange_files_clear(exchange_files *files);

/* Whether a folder has a file, itself or in a folder of it, that @p accept takes. */
bool exchange_folder_has(const char *path, bool (*accept)(const char *base));

bool exchange_ends_with(const char *text, const char *ending);

/* The lines of a text file. */
typedef struct {
    const char *path;
    char *text, *rest;
    int number; /* of the line given last, from 1 */
} exchange_lines;

PLAQ_MUST_USE plaq_status exchange_lines_open(const char *path, exchange_lines *lines); /* path is borrowed */
void exchange_lines_close(exchange_lines *lines);
char *
exchange_lines_next(exchange_lines *lines); /* without its end; NULL after the last. The caller may write into it */

/* Cuts a line into words at blanks, tabs, commas and semicolons; gives their number, which may be above @p most. */
int exchange_words(char *line, char *word[], int most);

/* Reads a word as a number; PLAQ_E_DATA, with file and line, where it is none. */
PLAQ_MUST_USE plaq_status exchange_word_real(const exchange_lines *lines, const char *word, double *value);
PLAQ_MUST_USE plaq_status exchange_word_int(const exchange_lines *lines, const char *word, int64_t *value);

#endif
