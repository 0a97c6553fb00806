/* Memory: zeroed, aligned, counted, and made to fail where a test asks for it. */
#include "plaq/base.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { LINE = 64, HUGE_PAGE = 2 << 20 };

/* In front of every block, as long as a cache line, or as a huge page for large blocks so that both stay aligned. */
typedef struct {
    size_t bytes; /* asked for */
    void *base;   /* to be freed */
} head;

static size_t blocks_now, bytes_now;
static long fault_due;

void plaq_fault_arm(long n)
{
    fault_due = n;
}

long plaq_fault_left(void)
{
    return fault_due;
}

bool plaq_fault(void)
{
    long left;

    if (__atomic_load_n(&fault_due, __ATOMIC_RELAXED) <= 0) return false;
    left = __atomic_sub_fetch(&fault_due, 1, __ATOMIC_RELAXED);
    return left == 0;
}

void plaq_alloc_count(int blocks, int64_t bytes)
{
    __atomic_add_fetch(&blocks_now, (size_t)blocks, __ATOMIC_RELAXED);
    __atomic_add_fetch(&bytes_now, (size_t)bytes, __ATOMIC_RELAXED);
}

void *plaq_alloc(size_t count, size_t size)
{
    size_t n, align, lead;
    void *base;
    char *block;
    head *h;

    if (__builtin_mul_overflow(count, size, &n) || n > PTRDIFF_MAX - 2 * (size_t)HUGE_PAGE) {
        plaq_fail(PLAQ_E_MEMORY, "no memory for %zu objects of %zu bytes", count, size);
        return NULL;
    }
    align = n >= HUGE_PAGE ? HUGE_PAGE : LINE;
    lead = align; /* the head stands at the end of the first line or page, the block begins aligned */
    if (plaq_fault() || posix_memalign(&base, align, lead + n) != 0) { /* to the byte: a sanitizer sees the end */
        plaq_fail(PLAQ_E_MEMORY, "no memory for %.3g MB (%.3g MB in use)", (double)n * 1e-6, (double)bytes_now * 1e-6);
        return NULL;
    }
    block = (char *)base + lead;
    if (align == HUGE_PAGE) madvise(block, n, MADV_HUGEPAGE); /* page walks cost a third of a stencil's speed */
    memset(block, 0, n);
    h = (head *)block - 1;
    h->bytes = n;
    h->base = base;
    plaq_alloc_count(1, (int64_t)n);
    return block;
}

void plaq_free(void *memory)
{
    head *h = memory;

    if (!memory) return;
    h--;
    plaq_alloc_count(-1, -(int64_t)h->bytes);
    free(h->base);
}

size_t plaq_alloc_blocks(void)
{
    return blocks_now;
}

size_t plaq_alloc_bytes(void)
{
    return bytes_now;
}

char *plaq_strdup(const char *text)
{
    size_t n = strlen(text) + 1;
    char *copy = plaq_alloc(n, 1);

    if (copy) memcpy(copy, text, n);
    return copy;
}

char *plaq_strprintf(const char *format, ...)
{
    va_list args, again;
    char *text;
    int n;

    va_start(args, format);
    va_copy(again, args);
    n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    text = plaq_alloc((size_t)n + 1, 1);
    if (text) vsnprintf(text, (size_t)n + 1, format, again);
    va_end(again);
    return text;
}
