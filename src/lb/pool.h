/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pool - idle connections to the peers of a group, in one worker.
 *
 * `keepalive n` bounds them per worker and group; the one idle for longest goes first. A
 * connection is put here only when request and response were wholly written and read and its
 * buffer is empty; bytes or an end on an idle one close it. What is taken was looked at
 * (conn_is_stale) first.
 */
#ifndef WEIR_LB_POOL_H
#define WEIR_LB_POOL_H

#include "lb/group.h"
#include "net/conn.h"

/* What must be equal for a connection to be taken again: the local address it was bound to.
 * Zeroed if none (proxy_bind). */
struct pool_key {
    struct addr bind;
};

/* The connection used last for the peer, or NULL. It is no longer in the pool, and has no owner. */
struct conn *pool_take(struct group *group, const struct peer *peer, const struct pool_key *key);

/*
 * Keeps an idle connection, or closes it where the group keeps none, its requests (conn->side) or
 * its time are used up, or it holds bytes or was closed. peer is one of the group's.
 */
void pool_put(struct group *group, const struct peer *peer, const struct pool_key *key,
              struct conn *conn);

/* A worker begins: from now on idle connections are kept. */
void pool_start_all(void);

/* Closes all, and keeps none any more: a worker that drains or ends. Idempotent. */
void pool_close_all(void);

#endif
