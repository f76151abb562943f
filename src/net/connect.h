/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * connect - the opening of a connection to an address, with a deadline.
 *
 * An operation embedded in its owner. The result always comes through on_done from the loop's top,
 * never from within connect_start(). cancel closes what was begun.
 */
#ifndef WEIR_NET_CONNECT_H
#define WEIR_NET_CONNECT_H

#include "net/conn.h"

struct connect_options {
    const struct addr *bind;   /* local address to connect from, read by connect_start() only; NULL:
                                  the kernel's choice. Means nothing for a UNIX socket */
    bool is_transparent;       /* bind to an address that is not ours (IP_TRANSPARENT) */
    bool has_keepalive;        /* SO_KEEPALIVE */
    bool has_nodelay;          /* TCP_NODELAY */
    int64_t timeout_ms;        /* 0: none */
};

struct connect {
    struct conn *conn;
    struct timer timer;
    struct task task;
    int error;
    bool is_active;
    /* conn is open and belongs to the receiver, or NULL: error is an errno: ETIMEDOUT past the
     * time, EAGAIN for a UNIX socket whose queue is full. */
    void (*on_done)(struct connect *connect, struct conn *conn, int error);
};

/* connect is zeroed before its first use. A socket that connects at once still reports from the
 * loop's top. */
void connect_start(struct connect *connect, const struct addr *to,
                   const struct connect_options *options,
                   void (*on_done)(struct connect *connect, struct conn *conn, int error));
void connect_cancel(struct connect *connect);

#endif
