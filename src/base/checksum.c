/* Checksums and byte order. */
#include "plaq/base.h"

#include <libdeflate.h>
#include <openssl/sha.h>
#include <stdio.h>

uint32_t plaq_crc32(uint32_t crc, const void *bytes, size_t n)
{
    return libdeflate_crc32(crc, bytes, n);
}

void plaq_sha256(const void *bytes, size_t n, char hex[65])
{
    unsigned char digest[SHA256_DIGEST_LENGTH];

    SHA256(bytes, n, digest);
    for (int i = 0; i < SHA256_DIGEST_LENGTH; i++) snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

void plaq_byte_swap(void *words, size_t size, size_t n)
{
    if (size == 4) {
        uint32_t *w = words;

        for (size_t i = 0; i < n; i++) w[i] = __builtin_bswap32(w[i]);
    } else {
        uint64_t *w = words;

        for (size_t i = 0; i < n; i++) w[i] = __builtin_bswap64(w[i]);
    }
}

bool plaq_host_is_little(void)
{
    return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
}
