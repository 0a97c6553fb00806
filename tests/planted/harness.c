/* Cases the harness must see fail, and cases it must see pass: tests/cli/harness.t runs this and reads the TAP. The
 * name of a case says what is to become of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plaq/par.h"
#include "support/test.h"

static void last_rank_is_not_content(void)
{
    int last = plaq_comm_size(test_comm()) - 1;

    CHECK(plaq_comm_rank(test_comm()) != last);
}

static void not_a_number_is_close_to_nothing(void)
{
    CHECK_CLOSE(0.0 / 0.0, 1.0, 1e300);
}

static void minus_zero_is_not_zero(void)
{
    CHECK_SAME(-0.0, 0.0);
}

static void memory_stays(void)
{
    static void *kept;

    kept = plaq_alloc(1, 1);
    CHECK(kept);
}

static void returned_early(void)
{
    void *memory = plaq_alloc(1, 1);

    test_later(plaq_free, memory);
    CHECK(false);
}

static plaq_status message_is_other(void *given)
{
    (void)given;
    return plaq_fail(PLAQ_E_DATA, "seen 3, expected 4");
}

static void wrong_status(void)
{
    CHECK_STATUS(PLAQ_E_IO, message_is_other(NULL));
}

static void wrong_message(void)
{
    CHECK_STATUS(PLAQ_E_DATA, message_is_other(NULL));
    CHECK_MESSAGE("expected 5");
}

static plaq_status leak_on_fault(void *given)
{
    void *first = plaq_alloc(1, 1), *second = plaq_alloc(1, 1);
    plaq_status status = first && second ? PLAQ_OK : PLAQ_E_MEMORY;

    (void)given;
    if (first) plaq_free(second);
    if (second || !first) plaq_free(first);
    return plaq_agree(test_comm(), status);
}

static void sweep_finds_leak(void)
{
    CHECK_FAULT_SWEEP(leak_on_fault, NULL);
}

static plaq_status ignore_fault(void *given)
{
    (void)given;
    plaq_free(plaq_alloc(1, 1));
    return plaq_agree(test_comm(), PLAQ_OK);
}

static void sweep_finds_silence(void)
{
    CHECK_FAULT_SWEEP(ignore_fault, NULL);
}

/* ---- what passes ----------------------------------------------------------------------------------------- */

static void status_and_message(void)
{
    CHECK_STATUS(PLAQ_E_DATA, message_is_other(NULL));
    CHECK_MESSAGE("seen 3");
}

static plaq_status two_blocks(void *given)
{
    void *first = plaq_alloc(1, 1), *second = plaq_alloc(1, 1);
    plaq_status status = first && second ? PLAQ_OK : PLAQ_E_MEMORY;

    (void)given;
    plaq_free(first);
    plaq_free(second);
    return plaq_agree(test_comm(), status);
}

static void sweep_of_two_blocks(void)
{
    long faults, ranks = plaq_comm_size(test_comm()) > 1 ? 2 : 1;

    CHECK(test_fault_sweep(two_blocks, NULL, &faults));
    CHECK(faults == 2 * ranks);
}

static void scratch_is_one_folder(void)
{
    char mine[1024], first[1024];

    snprintf(mine, sizeof mine, "%s", test_scratch());
    memcpy(first, mine, sizeof first);
    plaq_broadcast(test_comm(), first, sizeof first);
    CHECK(strcmp(mine, first) == 0);
    CHECK(access(mine, W_OK) == 0);
}

static void skipped(void)
{
    SKIP("as every run of this case");
}

/* ---- what ends the program: run one at a time -------------------------------------------------------------- */

static void last_rank_exits(void)
{
    if (plaq_comm_rank(test_comm()) == plaq_comm_size(test_comm()) - 1) exit(0);
    CHECK(true);
}

static void last_rank_aborts(void)
{
    if (plaq_comm_rank(test_comm()) == plaq_comm_size(test_comm()) - 1) abort();
    CHECK(true);
}

TEST_MAIN({"fails: last rank is not content", last_rank_is_not_content},
          {"fails: not a number is close to nothing", not_a_number_is_close_to_nothing},
          {"fails: minus zero is not zero", minus_zero_is_not_zero}, {"fails: memory stays", memory_stays},
          {"fails: returned early", returned_early}, {"fails: wrong status", wrong_status},
          {"fails: wrong message", wrong_message}, {"fails: sweep finds a leak", sweep_finds_leak},
          {"fails: sweep finds silence", sweep_finds_silence}, {"passes: status and message", status_and_message},
          {"passes: sweep of two blocks", sweep_of_two_blocks},
          {"passes: scratch is one folder", scratch_is_one_folder}, {"skips: always", skipped},
          {"ends: exit", last_rank_exits}, {"ends: abort", last_rank_aborts})
