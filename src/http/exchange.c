/* SPDX-License-Identifier: BSD-2-Clause */
/* exchange - one request and its response; see exchange.h. */
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
#include "http/location.h"
#include "http/program.h"
#include "http/respond.h"
#include "lb/attempt.h"
#include "shm/counter.h"

#include <stddef.h>
#include <stdio.h>

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
    if (exchange->depth > 0) {
        used = add_text(text, used, room, "subrequest", exchange->uri.path, STR_NONE);
    }
    if (exchange->attempt != NULL && exchange->attempt->try_count > 0) {
        used = add_upstream(exchange, text, used, room);
    }
    if (message_join(exchange->request, STR("Host"), &host)) {
        used = add_text(text, used, room, "host", host, STR_NONE);
    }
    return used;
}

static void forget_request_body(struct exchange *exchange);

/* ---- steps ---- */

/* From the hook that is next on, until one does not say HTTP_NEXT. */
static enum http_next run_hooks(struct exchange *exchange, enum http_hook_kind kind) {
    const struct http_hooks *hooks = &exchange->location->hooks[kind];

    for (; exchange->hook < hooks->count; exchange->hook++) {
        const struct http_hook *hook = &hooks->items[exchange->hook];
        enum http_next next = hook->run(exchange, hook->settings);

        if (next != HTTP_NEXT) {
            return next;
        }
    }
    return HTTP_NEXT;
}

static enum http_next refuse_access(struct exchange *exchange) {
    unsigned status = exchange->refusal;

    exchange->refusal = 0;
    if (status == 403 && http_core_of(exchange->location)->satisfy == SATISFY_ANY) {
        log_write(exchange->log, LOG_LEVEL_ERROR, 0, &exchange->log_context,
                  "access forbidden by rule");
    }
    respond_status(exchange, status);
    return HTTP_DONE;
}

/* All that have an opinion must let it pass, or with `satisfy any` one of them, if any has one. Who
 * asks for a password speaks before who only forbids. */
static enum http_next run_access(struct exchange *exchange) {
    const struct http_hooks *hooks = &exchange->location->hooks[HTTP_ON_ACCESS];
    bool is_any = http_core_of(exchange->location)->satisfy == SATISFY_ANY;

    for (; exchange->hook < hooks->count; exchange->hook++) {
        const struct http_hook *hook = &hooks->items[exchange->hook];
        enum http_access access = hook->module->on_access(exchange, hook->settings);

        switch (access) {
        case ACCESS_PASS:
            continue;
        case ACCESS_ALLOW:
            if (is_any) {
                exchange->refusal = 0;
                exchange->challenges = NULL;
                return HTTP_NEXT;
            }
            continue;
        case ACCESS_DENY:
        case ACCESS_UNAUTHORIZED:
            if (exchange->refusal != 401) {
                exchange->refusal = access == ACCESS_DENY ? 403 : 401;
            }
            if (is_any) {
                continue;
            }
            return refuse_access(exchange);
        case ACCESS_DONE:
            return HTTP_DONE;
        case ACCESS_WAIT:
            return HTTP_WAIT;
        }
    }
    return exchange->refusal != 0 ? refuse_access(exchange) : HTTP_NEXT;
}

static uint64_t body_limit(const struct exchange *exchange) {
    uint64_t limit = http_core_of(exchange->location)->max_body_size;

    return limit > 0 ? limit : UINT64_MAX;
}

static bool is_length_allowed(struct exchange *exchange) {
    const struct message *request = exchange->request;

    if (request->framing != FRAMING_LENGTH || request->content_length <= body_limit(exchange)) {
        return true;
    }
    log_write(exchange->log, LOG_LEVEL_ERROR, 0, &exchange->log_context,
              "client intended to send too large body: %llu bytes",
              (unsigned long long) request->content_length);
    forget_request_body(exchange);
    respond_status(exchange, 413);
    return false;
}

void exchange_set_location(struct exchange *exchange, const struct http_location *location) {
    exchange->location = location;
    exchange->log = error_log_of(location->block, exchange->conn->is_debugged);
    if (exchange->client != NULL) {
        h1_set_options(exchange->client->h1, &client_settings_of(location)->h1);
    }
}

