/* SPDX-License-Identifier: BSD-2-Clause */
/* stream_service - `stream {}`, its servers and their listeners; see stream_service.h. */
#include "stream/stream_service.h"

#include "conf/value.h"
#include "expr/script.h"
#include "net/relay.h"
#include "stream/session.h"
#include "stream/stream_scope.h"

#include <stdalign.h>
#include <stddef.h>

/* Beside the states, in bytes: the record of a try, and a short text or two. */
enum { SESSION_TEXTS = 128 };

static unsigned module_index;
static const char data_key;
static const struct conf *served;

/* What the configuration has of stream. */
struct stream_data {
    struct conf_block *block; /* of stream {} */
    struct stream_server *servers, **last;
};

static struct stream_data *data_of(struct conf *conf) {
    struct stream_data *data = conf_data(conf, &data_key, sizeof(*data));

    if (data->last == NULL) {
        data->last = &data->servers;
    }
    return data;
}

const struct stream_core_settings *stream_core_of(const struct stream_server *server) {
    return server->block->confs[module_index];
}

const struct conf *stream_conf(void) {
    return served;
}

/* ---- stream, server ---- */

static void add_variables(struct conf *conf) {
    const struct module *const *module;

    variable_add_builtins(conf, CONF_STREAM, stream_variables);
    for (module = conf->modules; *module != NULL; module++) {
        if ((*module)->family == CONF_STREAM && (*module)->variables != NULL) {
            variable_add_builtins(conf, CONF_STREAM, (*module)->variables);
        }
    }
}

static bool open_stream(struct conf *conf, struct conf_block *block, const struct conf_line *line) {
    struct stream_data *data = data_of(conf);

    if (data->block != NULL) {
        return conf_error(conf, line, 0, "\"stream\" directive is duplicate");
    }
    data->block = block;
    add_variables(conf);
    return true;
}

static bool open_server(struct conf *conf, struct conf_block *block, const struct conf_line *line) {
    struct stream_data *data = data_of(conf);
    struct stream_server *server = arena_zero(&conf->arena, 1, sizeof(*server));

    (void) line;
    server->block = block;
    block->object = server;
    *data->last = server;
    data->last = &server->next;
    return true;
}

static bool close_server(struct conf *conf, struct conf_block *block) {
    const struct stream_server *server = block->object;

    if (!server->has_listen) {
        conf_error(conf, block->line, 0, "no \"listen\" is defined for server");
        conf_help(conf, "stream has no default port: say which, as in \"listen 3306;\"");
        return false;
    }
    return true;
}

/* ---- listen ---- */

static void on_conn(struct listener *listener, struct conn *conn) {
    const struct stream_server *server = listener->service;

    /* An accepted socket has TCP_NODELAY from its listener. */
    if (!stream_core_of(server)->has_tcp_nodelay) {
        conn_set_nodelay(conn, false);
    }
    session_open(listener, server, conn);
}

static bool parse_listen_options(struct conf *conf, const struct conf_line *line,
                                 struct listen_options *options) {
    unsigned word;

    for (word = 2; word < line->count; word++) {
        bool is_bad = false;

        if (!listen_parse_option(conf, line, word, options, &is_bad)) {
            return listen_report_option(conf, line, word, NULL);
        }
        if (is_bad) {
            return false;
        }
    }
    return true;
}

static bool add_listener(struct conf *conf, struct stream_server *server, const struct addr *addr,
                         const struct conf_line *line) {
    struct listener *listener = listen_add(conf, addr, on_conn, line, 1);

    if (listener == NULL) {
        return false;
    }
    if (listener->service != NULL) {
        conf_error(conf, line, 1, "duplicate \"%.*s\" address and port pair",
                   STR_ARG(listener->text));
        conf_help(conf, "it stands first in %s:%u", conf_file_name(listener->line->file),
                  listener->line->words[0].line);
        return false;
    }
    listener->service = server;
    return parse_listen_options(conf, line, &listener->options);
}

