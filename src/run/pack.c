/* The plan as bytes, to give it to all ranks: each entry is its plain members, then its texts and arrays. */
#include <string.h>

#include "run/run.h"

static plaq_status pack_text(run_buffer *buffer, const char *text)
{
    return run_buffer_add(buffer, text, strlen(text) + 1);
}

static plaq_status pack(const plaq_plan *plan, run_buffer *buffer)
{
    size_t n = (size_t)plan->measurements;

    for (int i = 0; i < plan->count; i++) {
        const plaq_plan_entry *entry = &plan->entries[i];

        PLAQ_TRY(run_buffer_add(buffer, &entry->header, sizeof entry->header));
        PLAQ_TRY(run_buffer_add(buffer, &entry->written, sizeof entry->written));
        PLAQ_TRY(run_buffer_add(buffer, &entry->status, sizeof entry->status));
        PLAQ_TRY(run_buffer_add(buffer, entry->state, n * sizeof *entry->state));
        PLAQ_TRY(run_buffer_add(buffer, entry->key, n * sizeof *entry->key));
        PLAQ_TRY(pack_text(buffer, entry->path));
        PLAQ_TRY(pack_text(buffer, entry->result));
        PLAQ_TRY(pack_text(buffer, entry->identity));
        PLAQ_TRY(pack_text(buffer, entry->message));
    }
    return PLAQ_OK;
}

static const char *unpack_bytes(const char *at, void *to, size_t n)
{
    memcpy(to, at, n);
    return at + n;
}

static const char *unpack_text(const char *at, char **text)
{
    *text = plaq_strdup(at);
    return at + strlen(at) + 1;
}

static plaq_status unpack(const char *at, plaq_plan *plan)
{
    size_t n = (size_t)plan->measurements;

    plan->entries = plaq_alloc((size_t)plan->count, sizeof *plan->entries);
    if (!plan->entries) return PLAQ_E_MEMORY;
    for (int i = 0; i < plan->count; i++) {
        plaq_plan_entry *entry = &plan->entries[i];

        entry->state = plaq_alloc(n, sizeof *entry->state);
        entry->key = plaq_alloc(n, sizeof *entry->key);
        if (!entry->state || !entry->key) return PLAQ_E_MEMORY;
        at = unpack_bytes(at, &entry->header, sizeof entry->header);
        at = unpack_bytes(at, &entry->written, sizeof entry->written);
        at = unpack_bytes(at, &entry->status, sizeof entry->status);
        at = unpack_bytes(at, entry->state, n * sizeof *entry->state);
        at = unpack_bytes(at, entry->key, n * sizeof *entry->key);
        at = unpack_text(at, &entry->path);
        at = unpack_text(at, &entry->result);
        at = unpack_text(at, &entry->identity);
        at = unpack_text(at, &entry->message);
        if (!entry->path || !entry->result || !entry->identity || !entry->message) return PLAQ_E_MEMORY;
    }
    return PLAQ_OK;
}

plaq_status run_plan_share(const plaq_comm *comm, int measurements, plaq_plan *plan)
{
    bool root = plaq_comm_rank(comm) == 0;
    plaq_status status = PLAQ_OK;
    run_buffer buffer = {0};
    int64_t size[2];

    if (plaq_comm_size(comm) == 1) return PLAQ_OK;
    plan->measurements = measurements;
    if (root) status = pack(plan, &buffer);
    PLAQ_GO(plaq_agree(comm, status));
    size[0] = plan->count;
    size[1] = (int64_t)buffer.n;
    plaq_broadcast(comm, size, sizeof size);
    if (!root) {
        plan->count = (int)size[0];
        buffer.bytes = plaq_alloc((size_t)size[1], 1);
        if (!buffer.bytes) status = PLAQ_E_MEMORY;
    }
    PLAQ_GO(plaq_agree(comm, status));
    plaq_broadcast(comm, buffer.bytes, (size_t)size[1]);
    if (!root) status = unpack(buffer.bytes, plan);
    status = plaq_agree(comm, status);
done:
    run_buffer_clear(&buffer);
    return status;
}
