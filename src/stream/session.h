/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * session - one L4 connection from a client, from accept to its line in the log.
 *
 *     NEW -> ACCESS -> HANDLE -> OVER
 *
 * The steps run their hooks in turn. A hook may end the session, or wait: then whoever it waits for
 * calls session_resume(). A handler takes the session over and ends it by session_end(), which is
 * the only end: it logs, closes what is open and frees at the end of the turn.
 */
#ifndef WEIR_STREAM_SESSION_H
#define WEIR_STREAM_SESSION_H

#include "base/termination.h"
#include "expr/variable.h"
#include "net/conn.h"
#include "stream/stream_service.h"

/* The status of a session, as in nginx's $status. */
enum session_status {
    SESSION_OK = 200,
    SESSION_BAD_REQUEST = 400,
    SESSION_FORBIDDEN = 403,
    SESSION_INTERNAL_ERROR = 500,
    SESSION_BAD_GATEWAY = 502,
    SESSION_UNAVAILABLE = 503
};

enum session_step { SESSION_NEW, SESSION_ACCESS, SESSION_HANDLE, SESSION_OVER };

struct session {
    struct list link; /* all of the worker */
    struct scope scope;
    struct arena arena;
    struct conn *conn;
    struct listener *listener;
    const struct stream_server *server;
    struct log *log;
    struct log_context log_context;
    struct attempt *attempt;      /* towards the server: $upstream_ variables; NULL: none */
    enum session_step step;
    unsigned hook;                /* the next to run in this step */
    bool ends_with_reset;
    int status;
    enum termination termination;
    void **states;                /* by place among the server's hooks; made on first use */
    struct task task;             /* goes on with the steps */
    struct reap reap;
};

/* Begins with an accepted connection; it belongs to the session. */
void session_open(struct listener *listener, const struct stream_server *server,
                  struct conn *conn);

/* Ends it; idempotent. What kept it from its ordinary end is noted in session->termination before;
 * that an internal error did is to be seen. */
void session_end(struct session *session, enum session_status status);

/* The client's connection is to end by a reset: what it received is not all. Before
 * session_end(). */
static inline void session_end_with_reset(struct session *session) {
    session->ends_with_reset = true;
}

/* A hook that said STREAM_WAIT is to be asked again, from the loop's top. */
void session_resume(struct session *session);

/* The state in this session of a module with something to do in its server (module->state_size
 * bytes, zeroed), made on first use. NULL if it was not made yet and is_wanted is false. */
void *session_state(struct session *session, const struct module *module, bool is_wanted);

/* Every session of the worker: ends them all, as worker_shutdown_timeout and TERM want it. */
void session_end_all(void);

/* From start to stop a panic tells of the session at hand. */
void session_dump_start(void);
void session_dump_stop(void);

/* Milliseconds since the connection was accepted. */
int64_t session_time_ms(const struct session *session);

#endif
