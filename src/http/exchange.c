/* SPDX-License-Identifier: BSD-2-Clause */
/* exchange - one request and its response; see exchange.h. */
#include "http/exchange.h"

#include "base/clock.h"
#include "base/heap.h"
#include "base/log.h"
#include "base/panic.h"
#include "conf/error_log.h"
#include "expr/set.h"
#include "http/http_scope.h"
#include "http/respond.h"
#include "http/route.h"
#include "lb/attempt.h"
#include "shm/counter.h"

#include <stdio.h>

/* Bytes that a body may wait as between its two legs. */
enum {
    BODY_HIGH = 64 * 1024,
    BODY_LOW = 16 * 1024
};

static struct exchange *of_leg(struct leg *leg) {
    return leg->exchange;
}

/* ---- the error log ---- */

static size_t add_text(char *text, size_t used, size_t room, const char *name, struct str value,
                       struct str more) {
    int len = snprintf(text + used, room - used, ", %s: \"%.*s%.*s\"", name, STR_ARG(value),
                       STR_ARG(more));

    return used + ((size_t) len < room - used ? (size_t) len : room - used - 1);
}

static size_t add_upstream(const struct exchange *exchange, char *text, size_t used, size_t room) {
    const struct attempt *attempt = exchange->attempt;
    char peer[ADDR_TEXT_MAX + 16];
    int len = snprintf(peer, sizeof(peer), "http://%.*s",
                       STR_ARG(attempt->tries[attempt->try_count - 1].peer));

    return add_text(text, used, room, "upstream",
                    str_first(str_make(peer, (size_t) len), sizeof(peer) - 1),
                    exchange->upstream_target);
}

/* "client: 192.0.2.7, server: example.com, request: "GET / HTTP/1.1", upstream: ..., host: ...". */
static size_t describe(const struct log_context *context, char *text, size_t room) {
    const struct exchange *exchange = list_object(context, struct exchange, log_context);
    char client[ADDR_TEXT_MAX];
    size_t client_len = addr_format_ip(&exchange->conn->side->remote, client), used;
    struct str host;
    int len = snprintf(text, room, "client: %.*s, server: %.*s", (int) client_len, client,
                       STR_ARG(exchange->server->name));

    used = (size_t) len < room ? (size_t) len : room - 1;
    if (exchange->request == NULL) {
        return used;
    }
    used = add_text(text, used, room, "request", exchange->request->request_line, STR_NONE);
    if (exchange->attempt != NULL && exchange->attempt->try_count > 0) {
        used = add_upstream(exchange, text, used, room);
    }
    if (message_join(exchange->request, STR("Host"), &host)) {
        used = add_text(text, used, room, "host", host, STR_NONE);
    }
    return used;
}

/* ---- steps ---- */

typedef enum http_next exchange_hook(struct exchange *exchange, const void *settings);

static exchange_hook *hook_of_step(const struct http_module *module, enum exchange_step step) {
    switch (step) {
    case EXCHANGE_REQUEST:
        return module->on_request;
    case EXCHANGE_PRECONTENT:
        return module->on_precontent;
    case EXCHANGE_HANDLE:
        return module->handle;
    default:
        return NULL;
    }
}

static enum http_next run_hooks(struct exchange *exchange) {
    const struct http_location *location = exchange->location;

    for (; exchange->hook < location->hook_count; exchange->hook++) {
        const struct http_hook *hook = &location->hooks[exchange->hook];
        exchange_hook *run = hook_of_step(hook->module, exchange->step);
        enum http_next next = run != NULL ? run(exchange, hook->settings) : HTTP_NEXT;

        if (next != HTTP_NEXT) {
            return next;
        }
    }
    return HTTP_NEXT;
}

/* `satisfy all`: every module that has an opinion must let it pass. */
static enum http_next run_access(struct exchange *exchange) {
    const struct http_location *location = exchange->location;

    for (; exchange->hook < location->hook_count; exchange->hook++) {
        const struct http_hook *hook = &location->hooks[exchange->hook];

        if (hook->module->on_access == NULL) {
            continue;
        }
        switch (hook->module->on_access(exchange, hook->settings)) {
        case ACCESS_PASS:
        case ACCESS_ALLOW:
            continue;
        case ACCESS_DENY:
            respond_status(exchange, 403);
            return HTTP_DONE;
        case ACCESS_WAIT:
            return HTTP_WAIT;
        }
    }
    return HTTP_NEXT;
}

static bool is_body_allowed(struct exchange *exchange) {
    uint64_t limit = http_core_of(exchange->location)->max_body_size;

    if (limit == 0 || exchange->request->framing != FRAMING_LENGTH
        || exchange->request->content_length <= limit) {
        return true;
    }
    log_write(exchange->log, LOG_LEVEL_ERROR, 0, &exchange->log_context,
              "client intended to send too large body: %llu bytes",
              (unsigned long long) exchange->request->content_length);
    respond_status(exchange, 413);
    return false;
}

