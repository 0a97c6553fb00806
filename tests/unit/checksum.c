/* Checksums: published values, and many records at once against one at a time. */
#include <string.h>

#include "support/test.h"

static void crc32_has_the_published_values(void)
{
    CHECK(plaq_crc32(0, "123456789", 9) == 0xcbf43926); /* the check value of ISO 3309's CRC */
    CHECK(plaq_crc32(plaq_crc32(0, "1234", 4), "56789", 5) == 0xcbf43926);
    CHECK(plaq_crc32(0, "", 0) == 0);
}

/* Sizes of sites (2 and 3 rows, 32 and 64 bit) and sizes that no vector fits, numbers of records around a vector's,
 * at addresses that are not aligned. */
static void records_together_are_records_one_by_one(void)
{
    static const size_t sizes[] = {1, 15, 16, 17, 32, 72, 192, 288, 384, 576};
    enum { RECORDS = 70 };
    static unsigned char bytes[RECORDS * 576 + 8];
    uint32_t crc[RECORDS];

    for (size_t i = 0; i + 4 <= sizeof bytes; i += 4) {
        double u[4];

        plaq_random(7, PLAQ_RANDOM_TEST, 0, i, 0, u);
        for (size_t k = 0; k < 4; k++) bytes[i + k] = (unsigned char)(256 * u[k]);
    }
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (size_t n = 0; n <= RECORDS; n++) {
            const unsigned char *at = bytes + n % 8;
            size_t wrong = 0;

            plaq_crc32_each(at, sizes[s], n, crc);
            for (size_t i = 0; i < n; i++) wrong += crc[i] != plaq_crc32(0, at + i * sizes[s], sizes[s]);
            CHECK(wrong == 0);
        }
}

TEST_MAIN({"crc32 has the published values", crc32_has_the_published_values},
          {"records together are records one by one", records_together_are_records_one_by_one})
