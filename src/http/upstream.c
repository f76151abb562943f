/* SPDX-License-Identifier: BSD-2-Clause */
/* upstream - the other half of a proxied exchange; see upstream.h. */
#include "http/upstream.h"

#include "base/clock.h"
#include "base/panic.h"
#include "base/log.h"
#include "conf/value.h"
#include "http/exchange_dump.h"
#include "http/respond.h"
#include "http/tunnel.h"
#include "http/upstream_accel.h"

enum { SENDING_HIGH = 64 * 1024, SENDING_LOW = 16 * 1024 };

/* Events come to it: its exchange is at hand. */
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

/* ---- the end of a try ---- */

/* There will be no more tries. */
static void finish(struct upstream *upstream) {
    if (upstream->body != NULL) {
        upstream_body_stop(upstream->body);
    }
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
    log_write(exchange->log, LOG_LEVEL_ERROR, 0, &exchange->log_context, "%s%s while reading %s",
              what_happened(end, leg),
              end == LEG_TIMED_OUT ? " (110: Connection timed out)" : "",
              upstream->has_head ? "upstream" : "response header from upstream");
    if (goes_on_after(upstream, end) && may_repeat(upstream)
        && attempt_next(&upstream->attempt, PICK_FAILURE)) {
        return;
    }
    termination_note(&exchange->termination, termination_of(end));
    fail(upstream, status);
}

static void note_bytes(struct upstream *upstream, const struct leg *leg) {
    figures(upstream)->bytes_received = h1_upstream_received(leg);
    figures(upstream)->bytes_sent = h1_upstream_sent(leg);
    figures(upstream)->body_length = upstream->exchange->response_body.total;
}

/* Gives the server up, with whatever it still sends. */
static void leave(struct upstream *upstream, struct leg *leg, const struct message *head) {
    struct attempt_try *try = figures(upstream);

    note_bytes(upstream, leg);
    try->status = head->status;
    try->header_ms = try->total_ms = try_ms(upstream);
    upstream->exchange->upstream_head = head;
    upstream->leg = NULL;
    leg->ops->reset(leg);
}

/* ---- an answer that does not go to the client ---- */

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
static bool ask_next(struct upstream *upstream, struct leg *leg, const struct message *head) {
    bool is_fault = head->status != 403 && head->status != 404;

    if ((upstream->options->next & next_of_status(head->status)) == 0 || !may_repeat(upstream)
        || !attempt_may_go_on(&upstream->attempt)) {
        return false;
    }
    leave(upstream, leg, head);
    attempt_next(&upstream->attempt, is_fault ? PICK_FAILURE : PICK_NEUTRAL);
    return true;
}

/* What the client must still be told of it. */
static void carry_challenge(struct exchange *exchange, const struct message *head) {
    struct message *carried;
    struct str challenge;

    if (head->status == 401
        && message_join(head, STR("WWW-Authenticate"), &challenge)) {
        carried = arena_alloc(&exchange->arena, sizeof(*carried));
        message_init(carried, &exchange->arena);
        message_add(carried, STR("WWW-Authenticate"), challenge);
        exchange->carried = carried;
    }
}

/* `proxy_intercept_errors`: a page of ours takes its place. */
static bool intercept(struct upstream *upstream, struct leg *leg, const struct message *head) {
    struct exchange *exchange = upstream->exchange;

    if (!upstream->response->intercepts_errors || !respond_intercepts(exchange, head->status)) {
        return false;
    }
    leave(upstream, leg, head);
    attempt_done(&upstream->attempt, PICK_SUCCESS);
    finish(upstream);
    carry_challenge(exchange, head);
    respond_status(exchange, head->status);
    return true;
}

static void lead_elsewhere(struct upstream *upstream, struct leg *leg, const struct message *head,
                           struct str to) {
    leave(upstream, leg, head);
    attempt_done(&upstream->attempt, PICK_SUCCESS);
    finish(upstream);
    accel_lead(upstream->exchange, head, to);
}

/* ---- the way of the body ---- */

static void on_moved(struct upstream_body *body, void *data) {
    struct upstream *upstream = data;

    exchange_send_body(upstream->exchange);
    if (upstream->leg != NULL && !pipe_is_full(&body->received)) {
        upstream->leg->ops->recv_more(upstream->leg);
    }
}

/* From now on the body has a pipe of its own on its way to the client's. */
static void part_ways(struct upstream *upstream, struct leg *leg, uint64_t rate) {
    upstream->body = upstream_body_new(upstream->exchange, &upstream->response->body, rate);
    upstream->body->on_moved = on_moved;
    upstream->body->data = upstream;
    leg->receive = &upstream->body->received;
}

static uint64_t rate_of(const struct upstream *upstream) {
    const struct template *rate = upstream->response->rate;
    uint64_t bytes;

    return rate != NULL && parse_size(template_text(rate, &upstream->exchange->scope), &bytes)
        ? bytes : 0;
}

static bool is_event_stream(const struct message *head) {
    const struct field *type = message_find(head, FIELD_CONTENT_TYPE);

    return type != NULL
        && str_starts_nocase(message_value(head, type), STR("text/event-stream"));
}