/* What the server itself answers, whatever the location. */
static enum http_next run_server(struct exchange *exchange) {
    const struct http_location *self = &exchange->server->self;
    enum http_next next = HTTP_NEXT;
    unsigned i;

    set_run(self->set, &exchange->scope);
    for (i = 0; i < self->hook_count && next == HTTP_NEXT; i++) {
        const struct http_hook *hook = &self->hooks[i];

        if (hook->module->on_server != NULL) {
            next = hook->module->on_server(exchange, hook->settings);
        }
    }
    return next;
}

static enum http_next run_route(struct exchange *exchange) {
    enum http_next next = run_server(exchange);

    if (next != HTTP_NEXT) {
        return next;
    }
    exchange->location = location_find(exchange->server, exchange->uri.path);
    exchange->log = error_log_of(exchange->location->block);
    if (!is_body_allowed(exchange)) {
        return HTTP_DONE;
    }
    if (exchange->location != &exchange->server->self) {
        set_run(exchange->location->set, &exchange->scope);
    }
    return HTTP_NEXT;
}

static enum http_next run_step(struct exchange *exchange) {
    switch (exchange->step) {
    case EXCHANGE_ROUTE:
        return run_route(exchange);
    case EXCHANGE_ACCESS:
        return run_access(exchange);
    case EXCHANGE_REQUEST:
    case EXCHANGE_PRECONTENT:
    case EXCHANGE_HANDLE:
        return run_hooks(exchange);
    case EXCHANGE_HEAD:
    case EXCHANGE_RESPONSE:
    case EXCHANGE_OVER:
        return HTTP_DONE;
    }
    UNREACHABLE();
}

static void exchange_run(struct exchange *exchange) {
    while (run_step(exchange) == HTTP_NEXT) {
        if (exchange->step == EXCHANGE_HANDLE) {
            respond_status(exchange, 404);
            return;
        }
        exchange->step++;
        exchange->hook = 0;
    }
}

static void on_task(struct task *task) {
    exchange_run(list_object(task, struct exchange, task));
}

void exchange_resume(struct exchange *exchange) {
    task_start(&exchange->task);
}

void exchange_handle(struct exchange *exchange, const struct exchange_handler *handler,
                     void *data) {
    exchange->handler = handler;
    exchange->handler_data = data;
}

/* ---- the response ---- */

void exchange_send_head(struct exchange *exchange, bool is_whole) {
    struct message *response = &exchange->response;

    CHECK(exchange->step < EXCHANGE_RESPONSE);
    exchange->step = EXCHANGE_RESPONSE;
    exchange->status = response->status;
    message_add(response, STR("Server"), http_server_token(exchange->location));
    message_add(response, STR("Date"), clock_http_text());
    exchange->downstream->ops->send_head(exchange->downstream, response, is_whole);
}

void exchange_send_body(struct exchange *exchange) {
    exchange->downstream->ops->send_body(exchange->downstream);
}

/* ---- events of the downstream leg ---- */

static bool is_method_allowed(struct exchange *exchange) {
    enum method method = exchange->request->method;

    if (method == METHOD_CONNECT || method == METHOD_TRACE) {
        respond_status(exchange, 405);
        return false;
    }
    return true;
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
    respond_status(exchange, 400);
    return false;
}

static void on_head(struct leg *leg, struct message *head, bool is_whole) {
    struct exchange *exchange = of_leg(leg);
    const struct http_server *server;

    exchange->request = head;
    if (is_whole) {
        pipe_end(&exchange->request_body);
    }
    server = http_find_server(exchange->client->listener, head->host, &exchange->scope);
    exchange->server = server;
    exchange->location = &server->self;
    exchange->log = error_log_of(server->block);
    h1_set_options(exchange->client->h1, &server->h1);
    if (!is_method_allowed(exchange) || !read_uri(exchange)) {
        return;
    }
    exchange->step = EXCHANGE_ROUTE;
    exchange_run(exchange);
}

static void on_body(struct leg *leg) {
    struct exchange *exchange = of_leg(leg);
    struct pipe *body = &exchange->request_body;

    if (exchange->handler != NULL) {
        exchange->handler->on_request_body(exchange);
        return;
    }
    /* Nobody reads it: it is dropped, so that the connection can serve on. */
    pipe_consume(body, body->len);
    leg->ops->recv_more(leg);
}

static void on_room(struct leg *leg) {
    struct exchange *exchange = of_leg(leg);

    if (exchange->handler != NULL) {
        exchange->handler->on_room(exchange);
    }
}

