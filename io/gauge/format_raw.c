/* Links without a header, in an order that the user states: never recognised by content. The words are described with
 * plaq_config_open_raw. */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "gauge/format.h"

enum { PREC_F64, PREC_F32 };
enum { ENDIAN_LITTLE, ENDIAN_BIG };

typedef struct {
    char order[64], directions[16];
    int precision, endian, skip;
} layout;

static const plaq_param table[] = {
    PLAQ_TEXT(layout, order, "", "axes of the file, slowest first"),
    PLAQ_TEXT(layout, directions, "x,y,z,t", "which directions mu counts"),
    PLAQ_CHOICE(layout, precision, "f64", "f64|f32", "of the numbers"),
    PLAQ_CHOICE(layout, endian, "little", "little|big", "byte order of the numbers"),
    PLAQ_INT(layout, skip, "0", 0, INT_MAX, "bytes", "before the first link"),
    PLAQ_END,
};

/* One letter for each word of a list by commas, out of `letters`; each exactly once. */
static bool read_list(const char *list, const char *const words[], const char *letters, char *found)
{
    size_t n = 0, all = strlen(letters);

    for (; n < all; n++) {
        size_t length = strcspn(list, ","), i = 0;

        while (i < all && (strlen(words[i]) != length || strncmp(words[i], list, length) != 0)) i++;
        if (i == all || memchr(found, letters[i], n)) return false;
        found[n] = letters[i];
        list += length;
        if (n + 1 < all && *list++ != ',') return false;
    }
    found[n] = '\0';
    return *list == '\0';
}

static plaq_status read_order(const layout *l, plaq_order *order)
{
    static const char *const axes[] = {"x", "y", "z", "t", "mu"};
    static const char *const ends[] = {",row,col", ",col,row"};
    char sites[sizeof l->order];
    size_t n = strlen(l->order), end = strlen(ends[0]);
    bool straight = n > end && strcmp(l->order + n - end, ends[0]) == 0;

    *order = (plaq_order){.transposed = n > end && strcmp(l->order + n - end, ends[1]) == 0};
    snprintf(sites, sizeof sites, "%.*s", (int)(n > end ? n - end : n), l->order);
    if ((!straight && !order->transposed) || !read_list(sites, axes, "xyztm", order->axes))
        return plaq_fail(PLAQ_E_USAGE,
                         "raw: order is '%s', expected x y z t mu by commas, slowest first, then row,col or col,row: "
                         "order=mu,t,z,y,x,row,col",
                         l->order);
    if (!read_list(l->directions, axes, "xyzt", order->directions))
        return plaq_fail(PLAQ_E_USAGE, "raw: directions is '%s', expected x y z t by commas in the order of mu",
                         l->directions);
    return PLAQ_OK;
}

/* One "name=value". */
static plaq_status read_word(const char *word, layout *l)
{
    static const char *const names[] = {"order", "directions", "precision", "endian", "skip"};
    const char *value = strchr(word, '='), *near;
    char name[32];
    const plaq_param *p;

    snprintf(name, sizeof name, "%.*s", (int)(value ? value - word : 0), word);
    p = plaq_param_find(table, name);
    if (p) return plaq_param_read(p, value + 1, l);
    near = plaq_nearest(value ? name : word, names, sizeof names / sizeof *names);
    return plaq_fail(PLAQ_E_USAGE, "raw: '%s' is none of order= directions= precision= endian= skip=%s%s", word,
                     near ? "; did you mean " : "", near ? near : "");
}

static plaq_status read_words(const char *raw, layout *l, plaq_order *order)
{
    char *words = plaq_strdup(raw), *rest = words, *word;
    plaq_status status;

    if (!words) return PLAQ_E_MEMORY;
    PLAQ_GO(plaq_param_defaults(table, l));
    while ((word = strsep(&rest, " ")))
        if (*word) PLAQ_GO(read_word(word, l));
    status = read_order(l, order);
done:
    plaq_free(words);
    return status;
}

plaq_status plaq_raw_check(const char *raw)
{
    plaq_order order;
    layout l;

    return raw[0] ? read_words(raw, &l, &order) : PLAQ_OK;
}

plaq_status plaq_raw_read_header(const plaq_file *file, const int given[4], const char *raw, plaq_config_header *h,
                                 plaq_stored *s)
{
    int64_t volume;
    layout l;

    PLAQ_TRY(read_words(raw, &l, &s->order[0]));
    h->prec = l.precision == PREC_F64 ? PLAQ_DOUBLE : PLAQ_SINGLE;
    h->little = l.endian == ENDIAN_LITTLE;
    snprintf(h->note, sizeof h->note, "no extents: give dims");
    if (!given) return PLAQ_OK;
    memcpy(h->dims, given, sizeof h->dims);
    PLAQ_TRY(plaq_dims_volume(file->path, h->dims, &volume));
    s->offset = l.skip;
    s->bytes = volume * (int64_t)plaq_site_bytes(h->prec, 3);
    snprintf(h->note, sizeof h->note, "order %s, directions %s, skip %d, as stated", l.order, l.directions, l.skip);
    if (h->bytes == s->offset + s->bytes) return PLAQ_OK;
    return plaq_fail(PLAQ_E_DATA, "%s: %lld bytes, expected %lld for raw links of %d %d %d %d in %s after %d",
                     file->path, (long long)h->bytes, (long long)(s->offset + s->bytes), h->dims[0], h->dims[1],
                     h->dims[2], h->dims[3], h->prec == PLAQ_DOUBLE ? "f64" : "f32", l.skip);
}

static bool recognise(const unsigned char *bytes, size_t n)
{
    (void)bytes;
    (void)n;
    return false;
}

const plaq_format plaq_format_raw = {
    .key = "raw",
    .name = "raw links",
    .doc = "no header: extents, order, precision and byte order are stated by the user",
    .called = {"raw"},
    .recognise = recognise,
};
