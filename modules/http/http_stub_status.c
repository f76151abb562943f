/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * http_stub_status - `stub_status`: a short page with the numbers of connections and requests, of
 * all processes since the start, and the same as variables.
 */
#include "base/panic.h"
#include "conf/value.h"
#include "http/hooks.h"
#include "http/respond.h"
#include "shm/counter.h"

static unsigned module_index;

struct http_stub_status_settings {
    bool is_on;
};

/* ---- the numbers ---- */

enum figure { FIGURE_ACTIVE, FIGURE_READING, FIGURE_WRITING, FIGURE_WAITING };

/* Of what is looked at while it changes, a part can be more than the whole. */
static uint64_t left_of(uint64_t whole, uint64_t part) {
    return whole > part ? whole - part : 0;
}

static uint64_t find_figure(enum figure figure) {
    uint64_t reading = counter_sum((enum counter) GAUGE_CLIENTS_READING);
    uint64_t waiting = counter_sum((enum counter) GAUGE_CLIENTS_IDLE);

    switch (figure) {
    case FIGURE_ACTIVE:
        return counter_sum((enum counter) GAUGE_CLIENTS);
    case FIGURE_READING:
        return reading;
    case FIGURE_WRITING:
        return left_of(counter_sum((enum counter) GAUGE_CLIENTS_HTTP), reading + waiting);
    case FIGURE_WAITING:
        return waiting;
    }
    UNREACHABLE();
}

static bool get_figure(struct scope *scope, const struct variable *variable, struct str name,
                       struct str *value) {
    (void) name;
    *value = arena_print(scope->arena, "%llu", (unsigned long long) find_figure(
                             (enum figure) (uintptr_t) variable->detail));
    return true;
}

#define FIGURE_VARIABLE(variable_name, figure)                                                     \
    { .name = variable_name,                                                                       \
      .get = get_figure,                                                                           \
      .is_volatile = true,                                                                         \
      .detail = (const void *) (uintptr_t) (figure) }

static const struct variable variables[] = {
    FIGURE_VARIABLE("connections_active", FIGURE_ACTIVE),
    FIGURE_VARIABLE("connections_reading", FIGURE_READING),
    FIGURE_VARIABLE("connections_waiting", FIGURE_WAITING),
    FIGURE_VARIABLE("connections_writing", FIGURE_WRITING),
    { .name = NULL }
};

/* ---- the page ---- */

static enum http_next handle(struct exchange *exchange, const void *data) {
    enum method method = exchange->request->method;

    (void) data;
    if (method != METHOD_GET && method != METHOD_HEAD) {
        respond_status(exchange, 405);
        return HTTP_DONE;
    }
    respond_text(exchange, 200, "text/plain",
                 arena_print(&exchange->arena,
                             "Active connections: %llu \n"
                             "server accepts handled requests\n"
                             " %llu %llu %llu \n"
                             "Reading: %llu Writing: %llu Waiting: %llu \n",
                             (unsigned long long) find_figure(FIGURE_ACTIVE),
                             (unsigned long long) counter_sum(COUNTER_ACCEPTED),
                             (unsigned long long) counter_sum(COUNTER_HANDLED),
                             (unsigned long long) counter_sum(COUNTER_REQUESTS),
                             (unsigned long long) find_figure(FIGURE_READING),
                             (unsigned long long) find_figure(FIGURE_WRITING),
                             (unsigned long long) find_figure(FIGURE_WAITING)));
    return HTTP_DONE;
}

static bool wants(const void *data) {
    const struct http_stub_status_settings *settings = data;

    return settings->is_on;
}

/* Older configurations have a word behind it, which never meant anything. */
static const struct conf_type type_stub_status = {
    .name = "none",
    .size = sizeof(bool),
    .min_words = 0,
    .max_words = 1,
    .parse = conf_parse_mark,
};

static const struct directive directives[] = {
    { .name = "stub_status",
      .where = CONF_HTTP_SERVER | CONF_HTTP_LOCATION,
      .type = &type_stub_status,
      .inherit = INHERIT_NONE,
      .syntax = "",
      .help = "answers with the numbers of connections and requests" },
    DIRECTIVES_END
};

const struct http_module http_stub_status_module = {
    .base = { .name = "http_stub_status",
              .family = CONF_HTTP,
              .index = &module_index,
              .directives = directives,
              .conf_size = sizeof(struct http_stub_status_settings),
              .variables = variables },
    .handle = handle,
    .wants = wants,
};