static void on_bad(struct leg *leg, unsigned status) {
    struct exchange *exchange = of_leg(leg);

    if (exchange->request == NULL && leg->head != NULL && leg->head->request_line.len > 0) {
        exchange->request = leg->head;
        exchange->uri.path = leg->head->target;
    }
    log_write(exchange->log, LOG_LEVEL_INFO, 0, &exchange->log_context, "%s",
              leg->error != NULL ? leg->error : "client sent invalid request");
    if (exchange->step < EXCHANGE_RESPONSE) {
        respond_status(exchange, status);
    }
}

static void run_log_hooks(struct exchange *exchange) {
    const struct http_location *location = exchange->location;
    unsigned i;

    for (i = 0; i < location->hook_count; i++) {
        const struct http_hook *hook = &location->hooks[i];

        if (hook->module->on_log != NULL) {
            hook->module->on_log(exchange, hook->settings);
        }
    }
}

static void close_states(struct exchange *exchange) {
    const struct http_location *location = exchange->location;
    unsigned i;

    for (i = 0; i < location->hook_count && exchange->states != NULL; i++) {
        const struct module *module = &location->hooks[i].module->base;
        void *state = exchange->states[*module->index];

        if (state != NULL && module->state_close != NULL) {
            module->state_close(state);
        }
    }
}

static void exchange_free(struct reap *reap) {
    struct exchange *exchange = list_object(reap, struct exchange, reap);

    pipe_fini(&exchange->request_body);
    pipe_fini(&exchange->response_body);
    arena_fini(&exchange->arena);
    heap_free(exchange);
}

static void exchange_end(struct exchange *exchange) {
    if (exchange->handler != NULL) {
        exchange->handler->on_end(exchange);
    }
    exchange->step = EXCHANGE_OVER;
    run_log_hooks(exchange);
    close_states(exchange);
    task_cancel(&exchange->task);
    loop_reap(&exchange->reap, exchange_free);
}

static void on_gone(struct leg *leg, enum leg_end end, unsigned status) {
    struct exchange *exchange = of_leg(leg);

    if (end != LEG_DONE && exchange->status == 0) {
        exchange->status = status;
    }
    if (end == LEG_CLOSED && exchange->step < EXCHANGE_RESPONSE) {
        log_write(exchange->log, LOG_LEVEL_INFO, 0, &exchange->log_context,
                  "client prematurely closed connection");
    } else if (end == LEG_TIMED_OUT) {
        log_write(exchange->log, LOG_LEVEL_INFO, 0, &exchange->log_context, "client timed out");
    }
    exchange_end(exchange);
}

static const struct leg_events downstream_events = {
    .on_head = on_head,
    .on_body = on_body,
    .on_room = on_room,
    .on_bad = on_bad,
    .on_gone = on_gone,
};

/* ---- life ---- */

void exchange_open(struct http_client *client, struct leg *leg) {
    struct exchange *exchange = heap_zero(1, sizeof(*exchange));

    arena_init(&exchange->arena);
    scope_init(&exchange->scope, http_scope_table(), &exchange->arena);
    message_init(&exchange->response, &exchange->arena);
    pipe_init(&exchange->request_body, BODY_HIGH, BODY_LOW);
    pipe_init(&exchange->response_body, BODY_HIGH, BODY_LOW);
    task_init(&exchange->task, on_task);
    exchange->client = client;
    exchange->conn = h1_conn(client->h1);
    exchange->server = http_default_server(client->listener);
    exchange->location = &exchange->server->self;
    exchange->log = error_log_of(exchange->server->block);
    exchange->log_context.connection = exchange->conn->side->number;
    exchange->log_context.describe = describe;
    exchange->start_ms = clock_ms();
    exchange->start_wall_ms = clock_wall_ms();
    exchange->sent_before = exchange->conn->bytes_sent;
    exchange->received_before = exchange->conn->bytes_received;
    exchange->downstream = leg;
    leg->exchange = exchange;
    leg->events = &downstream_events;
    leg->send = &exchange->response_body;
    leg->receive = &exchange->request_body;
    leg->arena = &exchange->arena;
    counter_add(COUNTER_REQUESTS, 1);
}

void exchange_close(struct exchange *exchange) {
    exchange->downstream->ops->reset(exchange->downstream);
    exchange_end(exchange);
}

void *exchange_state(struct exchange *exchange, const struct module *module) {
    if (exchange->states == NULL) {
        exchange->states = arena_zero(&exchange->arena, http_conf()->module_count, sizeof(void *));
    }
    if (exchange->states[*module->index] == NULL) {
        exchange->states[*module->index] = arena_zero(&exchange->arena, 1, module->state_size);
    }
    return exchange->states[*module->index];
}

uint64_t exchange_bytes_sent(const struct exchange *exchange) {
    return exchange->conn->bytes_sent - exchange->sent_before;
}

uint64_t exchange_body_bytes_sent(const struct exchange *exchange) {
    return exchange->response_body.total - exchange->response_body.len;
}
