/* SPDX-License-Identifier: BSD-2-Clause */
/* exchange - one request and its response: beginning, what its client does, end; see exchange.h. */
#include "http/exchange.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/panic.h"
#include "conf/error_log.h"
#include "http/client_settings.h"
#include "http/exchange_dump.h"
#include "http/exchange_priv.h"
#include "http/filter.h"
#include "http/http_scope.h"
#include "http/inner.h"
#include "http/program.h"
#include "http/respond.h"
#include "shm/counter.h"

#include <stddef.h>

/* Bytes that a body may wait as between its two legs. */
enum {
    BODY_HIGH = 64 * 1024,
    BODY_LOW = 16 * 1024
};

/* Events come to it: it is at hand. */
static struct exchange *of_leg(struct leg *leg) {
    exchange_at_hand = leg->exchange;
    return leg->exchange;
}

static void on_task(struct task *task) {
    struct exchange *exchange = list_object(task, struct exchange, task);

    exchange_at_hand = exchange;
    if (exchange->step < EXCHANGE_RESPONSE) {
        exchange_run(exchange);
    } else if (exchange->handler != NULL && pipe_wants_more(&exchange->response_body)) {
        exchange->handler->on_room(exchange);
    }
}

void exchange_resume(struct exchange *exchange) {
    task_start(&exchange->task);
}

/* ---- bodies ---- */

void exchange_drop_request_body(struct exchange *exchange) {
    struct pipe *body = &exchange->request_body;

    pipe_consume(body, body->len);
    if (body->state == PIPE_OPEN) {
        exchange->downstream->ops->recv_more(exchange->downstream);
    }
}

void exchange_handle(struct exchange *exchange, const struct exchange_handler *handler,
                     void *data) {
    exchange->handler = handler;
    exchange->handler_data = data;
}

/* Before there is a response somebody else may still want the body. */
void exchange_unhandle(struct exchange *exchange) {
    exchange->handler = NULL;
    if (exchange->step >= EXCHANGE_RESPONSE) {
        exchange_drop_request_body(exchange);
    }
}

void exchange_renew_response_body(struct exchange *exchange) {
    exchange->is_streamed = false;
    pipe_fini(&exchange->response_body);
    pipe_init(&exchange->response_body, BODY_HIGH, BODY_LOW);
}

void exchange_end_handler(struct exchange *exchange) {
    const struct exchange_handler *handler = exchange->handler;

    if (handler != NULL) {
        exchange->handler = NULL;
        handler->on_end(exchange);
    }
}

void exchange_forget_request_body(struct exchange *exchange) {
    if (exchange->kept_body != NULL) {
        body_fini(exchange->kept_body);
        exchange->kept_body = NULL;
    }
    if (exchange->request != NULL) {
        exchange->request->framing = FRAMING_NONE;
        exchange->request->content_length = 0;
    }
}

bool exchange_is_body_gone(const struct exchange *exchange) {
    return exchange->kept_body == NULL
        && exchange->request_body.total > exchange->request_body.len;
}

/* The body of the request is none, or more than is taken: whoever has the request is called off. */
static void refuse_body(struct exchange *exchange, unsigned status) {
    exchange_end_handler(exchange);
    if (exchange->step < EXCHANGE_RESPONSE) {
        exchange_forget_request_body(exchange);
        respond_status(exchange, status);
    } else if (exchange->response_body.state == PIPE_OPEN) {
        pipe_abort(&exchange->response_body);
        exchange_send_body(exchange);
    }
}

/* ---- events of the downstream leg ---- */

static bool is_method_allowed(struct exchange *exchange) {
    enum method method = exchange->request->method;

    if (method == METHOD_CONNECT || method == METHOD_TRACE) {
        exchange->is_last = true;
        respond_status(exchange, 405);
        return false;
    }
    return true;
}

/* What has come of the body is looked at before anybody answers. */
static bool is_body_good(struct exchange *exchange) {
    if (!exchange->downstream->has_bad_body) {
        return true;
    }
    log_write(exchange->log, LOG_LEVEL_INFO, 0, &exchange->log_context, "%s",
              exchange->downstream->error);
    termination_note(&exchange->termination, TERMINATION_CLIENT_BAD);
    respond_status(exchange, 400);
    return false;
}

static bool read_uri(struct exchange *exchange) {
    const struct message *request = exchange->request;

    if (request->path.data[0] != '/') {
        exchange->uri = (struct uri){ .path = request->path };
        return true;
    }
    if (parse_uri(request->path, http_core_of(exchange->location)->merges_slashes,
                  &exchange->arena, &exchange->uri)) {
        return true;
    }
    log_write(exchange->log, LOG_LEVEL_INFO, 0, &exchange->log_context, "client sent invalid URI");
    termination_note(&exchange->termination, TERMINATION_CLIENT_BAD);
    respond_status(exchange, 400);
    return false;
}

/* Its head is there, or will not come any more. */
static void end_reading(struct exchange *exchange) {
    if (exchange->is_reading) {
        exchange->is_reading = false;
        counter_add((enum counter) GAUGE_CLIENTS_READING, -1);
    }
}

