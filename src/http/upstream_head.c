/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * upstream_head - the head of a response from a server: whether it is for the client, and which way
 * its body goes; see upstream_priv.h.
 */
#include "http/upstream_priv.h"

#include "http/rate.h"
#include "http/respond.h"
#include "http/upstream_accel.h"

/* Once it is known as exchange->upstream_head. */
static void run_head_hooks(struct exchange *exchange, struct message *head) {
    const struct http_hooks *hooks = &exchange->location->hooks[HTTP_ON_UPSTREAM_HEAD];
    unsigned i;

    for (i = 0; i < hooks->count; i++) {
        hooks->items[i].module->on_upstream_head(exchange, hooks->items[i].settings, head);
    }
}

/* ---- an answer that does not go to the client ---- */

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
    upstream_give_up(upstream, leg, head);
    carry_challenge(exchange, head);
    respond_status(exchange, head->status);
    return true;
}

static void lead_elsewhere(struct upstream *upstream, struct leg *leg, struct message *head,
                           struct str to) {
    upstream_give_up(upstream, leg, head);
    run_head_hooks(upstream->exchange, head);
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

void upstream_part_ways(struct upstream *upstream, struct leg *leg, uint64_t rate) {
    upstream->body = upstream_body_new(upstream->exchange, &upstream->response->body, rate);
    upstream->body->on_moved = on_moved;
    upstream->body->data = upstream;
    leg->receive = &upstream->body->received;
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
    rate = rate_of(exchange, response->rate);
    if (rate > 0) {
        upstream_part_ways(upstream, leg, rate);
    }
}

/* ---- the head ---- */

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
    upstream_give_up(upstream, leg, head);
    head->has_length = head->framing == FRAMING_LENGTH;
    head->framing = FRAMING_NONE;
    exchange_send_head(upstream->exchange, head, true);
}

/* It goes to the client. */
static void take_head(struct upstream *upstream, struct message *head) {
    struct exchange *exchange = upstream->exchange;
    struct attempt_try *figures = upstream_figures(upstream);

    upstream->has_head = true;
    if (!exchange->is_abandoned) {
        exchange->termination = TERMINATION_OK; /* whatever became of another one before */
    }
    attempt_confirm(&upstream->attempt);
    figures->header_ms = upstream_try_ms(upstream);
    figures->status = head->status;
    exchange->upstream_head = head;
    head->keeps_connection = true; /* as the server would have it is the leg's affair */
    run_head_hooks(exchange, head);
}

void upstream_on_head(struct leg *leg, struct message *head, bool is_whole) {
    struct upstream *upstream = upstream_of_leg(leg);
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
        && (upstream_ask_next(upstream, leg, head) || intercept(upstream, leg, head))) {
        return;
    }
    head->has_trailers = upstream->response->passes_trailers && !is_whole;
    exchange->upstream_ids = ids = hide_fields(head);
    if ((ids & FIELD_SET(FIELD_X_ACCEL_REDIRECT)) != 0
        && accel_redirect(head, upstream->response->ignored, &to)) {
        lead_elsewhere(upstream, leg, head, to);
        return;
    }
    take_head(upstream, head);
    if (!is_whole) {
        prepare_body(upstream, leg, head, ids);
    }
    if (!is_whole && exchange->request->method == METHOD_HEAD) {
        send_without_body(upstream, leg, head);
        return;
    }
    exchange_send_head(exchange, head, is_whole);
}
