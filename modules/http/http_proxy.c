/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * http_proxy - `proxy_pass`: the request goes to a server of a group, its response to the client.
 *
 * Here is what the request looks like on that side: its target, its Host, the fields that are set.
 * How it gets there and back is http/upstream's.
 */
#include "conf/value.h"
#include "http/request_body.h"
#include "http/respond.h"
#include "http/upstream_request.h"
#include "lb/proxy_bind.h"

#include <stddef.h>

enum {
    MAX_FIELDS = 1000,               /* of a response */
    TUNNEL_TIMEOUT_MS = 3600 * 1000  /* where nothing is said of it */
};

static unsigned module_index;
extern const struct http_module http_proxy_module;

/* What a URL says, "http://host:port/uri". */
struct proxy_url {
    struct str host;      /* with the port as written: names the group */
    struct str name;      /* what servers are told, $proxy_host: without the usual port */
    struct str uri;       /* what follows; empty: the request's own target is passed on */
};

struct http_proxy_pass {
    const struct conf_line *line;
    const struct template *url;
    struct proxy_url parsed;  /* where the URL has no variables */
    struct group *group;
};

struct proxy_field {
    struct str name;
    enum field_id id;
    const struct template *value;
    bool is_fit; /* a constant without CR, LF or NUL */
};

struct proxy_fields {
    struct proxy_field *items;
    unsigned count;
};

struct http_proxy_settings {
    struct http_proxy_pass pass;
    struct proxy_fields fields;
    struct proxy_bind bind;
    int64_t connect_timeout_ms, send_timeout_ms, read_timeout_ms, tunnel_timeout_ms;
    int64_t next_tries, next_timeout_ms;
    uint64_t buffer_size;
    unsigned next;         /* enum upstream_next bits */
    int http_version;      /* 10 or 11 */
    bool has_socket_keepalive, buffers_request, passes_trailers;
    struct upstream_options options; /* what of these the core wants; compiled */
    uint64_t replaced;               /* ids of the fields that are written anew; compiled */
    bool has_host;                   /* one of them is Host; compiled */
    bool is_host_fit;                /* the URL's, a constant; compiled */
};

struct http_proxy_state {
    struct upstream upstream;
    struct request_body reading;
    struct proxy_url url;
    struct group *group;
    const struct upstream_options *options;
};

/* ---- the URL ---- */

/* "http://unix:/path:/uri": the socket's path ends at the second colon. */
static size_t authority_len(struct str rest) {
    size_t colon;

    if (!str_starts(rest, STR("unix:"))) {
        size_t slash = str_find_char(rest, '/'), question = str_find_char(rest, '?');

        return slash < question ? slash : question;
    }
    colon = str_find_char(str_from_byte(rest, 5), ':');
    return colon + 5;
}

static bool is_unix(const struct proxy_url *url) {
    return str_starts(url->host, STR("unix:"));
}

static bool parse_url(struct str text, struct proxy_url *url) {
    struct str rest;

    if (!str_starts_nocase(text, STR("http://"))) {
        return false;
    }
    rest = str_from_byte(text, 7);
    url->host = str_first(rest, authority_len(rest));
    url->name = str_ends(url->host, STR(":80")) ? str_first(url->host, url->host.len - 3)
                                                : url->host;
    url->uri = str_from_byte(rest, url->host.len);
    if (is_unix(url)) {
        url->name = STR("localhost");
        url->uri = str_from_byte(url->uri, url->uri.len > 0 ? 1 : 0);
    }
    return url->host.len > 0;
}

/* Where a prefix could be replaced. */
static bool has_prefix(const struct conf_block *block) {
    const struct http_location *location = block->object;

    return block->where == CONF_HTTP_LOCATION && location->kind <= LOCATION_EXACT;
}

static bool parse_proxy_pass(struct conf *conf, struct conf_block *block,
                             const struct directive *directive, const struct conf_line *line,
                             void *field) {
    struct http_proxy_pass *pass = field;

    (void) directive;
    pass->line = line;
    pass->url = template_compile(conf, block, line, 1);
    if (pass->url == NULL) {
        return false;
    }
    if (pass->url->is_constant && !parse_url(pass->url->text, &pass->parsed)) {
        conf_error(conf, line, 1, "invalid URL prefix in \"%s\"", line->words[1].text.data);
        conf_help(conf, str_starts_nocase(pass->url->text, STR("https://"))
                            ? "weir does not speak TLS to servers yet"
                            : "a URL begins with \"http://\"");
        return false;
    }
    if (pass->parsed.uri.len > 0 && !has_prefix(block)) {
        return conf_error(conf, line, 1,
                          "\"proxy_pass\" cannot have URI part in location given by regular "
                          "expression, or inside named location, or inside \"if\" statement, or "
                          "inside \"limit_except\" block");
    }
    return true;
}

