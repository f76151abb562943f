/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stream_return - `return value`: sends the text and ends the session.
 *
 * A socket that is closed with unread bytes in it answers with a reset, which may overtake the
 * text. So the stream is ended first, and what the client still sends is read and dropped for a
 * while, a turn's share at a time.
 */
#include "base/log.h"
#include "expr/template.h"
#include "stream/session.h"

#include <errno.h>
#include <stddef.h>

enum {
    SEND_MS = 5000, /* nginx's: how long the client may take none of the text */
    LINGER_MS = 2000
};

static unsigned module_index;
extern const struct stream_module stream_return_module;

struct stream_return_settings {
    const struct template *value;
};

struct stream_return_state {
    struct session *session;
    struct str rest;    /* still to be sent */
    struct timer timer; /* SEND_MS, then LINGER_MS */
    struct task task;   /* goes on dropping */
    bool is_shut;
};

static void drop_input(struct stream_return_state *state) {
    size_t len;

    switch (conn_drop(state->session->conn, &len)) {
    case CONN_OK:
        task_start(&state->task);
        break;
    case CONN_AGAIN:
        break;
    case CONN_END:
    case CONN_FAILED:
        session_end(state->session, SESSION_OK);
    }
}

/* True: all is sent. */
static bool send_rest(struct stream_return_state *state) {
    struct conn *conn = state->session->conn;
    size_t len;

    while (state->rest.len > 0) {
        struct iovec iov = { (void *) state->rest.data, state->rest.len };
        enum conn_result result = conn_send(conn, &iov, 1, &len);

        if (result == CONN_AGAIN) {
            return false;
        }
        if (result != CONN_OK) {
            session_end(state->session, SESSION_OK);
            return false;
        }
        state->rest = str_from_byte(state->rest, len);
        timer_start(&state->timer, SEND_MS);
    }
    return true;
}

static void end_text(struct stream_return_state *state) {
    state->is_shut = true;
    timer_start(&state->timer, LINGER_MS);
    if (conn_shutdown(state->session->conn) == CONN_OK) {
        drop_input(state);
    } else {
        session_end(state->session, SESSION_OK);
    }
}

static void run(struct stream_return_state *state) {
    if (state->is_shut) {
        drop_input(state);
    } else if (send_rest(state)) {
        end_text(state);
    }
}

static void on_ready(struct conn *conn) {
    run(session_state(conn->owner, &stream_return_module.base, true));
}

static void on_task(struct task *task) {
    run(list_object(task, struct stream_return_state, task));
}

static void on_timer(struct timer *timer) {
    struct stream_return_state *state = list_object(timer, struct stream_return_state, timer);
    struct session *session = state->session;

    if (state->is_shut) {
        session_end(session, SESSION_OK);
        return;
    }
    log_write(session->log, LOG_LEVEL_INFO, ETIMEDOUT, &session->log_context,
              "connection timed out");
    session_end(session, SESSION_INTERNAL_ERROR);
}

static enum stream_next handle(struct session *session, const void *data) {
    const struct stream_return_settings *settings = data;
    struct stream_return_state *state
        = session_state(session, &stream_return_module.base, true);

    state->session = session;
    timer_init(&state->timer, on_timer);
    task_init(&state->task, on_task);
    state->rest = template_text(settings->value, &session->scope);
    session->conn->on_ready = on_ready;
    timer_start(&state->timer, SEND_MS);
    run(state);
    return STREAM_DONE;
}

static void state_close(void *data) {
    struct stream_return_state *state = data;

    timer_fini(&state->timer);
    task_cancel(&state->task);
}

static bool wants(const void *data) {
    const struct stream_return_settings *settings = data;

    return settings->value != NULL;
}

static const struct directive directives[] = {
    { .name = "return",
      .where = CONF_STREAM_SERVER,
      .type = &conf_type_template,
      .field = offsetof(struct stream_return_settings, value),
      .inherit = INHERIT_NONE,
      .syntax = "value",
      .help = "text that is sent to the client, after which the connection is closed" },
    DIRECTIVES_END
};

const struct stream_module stream_return_module = {
    .base = { .name = "stream_return",
              .family = CONF_STREAM,
              .index = &module_index,
              .directives = directives,
              .conf_size = sizeof(struct stream_return_settings),
              .state_size = sizeof(struct stream_return_state),
              .state_close = state_close },
    .handle = handle,
    .wants = wants,
};