static void on_head(struct leg *leg, struct message *head, bool is_whole) {
    struct exchange *exchange = of_leg(leg);

    exchange->request = head;
    end_reading(exchange);
    if (is_whole) {
        pipe_end(&exchange->request_body);
    }
    exchange->server = http_find_server(exchange->client->listener, head->host, &exchange->scope);
    exchange_set_location(exchange, &exchange->server->self);
    if (!is_method_allowed(exchange) || !read_uri(exchange) || !is_body_good(exchange)) {
        return;
    }
    exchange->step = EXCHANGE_ROUTE;
    exchange_run(exchange);
}

/* One that does not say its length beforehand is measured as it comes. */
static bool is_body_too_large(const struct exchange *exchange) {
    return exchange->request->framing == FRAMING_CHUNKED && exchange->step < EXCHANGE_RESPONSE
        && exchange->request_body.total + exchange->downstream->announced
            > exchange_body_limit(exchange);
}

static void on_body(struct leg *leg) {
    struct exchange *exchange = of_leg(leg);

    if (is_body_too_large(exchange)) {
        log_write(exchange->log, LOG_LEVEL_ERROR, 0, &exchange->log_context,
                  "client intended to send too large chunked body: %llu bytes",
                  (unsigned long long) exchange->request_body.total);
        refuse_body(exchange, 413);
    } else if (exchange->handler != NULL) {
        exchange->handler->on_request_body(exchange);
    } else if (exchange->step == EXCHANGE_RESPONSE) {
        exchange_drop_request_body(exchange);
    }
}

static void on_room(struct leg *leg) {
    struct exchange *exchange = of_leg(leg);

    if (exchange->filters != NULL) {
        filters_run(exchange);
        leg->ops->send_body(leg);
        if (!pipe_wants_more(&exchange->response_body)) {
            return;
        }
    }
    if (exchange->handler != NULL) {
        exchange->handler->on_room(exchange);
    }
}

static const struct message *on_trailers(struct leg *leg) {
    struct exchange *exchange = of_leg(leg);
    const struct http_hooks *hooks = &exchange->location->hooks[HTTP_ON_TRAILERS];
    unsigned i;

    exchange->trailers = arena_alloc(&exchange->arena, sizeof(*exchange->trailers));
    message_init(exchange->trailers, &exchange->arena);
    for (i = 0; i < hooks->count; i++) {
        hooks->items[i].module->on_trailers(exchange, hooks->items[i].settings,
                                            exchange->trailers);
    }
    return exchange->trailers;
}

static void on_switched(struct leg *leg) {
    struct exchange *exchange = of_leg(leg);

    CHECK(exchange->handler != NULL);
    exchange->handler->on_switched(exchange);
}

/* Of a head that is none, or breaks off, the log tells what is known. */
static void take_cut_head(struct exchange *exchange) {
    struct message *head = exchange->downstream->head;

    if (exchange->request == NULL && head != NULL && head->request_line.len > 0) {
        exchange->request = head;
        exchange->uri.path = head->target;
    }
}

static void on_bad(struct leg *leg, unsigned status) {
    struct exchange *exchange = of_leg(leg);

    take_cut_head(exchange);
    log_write(exchange->log, LOG_LEVEL_INFO, 0, &exchange->log_context, "%s", leg->error);
    termination_note(&exchange->termination, TERMINATION_CLIENT_BAD);
    refuse_body(exchange, status);
}

/* ---- the end ---- */

/* What a module keeps for one exchange. */
struct module_state {
    struct module_state *next;
    const struct module *module;
    max_align_t data[];
};

void *exchange_state(struct exchange *exchange, const struct module *module) {
    struct module_state *state;

    for (state = exchange->states; state != NULL; state = state->next) {
        if (state->module == module) {
            return state->data;
        }
    }
    state = arena_zero(&exchange->arena, 1, sizeof(*state) + module->state_size);
    state->module = module;
    state->next = exchange->states;
    exchange->states = state;
    return state->data;
}

void exchange_close_states(struct exchange *exchange) {
    struct module_state *state;

    for (state = exchange->states; state != NULL; state = state->next) {
        if (state->module->state_close != NULL) {
            state->module->state_close(state->data);
        }
    }
    exchange->states = NULL;
}

static void run_log_hooks(struct exchange *exchange) {
    const struct http_hooks *hooks = &exchange->location->hooks[HTTP_ON_LOG];
    unsigned i;

    for (i = 0; i < hooks->count; i++) {
        hooks->items[i].module->on_log(exchange, hooks->items[i].settings);
    }
}

static void exchange_free(struct reap *reap) {
    struct exchange *exchange = list_object(reap, struct exchange, reap);
    struct arena arena = exchange->arena;

    if (exchange_at_hand == exchange) {
        exchange_at_hand = NULL;
    }
    pipe_fini(&exchange->request_body);
    pipe_fini(&exchange->response_body);
    arena_fini(&arena);
}

