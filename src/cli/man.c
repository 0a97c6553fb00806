/* The man page, from the tables. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

/* Of the version: a page made again tomorrow is the same page */
static const char date[] = "2026-11-23";

/* Characters in roff: backslashes, hyphens and quotes are themselves; a line may not begin with a control character */
static void print_characters(const char *text, size_t n, bool line_begins)
{
    if (line_begins && n && (*text == '.' || *text == '\'')) fputs("\\&", stdout);
    for (size_t i = 0; i < n; i++) {
        if (text[i] == '\\')
            fputs("\\e", stdout);
        else if (text[i] == '-')
            fputs("\\-", stdout);
        else if (text[i] == '\'')
            fputs("\\(aq", stdout);
        else
            putchar(text[i]);
    }
}

/* Words in short lines; roff fills them as it likes */
static void print_text(const char *text)
{
    enum { LINE_BYTES = 70 };
    size_t column = 0;

    for (size_t n; *text; text += n, text += strspn(text, " \n")) {
        n = strcspn(text, " \n");
        if (column && column + n > LINE_BYTES) {
            putchar('\n');
            column = 0;
        }
        if (column) putchar(' ');
        print_characters(text, n, column == 0);
        column += n + 1;
    }
    putchar('\n');
}

static void print_bold(const char *text)
{
    fputs("\\fB", stdout);
    print_characters(text, strlen(text), false);
    fputs("\\fR", stdout);
}

/* Lines as they are */
static void print_example(const char *text)
{
    fputs(".nf\n", stdout);
    for (size_t n; *text; text += n + (text[n] == '\n')) {
        n = strcspn(text, "\n");
        print_characters(text, n, true);
        putchar('\n');
    }
    fputs(".fi\n", stdout);
}

/* Paragraphs; one that is indented is an example */
static void print_doc(const char *doc)
{
    for (const char *end; *doc; doc = *end ? end + 2 : end) {
        char paragraph[2000];

        end = strstr(doc, "\n\n");
        if (!end) end = doc + strlen(doc);
        snprintf(paragraph, sizeof paragraph, "%.*s", (int)(end - doc), doc);
        fputs(".PP\n", stdout);
        if (*paragraph == ' ')
            print_example(paragraph);
        else
            print_text(paragraph);
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
    putchar('\n');
    print_text(command->brief);
    if (command->doc) print_doc(command->doc);
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
           "plaq reads gauge configurations in every format of the field,\n"
           "recognised by content, verifies them, measures on them as a run file\n"
           "says, and writes results that the next tool can read.\n"
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
