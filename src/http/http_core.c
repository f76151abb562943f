/* SPDX-License-Identifier: BSD-2-Clause */
/* http_core - the blocks and directives that every `http {}` has; see http_service.h. */
#include "conf/temp_path.h"
#include "conf/value.h"
#include "expr/builtin.h"
#include "expr/log_format.h"
#include "http/http_core_priv.h"
#include "http/http_scope.h"
#include "http/location.h"
#include "version.h"

#include <stddef.h>
#include <unistd.h>

static unsigned module_index;
static const char data_key;

/* What the configuration has of http. */
struct http_data {
    struct conf_block *block; /* of http {} */
    struct http_server *servers, **last;
};

static struct http_data *data_of(const struct conf *conf) {
    struct http_data *data = conf_data((struct conf *) conf, &data_key, sizeof(*data));

    if (data->last == NULL) {
        data->last = &data->servers;
    }
    return data;
}

const struct conf_block *http_block_of(const struct conf *conf) {
    return data_of(conf)->block;
}

const struct http_core_settings *http_core_of(const struct http_location *location) {
    return location->block->confs[module_index];
}

struct str http_server_token(const struct http_location *location) {
    return http_core_of(location)->server_tokens == SERVER_TOKENS_OFF ? STR("weir")
                                                                      : STR("weir/" WEIR_VERSION);
}

/* ---- http, server, location ---- */

static void add_variables(struct conf *conf) {
    const struct module *const *module;

    variable_add_builtins(conf, CONF_HTTP, http_variables);
    variable_add_builtins(conf, CONF_HTTP, http_more_variables);
    for (module = conf->modules; *module != NULL; module++) {
        if ((*module)->family == CONF_HTTP && (*module)->variables != NULL) {
            variable_add_builtins(conf, CONF_HTTP, (*module)->variables);
        }
    }
}

static bool open_http(struct conf *conf, struct conf_block *block, const struct conf_line *line) {
    struct http_data *data = data_of(conf);

    if (data->block != NULL) {
        return conf_error(conf, line, 0, "\"http\" directive is duplicate");
    }
    data->block = block;
    add_variables(conf);
    log_format_add_builtin(conf, block, "combined",
                           "$remote_addr - $remote_user [$time_local] \"$request\" "
                           "$status $body_bytes_sent \"$http_referer\" \"$http_user_agent\"");
    return true;
}

static bool open_server(struct conf *conf, struct conf_block *block, const struct conf_line *line) {
    struct http_data *data = data_of(conf);
    struct http_server *server = arena_zero(&conf->arena, 1, sizeof(*server));

    server->block = block;
    server->line = line;
    server->self.block = block;
    server->name = STR("");
    block->object = server;
    *data->last = server;
    data->last = &server->next;
    return true;
}

/* A server without `listen` is at port 80, or 8000 where weir is not root, as nginx's. */
static bool close_server(struct conf *conf, struct conf_block *block) {
    struct http_server *server = block->object;
    struct addr addr;

    if (server->has_listen) {
        return true;
    }
    parse_addr(geteuid() == 0 ? STR("0.0.0.0:80") : STR("0.0.0.0:8000"), 0, &addr);
    return http_listen_add(conf, server, &addr, block->line);
}

/* ---- server_name ---- */

/* A name with "/" in it is a slip, but one that nginx lets pass. */
static bool check_server_name(struct conf *conf, const struct conf_line *line, unsigned word) {
    struct str name = line->words[word].text;

    if (str_is(name, ".")) {
        return conf_error(conf, line, word, "server name \".\" is invalid");
    }
    if (!str_starts(name, STR("~")) && str_find_char(name, '/') < name.len) {
        conf_warn(conf, line, word, "server name \"%s\" has suspicious symbols", name.data);
        conf_help(conf, "no request is for a host with \"/\"");
    }
    return true;
}

static bool parse_server_name(struct conf *conf, struct conf_block *block,
                              const struct directive *directive, const struct conf_line *line,
                              void *field) {
    struct http_server_names *names = field;
    struct http_server *server = block->object;
    struct str first = line->words[1].text;
    const struct conf_line **place;
    unsigned word;

    (void) directive;
    for (word = 1; word < line->count; word++) {
        if (!check_server_name(conf, line, word)) {
            return false;
        }
    }
    if (server->name.len == 0 && !(str_is(first, "$hostname") && builtin_hostname(&server->name))) {
        server->name = str_starts(first, STR(".")) ? str_from_byte(first, 1) : first;
    }
    place = conf_array_add(conf, &names->lines, &names->count, sizeof(*place));
    *place = line;
    return true;
}

