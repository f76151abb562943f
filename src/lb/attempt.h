/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * attempt - the way from a group to a ready connection: resolve its host if it is not known yet,
 * pick a peer, take an idle connection or make a new one, or go on to the next peer. L4 and L7
 * share it.
 *
 * Embedded in its owner. on_ready and on_failed come from the loop's top. While a connection is
 * in use the attempt holds the peer's place; the owner ends that with attempt_done() (or
 * attempt_next() to try another peer, or attempt_cancel()).
 */
#ifndef WEIR_LB_ATTEMPT_H
#define WEIR_LB_ATTEMPT_H

#include "base/log.h"
#include "base/termination.h"
#include "lb/pick.h"
#include "lb/pool.h"
#include "net/connect.h"

enum attempt_failure {
    ATTEMPT_NO_PEER,         /* no live upstreams */
    ATTEMPT_REFUSED,         /* the last try: connect failed */
    ATTEMPT_TIMED_OUT,       /* the last try: no connection in time */
    ATTEMPT_UNRESOLVED       /* the group's host has no address, or there is nobody to ask */
};

struct attempt_options {
    int64_t connect_timeout_ms;
    unsigned tries;           /* proxy_next_upstream_tries; 0: as many as there are usable peers */
    int64_t next_timeout_ms;  /* proxy_next_upstream_timeout; 0: none */
    bool next_on_error;       /* connect errors and time-outs go to the next peer */
    bool next_on_timeout;
    bool may_reuse;           /* idle connections of the pool may be taken */
    bool has_keepalive;       /* proxy_socket_keepalive */
    bool has_nodelay;
    struct addr bind;         /* proxy_bind; len 0: none */
    bool is_transparent;
    int refused_status;       /* what a try without a connection has as its status; 0: none */
    int timeout_status;
};

/* One try, for the $upstream_ variables and the log. Times in ms; -1: did not come to that. */
struct attempt_try {
    struct str peer;          /* name of the peer; of the group when there was none to pick */
    int64_t connect_ms, header_ms, first_byte_ms, total_ms;
    uint64_t bytes_sent, bytes_received;
    uint64_t body_length;     /* bytes of the response's body received */
    int status;               /* HTTP status, or the family's; 0: none */
};

struct attempt {
    struct pick pick;
    struct attempt_options options;
    struct connect connect;
    struct resolve *resolve;  /* of a group's host; NULL: there was nothing to resolve */
    struct task task;
    struct arena *arena;
    struct log *log;
    const struct log_context *log_context;
    struct conn *conn;        /* in use; it belongs to the owner once on_ready was called */
    bool is_reused;           /* conn came from the pool */
    int64_t start_ms, try_start_ms;
    struct attempt_try *tries;
    unsigned try_count;
    const struct attempt *before; /* of a session that was led elsewhere: its former one, or NULL */
    bool is_active;
    enum attempt_failure failure;
    void (*on_ready)(struct attempt *attempt, struct conn *conn);
    void (*on_failed)(struct attempt *attempt, enum attempt_failure why);
};

void attempt_init(struct attempt *attempt, struct group *group, struct scope *scope,
                  const struct attempt_options *options);

/* Begins. The callbacks, arena, log are set by the owner before. */
void attempt_start(struct attempt *attempt);

/* The connection proved bad after on_ready (the owner has closed it): reports the outcome and
 * goes on with the next peer, if tries and time allow; false if they do not (then it is over). */
bool attempt_next(struct attempt *attempt, enum pick_outcome outcome);

/* Whether tries and time allow one more. */
bool attempt_may_go_on(const struct attempt *attempt);

/* The peer has shown that it works, long before attempt_done() perhaps: when an L4 connection
 * stands, or the head of a response came. A peer that was tried after its time out of service is
 * back with it. */
void attempt_confirm(struct attempt *attempt);

/* A connection of the pool proved stale: a new one to the same peer, which is not to blame and
 * whose place is kept. Not counted among the tries. */
void attempt_again(struct attempt *attempt);

/* The owner is done with the peer: gives the place back. The connection is the owner's to close or
 * to give to attempt_keep(). */
void attempt_done(struct attempt *attempt, enum pick_outcome outcome);

/* Puts the connection in the pool; before attempt_done(). */
void attempt_keep(struct attempt *attempt);

/* Ends whatever is under way, gives places back. Idempotent. */
void attempt_cancel(struct attempt *attempt);

/* What a failure is in the log. */
enum termination attempt_termination(enum attempt_failure why);

/* The current try's record; NULL before the first. */
struct attempt_try *attempt_current(struct attempt *attempt);

/* $upstream_addr and the like: the values of all tries, joined by ", ", in the arena; those of the
 * attempts before come first, with " : " behind them. */
enum attempt_text {
    ATTEMPT_TEXT_ADDR,
    ATTEMPT_TEXT_STATUS,
    ATTEMPT_TEXT_CONNECT_TIME,
    ATTEMPT_TEXT_HEADER_TIME,
    ATTEMPT_TEXT_FIRST_BYTE_TIME,
    ATTEMPT_TEXT_TOTAL_TIME,
    ATTEMPT_TEXT_BYTES_SENT,
    ATTEMPT_TEXT_BYTES_RECEIVED,
    ATTEMPT_TEXT_BODY_LENGTH
};
bool attempt_text(const struct attempt *attempt, enum attempt_text which, struct arena *arena,
                  struct str *text);

#endif
