/* SPDX-License-Identifier: BSD-2-Clause */
/* http_scope - the variables of an exchange that need no module; see http_scope.h. */
#include "http/http_scope.h"

#include "base/clock.h"
#include "conf/value.h"
#include "expr/getter.h"
#include "http/credentials.h"
#include "http/exchange.h"
#include "lb/attempt.h"

static const struct variable_table *table;

const struct variable_table *http_scope_table(void) {
    return table;
}

void http_scope_set_table(const struct variable_table *served) {
    table = served;
}

static struct exchange *exchange_of(struct scope *scope) {
    return list_object(scope, struct exchange, scope);
}

/* Three digits, with zeros before. */
static void put_three(char *digits, unsigned number) {
    digits[0] = (char) ('0' + number / 100 % 10);
    digits[1] = (char) ('0' + number / 10 % 10);
    digits[2] = (char) ('0' + number % 10);
}

/* ---- the connection ---- */

GETTER(remote_addr) {
    char text[ADDR_TEXT_MAX];
    size_t len = addr_format_ip(&exchange_of(scope)->conn->side->remote, text);

    UNUSED;
    return found(value, arena_copy(scope->arena, str_make(text, len)));
}

GETTER(binary_remote_addr) {
    UNUSED;
    return found(value, addr_binary(&exchange_of(scope)->conn->side->remote));
}

GETTER(remote_port) {
    uint16_t port = addr_port(&exchange_of(scope)->conn->side->remote);

    UNUSED;
    return port > 0 ? found_number(scope, value, port) : found(value, STR(""));
}

/* Of a socket the path, too. */
GETTER(server_addr) {
    struct conn *conn = exchange_of(scope)->conn;
    char text[ADDR_TEXT_MAX];
    size_t len = (conn->is_local ? addr_format : addr_format_ip)(conn_local(conn), text);

    UNUSED;
    return found(value, arena_copy(scope->arena, str_make(text, len)));
}

GETTER(server_port) {
    uint16_t port = addr_port(conn_local(exchange_of(scope)->conn));

    UNUSED;
    return port > 0 ? found_number(scope, value, port) : found(value, STR(""));
}

GETTER(connection) {
    UNUSED;
    return found_number(scope, value, exchange_of(scope)->conn->side->number);
}

GETTER(connection_requests) {
    UNUSED;
    return found_number(scope, value, exchange_of(scope)->conn->side->requests);
}

GETTER(scheme) {
    UNUSED;
    (void) scope;
    return found(value, STR("http"));
}

/* ---- the request ---- */

static const struct message *request_of(struct scope *scope) {
    return exchange_of(scope)->request;
}

GETTER(limit_rate) {
    UNUSED;
    return found_number(scope, value, exchange_of(scope)->rate);
}

static void set_limit_rate(struct scope *scope, const struct variable *variable, struct str value) {
    struct exchange *exchange = exchange_of(scope);

    (void) variable;
    if (parse_size(value, &exchange->rate)) {
        exchange->has_rate = true;
    }
}

GETTER(request) {
    UNUSED;
    return request_of(scope) != NULL && found(value, request_of(scope)->request_line);
}

/* What the client asked with, in an inner exchange too. */
GETTER(request_method) {
    const struct message *request = request_of(scope);

    UNUSED;
    if (request == NULL || request->method_name.len == 0) {
        return false;
    }
    return found(value, exchange_of(scope)->depth == 0
                     ? request->method_name
                     : str_first(request->request_line, str_find_char(request->request_line, ' ')));
}

/* Without scheme and host, which an absolute target has. */
GETTER(request_uri) {
    const struct message *request = request_of(scope);

    UNUSED;
    if (request == NULL) {
        return false;
    }
    return found(value, str_starts(request->target, STR("/")) || request->path.len == 0
                            ? request->target
                            : request->path);
}

GETTER(request_length) {
    const struct exchange *exchange = exchange_of(scope);
    uint64_t head = exchange->request != NULL ? exchange->request->base_len : 0;

    UNUSED;
    return found_number(scope, value, head + exchange->request_body.total);
}

GETTER(server_protocol) {
    UNUSED;
    if (request_of(scope) == NULL) {
        return false;
    }
    return found(value, request_of(scope)->version == 10 ? STR("HTTP/1.0") : STR("HTTP/1.1"));
}

