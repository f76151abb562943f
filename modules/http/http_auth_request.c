/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * http_auth_request - `auth_request`: weir asks itself for a path, and its status decides whether
 * the client is served: 2xx lets it pass, 401 and 403 are passed on.
 *
 * `auth_request_set` takes values from that answer ($upstream_http_user ...) over to variables of
 * the request.
 */
#include "base/log.h"
#include "conf/value.h"
#include "expr/template.h"
#include "http/inner.h"
#include "http/respond.h"

#include <stddef.h>

static unsigned module_index;
extern const struct http_module http_auth_request_module;

struct auth_request_set {
    int variable;
    const struct template *value;
};

struct auth_request_sets {
    struct auth_request_set *items;
    unsigned count;
};

struct http_auth_request_settings {
    struct str path;
    struct auth_request_sets sets;
};

struct http_auth_request_state {
    const struct http_auth_request_settings *settings;
    struct inner *inner;   /* under way; or NULL */
    bool is_done;
    unsigned status;       /* 0: there was no answer */
};

/* ---- directives ---- */

static bool parse_set(struct conf *conf, struct conf_block *block,
                      const struct directive *directive, const struct conf_line *line,
                      void *field) {
    struct variable variable = { .name = variable_name_in(conf, line, 1),
                                 .get = variable_get_none };
    struct auth_request_sets *sets = field;
    struct auth_request_set set;

    (void) directive;
    if (variable.name == NULL) {
        return false;
    }
    set.variable = variable_define(conf, variable_table_of(conf, block), &variable, line, 1);
    set.value = template_compile(conf, block, line, 2);
    if (set.variable < 0 || set.value == NULL) {
        return false;
    }
    *(struct auth_request_set *) conf_array_add(conf, &sets->items, &sets->count, sizeof(set))
        = set;
    return true;
}

static const struct conf_type type_set = {
    .name = "variable and value",
    .size = sizeof(struct auth_request_sets),
    .min_words = 2,
    .max_words = 2,
    .is_repeatable = true,
    .parse = parse_set,
};

#define FIELD(name) offsetof(struct http_auth_request_settings, name)

static const struct directive directives[] = {
    { .name = "auth_request",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_text,
      .field = FIELD(path),
      .initial = "off",
      .syntax = "uri | off",
      .help = "path that is asked whether a request may pass: 2xx yes, 401 and 403 no" },
    { .name = "auth_request_set",
      .where = CONF_HTTP_ALL,
      .type = &type_set,
      .field = FIELD(sets),
      .inherit = INHERIT_LIST,
      .syntax = "$variable value",
      .help = "variable that gets a value from the answer to auth_request" },
    DIRECTIVES_END
};

static bool wants(const void *data) {
    const struct http_auth_request_settings *settings = data;

    return !str_is(settings->path, "off");
}

/* ---- the question ---- */

static void set_variables(struct exchange *exchange, struct exchange *asked,
                          const struct auth_request_sets *sets) {
    unsigned i;

    for (i = 0; i < sets->count; i++) {
        struct str value = asked != NULL ? template_text(sets->items[i].value, &asked->scope)
                                         : STR("");

        scope_set(&exchange->scope, sets->items[i].variable, arena_copy(&exchange->arena, value));
    }
}

/* Those that came, even if they are not to be shown by that location itself. */
static void copy_challenges(struct exchange *exchange, const struct message *response) {
    uint32_t i;

    for (i = 0; i < response->field_count; i++) {
        const struct field *field = &response->fields[i];

        if (str_equal_nocase(message_name(response, field), STR("WWW-Authenticate"))) {
            exchange_challenge(exchange,
                               arena_copy(&exchange->arena, message_value(response, field)));
        }
    }
}

static void on_done(struct inner *inner, void *data) {
    struct exchange *exchange = data, *asked = inner_exchange(inner);
    struct http_auth_request_state *state
        = exchange_state(exchange, &http_auth_request_module.base);

    state->inner = NULL;
    state->is_done = true;
    state->status = asked != NULL ? asked->status : 0;
    set_variables(exchange, asked, &state->settings->sets);
    if (state->status == 401) {
        copy_challenges(exchange, asked->response);
    }
    exchange_resume(exchange);
}

static void state_close(void *data) {
    struct http_auth_request_state *state = data;

    if (state->inner != NULL) {
        inner_cancel(state->inner);
    }
}

/* ---- access ---- */

static enum http_access ask(struct exchange *exchange,
                            const struct http_auth_request_settings *settings,
                            struct http_auth_request_state *state) {
    struct inner_options options = { .path = settings->path, .method = METHOD_GET };

    state->settings = settings;
    state->inner = inner_open(exchange, &options, on_done, exchange);
    if (state->inner == NULL) {
        respond_status(exchange, 500);
        return ACCESS_DONE;
    }
    return ACCESS_WAIT;
}

static enum http_access on_access(struct exchange *exchange, const void *settings) {
    struct http_auth_request_state *state
        = exchange_state(exchange, &http_auth_request_module.base);

    if (state->inner != NULL) {
        return ACCESS_WAIT;
    }
    if (!state->is_done) {
        return ask(exchange, settings, state);
    }
    switch (state->status) {
    case 401:
        return ACCESS_UNAUTHORIZED;
    case 403:
        return ACCESS_DENY;
    default:
        if (state->status >= 200 && state->status < 300) {
            return ACCESS_ALLOW;
        }
        log_write(exchange->log, LOG_LEVEL_ERROR, 0, &exchange->log_context,
                  "auth request unexpected status: %u", state->status);
        respond_status(exchange, 500);
        return ACCESS_DONE;
    }
}

const struct http_module http_auth_request_module = {
    .base = { .name = "http_auth_request",
              .family = CONF_HTTP,
              .index = &module_index,
              .directives = directives,
              .conf_size = sizeof(struct http_auth_request_settings),
              .state_size = sizeof(struct http_auth_request_state),
              .state_close = state_close },
    .on_access = on_access,
    .wants = wants,
};