/* ---- the request ---- */

static struct str escape_path(struct exchange *exchange, struct str path) {
    struct buf text = { NULL, 0, 0, 0 };
    struct str copy;

    uri_escape_path(&text, path);
    copy = arena_copy(&exchange->arena, buf_bytes(&text));
    buf_free(&text);
    return copy;
}

/* The location's prefix is replaced by the URI of proxy_pass; without one the target goes as it
 * came, or as what it has become. */
static struct str target_of(struct exchange *exchange, const struct http_proxy_settings *settings,
                            const struct proxy_url *url) {
    bool is_replaced = url->uri.len > 0 && !exchange->is_prefix_stale;
    bool has_query = exchange->is_target_stale ? exchange->uri.query.len > 0
                                               : exchange->uri.has_query;
    struct str path = exchange->uri.path;

    if (url->uri.len == 0 && !exchange->is_target_stale) {
        return exchange->request->path;
    }
    if (url->uri.len > 0 && !settings->pass.url->is_constant) {
        return url->uri;
    }
    path = escape_path(exchange, is_replaced
                                     ? str_from_byte(path, exchange->location->name.len)
                                     : path);
    return arena_print(&exchange->arena, "%.*s%.*s%s%.*s",
                       STR_ARG(is_replaced ? url->uri : STR_NONE), STR_ARG(path),
                       has_query ? "?" : "", STR_ARG(exchange->uri.query));
}

static bool has_option(struct str value, struct str name) {
    struct str option;

    while (str_take_part(&value, ',', &option)) {
        if (str_equal_nocase(str_trim(option), name)) {
            return true;
        }
    }
    return false;
}

/* Fields that only the codec may write; what a configuration says of them is about this
 * connection. */
static bool is_hop_field(enum field_id id) {
    return id == FIELD_CONNECTION || id == FIELD_KEEP_ALIVE || id == FIELD_TRANSFER_ENCODING
        || id == FIELD_CONTENT_LENGTH || id == FIELD_TE || id == FIELD_UPGRADE
        || id == FIELD_TRAILER || id == FIELD_PROXY_CONNECTION;
}

/* What it says becomes a fact of the request. A server is asked to change to another protocol only
 * for a client that asks for it. */
static void set_hop_field(struct exchange *exchange, enum field_id id, struct str value,
                          struct message *request) {
    if (id == FIELD_CONNECTION) {
        request->keeps_connection = !has_option(value, STR("close"));
    } else if (id == FIELD_TE) {
        request->accepts_trailers = has_option(value, STR("trailers"));
    } else if (id == FIELD_UPGRADE && exchange->client != NULL
               && exchange->request->upgrade.len > 0) {
        message_set_upgrade(request, value);
    }
}

static struct str value_of(struct exchange *exchange, const struct proxy_field *field) {
    return field->value->is_constant ? field->value->text
                                     : template_text(field->value, &exchange->scope);
}

/* Upgrade alone asks for nothing: Connection must name it. */
static void settle_upgrade(struct exchange *exchange, const struct http_proxy_settings *settings,
                           struct message *request) {
    unsigned i;

    for (i = 0; i < settings->fields.count; i++) {
        const struct proxy_field *field = &settings->fields.items[i];

        if (field->id == FIELD_CONNECTION
            && has_option(value_of(exchange, field), STR("upgrade"))) {
            return;
        }
    }
    request->upgrade = STR_NONE;
}

static void set_field(struct exchange *exchange, const struct proxy_field *field,
                      struct message *request) {
    struct str value = value_of(exchange, field);

    if (is_hop_field(field->id)) {
        set_hop_field(exchange, field->id, value, request);
    } else if (value.len == 0) {
        return;
    } else if (field->is_fit) {
        message_add_checked(request, field->id, field->name, value);
    } else if (!message_add(request, field->name, value)) {
        log_write(exchange->log, LOG_LEVEL_ERROR, 0, &exchange->log_context,
                  "field \"%.*s\" not sent to upstream: its value would split the head",
                  STR_ARG(field->name));
    }
}

