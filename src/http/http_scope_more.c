/* SPDX-License-Identifier: BSD-2-Clause */
/* http_scope_more - variables of an exchange that are rarely asked for: how it ended, its
 * connection, its body; see http_scope.h. */
#include "base/clock.h"
#include "base/panic.h"
#include "expr/getter.h"
#include "http/exchange.h"
#include "http/http_scope.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/random.h>
#include <sys/socket.h>

static struct exchange *exchange_of(struct scope *scope) {
    return list_object(scope, struct exchange, scope);
}

/* ---- how it ended ---- */

GETTER(termination_state) {
    UNUSED;
    return found(value, termination_name(exchange_of(scope)->termination));
}

GETTER(request_completion) {
    UNUSED;
    return found(value, exchange_of(scope)->is_answered ? STR("OK") : STR(""));
}

/* ---- $request_id ---- */

enum { REQUEST_ID_BYTES = 16 };

/* Random bytes for the next ids; the kernel is asked for many at once. */
static unsigned char random_bytes[32 * REQUEST_ID_BYTES];
static size_t random_left;

static const unsigned char *take_random(void) {
    if (random_left == 0) {
        ssize_t len;

        do {
            len = getrandom(random_bytes, sizeof(random_bytes), 0);
        } while (len < 0 && errno == EINTR);
        CHECK(len == (ssize_t) sizeof(random_bytes));
        random_left = sizeof(random_bytes);
    }
    random_left -= REQUEST_ID_BYTES;
    return random_bytes + random_left;
}

GETTER(request_id) {
    static const char digits[] = "0123456789abcdef";
    const unsigned char *bytes = take_random();
    char *text = arena_bytes(scope->arena, 2 * REQUEST_ID_BYTES);
    size_t i;

    UNUSED;
    for (i = 0; i < REQUEST_ID_BYTES; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    return found(value, str_make(text, 2 * REQUEST_ID_BYTES));
}

/* ---- the connection ---- */

GETTER(connection_time) {
    int64_t ms = clock_ms() - exchange_of(scope)->conn->side->opened_ms;

    UNUSED;
    return found(value, arena_print(scope->arena, "%lld.%03lld", (long long) ms / 1000,
                                    (long long) ms % 1000));
}

/* Whether the request had come before the answer to the one before it was out. */
GETTER(pipe) {
    UNUSED;
    return found(value, exchange_of(scope)->downstream->is_pipelined ? STR("p") : STR("."));
}

/* detail: offset of a uint32_t in struct tcp_info. */
GETTER(tcpinfo) {
    const struct conn *conn = exchange_of(scope)->conn;
    struct tcp_info info;
    socklen_t len = sizeof(info);
    uint32_t number;

    (void) name_used;
    if (conn->is_closed || getsockopt(conn->watch.fd, IPPROTO_TCP, TCP_INFO, &info, &len) != 0) {
        return false;
    }
    memcpy(&number, (const char *) &info + (size_t) (uintptr_t) variable->detail, sizeof(number));
    return found(value, arena_print(scope->arena, "%u", number));
}

/* ---- the request ---- */

/* The port that its target or Host names; a client that means the usual one names none. */
static unsigned port_of(struct scope *scope) {
    const struct message *request = exchange_of(scope)->request;

    return request != NULL ? request->port : 0;
}

GETTER(request_port) {
    unsigned port = port_of(scope);

    UNUSED;
    return found(value, port > 0 ? arena_print(scope->arena, "%u", port) : STR(""));
}

GETTER(is_request_port) {
    UNUSED;
    return found(value, port_of(scope) > 0 ? STR(":") : STR(""));
}

/* Once it was read whole, and if it is in memory. */
GETTER(request_body) {
    const struct body *body = exchange_of(scope)->kept_body;

    UNUSED;
    return body != NULL && body->fd < 0 && body->len > 0
        && found(value, buf_bytes(&body->memory));
}

/* Where client_body_in_file_only gives it a name. */
GETTER(request_body_file) {
    const struct body *body = exchange_of(scope)->kept_body;

    UNUSED;
    return body != NULL && body->path != NULL && found(value, str_from(body->path));
}

/* ---- the server's answer ---- */

/* The value of the cookie that a Set-Cookie sets. */
static bool is_set_by(struct str field, struct str name, struct str *value) {
    struct str pair = str_first(field, str_find_char(field, ';'));
    size_t equals = str_find_char(pair, '=');

    if (equals == pair.len || !str_equal_nocase(str_trim(str_first(pair, equals)), name)) {
        return false;
    }
    *value = str_trim(str_from_byte(pair, equals + 1));
    return true;
}

/* $upstream_cookie_NAME: what the last server has set. */
GETTER(upstream_cookie) {
    const struct message *head = exchange_of(scope)->upstream_head;
    struct str name = str_from_byte(name_used, 16);
    uint32_t i;

    (void) variable;
    for (i = 0; head != NULL && i < head->field_count; i++) {
        const struct field *field = &head->fields[i];

        if ((field->flags & FIELD_IS_MADE) == 0
            && str_equal_nocase(message_name(head, field), STR("Set-Cookie"))
            && is_set_by(message_value(head, field), name, value)) {
            return true;
        }
    }
    return false;
}

const struct variable http_more_variables[] = {
    { .name = "connection_time", .get = get_connection_time, .is_volatile = true },
    { .name = "is_request_port", .get = get_is_request_port },
    { .name = "pipe", .get = get_pipe },
    { .name = "request_body", .get = get_request_body, .is_volatile = true },
    /* A connection without a PROXY header has none of these; so far none has one. */
    { .name = "proxy_protocol_addr", .get = variable_get_none },
    { .name = "proxy_protocol_port", .get = variable_get_none },
    { .name = "proxy_protocol_server_addr", .get = variable_get_none },
    { .name = "proxy_protocol_server_port", .get = variable_get_none },
    { .name = "proxy_protocol_tlv_", .get = variable_get_none, .is_prefix = true },
    { .name = "request_body_file", .get = get_request_body_file, .is_volatile = true },
    { .name = "request_completion", .get = get_request_completion },
    { .name = "request_id", .get = get_request_id },
    { .name = "request_port", .get = get_request_port },
    { .name = "tcpinfo_rcv_space",
      .get = get_tcpinfo,
      .is_volatile = true,
      .detail = DETAIL(offsetof(struct tcp_info, tcpi_rcv_space)) },
    { .name = "tcpinfo_rtt",
      .get = get_tcpinfo,
      .is_volatile = true,
      .detail = DETAIL(offsetof(struct tcp_info, tcpi_rtt)) },
    { .name = "tcpinfo_rttvar",
      .get = get_tcpinfo,
      .is_volatile = true,
      .detail = DETAIL(offsetof(struct tcp_info, tcpi_rttvar)) },
    { .name = "tcpinfo_snd_cwnd",
      .get = get_tcpinfo,
      .is_volatile = true,
      .detail = DETAIL(offsetof(struct tcp_info, tcpi_snd_cwnd)) },
    { .name = "termination_state", .get = get_termination_state, .is_volatile = true },
    { .name = "upstream_cache_status", .get = variable_get_none }, /* nothing is cached */
    { .name = "upstream_cookie_",
      .get = get_upstream_cookie,
      .is_prefix = true,
      .is_volatile = true },
    { .name = NULL }
};
