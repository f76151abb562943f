/* SPDX-License-Identifier: BSD-2-Clause */
/* auth_delay - a 401 that waits; see auth_delay.h. */
#include "http/auth_delay.h"

#include "base/log.h"
#include "conf/value.h"
#include "event/timer.h"

#include <stddef.h>

static unsigned module_index;

struct auth_delay_settings {
    int64_t delay_ms; /* 0: none */
};

struct auth_delay_state {
    struct timer timer;
    struct exchange *exchange; /* NULL: it has not begun */
    bool is_over;
};

static void on_expiry(struct timer *timer) {
    struct auth_delay_state *state = list_object(timer, struct auth_delay_state, timer);

    state->is_over = true;
    exchange_resume(state->exchange);
}

static void begin(struct exchange *exchange, struct auth_delay_state *state, int64_t delay_ms) {
    log_write(exchange->log, LOG_LEVEL_INFO, 0, &exchange->log_context,
              "delaying unauthorized request");
    state->exchange = exchange;
    timer_init(&state->timer, on_expiry);
    timer_start(&state->timer, delay_ms);
}

bool auth_delay_is_over(struct exchange *exchange) {
    const struct auth_delay_settings *settings
        = conf_of(exchange->location->block, &auth_delay_module);
    struct auth_delay_state *state;

    if (settings->delay_ms == 0) {
        return true;
    }
    state = exchange_state(exchange, &auth_delay_module);
    if (state->exchange == NULL) {
        begin(exchange, state, settings->delay_ms);
    }
    return state->is_over;
}

static void state_close(void *data) {
    struct auth_delay_state *state = data;

    if (state->exchange != NULL) {
        timer_fini(&state->timer);
    }
}

static const struct directive directives[] = {
    { .name = "auth_delay",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_time,
      .field = offsetof(struct auth_delay_settings, delay_ms),
      .initial = "0s",
      .syntax = "time",
      .help = "how long clients that are not let in wait for the answer 401" },
    DIRECTIVES_END
};

const struct module auth_delay_module = {
    .name = "auth_delay",
    .index = &module_index,
    .directives = directives,
    .conf_size = sizeof(struct auth_delay_settings),
    .state_size = sizeof(struct auth_delay_state),
    .state_close = state_close,
};
