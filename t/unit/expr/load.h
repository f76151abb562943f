/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * load - for the tests of expr: a configuration from text, and scopes with made-up requests.
 *
 * The text is a whole configuration: `http { ... }`, `stream { ... }`, `server { ... }` in either.
 * The test's own module makes these blocks and `location`, and the directive `text` (a template).
 * Built-ins: $host, $remote_addr, $binary_remote_addr, $uri, $args, $arg_NAME and $http_NAME, which
 * read the request of the test; $limit_rate, which can be set; $counter, volatile, which counts how
 * often it was asked.
 */
#ifndef WEIR_T_UNIT_EXPR_LOAD_H
#define WEIR_T_UNIT_EXPR_LOAD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/list.h"
#include "conf/conf.h"
#include "conf/value.h"
#include "expr/geo.h"
#include "expr/map.h"
#include "expr/media_types.h"
#include "expr/script.h"
#include "expr/split_clients.h"
#include "expr/template.h"
#include "expr/variable.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- the request ---- */

enum { REQUEST_FIELDS_MAX = 8 };

/* What a test knows of its client. Fields are those of $arg_ and $http_ alike. */
struct request {
    struct scope scope;
    struct arena arena;
    struct conf *conf;
    struct str host, address, binary_address, path, args;
    struct {
        const char *name;
        struct str value;
    } fields[REQUEST_FIELDS_MAX];
    int limit_rate;
    int counter;
    struct str rate_text;
};

static inline struct request *request_of(struct scope *scope) {
    return (struct request *) (void *) ((char *) scope - offsetof(struct request, scope));
}

/* detail: the offset of a struct str of the request. */
static inline bool load_get_text(struct scope *scope, const struct variable *variable,
                                 struct str name, struct str *value) {
    (void) name;
    *value = *(const struct str *) (const void *) ((const char *) request_of(scope)
                                                   + (size_t) variable->detail);
    return value->data != NULL;
}

static inline bool load_get_field(struct scope *scope, const struct variable *variable,
                                  struct str name, struct str *value) {
    struct request *request = request_of(scope);
    size_t i;

    name = str_from_byte(name, strlen(variable->name));
    for (i = 0; i < REQUEST_FIELDS_MAX && request->fields[i].name != NULL; i++) {
        if (str_is(name, request->fields[i].name)) {
            *value = request->fields[i].value;
            return true;
        }
    }
    return false;
}

static inline bool load_get_counter(struct scope *scope, const struct variable *variable,
                                    struct str name, struct str *value) {
    (void) variable, (void) name;
    *value = arena_print(scope->arena, "%d", ++request_of(scope)->counter);
    return true;
}

static inline void load_set_rate(struct scope *scope, const struct variable *variable,
                                 struct str value) {
    (void) variable;
    request_of(scope)->rate_text = value;
}

static const struct variable load_builtins[] = {
    { .name = "host", .get = load_get_text, .detail = (void *) offsetof(struct request, host) },
    { .name = "remote_addr", .get = load_get_text,
      .detail = (void *) offsetof(struct request, address) },
    { .name = "binary_remote_addr", .get = load_get_text,
      .detail = (void *) offsetof(struct request, binary_address) },
    { .name = "uri", .get = load_get_text, .detail = (void *) offsetof(struct request, path),
      .is_volatile = true },
    { .name = "args", .get = load_get_text, .detail = (void *) offsetof(struct request, args),
      .is_volatile = true },
    { .name = "limit_rate", .get = load_get_text, .set = load_set_rate,
      .detail = (void *) offsetof(struct request, rate_text) },
    { .name = "arg_", .get = load_get_field, .is_prefix = true },
    { .name = "http_", .get = load_get_field, .is_prefix = true },
    { .name = "counter", .get = load_get_counter, .is_volatile = true },
    { .name = NULL }
};

/* ---- the test's module ---- */

static struct conf_block *load_http, *load_stream, *load_server,
    *load_location; /* the last ones opened */