static void add_host(struct message *request, const struct http_proxy_settings *settings,
                     struct str host) {
    if (settings->is_host_fit) {
        message_add_own(request, FIELD_HOST, host);
    } else {
        message_add(request, STR("Host"), host);
    }
}

/* What is set takes the place of all fields of its name. */
static void make_request(struct exchange *exchange, const struct http_proxy_settings *settings,
                         struct http_proxy_state *state) {
    struct message *request = &state->upstream.request;
    unsigned i;

    message_copy(request, exchange->request, &exchange->arena);
    request->target = target_of(exchange, settings, &state->url);
    request->keeps_connection = true;
    request->upgrade = STR_NONE;
    upstream_request_change(&state->upstream, exchange);
    message_remove_set(request, settings->replaced);
    for (i = 0; i < settings->fields.count; i++) {
        if (settings->fields.items[i].id == FIELD_OTHER) {
            message_remove_name(request, settings->fields.items[i].name);
        }
    }
    if (!settings->has_host) {
        add_host(request, settings, state->url.name);
    }
    for (i = 0; i < settings->fields.count; i++) {
        set_field(exchange, &settings->fields.items[i], request);
    }
    if (request->upgrade.len > 0) {
        settle_upgrade(exchange, settings, request);
    }
}

/* ---- handler ---- */

static struct group *find_group(struct exchange *exchange,
                                const struct http_proxy_settings *settings,
                                struct proxy_url *url) {
    struct str text;
    struct group *group = NULL;

    if (settings->pass.group != NULL) {
        *url = settings->pass.parsed;
        return settings->pass.group;
    }
    text = template_text(settings->pass.url, &exchange->scope);
    if (parse_url(text, url)) {
        group = group_for_session(http_conf(), CONF_HTTP, url->host, 80,
                                  resolver_settings_of(exchange->location->block),
                                  &exchange->arena);
    }
    if (group == NULL) {
        log_write(exchange->log, LOG_LEVEL_ERROR, 0, &exchange->log_context,
                  "no upstream and no address: \"%.*s\"", STR_ARG(text));
    }
    return group;
}

/* The compiled options, or with `proxy_bind` a copy with the address that it gives; NULL: it gives
 * none. */
static const struct upstream_options *options_of(struct exchange *exchange,
                                                 const struct http_proxy_settings *settings) {
    struct upstream_options *options;

    if (settings->bind.address == NULL) {
        return &settings->options;
    }
    options = arena_alloc(&exchange->arena, sizeof(*options));
    *options = settings->options;
    return proxy_bind_addr(&settings->bind, &exchange->scope, &options->attempt.bind) ? options
                                                                                       : NULL;
}

/* Variables of the request to send may ask for the body, or the name of its file. */
static void on_body_read(struct request_body *reading) {
    struct http_proxy_state *state = reading->data;
    struct exchange *exchange = reading->exchange;

    make_request(exchange, exchange->location->block->confs[module_index], state);
    upstream_start(&state->upstream, exchange, state->group, state->options);
}

/* A body of unknown length has no form in HTTP/1.0: it must be known. */
static bool is_read_whole(const struct exchange *exchange,
                          const struct http_proxy_settings *settings) {
    return settings->buffers_request
        || (settings->http_version == 10 && exchange->request->framing == FRAMING_CHUNKED);
}

static enum http_next handle(struct exchange *exchange, const void *data) {
    const struct http_proxy_settings *settings = data;
    struct http_proxy_state *state = exchange_state(exchange, &http_proxy_module.base);
    struct group *group = find_group(exchange, settings, &state->url);
    const struct upstream_options *options = options_of(exchange, settings);

    if (group == NULL || options == NULL) {
        respond_status(exchange, 500);
        return HTTP_DONE;
    }
    state->group = group;
    state->options = options;
    state->reading = (struct request_body){ .on_read = on_body_read, .data = state };
    if (!is_read_whole(exchange, settings) || request_body_read(&state->reading, exchange)) {
        make_request(exchange, settings, state);
        upstream_start(&state->upstream, exchange, group, options);
    }
    return HTTP_DONE;
}

