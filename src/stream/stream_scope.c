/* SPDX-License-Identifier: BSD-2-Clause */
/* stream_scope - the variables of a session that need no module; see stream_scope.h. */
#include "stream/stream_scope.h"

#include "expr/getter.h"
#include "lb/attempt.h"
#include "stream/session.h"

#include <stddef.h>

static const struct variable_table *table;

const struct variable_table *stream_scope_table(void) {
    return table;
}

void stream_scope_set_table(const struct variable_table *served) {
    table = served;
}

static struct session *session_of(struct scope *scope) {
    return list_object(scope, struct session, scope);
}

GETTER(remote_addr) {
    char text[ADDR_TEXT_MAX];
    size_t len = addr_format_ip(&session_of(scope)->conn->side->remote, text);

    UNUSED;
    *value = arena_copy(scope->arena, str_make(text, len));
    return true;
}

GETTER(binary_remote_addr) {
    UNUSED;
    *value = addr_binary(&session_of(scope)->conn->side->remote);
    return value->len > 0;
}

GETTER(remote_port) {
    uint16_t port = addr_port(&session_of(scope)->conn->side->remote);

    UNUSED;
    *value = port > 0 ? arena_print(scope->arena, "%u", port) : STR("");
    return true;
}

/* Of a socket the path, too. */
GETTER(server_addr) {
    struct conn *conn = session_of(scope)->conn;
    char text[ADDR_TEXT_MAX];
    size_t len = (conn->is_local ? addr_format : addr_format_ip)(conn_local(conn), text);

    UNUSED;
    *value = arena_copy(scope->arena, str_make(text, len));
    return true;
}

GETTER(server_port) {
    uint16_t port = addr_port(conn_local(session_of(scope)->conn));

    UNUSED;
    *value = port > 0 ? arena_print(scope->arena, "%u", port) : STR("");
    return true;
}

GETTER(connection) {
    UNUSED;
    *value = arena_print(scope->arena, "%llu",
                         (unsigned long long) session_of(scope)->conn->side->number);
    return true;
}

/* detail: offset of a uint64_t in struct conn. */
GETTER(bytes) {
    const char *conn = (const char *) session_of(scope)->conn;
    uint64_t bytes;

    (void) name_used;
    memcpy(&bytes, conn + (size_t) (uintptr_t) variable->detail, sizeof(bytes));
    *value = arena_print(scope->arena, "%llu", (unsigned long long) bytes);
    return true;
}

GETTER(protocol) {
    UNUSED;
    (void) scope;
    *value = STR("TCP");
    return true;
}

GETTER(status) {
    UNUSED;
    *value = arena_print(scope->arena, "%03d", session_of(scope)->status);
    return true;
}

GETTER(session_time) {
    int64_t ms = session_time_ms(session_of(scope));

    UNUSED;
    *value = arena_print(scope->arena, "%lld.%03lld", (long long) ms / 1000, (long long) ms % 1000);
    return true;
}

GETTER(termination_state) {
    UNUSED;
    *value = termination_name(session_of(scope)->termination);
    return true;
}

/* detail: an enum attempt_text. */
GETTER(upstream) {
    const struct session *session = session_of(scope);

    (void) name_used;
    return session->attempt != NULL
        && attempt_text(session->attempt, (enum attempt_text) (uintptr_t) variable->detail,
                        scope->arena, value);
}

const struct variable stream_variables[] = {
    { .name = "binary_remote_addr", .get = get_binary_remote_addr },
    { .name = "bytes_received",
      .get = get_bytes,
      .is_volatile = true,
      .detail = DETAIL(offsetof(struct conn, bytes_received)) },
    { .name = "bytes_sent",
      .get = get_bytes,
      .is_volatile = true,
      .detail = DETAIL(offsetof(struct conn, bytes_sent)) },
    { .name = "connection", .get = get_connection },
    { .name = "protocol", .get = get_protocol },
    /* A session without a PROXY header has none of these; so far none has one. */
    { .name = "proxy_protocol_addr", .get = variable_get_none },
    { .name = "proxy_protocol_port", .get = variable_get_none },
    { .name = "proxy_protocol_server_addr", .get = variable_get_none },
    { .name = "proxy_protocol_server_port", .get = variable_get_none },
    { .name = "proxy_protocol_tlv_", .get = variable_get_none, .is_prefix = true },
    { .name = "remote_addr", .get = get_remote_addr },
    { .name = "remote_port", .get = get_remote_port },
    { .name = "server_addr", .get = get_server_addr },
    { .name = "server_port", .get = get_server_port },
    { .name = "session_time", .get = get_session_time, .is_volatile = true },
    { .name = "status", .get = get_status, .is_volatile = true },
    { .name = "termination_state", .get = get_termination_state, .is_volatile = true },
    { .name = "upstream_addr",
      .get = get_upstream,
      .is_volatile = true,
      .detail = DETAIL(ATTEMPT_TEXT_ADDR) },
    { .name = "upstream_bytes_received",
      .get = get_upstream,
      .is_volatile = true,
      .detail = DETAIL(ATTEMPT_TEXT_BYTES_RECEIVED) },
    { .name = "upstream_bytes_sent",
      .get = get_upstream,
      .is_volatile = true,
      .detail = DETAIL(ATTEMPT_TEXT_BYTES_SENT) },
    { .name = "upstream_connect_time",
      .get = get_upstream,
      .is_volatile = true,
      .detail = DETAIL(ATTEMPT_TEXT_CONNECT_TIME) },
    { .name = "upstream_first_byte_time",
      .get = get_upstream,
      .is_volatile = true,
      .detail = DETAIL(ATTEMPT_TEXT_FIRST_BYTE_TIME) },
    { .name = "upstream_session_time",
      .get = get_upstream,
      .is_volatile = true,
      .detail = DETAIL(ATTEMPT_TEXT_TOTAL_TIME) },
    { .name = NULL }
};
