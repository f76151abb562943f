/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stream_return - `return value`: sends the text and ends the session.
 *
 * A socket that is closed with unread bytes in it answers with a reset, which may overtake the
 * text. So the stream is ended first, and what the client still sends is read and dropped for a
 * while.
 */
#include "expr/template.h"
#include "stream/session.h"

#include <stddef.h>

enum {
    LINGER_MS = 2000,
    DROP_SIZE = 16 * 1024
};

static unsigned module_index;
extern const struct stream_module stream_return_module;

struct stream_return_settings {
    const struct template *value;
};

struct stream_return_state {
    struct session *session;
    struct str rest; /* still to be sent */
    struct timer linger;
    bool is_shut;
};

static void drop_input(struct session *session) {
    struct conn *conn = session->conn;
    enum conn_result result;
    size_t len;

    do {
        buf_consume(&conn->in, buf_len(&conn->in));
        result = conn_recv(conn, DROP_SIZE, &len);
    } while (result == CONN_OK);
    if (result != CONN_AGAIN) {
        session_end(session, SESSION_OK);
    }
}

static void send_rest(struct stream_return_state *state) {
    struct conn *conn = state->session->conn;
    size_t len;

    while (state->rest.len > 0) {
        struct iovec iov = { (void *) state->rest.data, state->rest.len };
        enum conn_result result = conn_send(conn, &iov, 1, &len);

        if (result == CONN_AGAIN) {
            return;
        }
        if (result != CONN_OK) {
            session_end(state->session, SESSION_OK);
            return;
        }
        state->rest = str_from_byte(state->rest, len);
    }
    state->is_shut = true;
    timer_start(&state->linger, LINGER_MS);
    if (conn_shutdown(conn) != CONN_OK) {
        session_end(state->session, SESSION_OK);
    }
}

static void on_ready(struct conn *conn) {
    struct session *session = conn->owner;
    struct stream_return_state *state
        = session_state(session, &stream_return_module.base, true);

    if (!state->is_shut) {
        send_rest(state);
    }
    if (state->is_shut && session->step != SESSION_OVER) {
        drop_input(session);
    }
}

static void on_linger(struct timer *timer) {
    session_end(list_object(timer, struct stream_return_state, linger)->session, SESSION_OK);
}

static enum stream_next handle(struct session *session, const void *data) {
    const struct stream_return_settings *settings = data;
    struct stream_return_state *state
        = session_state(session, &stream_return_module.base, true);

    state->session = session;
    timer_init(&state->linger, on_linger);
    state->rest = template_text(settings->value, &session->scope);
    session->conn->on_ready = on_ready;
    on_ready(session->conn);
    return STREAM_DONE;
}

static void state_close(void *data) {
    struct stream_return_state *state = data;

    timer_fini(&state->linger);
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
