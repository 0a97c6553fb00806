/* The fault sweep: each allocation and file operation of an attempt fails once, on one rank. See test.h. */
#include "test.h"

#include "plaq/par.h"

/* Whether all ranks came to the same status. Collective. */
static bool is_common(plaq_status status)
{
    double ends[2] = {status, -(double)status};

    plaq_reduce_max(test_comm(), ends, 2);
    return ends[0] == -ends[1];
}

/* Fails the n-th fault point of one rank; *more says whether the attempt came as far as that. Collective. */
static bool fail_nth(plaq_status (*attempt)(void *), void *given, int rank, long n, bool *more)
{
    size_t before = plaq_alloc_blocks();
    bool here = plaq_comm_rank(test_comm()) == rank;
    plaq_status status;

    plaq_fault_arm(here ? n : 0);
    status = attempt(given);
    *more = plaq_any(test_comm(), here && plaq_fault_left() == 0);
    plaq_fault_arm(0);

    if (!test_check(is_common(status), __FILE__, __LINE__, "fault %ld on rank %d: here status %s, elsewhere another", n,
                    rank, plaq_status_word(status)))
        return false;
    if (!test_check(*more || status == PLAQ_OK, __FILE__, __LINE__, "no fault, but status %s: %s",
                    plaq_status_word(status), plaq_message()))
        return false;
    if (!test_check(!*more || status != PLAQ_OK, __FILE__, __LINE__, "fault %ld on rank %d went unnoticed", n, rank))
        return false;
    return test_check(plaq_alloc_blocks() == before, __FILE__, __LINE__,
                      "fault %ld on rank %d: %zu blocks allocated afterwards, %zu before", n, rank, plaq_alloc_blocks(),
                      before);
}

bool test_fault_sweep(plaq_status (*attempt)(void *), void *given, long *faults)
{
    int last = plaq_comm_size(test_comm()) - 1;

    *faults = 0;
    for (int rank = 0; rank <= last; rank += last > 0 ? last : 1) {
        bool more = true;

        for (long n = 1; more; n++) {
            if (!fail_nth(attempt, given, rank, n, &more)) return false;
            *faults += more;
        }
    }
    return true;
}