/* ---- finish ---- */

static bool finish(struct conf *conf) {
    struct http_data *data = data_of(conf);
    struct http_server *server;

    for (server = data->servers; server != NULL; server = server->next) {
        location_finish(conf, &server->self);
    }
    return http_listen_finish(conf)
        && (data->block == NULL
            || variable_table_check(conf, variable_table_of(conf, data->block)));
}

/* ---- types of its own ---- */

static const struct conf_type type_server_name = {
    .name = "name",
    .size = sizeof(struct http_server_names),
    .min_words = 1,
    .max_words = 10000,
    .is_repeatable = true,
    .parse = parse_server_name,
};

static const struct conf_type type_location = {
    .name = "block",
    .size = 0,
    .min_words = 1,
    .max_words = 2,
    .block = CONF_BLOCK,
};

/* ---- tables ---- */

static const struct conf_block_kind kind_http = { .inside = CONF_HTTP, .open = open_http };
static const struct conf_block_kind kind_server = { .inside = CONF_HTTP_SERVER,
                                                    .open = open_server,
                                                    .close = close_server };

static const struct conf_range range_body_buffer = { .min = 1, .max = BUF_SIZE_MAX };

static const struct conf_name server_tokens_names[] = { { "off", SERVER_TOKENS_OFF },
                                                        { "on", SERVER_TOKENS_ON },
                                                        { "build", SERVER_TOKENS_BUILD },
                                                        { NULL, 0 } };

static const struct conf_name satisfy_names[] = { { "all", SATISFY_ALL },
                                                  { "any", SATISFY_ANY },
                                                  { NULL, 0 } };

#define TABLE_SIZE(directive, contexts)                                                            \
    { .name = directive, .where = contexts, .type = &conf_type_unused_number, .syntax = "size",    \
      .help = "has no meaning in weir: tables grow by themselves" }

#define FIELD(name) offsetof(struct http_core_settings, name)
#define CONF_HTTP_SERVERS (CONF_HTTP | CONF_HTTP_SERVER)

