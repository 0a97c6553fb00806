/* Completion for bash, from the tables: commands, their options, values of choices, and the names that list, describe
 * and help know. Everything else completes to file names. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "plaq/derived.h"
#include "plaq/io.h"
#include "plaq/observable.h"

static void print_options(const plaq_param table[], const char *shorts)
{
    for (const plaq_param *row = table; row && row->name; row++) {
        char name[80], letter = plaq_option_short(shorts, row->name);

        plaq_option_name(row, name, sizeof name);
        printf(" %s", name);
        if (letter) printf(" -%c", letter);
    }
}

/* "check:--format) words="hdf5 ildg"" for every choice */
static void print_choices(const char *command, const plaq_param table[])
{
    for (const plaq_param *row = table; row && row->name; row++) {
        char name[80];

        if (row->type != PLAQ_TYPE_CHOICE) continue;
        plaq_option_name(row, name, sizeof name);
        printf("    %s:%s) words='", command, name);
        for (const char *c = row->choices; *c; c++) putchar(*c == '|' ? ' ' : *c);
        fputs("' ;;\n", stdout);
    }
}

static void print_command_names(void)
{
    for (int i = 0; plaq_commands[i]; i++) printf("%s%s", i ? " " : "", plaq_commands[i]->name);
}

static void print_described(void)
{
    for (int i = 0; plaq_observables[i]; i++) printf("%s ", plaq_observables[i]->name);
    for (int i = 0; plaq_derivations[i]; i++)
        if (!plaq_observable_find(plaq_derivations[i]->name)) printf("%s ", plaq_derivations[i]->name);
    for (size_t i = 0; i < plaq_format_count(); i++) {
        const char *key, *name, *doc;
        bool writes;

        plaq_format_describe(i, &key, &name, &doc, &writes);
        printf("%s ", key);
    }
    print_command_names();
}

void plaq_completion_print(void)
{
    fputs("# Completion of plaq for bash. Made by \"plaq help --completion bash\".\n"
          "_plaq()\n{\n"
          "    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} command= words= i\n"
          "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
          "        if [[ ${COMP_WORDS[i]} != -* ]]; then command=${COMP_WORDS[i]}; break; fi\n"
          "    done\n"
          "    case $command:$previous in\n",
          stdout);
    print_choices("*", plaq_global_table);
    for (int i = 0; plaq_commands[i]; i++) print_choices(plaq_commands[i]->name, plaq_commands[i]->options);
    fputs("    *)\n        case $command:$current in\n", stdout);
    fputs("        :-*) words='", stdout);
    print_options(plaq_global_table, plaq_global_shorts);
    fputs("' ;;\n        :*) words='", stdout);
    print_command_names();
    fputs("' ;;\n        describe:[!-]*|describe:) words='", stdout);
    print_described();
    fputs("' ;;\n        help:[!-]*|help:) words='", stdout);
    print_command_names();
    fputs("' ;;\n", stdout);
    for (int i = 0; plaq_commands[i]; i++) {
        printf("        %s:-*) words='", plaq_commands[i]->name);
        print_options(plaq_commands[i]->options, plaq_commands[i]->shorts);
        print_options(plaq_global_table, plaq_global_shorts);
        fputs("' ;;\n", stdout);
    }
    fputs("        esac ;;\n    esac\n"
          "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
          "}\n"
          "complete -o default -o bashdefault -F _plaq plaq\n",
          stdout);
}
