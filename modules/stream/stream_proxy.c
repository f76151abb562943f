/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stream_proxy - `proxy_pass`: a connection to a server, and the relay between the two.
 *
 * The server may speak first: nothing is awaited from the client before the connection is made.
 */
#include "base/clock.h"
#include "base/log.h"
#include "conf/value.h"
#include "lb/attempt.h"
#include "lb/proxy_bind.h"
#include "net/relay.h"
#include "stream/session.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

static unsigned module_index;
extern const struct stream_module stream_proxy_module;

struct stream_proxy_pass {
    const struct conf_line *line;
    struct group *group;          /* NULL: the target has variables */
    const struct template *target;
};

struct stream_proxy_settings {
    struct stream_proxy_pass pass;
    int64_t connect_timeout_ms, timeout_ms;
    int64_t next_timeout_ms, next_tries;
    uint64_t buffer_size;
    const struct template *download_rate, *upload_rate;
    struct proxy_bind bind;
    bool has_next, has_half_close, has_keepalive;
};

struct stream_proxy_state {
    struct session *session;
    const struct stream_proxy_settings *settings;
    struct attempt attempt;
    struct relay relay;
    struct conn *upstream;
    bool is_relaying;
};

/* ---- the end ---- */

static void note_figures(struct stream_proxy_state *state) {
    struct attempt_try *figures = attempt_current(&state->attempt);

    figures->bytes_sent = state->upstream->bytes_sent;
    figures->bytes_received = state->upstream->bytes_received;
    figures->total_ms = clock_ms() - state->attempt.try_start_ms;
    if (state->relay.down.first_byte_ms != 0) {
        figures->first_byte_ms = state->relay.down.first_byte_ms - state->attempt.try_start_ms;
    }
}

/* As nginx words it: what, the error, and what was being done. */
static void log_lost(const struct session *session, enum log_level level, const char *what,
                     int error) {
    const char *text = strerrordesc_np(error);

    log_write(session->log, level, 0, &session->log_context,
              "%s (%d: %s) while proxying connection", what, error,
              text != NULL ? text : "Unknown error");
}

static void log_end(const struct stream_proxy_state *state, enum relay_end end) {
    struct session *session = state->session;

    switch (end) {
    case RELAY_DONE:
        log_write(session->log, LOG_LEVEL_INFO, 0, &session->log_context, "%s disconnected",
                  session->conn->is_at_end ? "client" : "upstream");
        return;
    case RELAY_IDLE:
        log_lost(session, LOG_LEVEL_INFO, "connection timed out", ETIMEDOUT);
        return;
    case RELAY_DOWNSTREAM_LOST:
        log_lost(session, LOG_LEVEL_INFO, "client connection lost", session->conn->error);
        return;
    case RELAY_UPSTREAM_LOST:
        log_lost(session, LOG_LEVEL_ERROR, "upstream connection lost", state->upstream->error);
        return;
    }
}

static void on_relay_end(struct relay *relay, enum relay_end end) {
    struct stream_proxy_state *state = list_object(relay, struct stream_proxy_state, relay);
    struct session *session = state->session;

    log_end(state, end);
    termination_note(&session->termination, relay_termination(end));
    /* An end that one side did not ask for is passed on as what it was: not as an orderly one. */
    if (end == RELAY_DOWNSTREAM_LOST) {
        note_figures(state);
        conn_reset(state->upstream);
    } else if (end == RELAY_UPSTREAM_LOST) {
        session_end_with_reset(session);
    }
    session_end(session, SESSION_OK);
}

/* ---- the beginning ---- */

/* The rate that the template gives in this session: bytes per second, 0: none. */
static uint64_t rate_of(const struct template *template, struct session *session) {
    struct str text;
    uint64_t rate;

    if (template == NULL) {
        return 0;
    }
    text = template_text(template, &session->scope);
    return text.len > 0 && parse_size(text, &rate) ? rate : 0;
}

static void on_upstream_ready(struct attempt *attempt, struct conn *conn) {
    struct stream_proxy_state *state = list_object(attempt, struct stream_proxy_state, attempt);
    const struct stream_proxy_settings *settings = state->settings;
    struct session *session = state->session;
    struct relay_options options = {
        .buffer_size = settings->buffer_size,
        .idle_ms = settings->timeout_ms,
        .download_rate = rate_of(settings->download_rate, session),
        .upload_rate = rate_of(settings->upload_rate, session),
        .keeps_half_open = settings->has_half_close,
    };

    state->upstream = conn;
    state->is_relaying = true;
    attempt_confirm(attempt);
    log_write(session->log, LOG_LEVEL_INFO, 0, &session->log_context, "proxy connected to %.*s",
              STR_ARG(attempt_current(attempt)->peer));
    relay_start(&state->relay, session->conn, conn, &options, on_relay_end);
}