static void exchange_end(struct exchange *exchange) {
    end_reading(exchange);
    exchange_end_handler(exchange);
    exchange->step = EXCHANGE_OVER;
    run_log_hooks(exchange);
    exchange_close_states(exchange);
    filters_close(exchange);
    if (exchange->kept_body != NULL) {
        body_fini(exchange->kept_body);
    }
    task_cancel(&exchange->task);
    loop_reap(&exchange->reap, exchange_free);
}

void exchange_close(struct exchange *exchange) {
    exchange->downstream->resets_connection = exchange->status == 444
        && client_settings_of(exchange->location)->resets_timed_out;
    exchange_end(exchange);
    exchange->downstream->ops->reset(exchange->downstream);
}

/* Of those that end on our side, a status has only what a draining worker ends. */
static enum termination termination_of(enum leg_end end, unsigned status) {
    switch (end) {
    case LEG_CLOSED:
    case LEG_RESET:
        return TERMINATION_CLIENT_CLOSED;
    case LEG_TIMED_OUT:
        return TERMINATION_CLIENT_TIMEOUT;
    case LEG_BAD:
        return TERMINATION_CLIENT_BAD;
    case LEG_CANCELLED:
        return status != 0 ? TERMINATION_SHUTDOWN : TERMINATION_INTERNAL;
    case LEG_DONE:
    case LEG_SWITCHED:
        return TERMINATION_OK;
    }
    UNREACHABLE();
}

/* Only a client that has left with its request all said leaves something to finish. */
static bool goes_on_alone(const struct exchange *exchange, enum leg_end end) {
    return exchange->outlives_client && exchange->handler != NULL && end == LEG_CLOSED
        && exchange->client != NULL && exchange->request_body.state == PIPE_ENDED;
}

static void on_gone(struct leg *leg, enum leg_end end, unsigned status) {
    struct exchange *exchange = of_leg(leg);

    exchange->is_answered = end == LEG_DONE && !exchange->is_abandoned;
    termination_note(&exchange->termination, termination_of(end, status));
    take_cut_head(exchange);
    if (exchange->status == 0 && !goes_on_alone(exchange, end)) {
        exchange->status = status;
    }
    if (end == LEG_CLOSED && exchange->step < EXCHANGE_RESPONSE) {
        log_write(exchange->log, LOG_LEVEL_INFO, 0, &exchange->log_context,
                  "client prematurely closed connection");
    } else if (end == LEG_TIMED_OUT) {
        log_write(exchange->log, LOG_LEVEL_INFO, 0, &exchange->log_context, "client timed out");
    }
    if (goes_on_alone(exchange, end)) {
        inner_adopt(exchange);
        return;
    }
    exchange_end(exchange);
}

static const struct leg_events downstream_events = {
    .on_head = on_head,
    .on_body = on_body,
    .on_room = on_room,
    .on_trailers = on_trailers,
    .on_switched = on_switched,
    .on_bad = on_bad,
    .on_gone = on_gone,
};

/* ---- the beginning ---- */

struct exchange *exchange_new(struct conn *conn, const struct http_server *server) {
    struct arena arena;
    struct exchange *exchange;

    arena_init(&arena);
    exchange = arena_zero(&arena, 1, sizeof(*exchange));
    exchange->arena = arena;
    scope_init(&exchange->scope, http_scope_table(), &exchange->arena);
    pipe_init(&exchange->request_body, BODY_HIGH, BODY_LOW);
    pipe_init(&exchange->response_body, BODY_HIGH, BODY_LOW);
    task_init(&exchange->task, on_task);
    exchange->scope.events = &program_scope_events;
    exchange->conn = conn;
    exchange->server = server;
    exchange->location = &server->self;
    exchange->log = error_log_of(server->block, conn->is_debugged);
    exchange->log_context.connection = conn->side->number;
    exchange->log_context.describe = exchange_describe;
    exchange->start_ms = clock_ms();
    exchange->sent_before = conn->bytes_sent;
    return exchange;
}

void exchange_set_downstream(struct exchange *exchange, struct leg *leg) {
    leg->exchange = exchange;
    leg->events = &downstream_events;
    leg->send = &exchange->response_body;
    leg->receive = &exchange->request_body;
    exchange->downstream = leg;
}

/* Its head is read as the default server has it, whoever served the request before. */
void exchange_open(struct http_client *client) {
    struct exchange *exchange
        = exchange_new(h1_conn(client->h1), http_default_server(client->listener));

    exchange->client = client;
    h1_set_options(client->h1, &client_settings_of(exchange->location)->h1);
    exchange_set_downstream(exchange, h1_open_leg(client->h1, &exchange->arena));
    exchange->is_reading = true;
    counter_add(COUNTER_REQUESTS, 1);
    counter_add((enum counter) GAUGE_CLIENTS_READING, 1);
}

uint64_t exchange_bytes_sent(const struct exchange *exchange) {
    return exchange->client != NULL || exchange->is_abandoned
        ? exchange->conn->bytes_sent - exchange->sent_before
        : exchange->response_body.total;
}

uint64_t exchange_body_bytes_sent(const struct exchange *exchange) {
    uint64_t sent = exchange_bytes_sent(exchange), heads = exchange->downstream->head_len;

    return sent > heads ? sent - heads : 0;
}
