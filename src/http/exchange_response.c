/* SPDX-License-Identifier: BSD-2-Clause */
/* exchange_response - the response on its way out: what modules change of its head, what stands in
 * its place, its body; see exchange.h. */
#include "base/clock.h"
#include "base/log.h"
#include "base/panic.h"
#include "http/client_settings.h"
#include "http/exchange_priv.h"
#include "http/filter.h"
#include "http/respond.h"

static void run_response_hooks(struct exchange *exchange, struct message *response) {
    const struct http_hooks *hooks = &exchange->location->hooks[HTTP_ON_RESPONSE];
    unsigned i;

    for (i = 0; i < hooks->count && exchange->replacement == 0; i++) {
        hooks->items[i].module->on_response(exchange, hooks->items[i].settings, response);
    }
}

void exchange_challenge(struct exchange *exchange, struct str value) {
    struct challenge *challenge = arena_zero(&exchange->arena, 1, sizeof(*challenge));
    struct challenge **last = &exchange->challenges;

    while (*last != NULL) {
        last = &(*last)->next;
    }
    challenge->value = value;
    *last = challenge;
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
        || exchange->request->method == METHOD_HEAD || !status_has_body(response->status)
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

void exchange_replace(struct exchange *exchange, unsigned status) {
    exchange->replacement = status;
}

static void send_replacement(struct exchange *exchange) {
    unsigned status = exchange->replacement;

    exchange->replacement = 0;
    exchange->response = NULL;
    exchange->status = 0;
    exchange->allows_ranges = exchange->has_own_server = exchange->has_own_date = false;
    filters_close(exchange);
    exchange->downstream->send = &exchange->response_body;
    exchange_end_handler(exchange);
    exchange_renew_response_body(exchange);
    respond_status(exchange, status);
}

/* Of the same cookie in both the last one counts, which is that of the response. */
static void move_cookies_last(struct message *response, uint32_t count) {
    uint32_t i;

    for (i = 0; i < count; i++) {
        struct field *field = &response->fields[i];

        if (field->id == FIELD_SET_COOKIE && (field->flags & FIELD_IS_HIDDEN) == 0) {
            field->flags |= FIELD_IS_REMOVED;
            message_add(response, STR("Set-Cookie"), message_value(response, field));
        }
    }
}

/* The type is that of what would have been sent, unless a server or an error page names its own. */
static void add_carried(const struct exchange *exchange, struct message *response) {
    const struct message *carried = exchange->carried;
    bool is_own = response != exchange->upstream_head && response->status < 300;
    uint32_t i, count = response->field_count;

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
    move_cookies_last(response, count);
}

/* As in nginx, a file that is an error's page has no date. */
static void force_status(const struct exchange *exchange, struct message *response) {
    unsigned status = exchange->forced_status;

    response->status = (uint16_t) status;
    response->reason = STR("");
    if (status == 204) {
        response->has_length = false;
        message_remove_set(response, FIELD_SET(FIELD_CONTENT_TYPE));
    }
    if (response != exchange->upstream_head && status != 200 && status != 204 && status != 206
        && status != 304) {
        message_remove_set(response, FIELD_SET(FIELD_LAST_MODIFIED));
    }
}

/* What every response has, and its server has not said itself. */
static void add_own_fields(const struct exchange *exchange, struct message *response) {
    if (!exchange->has_own_server) {
        message_add_own(response, FIELD_SERVER, http_server_token(exchange->location));
    }
    if (!exchange->has_own_date) {
        message_add_own(response, FIELD_DATE, clock_http_text());
    }
}

bool exchange_send_head(struct exchange *exchange, struct message *response, bool is_whole) {
    CHECK(exchange->step < EXCHANGE_RESPONSE);
    if (exchange->forced_status != 0) {
        /* `error_page 404 =204 /page`: what the page says is nothing that could be sent. */
        if (!is_whole && !status_has_body(exchange->forced_status)) {
            exchange->replacement = exchange->forced_status;
            send_replacement(exchange);
            return false;
        }
        force_status(exchange, response);
    }
    response->keeps_connection &= !exchange->is_last;
    exchange->response = response;
    exchange->status = response->status;
    exchange->is_response_whole = is_whole;
    add_challenges(exchange, response);
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
    add_own_fields(exchange, response);
    if (exchange->is_response_whole) {
        forget_length(exchange, response);
        pipe_end(&exchange->response_body);
        exchange->is_response_whole = !make_place_for_trailers(exchange, response);
    }
    client_settings_apply(exchange, response);
    exchange->downstream->ops->send_head(exchange->downstream, response,
                                         exchange->is_response_whole);
    if (exchange->handler == NULL) {
        exchange_drop_request_body(exchange);
    }
    return true;
}

/* What filters take makes room that no event of the leg tells of. */
static void run_filters(struct exchange *exchange) {
    const struct pipe *body = &exchange->response_body;
    uint64_t before = body->len;

    filters_run(exchange);
    if (body->len < before && exchange->handler != NULL && pipe_wants_more(body)) {
        task_start(&exchange->task);
    }
}

void exchange_send_body(struct exchange *exchange) {
    if (exchange->filters != NULL) {
        run_filters(exchange);
    }
    exchange->downstream->ops->send_body(exchange->downstream);
}
