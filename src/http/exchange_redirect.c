/* SPDX-License-Identifier: BSD-2-Clause */
/* exchange_redirect - an exchange that is led elsewhere before it is answered; see exchange.h. */
#include "base/log.h"
#include "base/panic.h"
#include "http/exchange_priv.h"
#include "http/location.h"
#include "http/respond.h"

/* Whether there may be one more; what was under way is ended. */
static bool begin_redirect(struct exchange *exchange, const char *how, struct str to) {
    CHECK(exchange->step < EXCHANGE_RESPONSE);
    exchange_end_handler(exchange);
    exchange_close_states(exchange);
    exchange_renew_response_body(exchange);
    if (exchange_is_body_gone(exchange)) {
        exchange_forget_request_body(exchange);
    }
    if (!exchange_count_round(exchange, how, to)) {
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

void exchange_redirect_to(struct exchange *exchange, struct str target) {
    size_t path_len = str_find_char(target, '?');

    if (str_starts(target, STR("@"))) {
        exchange_redirect_named(exchange, target);
    } else {
        exchange_redirect(exchange, str_first(target, path_len),
                          path_len < target.len ? str_from_byte(target, path_len + 1) : STR(""));
        exchange->uri.has_query = path_len < target.len;
    }
}

void exchange_use_get(struct exchange *exchange) {
    struct message *request = exchange->request;

    if (request->method != METHOD_HEAD) {
        request->method = METHOD_GET;
        request->method_name = STR("GET");
    }
}
