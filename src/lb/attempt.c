/* SPDX-License-Identifier: BSD-2-Clause */
/* attempt - the way from a group to a ready connection; see attempt.h. */
#include "lb/attempt.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/panic.h"

#include <errno.h>
#include <string.h>

static void attempt_try(struct attempt *attempt);

/* ---- records of the tries ---- */

struct attempt_try *attempt_current(struct attempt *attempt) {
    return attempt->try_count > 0 ? &attempt->tries[attempt->try_count - 1] : NULL;
}

/* The array doubles; what it leaves behind goes with the arena. */
static void add_try(struct attempt *attempt, struct str peer) {
    unsigned count = attempt->try_count;
    struct attempt_try *tries = attempt->tries;

    if ((count & (count - 1)) == 0) {
        tries = arena_zero(attempt->arena, count > 0 ? count * 2 : 1, sizeof(*tries));
        if (count > 0) {
            memcpy(tries, attempt->tries, count * sizeof(*tries));
        }
    }
    tries[count] = (struct attempt_try){ .peer = peer,
                                         .connect_ms = -1,
                                         .header_ms = -1,
                                         .first_byte_ms = -1,
                                         .total_ms = -1 };
    attempt->tries = tries;
    attempt->try_count = count + 1;
    attempt->try_start_ms = clock_ms();
}

/* ---- the end of a try ---- */

static void fail(struct attempt *attempt, enum attempt_failure why) {
    attempt->is_active = false;
    attempt->on_failed(attempt, why);
}

bool attempt_may_go_on(const struct attempt *attempt) {
    unsigned tries = attempt->pick.group->usable_count;

    if (attempt->options.tries > 0 && attempt->options.tries < tries) {
        tries = attempt->options.tries;
    }
    return attempt->try_count < tries
        && (attempt->options.next_timeout_ms == 0
            || clock_ms() - attempt->start_ms < attempt->options.next_timeout_ms);
}

static void ready(struct attempt *attempt, struct conn *conn, bool is_reused) {
    attempt->conn = conn;
    attempt->is_reused = is_reused;
    attempt_current(attempt)->connect_ms = clock_ms() - attempt->try_start_ms;
    attempt->on_ready(attempt, conn);
}

/* What went wrong on this side of the connection, or between: it says nothing about the peer. */
static bool is_own_trouble(int error) {
    switch (error) {
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOBUFS:
    case EADDRINUSE:
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
    case EINVAL:
        return true;
    default:
        return false;
    }
}

static bool is_usual(int error) {
    return error == ECONNREFUSED || error == ECONNRESET || error == ENETDOWN || error == ENETUNREACH
        || error == EHOSTDOWN || error == EHOSTUNREACH || error == EAGAIN || error == ETIMEDOUT;
}

static void log_failure(const struct attempt *attempt, int error) {
    log_write(attempt->log, is_usual(error) ? LOG_LEVEL_ERROR : LOG_LEVEL_CRIT, 0,
              attempt->log_context, "%s (%d: %s) while connecting to upstream",
              error == ETIMEDOUT ? "upstream timed out" : "connect() failed", error,
              strerrordesc_np(error));
}

static void on_connected(struct connect *connect, struct conn *conn, int error) {
    struct attempt *attempt = list_object(connect, struct attempt, connect);
    bool is_timeout = error == ETIMEDOUT;

    if (conn != NULL) {
        ready(attempt, conn, false);
        return;
    }
    attempt_current(attempt)->total_ms = clock_ms() - attempt->try_start_ms;
    attempt_current(attempt)->status = is_timeout ? attempt->options.timeout_status
                                                  : attempt->options.refused_status;
    attempt->failure = is_timeout ? ATTEMPT_TIMED_OUT : ATTEMPT_REFUSED;
    log_failure(attempt, error);
    pick_done(&attempt->pick, is_own_trouble(error) ? PICK_NEUTRAL : PICK_FAILURE);
    if ((is_timeout ? attempt->options.next_on_timeout : attempt->options.next_on_error)
        && attempt_may_go_on(attempt)) {
        attempt_try(attempt);
        return;
    }
    fail(attempt, attempt->failure);
}

/* ---- a try ---- */

static struct pool_key key_of(const struct attempt *attempt) {
    return (struct pool_key){ .bind = attempt->options.bind };
}