static void on_trailers(struct exchange *exchange, const void *data, struct message *trailers) {
    const struct http_proxy_settings *settings = data;
    const struct message *from = exchange->upstream_trailers;
    uint32_t i;

    for (i = 0; settings->passes_trailers && from != NULL && i < from->field_count; i++) {
        const struct field *field = &from->fields[i];

        if ((field->flags & FIELD_IS_HIDDEN) == 0) {
            message_add(trailers, message_name(from, field), message_value(from, field));
        }
    }
}

static void close_state(void *data) {
    struct http_proxy_state *state = data;

    upstream_close(&state->upstream);
}

/* ---- variables ---- */

static const struct http_proxy_state *state_of(struct scope *scope) {
    return exchange_state(list_object(scope, struct exchange, scope), &http_proxy_module.base);
}

static bool get_proxy_host(struct scope *scope, const struct variable *variable, struct str name,
                           struct str *value) {
    (void) variable;
    (void) name;
    *value = state_of(scope)->url.name;
    return value->len > 0;
}

static bool get_proxy_port(struct scope *scope, const struct variable *variable, struct str name,
                           struct str *value) {
    const struct proxy_url *url = &state_of(scope)->url;
    struct str host, port;

    (void) variable;
    (void) name;
    if (is_unix(url)) {
        *value = STR("");
        return true;
    }
    if (url->host.len == 0 || !parse_host_port(url->host, &host, &port)) {
        return false;
    }
    *value = port.len > 0 ? port : STR("80");
    return true;
}

/* X-Forwarded-For as it came, with the client's address behind it. */
static bool get_forwarded_for(struct scope *scope, const struct variable *variable,
                              struct str name, struct str *value) {
    struct exchange *exchange = list_object(scope, struct exchange, scope);
    char text[ADDR_TEXT_MAX];
    struct str addr = str_make(text, addr_format_ip(&exchange->conn->side->remote, text)), before;

    (void) variable;
    (void) name;
    *value = exchange->request != NULL
            && message_join(exchange->request, STR("X-Forwarded-For"), &before)
        ? arena_print(scope->arena, "%.*s, %.*s", STR_ARG(before), STR_ARG(addr))
        : arena_copy(scope->arena, addr);
    return true;
}

static const struct variable variables[] = {
    { .name = "proxy_add_x_forwarded_for", .get = get_forwarded_for },
    { .name = "proxy_host", .get = get_proxy_host },
    { .name = "proxy_port", .get = get_proxy_port },
    { .name = "upstream_queue_time", .get = variable_get_none },
    { .name = NULL },
};

/* ---- directives ---- */

/* An empty value takes nothing away that would be sent: it stands in most configurations. */
static void warn_of_hop_field(struct conf *conf, const struct conf_line *line, enum field_id id) {
    bool is_heeded = id == FIELD_CONNECTION || id == FIELD_UPGRADE || id == FIELD_TE;

    if (is_hop_field(id) && !is_heeded && line->words[2].text.len > 0) {
        conf_warn(conf, line, 1, "\"%s\" in \"proxy_set_header\" has no effect",
                  line->words[1].text.data);
        conf_help(conf, "weir writes the fields of a connection itself");
    }
}

static bool parse_set_header(struct conf *conf, struct conf_block *block,
                             const struct directive *directive, const struct conf_line *line,
                             void *field) {
    struct proxy_fields *fields = field;
    struct proxy_field *place;

    (void) directive;
    if (!field_name_is_valid(line->words[1].text)) {
        return conf_error(conf, line, 1, "invalid header name \"%s\"", line->words[1].text.data);
    }
    place = conf_array_add(conf, &fields->items, &fields->count, sizeof(*place));
    place->name = line->words[1].text;
    place->id = field_id_of(place->name);
    warn_of_hop_field(conf, line, place->id);
    place->value = template_compile(conf, block, line, 2);
    place->is_fit = place->value != NULL && place->value->is_constant
        && field_value_is_valid(place->value->text);
    return place->value != NULL;
}

static const struct conf_type type_set_header = {
    .name = "field",
    .size = sizeof(struct proxy_fields),
    .min_words = 2,
    .max_words = 2,
    .is_repeatable = true,
    .parse = parse_set_header,
};

static const struct conf_type type_proxy_pass = {
    .name = "URL",
    .size = sizeof(struct http_proxy_pass),
    .min_words = 1,
    .max_words = 1,
    .parse = parse_proxy_pass,
};

