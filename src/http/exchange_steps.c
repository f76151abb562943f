/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * exchange_steps - the way of a request from its head to the handler: server, location, the hooks
 * of modules; see exchange.h.
 */
#include "base/log.h"
#include "base/panic.h"
#include "conf/error_log.h"
#include "http/auth_delay.h"
#include "http/client_settings.h"
#include "http/exchange_priv.h"
#include "http/location.h"
#include "http/program.h"
#include "http/respond.h"

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

    if (status == 401 && !auth_delay_is_over(exchange)) {
        exchange->hook = exchange->location->hooks[HTTP_ON_ACCESS].count; /* all is said */
        return HTTP_WAIT;
    }
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

uint64_t exchange_body_limit(const struct exchange *exchange) {
    uint64_t limit = http_core_of(exchange->location)->max_body_size;

    return limit > 0 ? limit : UINT64_MAX;
}

static bool is_length_allowed(struct exchange *exchange) {
    const struct message *request = exchange->request;

    if (request->framing != FRAMING_LENGTH
        || request->content_length <= exchange_body_limit(exchange)) {
        return true;
    }
    log_write(exchange->log, LOG_LEVEL_ERROR, 0, &exchange->log_context,
              "client intended to send too large body: %llu bytes",
              (unsigned long long) request->content_length);
    exchange_forget_request_body(exchange);
    exchange->request->expects_continue = false; /* also while the page is looked for */
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
    if (is_redirect) { /* the path lacks the "/" at the end of the location's name */
        respond_to_path(exchange, exchange->location->name);
    }
    return !is_redirect;
}

bool exchange_count_round(struct exchange *exchange, const char *how, struct str to) {
    if (++exchange->redirects <= EXCHANGE_REDIRECTS_MAX) {
        return true;
    }
    log_write(exchange->log, LOG_LEVEL_ERROR, 0, &exchange->log_context,
              "rewrite or internal redirection cycle while %s \"%.*s\"", how, STR_ARG(to));
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
    } while (end == PROGRAM_SEARCH
             && exchange_count_round(exchange, "processing", exchange->uri.path));
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

void exchange_run(struct exchange *exchange) {
    while (run_step(exchange) == HTTP_NEXT) {
        if (exchange->step == EXCHANGE_HANDLE) {
            respond_status(exchange, 404);
            return;
        }
        exchange->step++;
        exchange->hook = 0;
    }
}
