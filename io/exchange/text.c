/* Texts of exchange formats: growing, read from files that may be packed, written to them. See exchange.h. */
#include <cjson/cJSON.h>
#include <libdeflate.h>
#include <stdio.h>
#include <string.h>

#include "exchange/exchange.h"

static const size_t most_bytes = (size_t)1 << 30;

enum {
    GZIP_LEAST = 18,   /* bytes of a member of gzip: head and tail */
    PACKED_MOST = 1040 /* deflate makes no more than 1032 bytes of one */
};

plaq_status exchange_print_quoted(plaq_text *text, const char *words)
{
    cJSON *json = cJSON_CreateString(words ? words : "");
    char *quoted = json ? cJSON_PrintUnformatted(json) : NULL;
    plaq_status status =
        quoted ? plaq_text_add(text, quoted, strlen(quoted)) : plaq_fail(PLAQ_E_MEMORY, "no memory for a text");

    cJSON_free(quoted);
    cJSON_Delete(json);
    return status;
}

plaq_status exchange_print_facts(plaq_text *text, const plaq_fact facts[], int n)
{
    PLAQ_TRY(plaq_text_print(text, "{"));
    for (int i = 0; i < n; i++) {
        PLAQ_TRY(plaq_text_print(text, "%s", i ? ",\n   " : "\n   "));
        PLAQ_TRY(exchange_print_quoted(text, facts[i].name));
        PLAQ_TRY(plaq_text_print(text, ": "));
        if (facts[i].text)
            PLAQ_TRY(exchange_print_quoted(text, facts[i].text));
        else
            PLAQ_TRY(plaq_text_print(text, "%.17g", facts[i].number));
    }
    return plaq_text_print(text, "}");
}

/* ---- gzip ---------------------------------------------------------------------------------------------------- */

static bool is_packed(const char *bytes, size_t n)
{
    return n >= 2 && memcmp(bytes, "\037\213", 2) == 0;
}

/* The last four bytes of a member: how long it is unpacked. They are checked before they are believed. */
static plaq_status unpacked_size(const unsigned char *bytes, size_t n, size_t *size)
{
    if (n < GZIP_LEAST) return plaq_fail(PLAQ_E_DATA, "ends after %zu bytes, in the middle of gzip", n);
    *size = (size_t)bytes[n - 4] | (size_t)bytes[n - 3] << 8 | (size_t)bytes[n - 2] << 16 | (size_t)bytes[n - 1] << 24;
    if (*size > most_bytes)
        return plaq_fail(PLAQ_E_DATA, "%zu bytes when unpacked, expected at most %zu", *size, most_bytes);
    if (*size / PACKED_MOST > n)
        return plaq_fail(PLAQ_E_DATA, "damaged gzip: %zu bytes cannot be packed in %zu", *size, n);
    return PLAQ_OK;
}

static plaq_status unpack(const char *packed, size_t n, char **text, size_t *size)
{
    struct libdeflate_decompressor *d = NULL;
    enum libdeflate_result result;
    char *room;

    PLAQ_TRY(unpacked_size((const unsigned char *)packed, n, size));
    room = plaq_alloc(*size + 1, 1);
    if (!room) return PLAQ_E_MEMORY;
    d = libdeflate_alloc_decompressor();
    if (!d) {
        plaq_free(room);
        return plaq_fail(PLAQ_E_MEMORY, "no memory to unpack gzip");
    }
    result = libdeflate_gzip_decompress(d, packed, n, room, *size, NULL);
    libdeflate_free_decompressor(d);
    if (result != LIBDEFLATE_SUCCESS) {
        plaq_free(room);
        return plaq_fail(PLAQ_E_DATA, "damaged gzip: %s",
                         result == LIBDEFLATE_BAD_DATA ? "its checksum or codes are wrong"
                                                       : "it is not as long as it says");
    }
    *text = room;
    return PLAQ_OK;
}

static plaq_status pack(const char *bytes, size_t n, char **packed, size_t *size)
{
    enum { LEVEL = 6 };
    struct libdeflate_compressor *c = plaq_fault() ? NULL : libdeflate_alloc_compressor(LEVEL);
    size_t bound;

    if (!c) return plaq_fail(PLAQ_E_MEMORY, "no memory to pack %zu bytes", n);
    bound = libdeflate_gzip_compress_bound(c, n);
    *packed = plaq_alloc(bound, 1);
    if (*packed) *size = libdeflate_gzip_compress(c, bytes, n, *packed, bound);
    libdeflate_free_compressor(c);
    return *packed ? PLAQ_OK : PLAQ_E_MEMORY;
}

/* ---- files --------------------------------------------------------------------------------------------------- */

plaq_status exchange_slurp(const char *path, char **text, size_t *n)
{
    char *bytes = NULL;
    plaq_status status;
    size_t size;

    PLAQ_TRY(plaq_file_slurp(path, most_bytes, &bytes, &size));
    if (!is_packed(bytes, size)) {
        *text = bytes;
        *n = size;
        return PLAQ_OK;
    }
    status = unpack(bytes, size, text, n);
    plaq_free(bytes);
    return status == PLAQ_OK ? status : plaq_note(status, "%s", path);
}

static plaq_status write_aside(const char *aside, const char *bytes, size_t n)
{
    plaq_file file = PLAQ_FILE_CLOSED;
    plaq_status status = plaq_file_create(&file, aside), closed;

    if (status == PLAQ_OK) status = plaq_file_write(&file, 0, bytes, n);
    if (status == PLAQ_OK) status = plaq_file_sync(&file);
    closed = plaq_file_close(&file);
    return status == PLAQ_OK ? closed : status;
}

plaq_status exchange_publish(const char *path, const char *bytes, size_t n, bool packed)
{
    char aside[4096], *small = NULL;
    plaq_status status;
    size_t size = 0;

    PLAQ_TRY(plaq_path_aside(path, aside));
    if (packed) PLAQ_TRY(pack(bytes, n, &small, &size));
    status = write_aside(aside, packed ? small : bytes, packed ? size : n);
    if (status == PLAQ_OK) status = plaq_path_publish(aside, path);
    if (status != PLAQ_OK) plaq_path_remove(aside);
    plaq_free(small);
    return status;
}
