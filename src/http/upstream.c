/* SPDX-License-Identifier: BSD-2-Clause */
/* upstream - the other half of a proxied exchange; see upstream.h. */
#include "http/upstream.h"

#include "base/clock.h"
#include "base/log.h"
#include "http/respond.h"

static struct upstream *of_leg(struct leg *leg) {
    return leg->exchange;
}

static struct attempt_try *figures(struct upstream *upstream) {
    return attempt_current(&upstream->attempt);
}

static int64_t try_ms(const struct upstream *upstream) {
    return clock_ms() - upstream->attempt.try_start_ms;
}

/* ---- the end of a try ---- */

static void fail(struct upstream *upstream, unsigned status) {
    upstream->is_done = true;
    attempt_done(&upstream->attempt, PICK_FAILURE);
    if (!upstream->has_head) {
        respond_status(upstream->exchange, status);
        return;
    }
    /* The client has a head, and will not get the whole body: it must see that. */
    pipe_abort(&upstream->exchange->response_body);
    exchange_send_body(upstream->exchange);
}

/* A connection from the pool that was closed under us says nothing about the server: the request is
 * sent again, on another connection, where doing it twice is no harm. */
static bool is_stale(const struct upstream *upstream, const struct leg *leg, enum leg_end end) {
    return upstream->attempt.is_reused && !upstream->has_head
        && (end == LEG_CLOSED || end == LEG_RESET) && h1_upstream_received(leg) == 0;
}

static bool may_repeat(const struct upstream *upstream) {
    return !upstream->is_body_sent_from && !upstream->has_head
        && method_is_idempotent(upstream->request.method);
}

static const char *what_happened(enum leg_end end, const struct leg *leg) {
    switch (end) {
    case LEG_TIMED_OUT:
        return "upstream timed out";
    case LEG_CLOSED:
        return "upstream prematurely closed connection";
    case LEG_RESET:
        return "upstream connection was reset";
    case LEG_BAD:
        return leg->error;
    case LEG_DONE:
    case LEG_CANCELLED:
        break;
    }
    return "request was aborted";
}

static unsigned status_of(enum leg_end end) {
    return end == LEG_TIMED_OUT ? 504 : 502;
}

static void try_failed(struct upstream *upstream, const struct leg *leg, enum leg_end end) {
    struct exchange *exchange = upstream->exchange;

    if (is_stale(upstream, leg, end) && may_repeat(upstream)) {
        attempt_again(&upstream->attempt);
        return;
    }
    figures(upstream)->total_ms = try_ms(upstream);
    figures(upstream)->status = upstream->has_head ? figures(upstream)->status
                                                   : (int) status_of(end);
    log_write(exchange->log, LOG_LEVEL_ERROR, 0, &exchange->log_context, "%s while reading %s",
              what_happened(end, leg),
              upstream->has_head ? "upstream" : "response header from upstream");
    if (may_repeat(upstream)
        && (end == LEG_TIMED_OUT ? upstream->options.attempt.next_on_timeout
                                 : end != LEG_BAD && upstream->options.attempt.next_on_error)
        && attempt_next(&upstream->attempt, PICK_FAILURE)) {
        return;
    }
    fail(upstream, status_of(end));
}

/* ---- events of the upstream leg ---- */

/* Fields that belong to this connection, or that weir says itself. */
static void hide_own_fields(struct message *response) {
    message_remove(response, FIELD_SERVER);
    message_remove(response, FIELD_DATE);
}

static void on_head(struct leg *leg, struct message *head, bool is_whole) {
    struct upstream *upstream = of_leg(leg);
    struct exchange *exchange = upstream->exchange;

    if (head->status < 200) {
        return; /* informational responses are for us */
    }
    upstream->has_head = true;
    figures(upstream)->header_ms = try_ms(upstream);
    figures(upstream)->status = head->status;
    exchange->upstream_head = head;
    message_copy(&exchange->response, head, &exchange->arena);
    exchange->response.keeps_connection = true;
    exchange->response.version = 11;
    hide_own_fields(&exchange->response);
    if (upstream->options.on_response != NULL) {
        upstream->options.on_response(exchange, upstream);
    }
    exchange_send_head(exchange, is_whole);
}

static void on_body(struct leg *leg) {
    exchange_send_body(of_leg(leg)->exchange);
}

static void on_room(struct leg *leg) {
    struct leg *downstream = of_leg(leg)->exchange->downstream;

    downstream->ops->recv_more(downstream);
}

