/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * http_proxy_redirect - `proxy_redirect`: what a server says of places in Location and Refresh, in
 * the client's terms.
 */
#include "conf/value.h"
#include "expr/regex.h"
#include "expr/template.h"
#include "http/respond.h"
#include "http/upstream_url.h"

#include <stddef.h>

static unsigned module_index;

/* One line; all is NULL for "default": the URL of proxy_pass becomes the location. */
struct proxy_redirect {
    const struct template *prefix;
    const struct regex *regex;
    const struct template *replacement;
};

struct proxy_redirects {
    struct proxy_redirect *items;
    unsigned count;
    bool is_set, is_off;
};

struct http_proxy_redirect_settings {
    struct proxy_redirects redirects;
};

/* ---- one line ---- */

static struct str join(struct exchange *exchange, struct str a, struct str b) {
    return arena_print(&exchange->arena, "%.*s%.*s", STR_ARG(a), STR_ARG(b));
}

static bool replace_prefix(struct exchange *exchange, struct str value, struct str prefix,
                           struct str replacement, struct str *result) {
    if (!str_starts(value, prefix)) {
        return false;
    }
    *result = join(exchange, replacement, str_from_byte(value, prefix.len));
    return true;
}

/* Without a URI in proxy_pass paths are the same on both sides. */
static bool replace_url(struct exchange *exchange, struct str value, struct str *result) {
    const struct upstream_url *url = exchange->upstream_url;
    struct str to = url->uri.len > 0 ? exchange->location->name : STR("/");

    return url->constant.len > 0 && replace_prefix(exchange, value, url->constant, to, result);
}

static bool apply(struct exchange *exchange, const struct proxy_redirect *redirect,
                  struct str value, struct str *result) {
    struct scope *scope = &exchange->scope;

    if (redirect->replacement == NULL) {
        return replace_url(exchange, value, result);
    }
    if (redirect->regex == NULL) {
        struct str prefix = template_text(redirect->prefix, scope);

        return replace_prefix(exchange, value, prefix, template_text(redirect->replacement, scope),
                              result);
    }
    if (!regex_match(redirect->regex, value, scope)) {
        return false;
    }
    *result = template_text(redirect->replacement, scope);
    return true;
}

/* The first line that fits. */
static bool rewrite(struct exchange *exchange, const struct proxy_redirects *redirects,
                    struct str value, struct str *result) {
    unsigned i;

    if (!redirects->is_set) {
        return replace_url(exchange, value, result);
    }
    for (i = 0; i < redirects->count; i++) {
        if (apply(exchange, &redirects->items[i], value, result)) {
            return true;
        }
    }
    return false;
}

/* ---- fields ---- */

/* A path that comes out of it is made absolute where weir makes its own absolute. */
static void rewrite_location(struct exchange *exchange, const struct proxy_redirects *redirects,
                             struct message *response) {
    const struct field *field = message_find(response, FIELD_LOCATION);
    struct str result;

    if (field == NULL
        || !rewrite(exchange, redirects, message_value(response, field), &result)) {
        return;
    }
    message_remove_set(response, FIELD_SET(FIELD_LOCATION));
    message_add(response, STR("Location"), respond_location(exchange, result));
}

/* Index behind "url=", or the length. */
static size_t find_url(struct str value) {
    size_t i;

    for (i = 0; i + 4 <= value.len; i++) {
        if (str_starts_nocase(str_from_byte(value, i), STR("url="))) {
            return i + 4;
        }
    }
    return value.len;
}

static void rewrite_refresh(struct exchange *exchange, const struct proxy_redirects *redirects,
                            struct message *response) {
    const struct field *field = message_find(response, FIELD_REFRESH);
    struct str value, result;
    size_t url;

    if (field == NULL) {
        return;
    }
    value = message_value(response, field);
    url = find_url(value);
    if (url < value.len && rewrite(exchange, redirects, str_from_byte(value, url), &result)) {
        message_remove_set(response, FIELD_SET(FIELD_REFRESH));
        message_add(response, STR("Refresh"), join(exchange, str_first(value, url), result));
    }
}

