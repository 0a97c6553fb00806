/* Text that grows. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "report/report.h"

static bool make_room(report_text *text, size_t more)
{
    size_t room = text->room ? text->room : 4096;
    char *bytes;

    while (room < text->n + more + 1) room *= 2;
    if (room == text->room) return true;
    bytes = text->failed ? NULL : plaq_alloc(room, 1);
    if (!bytes) {
        text->failed = true;
        return false;
    }
    if (text->n) memcpy(bytes, text->bytes, text->n);
    plaq_free(text->bytes);
    text->bytes = bytes;
    text->room = room;
    return true;
}

void report_put_bytes(report_text *text, const char *bytes, size_t n)
{
    if (text->failed || !make_room(text, n)) return;
    memcpy(text->bytes + text->n, bytes, n);
    text->n += n;
    text->bytes[text->n] = '\0';
}

void report_put(report_text *text, const char *format, ...)
{
    va_list args, again;
    int n;

    va_start(args, format);
    va_copy(again, args);
    n = vsnprintf(NULL, 0, format, args);
    if (n >= 0 && !text->failed && make_room(text, (size_t)n)) {
        vsnprintf(text->bytes + text->n, (size_t)n + 1, format, again);
        text->n += (size_t)n;
    }
    va_end(again);
    va_end(args);
}

void report_put_escaped(report_text *text, const char *words)
{
    static const char *const entities[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
    static const char marked[] = "&<>\"'";

    for (; *words; words++) {
        const char *mark = strchr(marked, *words);

        if (mark)
            report_put(text, "%s", entities[mark - marked]);
        else
            report_put_bytes(text, (unsigned char)*words < ' ' && *words != '\n' ? " " : words, 1);
    }
}

void report_put_name(report_text *text, const char *name)
{
    for (const char *end; *name; name = end) {
        char part[256];

        end = name + strcspn(name, ".");
        end += *end != '\0';
        snprintf(part, sizeof part, "%.*s", (int)(end - name), name);
        report_put_escaped(text, part);
        if (*end) report_put(text, "<wbr>");
    }
}

/* Names stand between line feeds. */
static bool is_taken(const report_text *names, const char *name)
{
    char line[REPORT_NAME_ROOM + 2];

    snprintf(line, sizeof line, "\n%s\n", name);
    return names->bytes && strstr(names->bytes, line);
}

plaq_status report_choose_name(report_text *names, const char *wanted, size_t most, char name[REPORT_NAME_ROOM])
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    size_t n = 0;

    for (; *wanted && n < most; wanted++) {
        bool fine = strchr(letters, *wanted) || (n && strchr(".-+_", *wanted));

        if (fine || (n && name[n - 1] != '_')) name[n++] = fine ? *wanted : '_';
    }
    name[n] = '\0';
    for (int k = 2; n == 0 || is_taken(names, name); k++)
        snprintf(name + n, REPORT_NAME_ROOM - n, "%s%d", n ? "_" : "", k);
    report_put(names, "\n%s\n", name);
    return report_text_end(names);
}

plaq_status report_text_end(const report_text *text)
{
    return text->failed ? PLAQ_E_MEMORY : PLAQ_OK;
}

void report_text_clear(report_text *text)
{
    plaq_free(text->bytes);
    *text = (report_text){0};
}