static const struct conf_name next_names[] = { { "off", NEXT_OFF },
                                               { "error", NEXT_ERROR },
                                               { "timeout", NEXT_TIMEOUT },
                                               { "denied", NEXT_DENIED },
                                               { "invalid_header", NEXT_INVALID_HEADER },
                                               { "http_500", NEXT_HTTP_500 },
                                               { "http_502", NEXT_HTTP_502 },
                                               { "http_503", NEXT_HTTP_503 },
                                               { "http_504", NEXT_HTTP_504 },
                                               { "http_403", NEXT_HTTP_403 },
                                               { "http_404", NEXT_HTTP_404 },
                                               { "http_429", NEXT_HTTP_429 },
                                               { "non_idempotent", NEXT_NON_IDEMPOTENT },
                                               { NULL, 0 } };
static const struct conf_name version_names[] = { { "1.0", 10 }, { "1.1", 11 }, { NULL, 0 } };
static const struct conf_range range_buffer = { .min = 1024, .max = 1 << 24 };

#define FIELD(name) offsetof(struct http_proxy_settings, name)

static const struct directive directives[] = {
    { .name = "proxy_bind",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_proxy_bind,
      .field = FIELD(bind),
      .syntax = "address [transparent] | off",
      .help = "local address of the connections to servers" },
    { .name = "proxy_buffer_size",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_size,
      .field = FIELD(buffer_size),
      .initial = "4k",
      .syntax = "size",
      .help = "most bytes that the head of a response may have",
      .detail = &range_buffer },
    { .name = "proxy_connect_timeout",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_time,
      .field = FIELD(connect_timeout_ms),
      .initial = "60s",
      .syntax = "time",
      .help = "how long a server may take to accept a connection" },
    { .name = "proxy_headers_hash_bucket_size",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_ignored,
      .syntax = "size",
      .help = "read for nginx's sake",
      .detail = "tables take the size that they need" },
    { .name = "proxy_headers_hash_max_size",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_ignored,
      .syntax = "size",
      .help = "read for nginx's sake",
      .detail = "tables take the size that they need" },
    { .name = "proxy_http_version",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_name,
      .field = FIELD(http_version),
      .initial = "1.1",
      .syntax = "1.0 | 1.1",
      .help = "version of HTTP that is spoken to servers",
      .detail = version_names },
    { .name = "proxy_next_upstream",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_names,
      .field = FIELD(next),
      .initial = "error timeout",
      .syntax = "error | timeout | denied | invalid_header | http_500 | http_502 | http_503 | "
                "http_504 | http_403 | http_404 | http_429 | non_idempotent | off ...",
      .help = "what makes a request that may be repeated go to the next server",
      .detail = next_names },
    { .name = "proxy_next_upstream_timeout",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_time,
      .field = FIELD(next_timeout_ms),
      .initial = "0",
      .syntax = "time",
      .help = "how long servers are tried; 0: no limit" },
    { .name = "proxy_next_upstream_tries",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_number,
      .field = FIELD(next_tries),
      .initial = "0",
      .syntax = "number",
      .help = "how many servers are tried; 0: all" },
    { .name = "proxy_pass",
      .where = CONF_HTTP_LOCATION | CONF_HTTP_LOCATION_IF | CONF_HTTP_LIMIT_EXCEPT,
      .type = &type_proxy_pass,
      .field = FIELD(pass),
      .inherit = INHERIT_NONE,
      .syntax = "URL",
      .help = "the server, or the name of the upstream, that requests are passed to" },
    { .name = "proxy_read_timeout",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_time,
      .field = FIELD(read_timeout_ms),
      .initial = "60s",
      .syntax = "time",
      .help = "how long a server may pause while it sends a response" },
    { .name = "proxy_request_buffering",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_flag,
      .field = FIELD(buffers_request),
      .initial = "on",
      .syntax = "on | off",
      .help = "whether the body of a request is read whole before a server is asked" },
    { .name = "proxy_send_lowat",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_ignored,
      .syntax = "size",
      .help = "read for nginx's sake",
      .detail = "it means nothing on Linux" },
    { .name = "proxy_send_timeout",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_time,
      .field = FIELD(send_timeout_ms),
      .initial = "60s",
      .syntax = "time",
      .help = "how long a server may take none of a request" },
    { .name = "proxy_set_header",
      .where = CONF_HTTP_ALL,
      .type = &type_set_header,
      .field = FIELD(fields),
      .inherit = INHERIT_LIST,
      .syntax = "field value",
      .help = "field of the request to the server; an empty value takes the field out" },
    { .name = "proxy_pass_trailers",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_flag,
      .field = FIELD(passes_trailers),
      .initial = "off",
      .syntax = "on | off",
      .help = "whether fields that a server sends behind a body go to the client" },
    { .name = "proxy_tunnel_timeout",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_time,
      .field = FIELD(tunnel_timeout_ms),
      .syntax = "time",
      .help = "how long nothing may pass after an upgrade (default: proxy_read_timeout where that "
              "is set, else 1h)" },
    { .name = "proxy_socket_keepalive",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_flag,
      .field = FIELD(has_socket_keepalive),
      .initial = "off",
      .syntax = "on | off",
      .help = "TCP keepalive on the connections to servers" },
    DIRECTIVES_END
};

