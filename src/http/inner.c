/* SPDX-License-Identifier: BSD-2-Clause */
/* inner - an exchange that no client asked for; see inner.h. */
#include "http/inner.h"

#include "base/clock.h"
#include "base/log.h"
#include "http/exchange_priv.h"

#include <errno.h>
#include <fcntl.h>

/* The downstream leg; it lies in its exchange's arena. */
struct inner_leg {
    struct leg leg;
    struct exchange *exchange;
    struct inner *inner;       /* who waits; NULL: nobody (any more) */
    struct list link;          /* among the worker's */
    struct task task;
    struct body body;          /* a copy of the parent's */
    uint64_t drain_max;
    bool is_whole;             /* without a body */
    bool is_sent;              /* counted among those that nobody has waited for */
};

/* Lies in the parent's arena. */
struct inner {
    struct inner_leg *leg;     /* NULL: ended without an answer */
    inner_on_done *on_done;
    void *data;
    struct task task;          /* tells of an end without an answer */
    bool is_over;
};

static struct list detached = { &detached, &detached }; /* the worker's */
static unsigned detached_count, sent_count;

unsigned inner_count(void) {
    return detached_count;
}

static struct inner_leg *of_leg(struct leg *leg) {
    return list_object(leg, struct inner_leg, leg);
}

struct exchange *inner_exchange(const struct inner *inner) {
    return inner->leg != NULL ? inner->leg->exchange : NULL;
}

/* ---- those of the worker ---- */

static void detach(struct inner_leg *leg) {
    list_add_last(&detached, &leg->link);
    detached_count++;
}

static void forget(struct inner_leg *leg) {
    if (list_is_linked(&leg->link)) {
        list_remove(&leg->link);
        detached_count--;
        sent_count -= leg->is_sent;
    }
}

void inner_end_all(void) {
    struct list *at, *next;

    list_each(at, next, &detached) {
        exchange_close(list_object(at, struct inner_leg, link)->exchange);
    }
}

/* ---- the end ---- */

static void finish(struct inner_leg *leg) {
    forget(leg);
    leg->leg.events->on_gone(&leg->leg, LEG_DONE, 0);
}

static bool is_over(const struct inner_leg *leg) {
    return leg->is_whole || leg->leg.send->state != PIPE_OPEN;
}

/* The last that the parent has to do with it: it may end by what it does now. */
static void tell(struct inner_leg *leg) {
    struct inner *inner = leg->inner;

    leg->inner = NULL;
    inner->is_over = true;
    if (!is_over(leg)) {
        detach(leg);
    }
    inner->on_done(inner, inner->data);
}

/* The parent may know it all from the head; the body is read on only where that is soon done, and
 * what comes up to the end of its connection does not even leave that to be kept. */
static bool is_worth_draining(const struct inner_leg *leg) {
    const struct message *response = leg->exchange->response;
    uint64_t length = response->framing == FRAMING_LENGTH ? response->content_length : 0;

    if (response->framing == FRAMING_UNTIL_END) {
        length = UINT64_MAX;
    }
    return leg->leg.send->total <= leg->drain_max && length <= leg->drain_max;
}

/* The head, or some of the body, is there. */
static void on_leg_task(struct task *task) {
    struct inner_leg *leg = list_object(task, struct inner_leg, task);
    struct pipe *pipe = leg->leg.send;

    if (leg->inner != NULL) {
        tell(leg);
    }
    pipe_consume(pipe, pipe->len);
    if (is_over(leg)) {
        finish(leg);
    } else if (!is_worth_draining(leg)) {
        exchange_close(leg->exchange);
    } else {
        leg->leg.events->on_room(&leg->leg);
    }
}

static void on_task(struct task *task) {
    struct inner *inner = list_object(task, struct inner, task);

    inner->on_done(inner, inner->data);
}

