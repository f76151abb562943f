/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * relay - the pump between two connections, for L4 sessions and upgraded HTTP.
 *
 * Bytes that came stay in order; both directions flow by themselves. The end of one direction is
 * passed on as a half-close; the relay ends when both directions ended, on an error, when nothing
 * moved for the idle time, or by relay_cancel(). What had come before an error is still delivered.
 * Small traffic goes by recv and send; a direction that fills a read of 64 KB switches to splice
 * over a pooled pipe (plain sockets only), and back when little comes or its receiver stalls.
 * Memory is held only while bytes are in flight: large buffers up to 16 MB in all of the process;
 * beyond that each direction reads buffer_size at a time.
 */
#ifndef WEIR_NET_RELAY_H
#define WEIR_NET_RELAY_H

#include "base/termination.h"
#include "net/conn.h"

enum relay_end {
    RELAY_DONE,            /* both directions ended in order */
    RELAY_DOWNSTREAM_LOST, /* error on the client's connection (its conn->error) */
    RELAY_UPSTREAM_LOST,
    RELAY_IDLE             /* nothing moved for idle_ms */
};

struct relay_options {
    size_t buffer_size;        /* per direction, bytes (proxy_buffer_size): of the first reads; a
                                  stream that fills them is read in pieces of up to CONN_READ_MAX */
    int64_t idle_ms;           /* proxy_timeout */
    uint64_t download_rate;    /* bytes per second to the client; 0: no limit. As in nginx the first
                                  second's share may come at once */
    uint64_t upload_rate;
    bool keeps_half_open;      /* proxy_half_close: one end may go on after the other ended; off:
                                  the relay ends when what is in flight is delivered */
};

struct relay_pipe;

/* One direction. */
struct relay_flow {
    struct conn *from, *to;
    struct relay_pipe *pipe;   /* NULL while not splicing */
    size_t in_pipe;            /* bytes */
    size_t burst;              /* bytes spliced since the sender last had no more */
    size_t held;               /* memory, as counted among all that is held */
    uint64_t moved;            /* bytes delivered */
    uint64_t rate;
    int64_t rate_start_ms;
    int64_t first_byte_ms;     /* clock_ms() when the first byte came; 0: none yet */
    bool is_bulk;              /* goes by splice */
    bool can_splice;
    bool is_stuck;             /* has stalled, and must leave what it holds in the pipe */
    bool is_last;              /* takes no more: the other direction ended */
    bool is_ended, is_shut;    /* from ended; the end was passed on to `to` */
    struct timer rate_timer;
    struct timer stall_timer;  /* runs while bytes in the pipe wait for the receiver */
};

struct relay {
    struct relay_flow up, down; /* towards the server, towards the client */
    struct relay_options options;
    struct timer idle;
    struct task task;
    enum relay_end lost;        /* the side that failed; RELAY_DONE: none */
    bool is_active;
    void (*on_end)(struct relay *relay, enum relay_end end);
};

/* Both conns stay the owner's, who closes them after on_end; until then conn->owner and on_ready
 * are the relay's. Bytes already in conn->in of either go first. on_end comes once, from the loop's
 * top, and not after relay_cancel(). */
void relay_start(struct relay *relay, struct conn *downstream, struct conn *upstream,
                 const struct relay_options *options,
                 void (*on_end)(struct relay *relay, enum relay_end end));
/* Idempotent; to be called before the conns are closed. The relay is zeroed before its first
 * use. */
void relay_cancel(struct relay *relay);

/*
 * The pipes for splice. An unprivileged user gets only 64 of full size, so relay_make_pipes(n)
 * makes them while the process is privileged (CAP_SYS_RESOURCE or CAP_SYS_ADMIN): in a worker
 * before it drops that, or before the fork of a worker, with relay_close_pipes() in the parent
 * after it. They take at most an eighth of the descriptors. Returns how many; 0 without the
 * privilege. A relay that finds none makes one if it gets a large enough one, else it goes on by
 * recv and send.
 */
unsigned relay_make_pipes(unsigned count);
void relay_close_pipes(void);

/* What an end is in the log. Where nothing moved it is the server that is waited for. */
enum termination relay_termination(enum relay_end end);

#endif