/* The path lacks the "/" at the end of the location's name. */
static void add_slash(struct exchange *exchange) {
    struct str args = exchange->uri.query, name;
    struct buf text = { NULL, 0, 0, 0 };

    uri_escape_path(&text, exchange->location->name);
    name = buf_bytes(&text);
    respond_redirect(exchange, 301, arena_print(&exchange->arena, "%.*s%s%.*s", STR_ARG(name),
                                                args.len > 0 ? "?" : "", STR_ARG(args)));
    buf_free(&text);
}

/* False: it is answered already. */
static bool find_location(struct exchange *exchange) {
    bool is_redirect;
    const struct http_location *location
        = location_find(exchange->server, exchange->uri.path, &exchange->scope, &is_redirect);

    exchange_set_location(exchange, location_for_method(location, exchange->request->method_name));
    if (http_core_of(exchange->location)->is_internal && !exchange->is_internal) {
        respond_status(exchange, 404);
        return false;
    }
    if (!is_length_allowed(exchange)) {
        return false;
    }
    if (is_redirect) {
        add_slash(exchange);
    }
    return !is_redirect;
}

/* False: that were too many, which is answered. */
static bool count_round(struct exchange *exchange) {
    if (++exchange->redirects <= EXCHANGE_REDIRECTS_MAX) {
        return true;
    }
    log_write(exchange->log, LOG_LEVEL_ERROR, 0, &exchange->log_context,
              "rewrite or internal redirection cycle while processing \"%.*s\"",
              STR_ARG(exchange->uri.path));
    termination_note(&exchange->termination, TERMINATION_INTERNAL);
    respond_plain(exchange, 500);
    return false;
}

/* The location, until its program leads no further. */
static enum http_next search(struct exchange *exchange) {
    enum program_end end = PROGRAM_SEARCH;

    do {
        if (!exchange->is_located && !find_location(exchange)) {
            return HTTP_DONE;
        }
        exchange->is_located = false;
        if (exchange->location->script == NULL || exchange->location == &exchange->server->self) {
            return HTTP_NEXT;
        }
        end = program_run(exchange);
    } while (end == PROGRAM_SEARCH && count_round(exchange));
    return end == PROGRAM_STAYS ? HTTP_NEXT : HTTP_DONE;
}

/* What the server itself says, whatever the location, and then the location. */
static enum http_next run_route(struct exchange *exchange) {
    enum http_next next;

    if (!exchange->is_located) {
        next = run_hooks(exchange, HTTP_ON_SERVER);
        if (next != HTTP_NEXT) {
            return next;
        }
        if (exchange->location->script != NULL && program_run(exchange) == PROGRAM_ANSWERED) {
            return HTTP_DONE;
        }
    }
    return search(exchange);
}

