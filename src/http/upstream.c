/* SPDX-License-Identifier: BSD-2-Clause */
/* upstream - the other half of a proxied exchange; see upstream.h. */
#include "http/upstream.h"

#include "base/clock.h"
#include "base/log.h"
#include "http/exchange_dump.h"
#include "http/respond.h"
#include "http/tunnel.h"

/* Events come to it: its exchange is at hand. */
enum { SENDING_HIGH = 64 * 1024, SENDING_LOW = 16 * 1024 };

static struct upstream *of_leg(struct leg *leg) {
    struct upstream *upstream = leg->exchange;

    exchange_at_hand = upstream->exchange;
    return upstream;
}

static struct upstream *of_attempt(struct attempt *attempt) {
    struct upstream *upstream = list_object(attempt, struct upstream, attempt);

    exchange_at_hand = upstream->exchange;
    return upstream;
}

static struct attempt_try *figures(struct upstream *upstream) {
    return attempt_current(&upstream->attempt);
}

static int64_t try_ms(const struct upstream *upstream) {
    return clock_ms() - upstream->attempt.try_start_ms;
}

static bool has_request_body(const struct upstream *upstream) {
    return upstream->request.framing != FRAMING_NONE;
}

/* ---- a body that is kept ---- */

static void send_kept(struct upstream *upstream) {
    const struct body *body = upstream->exchange->kept_body;

    body_read(body, &upstream->sent_at, &upstream->sending);
    if (upstream->sent_at == body->len) {
        pipe_end(&upstream->sending);
    }
}

/* For each try from its start. */
static struct pipe *begin_body(struct upstream *upstream) {
    if (upstream->exchange->kept_body == NULL) {
        return &upstream->exchange->request_body;
    }
    pipe_fini(&upstream->sending);
    pipe_init(&upstream->sending, SENDING_HIGH, SENDING_LOW);
    upstream->sent_at = 0;
    send_kept(upstream);
    return &upstream->sending;
}

/* ---- the end of a try ---- */

/* There will be no more tries. */
static void finish(struct upstream *upstream) {
    pipe_fini(&upstream->sending);
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
    bool has_all = upstream->exchange->kept_body != NULL || body->len == body->total;

    return !upstream->has_head && has_all
        && method_is_idempotent(upstream->request.method);
}

static bool goes_on_after(const struct upstream *upstream, enum leg_end end) {
    const struct attempt_options *options = &upstream->options->attempt;

    switch (end) {
    case LEG_TIMED_OUT:
        return options->next_on_timeout;
    case LEG_CLOSED:
    case LEG_RESET:
        return options->next_on_error;
    case LEG_DONE:
    case LEG_BAD:
    case LEG_CANCELLED:
    case LEG_SWITCHED:
        return false;
    }
    return false;
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
    case LEG_SWITCHED:
        break;
    }
    return "request was aborted";
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
        pipe_abort(&exchange->response_body);
        exchange_send_body(exchange);
    }
    finish(upstream);
}

static void try_failed(struct upstream *upstream, const struct leg *leg, enum leg_end end) {
    struct exchange *exchange = upstream->exchange;
    unsigned status = end == LEG_TIMED_OUT ? 504 : 502;

    if (is_stale(upstream, leg, end) && may_repeat(upstream)) {
        attempt_again(&upstream->attempt);
        return;
    }
    figures(upstream)->total_ms = try_ms(upstream);
    if (!upstream->has_head) {
        figures(upstream)->status = (int) status;
    }
    log_write(exchange->log, LOG_LEVEL_ERROR, 0, &exchange->log_context, "%s while reading %s",
              what_happened(end, leg),
              upstream->has_head ? "upstream" : "response header from upstream");
    if (goes_on_after(upstream, end) && may_repeat(upstream)
        && attempt_next(&upstream->attempt, PICK_FAILURE)) {
        return;
    }
    fail(upstream, status);
}

/* ---- events of the upstream leg ---- */