GETTER(host) {
    const struct exchange *exchange = exchange_of(scope);

    UNUSED;
    return found(value, exchange->request != NULL && exchange->request->host.len > 0
                            ? exchange->request->host
                            : exchange->server->name);
}

GETTER(server_name) {
    UNUSED;
    return found(value, exchange_of(scope)->server->name);
}

GETTER(uri) {
    UNUSED;
    return (exchange_of(scope)->uri.path.len > 0 || exchange_of(scope)->is_target_stale)
        && found(value, exchange_of(scope)->uri.path);
}

/* As in nginx: a "?" with nothing behind it is none, what a rewrite took away was there. */
GETTER(args) {
    const struct exchange *exchange = exchange_of(scope);

    UNUSED;
    return (exchange->uri.query.len > 0 || (exchange->is_target_stale && exchange->uri.has_query))
        && found(value, exchange->uri.query);
}

static void set_args(struct scope *scope, const struct variable *variable, struct str value) {
    struct exchange *exchange = exchange_of(scope);

    (void) variable;
    exchange->uri.query = value;
    exchange->uri.has_query = value.len > 0;
    exchange->is_target_stale = true;
}

GETTER(is_args) {
    UNUSED;
    return found(value, exchange_of(scope)->uri.query.len > 0 ? STR("?") : STR(""));
}

/* $arg_NAME: the first "name=value" of the query. */
GETTER(arg) {
    struct str name = str_from_byte(name_used, 4), rest = exchange_of(scope)->uri.query, part;

    (void) variable;
    while (str_take_part(&rest, '&', &part)) {
        if (part.len > name.len && part.data[name.len] == '='
            && str_equal_nocase(str_first(part, name.len), name)) {
            return found(value, str_from_byte(part, name.len + 1));
        }
    }
    return false;
}

/* Whether a field's name is meant by that of a variable: lower case, '_' for '-'. */
static bool is_meant(struct str field, struct str wanted) {
    size_t i;

    if (field.len != wanted.len) {
        return false;
    }
    for (i = 0; i < field.len; i++) {
        char c = char_lower(field.data[i]);

        if ((c == '-' ? '_' : c) != char_lower(wanted.data[i])) {
            return false;
        }
    }
    return true;
}

/* The next field from *i on that is meant and has none of the flags, and *i behind it; NULL: no
 * more. */
static const struct field *next_meant(const struct message *message, struct str wanted,
                                      unsigned without, uint32_t *i) {
    while (*i < message->field_count) {
        const struct field *field = &message->fields[(*i)++];

        if ((field->flags & without) == 0 && is_meant(message_name(message, field), wanted)) {
            return field;
        }
    }
    return NULL;
}

static struct str separator_of(const struct field *field) {
    return field->id == FIELD_COOKIE ? STR("; ") : STR(", ");
}

/* The rest of them behind the first: once to measure, once to copy, for a head can hold very many
 * fields of one name. */
static struct str join_fields(const struct message *message, struct str wanted, unsigned without,
                              struct arena *arena, const struct field *first, uint32_t second) {
    struct str separator = separator_of(first);
    const struct field *field;
    size_t len = first->value_len;
    uint32_t i = second;
    char *text, *at;

    while ((field = next_meant(message, wanted, without, &i)) != NULL) {
        len += separator.len + field->value_len;
    }
    text = at = arena_bytes(arena, len);
    at = mempcpy(at, message_value(message, first).data, first->value_len);
    for (i = second; (field = next_meant(message, wanted, without, &i)) != NULL;) {
        at = mempcpy(at, separator.data, separator.len);
        at = mempcpy(at, message_value(message, field).data, field->value_len);
    }
    return str_make(text, len);
}

/* All values of the fields that are meant, joined: "; " for cookies, ", " for the rest. */
static bool find_fields(const struct message *message, struct str wanted, unsigned without,
                        struct arena *arena, struct str *value) {
    const struct field *first;
    uint32_t i = 0, second;

    first = message != NULL ? next_meant(message, wanted, without, &i) : NULL;
    if (first == NULL) {
        return false;
    }
    second = i;
    *value = next_meant(message, wanted, without, &i) == NULL
        ? message_value(message, first)
        : join_fields(message, wanted, without, arena, first, second);
    return true;
}

