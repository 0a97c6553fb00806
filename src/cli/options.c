/* The words of the command line -> structs, through tables. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

enum { MOST_ROWS = 64, NAME_CHARS = 64, VALUE_CHARS = 4096 };

const plaq_param plaq_global_table[] = {
    PLAQ_BOOL(plaq_globals, help, "false", "show the help of a command, or of plaq"),
    PLAQ_BOOL(plaq_globals, version, "false", "show what this plaq is and what it was built with"),
    PLAQ_CHOICE(plaq_globals, log_level, "info", "error|warn|info|debug", "how much the log on stderr says"),
    PLAQ_BOOL(plaq_globals, verbose, "false", "the same as --log-level debug"),
    PLAQ_BOOL(plaq_globals, quiet, "false", "the same as --log-level warn"),
    PLAQ_END,
};

const char *const plaq_global_shorts = "h=help v=verbose q=quiet";

/* ---- names --------------------------------------------------------------------------------------------------- */

void plaq_option_name(const plaq_param *param, char *text, size_t n)
{
    snprintf(text, n, "--%s", param->name);
    for (char *c = text; *c; c++)
        if (*c == '_') *c = '-';
}

char plaq_option_short(const char *shorts, const char *name)
{
    size_t n = strlen(name);

    for (const char *c = shorts; c && *c; c += strcspn(c, " "), c += *c == ' ')
        if (c[1] == '=' && strcspn(c + 2, " ") == n && memcmp(c + 2, name, n) == 0) return *c;
    return 0;
}

void plaq_option_value(const plaq_param *param, char *text, size_t n)
{
    static const char *const words[] = {"", "N", "SEED", "NUMBER", "TEXT", "", "N,...", "NUMBER,..."};

    if (param->type == PLAQ_TYPE_CHOICE)
        snprintf(text, n, "%s", param->choices);
    else if (param->type == PLAQ_TYPE_INTS && param->count == 4)
        snprintf(text, n, "X,Y,Z,T");
    else
        snprintf(text, n, "%s", words[param->type]);
}

/* A row by the name on the command line, where '-' stands for '_' */
static const plaq_param *find_long(const plaq_param table[], const char *word, size_t n)
{
    char name[NAME_CHARS] = "";

    if (!table || n >= sizeof name) return NULL;
    memcpy(name, word, n);
    for (char *c = name; *c; c++)
        if (*c == '-') *c = '_';
    return plaq_param_find(table, name);
}

static const plaq_param *find_short(const plaq_param table[], const char *shorts, char letter)
{
    for (const plaq_param *row = table; row && row->name; row++)
        if (plaq_option_short(shorts, row->name) == letter) return row;
    return NULL;
}

/* ---- reading ------------------------------------------------------------------------------------------------- */

typedef struct {
    const plaq_command *command; /* NULL: global options only */
    char *const *words;
    int n, at; /* how many words, and the one looked at */
    void *options;
    plaq_globals *globals;
    uint64_t given; /* bit i: row i of the command's table */
} scan;

static plaq_status unknown_option(const scan *s, const char *word, size_t n)
{
    const plaq_param *tables[] = {s->command ? s->command->options : NULL, plaq_global_table};
    char names[MOST_ROWS][NAME_CHARS];
    const char *candidates[MOST_ROWS], *near;
    char name[NAME_CHARS];
    size_t count = 0;

    for (int i = 0; i < 2; i++)
        for (const plaq_param *row = tables[i]; row && row->name && count < MOST_ROWS; row++, count++) {
            plaq_option_name(row, names[count], NAME_CHARS);
            candidates[count] = names[count] + 2;
        }
    snprintf(name, sizeof name, "%.*s", n > 2 ? (int)n - 2 : 0, word + 2);
    near = plaq_nearest(name, candidates, count);
    if (near) return plaq_fail(PLAQ_E_USAGE, "unknown option %.*s; did you mean --%s?", (int)n, word, near);
    return plaq_fail(PLAQ_E_USAGE, "unknown option %.*s", (int)n, word);
}

