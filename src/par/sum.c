/* Order-independent sums. A term is cut into three integers, multiples of 2^-10, 2^-55 and 2^-100, by adding and
 * taking away 1.5 2^52 times the unit: the integer stands in the last bits of that sum. What is left after each cut
 * is exact, so integer addition makes the whole independent of the order. */
#include "plaq/par.h"

#include <math.h>
#include <string.h>

#define HIGH        0x1p-10
#define MIDDLE      0x1p-55
#define LOW         0x1p-100
#define MAGIC(unit) (0x1.8p52 * (unit))
#define LIMIT       0x1p40
enum { BITS = 45 }; /* between the units */

static inline int64_t bits_of(double x)
{
    int64_t i;

    memcpy(&i, &x, sizeof i);
    return i;
}

/* The nearest multiple of a unit as an integer; *rest becomes what is left. */
static inline int64_t cut(double *rest, double unit)
{
    double shifted = *rest + MAGIC(unit);

    *rest -= shifted - MAGIC(unit);
    return bits_of(shifted) - bits_of(MAGIC(unit));
}

/* Moves what overflows the lower limbs upwards, so that each sum has one form: 0 <= middle, low < 2^45. */
static inline void carry(plaq_sum *s)
{
    s->middle += s->low >> BITS;
    s->low &= ((int64_t)1 << BITS) - 1;
    s->high += s->middle >> BITS;
    s->middle &= ((int64_t)1 << BITS) - 1;
}

void plaq_sum_add(plaq_sum *sum, double term)
{
    int good = fabs(term) < LIMIT;
    double rest = good ? term : 0;

    sum->high += cut(&rest, HIGH);
    sum->middle += cut(&rest, MIDDLE);
    sum->low += cut(&rest, LOW);
    sum->bad += 1 - good;
    carry(sum);
}

/* The same with the limbs of all sums side by side. The lower limbs of one term stay below 2^45: carrying is due only
 * after 2^17 terms. */
struct plaq_bank {
    int n, adds;
    int64_t *high, *middle, *low, *bad; /* [n] each */
};

plaq_status plaq_bank_create(int sums, plaq_bank **bank)
{
    plaq_bank *b = plaq_alloc(1, sizeof *b);
    int64_t *limbs = plaq_alloc(4 * (size_t)sums, sizeof *limbs);

    if (!b || !limbs) {
        plaq_free(b);
        plaq_free(limbs);
        return PLAQ_E_MEMORY;
    }
    b->n = sums;
    b->high = limbs;
    b->middle = limbs + sums;
    b->low = limbs + 2 * (size_t)sums;
    b->bad = limbs + 3 * (size_t)sums;
    *bank = b;
    return PLAQ_OK;
}

void plaq_bank_destroy(plaq_bank **bank)
{
    if (!*bank) return;
    plaq_free((*bank)->high);
    plaq_free(*bank);
    *bank = NULL;
}

static void carry_all(plaq_bank *b)
{
    for (int i = 0; i < b->n; i++) {
        plaq_sum s = {b->high[i], b->middle[i], b->low[i], 0};

        carry(&s);
        b->high[i] = s.high;
        b->middle[i] = s.middle;
        b->low[i] = s.low;
    }
    b->adds = 0;
}

void plaq_bank_add(plaq_bank *b, int first, const double terms[], int n)
{
    int64_t *restrict high = b->high + first, *restrict middle = b->middle + first, *restrict low = b->low + first,
                      *restrict bad = b->bad + first;

    for (int i = 0; i < n; i++) {
        int good = fabs(terms[i]) < LIMIT;
        double rest = good ? terms[i] : 0;

        high[i] += cut(&rest, HIGH);
        middle[i] += cut(&rest, MIDDLE);
        low[i] += cut(&rest, LOW);
        bad[i] += 1 - good;
    }
    if (++b->adds == 1 << 17) carry_all(b);
}

void plaq_bank_take(plaq_bank *b, int i, plaq_sum *sum)
{
    plaq_sum s = {b->high[i], b->middle[i], b->low[i], b->bad[i]};

    carry(&s);
    plaq_sum_merge(sum, &s);
    b->high[i] = b->middle[i] = b->low[i] = b->bad[i] = 0;
}

void plaq_sum_merge(plaq_sum *sum, const plaq_sum *other)
{
    sum->high += other->high;
    sum->middle += other->middle;
    sum->low += other->low;
    sum->bad += other->bad;
    carry(sum);
}

double plaq_sum_value(const plaq_sum *sum)
{
    if (sum->bad) return NAN;
    return (double)((long double)sum->high * HIGH + ((long double)sum->middle * MIDDLE + (long double)sum->low * LOW));
}

void plaq_sum_reduce(const plaq_comm *comm, plaq_sum sums[], int n)
{
    plaq_reduce_add(comm, &sums[0].high, 4 * n); /* at most 2^18 ranks before a lower limb could overflow */
    for (int i = 0; i < n; i++) carry(&sums[i]);
}