void inner_cancel(struct inner *inner) {
    if (inner->is_over) {
        task_cancel(&inner->task);
        return;
    }
    inner->is_over = true;
    inner->leg->inner = NULL;
    exchange_close(inner->leg->exchange);
}

/* ---- operations of the leg ---- */

/* A 101 is the end of one whose client has left: nobody is there to change to anything. */
static void send_head(struct leg *leg, const struct message *head, bool is_whole) {
    struct inner_leg *inner = of_leg(leg);

    if (head->status >= 200 || head->status == 101) {
        inner->is_whole = is_whole;
        task_start(&inner->task);
    }
}

/* Nothing new is no reason to look, or room made and room told of would go round for ever. */
static void send_body(struct leg *leg) {
    if (leg->send->len > 0 || leg->send->state != PIPE_OPEN) {
        task_start(&of_leg(leg)->task);
    }
}

/* The request's body is there from the beginning. */
static void recv_more(struct leg *leg) {
    (void) leg;
}

/* The exchange has ended without an answer, or was cancelled. */
static void reset(struct leg *leg) {
    struct inner_leg *ended = of_leg(leg);
    struct inner *inner = ended->inner;

    task_cancel(&ended->task);
    forget(ended);
    if (inner != NULL) {
        ended->inner = NULL;
        inner->leg = NULL;
        inner->is_over = true;
        task_start(&inner->task);
    }
}

static const struct leg_ops ops = {
    .send_head = send_head,
    .send_body = send_body,
    .recv_more = recv_more,
    .reset = reset,
};

/* ---- the beginning ---- */

/* What it must know of the client, whose connection it may outlive. */
static struct conn *copy_conn(struct conn *conn, struct arena *arena) {
    struct conn *copy = arena_zero(arena, 1, sizeof(*copy));

    copy->side = arena_alloc(arena, sizeof(*copy->side));
    *copy->side = *conn->side;
    copy->side->local = arena_alloc(arena, sizeof(*copy->side->local));
    *copy->side->local = *conn_local(conn);
    copy->bytes_received = conn->bytes_received;
    copy->bytes_sent = conn->bytes_sent;
    copy->is_debugged = conn->is_debugged;
    copy->is_closed = true;
    return copy;
}

/* In memory or in a file, which has no place of its own: readers say where they read. */
static bool copy_body(struct body *to, const struct body *from) {
    body_init(to, from->memory_max, from->directory);
    to->len = from->len;
    if (from->fd >= 0) {
        to->fd = fcntl(from->fd, F_DUPFD_CLOEXEC, 0);
        return to->fd >= 0;
    }
    buf_append(&to->memory, buf_bytes(&from->memory), BUF_SIZE_MAX);
    return true;
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
    request->framing = FRAMING_NONE;
    request->content_length = 0;
    request->upgrade = STR_NONE;
    exchange->request = request;
    exchange->uri = (struct uri){ .path = arena_copy(&exchange->arena, options->path),
                                  .query = arena_copy(&exchange->arena, options->args),
                                  .has_query = options->args.len > 0 };
}

static void set_body(struct inner_leg *leg, const struct body *body) {
    struct exchange *exchange = leg->exchange;

    pipe_end(&exchange->request_body);
    if (body != NULL) {
        leg->body = *body;
        exchange->request->framing = FRAMING_LENGTH;
        exchange->request->content_length = body->len;
        exchange->kept_body = &leg->body;
    }
}

/* What the parent knows; and $request_id, which is one for all that a client's request causes. */
static void inherit_values(struct exchange *exchange, struct exchange *parent) {
    struct str id;

    scope_get_by_name(&parent->scope, STR("request_id"), &id);
    scope_inherit(&exchange->scope, &parent->scope);
}

