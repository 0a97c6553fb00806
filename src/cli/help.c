/* plaq help: how plaq and its commands are used, from the tables. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

const plaq_exit_code plaq_exit_codes[] = {
    {0, "done"},
    {1, "plaq cmp: the two configurations are different"},
    {2, "the command line or the run file is wrong: correct it"},
    {3, "a configuration or result is damaged or foreign"},
    {4, "the file system or the environment said no"},
    {5, "an iteration did not converge"},
    {6, "not enough memory: use more ranks or nodes"},
    {70, "a defect of plaq: please report it"},
    {75, "stopped early on request: the same command goes on"},
    {0, NULL},
};

void plaq_option_bounds(const plaq_param *param, char *text, size_t n)
{
    bool no_default = !param->fallback || !*param->fallback || param->type == PLAQ_TYPE_BOOL;
    char range[80];

    plaq_param_range_text(param, range, sizeof range);
    *text = '\0';
    if (!param->fallback)
        snprintf(text, n, " (%s%smust be given)", range, *range ? "; " : "");
    else if (!no_default)
        snprintf(text, n, " (%s%sdefault %s)", range, *range ? "; " : "", param->fallback);
    else if (*range)
        snprintf(text, n, " (%s)", range);
}

static void print_option(const plaq_param *row, const char *shorts)
{
    enum { DOC_COLUMN = 30 };
    char name[80], value[80], bounds[200], doc[1000], head[200];
    char letter = plaq_option_short(shorts, row->name);
    int n;

    plaq_option_name(row, name, sizeof name);
    plaq_option_value(row, value, sizeof value);
    plaq_option_bounds(row, bounds, sizeof bounds);
    snprintf(doc, sizeof doc, "%s%s", row->doc, bounds);
    snprintf(head, sizeof head, "  %c%c%s %s%s%s", letter ? '-' : ' ', letter ? letter : ' ', letter ? "," : " ", name,
             *value ? " " : "", value);
    n = printf("%-*s", DOC_COLUMN - 2, head);
    if (n > DOC_COLUMN - 2) printf("\n%*s", DOC_COLUMN - 2, "");
    printf("  ");
    plaq_print_wrapped(doc, DOC_COLUMN);
}

static void print_options(const char *head, const plaq_param table[], const char *shorts)
{
    if (!table || !table->name) return;
    printf("\n%s\n", head);
    for (const plaq_param *row = table; row->name; row++) print_option(row, shorts);
}

/* Paragraphs, an empty line before each; one that is indented is an example and stays as it is */
static void print_doc(const char *doc)
{
    for (const char *end; *doc; doc = *end ? end + 2 : end) {
        char paragraph[2000];

        end = strstr(doc, "\n\n");
        if (!end) end = doc + strlen(doc);
        snprintf(paragraph, sizeof paragraph, "%.*s", (int)(end - doc), doc);
        putchar('\n');
        if (*paragraph == ' ')
            puts(paragraph);
        else
            plaq_print_wrapped(paragraph, 0);
    }
}

static void print_program(void)
{
    printf("usage: plaq COMMAND [OPTION...] [ARGUMENT...]\n\n"
           "plaq measures observables on lattice QCD gauge configurations.\n\n"
           "commands:\n");
    for (int i = 0; plaq_commands[i]; i++) printf("  %-10s  %s\n", plaq_commands[i]->name, plaq_commands[i]->brief);
    print_options("options of every command:", plaq_global_table, plaq_global_shorts);
    printf("\nexit codes:\n");
    for (const plaq_exit_code *e = plaq_exit_codes; e->doc; e++) printf("  %2d  %s\n", e->code, e->doc);
    printf("\n\"plaq COMMAND --help\" says more; under mpirun or srun, plaq runs on all ranks.\n");
}

void plaq_help_print(const plaq_command *command)
{
    if (!command) {
        print_program();
        return;
    }
    printf("usage: plaq %s%s%s%s\n\n%s: %s\n", command->name, command->options ? " [OPTION...]" : "",
           *command->arguments ? " " : "", command->arguments, command->name, command->brief);
    if (command->doc && *command->doc) print_doc(command->doc);
    print_options("options:", command->options, command->shorts);
    print_options("options of every command:", plaq_global_table, plaq_global_shorts);
}

/* ---- the command --------------------------------------------------------------------------------------------- */

typedef struct {
    bool man;
    int completion;
} options;

enum { COMPLETION_NONE, COMPLETION_BASH };

static const plaq_param table[] = {
    PLAQ_BOOL(options, man, "false", "print the man page plaq(1), in roff"),
    PLAQ_CHOICE(options, completion, "none", "none|bash", "print the completion of a shell"),
    PLAQ_END,
};

static plaq_status run(const plaq_call *call)
{
    const options *o = call->options;
    const plaq_command *command = call->n_args ? plaq_command_find(call->args[0]) : NULL;
    const char *near = call->n_args ? plaq_command_nearest(call->args[0]) : NULL;

    if (o->man)
        plaq_man_print();
    else if (o->completion == COMPLETION_BASH)
        plaq_completion_print();
    else if (call->n_args && !command)
        return plaq_fail(PLAQ_E_USAGE, "unknown command \"%s\"%s%s%s", call->args[0], near ? "; did you mean \"" : "",
                         near ? near : "", near ? "\"?" : "");
    else
        plaq_help_print(command);
    return PLAQ_OK;
}

const plaq_command plaq_command_help = {
    .name = "help",
    .brief = "show how plaq or a command is used",
    .arguments = "[COMMAND]",
    .doc = "\"make install\" puts the man page and the completion where they belong.",
    .max_args = 1,
    .options_size = sizeof(options),
    .options = table,
    .run = run,
};
