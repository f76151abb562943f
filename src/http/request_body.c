/* SPDX-License-Identifier: BSD-2-Clause */
/* request_body - the body of a request, read whole; see request_body.h. */
#include "http/request_body.h"

#include "base/log.h"
#include "http/client_settings.h"
#include "http/exchange_priv.h"
#include "http/respond.h"

#include <errno.h>

/* Whatever answers now answers a request without a body: nobody shall take a part for the whole. */
static void cannot_keep(struct exchange *exchange) {
    log_write(exchange->log, LOG_LEVEL_CRIT, errno, &exchange->log_context,
              "cannot write the request body to a file in \"%s\"",
              exchange->kept_body->directory);
    exchange_forget_request_body(exchange);
    exchange_unhandle(exchange);
    termination_note(&exchange->termination, TERMINATION_INTERNAL);
    respond_status(exchange, 500);
}

/* Takes what has come. True: that was all. */
static bool take(struct exchange *exchange) {
    struct pipe *pipe = &exchange->request_body;

    if (!body_add(exchange->kept_body, pipe)) {
        cannot_keep(exchange);
        return false;
    }
    if (pipe->state == PIPE_OPEN) {
        exchange->downstream->ops->recv_more(exchange->downstream);
    }
    return pipe_is_done(pipe);
}

static void on_request_body(struct exchange *exchange) {
    struct request_body *reading = exchange->handler_data;

    if (take(exchange)) {
        exchange->handler = NULL;
        reading->on_read(reading);
    }
}

/* Nothing is sent before it is read; and the exchange gives back what was kept. */
static void on_nothing(struct exchange *exchange) {
    (void) exchange;
}

static const struct exchange_handler handler = {
    .on_request_body = on_request_body,
    .on_room = on_nothing,
    .on_end = on_nothing,
};

static struct body *new_body(struct exchange *exchange) {
    const struct http_core_settings *core = http_core_of(exchange->location);
    const struct client_settings *settings = client_settings_of(exchange->location);
    struct body *body = arena_alloc(&exchange->arena, sizeof(*body));

    body_init(body, (size_t) core->body_buffer_size, core->body_temp_path);
    body->file = (enum body_file) settings->body_file;
    if (body->file != BODY_FILE_NAMELESS) {
        body->memory_max = 0;
    }
    return body;
}

bool request_body_read(struct request_body *reading, struct exchange *exchange) {
    if (exchange->request->framing == FRAMING_NONE
        || (exchange->kept_body != NULL && pipe_is_done(&exchange->request_body))) {
        return true;
    }
    reading->exchange = exchange;
    if (exchange->kept_body == NULL) {
        exchange->kept_body = new_body(exchange);
    }
    exchange_handle(exchange, &handler, reading);
    if (!take(exchange)) {
        return false;
    }
    exchange->handler = NULL;
    return true;
}
