/* The same messages again and again. Between ranks of a host nothing is sent: the receiver's buffers lie in memory that
 * the sender writes to, and a counter beside them says how many messages have come. There are two buffers, taken in
 * turns: who has the message of turn k from its partner knows that the partner has done with what came in turn k - 1,
 * so that its place may be written over in turn k + 1, and nobody waits for a buffer. Other messages go by MPI. */
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include "comm.h"

enum { LINE = 64 };

/* Turns of which the message has come; in a cache line of its own. */
typedef struct {
    _Alignas(LINE) _Atomic uint64_t come;
} counter;

typedef struct {
    size_t bytes;
    int to, from;
    bool near;             /* it comes from this host */
    void *out[2], *in[2];  /* of odd and even turns; the same where the message goes by MPI */
    counter *there, *here; /* where to is told that ours has come, and where we are told; NULL: by MPI */
    par_shared partner;    /* mapping of `to` */
    void *send, *receive;  /* what is ours of out and in, where the message goes by MPI */
} message;

struct plaq_transport {
    const plaq_comm *comm;
    int n, n_requests;
    uint64_t turn;         /* exchanges begun */
    message *messages;     /* [n] */
    MPI_Request *requests; /* of those that go by MPI */
    par_shared mine;
};

/* What a receiver tells the sender of message i: where to write it. */
typedef struct {
    char name[48];
    size_t bytes;  /* of the mapping */
    size_t offset; /* of the counter; the buffers follow */
} address;

static int64_t made_shared, made_sent;

static size_t lines(size_t bytes)
{
    return (bytes + LINE - 1) / LINE * LINE;
}

/* counter and two buffers */
static size_t box_bytes(const message *m)
{
    return sizeof(counter) + 2 * lines(m->bytes);
}

static counter *open_box(void *box, const message *m, void *buffers[2])
{
    buffers[0] = (char *)box + sizeof(counter);
    buffers[1] = (char *)buffers[0] + lines(m->bytes);
    return box;
}

/* Makes boxes for what comes from this host, tells the senders, and opens theirs. No failure: what is not shared is
 * sent. */
static void share(plaq_transport *t)
{
    size_t bytes = 0, used = 0;

    for (int i = 0; i < t->n; i++) {
        int node = -1;

        plaq_send_receive(t->comm, &t->comm->node, sizeof node, t->messages[i].to, &node, sizeof node,
                          t->messages[i].from);
        t->messages[i].near = node == t->comm->node;
        if (t->messages[i].near) bytes += box_bytes(&t->messages[i]);
    }
    if (bytes > 0) par_shared_make(bytes, &t->mine);
    for (int i = 0; i < t->n; i++) {
        message *m = &t->messages[i];
        address here = {.bytes = bytes, .offset = used}, there;
        bool opened = false, taken;

        if (t->mine.data && m->near) memcpy(here.name, t->mine.name, sizeof here.name);
        plaq_send_receive(t->comm, &here, sizeof here, m->from, &there, sizeof there, m->to);
        if (par_shared_open(there.name, there.bytes, &m->partner)) {
            m->there = open_box((char *)m->partner.data + there.offset, m, m->out);
            opened = true;
        }
        plaq_send_receive(t->comm, &opened, sizeof opened, m->to, &taken, sizeof taken, m->from);
        if (taken) m->here = open_box((char *)t->mine.data + used, m, m->in);
        if (m->near) used += box_bytes(m);
    }
    par_shared_unname(&t->mine);
}

/* Buffers and requests for a message that goes out by MPI, or comes by it. */
static plaq_status send_by_mpi(plaq_transport *t, int i)
{
    message *m = &t->messages[i];

    if (m->there && m->here) return PLAQ_OK;
    if (m->bytes > INT32_MAX)
        return plaq_fail(PLAQ_E_USAGE, "halo message of %zu bytes, MPI takes at most %d: use more ranks", m->bytes,
                         INT32_MAX);
    if (!m->here) {
        m->receive = m->in[0] = m->in[1] = plaq_alloc(m->bytes, 1);
        if (!m->receive) return PLAQ_E_MEMORY;
        MPI_Recv_init(m->receive, (int)m->bytes, MPI_BYTE, m->from, i, t->comm->mpi, &t->requests[t->n_requests++]);
    }
    if (!m->there) {
        m->send = m->out[0] = m->out[1] = plaq_alloc(m->bytes, 1);
        if (!m->send) return PLAQ_E_MEMORY;
        MPI_Send_init(m->send, (int)m->bytes, MPI_BYTE, m->to, i, t->comm->mpi, &t->requests[t->n_requests++]);
    }
    return PLAQ_OK;
}