/* NULL: body is NULL, too, or still the caller's. */
static struct inner_leg *open_leg(struct exchange *parent, const struct inner_options *options,
                                  const struct body *body) {
    struct exchange *exchange = exchange_new(parent->conn, parent->server);
    struct inner_leg *leg = arena_zero(&exchange->arena, 1, sizeof(*leg));

    exchange->conn = copy_conn(parent->conn, &exchange->arena);
    inherit_values(exchange, parent);
    leg->exchange = exchange;
    leg->leg.ops = &ops;
    leg->leg.arena = &exchange->arena;
    list_init(&leg->link);
    task_init(&leg->task, on_leg_task);
    exchange_set_downstream(exchange, &leg->leg);
    exchange->depth = parent->depth + 1;
    exchange->is_internal = true;
    exchange->is_target_stale = true;
    set_request(exchange, parent, options);
    set_body(leg, body);
    exchange->step = EXCHANGE_ROUTE;
    exchange_resume(exchange);
    return leg;
}

static struct inner_leg *make(struct exchange *parent, const struct inner_options *options) {
    struct body copy, *body = options->has_body ? parent->kept_body : NULL;

    if (parent->depth >= INNER_DEPTH_MAX) {
        log_write(parent->log, LOG_LEVEL_ERROR, 0, &parent->log_context,
                  "subrequests cycle while processing \"%.*s\"", STR_ARG(options->path));
        return NULL;
    }
    if (body != NULL && !copy_body(&copy, body)) {
        log_write(parent->log, LOG_LEVEL_CRIT, errno, &parent->log_context,
                  "no descriptor for the body of subrequest \"%.*s\"", STR_ARG(options->path));
        return NULL;
    }
    return open_leg(parent, options, body != NULL ? &copy : NULL);
}

struct inner *inner_open(struct exchange *parent, const struct inner_options *options,
                         inner_on_done *on_done, void *data) {
    struct inner_leg *leg = make(parent, options);
    struct inner *inner;

    if (leg == NULL) {
        return NULL;
    }
    inner = arena_zero(&parent->arena, 1, sizeof(*inner));
    inner->leg = leg;
    inner->on_done = on_done;
    inner->data = data;
    task_init(&inner->task, on_task);
    leg->inner = inner;
    leg->drain_max = INNER_DRAIN_MAX;
    return inner;
}

/* At most one line a second. */
static void refuse(const struct exchange *parent, struct str path) {
    static int64_t said_ms = INT64_MIN / 2;

    if (clock_ms() - said_ms >= 1000) {
        said_ms = clock_ms();
        log_write(parent->log, LOG_LEVEL_WARN, 0, &parent->log_context,
                  "%u subrequests are under way, \"%.*s\" is left out", sent_count,
                  STR_ARG(path));
    }
}

bool inner_send(struct exchange *parent, const struct inner_options *options) {
    struct inner_leg *leg;

    if (sent_count >= INNER_SENT_MAX) {
        refuse(parent, options->path);
        return false;
    }
    leg = make(parent, options);
    if (leg == NULL) {
        return false;
    }
    leg->drain_max = UINT64_MAX;
    leg->is_sent = true;
    sent_count++;
    detach(leg);
    return true;
}

void inner_adopt(struct exchange *exchange) {
    struct inner_leg *leg = arena_zero(&exchange->arena, 1, sizeof(*leg));
    struct pipe *send = exchange->downstream->send;

    exchange->conn = copy_conn(exchange->conn, &exchange->arena);
    exchange->client = NULL;
    exchange->is_abandoned = true;
    leg->exchange = exchange;
    leg->leg.ops = &ops;
    leg->leg.arena = &exchange->arena;
    leg->leg.head_len = exchange->downstream->head_len;
    leg->drain_max = UINT64_MAX;
    leg->is_whole = exchange->is_response_whole;
    list_init(&leg->link);
    task_init(&leg->task, on_leg_task);
    exchange_set_downstream(exchange, &leg->leg);
    leg->leg.send = send;
    detach(leg);
    if (exchange->step == EXCHANGE_RESPONSE) {
        task_start(&leg->task);
    }
}