static bool find_request_fields(struct scope *scope, struct str wanted, struct str *value) {
    return find_fields(request_of(scope), wanted, FIELD_IS_REMOVED, scope->arena, value);
}

GETTER(http_field) {
    (void) variable;
    return find_request_fields(scope, str_from_byte(name_used, 5), value);
}

/* The fields that the codec writes; named as in the variables. */
static bool find_sent_by_codec(struct scope *scope, struct str name, struct str *value) {
    const struct message *response = exchange_of(scope)->response;
    const struct leg *leg = exchange_of(scope)->downstream;

    if (response->status == 101 && str_is(name, "connection")) {
        return found(value, STR("upgrade"));
    }
    if (response->status == 101 && str_is(name, "upgrade")) {
        return response->upgrade.len > 0 && found(value, response->upgrade);
    }
    if (str_is(name, "connection")) {
        return found(value, leg->keeps_connection ? STR("keep-alive") : STR("close"));
    }
    if (str_is(name, "transfer_encoding")) {
        return leg->sends_chunked && found(value, STR("chunked"));
    }
    return str_is(name, "content_length") && response->status != 204
        && (response->has_length || response->framing == FRAMING_LENGTH)
        && found_number(scope, value, response->content_length);
}

GETTER(sent_http_field) {
    const struct message *response = exchange_of(scope)->response;
    struct str name = str_from_byte(name_used, 10);

    (void) variable;
    return response != NULL
        && (find_sent_by_codec(scope, name, value)
            || find_fields(response, name, FIELD_IS_HIDDEN, scope->arena, value));
}

/* What came from there, whatever has become of it since. */
GETTER(upstream_http_field) {
    (void) variable;
    return find_fields(exchange_of(scope)->upstream_head, str_from_byte(name_used, 14),
                       FIELD_IS_MADE, scope->arena, value);
}

GETTER(sent_trailer_field) {
    (void) variable;
    return find_fields(exchange_of(scope)->trailers, str_from_byte(name_used, 13),
                       FIELD_IS_HIDDEN, scope->arena, value);
}

GETTER(upstream_trailer_field) {
    (void) variable;
    return find_fields(exchange_of(scope)->upstream_trailers, str_from_byte(name_used, 17),
                       0, scope->arena, value);
}

GETTER(https) {
    UNUSED;
    (void) scope;
    return found(value, STR(""));
}

GETTER(content_type) {
    UNUSED;
    return find_request_fields(scope, STR("content_type"), value);
}

GETTER(content_length) {
    UNUSED;
    return find_request_fields(scope, STR("content_length"), value);
}

/* $cookie_NAME: the first of that name. */
GETTER(cookie) {
    struct str name = str_from_byte(name_used, 7), cookies, part;

    (void) variable;
    if (!find_request_fields(scope, STR("cookie"), &cookies)) {
        return false;
    }
    while (str_take_part(&cookies, ';', &part)) {
        size_t equals = str_find_char(part, '=');

        if (equals < part.len && str_equal_nocase(str_trim(str_first(part, equals)), name)) {
            return found(value, str_trim(str_from_byte(part, equals + 1)));
        }
    }
    return false;
}

/* As in nginx an empty name is none. */
GETTER(remote_user) {
    const struct message *request = request_of(scope);
    struct credentials said;

    UNUSED;
    return request != NULL && parse_credentials(request, scope->arena, &said)
        && said.user.len > 0 && found(value, said.user);
}

/* ---- the response ---- */

GETTER(status) {
    char digits[3];

    UNUSED;
    put_three(digits, exchange_of(scope)->status);
    return found(value, arena_copy(scope->arena, str_make(digits, sizeof(digits))));
}

GETTER(bytes_sent) {
    UNUSED;
    return found_number(scope, value, exchange_bytes_sent(exchange_of(scope)));
}

GETTER(body_bytes_sent) {
    UNUSED;
    return found_number(scope, value, exchange_body_bytes_sent(exchange_of(scope)));
}

