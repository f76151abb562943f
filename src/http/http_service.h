/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * http_service - `http {}`: its servers, their names and listeners, and the connections of a
 * worker.
 */
#ifndef WEIR_HTTP_HTTP_SERVICE_H
#define WEIR_HTTP_HTTP_SERVICE_H

#include "codec/h1.h"
#include "expr/template.h"
#include "http/error_page.h"
#include "http/hooks.h"
#include "net/listen.h"

/* The kinds of hooks, in the order in which a request comes by them. */
enum http_hook_kind {
    HTTP_ON_SERVER,
    HTTP_ON_REQUEST,
    HTTP_ON_ACCESS,
    HTTP_ON_PRECONTENT,
    HTTP_HANDLE,
    HTTP_ON_UPSTREAM_HEAD,
    HTTP_ON_RESPONSE,
    HTTP_ON_TRAILERS,
    HTTP_ON_LOG,
    HTTP_HOOK_KINDS
};

/* A hook of a module with something to do in a location, and its settings there. */
struct http_hook {
    const struct http_module *module;
    /* Not for access, heads, trailers and log. */
    enum http_next (*run)(struct exchange *exchange, const void *settings);
    const void *settings;
};

struct http_hooks {
    struct http_hook *items; /* in running order */
    unsigned count;
};

enum http_location_kind {
    LOCATION_PREFIX,       /* location /path */
    LOCATION_FIRST,        /* ^~ */
    LOCATION_EXACT,        /* = */
    LOCATION_REGEX,        /* ~ */
    LOCATION_REGEX_NOCASE, /* ~* */
    LOCATION_NAMED         /* @name */
};

struct location_table;
struct location_limit;

/* What a request is served by: a location, a server where none fits; or a variant of those, for an
 * `if` or a `limit_except`. It is the object of its block. */
struct http_location {
    struct str name;            /* as in the file: "/path", "@name", or the expression */
    enum http_location_kind kind;
    bool redirects;             /* a path that lacks but the "/" at the name's end is told so */
    struct conf_block *block;
    struct http_hooks *hooks;   /* one of each kind */
    const struct script *script; /* of this very block; NULL: none */
    const struct regex *regex;   /* of an expression */
    struct location_table *inside; /* locations in it; NULL: none */
    struct location_limit *limit;  /* its `limit_except`; NULL: none */
};

struct http_server {
    struct http_server *next;
    struct conf_block *block;
    const struct conf_line *line;
    struct str name;            /* the first server_name: $server_name */
    struct http_location self;  /* where no location fits */
    bool has_listen;
};

/* The `server_name` lines of a server. */
struct http_server_names {
    const struct conf_line **lines;
    unsigned count;
};

/* Settings of the core. */
struct http_core_settings {
    struct http_server_names names;
    uint64_t max_body_size, body_buffer_size;
    const char *body_temp_path;
    const struct template *default_type;
    struct error_pages error_pages;
    int satisfy;                /* enum http_satisfy */
    int server_tokens;          /* enum http_server_tokens */
    bool merges_slashes;
    bool has_recursive_pages, is_internal, logs_rewrites, warns_of_unset;
    bool has_absolute_redirect, has_port_in_redirect, has_name_in_redirect;
};

enum http_satisfy { SATISFY_ALL, SATISFY_ANY };
enum http_server_tokens { SERVER_TOKENS_OFF, SERVER_TOKENS_ON, SERVER_TOKENS_BUILD };

extern const struct module http_core_module;

/* The server of a host on this listener, its default server if no name fits. */
const struct http_server *http_find_server(const struct listener *listener, struct str host,
                                           struct scope *scope);
const struct http_server *http_default_server(const struct listener *listener);

/* What the Server field says in this location: "weir/0.1.0", or "weir" where server_tokens is
 * off. */
struct str http_server_token(const struct http_location *location);

const struct http_core_settings *http_core_of(const struct http_location *location);

/* The configuration that this worker serves. */
const struct conf *http_conf(void);

#endif
