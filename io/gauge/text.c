/* Text for the headers: growing strings, and numbers out of text that nobody vouches for. */
#include "gauge/text.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

plaq_status plaq_text_add(plaq_text *text, const void *bytes, size_t n)
{
    if (text->n + n + 1 > text->room) {
        size_t room = 2 * (text->n + n + 1);
        char *more = plaq_alloc(room, 1);

        if (!more) return PLAQ_E_MEMORY;
        if (text->n) memcpy(more, text->bytes, text->n);
        plaq_free(text->bytes);
        text->bytes = more;
        text->room = room;
    }
    if (n) memcpy(text->bytes + text->n, bytes, n);
    text->n += n;
    text->bytes[text->n] = '\0';
    return PLAQ_OK;
}

plaq_status plaq_text_print(plaq_text *text, const char *format, ...)
{
    char words[1024];
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(words, sizeof words, format, args);
    va_end(args);
    if (n < 0 || (size_t)n >= sizeof words)
        return plaq_fail(PLAQ_E_USAGE, "a header line of %d bytes, expected at most %zu", n, sizeof words - 1);
    return plaq_text_add(text, words, (size_t)n);
}

plaq_status plaq_text_escaped(plaq_text *text, const char *words)
{
    for (; *words; words++) {
        const char *as = *words == '&' ? "&amp;" : *words == '<' ? "&lt;" : *words == '>' ? "&gt;" : NULL;

        PLAQ_TRY(plaq_text_add(text, as ? as : words, as ? strlen(as) : 1));
    }
    return PLAQ_OK;
}

static bool only_blanks(const char *words)
{
    while (isspace((unsigned char)*words)) words++;
    return *words == '\0';
}

bool plaq_text_int(const char *words, int *value)
{
    char *end;
    long v;

    errno = 0;
    v = strtol(words, &end, 10);
    if (end == words || !only_blanks(end) || errno || v < INT_MIN || v > INT_MAX) return false;
    *value = (int)v;
    return true;
}

bool plaq_text_real(const char *words, double *value)
{
    char *end;
    double v = strtod(words, &end);

    if (end == words || !only_blanks(end)) return false;
    *value = v;
    return true;
}

bool plaq_text_hex(const char *words, uint32_t *value)
{
    char *end;
    unsigned long v;

    while (isspace((unsigned char)*words)) words++;
    if (!isxdigit((unsigned char)*words)) return false; /* strtoul would take a sign */
    errno = 0;
    v = strtoul(words, &end, 16);
    if (!only_blanks(end) || errno || v > UINT32_MAX) return false;
    *value = (uint32_t)v;
    return true;
}

bool plaq_text_dims(const char *words, int dims[4])
{
    int got[4];

    for (int mu = 0; mu < 4; mu++) {
        char *end;
        long v;

        errno = 0;
        v = strtol(words, &end, 10);
        if (end == words || errno || v < INT_MIN || v > INT_MAX) return false;
        got[mu] = (int)v;
        words = end;
    }
    if (!only_blanks(words)) return false;
    memcpy(dims, got, sizeof got);
    return true;
}

bool plaq_xml_value(const char *xml, const char *name, char *value, size_t n)
{
    size_t length = strlen(name);

    for (const char *p = strchr(xml, '<'); p; p = strchr(p + 1, '<')) {
        const char *from, *to;

        if (strncmp(p + 1, name, length) != 0) continue;
        from = p + 1 + length;
        if (*from != '>' && !isspace((unsigned char)*from)) continue; /* a longer name */
        from = strchr(from, '>');
        if (!from) return false;
        to = strchr(++from, '<');
        if (!to) return false;
        while (from < to && isspace((unsigned char)*from)) from++;
        while (to > from && isspace((unsigned char)to[-1])) to--;
        snprintf(value, n, "%.*s", (int)(to - from < INT_MAX ? to - from : INT_MAX), from);
        return true;
    }
    return false;
}

const char plaq_xml_line[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";

plaq_status plaq_xml_int(const char *path, const char *xml, const char *name, int *number)
{
    char value[64];

    if (!plaq_xml_value(xml, name, value, sizeof value)) return PLAQ_OK;
    if (!plaq_text_int(value, number))
        return plaq_fail(PLAQ_E_DATA, "%s: <%s> is '%s', expected a number", path, name, value);
    return PLAQ_OK;
}

bool plaq_xml_text(const char *xml, const char *name, char *words, size_t n)
{
    static const char *const escaped[] = {"&lt;", "&gt;", "&amp;"};
    static const char as[] = "<>&";
    char *out = words;

    if (!plaq_xml_value(xml, name, words, n)) return false;
    while (*words) {
        int i = 0;

        while (i < 3 && strncmp(words, escaped[i], strlen(escaped[i])) != 0) i++;
        *out++ = i < 3 ? as[i] : *words;
        words += i < 3 ? strlen(escaped[i]) : 1;
    }
    *out = '\0';
    return true;
}

void plaq_text_bytes(const unsigned char *bytes, size_t n, char *text, size_t room)
{
    enum { SHOWN = 8 };
    char *out = text, *end = text + room;

    if (n > SHOWN) n = SHOWN;
    for (size_t i = 0; i < n && out + 4 < end; i++) out += snprintf(out, (size_t)(end - out), "%02x ", bytes[i]);
    if (out + 4 + n > end) return;
    *out++ = '\'';
    for (size_t i = 0; i < n; i++) *out++ = isprint(bytes[i]) ? (char)bytes[i] : '.';
    strcpy(out, "'");
}