/* What weir says itself. */
#define OWN_FIELDS (FIELD_SET(FIELD_SERVER) | FIELD_SET(FIELD_DATE))

/* The head stays with the leg, which needs its own for the next one. */
static void pass_early_hints(struct exchange *exchange, const struct message *head) {
    struct message *copy = arena_alloc(&exchange->arena, sizeof(*copy));

    message_copy(copy, head, &exchange->arena);
    message_remove_set(copy, OWN_FIELDS);
    exchange->downstream->ops->send_head(exchange->downstream, copy, true);
}

static void on_head(struct leg *leg, struct message *head, bool is_whole) {
    struct upstream *upstream = of_leg(leg);
    struct exchange *exchange = upstream->exchange;

    if (head->status < 200 && head->status != 101) {
        if (head->status == 103 && upstream->passes_early_hints) {
            pass_early_hints(exchange, head);
        }
        return; /* the others are for us */
    }
    head->has_trailers = upstream->options->passes_trailers && !is_whole;
    upstream->has_head = true;
    attempt_confirm(&upstream->attempt);
    figures(upstream)->header_ms = try_ms(upstream);
    figures(upstream)->status = head->status;
    exchange->upstream_head = head;
    head->keeps_connection = true; /* as the server would have it is the leg's affair */
    message_remove_set(head, OWN_FIELDS);
    exchange_send_head(exchange, head, is_whole);
}

static void on_body(struct leg *leg) {
    struct exchange *exchange = of_leg(leg)->exchange;

    exchange->upstream_trailers = leg->trailers;
    exchange_send_body(exchange);
}

static void on_room(struct leg *leg) {
    struct upstream *upstream = of_leg(leg);
    struct leg *downstream = upstream->exchange->downstream;

    if (upstream->exchange->kept_body != NULL) {
        send_kept(upstream);
        leg->ops->send_body(leg);
        return;
    }
    downstream->ops->recv_more(downstream);
}

static void note_bytes(struct upstream *upstream, const struct leg *leg) {
    figures(upstream)->bytes_received = h1_upstream_received(leg);
    figures(upstream)->bytes_sent = h1_upstream_sent(leg);
    figures(upstream)->body_length = upstream->exchange->response_body.total;
}

/* The server has left HTTP: the client is about to hear of it. */
static void take_switched(struct upstream *upstream, struct leg *leg) {
    bool is_reusable;

    upstream->tunnel = tunnel_open(upstream, h1_upstream_release(leg, &is_reusable));
}

static void on_gone(struct leg *leg, enum leg_end end, unsigned status) {
    struct upstream *upstream = of_leg(leg);
    bool is_reusable;

    (void) status;
    note_bytes(upstream, leg);
    upstream->leg = NULL;
    if (end == LEG_SWITCHED) {
        take_switched(upstream, leg);
        return;
    }
    if (end != LEG_DONE) {
        try_failed(upstream, leg, end);
        return;
    }
    figures(upstream)->total_ms = try_ms(upstream);
    upstream->attempt.conn = h1_upstream_release(leg, &is_reusable);
    if (is_reusable) {
        attempt_keep(&upstream->attempt);
    } else {
        conn_close(upstream->attempt.conn);
    }
    attempt_done(&upstream->attempt, PICK_SUCCESS);
    finish(upstream);
}

static const struct leg_events upstream_events = {
    .on_head = on_head,
    .on_body = on_body,
    .on_room = on_room,
    .on_gone = on_gone,
};

/* ---- events of the attempt ---- */

/* Whether an idle connection turned out closed just now: to look costs less than a request that
 * must not be repeated. */
static bool is_dead(const struct upstream *upstream, struct conn *conn) {
    if (!upstream->attempt.is_reused
        || (method_is_idempotent(upstream->request.method) && !has_request_body(upstream))) {
        return false;
    }
    conn->is_readable = true;
    return conn_is_stale(conn);
}