static void on_upstream_failed(struct attempt *attempt, enum attempt_failure why) {
    struct stream_proxy_state *state = list_object(attempt, struct stream_proxy_state, attempt);

    termination_note(&state->session->termination, attempt_termination(why));
    session_end(state->session, why == ATTEMPT_UNRESOLVED ? SESSION_INTERNAL_ERROR
                                                          : SESSION_BAD_GATEWAY);
}

/* Before the server is there, only a broken connection matters: bytes wait, and an end of the
 * client's stream may be followed by an answer. */
static void on_client_ready(struct conn *conn) {
    struct session *session = conn->owner;
    int error = 0;
    socklen_t len = sizeof(error);

    if (conn->has_hup && getsockopt(conn->watch.fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0
        && error != 0) {
        log_write(session->log, LOG_LEVEL_INFO, error, &session->log_context,
                  "client prematurely closed connection while connecting to upstream");
        termination_note(&session->termination, TERMINATION_CLIENT_CLOSED);
        session_end(session, SESSION_OK);
    }
}

static bool lacks_port(struct str target) {
    struct str host, port;

    return parse_host_port(target, &host, &port) && host.len > 0 && port.len == 0;
}

static struct group *find_group(struct session *session,
                                const struct stream_proxy_settings *settings) {
    struct str target;
    struct group *group;

    if (settings->pass.group != NULL) {
        return settings->pass.group;
    }
    target = template_text(settings->pass.target, &session->scope);
    group = group_for_session(stream_conf(), CONF_STREAM, target, 0,
                              resolver_settings_of(session->server->block), &session->arena);
    if (group == NULL) {
        log_write(session->log, LOG_LEVEL_ERROR, 0, &session->log_context,
                  lacks_port(target) ? "no port in upstream \"%.*s\""
                                     : "no upstream and no address: \"%.*s\"",
                  STR_ARG(target));
    }
    return group;
}

static enum stream_next handle(struct session *session, const void *data) {
    const struct stream_proxy_settings *settings = data;
    struct attempt_options options = {
        .connect_timeout_ms = settings->connect_timeout_ms,
        .tries = (unsigned) settings->next_tries,
        .next_timeout_ms = settings->next_timeout_ms,
        .next_on_error = settings->has_next,
        .next_on_timeout = settings->has_next,
        .has_keepalive = settings->has_keepalive,
        .has_nodelay = stream_core_of(session->server)->has_tcp_nodelay,
        .is_transparent = settings->bind.is_transparent,
    };
    struct group *group = find_group(session, settings);
    struct stream_proxy_state *state;

    if (group == NULL) {
        session_end(session, SESSION_INTERNAL_ERROR);
        return STREAM_DONE;
    }
    proxy_bind_addr(&settings->bind, &session->scope, session->log, &session->log_context,
                    &options.bind);
    state = session_state(session, &stream_proxy_module.base, true);
    state->session = session;
    state->settings = settings;
    attempt_init(&state->attempt, group, &session->scope, &options);
    state->attempt.arena = &session->arena;
    state->attempt.log = session->log;
    state->attempt.log_context = &session->log_context;
    state->attempt.on_ready = on_upstream_ready;
    state->attempt.on_failed = on_upstream_failed;
    session->attempt = &state->attempt;
    session->conn->on_ready = on_client_ready;
    attempt_start(&state->attempt);
    return STREAM_DONE;
}

static void on_log(struct session *session, const void *settings) {
    struct stream_proxy_state *state = session_state(session, &stream_proxy_module.base, false);

    (void) settings;
    if (state != NULL && state->is_relaying && !state->upstream->is_closed) {
        note_figures(state);
    }
}

static void state_close(void *data) {
    struct stream_proxy_state *state = data;

    if (state->is_relaying) {
        relay_cancel(&state->relay);
        conn_close(state->upstream);
        attempt_done(&state->attempt, PICK_SUCCESS);
    }
    attempt_cancel(&state->attempt);
}

/* ---- directives ---- */

static bool parse_proxy_pass(struct conf *conf, struct conf_block *block,
                             const struct directive *directive, const struct conf_line *line,
                             void *field) {
    struct stream_proxy_pass *pass = field;

    (void) directive;
    pass->line = line;
    pass->target = template_compile(conf, block, line, 1);
    return pass->target != NULL;
}

static const struct conf_type type_proxy_pass = {
    .name = "address",
    .size = sizeof(struct stream_proxy_pass),
    .min_words = 1,
    .max_words = 1,
    .parse = parse_proxy_pass,
};

static bool parse_rate(struct conf *conf, struct conf_block *block,
                       const struct directive *directive, const struct conf_line *line,
                       void *field) {
    const struct template **rate = field;
    uint64_t bytes;

    *rate = template_compile(conf, block, line, 1);
    if (*rate != NULL && (*rate)->is_constant && !parse_size((*rate)->text, &bytes)) {
        return conf_invalid(conf, directive, line, 1, "bytes per second such as 512k, 0 for any");
    }
    return *rate != NULL;
}

static const struct conf_type type_rate = {
    .name = "rate",
    .size = sizeof(struct template *),
    .min_words = 1,
    .max_words = 1,
    .parse = parse_rate,
};

#define FIELD(name) offsetof(struct stream_proxy_settings, name)

static const struct conf_range range_buffer = { .min = 1, .max = 1 << 24 };

static const struct directive directives[] = {
    { .name = "proxy_bind",
      .where = CONF_STREAM_ALL,
      .type = &conf_type_proxy_bind,
      .field = FIELD(bind),
      .syntax = "address [transparent] | off",
      .help = "local address of the connections to servers" },
    { .name = "proxy_buffer_size",
      .where = CONF_STREAM_ALL,
      .type = &conf_type_size,
      .field = FIELD(buffer_size),
      .initial = "16k",
      .syntax = "size",
      .help = "bytes in flight in each direction, at first: streams that fill it get more",
      .detail = &range_buffer },
    { .name = "proxy_connect_timeout",
      .where = CONF_STREAM_ALL,
      .type = &conf_type_time,
      .field = FIELD(connect_timeout_ms),
      .initial = "60s",
      .syntax = "time",
      .help = "how long a server may take to accept the connection" },
    { .name = "proxy_download_rate",
      .where = CONF_STREAM_ALL,
      .type = &type_rate,
      .field = FIELD(download_rate),
      .initial = "0",
      .syntax = "rate",
      .help = "bytes per second that go to each client; 0: no limit" },
    { .name = "proxy_half_close",
      .where = CONF_STREAM_ALL,
      .type = &conf_type_flag,
      .field = FIELD(has_half_close),
      .initial = "off",
      .syntax = "on | off",
      .help = "whether one direction may go on for as long as it likes after the other has ended" },
    { .name = "proxy_next_upstream",
      .where = CONF_STREAM_ALL,
      .type = &conf_type_flag,
      .field = FIELD(has_next),
      .initial = "on",
      .syntax = "on | off",
      .help = "whether a server that cannot be connected to is passed over for the next" },
    { .name = "proxy_next_upstream_timeout",
      .where = CONF_STREAM_ALL,
      .type = &conf_type_time,
      .field = FIELD(next_timeout_ms),
      .initial = "0",
      .syntax = "time",
      .help = "how long servers are tried; 0: no limit" },
    { .name = "proxy_next_upstream_tries",
      .where = CONF_STREAM_ALL,
      .type = &conf_type_number,
      .field = FIELD(next_tries),
      .initial = "0",
      .syntax = "number",
      .help = "how many servers are tried; 0: all" },
    { .name = "proxy_pass",
      .where = CONF_STREAM_SERVER,
      .type = &type_proxy_pass,
      .field = FIELD(pass),
      .inherit = INHERIT_NONE,
      .syntax = "address",
      .help = "the server, or the name of the upstream, that connections are passed to" },
    { .name = "proxy_socket_keepalive",
      .where = CONF_STREAM_ALL,
      .type = &conf_type_flag,
      .field = FIELD(has_keepalive),
      .initial = "off",
      .syntax = "on | off",
      .help = "TCP keepalive on the connections to servers" },
    { .name = "proxy_timeout",
      .where = CONF_STREAM_ALL,
      .type = &conf_type_time,
      .field = FIELD(timeout_ms),
      .initial = "10m",
      .syntax = "time",
      .help = "how long a session may stay without a byte in either direction" },
    { .name = "proxy_upload_rate",
      .where = CONF_STREAM_ALL,
      .type = &type_rate,
      .field = FIELD(upload_rate),
      .initial = "0",
      .syntax = "rate",
      .help = "bytes per second that are taken from each client; 0: no limit" },
    DIRECTIVES_END
};

static bool compile(struct conf *conf, const struct conf_block *block, void *data) {
    struct stream_proxy_settings *settings = data;
    struct stream_proxy_pass *pass = &settings->pass;

    (void) block;
    if (pass->target == NULL || !pass->target->is_constant) {
        return true;
    }
    pass->group = group_for(conf, CONF_STREAM, pass->target->text, 0, pass->line, 1);
    return pass->group != NULL;
}

static bool wants(const void *data) {
    const struct stream_proxy_settings *settings = data;

    return settings->pass.target != NULL;
}

const struct stream_module stream_proxy_module = {
    .base = { .name = "stream_proxy",
              .family = CONF_STREAM,
              .index = &module_index,
              .directives = directives,
              .conf_size = sizeof(struct stream_proxy_settings),
              .state_size = sizeof(struct stream_proxy_state),
              .state_close = state_close,
              .compile = compile },
    .handle = handle,
    .on_log = on_log,
    .wants = wants,
};
