/* SPDX-License-Identifier: BSD-2-Clause */
/* proxy_bind - the local address of connections to servers; see proxy_bind.h. */
#include "lb/proxy_bind.h"

static const char transparent_key;

static bool *transparent_of(const struct conf *conf) {
    return conf_data((struct conf *) (uintptr_t) conf, &transparent_key, sizeof(bool));
}

bool proxy_bind_has_transparent(const struct conf *conf) {
    return *transparent_of(conf);
}

/* "address" or "address:port". */
static bool parse_bind_addr(struct str text, struct addr *addr) {
    return parse_ip(text, addr)
        || (parse_addr(text, 0, addr) && addr->any.sa_family != AF_UNIX);
}

static bool parse_bind(struct conf *conf, struct conf_block *block,
                       const struct directive *directive, const struct conf_line *line,
                       void *field) {
    struct proxy_bind *bind = field;
    struct addr addr;

    (void) directive;
    if (line->count == 2 && str_is(line->words[1].text, "off")) {
        return true;
    }
    if (line->count == 3 && !str_is(line->words[2].text, "transparent")) {
        conf_error(conf, line, 2, "invalid parameter \"%s\"", line->words[2].text.data);
        conf_help(conf, "allowed: transparent");
        return false;
    }
    bind->is_transparent = line->count == 3;
    *transparent_of(conf) |= bind->is_transparent;
    bind->address = template_compile(conf, block, line, 1);
    if (bind->address == NULL) {
        return false;
    }
    if (bind->address->is_constant && !parse_bind_addr(bind->address->text, &addr)) {
        conf_error(conf, line, 1, "invalid address \"%s\"", line->words[1].text.data);
        conf_help(conf, "an address, with a port or without, a variable, or \"off\"");
        return false;
    }
    return true;
}

const struct conf_type conf_type_proxy_bind = {
    .name = "address",
    .size = sizeof(struct proxy_bind),
    .min_words = 1,
    .max_words = 2,
    .parse = parse_bind,
};

void proxy_bind_addr(const struct proxy_bind *bind, struct scope *scope, struct log *log,
                     const struct log_context *log_context, struct addr *addr) {
    struct str text;

    addr->len = 0;
    if (bind->address == NULL) {
        return;
    }
    text = template_text(bind->address, scope);
    if (text.len > 0 && !parse_bind_addr(text, addr)) {
        addr->len = 0;
        log_write(log, LOG_LEVEL_ERROR, 0, log_context, "invalid local address \"%.*s\"",
                  STR_ARG(text));
    }
}
