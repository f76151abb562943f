/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * upstream_tries - how a try ends, and whether the request goes to another server then; see
 * upstream_priv.h.
 */
#include "http/upstream_priv.h"

#include "base/log.h"
#include "base/panic.h"
#include "http/respond.h"

/* ---- the end of a try ---- */

/* The last bytes of a response may still wait for their time: that goes on. */
void upstream_finish(struct upstream *upstream) {
    pipe_fini(&upstream->sending);
    upstream->exchange->outlives_client = false;
    exchange_unhandle(upstream->exchange);
}

/* A connection from the pool that was closed under us says nothing about the server: the request is
 * sent again, on another connection, where doing it twice is no harm. */
static bool is_stale(const struct upstream *upstream, const struct leg *leg, enum leg_end end) {
    return upstream->attempt.is_reused && (end == LEG_CLOSED || end == LEG_RESET)
        && h1_upstream_received(leg) == 0;
}

static bool may_repeat(const struct upstream *upstream) {
    const struct pipe *body = &upstream->exchange->request_body;
    bool has_all = upstream->has_own_body || upstream->exchange->kept_body != NULL
        || body->len == body->total;

    return !upstream->has_head && has_all
        && (method_is_idempotent(upstream->request.method)
            || (upstream->options->next & NEXT_NON_IDEMPOTENT) != 0);
}

static bool goes_on_after(const struct upstream *upstream, enum leg_end end) {
    unsigned next = upstream->options->next;

    switch (end) {
    case LEG_TIMED_OUT:
        return (next & NEXT_TIMEOUT) != 0;
    case LEG_CLOSED:
    case LEG_RESET:
        return (next & NEXT_ERROR) != 0;
    case LEG_BAD:
        return (next & NEXT_INVALID_HEADER) != 0;
    case LEG_DONE:
    case LEG_CANCELLED:
    case LEG_SWITCHED:
        return false;
    }
    return false;
}

/* In nginx's words, which others look for in logs. */
static const char *what_happened(enum leg_end end, const struct leg *leg) {
    switch (end) {
    case LEG_TIMED_OUT:
        return "upstream timed out (110: Connection timed out)";
    case LEG_CLOSED:
        return "upstream prematurely closed connection";
    case LEG_RESET:
        return "recv() failed (104: Connection reset by peer)";
    case LEG_BAD:
        return leg->error;
    case LEG_DONE:
    case LEG_CANCELLED:
    case LEG_SWITCHED:
        break;
    }
    return "request was aborted";
}

static enum termination termination_of(enum leg_end end) {
    switch (end) {
    case LEG_TIMED_OUT:
        return TERMINATION_UPSTREAM_TIMEOUT;
    case LEG_CLOSED:
    case LEG_RESET:
        return TERMINATION_UPSTREAM_CLOSED;
    case LEG_BAD:
        return TERMINATION_UPSTREAM_BAD;
    case LEG_DONE:
    case LEG_CANCELLED:
    case LEG_SWITCHED:
        return TERMINATION_INTERNAL;
    }
    UNREACHABLE();
}

/* What failed after the head of a response does not count against the peer, as in nginx: it was
 * there and has answered. */
static void fail(struct upstream *upstream, unsigned status) {
    struct exchange *exchange = upstream->exchange;

    attempt_done(&upstream->attempt, upstream->has_head ? PICK_NEUTRAL : PICK_FAILURE);
    if (!upstream->has_head) {
        respond_status(exchange, status);
    } else {
        /* The client has a head, and will not get the whole body: it must see that. */
        if (upstream->body != NULL) {
            upstream_body_finish(upstream->body);
        }
        pipe_abort(&exchange->response_body);
        exchange_send_body(exchange);
    }
    upstream_finish(upstream);
}

void upstream_try_failed(struct upstream *upstream, const struct leg *leg, enum leg_end end) {
    struct exchange *exchange = upstream->exchange;
    unsigned status = end == LEG_TIMED_OUT ? 504 : 502;

    if (is_stale(upstream, leg, end) && may_repeat(upstream)) {
        attempt_again(&upstream->attempt);
        return;
    }
    upstream_figures(upstream)->total_ms = upstream_try_ms(upstream);
    if (!upstream->has_head) {
        upstream_figures(upstream)->status = (int) status;
    }
    log_write(exchange->log, LOG_LEVEL_ERROR, 0, &exchange->log_context, "%s while reading %s",
              what_happened(end, leg),
              upstream->has_head ? "upstream" : "response header from upstream");
    if (goes_on_after(upstream, end) && may_repeat(upstream)
        && attempt_next(&upstream->attempt, PICK_FAILURE)) {
        return;
    }
    termination_note(&exchange->termination, termination_of(end));
    fail(upstream, status);
}

void upstream_note_bytes(struct upstream *upstream, const struct leg *leg) {
    upstream_figures(upstream)->bytes_received = h1_upstream_received(leg);
    upstream_figures(upstream)->bytes_sent = h1_upstream_sent(leg);
    upstream_figures(upstream)->body_length = upstream->exchange->response_body.total
        + (upstream->body != NULL ? upstream->body->received.len : 0);
}

static void leave(struct upstream *upstream, struct leg *leg, const struct message *head) {
    struct attempt_try *try = upstream_figures(upstream);

    upstream_note_bytes(upstream, leg);
    try->status = head->status;
    try->header_ms = try->total_ms = upstream_try_ms(upstream);
    upstream->exchange->upstream_head = head;
    upstream->leg = NULL;
    leg->ops->reset(leg);
}

void upstream_give_up(struct upstream *upstream, struct leg *leg, const struct message *head) {
    leave(upstream, leg, head);
    attempt_done(&upstream->attempt, PICK_SUCCESS);
    upstream_finish(upstream);
}

/* ---- an answer that another server may better ---- */

static unsigned next_of_status(unsigned status) {
    switch (status) {
    case 403:
        return NEXT_HTTP_403;
    case 404:
        return NEXT_HTTP_404;
    case 429:
        return NEXT_HTTP_429;
    case 500:
        return NEXT_HTTP_500;
    case 502:
        return NEXT_HTTP_502;
    case 503:
        return NEXT_HTTP_503;
    case 504:
        return NEXT_HTTP_504;
    default:
        return 0;
    }
}

/* Where nobody is left to ask the answer goes to the client. 403 and 404 are no failures. */
bool upstream_ask_next(struct upstream *upstream, struct leg *leg, const struct message *head) {
    bool is_fault = head->status != 403 && head->status != 404;

    if ((upstream->options->next & next_of_status(head->status)) == 0 || !may_repeat(upstream)
        || !attempt_may_go_on(&upstream->attempt)) {
        return false;
    }
    leave(upstream, leg, head);
    attempt_next(&upstream->attempt, is_fault ? PICK_FAILURE : PICK_NEUTRAL);
    return true;
}
