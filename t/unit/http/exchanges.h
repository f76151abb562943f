/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * exchanges - exchanges in memory for unit tests: a configuration from text, one exchange that a
 * client seems to have asked for, and a directive `answer NAME;` by which a location is answered
 * (exchanges_answer()). Whatever an exchange's answers keep is counted in exchanges_alive.
 */
#ifndef WEIR_T_UNIT_HTTP_EXCHANGES_H
#define WEIR_T_UNIT_HTTP_EXCHANGES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"
#include "conf/error_log.h"
#include "conf/value.h"
#include "expr/script.h"
#include "http/client_settings.h"
#include "http/exchange_priv.h"
#include "http/http_files.h"
#include "http/respond.h"
#include "net/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- the test's module ---- */

struct answer_conf {
    struct str name;
};

struct answer_state {
    bool is_made;
};

static enum http_next exchanges_answer(struct exchange *exchange, struct str name);
static int exchanges_alive;
static unsigned answer_index;

static inline void answer_close(void *state) {
    (void) state;
    exchanges_alive--;
}

static const struct http_module answer_module;

static inline enum http_next answer_handle(struct exchange *exchange, const void *settings) {
    const struct answer_conf *answer = settings;
    struct answer_state *state = exchange_state(exchange, &answer_module.base);

    if (!state->is_made) {
        state->is_made = true;
        exchanges_alive++;
    }
    return exchanges_answer(exchange, answer->name);
}

static const struct directive answer_directives[] = {
    { .name = "answer", .where = CONF_HTTP_ALL, .type = &conf_type_text,
      .field = offsetof(struct answer_conf, name), .inherit = INHERIT_NONE, .syntax = "name",
      .help = "how the test answers" },
    DIRECTIVES_END
};

static const struct http_module answer_module = {
    .base = { .name = "answer", .family = CONF_HTTP, .index = &answer_index,
              .directives = answer_directives, .conf_size = sizeof(struct answer_conf),
              .state_size = sizeof(struct answer_state), .state_close = answer_close },
    .handle = answer_handle,
};

/* ---- the configuration ---- */

static struct conf *exchanges_conf;

static inline void exchanges_load(const char *text) {
    static const struct module *const modules[] = { &error_log_module, &set_module, &names_module,
                                                    &client_settings_module,
                                                    &http_core_module, &http_files_module.base,
                                                    &answer_module.base, NULL };
    char path[] = "/tmp/weir-unit-http-XXXXXX";
    struct conf_options options = { .path = path, .prefix = "/tmp", .is_check = true };
    const struct conf_message *message;
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    exchanges_conf = conf_load(&options, modules);
    unlink(path);
    message = conf_message(exchanges_conf, 0);
    if (message != NULL) {
        print_error("%s (line %u): %s\n", message->text, message->line, message->help);
    }
    assert_int_equal(conf_errors(exchanges_conf), 0);
}

/* ---- the client ---- */

static struct conn client_conn;
static struct conn_side client_side;

/* What its leg was told. */
static struct {
    struct leg leg;
    unsigned heads, status, more;
    bool is_reset;
} client;

static inline void client_send_head(struct leg *leg, const struct message *head, bool is_whole) {
    (void) leg, (void) is_whole;
    client.heads++;
    client.status = head->status;
}

static inline void client_send_body(struct leg *leg) {
    (void) leg;
}

static inline void client_recv_more(struct leg *leg) {
    (void) leg;
    client.more++;
}

static inline void client_reset(struct leg *leg) {
    (void) leg;
    client.is_reset = true;
}

/* An exchange whose head has come; with framing a body is to follow. No location was looked for. */
static inline struct exchange *client_asks(const char *method, enum message_framing framing) {
    static const struct leg_ops ops = { .send_head = client_send_head,
                                        .send_body = client_send_body,
                                        .recv_more = client_recv_more,
                                        .reset = client_reset };
    struct exchange *exchange
        = exchange_new(&client_conn, http_default_server(listen_list(exchanges_conf)));
    struct message *request = arena_alloc(&exchange->arena, sizeof(*request));

    memset(&client, 0, sizeof(client));
    client.leg.ops = &ops;
    client.leg.arena = &exchange->arena;
    exchange_set_downstream(exchange, &client.leg);
    message_init(request, &exchange->arena);
    request->is_request = true;
    request->version = 11;
    request->method_name = str_from(method);
    request->method = method_of(request->method_name);
    request->target = request->path = STR("/parent?x=y");
    request->host = STR("example.com");
    request->request_line = arena_print(&exchange->arena, "%s /parent?x=y HTTP/1.1", method);
    request->framing = framing;
    message_add(request, STR("X-Client"), STR("c"));
    exchange->request = request;
    exchange->uri.path = STR("/parent");
    exchange->step = EXCHANGE_ACCESS;
    if (framing == FRAMING_NONE) {
        pipe_end(&exchange->request_body);
    }
    return exchange;
}

/* Its client is gone. */
static inline void client_leaves(struct exchange *exchange) {
    exchange->downstream->events->on_gone(exchange->downstream, LEG_CLOSED, 499);
}

/* ---- each test ---- */

static inline void exchanges_begin(const char *text) {
    loop_init();
    exchanges_alive = 0;
    exchanges_load(text);
    http_core_module.worker_start(exchanges_conf);
    client_conn.side = &client_side;
    assert_true(parse_addr(STR("192.0.2.7:1234"), 0, &client_side.remote));
    client_side.local = &client_side.remote;
    client_side.number = 17;
}

/* Turns until nothing is left to be done. */
static inline void exchanges_turn(void) {
    unsigned i;

    for (i = 0; i < 8; i++) {
        loop_turn(0);
    }
}

static inline void exchanges_end(void) {
    exchanges_turn();
    assert_int_equal(exchanges_alive, 0);
    http_core_module.worker_stop(exchanges_conf);
    conf_free(exchanges_conf);
    loop_fini();
}

/* Ends a group: what the pools of the process keep is no leak. */
static inline int exchanges_give_back(void **state) {
    (void) state;
    pipe_trim();
    buf_trim();
    arena_trim();
    return 0;
}

#endif
