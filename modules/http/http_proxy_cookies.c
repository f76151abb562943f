/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * http_proxy_cookies - what becomes of the cookies that a server sets: proxy_cookie_domain,
 * proxy_cookie_path, proxy_cookie_flags.
 *
 * A cookie that nothing is changed in goes on as it came; a changed one is written anew, its
 * attributes with "; " between them.
 */
#include "conf/value.h"
#include "expr/regex.h"
#include "expr/template.h"
#include "http/exchange.h"

#include <stddef.h>

static unsigned module_index;

/* What a value is compared with: a text, or an expression. */
struct cookie_pattern {
    const struct template *text;
    const struct regex *regex;
};

struct cookie_line {
    struct cookie_pattern pattern;
    const struct template *replacement; /* of domain and path */
    const struct template **flags;
    unsigned flag_count;
};

struct cookie_lines {
    struct cookie_line *items;
    unsigned count;
};

struct http_proxy_cookies_settings {
    struct cookie_lines domains, paths, flags;
};

/* ---- a cookie in parts ---- */

enum {
    ATTRIBUTES_MAX = 32,
    FLAGS_MAX = 3 /* of them, that a line may add */
};

struct attribute {
    struct str name, value;
    bool has_value, is_removed;
};

/* The first is the cookie itself. */
struct cookie {
    struct attribute items[ATTRIBUTES_MAX];
    unsigned count;
    bool is_changed;
};

static struct str trim(struct str text) {
    while (text.len > 0 && text.data[0] == ' ') {
        text = str_from_byte(text, 1);
    }
    while (text.len > 0 && text.data[text.len - 1] == ' ') {
        text.len--;
    }
    return text;
}

/* False: it has more attributes than anybody writes; it is left alone. */
static bool parse_cookie(struct str text, struct cookie *cookie) {
    struct str part;

    cookie->count = 0;
    cookie->is_changed = false;
    while (str_take_part(&text, ';', &part)) {
        size_t equals = str_find_char(part, '=');

        if (cookie->count + FLAGS_MAX == ATTRIBUTES_MAX) {
            return false;
        }
        cookie->items[cookie->count++] = (struct attribute){
            .name = trim(str_first(part, equals)),
            .value = trim(str_from_byte(part, equals + 1)),
            .has_value = equals < part.len,
        };
    }
    return true;
}

static struct str format_cookie(const struct cookie *cookie, struct arena *arena) {
    struct buf text = { NULL, 0, 0, 0 };
    struct str copy;
    unsigned i;

    for (i = 0; i < cookie->count; i++) {
        const struct attribute *attribute = &cookie->items[i];

        if (attribute->is_removed) {
            continue;
        }
        buf_append(&text, i > 0 ? STR("; ") : STR_NONE, BUF_SIZE_MAX);
        buf_append(&text, attribute->name, BUF_SIZE_MAX);
        if (attribute->has_value) {
            buf_append(&text, STR("="), BUF_SIZE_MAX);
            buf_append(&text, attribute->value, BUF_SIZE_MAX);
        }
    }
    copy = arena_copy(arena, buf_bytes(&text));
    buf_free(&text);
    return copy;
}

static struct attribute *find_attribute(struct cookie *cookie, struct str name) {
    unsigned i;

    for (i = 1; i < cookie->count; i++) {
        if (!cookie->items[i].is_removed && str_equal_nocase(cookie->items[i].name, name)) {
            return &cookie->items[i];
        }
    }
    return NULL;
}

/* ---- domain and path ---- */

static struct str replacement_of(struct exchange *exchange, const struct cookie_line *line) {
    return template_text(line->replacement, &exchange->scope);
}

/* A dot before either domain means nothing; one before the cookie's stays. */
static bool change_domain(struct exchange *exchange, const struct cookie_line *line,
                          struct str value, struct str *result) {
    bool has_dot = value.len > 0 && value.data[0] == '.';
    struct str domain = str_from_byte(value, has_dot ? 1 : 0), wanted, to;

    if (line->pattern.regex != NULL) {
        if (!regex_match(line->pattern.regex, value, &exchange->scope)) {
            return false;
        }
        *result = replacement_of(exchange, line);
        return true;
    }
    wanted = template_text(line->pattern.text, &exchange->scope);
    wanted = str_from_byte(wanted, str_starts(wanted, STR(".")) ? 1 : 0);
    if (!str_equal_nocase(domain, wanted)) {
        return false;
    }
    to = replacement_of(exchange, line);
    *result = arena_print(&exchange->arena, "%s%.*s", has_dot ? "." : "", STR_ARG(to));
    return true;
}

static bool change_path(struct exchange *exchange, const struct cookie_line *line,
                        struct str value, struct str *result) {
    struct str prefix, to, rest;

    if (line->pattern.regex != NULL) {
        if (!regex_match(line->pattern.regex, value, &exchange->scope)) {
            return false;
        }
        *result = replacement_of(exchange, line);
        return true;
    }
    prefix = template_text(line->pattern.text, &exchange->scope);
    if (!str_starts(value, prefix)) {
        return false;
    }
    to = replacement_of(exchange, line);
    rest = str_from_byte(value, prefix.len);
    *result = arena_print(&exchange->arena, "%.*s%.*s", STR_ARG(to), STR_ARG(rest));
    return true;
}

