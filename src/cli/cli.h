/* The command line: subcommands, one file each, each ending in one descriptor; and how they print. Room: cli.
 *
 * A command's options are a table of parameters, read into its struct as a run file is: `over_relax` of the table is
 * --over-relax on the command line. Parser, --help, man page and completion all walk the same rows.
 *
 *     static const plaq_param table[] = {
 *         PLAQ_BOOL(options, force, "false", "go on where a checksum or plaquette does not agree"),
 *         PLAQ_END,
 *     };
 *     static plaq_status run(const plaq_call *call) { const options *o = call->options; ... }
 *     const plaq_command plaq_command_measure = {.name = "measure", .brief = "...", .arguments = "RUN.yaml ...", ...};
 *
 * and one line in commands.c. stdout carries what was asked for, from rank 0; the log goes to stderr.
 */
#ifndef PLAQ_CLI_H
#define PLAQ_CLI_H

#include <cjson/cJSON.h>

#include "plaq/par.h"

/** What a command is called with. All of it is the same on all ranks. */
typedef struct {
    const plaq_comm *comm;
    const void *options;     /**< the command's struct, read through its table */
    const char *const *args; /**< what is not an option, in order */
    int n_args;
} plaq_call;

/** What a command is. `const`, in its own file. */
typedef struct {
    const char *name;
    const char *brief;      /**< one line, for the list of commands */
    const char *arguments;  /**< "FILE..."; "" */
    const char *doc;        /**< paragraphs for --help and the man page; an indented one is an example */
    int min_args, max_args; /**< how many arguments; max_args -1: any number */
    size_t options_size;    /**< of the struct; 0 where there are no options */
    /** Its rows; NULL where there are none. A BOOL is a flag (--json); INTS take "4,4,4,8" or 4 words. */
    const plaq_param *options;
    const char *shorts; /**< letters of options: "o=output j=json"; NULL */
    bool ranks;         /**< run on all ranks; otherwise rank 0 runs alone and the others wait for its status */
    bool stops;         /**< SIGINT, SIGTERM and SIGUSR1 ask it to stop: it looks at plaq_stop_check() */
    void (*before)(char *const words[], int n); /**< before MPI starts, with the words after its name; NULL */
    plaq_status (*run)(const plaq_call *call);  /**< Collective where `ranks`, and then the same status on all ranks. */
} plaq_command;

extern const plaq_command *const plaq_commands[]; /**< in the order of the help; NULL-terminated */

const plaq_command *plaq_command_find(const char *name); /**< or NULL */

/** The command that a word may have meant, or NULL. */
const char *plaq_command_nearest(const char *word);

/* ---- options ------------------------------------------------------------------------------------------------- */

/** Options that every command takes. */
typedef struct {
    bool help, version, verbose, quiet;
    int log_level; /**< a plaq_log_level */
} plaq_globals;

extern const plaq_param plaq_global_table[];
extern const char *const plaq_global_shorts;

/**
 * Reads the words after the command's name: options into the structs (defaults first, except the globals), the rest
 * into @p args, which has room for all words. PLAQ_E_USAGE with a suggestion for an unknown option. Required options
 * and the number of arguments are checked unless --help was given. Local.
 *
 * @param command  NULL: only global options, which end at the first argument (the command's name)
 * @param used     how many words were looked at
 */
PLAQ_MUST_USE plaq_status plaq_options_read(const plaq_command *command, char *const words[], int n, void *options,
                                            plaq_globals *globals, const char *args[], int *n_args, int *used);

/** The name of a row as an option: "--over-relax". Into @p text. */
void plaq_option_name(const plaq_param *param, char *text, size_t n);

/** Letter of an option in "o=output j=json", or 0. */
char plaq_option_short(const char *shorts, const char *name);

/** The word that stands for an option's value in the help: "N", "X,Y,Z,T", "hot|cold"; "" for a flag. */
void plaq_option_value(const plaq_param *param, char *text, size_t n);

/* ---- printing ------------------------------------------------------------------------------------------------ */

/** Help of a command, or of the program where it is NULL, to stdout. */
void plaq_help_print(const plaq_command *command);

/** A row's range, default or that it must be given, as the help has it: " (1 to 64; default 3)". Into @p text. */
void plaq_option_bounds(const plaq_param *param, char *text, size_t n);

void plaq_man_print(void);        /**< the man page plaq.1, roff, to stdout */
void plaq_completion_print(void); /**< the completion for bash, to stdout */

/** Exit codes as help and man page show them. */
typedef struct {
    int code;
    const char *doc;
} plaq_exit_code;
extern const plaq_exit_code plaq_exit_codes[]; /**< ends with .doc NULL */

/** Rows of cells to be printed in aligned columns. Zero-initialise. */
typedef struct {
    int count, room;
    char **rows; /**< [count]: cells parted by tabs; the first row is the head */
} plaq_table;

/** Adds a row: cells parted by tabs. Local. */
PLAQ_MUST_USE plaq_status plaq_table_row(plaq_table *table, const char *format, ...) PLAQ_PRINTF(2, 3);

/** Prints to stdout, columns of numbers to the right, and clears the table. Local. */
void plaq_table_print(plaq_table *table);
void plaq_table_clear(plaq_table *table);

/** Prints words in lines of at most 79 columns, those after the first indented. Local. */
void plaq_print_wrapped(const char *text, int indent);

/* JSON objects are cJSON's, but numbers go in through here: 17 significant digits, null where not finite. All may
 * run out of memory unnoticed; plaq_json_print() notices. */
void plaq_json_start(void); /**< JSON takes its memory from plaq_alloc. Local; once, from main. */
void plaq_json_real(cJSON *object, const char *name, double value);
void plaq_json_int(cJSON *object, const char *name, int64_t value);
void plaq_json_ints(cJSON *object, const char *name, const int values[], int n);
void plaq_json_text(cJSON *object, const char *name, const char *text); /**< null where it is NULL */
void plaq_json_bool(cJSON *object, const char *name, bool value);
void plaq_json_add(cJSON *object, const char *name, cJSON *item); /**< takes the item; name NULL: to an array */

/** Prints on one line (or on many, to be read by people), flushes, and frees. Local. */
PLAQ_MUST_USE plaq_status plaq_json_print(cJSON *json, bool pretty);

#endif