/* The value's text: after "=", or the next word, or the next four for "--dims 4 4 4 8" */
static plaq_status take_value(scan *s, const plaq_param *row, const char *name, char text[VALUE_CHARS])
{
    bool is_array = row->type == PLAQ_TYPE_INTS || row->type == PLAQ_TYPE_REALS;
    int words = 1;
    size_t used = 0;
    char wanted[NAME_CHARS];

    if (s->at + 1 < s->n && is_array && !strchr(s->words[s->at + 1], ',')) words = (int)row->count;
    for (int i = 0; i < words; i++) {
        if (s->at + 1 >= s->n) {
            plaq_option_value(row, wanted, sizeof wanted);
            return plaq_fail(PLAQ_E_USAGE, "%s needs a value: %s %s", name, name, wanted);
        }
        used += (size_t)snprintf(text + used, VALUE_CHARS - used, "%s%s", i ? "," : "", s->words[++s->at]);
        if (used >= VALUE_CHARS) return plaq_fail(PLAQ_E_USAGE, "the value of %s is too long", name);
    }
    return PLAQ_OK;
}

/* Reads a row's value, which is `given` or still to be taken. Messages call it by its name on the command line. */
static plaq_status read_row(scan *s, const plaq_param *row, const char *given)
{
    bool is_global = plaq_param_find(plaq_global_table, row->name) == row;
    char name[NAME_CHARS], text[VALUE_CHARS];
    plaq_param named = *row;

    plaq_option_name(row, name, sizeof name);
    named.name = name;
    if (!given && row->type == PLAQ_TYPE_BOOL) given = "true";
    if (!given) {
        PLAQ_TRY(take_value(s, row, name, text));
        given = text;
    }
    if (!is_global) s->given |= UINT64_C(1) << (row - s->command->options);
    return plaq_param_read(&named, given, is_global ? (void *)s->globals : s->options);
}

static plaq_status read_long(scan *s, const char *word)
{
    size_t n = strcspn(word, "=");
    const plaq_param *row = s->command ? find_long(s->command->options, word + 2, n - 2) : NULL;

    if (!row) row = find_long(plaq_global_table, word + 2, n - 2);
    if (!row) return unknown_option(s, word, n);
    return read_row(s, row, word[n] ? word + n + 1 : NULL);
}

static plaq_status read_short(scan *s, const char *word)
{
    const plaq_param *row = s->command ? find_short(s->command->options, s->command->shorts, word[1]) : NULL;

    if (!row) row = find_short(plaq_global_table, plaq_global_shorts, word[1]);
    if (!row || (row->type == PLAQ_TYPE_BOOL && word[2])) return unknown_option(s, word, strlen(word));
    return read_row(s, row, word[2] ? word + 2 : NULL);
}

static plaq_status check_given(const scan *s, int n_args)
{
    const plaq_command *command = s->command;

    for (int i = 0; command->options && command->options[i].name; i++) {
        const plaq_param *row = &command->options[i];
        char name[NAME_CHARS];

        plaq_option_name(row, name, sizeof name);
        if (!row->fallback && !(s->given >> i & 1))
            return plaq_fail(PLAQ_E_USAGE, "%s must be given: %s", name, row->doc);
    }
    if (n_args < command->min_args)
        return plaq_fail(PLAQ_E_USAGE, "%d argument%s given, expected: plaq %s %s", n_args, n_args == 1 ? "" : "s",
                         command->name, command->arguments);
    if (command->max_args >= 0 && n_args > command->max_args)
        return plaq_fail(PLAQ_E_USAGE, "%d arguments given, expected at most %d: plaq %s %s", n_args, command->max_args,
                         command->name, command->arguments);
    return PLAQ_OK;
}

plaq_status plaq_options_read(const plaq_command *command, char *const words[], int n, void *options,
                              plaq_globals *globals, const char *args[], int *n_args, int *used)
{
    scan s = {.command = command, .words = words, .n = n, .options = options, .globals = globals};
    bool options_end = false;

    *n_args = 0;
    if (command && command->options) PLAQ_TRY(plaq_param_defaults(command->options, options));
    for (; s.at < n; s.at++) {
        const char *word = words[s.at];

        if (options_end || word[0] != '-' || !word[1]) {
            if (!command) break;
            args[(*n_args)++] = word;
        } else if (strcmp(word, "--") == 0) {
            options_end = true;
        } else {
            PLAQ_TRY(word[1] == '-' ? read_long(&s, word) : read_short(&s, word));
        }
    }
    *used = s.at;
    return command && !globals->help ? check_given(&s, *n_args) : PLAQ_OK;
}
