/* The man page, from the tables. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

/* Of the version: a page made again tomorrow is the same page */
static const char date[] = "2026-11-23";

/* Text in roff: backslashes and hyphens are themselves, a line may not begin with a control character, and an empty
 * line is a paragraph */
static void print_text(const char *text)
{
    bool line_begins = true;

    for (const char *c = text; *c; c++) {
        if (line_begins && (*c == '.' || *c == '\'')) fputs("\\&", stdout);
        if (line_begins && *c == '\n') {
            fputs(".PP\n", stdout);
            continue;
        }
        if (*c == '\\')
            fputs("\\e", stdout);
        else if (*c == '-')
            fputs("\\-", stdout);
        else if (*c == '\'')
            fputs("\\(aq", stdout);
        else
            putchar(*c);
        line_begins = *c == '\n';
    }
    if (!line_begins) putchar('\n');
}

static void print_bold(const char *text)
{
    fputs("\\fB", stdout);
    for (const char *c = text; *c; c++) printf("%s", *c == '-' ? "\\-" : (char[]){*c, '\0'});
    fputs("\\fR", stdout);
}

/* Lines with an indentation are examples: they stay as they are */
static void print_doc(const char *doc)
{
    while (*doc) {
        size_t n = strcspn(doc, "\n");
        bool example = *doc == ' ';
        char line[400];

        if (example) fputs(".PP\n.nf\n", stdout);
        do {
            n = strcspn(doc, "\n");
            snprintf(line, sizeof line, "%.*s\n", (int)n, doc);
            if (n || !example) print_text(line);
            doc += n + (doc[n] == '\n');
        } while (example && *doc == ' ');
        if (example) fputs(".fi\n", stdout);
        if (example && *doc == '\n') doc++;
        if (example && *doc) fputs(".PP\n", stdout);
    }
}

static void print_options(const plaq_param table[], const char *shorts)
{
    for (const plaq_param *row = table; row && row->name; row++) {
        char name[80], value[80], bounds[200], letter[] = {'-', plaq_option_short(shorts, row->name), '\0'};

        plaq_option_name(row, name, sizeof name);
        plaq_option_value(row, value, sizeof value);
        plaq_option_bounds(row, bounds, sizeof bounds);
        fputs(".TP\n", stdout);
        if (letter[1]) {
            print_bold(letter);
            fputs(", ", stdout);
        }
        print_bold(name);
        if (*value) printf(" \\fI%s\\fR", value);
        putchar('\n');
        print_text(row->doc);
        if (*bounds) print_text(bounds + 1);
    }
}

static void print_command(const plaq_command *command)
{
    printf(".SS ");
    print_bold("plaq ");
    print_bold(command->name);
    if (command->options) fputs(" [\\fIOPTION\\fR...]", stdout);
    if (*command->arguments) printf(" \\fI%s\\fR", command->arguments);
    printf("\n%c", command->brief[0] >= 'a' && command->brief[0] <= 'z' ? command->brief[0] - 'a' + 'A'
                                                                        : command->brief[0]);
    print_text(command->brief + 1);
    if (command->doc && *command->doc) {
        fputs(".PP\n", stdout);
        print_doc(command->doc);
    }
    print_options(command->options, command->shorts);
}

void plaq_man_print(void)
{
    printf(".\\\" Made by \"plaq help --man\".\n"
           ".TH PLAQ 1 %s \"plaq %s\" \"User commands\"\n"
           ".SH NAME\nplaq \\- measure observables on lattice QCD gauge configurations\n"
           ".SH SYNOPSIS\n\\fBplaq\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR...] [\\fIARGUMENT\\fR...]\n.br\n"
           "\\fBmpirun \\-n\\fR \\fIRANKS\\fR \\fBplaq\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR...] [\\fIARGUMENT\\fR...]\n"
           ".SH DESCRIPTION\n"
           "plaq reads gauge configurations in every format of the field, recognised by content, verifies them,\n"
           "measures on them as a run file says, and writes results that the next tool can read.\n"
           "Under mpirun or srun it runs on all ranks; alone it needs no launcher.\n"
           "What was asked for goes to standard output, the log to standard error.\n"
           ".SH COMMANDS\n",
           date, PLAQ_VERSION);
    for (int i = 0; plaq_commands[i]; i++) print_command(plaq_commands[i]);
    fputs(".SH OPTIONS OF EVERY COMMAND\n", stdout);
    print_options(plaq_global_table, plaq_global_shorts);
    fputs(".SH EXIT STATUS\n", stdout);
    for (const plaq_exit_code *e = plaq_exit_codes; e->doc; e++) {
        printf(".TP\n%d\n", e->code);
        print_text(e->doc);
    }
    fputs(".SH ENVIRONMENT\n"
          ".TP\n\\fBOMP_NUM_THREADS\\fR\nthreads of each rank\n"
          ".TP\n\\fBPLAQ_MPI\\fR\n\\(lqon\\(rq or \\(lqoff\\(rq: start MPI or not, where plaq cannot tell from its\n"
          "launcher\n",
          stdout);
}