static const struct directive directives[] = {
    { .name = "http",
      .where = CONF_MAIN,
      .type = &conf_type_block,
      .syntax = "{ ... }",
      .help = "HTTP: servers, locations and upstreams",
      .detail = &kind_http },
    { .name = "server",
      .where = CONF_HTTP,
      .type = &conf_type_block,
      .syntax = "{ ... }",
      .help = "a virtual server",
      .detail = &kind_server },
    { .name = "location",
      .where = CONF_HTTP_SERVER | CONF_HTTP_LOCATION,
      .type = &type_location,
      .syntax = "[= | ~ | ~* | ^~] uri { ... } | @name { ... }",
      .help = "what is done with the requests for a path",
      .detail = &location_kind },
    { .name = "limit_except",
      .where = CONF_HTTP_LOCATION,
      .type = &conf_type_block_any,
      .syntax = "method ... { ... }",
      .help = "what holds for requests with other methods; GET is HEAD, too",
      .detail = &location_limit_kind },
    { .name = "listen",
      .where = CONF_HTTP_SERVER,
      .type = &http_type_listen,
      .syntax = "address[:port] | port | unix:path [default_server] "
                LISTEN_OPTIONS_SYNTAX,
      .help = "address to accept connections at" },
    { .name = "server_name",
      .where = CONF_HTTP_SERVER,
      .type = &type_server_name,
      .field = FIELD(names),
      .inherit = INHERIT_NONE,
      .syntax = "name ...",
      .help = "names of the server: exact, *.x, x.*, .x, ~regex, $hostname" },
    { .name = "absolute_redirect",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_flag,
      .field = FIELD(has_absolute_redirect),
      .initial = "on",
      .syntax = "on | off",
      .help = "whether redirects to a path are sent with scheme, host and port" },
    { .name = "client_body_buffer_size",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_size,
      .field = FIELD(body_buffer_size),
      .initial = "16k",
      .syntax = "size",
      .help = "largest body of a request that is kept in memory; larger ones go to a file",
      .detail = &range_body_buffer },
    { .name = "client_body_temp_path",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_temp_path,
      .field = FIELD(body_temp_path),
      .initial = "client_body_temp",
      .syntax = "path [level1 [level2 [level3]]]",
      .help = "folder for bodies of requests that are too large for memory" },
    { .name = "client_max_body_size",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_size,
      .field = FIELD(max_body_size),
      .initial = "1m",
      .syntax = "size",
      .help = "largest body of a request that says its length; 0: any" },
    { .name = "default_type",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_template,
      .field = FIELD(default_type),
      .initial = "text/plain",
      .syntax = "mime-type",
      .help = "Content-Type of answers that have no other" },
    { .name = "error_page",
      .where = CONF_HTTP_ALL | CONF_HTTP_LOCATION_IF,
      .type = &conf_type_error_page,
      .field = FIELD(error_pages),
      .inherit = INHERIT_LIST,
      .syntax = "code ... [=[answer]] uri",
      .help = "path, @name or URL that is answered with in the place of an error" },
    { .name = "internal",
      .where = CONF_HTTP_LOCATION,
      .type = &conf_type_mark,
      .field = FIELD(is_internal),
      .help = "the location is for redirects inside of weir only; clients get 404" },
    { .name = "merge_slashes",
      .where = CONF_HTTP_SERVERS,
      .type = &conf_type_flag,
      .field = FIELD(merges_slashes),
      .initial = "on",
      .syntax = "on | off",
      .help = "whether several slashes in a path count as one" },
    { .name = "port_in_redirect",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_flag,
      .field = FIELD(has_port_in_redirect),
      .initial = "on",
      .syntax = "on | off",
      .help = "whether absolute redirects tell the port" },
    { .name = "recursive_error_pages",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_flag,
      .field = FIELD(has_recursive_pages),
      .initial = "off",
      .syntax = "on | off",
      .help = "whether error_page holds for errors of error pages" },
    { .name = "rewrite_log",
      .where = CONF_HTTP_ALL | CONF_HTTP_SERVER_IF | CONF_HTTP_LOCATION_IF,
      .type = &conf_type_flag,
      .field = FIELD(logs_rewrites),
      .initial = "off",
      .syntax = "on | off",
      .help = "whether what if and rewrite do goes to the error log, as notices" },
    { .name = "satisfy",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_name,
      .field = FIELD(satisfy),
      .initial = "all",
      .syntax = "all | any",
      .help = "whether all that decide on access must allow it, or any",
      .detail = satisfy_names },
    { .name = "server_name_in_redirect",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_flag,
      .field = FIELD(has_name_in_redirect),
      .initial = "off",
      .syntax = "on | off",
      .help = "whether absolute redirects name the first server_name, not the client's Host" },
    { .name = "server_tokens",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_name,
      .field = FIELD(server_tokens),
      .initial = "on",
      .syntax = "on | off | build",
      .help = "whether the Server field and error pages tell the version",
      .detail = server_tokens_names },
    TABLE_SIZE("server_names_hash_bucket_size", CONF_HTTP),
    TABLE_SIZE("server_names_hash_max_size", CONF_HTTP),
    { .name = "uninitialized_variable_warn",
      .where = CONF_HTTP_ALL | CONF_HTTP_SERVER_IF | CONF_HTTP_LOCATION_IF,
      .type = &conf_type_flag,
      .field = FIELD(warns_of_unset),
      .initial = "on",
      .syntax = "on | off",
      .help = "whether the use of a variable that no set has set is logged" },
    TABLE_SIZE("types_hash_bucket_size", CONF_HTTP_ALL),
    TABLE_SIZE("types_hash_max_size", CONF_HTTP_ALL),
    TABLE_SIZE("variables_hash_bucket_size", CONF_HTTP),
    TABLE_SIZE("variables_hash_max_size", CONF_HTTP),
    DIRECTIVES_END
};

const struct module http_core_module = {
    .name = "http_core",
    .index = &module_index,
    .directives = directives,
    .conf_size = sizeof(struct http_core_settings),
    .finish = finish,
    .worker_start = http_worker_start,
    .worker_stop = http_worker_stop,
    .worker_drain = http_worker_drain,
};
