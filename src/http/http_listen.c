/* SPDX-License-Identifier: BSD-2-Clause */
/* http_listen - `listen` of http: which servers share an address, and their names there; see
 * http_core_priv.h. */
#include "http/http_core_priv.h"

#include "conf/value.h"
#include "http/route.h"

static struct http_listener *service_of(struct conf *conf, struct listener *listener) {
    if (listener->service == NULL) {
        listener->service = arena_zero(&conf->arena, 1, sizeof(struct http_listener));
    }
    return listener->service;
}

static bool set_default(struct conf *conf, struct http_listener *service,
                        struct http_server *server, const struct listener *listener,
                        const struct conf_line *line, unsigned word) {
    if (service->default_line != NULL) {
        conf_error(conf, line, word, "a duplicate default server for %.*s",
                   STR_ARG(listener->text));
        conf_help(conf, "it stands first in %s:%u", conf_file_name(service->default_line->file),
                  service->default_line->words[0].line);
        return false;
    }
    service->default_line = line;
    service->fallback = server;
    return true;
}

/* One of the options of `listen` that only http has. */
static bool parse_own_option(struct conf *conf, struct http_listener *service,
                             struct http_server *server, const struct listener *listener,
                             const struct conf_line *line, unsigned word, bool *is_bad) {
    struct str text = line->words[word].text;

    if (str_is(text, "default_server") || str_is(text, "default")) {
        *is_bad = !set_default(conf, service, server, listener, line, word);
        return true;
    }
    return false;
}

static bool parse_options(struct conf *conf, struct http_listener *service,
                          struct http_server *server, struct listener *listener,
                          const struct conf_line *line) {
    struct listen_options options = listen_options_default;
    unsigned word;

    listen_options_settle(&options, &listener->addr);
    for (word = 2; word < line->count; word++) {
        bool is_bad = false;

        if (!parse_own_option(conf, service, server, listener, line, word, &is_bad)
            && !listen_parse_option(conf, line, word, &options, &is_bad)) {
            return listen_report_option(conf, line, word, "default_server");
        }
        if (is_bad) {
            return false;
        }
    }
    if (options.is_set && listener->options.is_set) {
        return conf_error(conf, line, 1, "duplicate listen options for %.*s",
                          STR_ARG(listener->text));
    }
    if (options.is_set || service->count == 1) {
        listener->options = options;
    }
    return true;
}

bool http_listen_add(struct conf *conf, struct http_server *server, const struct addr *addr,
                     const struct conf_line *line) {
    struct listener *listener = listen_add(conf, addr, http_on_conn, line, 1);
    struct http_listener *service;
    struct http_server **place;

    if (listener == NULL) {
        return false;
    }
    service = service_of(conf, listener);
    if (service->count > 0 && service->servers[service->count - 1] == server) {
        return conf_error(conf, line, 1, "a duplicate listen %.*s", STR_ARG(listener->text));
    }
    place = conf_array_add(conf, &service->servers, &service->count, sizeof(*place));
    *place = server;
    if (service->fallback == NULL) {
        service->fallback = server;
    }
    server->has_listen = true;
    return server->line == line || parse_options(conf, service, server, listener, line);
}

static bool parse_listen(struct conf *conf, struct conf_block *block,
                         const struct directive *directive, const struct conf_line *line,
                         void *field) {
    struct addr *addrs;
    int count = listen_parse_addrs(conf, line, 80, &addrs), i;

    (void) directive;
    (void) field;
    for (i = 0; i < count; i++) {
        if (!http_listen_add(conf, block->object, &addrs[i], line)) {
            return false;
        }
    }
    return count > 0;
}

const struct conf_type http_type_listen = {
    .name = "address",
    .size = 0,
    .min_words = 1,
    .max_words = 32,
    .is_repeatable = true,
    .parse = parse_listen,
};

/* ---- names, once all servers are known ---- */

static bool add_names(struct conf *conf, struct http_listener *service, struct http_server *server,
                      const struct listener *listener) {
    const struct http_server_names *names = &http_core_of(&server->self)->names;
    unsigned i, word;

    for (i = 0; i < names->count; i++) {
        for (word = 1; word < names->lines[i]->count; word++) {
            if (!server_table_add(conf, service->names, server, names->lines[i], word,
                                  listener->text)) {
                return false;
            }
        }
    }
    return true;
}

static bool finish_listener(struct conf *conf, struct listener *listener) {
    struct http_listener *service = listener->service;
    unsigned i;

    service->names = server_table_new(conf);
    for (i = 0; i < service->count; i++) {
        if (!add_names(conf, service, service->servers[i], listener)) {
            return false;
        }
    }
    return true;
}

bool http_listen_finish(struct conf *conf) {
    struct listener *listener;

    for (listener = listen_list(conf); listener != NULL; listener = listener->next) {
        if (listener->on_conn == http_on_conn && !finish_listener(conf, listener)) {
            return false;
        }
    }
    return true;
}