struct load_conf {
    struct template *text;
    struct media_types *types;
};

static inline bool load_open(struct conf *conf, struct conf_block *block,
                             const struct conf_line *line) {
    (void) line;
    if (block->where == CONF_HTTP || block->where == CONF_STREAM) {
        variable_add_builtins(conf, block->where, load_builtins);
        *(block->where == CONF_HTTP ? &load_http : &load_stream) = block;
    } else {
        *(block->where == CONF_HTTP_LOCATION ? &load_location : &load_server) = block;
    }
    return true;
}

static inline bool load_finish(struct conf *conf) {
    bool is_good = true;

    if (load_http != NULL) {
        is_good = variable_table_check(conf, variable_table_of(conf, load_http));
    }
    if (load_stream != NULL) {
        is_good = variable_table_check(conf, variable_table_of(conf, load_stream)) && is_good;
    }
    return is_good;
}

static const struct conf_block_kind load_http_kind = { .inside = CONF_HTTP, .open = load_open };
static const struct conf_block_kind load_stream_kind = { .inside = CONF_STREAM, .open = load_open };
static const struct conf_block_kind load_http_server_kind = {
    .inside = CONF_HTTP_SERVER, .open = load_open
};
static const struct conf_block_kind load_stream_server_kind = {
    .inside = CONF_STREAM_SERVER, .open = load_open
};

static const struct conf_block_kind load_location_kind = {
    .inside = CONF_HTTP_LOCATION, .open = load_open
};

/* answer TEXT: ends the program with it. */
static inline bool load_parse_answer(struct conf *conf, struct conf_block *block,
                                     const struct directive *directive,
                                     const struct conf_line *line, void *field) {
    (void) directive, (void) field;
    script_add_answer(conf, block, line->words[1].text.data);
    return true;
}

static const struct conf_type load_type_answer = {
    .name = "text", .min_words = 1, .max_words = 1, .is_repeatable = true,
    .parse = load_parse_answer
};

static const struct directive load_directives[] = {
    { .name = "http", .where = CONF_MAIN, .type = &conf_type_block, .detail = &load_http_kind,
      .syntax = "{ ... }", .help = "the http part" },
    { .name = "stream", .where = CONF_MAIN, .type = &conf_type_block, .detail = &load_stream_kind,
      .syntax = "{ ... }", .help = "the stream part" },
    { .name = "server", .where = CONF_HTTP, .type = &conf_type_block,
      .detail = &load_http_server_kind, .syntax = "{ ... }", .help = "a server" },
    { .name = "server", .where = CONF_STREAM, .type = &conf_type_block,
      .detail = &load_stream_server_kind, .syntax = "{ ... }", .help = "a server" },
    { .name = "location", .where = CONF_HTTP_SERVER | CONF_HTTP_LOCATION,
      .type = &conf_type_block_one, .detail = &load_location_kind, .syntax = "uri { ... }",
      .help = "a location" },
    { .name = "types", .where = CONF_HTTP_ALL, .type = &conf_type_media_types,
      .field = offsetof(struct load_conf, types), .inherit = INHERIT_LIST, .syntax = "{ ... }",
      .help = "media types" },
    { .name = "answer", .where = CONF_HTTP_LOCATION | CONF_HTTP_LOCATION_IF,
      .type = &load_type_answer, .syntax = "text", .help = "ends a program" },
    { .name = "text", .where = CONF_MAIN | CONF_HTTP_ALL | CONF_HTTP_LOCATION_IF | CONF_STREAM
          | CONF_STREAM_SERVER, .type = &conf_type_template,
      .field = offsetof(struct load_conf, text), .inherit = INHERIT_VALUE, .syntax = "string",
      .help = "a text" },
    DIRECTIVES_END
};

static unsigned load_index;

static const struct module load_module = {
    .name = "load",
    .index = &load_index,
    .directives = load_directives,
    .conf_size = sizeof(struct load_conf),
    .finish = load_finish,
};

