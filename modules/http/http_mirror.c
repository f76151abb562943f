/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * http_mirror - `mirror`: each request is also sent elsewhere, and what is answered there is
 * dropped.
 *
 * Nobody waits for the copies; only the body of the request is read whole first, so that each of
 * them can have it.
 */
#include "conf/value.h"
#include "http/inner.h"
#include "http/request_body.h"

#include <stddef.h>

static unsigned module_index;
extern const struct http_module http_mirror_module;

struct mirror_paths {
    struct str *items;
    unsigned count;
    bool is_off;
};

struct http_mirror_settings {
    struct mirror_paths paths;
    bool has_body;
};

struct http_mirror_state {
    struct request_body reading;
};

/* ---- directives ---- */

static bool parse_mirror(struct conf *conf, struct conf_block *block,
                         const struct directive *directive, const struct conf_line *line,
                         void *field) {
    struct mirror_paths *paths = field;
    bool is_off = str_is(line->words[1].text, "off");

    (void) block;
    (void) directive;
    if (paths->is_off || (is_off && paths->count > 0)) {
        return conf_error(conf, line, 0, "\"mirror off\" stands beside another \"mirror\"");
    }
    paths->is_off = is_off;
    if (!is_off) {
        *(struct str *) conf_array_add(conf, &paths->items, &paths->count, sizeof(*paths->items))
            = line->words[1].text;
    }
    return true;
}

static const struct conf_type type_mirror = {
    .name = "uri",
    .size = sizeof(struct mirror_paths),
    .min_words = 1,
    .max_words = 1,
    .is_repeatable = true,
    .parse = parse_mirror,
};

static const struct directive directives[] = {
    { .name = "mirror",
      .where = CONF_HTTP_ALL,
      .type = &type_mirror,
      .field = offsetof(struct http_mirror_settings, paths),
      .inherit = INHERIT_LIST,
      .syntax = "uri | off",
      .help = "path that gets a copy of each request, whose answer is dropped" },
    { .name = "mirror_request_body",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_flag,
      .field = offsetof(struct http_mirror_settings, has_body),
      .initial = "on",
      .syntax = "on | off",
      .help = "whether the copies have the body of the request, which is then read whole first" },
    DIRECTIVES_END
};

static bool wants(const void *data) {
    const struct http_mirror_settings *settings = data;

    return settings->paths.count > 0;
}

/* ---- hook ---- */

static void on_read(struct request_body *reading) {
    exchange_resume(reading->exchange);
}

static bool read_body(struct exchange *exchange) {
    struct http_mirror_state *state = exchange_state(exchange, &http_mirror_module.base);

    state->reading.on_read = on_read;
    return request_body_read(&state->reading, exchange);
}

/* Copies are not copied. */
static enum http_next on_precontent(struct exchange *exchange, const void *data) {
    const struct http_mirror_settings *settings = data;
    struct inner_options options = { .args = exchange->uri.query,
                                     .method = exchange->request->method,
                                     .has_body = settings->has_body };
    unsigned i;

    if (exchange->depth > 0) {
        return HTTP_NEXT;
    }
    if (settings->has_body && !read_body(exchange)) {
        return HTTP_WAIT;
    }
    for (i = 0; i < settings->paths.count; i++) {
        options.path = settings->paths.items[i];
        inner_send(exchange, &options);
    }
    return HTTP_NEXT;
}

const struct http_module http_mirror_module = {
    .base = { .name = "http_mirror",
              .family = CONF_HTTP,
              .index = &module_index,
              .directives = directives,
              .conf_size = sizeof(struct http_mirror_settings),
              .state_size = sizeof(struct http_mirror_state) },
    .on_precontent = on_precontent,
    .wants = wants,
};
