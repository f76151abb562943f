/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * http_proxy - `proxy_pass`: the request goes to a server of a group, its response to the client.
 *
 * Here is where it goes, and what the request looks like on that side. How it gets there and back
 * is http/upstream's.
 */
#include "conf/value.h"
#include "http/request_body.h"
#include "http/respond.h"
#include "http/upstream_fields.h"
#include "http/upstream_request.h"

#include <stddef.h>

static unsigned module_index;
extern const struct http_module http_proxy_module;

struct http_proxy_pass {
    const struct conf_line *line;
    const struct template *text;
    struct upstream_url url;  /* where the text has no variables */
    struct group *group;
};

struct http_proxy_settings {
    struct http_proxy_pass pass;
    struct upstream_fields fields;
    bool buffers_request;
};

struct http_proxy_state {
    struct upstream upstream;
    struct request_body reading;
    struct group *group;
    const struct upstream_url *url;
    const struct upstream_options *options;
};

/* ---- handler ---- */

static const struct upstream_url *find_url(struct exchange *exchange,
                                           const struct http_proxy_pass *pass,
                                           struct group **group) {
    struct str text;
    struct upstream_url *url;

    if (pass->group != NULL) {
        *group = pass->group;
        return &pass->url;
    }
    text = template_text(pass->text, &exchange->scope);
    url = arena_zero(&exchange->arena, 1, sizeof(*url));
    *group = !parse_upstream_url(text, url) ? NULL
        : group_for_session(http_conf(), CONF_HTTP, url->host, 80,
                            resolver_settings_of(exchange->location->block), &exchange->arena);
    if (*group == NULL) {
        log_write(exchange->log, LOG_LEVEL_ERROR, 0, &exchange->log_context,
                  "no upstream and no address: \"%.*s\"", STR_ARG(text));
    }
    return url;
}

static void start(struct exchange *exchange, const struct http_proxy_settings *settings,
                  struct http_proxy_state *state) {
    struct message *request = &state->upstream.request;

    message_copy(request, exchange->request, &exchange->arena);
    request->target = upstream_url_target(state->url, exchange);
    request->keeps_connection = true;
    request->upgrade = STR_NONE;
    upstream_request_change(&state->upstream, exchange);
    upstream_fields_set(&settings->fields, state->url, exchange, request);
    upstream_start(&state->upstream, exchange, state->group, state->options);
}

/* Variables of the request to send may ask for the body, or the name of its file. */
static void on_body_read(struct request_body *reading) {
    struct exchange *exchange = reading->exchange;

    start(exchange, exchange->location->block->confs[module_index], reading->data);
}

/* A body of unknown length has no form in HTTP/1.0: it must be known. */
static bool is_read_whole(const struct exchange *exchange,
                          const struct http_proxy_settings *settings,
                          const struct upstream_options *options) {
    return settings->buffers_request
        || (options->h1.is_http_10 && exchange->request->framing == FRAMING_CHUNKED);
}

static enum http_next handle(struct exchange *exchange, const void *data) {
    const struct http_proxy_settings *settings = data;
    struct http_proxy_state *state = exchange_state(exchange, &http_proxy_module.base);

    state->url = exchange->upstream_url = find_url(exchange, &settings->pass, &state->group);
    state->options = upstream_options_for(exchange);
    if (state->group == NULL) {
        respond_status(exchange, 500);
        return HTTP_DONE;
    }
    state->reading = (struct request_body){ .on_read = on_body_read, .data = state };
    if (!is_read_whole(exchange, settings, state->options)
        || request_body_read(&state->reading, exchange)) {
        start(exchange, settings, state);
    }
    return HTTP_DONE;
}

static void on_trailers(struct exchange *exchange, const void *data, struct message *trailers) {
    const struct message *from = exchange->upstream_trailers;
    uint32_t i;

    (void) data;
    if (from == NULL || !upstream_response_of(exchange->location)->passes_trailers) {
        return;
    }
    for (i = 0; i < from->field_count; i++) {
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
    const struct upstream_url *url = state_of(scope)->url;

    (void) variable;
    (void) name;
    if (url == NULL || url->name.len == 0) {
        return false;
    }
    *value = url->name;
    return true;
}

static bool get_proxy_port(struct scope *scope, const struct variable *variable, struct str name,
                           struct str *value) {
    const struct upstream_url *url = state_of(scope)->url;

    (void) variable;
    (void) name;
    return url != NULL && upstream_url_port(url, value);
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
    { .name = "proxy_host", .get = get_proxy_host, .is_volatile = true },
    { .name = "proxy_port", .get = get_proxy_port, .is_volatile = true },
    { .name = "upstream_queue_time", .get = variable_get_none },
    { .name = NULL },
};

/* ---- directives ---- */

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
    pass->text = template_compile(conf, block, line, 1);
    if (pass->text == NULL) {
        return false;
    }
    if (pass->text->is_constant && !parse_upstream_url(pass->text->text, &pass->url)) {
        conf_error(conf, line, 1, "invalid URL prefix in \"%s\"", line->words[1].text.data);
        conf_help(conf, str_starts_nocase(pass->text->text, STR("https://"))
                            ? "weir does not speak TLS to servers yet"
                            : "a URL begins with \"http://\"");
        return false;
    }
    if (pass->url.uri.len > 0 && !has_prefix(block)) {
        return conf_error(conf, line, 1,
                          "\"proxy_pass\" cannot have URI part in location given by regular "
                          "expression, or inside named location, or inside \"if\" statement, or "
                          "inside \"limit_except\" block");
    }
    return true;
}

static const struct conf_type type_proxy_pass = {
    .name = "URL",
    .size = sizeof(struct http_proxy_pass),
    .min_words = 1,
    .max_words = 1,
    .parse = parse_proxy_pass,
};

#define FIELD(name) offsetof(struct http_proxy_settings, name)

static const struct directive directives[] = {
    { .name = "proxy_pass",
      .where = CONF_HTTP_LOCATION | CONF_HTTP_LOCATION_IF | CONF_HTTP_LIMIT_EXCEPT,
      .type = &type_proxy_pass,
      .field = FIELD(pass),
      .inherit = INHERIT_NONE,
      .syntax = "URL",
      .help = "the server, or the name of the upstream, that requests are passed to" },
    { .name = "proxy_request_buffering",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_flag,
      .field = FIELD(buffers_request),
      .initial = "on",
      .syntax = "on | off",
      .help = "whether the body of a request is read whole before a server is asked" },
    { .name = "proxy_send_lowat",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_unused_size,
      .syntax = "size",
      .help = "read for nginx's sake",
      .detail = "it means nothing on Linux" },
    { .name = "proxy_set_header",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_upstream_fields,
      .field = FIELD(fields),
      .inherit = INHERIT_LIST,
      .syntax = "field value",
      .help = "field of the request to the server; an empty value takes the field out" },
    DIRECTIVES_END
};

static bool compile(struct conf *conf, const struct conf_block *block, void *data) {
    struct http_proxy_settings *settings = data;
    struct http_proxy_pass *pass = &settings->pass;

    (void) block;
    if (pass->text == NULL || !pass->text->is_constant) {
        return true;
    }
    pass->url.constant = pass->url.uri.len > 0
        ? pass->text->text : arena_print(&conf->arena, "%.*s/", STR_ARG(pass->text->text));
    pass->url.is_name_fit = field_value_is_valid(pass->url.name);
    pass->group = group_for(conf, CONF_HTTP, pass->url.host, 80, pass->line, 1);
    return pass->group != NULL;
}

static bool wants(const void *data) {
    const struct http_proxy_settings *settings = data;

    return settings->pass.text != NULL;
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