static void on_bad(struct leg *leg, unsigned status) {
    (void) leg;
    (void) status; /* on_gone(LEG_BAD) follows */
}

static void note_bytes(struct upstream *upstream, const struct leg *leg) {
    figures(upstream)->bytes_received = h1_upstream_received(leg);
    figures(upstream)->bytes_sent = h1_upstream_sent(leg);
    figures(upstream)->body_length = upstream->exchange->response_body.total;
}

static void on_gone(struct leg *leg, enum leg_end end, unsigned status) {
    struct upstream *upstream = of_leg(leg);
    bool is_reusable;

    (void) status;
    note_bytes(upstream, leg);
    upstream->leg = NULL;
    if (end != LEG_DONE) {
        try_failed(upstream, leg, end);
        return;
    }
    figures(upstream)->total_ms = try_ms(upstream);
    upstream->is_done = true;
    upstream->attempt.conn = h1_upstream_release(leg, &is_reusable);
    if (is_reusable) {
        attempt_keep(&upstream->attempt);
    } else {
        conn_close(upstream->attempt.conn);
    }
    attempt_done(&upstream->attempt, PICK_SUCCESS);
}

static const struct leg_events upstream_events = {
    .on_head = on_head,
    .on_body = on_body,
    .on_room = on_room,
    .on_bad = on_bad,
    .on_gone = on_gone,
};

/* ---- events of the attempt ---- */

static void on_ready(struct attempt *attempt, struct conn *conn) {
    struct upstream *upstream = list_object(attempt, struct upstream, attempt);
    struct exchange *exchange = upstream->exchange;
    struct leg *leg = h1_upstream_open(conn, &upstream->options.h1);

    leg->events = &upstream_events;
    leg->exchange = upstream;
    leg->send = &exchange->request_body;
    leg->receive = &exchange->response_body;
    leg->arena = &exchange->arena;
    upstream->leg = leg;
    upstream->is_body_sent_from = upstream->has_request_body;
    leg->ops->send_head(leg, &upstream->request, !upstream->has_request_body);
}

static void on_failed(struct attempt *attempt, enum attempt_failure why) {
    struct upstream *upstream = list_object(attempt, struct upstream, attempt);

    upstream->is_done = true;
    respond_status(upstream->exchange, why == ATTEMPT_TIMED_OUT ? 504 : 502);
}

/* ---- what the exchange tells ---- */

static void on_request_body(struct exchange *exchange) {
    struct upstream *upstream = exchange->handler_data;
    struct leg *leg = upstream->leg;

    if (leg != NULL) {
        leg->ops->send_body(leg);
    } else if (upstream->is_done) {
        pipe_consume(&exchange->request_body, exchange->request_body.len);
        exchange->downstream->ops->recv_more(exchange->downstream);
    }
}

static void on_response_room(struct exchange *exchange) {
    struct upstream *upstream = exchange->handler_data;

    if (upstream->leg != NULL) {
        upstream->leg->ops->recv_more(upstream->leg);
    }
}

/* The client is gone, or has its response: what is still under way is of no use to anybody. */
static void on_end(struct exchange *exchange) {
    struct upstream *upstream = exchange->handler_data;
    struct leg *leg = upstream->leg;

    if (leg != NULL) {
        note_bytes(upstream, leg);
        figures(upstream)->total_ms = try_ms(upstream);
        upstream->leg = NULL;
        leg->ops->reset(leg);
    }
    attempt_cancel(&upstream->attempt);
}

static const struct exchange_handler handler = {
    .on_request_body = on_request_body,
    .on_room = on_response_room,
    .on_end = on_end,
};

void upstream_start(struct upstream *upstream, struct exchange *exchange, struct group *group,
                    const struct upstream_options *options) {
    upstream->exchange = exchange;
    upstream->options = *options;
    upstream->options.attempt.refused_status = 502;
    upstream->options.attempt.timeout_status = 504;
    upstream->has_request_body = exchange->request->framing != FRAMING_NONE;
    attempt_init(&upstream->attempt, group, &exchange->scope, &upstream->options.attempt);
    upstream->attempt.arena = &exchange->arena;
    upstream->attempt.log = exchange->log;
    upstream->attempt.log_context = &exchange->log_context;
    upstream->attempt.on_ready = on_ready;
    upstream->attempt.on_failed = on_failed;
    exchange->attempt = &upstream->attempt;
    exchange->upstream_target = upstream->request.target;
    exchange_handle(exchange, &handler, upstream);
    attempt_start(&upstream->attempt);
}