static struct conn *take_idle(struct attempt *attempt) {
    struct pool_key key = key_of(attempt);

    return attempt->options.may_reuse
        ? pool_take(attempt->pick.group, pick_the_peer(&attempt->pick), &key)
        : NULL;
}

static void connect_new(struct attempt *attempt) {
    struct connect_options options = {
        .bind = attempt->options.bind.len > 0 ? &attempt->options.bind : NULL,
        .is_transparent = attempt->options.is_transparent,
        .has_keepalive = attempt->options.has_keepalive,
        .has_nodelay = attempt->options.has_nodelay,
        .timeout_ms = attempt->options.connect_timeout_ms,
    };

    connect_start(&attempt->connect, &pick_the_peer(&attempt->pick)->addr, &options, on_connected);
}

/* There were tries left, and nobody to use them on. The group stands for the peer that was not
 * there. */
static void no_peer(struct attempt *attempt) {
    add_try(attempt, attempt->pick.group->name);
    attempt_current(attempt)->total_ms = 0;
    attempt_current(attempt)->status = attempt->options.refused_status;
    log_write(attempt->log, LOG_LEVEL_ERROR, 0, attempt->log_context,
              "no live upstreams while connecting to upstream");
    fail(attempt, ATTEMPT_NO_PEER);
}

static void attempt_try(struct attempt *attempt) {
    struct conn *conn;

    if (pick_peer(&attempt->pick) != PICK_OK) {
        no_peer(attempt);
        return;
    }
    add_try(attempt, pick_the_peer(&attempt->pick)->name);
    conn = take_idle(attempt);
    log_write(attempt->log, LOG_LEVEL_DEBUG, 0, attempt->log_context, "%s",
              conn != NULL ? "taking a kept connection to upstream" : "connecting to upstream");
    if (conn != NULL) {
        ready(attempt, conn, true);
    } else {
        connect_new(attempt);
    }
}

/* ---- a host that is not known yet ---- */

static void on_resolved(struct resolve *resolve) {
    struct attempt *attempt = resolve->owner;
    struct group *group = attempt->pick.group;

    if (resolve->status != 0) {
        log_write(attempt->log, LOG_LEVEL_ERROR, 0, attempt->log_context,
                  "%.*s could not be resolved (%u: %s)", STR_ARG(group->host->name),
                  resolve->status, resolve_reason(resolve->status));
        fail(attempt, ATTEMPT_UNRESOLVED);
        return;
    }
    group_resolved(group, resolve->addrs, resolve->count, attempt->arena);
    attempt->start_ms = clock_ms(); /* next_timeout_ms is for servers, as in nginx */
    attempt_try(attempt);
}

static void attempt_resolve(struct attempt *attempt) {
    const struct group_host *host = attempt->pick.group->host;

    if (host->resolver->resolver == NULL) {
        log_write(attempt->log, LOG_LEVEL_ERROR, 0, attempt->log_context,
                  "no resolver defined to resolve %.*s", STR_ARG(host->name));
        fail(attempt, ATTEMPT_UNRESOLVED);
        return;
    }
    attempt->resolve = arena_zero(attempt->arena, 1, sizeof(*attempt->resolve));
    attempt->resolve->owner = attempt;
    resolve_start(attempt->resolve, host->resolver, host->name, attempt->arena, on_resolved);
}

static void on_task(struct task *task) {
    struct attempt *attempt = list_object(task, struct attempt, task);

    if (attempt->pick.group->host != NULL) {
        attempt_resolve(attempt);
    } else {
        attempt_try(attempt);
    }
}

/* ---- the owner's side ---- */

void attempt_init(struct attempt *attempt, struct group *group, struct scope *scope,
                  const struct attempt_options *options) {
    memset(attempt, 0, sizeof(*attempt));
    pick_init(&attempt->pick, group, scope);
    attempt->options = *options;
    task_init(&attempt->task, on_task);
}

void attempt_start(struct attempt *attempt) {
    attempt->start_ms = clock_ms();
    attempt->is_active = true;
    task_start(&attempt->task);
}

bool attempt_next(struct attempt *attempt, enum pick_outcome outcome) {
    CHECK(attempt->is_active);
    attempt->conn = NULL;
    pick_done(&attempt->pick, outcome);
    if (!attempt_may_go_on(attempt)) {
        attempt->is_active = false;
        return false;
    }
    task_start(&attempt->task);
    return true;
}

