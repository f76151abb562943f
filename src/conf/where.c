/* SPDX-License-Identifier: BSD-2-Clause */
/* where - the names of contexts, and the syntax of directives in words. */
#include "base/panic.h"
#include "conf/conf_priv.h"

static const struct {
    uint32_t where;
    const char *name;
    const char *full_name; /* where another family has the same name */
} names[] = {
    { CONF_MAIN, "main", "main" },
    { CONF_EVENTS, "events", "events" },
    { CONF_HTTP, "http", "http" },
    { CONF_HTTP_UPSTREAM, "upstream", "upstream" },
    { CONF_HTTP_SERVER, "server", "server" },
    { CONF_HTTP_LOCATION, "location", "location" },
    { CONF_HTTP_SERVER_IF, "if", "if in server" },
    { CONF_HTTP_LOCATION_IF, "if", "if in location" },
    { CONF_HTTP_LIMIT_EXCEPT, "limit_except", "limit_except" },
    { CONF_STREAM, "stream", "stream" },
    { CONF_STREAM_UPSTREAM, "upstream", "upstream in stream" },
    { CONF_STREAM_SERVER, "server", "server in stream" },
};

const char *conf_where_name(uint32_t where) {
    size_t i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (names[i].where == where) {
            return names[i].name;
        }
    }
    UNREACHABLE();
}

struct str where_names(struct arena *arena, uint32_t where, const char *separator) {
    struct str text = STR("");
    size_t i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if ((where & names[i].where) != 0) {
            text = arena_print(arena, "%.*s%s%s", STR_ARG(text), text.len > 0 ? separator : "",
                               names[i].full_name);
        }
    }
    return text;
}

struct str syntax_of(struct arena *arena, const struct directive *directive) {
    const char *syntax = directive->syntax != NULL ? directive->syntax : "";
    struct str text = str_from(syntax);
    const char *end = directive->type->block == CONF_NO_BLOCK ? ";"
        : str_ends(text, STR("}")) ? "" : text.len > 0 ? " { ... }" : "{ ... }";

    return arena_print(arena, "%s%s%s%s", directive->name, text.len > 0 || end[0] == '{' ? " " : "",
                       syntax, end);
}
