/* SPDX-License-Identifier: BSD-2-Clause */
/* inner - an exchange that no client asked for; see inner.h. */
#include "http/inner.h"

#include "base/clock.h"
#include "base/log.h"
#include "http/exchange_priv.h"

#include <unistd.h>

/* Lies in the arena of who is told of its end: the parent's, or its own. */
struct inner {
    struct leg leg;
    struct exchange *exchange; /* NULL: over without an answer */
    struct task task;
    struct body body;
    struct inner_options options;
    bool is_whole;             /* without a body */
    bool is_over;
};

static struct inner *of_leg(struct leg *leg) {
    return list_object(leg, struct inner, leg);
}

const struct exchange *inner_exchange(const struct inner *inner) {
    return inner->exchange;
}

/* ---- the end ---- */

static void tell(struct inner *inner) {
    if (inner->options.on_done != NULL) {
        inner->options.on_done(inner, inner->options.data);
    }
}

static void finish(struct inner *inner) {
    inner->is_over = true;
    tell(inner);
    inner->leg.events->on_gone(&inner->leg, LEG_DONE, 0);
}

static void on_task(struct task *task) {
    struct inner *inner = list_object(task, struct inner, task);
    struct pipe *pipe = inner->leg.send;

    if (inner->is_over) {
        tell(inner);
        return;
    }
    pipe_consume(pipe, pipe->len);
    if (inner->is_whole || pipe->state != PIPE_OPEN) {
        finish(inner);
    } else {
        inner->leg.events->on_room(&inner->leg);
    }
}

void inner_cancel(struct inner *inner) {
    if (inner->is_over) {
        task_cancel(&inner->task);
        return;
    }
    inner->is_over = true;
    exchange_close(inner->exchange);
}

/* ---- operations of the leg ---- */

static void send_head(struct leg *leg, const struct message *head, bool is_whole) {
    struct inner *inner = of_leg(leg);

    if (head->status >= 200) {
        inner->is_whole = is_whole;
        task_start(&inner->task);
    }
}

static void send_body(struct leg *leg) {
    struct inner *inner = of_leg(leg);

    if (!inner->is_over) {
        task_start(&inner->task);
    }
}

/* The request's body is there from the beginning. */
static void recv_more(struct leg *leg) {
    (void) leg;
}

/* The exchange has ended without an answer, or was cancelled. */
static void reset(struct leg *leg) {
    struct inner *inner = of_leg(leg);

    task_cancel(&inner->task);
    inner->exchange = NULL;
    if (!inner->is_over) {
        inner->is_over = true;
        if (inner->options.on_done != NULL) {
            task_start(&inner->task);
        }
    }
}

static const struct leg_ops ops = {
    .send_head = send_head,
    .send_body = send_body,
    .recv_more = recv_more,
    .reset = reset,
};

/* ---- the beginning ---- */

/* What an inner exchange without a parent knows of the client, whose connection it may outlive. */
static struct conn *copy_conn(const struct conn *conn, struct arena *arena) {
    struct conn *copy = arena_zero(arena, 1, sizeof(*copy));
    const struct addr *local = conn_local((struct conn *) (uintptr_t) conn);

    copy->side = arena_alloc(arena, sizeof(*copy->side));
    *copy->side = *conn->side;
    copy->side->local = arena_alloc(arena, sizeof(*local));
    *copy->side->local = *local;
    copy->bytes_received = conn->bytes_received;
    copy->bytes_sent = conn->bytes_sent;
    copy->is_debugged = conn->is_debugged;
    copy->is_closed = true;
    return copy;
}

/* In memory or in a file, which has no place of its own: readers say where they read. */
static void copy_body(struct body *to, const struct body *from) {
    body_init(to, from->memory_max, from->directory);
    to->len = from->len;
    if (from->fd >= 0) {
        to->fd = dup(from->fd);
    } else {
        buf_append(&to->memory, buf_bytes(&from->memory), BUF_SIZE_MAX);
    }
}

static void set_request(struct exchange *exchange, const struct exchange *parent,
                        const struct inner_options *options) {
    struct message *request = arena_alloc(&exchange->arena, sizeof(*request));

    message_clone(request, parent->request, &exchange->arena);
    if (options->method != request->method) {
        request->method = options->method;
        request->method_name = options->method == METHOD_HEAD ? STR("HEAD") : STR("GET");
    }
    request->expects_continue = false;
    exchange->request = request;
    exchange->uri = (struct uri){ .path = arena_copy(&exchange->arena, options->path),
                                  .query = arena_copy(&exchange->arena, options->args),
                                  .has_query = options->args.len > 0 };
}

static void set_body(struct inner *inner, const struct exchange *parent) {
    struct exchange *exchange = inner->exchange;

    pipe_end(&exchange->request_body);
    if (!inner->options.has_body || parent->kept_body == NULL) {
        exchange->request->framing = FRAMING_NONE;
        exchange->request->content_length = 0;
        return;
    }
    exchange->request->framing = FRAMING_LENGTH;
    exchange->request->content_length = parent->kept_body->len;
    exchange->kept_body = &inner->body;
    copy_body(&inner->body, parent->kept_body);
}

struct inner *inner_open(struct exchange *parent, const struct inner_options *options) {
    bool is_owned = options->on_done != NULL;
    struct exchange *exchange;
    struct inner *inner;

    if (parent->depth >= INNER_DEPTH_MAX) {
        log_write(parent->log, LOG_LEVEL_ERROR, 0, &parent->log_context,
                  "subrequests cycle while processing \"%.*s\"", STR_ARG(options->path));
        return NULL;
    }
    exchange = exchange_new(parent->conn, parent->server);
    if (!is_owned) {
        exchange->conn = copy_conn(parent->conn, &exchange->arena);
    }
    inner = arena_zero(is_owned ? &parent->arena : &exchange->arena, 1, sizeof(*inner));
    inner->exchange = exchange;
    inner->options = *options;
    inner->leg.ops = &ops;
    inner->leg.arena = &exchange->arena;
    task_init(&inner->task, on_task);
    exchange_set_downstream(exchange, &inner->leg);
    exchange->depth = parent->depth + 1;
    exchange->is_internal = true;
    set_request(exchange, parent, options);
    set_body(inner, parent);
    exchange->step = EXCHANGE_ROUTE;
    exchange_resume(exchange);
    return inner;
}