typedef bool change_value(struct exchange *exchange, const struct cookie_line *line,
                          struct str value, struct str *result);

/* By the first line that fits. */
static void change(struct exchange *exchange, const struct cookie_lines *lines,
                   struct cookie *cookie, struct str name, change_value *apply) {
    unsigned i, j;

    for (i = 1; lines->count > 0 && i < cookie->count; i++) {
        struct attribute *attribute = &cookie->items[i];

        if (!attribute->has_value || !str_equal_nocase(attribute->name, name)) {
            continue;
        }
        for (j = 0; j < lines->count; j++) {
            if (apply(exchange, &lines->items[j], attribute->value, &attribute->value)) {
                cookie->is_changed = true;
                break;
            }
        }
    }
}

/* ---- flags ---- */

static void set_flag(struct cookie *cookie, struct str name, struct str value) {
    struct attribute *attribute = find_attribute(cookie, name);

    if (attribute == NULL) {
        attribute = &cookie->items[cookie->count++];
        *attribute = (struct attribute){ .name = name };
    }
    if (value.len > 0) {
        attribute->value = value;
        attribute->has_value = true;
    }
    cookie->is_changed = true;
}

static void remove_flag(struct cookie *cookie, struct str name) {
    struct attribute *attribute;

    while ((attribute = find_attribute(cookie, name)) != NULL) {
        attribute->is_removed = cookie->is_changed = true;
    }
}

static bool is_flag(struct str flag) {
    static const char *const flags[] = { "secure", "httponly", "nosecure", "nohttponly",
                                         "nosamesite", "samesite=strict", "samesite=lax",
                                         "samesite=none" };
    size_t i;

    for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        if (str_equal_nocase(flag, str_from(flags[i]))) {
            return true;
        }
    }
    return false;
}

/* An unknown one, which only a variable can give, is none. */
static void apply_flag(struct cookie *cookie, struct str flag) {
    static const char *const values[] = { "Strict", "Lax", "None" };
    size_t i;

    if (str_equal_nocase(flag, STR("secure"))) {
        set_flag(cookie, STR("Secure"), STR_NONE);
    } else if (str_equal_nocase(flag, STR("httponly"))) {
        set_flag(cookie, STR("HttpOnly"), STR_NONE);
    } else if (str_equal_nocase(flag, STR("nosecure"))) {
        remove_flag(cookie, STR("Secure"));
    } else if (str_equal_nocase(flag, STR("nohttponly"))) {
        remove_flag(cookie, STR("HttpOnly"));
    } else if (str_equal_nocase(flag, STR("nosamesite"))) {
        remove_flag(cookie, STR("SameSite"));
    }
    for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        if (str_starts_nocase(flag, STR("samesite="))
            && str_equal_nocase(str_from_byte(flag, 9), str_from(values[i]))) {
            set_flag(cookie, STR("SameSite"), str_from(values[i]));
        }
    }
}

static bool is_for(struct exchange *exchange, const struct cookie_line *line, struct str name) {
    return line->pattern.regex != NULL
        ? regex_match(line->pattern.regex, name, &exchange->scope)
        : str_equal(template_text(line->pattern.text, &exchange->scope), name);
}

static void change_flags(struct exchange *exchange, const struct cookie_lines *lines,
                         struct cookie *cookie) {
    unsigned i, j;

    for (i = 0; cookie->items[0].has_value && i < lines->count; i++) {
        const struct cookie_line *line = &lines->items[i];

        if (is_for(exchange, line, cookie->items[0].name)) {
            for (j = 0; j < line->flag_count; j++) {
                apply_flag(cookie, template_text(line->flags[j], &exchange->scope));
            }
            return;
        }
    }
}

/* ---- hook ---- */

/* Whether the cookie becomes another one. */
static bool change_cookie(struct exchange *exchange,
                          const struct http_proxy_cookies_settings *settings, struct str *text) {
    struct cookie cookie;

    if (!parse_cookie(*text, &cookie)) {
        return false;
    }
    change(exchange, &settings->domains, &cookie, STR("domain"), change_domain);
    change(exchange, &settings->paths, &cookie, STR("path"), change_path);
    change_flags(exchange, &settings->flags, &cookie);
    if (cookie.is_changed) {
        *text = format_cookie(&cookie, &exchange->arena);
    }
    return cookie.is_changed;
}

/* Those behind the first that changed are made anew, too: they keep their order. */
static void on_upstream_head(struct exchange *exchange, const void *data, struct message *head) {
    const struct http_proxy_cookies_settings *settings = data;
    uint32_t i, count = head->field_count;
    bool is_changed = false;

    for (i = 0; i < count; i++) {
        struct field *field = &head->fields[i];
        struct str text = message_value(head, field);

        if (field->id != FIELD_SET_COOKIE || (field->flags & FIELD_IS_HIDDEN) != 0) {
            continue;
        }
        is_changed |= change_cookie(exchange, settings, &text);
        if (is_changed) {
            field->flags |= FIELD_IS_REMOVED;
            message_add(head, STR("Set-Cookie"), text);
        }
    }
}

