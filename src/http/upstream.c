/* SPDX-License-Identifier: BSD-2-Clause */
/* upstream - the other half of a proxied exchange; see upstream.h. */
#include "http/upstream_priv.h"

#include "http/respond.h"
#include "http/tunnel.h"

enum { SENDING_HIGH = 64 * 1024, SENDING_LOW = 16 * 1024 };

static struct upstream *of_attempt(struct attempt *attempt) {
    struct upstream *upstream = list_object(attempt, struct upstream, attempt);

    exchange_at_hand = upstream->exchange;
    return upstream;
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

static struct pipe *begin_own_body(struct upstream *upstream) {
    size_t high = upstream->own_body.len > SENDING_HIGH ? upstream->own_body.len : SENDING_HIGH;

    pipe_fini(&upstream->sending);
    pipe_init(&upstream->sending, high, SENDING_LOW);
    pipe_write(&upstream->sending, upstream->own_body);
    pipe_end(&upstream->sending);
    return &upstream->sending;
}

/* For each try from its start. */
static struct pipe *begin_body(struct upstream *upstream) {
    if (upstream->has_own_body) {
        return begin_own_body(upstream);
    }
    if (upstream->exchange->kept_body == NULL) {
        return &upstream->exchange->request_body;
    }
    pipe_fini(&upstream->sending);
    pipe_init(&upstream->sending, SENDING_HIGH, SENDING_LOW);
    upstream->sent_at = 0;
    send_kept(upstream);
    return &upstream->sending;
}

/* ---- events of the upstream leg ---- */

static void on_body(struct leg *leg) {
    struct upstream *upstream = upstream_of_leg(leg);
    const struct pipe *to = &upstream->exchange->response_body;

    if (upstream->body != NULL) {
        upstream_body_pass(upstream->body);
    } else if (upstream->is_buffered && pipe_is_full(to) && to->state == PIPE_OPEN) {
        upstream_part_ways(upstream, leg, 0);
    }
    upstream->exchange->upstream_trailers = leg->trailers;
    exchange_send_body(upstream->exchange);
}

static void on_room(struct leg *leg) {
    struct upstream *upstream = upstream_of_leg(leg);
    struct leg *downstream = upstream->exchange->downstream;

    if (upstream->has_own_body) {
        return;
    }
    if (upstream->exchange->kept_body != NULL) {
        send_kept(upstream);
        leg->ops->send_body(leg);
        return;
    }
    downstream->ops->recv_more(downstream);
}

/* The server has left HTTP: the client is about to hear of it. */
static void take_switched(struct upstream *upstream, struct leg *leg) {
    bool is_reusable;

    upstream->tunnel = tunnel_open(upstream, h1_upstream_release(leg, &is_reusable));
}

static void on_gone(struct leg *leg, enum leg_end end, unsigned status) {
    struct upstream *upstream = upstream_of_leg(leg);
    bool is_reusable;

    (void) status;
    upstream_note_bytes(upstream, leg);
    upstream->leg = NULL;
    if (end == LEG_SWITCHED) {
        take_switched(upstream, leg);
        return;
    }
    if (end != LEG_DONE) {
        upstream_try_failed(upstream, leg, end);
        return;
    }
    upstream_figures(upstream)->total_ms = upstream_try_ms(upstream);
    upstream->attempt.conn = h1_upstream_release(leg, &is_reusable);
    if (is_reusable) {
        attempt_keep(&upstream->attempt);
    } else {
        conn_close(upstream->attempt.conn);
    }
    attempt_done(&upstream->attempt, PICK_SUCCESS);
    upstream_finish(upstream);
}

static const struct leg_events upstream_events = {
    .on_head = upstream_on_head,
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

    termination_note(&upstream->exchange->termination, attempt_termination(why));
    respond_status(upstream->exchange, why == ATTEMPT_TIMED_OUT ? 504 : 502);
    upstream_finish(upstream);
}

/* ---- what the exchange tells ---- */

static void on_request_body(struct exchange *exchange) {
    struct upstream *upstream = exchange->handler_data;

    if (upstream->leg != NULL && !upstream->has_own_body) {
        upstream->leg->ops->send_body(upstream->leg);
    }
}

static void on_response_room(struct exchange *exchange) {
    struct upstream *upstream = exchange->handler_data;

    if (upstream->body != NULL) {
        upstream_body_pass(upstream->body);
        exchange_send_body(exchange);
    }
    if (upstream->leg != NULL) {
        upstream->leg->ops->recv_more(upstream->leg);
    }
}

static void on_end(struct exchange *exchange) {
    struct upstream *upstream = exchange->handler_data;
    struct leg *leg = upstream->leg;

    if (leg != NULL) {
        upstream_note_bytes(upstream, leg);
        upstream_figures(upstream)->total_ms = upstream_try_ms(upstream);
        upstream->leg = NULL;
        leg->ops->reset(leg);
    }
    if (upstream->tunnel != NULL) {
        tunnel_close(upstream->tunnel);
    }
    if (upstream->body != NULL) {
        upstream_body_stop(upstream->body);
    }
    pipe_fini(&upstream->sending);
    exchange->outlives_client = false;
    attempt_cancel(&upstream->attempt);
}

static void on_tunnel_end(struct upstream *upstream, enum relay_end end) {
    struct exchange *exchange = upstream->exchange;

    tunnel_close(upstream->tunnel);
    attempt_done(&upstream->attempt, PICK_SUCCESS);
    upstream_finish(upstream);
    h1_end_switched(exchange->downstream,
                    end == RELAY_DOWNSTREAM_LOST ? LEG_CLOSED : LEG_DONE);
}

static void on_switched(struct exchange *exchange) {
    struct upstream *upstream = exchange->handler_data;

    tunnel_start(upstream->tunnel, on_tunnel_end);
}

void upstream_close(struct upstream *upstream) {
    if (upstream->body != NULL) {
        upstream_body_close(upstream->body);
    }
}

static const struct exchange_handler handler = {
    .on_request_body = on_request_body,
    .on_room = on_response_room,
    .on_switched = on_switched,
    .on_end = on_end,
};

/* A body that the client is still sending, or that broke off its framing, goes to nobody: until it
 * is over there is no leaving HTTP for the client. */
static bool leaves_body(const struct upstream *upstream) {
    return (upstream->has_own_body || !has_request_body(upstream))
        && upstream->exchange->request_body.state != PIPE_ENDED;
}

void upstream_start(struct upstream *upstream, struct exchange *exchange, struct group *group,
                    const struct upstream_options *options) {
    upstream->exchange = exchange;
    upstream->options = options;
    upstream->response = upstream_response_of(exchange->location);
    attempt_init(&upstream->attempt, group, &exchange->scope, &options->attempt);
    upstream->attempt.arena = &exchange->arena;
    upstream->attempt.log = exchange->log;
    upstream->attempt.log_context = &exchange->log_context;
    upstream->attempt.on_ready = on_ready;
    upstream->attempt.on_failed = on_failed;
    upstream->attempt.before = exchange->attempt;
    exchange->attempt = &upstream->attempt;
    exchange->outlives_client = upstream->response->ignores_client_abort;
    exchange->upstream_target = upstream->request.target;
    if (exchange->kept_body != NULL && !upstream->has_own_body) {
        upstream->request.framing = FRAMING_LENGTH; /* however it came */
        upstream->request.content_length = exchange->kept_body->len;
    }
    if (leaves_body(upstream)) {
        upstream->request.upgrade = STR_NONE;
    }
    exchange_handle(exchange, &handler, upstream);
    if (exchange->request_body.state == PIPE_OPEN) {
        exchange->downstream->ops->recv_more(exchange->downstream);
    }
    attempt_start(&upstream->attempt);
}