/* Ends a group: what the pools of the process keep is no leak. */
static inline int load_give_back(void **state) {
    (void) state;
    arena_trim();
    buf_trim();
    return 0;
}

/* ---- loading ---- */

static const struct module *const load_modules[] = {
    &set_module, &rewrite_module, &map_module, &geo_module, &split_clients_module, &load_module,
    NULL
};

/* A file with the text; its path lasts until the next call. It is gone with load_forget(). */
static char load_path[64];

static inline const char *load_file(const char *text) {
    int fd;

    snprintf(load_path, sizeof(load_path), "/tmp/weir-unit-expr-XXXXXX");
    fd = mkstemp(load_path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    return load_path;
}

static inline struct conf *load(const char *text) {
    struct conf_options options = { .path = load_file(text), .prefix = "/tmp" };
    struct conf *conf;

    load_http = load_stream = load_server = load_location = NULL;
    conf = conf_load(&options, load_modules);
    unlink(load_path);
    return conf;
}

/* The same for a text that must be right. */
static inline struct conf *load_good(const char *text) {
    struct conf *conf = load(text);
    const struct conf_message *message = conf_message(conf, 0);

    if (conf_errors(conf) > 0 && message != NULL) {
        print_error("%s (line %u): %s\n", message->text, message->line, message->help);
    }
    assert_int_equal(conf_errors(conf), 0);
    return conf;
}

/* Loads a wrong text and expects its first message, at the line, with the help (NULL: any). */
static inline void assert_error(const char *text, unsigned line, const char *expected,
                                const char *help) {
    struct conf *conf = load(text);
    const struct conf_message *message = conf_message(conf, 0);

    assert_non_null(message);
    assert_string_equal(message->text, expected);
    assert_int_equal(message->severity, CONF_ERROR);
    assert_int_equal(message->line, line);
    if (help != NULL) {
        assert_string_equal(message->help, help);
    }
    conf_free(conf);
}

/* Loads a text with one warning. */
static inline struct conf *load_warned(const char *text, const char *expected) {
    struct conf *conf = load(text);
    const struct conf_message *message = conf_message(conf, 0);

    assert_non_null(message);
    assert_string_equal(message->text, expected);
    assert_int_equal(message->severity, CONF_WARNING);
    assert_int_equal(conf_errors(conf), 0);
    return conf;
}

/* A request to http of the configuration, or to stream where that is all there is; fields is up to
 * the test. The configuration goes with it. */
static inline void request_init(struct request *request, struct conf *conf) {
    const struct conf_block *block = load_http != NULL ? load_http : load_stream;

    memset(request, 0, sizeof(*request));
    arena_init(&request->arena);
    scope_init(&request->scope, variable_table_of(conf, block), &request->arena);
    request->conf = conf;
}

static inline void request_fini(struct request *request) {
    arena_fini(&request->arena);
    conf_free(request->conf);
}

/* The request anew: nothing of its variables is kept. */
static inline void request_again(struct request *request) {
    const struct variable_table *table = request->scope.table;

    arena_fini(&request->arena);
    scope_init(&request->scope, table, &request->arena);
}

static inline void assert_str(struct str actual, const char *expected) {
    if (!str_is(actual, expected)) {
        fail_msg("\"%.*s\" is not \"%s\"", STR_ARG(actual), expected);
    }
}

/* The value of a variable must be the text; NULL: there must be none. */
static inline void assert_variable(struct request *request, const char *name,
                                   const char *expected) {
    struct str value;
    bool is_found = scope_get_by_name(&request->scope, str_from(name), &value);

    assert_int_equal(is_found, expected != NULL);
    assert_str(value, expected != NULL ? expected : "");
}

/* The same in a fresh request with the one field a. */
static inline void assert_for_a(struct request *request, const char *a, const char *name,
                                const char *expected) {
    request_again(request);
    request->fields[0].name = "a";
    request->fields[0].value = str_from(a);
    assert_variable(request, name, expected);
}

#endif
