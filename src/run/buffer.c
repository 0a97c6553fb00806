/* Bytes that grow by doubling; a hash of bytes. */
#include "run/run.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static plaq_status make_room(run_buffer *buffer, size_t n)
{
    size_t room = buffer->room ? buffer->room : 1024;
    char *bytes;

    if (buffer->n + n + 1 <= buffer->room) return PLAQ_OK;
    while (room < buffer->n + n + 1) room *= 2;
    bytes = plaq_alloc(room, 1);
    if (!bytes) return PLAQ_E_MEMORY;
    if (buffer->n) memcpy(bytes, buffer->bytes, buffer->n);
    plaq_free(buffer->bytes);
    buffer->bytes = bytes;
    buffer->room = room;
    return PLAQ_OK;
}

plaq_status run_buffer_add(run_buffer *buffer, const void *bytes, size_t n)
{
    PLAQ_TRY(make_room(buffer, n));
    if (n) memcpy(buffer->bytes + buffer->n, bytes, n);
    buffer->n += n;
    return PLAQ_OK;
}

plaq_status run_buffer_print(run_buffer *buffer, const char *format, ...)
{
    va_list list, again;
    plaq_status status;
    int n;

    va_start(list, format);
    va_copy(again, list);
    n = vsnprintf(NULL, 0, format, list);
    va_end(list);
    status = make_room(buffer, (size_t)n);
    if (status == PLAQ_OK) {
        vsnprintf(buffer->bytes + buffer->n, (size_t)n + 1, format, again);
        buffer->n += (size_t)n;
    }
    va_end(again);
    return status;
}

void run_buffer_clear(run_buffer *buffer)
{
    plaq_free(buffer->bytes);
    *buffer = (run_buffer){0};
}

/* FNV-1a, 64 bits. */
uint64_t run_hash(const void *bytes, size_t n)
{
    const unsigned char *c = bytes;
    uint64_t h = 14695981039346656037u;

    for (size_t i = 0; i < n; i++) h = (h ^ c[i]) * 1099511628211u;
    return h ? h : 1;
}
