/* SPDX-License-Identifier: BSD-2-Clause */
/* exchange_log - what lines of the error log tell of an exchange; see exchange_priv.h. */
#include "http/exchange_priv.h"
#include "lb/attempt.h"

#include <stdio.h>

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

size_t exchange_describe(const struct log_context *context, char *text, size_t room) {
    const struct exchange *exchange = list_object(context, struct exchange, log_context);
    char client[ADDR_TEXT_MAX];
    size_t client_len = addr_format_ip(&exchange->conn->side->remote, client), used;
    struct str host, referrer;
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
    if (message_join(exchange->request, STR("Referer"), &referrer)) {
        used = add_text(text, used, room, "referrer", referrer, STR_NONE);
    }
    return used;
}