GETTER(request_time) {
    uint64_t ms = (uint64_t) (clock_ms() - exchange_of(scope)->start_ms);
    char text[NUMBER_DIGITS_MAX + 4];
    size_t len = format_decimal(text, ms / 1000);

    UNUSED;
    text[len] = '.';
    put_three(text + len + 1, (unsigned) (ms % 1000));
    return found(value, arena_copy(scope->arena, str_make(text, len + 4)));
}

/* detail: an enum attempt_text. */
GETTER(upstream) {
    const struct exchange *exchange = exchange_of(scope);

    (void) name_used;
    return exchange->attempt != NULL
        && attempt_text(exchange->attempt, (enum attempt_text) (uintptr_t) variable->detail,
                        scope->arena, value);
}

#define UPSTREAM(variable_name, text)                                                              \
    { .name = variable_name, .get = get_upstream, .is_volatile = true, .detail = DETAIL(text) }

const struct variable http_variables[] = {
    { .name = "arg_", .get = get_arg, .is_prefix = true, .is_volatile = true },
    { .name = "args", .get = get_args, .set = set_args, .is_volatile = true },
    { .name = "binary_remote_addr", .get = get_binary_remote_addr },
    { .name = "body_bytes_sent", .get = get_body_bytes_sent, .is_volatile = true },
    { .name = "bytes_sent", .get = get_bytes_sent, .is_volatile = true },
    { .name = "connection", .get = get_connection },
    { .name = "connection_requests", .get = get_connection_requests },
    { .name = "content_length", .get = get_content_length },
    { .name = "content_type", .get = get_content_type },
    { .name = "cookie_", .get = get_cookie, .is_prefix = true },
    { .name = "document_uri", .get = get_uri, .is_volatile = true },
    { .name = "host", .get = get_host },
    { .name = "http_", .get = get_http_field, .is_prefix = true },
    { .name = "https", .get = get_https },
    { .name = "is_args", .get = get_is_args, .is_volatile = true },
    { .name = "query_string", .get = get_args, .is_volatile = true },
    { .name = "remote_addr", .get = get_remote_addr },
    { .name = "remote_port", .get = get_remote_port },
    { .name = "remote_user", .get = get_remote_user },
    { .name = "request", .get = get_request },
    { .name = "request_length", .get = get_request_length, .is_volatile = true },
    { .name = "request_method", .get = get_request_method, .is_volatile = true },
    { .name = "request_time", .get = get_request_time, .is_volatile = true },
    { .name = "request_uri", .get = get_request_uri },
    { .name = "scheme", .get = get_scheme },
    { .name = "limit_rate",
      .get = get_limit_rate,
      .set = set_limit_rate,
      .is_volatile = true },
    { .name = "sent_http_", .get = get_sent_http_field, .is_prefix = true, .is_volatile = true },
    { .name = "sent_trailer_",
      .get = get_sent_trailer_field,
      .is_prefix = true,
      .is_volatile = true },
    { .name = "server_addr", .get = get_server_addr },
    { .name = "server_name", .get = get_server_name },
    { .name = "server_port", .get = get_server_port },
    { .name = "server_protocol", .get = get_server_protocol },
    { .name = "status", .get = get_status, .is_volatile = true },
    UPSTREAM("upstream_addr", ATTEMPT_TEXT_ADDR),
    UPSTREAM("upstream_bytes_received", ATTEMPT_TEXT_BYTES_RECEIVED),
    UPSTREAM("upstream_bytes_sent", ATTEMPT_TEXT_BYTES_SENT),
    UPSTREAM("upstream_connect_time", ATTEMPT_TEXT_CONNECT_TIME),
    UPSTREAM("upstream_header_time", ATTEMPT_TEXT_HEADER_TIME),
    { .name = "upstream_http_",
      .get = get_upstream_http_field,
      .is_prefix = true,
      .is_volatile = true },
    UPSTREAM("upstream_response_length", ATTEMPT_TEXT_BODY_LENGTH),
    UPSTREAM("upstream_response_time", ATTEMPT_TEXT_TOTAL_TIME),
    UPSTREAM("upstream_status", ATTEMPT_TEXT_STATUS),
    { .name = "upstream_trailer_",
      .get = get_upstream_trailer_field,
      .is_prefix = true,
      .is_volatile = true },
    { .name = "uri", .get = get_uri, .is_volatile = true },
    { .name = NULL }
};