static void on_upstream_head(struct exchange *exchange, const void *data, struct message *head) {
    const struct http_proxy_redirect_settings *settings = data;

    if ((exchange->upstream_ids & (FIELD_SET(FIELD_LOCATION) | FIELD_SET(FIELD_REFRESH))) != 0) {
        rewrite_location(exchange, &settings->redirects, head);
        rewrite_refresh(exchange, &settings->redirects, head);
    }
}

/* ---- directives ---- */

static bool parse_pattern(struct conf *conf, const struct conf_block *block,
                          const struct conf_line *line, struct proxy_redirect *redirect) {
    struct str text = line->words[1].text;
    bool is_nocase = str_starts(text, STR("~*"));

    redirect->replacement = template_compile(conf, block, line, 2);
    if (text.len == 0 || text.data[0] != '~') {
        redirect->prefix = template_compile(conf, block, line, 1);
        return redirect->prefix != NULL && redirect->replacement != NULL;
    }
    redirect->regex = regex_compile(conf, block, line, 1, str_from_byte(text, is_nocase ? 2 : 1),
                                    is_nocase);
    return redirect->regex != NULL && redirect->replacement != NULL;
}

/* As in nginx: "default" is for a URL that stands before it, in the same block. */
static bool check_default(struct conf *conf, const struct conf_block *block,
                          const struct conf_line *line) {
    const struct conf_line *pass = block->line != NULL ? block->line->first : line;

    while (pass != NULL && pass != line && !str_is(pass->words[0].text, "proxy_pass")) {
        pass = pass->next;
    }
    if (pass == NULL || pass == line) {
        return conf_error(conf, line, 0, "\"proxy_redirect default\" should be placed after the "
                          "\"proxy_pass\" directive");
    }
    if (pass->count > 1 && str_find_char(pass->words[1].text, '$') < pass->words[1].text.len) {
        return conf_error(conf, line, 0, "\"proxy_redirect default\" cannot be used with "
                          "\"proxy_pass\" directive with variables");
    }
    return true;
}

static bool parse_redirect(struct conf *conf, struct conf_block *block,
                           const struct directive *directive, const struct conf_line *line,
                           void *field) {
    struct proxy_redirects *redirects = field;
    struct str text = line->words[1].text;
    struct proxy_redirect *redirect;

    redirects->is_set = true;
    if (line->count == 2 && str_is(text, "off")) {
        redirects->is_off = true;
        redirects->count = 0;
        return true;
    }
    if (line->count == 2 && !str_is(text, "default")) {
        return conf_invalid(conf, directive, line, 1, "default, off, or two words");
    }
    redirect = conf_array_add(conf, &redirects->items, &redirects->count, sizeof(*redirect));
    if (redirects->is_off) {
        redirects->count = 0;
    }
    return line->count == 2 ? check_default(conf, block, line)
                            : parse_pattern(conf, block, line, redirect);
}

static const struct conf_type type_redirect = {
    .name = "redirect",
    .size = sizeof(struct proxy_redirects),
    .min_words = 1,
    .max_words = 2,
    .is_repeatable = true,
    .parse = parse_redirect,
};

static const struct directive directives[] = {
    { .name = "proxy_redirect",
      .where = CONF_HTTP_ALL,
      .type = &type_redirect,
      .field = offsetof(struct http_proxy_redirect_settings, redirects),
      .inherit = INHERIT_LIST,
      .syntax = "default | off | redirect replacement",
      .help = "what becomes of Location and Refresh of a response; default: the URL of proxy_pass "
              "becomes the location" },
    DIRECTIVES_END
};

static bool wants(const void *data) {
    const struct http_proxy_redirect_settings *settings = data;

    return !settings->redirects.is_set || settings->redirects.count > 0;
}

const struct http_module http_proxy_redirect_module = {
    .base = { .name = "http_proxy_redirect",
              .family = CONF_HTTP,
              .index = &module_index,
              .directives = directives,
              .conf_size = sizeof(struct http_proxy_redirect_settings) },
    .on_upstream_head = on_upstream_head,
    .wants = wants,
};
