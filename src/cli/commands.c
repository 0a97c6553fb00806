/* The list of subcommands: a new one is one more file and one more line. */
#include <string.h>

#include "cli/cli.h"

extern const plaq_command plaq_command_info, plaq_command_check, plaq_command_cmp, plaq_command_convert, plaq_command_generate,
    plaq_command_gather, plaq_command_measure, plaq_command_plan, plaq_command_status, plaq_command_list,
    plaq_command_describe, plaq_command_schema, plaq_command_bench, plaq_command_analyze, plaq_command_report,
    plaq_command_doctor, plaq_command_help;

const plaq_command *const plaq_commands[] = {
    &plaq_command_info,
    &plaq_command_check,
    &plaq_command_cmp,
    &plaq_command_convert,
    &plaq_command_generate,
    &plaq_command_plan,
    &plaq_command_measure,
    &plaq_command_status,
    &plaq_command_gather,
    &plaq_command_analyze,
    &plaq_command_report,
    &plaq_command_list,
    &plaq_command_describe,
    &plaq_command_schema,
    &plaq_command_bench,
    &plaq_command_doctor,
    &plaq_command_help,
    NULL,
};

enum { MOST_COMMANDS = 64 };

const plaq_command *plaq_command_find(const char *name)
{
    for (int i = 0; plaq_commands[i]; i++)
        if (strcmp(plaq_commands[i]->name, name) == 0) return plaq_commands[i];
    return NULL;
}

const char *plaq_command_nearest(const char *word)
{
    const char *names[MOST_COMMANDS];
    size_t n = 0;

    for (; plaq_commands[n] && n < MOST_COMMANDS; n++) names[n] = plaq_commands[n]->name;
    return plaq_nearest(word, names, n);
}
