/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * channel - typed, versioned messages and descriptors between two processes (UNIX SEQPACKET).
 *
 * A message is one datagram: a head (version, type, length) and at most CHANNEL_DATA_MAX bytes,
 * with at most CHANNEL_FDS_MAX descriptors. What cannot be sent at once is queued (bounded by
 * CHANNEL_QUEUE_MAX messages; beyond it the channel counts as broken). Both ends check what they
 * get; descriptors that came with a malformed or truncated message are closed. A receiver that has
 * no descriptors left gets the message without any (fd_count 0): want of them ends no process.
 */
#ifndef WEIR_EVENT_CHANNEL_H
#define WEIR_EVENT_CHANNEL_H

#include "base/str.h"
#include "event/loop.h"

enum {
    CHANNEL_VERSION = 1,
    CHANNEL_DATA_MAX = 64 * 1024,
    CHANNEL_FDS_MAX = 64,
    CHANNEL_QUEUE_MAX = 1024,
    CHANNEL_SEND_NOW_MS = 5000
};

struct channel_message {
    uint32_t type;         /* the owner's enum */
    struct str data;       /* valid during the call */
    const int *fds;        /* received descriptors belong to the receiver (CLOEXEC set) */
    unsigned fd_count;
};

struct channel {
    struct watch watch;
    struct task task; /* reads on, or calls on_closed */
    struct list queue;
    unsigned queued;
    bool is_closed; /* sends no more */
    void (*on_message)(struct channel *channel, const struct channel_message *message);
    /* The other end is gone or talks nonsense. Once, from the run list, after the last message. The
     * channel is closed by then, descriptor included; channel_close() is harmless. */
    void (*on_closed)(struct channel *channel);
};

/* Both ends of a new channel; false with errno. Non-blocking, CLOEXEC. */
bool channel_pair(int fds[2]);

/* Starts on one end; fd belongs to the channel from now on. The callbacks are set before. */
void channel_open(struct channel *channel, int fd);

/* No callback after this; what is queued is dropped. Idempotent. */
void channel_close(struct channel *channel);

/* Copies data; descriptors are duplicated by the kernel when sent (queued ones are dup()ed), the
 * caller keeps its own. False when the channel is closed, the queue is full, or a descriptor could
 * not be duplicated. More data or descriptors than the limits is a bug of the caller. */
bool channel_send(struct channel *channel, const struct channel_message *message);

/* For a process without a loop yet (a child at start, a command): sends or waits for one message,
 * at most CHANNEL_SEND_NOW_MS or timeout_ms. message->data points to buffer (CHANNEL_DATA_MAX
 * bytes), message->fds to fds (CHANNEL_FDS_MAX). False with errno: ETIMEDOUT, EPIPE when the other
 * end is gone, EBADMSG for what is no message. */
bool channel_send_now(int fd, const struct channel_message *message);
bool channel_receive_now(int fd, int timeout_ms, char *buffer, int *fds,
                         struct channel_message *message);

#endif