static bool parse_listen(struct conf *conf, struct conf_block *block,
                         const struct directive *directive, const struct conf_line *line,
                         void *field) {
    struct stream_server *server = block->object;
    struct addr *addrs;
    int count = listen_parse_addrs(conf, line, 0, &addrs), i;

    (void) directive;
    (void) field;
    for (i = 0; i < count; i++) {
        if (!add_listener(conf, server, &addrs[i], line)) {
            return false;
        }
    }
    server->has_listen = count > 0;
    return count > 0;
}

/* ---- finish ---- */

static bool add_hooks(struct conf *conf, struct stream_server *server) {
    bool has_handler = false;
    unsigned i;

    server->room = SESSION_TEXTS;
    server->script = script_of(server->block);
    for (i = 0; i < conf->module_count; i++) {
        const struct stream_module *module = (const struct stream_module *) conf->modules[i];
        const void *settings = server->block->confs[i];
        struct stream_hook *hook;

        if (module->base.family != CONF_STREAM
            || (module->wants != NULL && !module->wants(settings))) {
            continue;
        }
        hook = conf_array_add(conf, &server->hooks, &server->hook_count, sizeof(*hook));
        hook->module = module;
        hook->settings = settings;
        server->room += module->base.state_size + sizeof(void *) + alignof(max_align_t);
        has_handler |= module->handle != NULL;
    }
    if (!has_handler) {
        conf_error(conf, server->block->line, 0, "no handler for server");
        conf_help(conf, "say what it does: \"proxy_pass\" or \"return\"");
    }
    return has_handler;
}

static bool finish(struct conf *conf) {
    struct stream_data *data = data_of(conf);
    struct stream_server *server;
    bool is_ok = true;

    if (data->block == NULL) {
        return true;
    }
    for (server = data->servers; server != NULL; server = server->next) {
        is_ok &= add_hooks(conf, server);
    }
    return variable_table_check(conf, variable_table_of(conf, data->block)) && is_ok;
}

static void worker_start(const struct conf *conf) {
    /* The key is there already: this only looks it up. */
    const struct stream_data *data = data_of((struct conf *) conf);

    served = conf;
    session_dump_start();
    if (data->block != NULL) {
        stream_scope_set_table(variable_table_of((struct conf *) conf, data->block));
    }
}

static void worker_drain(const struct conf *conf, enum module_drain haste) {
    (void) conf;
    if (haste == DRAIN_ALL) {
        session_end_all();
    }
}

static void worker_stop(const struct conf *conf) {
    (void) conf;
    session_end_all();
    session_dump_stop();
}

/* ---- tables ---- */

static const struct conf_block_kind kind_stream = { .inside = CONF_STREAM, .open = open_stream };
static const struct conf_block_kind kind_server = { .inside = CONF_STREAM_SERVER,
                                                    .open = open_server,
                                                    .close = close_server };

static const struct conf_type type_listen = {
    .name = "address",
    .size = 0,
    .min_words = 1,
    .max_words = 32,
    .is_repeatable = true,
    .parse = parse_listen,
};

#define FIELD(name) offsetof(struct stream_core_settings, name)

static const struct directive directives[] = {
    { .name = "stream",
      .where = CONF_MAIN,
      .type = &conf_type_block,
      .syntax = "{ ... }",
      .help = "TCP proxying",
      .detail = &kind_stream },
    { .name = "server",
      .where = CONF_STREAM,
      .type = &conf_type_block,
      .syntax = "{ ... }",
      .help = "what is done with the connections to one or more addresses",
      .detail = &kind_server },
    { .name = "listen",
      .where = CONF_STREAM_SERVER,
      .type = &type_listen,
      .syntax = "address:port | port | first-last | unix:path " LISTEN_OPTIONS_SYNTAX,
      .help = "address to accept connections at" },
    { .name = "tcp_nodelay",
      .where = CONF_STREAM_ALL,
      .type = &conf_type_flag,
      .field = FIELD(has_tcp_nodelay),
      .initial = "on",
      .syntax = "on | off",
      .help = "whether small packets are sent at once, to clients and to servers" },
    DIRECTIVES_END
};

const struct module stream_core_module = {
    .name = "stream_core",
    .index = &module_index,
    .directives = directives,
    .conf_size = sizeof(struct stream_core_settings),
    .finish = finish,
    .worker_start = worker_start,
    .worker_drain = worker_drain,
    .worker_stop = worker_stop,
};