void attempt_again(struct attempt *attempt) {
    CHECK(attempt->is_active && attempt->is_reused);
    attempt->conn = NULL;
    attempt->is_reused = false;
    connect_new(attempt);
}

void attempt_confirm(struct attempt *attempt) {
    pick_confirm(&attempt->pick);
}

void attempt_done(struct attempt *attempt, enum pick_outcome outcome) {
    pick_done(&attempt->pick, outcome);
    attempt->conn = NULL;
    attempt->is_active = false;
}

void attempt_keep(struct attempt *attempt) {
    struct pool_key key = key_of(attempt);

    pool_put(attempt->pick.group, pick_the_peer(&attempt->pick), &key, attempt->conn);
    attempt->conn = NULL;
}

void attempt_cancel(struct attempt *attempt) {
    if (!attempt->is_active) {
        return;
    }
    task_cancel(&attempt->task);
    if (attempt->resolve != NULL) {
        resolve_cancel(attempt->resolve);
    }
    connect_cancel(&attempt->connect);
    attempt_done(attempt, PICK_NEUTRAL);
}

/* ---- variables ---- */

static struct str print_ms(struct arena *arena, int64_t ms) {
    return ms < 0 ? STR("-")
                  : arena_print(arena, "%lld.%03lld", (long long) ms / 1000, (long long) ms % 1000);
}

static struct str print_count(struct arena *arena, uint64_t count) {
    return arena_print(arena, "%llu", (unsigned long long) count);
}

static struct str text_of(const struct attempt_try *figures, enum attempt_text which,
                          struct arena *arena) {
    switch (which) {
    case ATTEMPT_TEXT_ADDR:
        return figures->peer;
    case ATTEMPT_TEXT_STATUS:
        return figures->status > 0 ? print_count(arena, (uint64_t) figures->status) : STR("-");
    case ATTEMPT_TEXT_CONNECT_TIME:
        return print_ms(arena, figures->connect_ms);
    case ATTEMPT_TEXT_HEADER_TIME:
        return print_ms(arena, figures->header_ms);
    case ATTEMPT_TEXT_FIRST_BYTE_TIME:
        return print_ms(arena, figures->first_byte_ms);
    case ATTEMPT_TEXT_TOTAL_TIME:
        return print_ms(arena, figures->total_ms);
    case ATTEMPT_TEXT_BYTES_SENT:
        return print_count(arena, figures->bytes_sent);
    case ATTEMPT_TEXT_BYTES_RECEIVED:
        return print_count(arena, figures->bytes_received);
    case ATTEMPT_TEXT_BODY_LENGTH:
        return print_count(arena, figures->body_length);
    }
    UNREACHABLE();
}

static void add_texts(struct buf *all, const struct attempt *attempt, enum attempt_text which,
                      struct arena *arena) {
    unsigned i;

    if (attempt->before != NULL) {
        add_texts(all, attempt->before, which, arena);
    }
    for (i = 0; i < attempt->try_count; i++) {
        if (!buf_is_empty(all)) {
            buf_append(all, i > 0 ? STR(", ") : STR(" : "), BUF_SIZE_MAX);
        }
        buf_append(all, text_of(&attempt->tries[i], which, arena), BUF_SIZE_MAX);
    }
}

bool attempt_text(const struct attempt *attempt, enum attempt_text which, struct arena *arena,
                  struct str *text) {
    struct buf all = { NULL, 0, 0, 0 };

    if (attempt->before == NULL && attempt->try_count == 1) {
        *text = text_of(&attempt->tries[0], which, arena);
        return true;
    }
    add_texts(&all, attempt, which, arena);
    *text = arena_copy(arena, buf_bytes(&all));
    buf_free(&all);
    return text->len > 0;
}

enum termination attempt_termination(enum attempt_failure why) {
    switch (why) {
    case ATTEMPT_NO_PEER:
    case ATTEMPT_UNRESOLVED:
        return TERMINATION_NO_PEER;
    case ATTEMPT_REFUSED:
        return TERMINATION_CONNECT_REFUSED;
    case ATTEMPT_TIMED_OUT:
        return TERMINATION_CONNECT_TIMEOUT;
    }
    UNREACHABLE();
}