static void set_options(struct http_proxy_settings *settings) {
    settings->options = (struct upstream_options){
        .passes_trailers = settings->passes_trailers,
        .tunnel_timeout_ms = settings->tunnel_timeout_ms,
        .next = settings->next,
        .attempt = { .connect_timeout_ms = settings->connect_timeout_ms,
                     .tries = (unsigned) settings->next_tries,
                     .next_timeout_ms = settings->next_timeout_ms,
                     .next_on_error = (settings->next & NEXT_ERROR) != 0,
                     .next_on_timeout = (settings->next & NEXT_TIMEOUT) != 0,
                     .may_reuse = true,
                     .has_keepalive = settings->has_socket_keepalive,
                     .has_nodelay = true,
                     .is_transparent = settings->bind.is_transparent,
                     .refused_status = 502,
                     .timeout_status = 504 },
        .h1 = { .header_buffer_size = (uint32_t) settings->buffer_size,
                .max_fields = MAX_FIELDS,
                .send_timeout_ms = settings->send_timeout_ms,
                .read_timeout_ms = settings->read_timeout_ms,
                .is_http_10 = settings->http_version == 10,
                .keeps_connection = settings->http_version != 10 },
    };
}

/* Clients of a WebSocket may say nothing for long. */
static void set_tunnel_timeout(struct conf *conf, const struct conf_block *block,
                               struct http_proxy_settings *settings) {
    if (settings->tunnel_timeout_ms != 0) {
        return;
    }
    for (; block != NULL; block = block->parent) {
        if (conf_is_set(conf, block, &http_proxy_module.base, "proxy_read_timeout")) {
            settings->tunnel_timeout_ms = settings->read_timeout_ms;
            return;
        }
    }
    settings->tunnel_timeout_ms = TUNNEL_TIMEOUT_MS;
}

static void set_fields(struct http_proxy_settings *settings) {
    unsigned i;

    settings->replaced = FIELD_SET(FIELD_HOST);
    for (i = 0; i < settings->fields.count; i++) {
        enum field_id id = settings->fields.items[i].id;

        settings->has_host |= id == FIELD_HOST;
        settings->replaced |= id != FIELD_OTHER ? FIELD_SET(id) : 0;
    }
}

static bool compile(struct conf *conf, const struct conf_block *block, void *data) {
    struct http_proxy_settings *settings = data;
    struct http_proxy_pass *pass = &settings->pass;

    set_tunnel_timeout(conf, block, settings);
    set_options(settings);
    set_fields(settings);
    if (pass->url == NULL || !pass->url->is_constant) {
        return true;
    }
    settings->options.has_url_path = pass->parsed.uri.len > 0;
    settings->options.url = settings->options.has_url_path
        ? pass->url->text : arena_print(&conf->arena, "%.*s/", STR_ARG(pass->url->text));
    settings->is_host_fit = field_value_is_valid(pass->parsed.name);
    pass->group = group_for(conf, CONF_HTTP, pass->parsed.host, 80, pass->line, 1);
    return pass->group != NULL;
}

static bool wants(const void *data) {
    const struct http_proxy_settings *settings = data;

    return settings->pass.url != NULL;
}

const struct http_module http_proxy_module = {
    .base = { .name = "http_proxy",
              .family = CONF_HTTP,
              .index = &module_index,
              .directives = directives,
              .conf_size = sizeof(struct http_proxy_settings),
              .state_size = sizeof(struct http_proxy_state),
              .state_close = close_state,
              .variables = variables,
              .compile = compile },
    .handle = handle,
    .on_trailers = on_trailers,
    .wants = wants,
    .redirects_to_slash = true,
};