/* ---- directives ---- */

static bool parse_pattern(struct conf *conf, struct conf_block *block,
                          const struct conf_line *line, bool is_path,
                          struct cookie_pattern *pattern) {
    struct str text = line->words[1].text;
    bool has_star = is_path && str_starts(text, STR("~*"));

    if (text.len == 0 || text.data[0] != '~') {
        pattern->text = template_compile(conf, block, line, 1);
        return pattern->text != NULL;
    }
    pattern->regex = regex_compile(conf, block, line, 1, str_from_byte(text, has_star ? 2 : 1),
                                   has_star || !is_path);
    return pattern->regex != NULL;
}

/* detail: not NULL for paths, whose expressions mind the case unless "~*" says otherwise. */
static bool parse_change(struct conf *conf, struct conf_block *block,
                         const struct directive *directive, const struct conf_line *line,
                         void *field) {
    struct cookie_lines *lines = field;
    struct cookie_line *place;

    if (line->count == 2) {
        return str_is(line->words[1].text, "off")
            || conf_invalid(conf, directive, line, 1, "off, or two words");
    }
    place = conf_array_add(conf, &lines->items, &lines->count, sizeof(*place));
    place->replacement = template_compile(conf, block, line, 2);
    return parse_pattern(conf, block, line, directive->detail != NULL, &place->pattern)
        && place->replacement != NULL;
}

static bool parse_flag(struct conf *conf, struct conf_block *block,
                       const struct directive *directive, const struct conf_line *line,
                       unsigned word, struct cookie_line *place) {
    const struct template **flag
        = conf_array_add(conf, &place->flags, &place->flag_count, sizeof(*flag));

    *flag = template_compile(conf, block, line, word);
    if (*flag != NULL && (*flag)->is_constant && !is_flag((*flag)->text)) {
        return conf_invalid(conf, directive, line, word,
                            "secure, httponly, samesite=strict|lax|none, nosecure, nohttponly, "
                            "nosamesite");
    }
    return *flag != NULL;
}

static bool parse_flags(struct conf *conf, struct conf_block *block,
                        const struct directive *directive, const struct conf_line *line,
                        void *field) {
    struct cookie_lines *lines = field;
    struct cookie_line *place;
    unsigned word;

    if (line->count == 2 && str_is(line->words[1].text, "off")) {
        return true;
    }
    if (line->count == 2) {
        conf_error(conf, line, 1, "invalid parameter \"%s\"", line->words[1].text.data);
        conf_help(conf, "off, or a cookie and its flags");
        return false;
    }
    place = conf_array_add(conf, &lines->items, &lines->count, sizeof(*place));
    for (word = 2; word < line->count; word++) {
        if (!parse_flag(conf, block, directive, line, word, place)) {
            return false;
        }
    }
    return parse_pattern(conf, block, line, false, &place->pattern);
}

static const struct conf_type type_change = {
    .name = "cookies",
    .size = sizeof(struct cookie_lines),
    .min_words = 1,
    .max_words = 2,
    .is_repeatable = true,
    .parse = parse_change,
};

static const struct conf_type type_flags = {
    .name = "flags",
    .size = sizeof(struct cookie_lines),
    .min_words = 1,
    .max_words = 1 + FLAGS_MAX,
    .is_repeatable = true,
    .parse = parse_flags,
};

#define FIELD(name) offsetof(struct http_proxy_cookies_settings, name)

static const struct directive directives[] = {
    { .name = "proxy_cookie_domain",
      .where = CONF_HTTP_ALL,
      .type = &type_change,
      .field = FIELD(domains),
      .inherit = INHERIT_LIST,
      .syntax = "off | domain replacement",
      .help = "what becomes of the domain of cookies that servers set" },
    { .name = "proxy_cookie_flags",
      .where = CONF_HTTP_ALL,
      .type = &type_flags,
      .field = FIELD(flags),
      .inherit = INHERIT_LIST,
      .syntax = "off | cookie flag ...",
      .help = "flags of cookies that servers set: secure, httponly, samesite=..., or none" },
    { .name = "proxy_cookie_path",
      .where = CONF_HTTP_ALL,
      .type = &type_change,
      .field = FIELD(paths),
      .inherit = INHERIT_LIST,
      .syntax = "off | path replacement",
      .help = "what becomes of the path of cookies that servers set",
      .detail = "path" },
    DIRECTIVES_END
};

static bool wants(const void *data) {
    const struct http_proxy_cookies_settings *settings = data;

    return settings->domains.count > 0 || settings->paths.count > 0 || settings->flags.count > 0;
}

const struct http_module http_proxy_cookies_module = {
    .base = { .name = "http_proxy_cookies",
              .family = CONF_HTTP,
              .index = &module_index,
              .directives = directives,
              .conf_size = sizeof(struct http_proxy_cookies_settings) },
    .on_upstream_head = on_upstream_head,
    .wants = wants,
};