/* Two buffers are enough only where partners answer each other. */
static plaq_status check_partners(int n, const int to[], const int from[])
{
    for (int i = 0; i < n; i++) {
        int j = 0;

        while (j < n && from[j] != to[i]) j++;
        if (j == n) return plaq_fail(PLAQ_E_USAGE, "rank %d is written to and does not write back", to[i]);
    }
    return PLAQ_OK;
}

plaq_status plaq_transport_create(const plaq_comm *comm, int n, const int to[], const int from[], const size_t bytes[],
                                  plaq_transport **transport)
{
    plaq_transport *t = plaq_alloc(1, sizeof *t);
    plaq_status status = t ? check_partners(n, to, from) : PLAQ_E_MEMORY;

    if (t) {
        t->comm = comm;
        t->messages = plaq_alloc((size_t)n + 1, sizeof *t->messages);
        t->requests = plaq_alloc(2 * (size_t)n + 1, sizeof(MPI_Request));
        if (!t->messages || !t->requests) status = PLAQ_E_MEMORY;
    }
    PLAQ_GO(plaq_agree(comm, status));
    t->n = n;
    for (int i = 0; i < n; i++) t->messages[i] = (message){.bytes = bytes[i], .to = to[i], .from = from[i]};
    if (comm->shares) share(t);
    for (int i = 0; i < n && status == PLAQ_OK; i++) status = send_by_mpi(t, i);
    PLAQ_GO(plaq_agree(comm, status));
    for (int i = 0; i < n; i++) *(t->messages[i].there ? &made_shared : &made_sent) += 1;
    *transport = t;
    return PLAQ_OK;
done:
    plaq_transport_destroy(&t);
    return status;
}

void plaq_transport_destroy(plaq_transport **transport)
{
    plaq_transport *t = *transport;

    if (!t) return;
    for (int i = 0; i < t->n_requests; i++) MPI_Request_free(&t->requests[i]);
    for (int i = 0; i < t->n; i++) {
        plaq_free(t->messages[i].send);
        plaq_free(t->messages[i].receive);
        par_shared_close(&t->messages[i].partner);
    }
    par_shared_close(&t->mine);
    plaq_free(t->messages);
    plaq_free(t->requests);
    plaq_free(t);
    *transport = NULL;
}

void plaq_transport_ways(int64_t *shared, int64_t *sent)
{
    *shared = made_shared;
    *sent = made_sent;
}

void *plaq_transport_out(const plaq_transport *t, int i)
{
    return t->messages[i].out[(t->turn + 1) % 2];
}

const void *plaq_transport_in(const plaq_transport *t, int i)
{
    return t->messages[i].in[t->turn % 2];
}

void plaq_transport_start(plaq_transport *t)
{
    t->turn++;
    for (int i = 0; i < t->n; i++)
        if (t->messages[i].there) atomic_store_explicit(&t->messages[i].there->come, t->turn, memory_order_release);
    if (t->n_requests > 0) MPI_Startall(t->n_requests, t->requests);
}

/* MPI is given a turn now and then: partners may need its help to get theirs, and a lost one is noticed. */
static void await(const plaq_transport *t, counter *c)
{
    for (unsigned looks = 1; atomic_load_explicit(&c->come, memory_order_acquire) < t->turn; looks++) {
        int flag;

        if (looks % 256) continue;
        MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, t->comm->mpi, &flag, MPI_STATUS_IGNORE);
        sched_yield();
    }
}

void plaq_transport_finish(plaq_transport *t)
{
    if (t->n_requests > 0) MPI_Waitall(t->n_requests, t->requests, MPI_STATUSES_IGNORE);
    for (int i = 0; i < t->n; i++)
        if (t->messages[i].here) await(t, t->messages[i].here);
}
