/* The log on stderr and the clock. */
#include "plaq/base.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

static plaq_log_level shown = PLAQ_LOG_INFO;
static int my_rank;
static char prefix[32];

void plaq_log_set(plaq_log_level level, int rank)
{
    shown = level;
    my_rank = rank;
}

void plaq_log_as(const char *words, int rank)
{
    snprintf(prefix, sizeof prefix, "%s", words);
    my_rank = rank;
}

/* one write a line, so that lines of several ranks do not mix */
static void print(plaq_log_level level, bool with_rank, const char *format, va_list args)
{
    static const char *const words[] = {"error: ", "warning: ", "", "debug: "};
    char line[4096], who[32] = "";

    vsnprintf(line, sizeof line, format, args);
    if (with_rank) snprintf(who, sizeof who, "rank %d: ", my_rank);
    fprintf(stderr, "plaq: %s%s%s%s\n", words[level], prefix, who, line);
}

void plaq_log(plaq_log_level level, const char *format, ...)
{
    va_list args;

    if (level > shown || my_rank != 0) return;
    va_start(args, format);
    print(level, false, format, args);
    va_end(args);
}

void plaq_log_any(plaq_log_level level, const char *format, ...)
{
    va_list args;

    if (level > shown) return;
    va_start(args, format);
    print(level, true, format, args);
    va_end(args);
}

double plaq_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}