static enum http_next run_step(struct exchange *exchange) {
    switch (exchange->step) {
    case EXCHANGE_ROUTE:
        return run_route(exchange);
    case EXCHANGE_REQUEST:
        return run_hooks(exchange, HTTP_ON_REQUEST);
    case EXCHANGE_ACCESS:
        return exchange->depth > 0 ? HTTP_NEXT : run_access(exchange);
    case EXCHANGE_PRECONTENT:
        return run_hooks(exchange, HTTP_ON_PRECONTENT);
    case EXCHANGE_HANDLE:
        return run_hooks(exchange, HTTP_HANDLE);
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

/* Nobody reads it: it is dropped, so that the connection can serve on. */
static void drop_request_body(struct exchange *exchange) {
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
        drop_request_body(exchange);
    }
}

static void run_response_hooks(struct exchange *exchange, struct message *response) {
    const struct http_hooks *hooks = &exchange->location->hooks[HTTP_ON_RESPONSE];
    unsigned i;

    for (i = 0; i < hooks->count && exchange->replacement == 0; i++) {
        hooks->items[i].module->on_response(exchange, hooks->items[i].settings, response);
    }
}

static void add_challenges(const struct exchange *exchange, struct message *response) {
    const struct challenge *challenge;

    for (challenge = exchange->challenges; challenge != NULL; challenge = challenge->next) {
        message_add(response, STR("WWW-Authenticate"), challenge->value);
    }
}

/* Behind a body that is empty fields can go, if it goes in chunks; not where there is none. */
static bool make_place_for_trailers(const struct exchange *exchange, struct message *response) {
    if (!response->has_trailers || exchange->request == NULL || exchange->request->version < 11
        || exchange->request->method == METHOD_HEAD || response->status < 200
        || response->status == 204 || response->status == 304
        || !client_settings_of(exchange->location)->has_chunks) {
        return false;
    }
    response->framing = FRAMING_CHUNKED;
    return true;
}

/* A server was asked for a head alone, or has sent 304, and the client is told otherwise: a length
 * without its body would make a part of the next response that body. */
static void forget_length(const struct exchange *exchange, struct message *response) {
    bool is_for_head = exchange->request != NULL && exchange->request->method == METHOD_HEAD;

    if (response->content_length > 0 && !is_for_head && response->status != 304) {
        response->has_length = false;
    }
}

static void end_handler(struct exchange *exchange) {
    const struct exchange_handler *handler = exchange->handler;

    if (handler != NULL) {
        exchange->handler = NULL;
        handler->on_end(exchange);
    }
}

void exchange_replace(struct exchange *exchange, unsigned status) {
    exchange->replacement = status;
}

/* What was written of an answer that nobody gets is forgotten, its end too. */
/* For what answers in the place of another. */
static void renew_response_body(struct exchange *exchange) {
    exchange->is_streamed = false;
    pipe_fini(&exchange->response_body);
    pipe_init(&exchange->response_body, BODY_HIGH, BODY_LOW);
}

static void send_replacement(struct exchange *exchange) {
    unsigned status = exchange->replacement;

    exchange->replacement = 0;
    exchange->response = NULL;
    exchange->status = 0;
    exchange->allows_ranges = exchange->has_own_server = exchange->has_own_date = false;
    filters_close(exchange);
    exchange->downstream->send = &exchange->response_body;
    end_handler(exchange);
    renew_response_body(exchange);
    respond_status(exchange, status);
}

/* The type is that of what would have been sent, unless a server or an error page names its own. */
static void add_carried(const struct exchange *exchange, struct message *response) {
    const struct message *carried = exchange->carried;
    bool is_own = response != exchange->upstream_head && response->status < 300;
    uint32_t i;

    if (is_own && message_find(carried, FIELD_CONTENT_TYPE) != NULL) {
        message_remove_set(response, FIELD_SET(FIELD_CONTENT_TYPE));
    }
    for (i = 0; i < carried->field_count; i++) {
        const struct field *field = &carried->fields[i];

        if ((field->flags & FIELD_IS_HIDDEN) == 0 && (field->id != FIELD_CONTENT_TYPE || is_own)) {
            message_add_checked(response, (enum field_id) field->id, message_name(carried, field),
                                message_value(carried, field));
        }
    }
}

/* As in nginx, a file that is an error's page has no date. */
static void force_status(const struct exchange *exchange, struct message *response) {
    unsigned status = exchange->forced_status;

    response->status = (uint16_t) status;
    response->reason = STR("");
    if (response != exchange->upstream_head && status != 200 && status != 204 && status != 206
        && status != 304) {
        message_remove_set(response, FIELD_SET(FIELD_LAST_MODIFIED));
    }
}

bool exchange_send_head(struct exchange *exchange, struct message *response, bool is_whole) {
    CHECK(exchange->step < EXCHANGE_RESPONSE);
    if (exchange->forced_status != 0) {
        force_status(exchange, response);
    }
    response->keeps_connection &= !exchange->is_last;
    exchange->response = response;
    exchange->status = response->status;
    exchange->is_response_whole = is_whole;
    if (response->status == 401) {
        add_challenges(exchange, response);
    }
    if (exchange->carried != NULL) {
        add_carried(exchange, response);
    }
    run_response_hooks(exchange, response);
    if (exchange->replacement != 0) {
        send_replacement(exchange);
        return false;
    }
    exchange->step = EXCHANGE_RESPONSE;
    exchange->status = response->status;
    if (log_is_on(exchange->log, LOG_LEVEL_DEBUG)) {
        log_write(exchange->log, LOG_LEVEL_DEBUG, 0, &exchange->log_context,
                  "answering with status %u", exchange->status);
    }
    if (!exchange->has_own_server) {
        message_add_own(response, FIELD_SERVER, http_server_token(exchange->location));
    }
    if (!exchange->has_own_date) {
        message_add_own(response, FIELD_DATE, clock_http_text());
    }
    if (exchange->is_response_whole) {
        forget_length(exchange, response);
        pipe_end(&exchange->response_body);
        exchange->is_response_whole = !make_place_for_trailers(exchange, response);
    }
    client_settings_apply(exchange, response);
    exchange->downstream->ops->send_head(exchange->downstream, response,
                                         exchange->is_response_whole);
    if (exchange->handler == NULL) {
        drop_request_body(exchange);
    }
    return true;
}

/* What filters take makes room that no event of the leg tells of. */
void exchange_send_body(struct exchange *exchange) {
    if (exchange->filters != NULL) {
        filters_run(exchange);
        if (exchange->handler != NULL && pipe_wants_more(&exchange->response_body)) {
            task_start(&exchange->task);
        }
    }
    exchange->downstream->ops->send_body(exchange->downstream);
}

/* Whatever answers now, it gets a request without a body. */
static void forget_request_body(struct exchange *exchange) {
    if (exchange->kept_body != NULL) {
        body_fini(exchange->kept_body);
        exchange->kept_body = NULL;
    }
    if (exchange->request != NULL) {
        exchange->request->framing = FRAMING_NONE;
        exchange->request->content_length = 0;
    }
}

/* Part of it went to somebody, and nobody has kept it. */
static bool is_body_gone(const struct exchange *exchange) {
    return exchange->kept_body == NULL
        && exchange->request_body.total > exchange->request_body.len;
}

/* The body of the request is none, or more than is taken: whoever has the request is called off. */
static void refuse_body(struct exchange *exchange, unsigned status) {
    end_handler(exchange);
    if (exchange->step < EXCHANGE_RESPONSE) {
        forget_request_body(exchange);
        respond_status(exchange, status);
    } else if (exchange->response_body.state == PIPE_OPEN) {
        pipe_abort(&exchange->response_body);
        exchange_send_body(exchange);
    }
}

/* ---- redirects ---- */

static void close_states(struct exchange *exchange);

/* Whether there may be one more; what was under way is ended. */
static bool begin_redirect(struct exchange *exchange, const char *how, struct str to) {
    CHECK(exchange->step < EXCHANGE_RESPONSE);
    end_handler(exchange);
    close_states(exchange);
    renew_response_body(exchange);
    if (is_body_gone(exchange)) {
        forget_request_body(exchange);
    }
    if (++exchange->redirects > EXCHANGE_REDIRECTS_MAX) {
        log_write(exchange->log, LOG_LEVEL_ERROR, 0, &exchange->log_context,
                  "rewrite or internal redirection cycle while %s \"%.*s\"", how, STR_ARG(to));
        termination_note(&exchange->termination, TERMINATION_INTERNAL);
        respond_plain(exchange, 500);
        return false;
    }
    exchange->is_internal = true;
    exchange->hook = exchange->refusal = 0;
    return true;
}

void exchange_redirect(struct exchange *exchange, struct str path, struct str args) {
    if (!begin_redirect(exchange, "internally redirecting to", path)) {
        return;
    }
    exchange->uri.path = path;
    exchange->uri.query = args;
    exchange->uri.has_query = args.len > 0;
    exchange->is_target_stale = true;
    exchange->is_prefix_stale = false;
    exchange->step = EXCHANGE_ROUTE;
    exchange_set_location(exchange, &exchange->server->self);
    task_start(&exchange->task);
}

void exchange_redirect_named(struct exchange *exchange, struct str name) {
    const struct http_location *location = location_find_named(exchange->server, name);

    if (!begin_redirect(exchange, "redirect to named location", name)) {
        return;
    }
    if (location == NULL) {
        log_write(exchange->log, LOG_LEVEL_ERROR, 0, &exchange->log_context,
                  "could not find named location \"%.*s\"", STR_ARG(name));
        termination_note(&exchange->termination, TERMINATION_INTERNAL);
        respond_plain(exchange, 500);
        return;
    }
    exchange->step = EXCHANGE_ROUTE;
    exchange->is_located = true;
    exchange_set_location(exchange, location_for_method(location, exchange->request->method_name));
    task_start(&exchange->task);
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
        && exchange->request_body.total + exchange->downstream->announced > body_limit(exchange);
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
        drop_request_body(exchange);
    }
}

static void on_room(struct leg *leg) {
    struct exchange *exchange = of_leg(leg);

    exchange_at_hand = exchange;
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

static void close_states(struct exchange *exchange) {
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
    end_handler(exchange);
    exchange->step = EXCHANGE_OVER;
    run_log_hooks(exchange);
    close_states(exchange);
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

    exchange->is_answered = end == LEG_DONE;
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
    exchange->log_context.describe = describe;
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

void exchange_open(struct http_client *client) {
    struct exchange *exchange
        = exchange_new(h1_conn(client->h1), http_default_server(client->listener));

    exchange->client = client;
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