static void on_ready(struct attempt *attempt, struct conn *conn) {
    struct upstream *upstream = of_attempt(attempt);
    struct exchange *exchange = upstream->exchange;
    struct leg *leg;

    if (is_dead(upstream, conn)) {
        conn_close(conn);
        attempt_again(attempt);
        return;
    }
    leg = h1_upstream_open(conn, &upstream->options->h1, &exchange->arena);
    leg->events = &upstream_events;
    leg->exchange = upstream;
    leg->send = begin_body(upstream);
    leg->receive = &exchange->response_body;
    upstream->leg = leg;
    leg->ops->send_head(leg, &upstream->request, !has_request_body(upstream));
}

static void on_failed(struct attempt *attempt, enum attempt_failure why) {
    struct upstream *upstream = of_attempt(attempt);

    respond_status(upstream->exchange, why == ATTEMPT_TIMED_OUT ? 504 : 502);
    finish(upstream);
}

/* ---- what the exchange tells ---- */

static void on_request_body(struct exchange *exchange) {
    struct upstream *upstream = exchange->handler_data;

    if (upstream->leg != NULL) {
        upstream->leg->ops->send_body(upstream->leg);
    }
}

static void on_response_room(struct exchange *exchange) {
    struct upstream *upstream = exchange->handler_data;

    if (upstream->leg != NULL) {
        upstream->leg->ops->recv_more(upstream->leg);
    }
}

static void on_end(struct exchange *exchange) {
    struct upstream *upstream = exchange->handler_data;
    struct leg *leg = upstream->leg;

    if (leg != NULL) {
        note_bytes(upstream, leg);
        figures(upstream)->total_ms = try_ms(upstream);
        upstream->leg = NULL;
        leg->ops->reset(leg);
    }
    if (upstream->tunnel != NULL) {
        tunnel_close(upstream->tunnel);
    }
    pipe_fini(&upstream->sending);
    attempt_cancel(&upstream->attempt);
}

static void on_tunnel_end(struct upstream *upstream, enum relay_end end) {
    struct exchange *exchange = upstream->exchange;

    tunnel_close(upstream->tunnel);
    attempt_done(&upstream->attempt, PICK_SUCCESS);
    finish(upstream);
    h1_end_switched(exchange->downstream,
                    end == RELAY_DOWNSTREAM_LOST ? LEG_CLOSED : LEG_DONE);
}

static void on_switched(struct exchange *exchange) {
    struct upstream *upstream = exchange->handler_data;

    tunnel_start(upstream->tunnel, on_tunnel_end);
}

static const struct exchange_handler handler = {
    .on_request_body = on_request_body,
    .on_room = on_response_room,
    .on_switched = on_switched,
    .on_end = on_end,
};

static void begin(struct upstream *upstream) {
    struct exchange *exchange = upstream->exchange;

    if (exchange->kept_body != NULL) {
        upstream->request.framing = FRAMING_LENGTH; /* however it came */
        upstream->request.content_length = exchange->kept_body->len;
    }
    exchange_handle(exchange, &handler, upstream);
    attempt_start(&upstream->attempt);
}

static void on_body_read(struct request_body *reading) {
    begin(reading->data);
}

void upstream_start(struct upstream *upstream, struct exchange *exchange, struct group *group,
                    const struct upstream_options *options) {
    upstream->exchange = exchange;
    upstream->options = options;
    attempt_init(&upstream->attempt, group, &exchange->scope, &options->attempt);
    upstream->attempt.arena = &exchange->arena;
    upstream->attempt.log = exchange->log;
    upstream->attempt.log_context = &exchange->log_context;
    upstream->attempt.on_ready = on_ready;
    upstream->attempt.on_failed = on_failed;
    upstream->reading.on_read = on_body_read;
    upstream->reading.data = upstream;
    exchange->attempt = &upstream->attempt;
    exchange->upstream_target = upstream->request.target;
    if (!options->buffers_request || request_body_read(&upstream->reading, exchange)) {
        begin(upstream);
    }
}
