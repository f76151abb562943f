/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * groups - for the tests of lb: a configuration with upstreams from text, and picks.
 *
 * The text is a whole configuration. `pass TARGET [PORT];` in http or stream is what a proxy_pass
 * would be (group_for() with that default port), `bind ...;` is proxy_bind. Without a seat of its
 * own the test is a mere check: states are the configuration's own.
 */
#ifndef WEIR_T_UNIT_LB_GROUPS_H
#define WEIR_T_UNIT_LB_GROUPS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/number.h"
#include "conf/value.h"
#include "expr/variable.h"
#include "lb/group.h"
#include "lb/pick.h"
#include "lb/proxy_bind.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- the test's module ---- */

enum { GROUPS_PASSED_MAX = 16 };

static struct group *groups_passed[GROUPS_PASSED_MAX]; /* of `pass`, in order */
static unsigned groups_pass_count;
static bool groups_is_check, groups_is_first; /* first: no check, though there is no seat yet */
static struct conf_block *groups_stream;

struct groups_conf {
    struct proxy_bind bind;
    int pass;
};

static const struct groups_conf *groups_settings; /* of the stream block */

static inline bool groups_open(struct conf *conf, struct conf_block *block,
                               const struct conf_line *line) {
    static const struct variable none[] = { { .name = NULL } };

    (void) line;
    if (block->where == CONF_STREAM) {
        groups_stream = block;
    }
    variable_add_builtins(conf, block->where, none);
    return true;
}

static inline bool groups_parse_pass(struct conf *conf, struct conf_block *block,
                                     const struct directive *directive,
                                     const struct conf_line *line, void *field) {
    uint64_t port = 0;
    struct group *group;

    (void) directive;
    (void) field;
    assert_true(line->count == 2 || parse_decimal(line->words[2].text, 65535, &port));
    group = group_for(conf, block->where, line->words[1].text, (uint16_t) port, line, 1);
    if (group != NULL) {
        assert_true(groups_pass_count < GROUPS_PASSED_MAX);
        groups_passed[groups_pass_count++] = group;
    }
    return group != NULL;
}

static const struct conf_type groups_type_pass = {
    .name = "target",
    .size = sizeof(int),
    .min_words = 1,
    .max_words = 2,
    .is_repeatable = true,
    .parse = groups_parse_pass,
};

static inline bool groups_compile(struct conf *conf, const struct conf_block *block,
                                  void *settings) {
    (void) conf;
    if (block->where == CONF_STREAM) {
        groups_settings = settings;
    }
    return true;
}

static inline bool groups_finish_variables(struct conf *conf) {
    return groups_stream == NULL
        || variable_table_check(conf, variable_table_of(conf, groups_stream));
}

static const struct conf_block_kind groups_http_kind = { .inside = CONF_HTTP,
                                                         .open = groups_open };
static const struct conf_block_kind groups_stream_kind = { .inside = CONF_STREAM,
                                                           .open = groups_open };

static const struct directive groups_directives[] = {
    { .name = "http", .where = CONF_MAIN, .type = &conf_type_block, .detail = &groups_http_kind,
      .syntax = "{ ... }", .help = "the http part" },
    { .name = "stream", .where = CONF_MAIN, .type = &conf_type_block,
      .detail = &groups_stream_kind, .syntax = "{ ... }", .help = "the stream part" },
    { .name = "pass", .where = CONF_HTTP | CONF_STREAM, .type = &groups_type_pass,
      .field = offsetof(struct groups_conf, pass), .syntax = "target [port]",
      .help = "a target" },
    { .name = "bind", .where = CONF_STREAM, .type = &conf_type_proxy_bind,
      .field = offsetof(struct groups_conf, bind), .syntax = "address", .help = "an address" },
    DIRECTIVES_END
};

static unsigned groups_index;

static const struct module groups_module = {
    .name = "groups",
    .index = &groups_index,
    .directives = groups_directives,
    .conf_size = sizeof(struct groups_conf),
    .compile = groups_compile,
    .finish = groups_finish_variables,
};

static const struct module *const groups_modules[] = { &lb_module, &groups_module, NULL };

/* ---- loading ---- */

static inline struct conf *groups_load_any(const char *text) {
    char path[] = "/tmp/weir-unit-lb-XXXXXX";
    struct conf_options options = { .path = path, .prefix = "/tmp",
                                    .is_check = groups_is_check
                                        || (seat_self() == NULL && !groups_is_first) };
    struct conf *conf;
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    groups_pass_count = 0;
    groups_stream = NULL;
    groups_settings = NULL;
    conf = conf_load(&options, groups_modules);
    unlink(path);
    return conf;
}

/* A text that must be right. */
static inline struct conf *groups_load(const char *text) {
    struct conf *conf = groups_load_any(text);
    const struct conf_message *message = conf_message(conf, 0);

    if (message != NULL) {
        fail_msg("line %u: %s (%s)", message->line, message->text, message->help);
    }
    return conf;
}

/* A wrong text, and its first message. */
static inline void groups_assert_error(const char *text, unsigned line, const char *expected) {
    struct conf *conf = groups_load_any(text);
    const struct conf_message *message = conf_message(conf, 0);

    assert_non_null(message);
    assert_string_equal(message->text, expected);
    assert_int_equal(message->severity, CONF_ERROR);
    assert_int_equal(message->line, line);
    conf_free(conf);
}

/* A stream upstream "u" with these server lines, or whatever stands in it. */
static inline struct group *groups_one(struct conf **conf, const char *servers) {
    size_t len = strlen(servers) + 64;
    char *text = malloc(len);
    struct group *group;

    snprintf(text, len, "stream {\nupstream u {\n%s\n}\n}\n", servers);
    *conf = groups_load(text);
    free(text);
    group = group_find(*conf, CONF_STREAM, STR("u"));
    assert_non_null(group);
    return group;
}

static inline void assert_str(struct str actual, const char *expected) {
    if (!str_is(actual, expected)) {
        fail_msg("\"%.*s\" is not \"%s\"", STR_ARG(actual), expected);
    }
}

/* Ends a program: what the pools of the process keep is no leak. */
static inline int groups_give_back(void **state) {
    (void) state;
    arena_trim();
    buf_trim();
    return 0;
}

/* ---- picks ---- */

/* A client: its picks, one at a time. */
struct client {
    struct pick pick;
    struct scope scope;
    struct arena arena;
};

static inline void client_init(struct client *client, struct group *group) {
    memset(client, 0, sizeof(*client));
    arena_init(&client->arena);
    scope_init(&client->scope, NULL, &client->arena);
    pick_init(&client->pick, group, &client->scope);
}

static inline void client_fini(struct client *client, enum pick_outcome outcome) {
    pick_done(&client->pick, outcome);
    arena_fini(&client->arena);
}

/* One pick with its outcome: the peer's index, or -1. */
static inline int pick_once(struct group *group, enum pick_outcome outcome) {
    struct client client;
    int peer;

    client_init(&client, group);
    peer = pick_peer(&client.pick) == PICK_OK ? client.pick.peer : -1;
    client_fini(&client, outcome);
    return peer;
}

/* So many picks as letters, 'a' for the first peer, '-' for none. */
static inline const char *pick_letters(struct group *group, unsigned count) {
    static char letters[4096];
    unsigned i;

    assert_true(count < sizeof(letters));
    for (i = 0; i < count; i++) {
        int peer = pick_once(group, PICK_SUCCESS);

        letters[i] = peer < 0 ? '-' : (char) ('a' + peer);
    }
    letters[count] = '\0';
    return letters;
}

#endif