static void prepare_body(struct upstream *upstream, struct leg *leg, const struct message *head,
                         uint64_t ids) {
    const struct upstream_response *response = upstream->response;
    struct exchange *exchange = upstream->exchange;
    uint64_t rate;

    if ((ids & FIELD_SET(FIELD_X_ACCEL_LIMIT_RATE)) != 0) {
        accel_limit_rate(exchange, head, response->ignored);
    }
    upstream->is_buffered = (ids & FIELD_SET(FIELD_X_ACCEL_BUFFERING)) != 0
        ? accel_is_buffered(head, response->ignored, response->is_buffered)
        : response->is_buffered;
    exchange->is_streamed = !upstream->is_buffered
        || ((ids & FIELD_SET(FIELD_CONTENT_TYPE)) != 0 && is_event_stream(head));
    if (!upstream->is_buffered) {
        return;
    }
    exchange->response_body.high = response->body.memory_max;
    exchange->response_body.low = response->body.memory_low;
    rate = rate_of(upstream);
    if (rate > 0) {
        part_ways(upstream, leg, rate);
    }
}

/* ---- events of the upstream leg ---- */

/* What weir says itself, and what is for weir: not for the client, unless somebody puts it back. */
#define HIDDEN_FIELDS                                                                              \
    (FIELD_SET(FIELD_SERVER) | FIELD_SET(FIELD_DATE) | FIELD_SET(FIELD_X_PAD)                      \
     | FIELD_SET(FIELD_X_ACCEL_REDIRECT) | FIELD_SET(FIELD_X_ACCEL_BUFFERING)                      \
     | FIELD_SET(FIELD_X_ACCEL_EXPIRES) | FIELD_SET(FIELD_X_ACCEL_LIMIT_RATE)                      \
     | FIELD_SET(FIELD_X_ACCEL_CHARSET))

/* Takes them out, and returns the ids of all fields. */
static uint64_t hide_fields(struct message *head) {
    uint64_t ids = 0;
    uint32_t i;

    for (i = 0; i < head->field_count; i++) {
        uint64_t id = FIELD_SET(head->fields[i].id);

        ids |= id;
        if ((id & HIDDEN_FIELDS) != 0) {
            head->fields[i].flags |= FIELD_IS_REMOVED;
        }
    }
    return ids;
}

/* The head stays with the leg, which needs its own for the next one. */
static void pass_early_hints(struct exchange *exchange, const struct message *head) {
    struct message *copy = arena_alloc(&exchange->arena, sizeof(*copy));

    message_copy(copy, head, &exchange->arena);
    message_remove_set(copy, HIDDEN_FIELDS);
    exchange->downstream->ops->send_head(exchange->downstream, copy, true);
}

/* A HEAD that went to the server as another method has got a body, which nobody wants. */
static void send_without_body(struct upstream *upstream, struct leg *leg, struct message *head) {
    leave(upstream, leg, head);
    attempt_done(&upstream->attempt, PICK_SUCCESS);
    finish(upstream);
    head->has_length = head->framing == FRAMING_LENGTH;
    head->framing = FRAMING_NONE;
    exchange_send_head(upstream->exchange, head, true);
}

static void on_head(struct leg *leg, struct message *head, bool is_whole) {
    struct upstream *upstream = of_leg(leg);
    struct exchange *exchange = upstream->exchange;
    struct str to;
    uint64_t ids;

    if (head->status < 200 && head->status != 101) {
        if (head->status == 103 && upstream_passes_hints(upstream->response, &exchange->scope)) {
            pass_early_hints(exchange, head);
        }
        return; /* the others are for us */
    }
    if (head->status >= 300
        && (ask_next(upstream, leg, head) || intercept(upstream, leg, head))) {
        return;
    }
    head->has_trailers = upstream->options->passes_trailers && !is_whole;
    exchange->upstream_ids = ids = hide_fields(head);
    if ((ids & FIELD_SET(FIELD_X_ACCEL_REDIRECT)) != 0
        && accel_redirect(head, upstream->response->ignored, &to)) {
        lead_elsewhere(upstream, leg, head, to);
        return;
    }
    upstream->has_head = true;
    if (!exchange->is_abandoned) {
        exchange->termination = TERMINATION_OK; /* whatever became of another one before */
    }
    attempt_confirm(&upstream->attempt);
    figures(upstream)->header_ms = try_ms(upstream);
    figures(upstream)->status = head->status;
    exchange->upstream_head = head;
    head->keeps_connection = true; /* as the server would have it is the leg's affair */
    if (!is_whole) {
        prepare_body(upstream, leg, head, ids);
    }
    if (!is_whole && exchange->request->method == METHOD_HEAD) {
        send_without_body(upstream, leg, head);
        return;
    }
    exchange_send_head(exchange, head, is_whole);
}

static void on_body(struct leg *leg) {
    struct upstream *upstream = of_leg(leg);
    const struct pipe *to = &upstream->exchange->response_body;

    if (upstream->body != NULL) {
        upstream_body_pass(upstream->body);
    } else if (upstream->is_buffered && pipe_is_full(to) && to->state == PIPE_OPEN) {
        part_ways(upstream, leg, 0);
    }
    upstream->exchange->upstream_trailers = leg->trailers;
    exchange_send_body(upstream->exchange);
}

static void on_room(struct leg *leg) {
    struct upstream *upstream = of_leg(leg);
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

    termination_note(&upstream->exchange->termination, attempt_termination(why));
    respond_status(upstream->exchange, why == ATTEMPT_TIMED_OUT ? 504 : 502);
    finish(upstream);
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
        note_bytes(upstream, leg);
        figures(upstream)->total_ms = try_ms(upstream);
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
    finish(upstream);
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

/* A body that the client is still sending goes to nobody: until it is over there is no leaving HTTP
 * for the client. */
static bool leaves_body(const struct upstream *upstream) {
    return (upstream->has_own_body || !has_request_body(upstream))
        && upstream->exchange->request_body.state == PIPE_OPEN;
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
    exchange->upstream_options = options;
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
    attempt_start(&upstream->attempt);
}
