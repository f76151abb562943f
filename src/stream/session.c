/* SPDX-License-Identifier: BSD-2-Clause */
/* session - one L4 connection from a client, from accept to its line in the log; see session.h. */
#include "stream/session.h"

#include "base/clock.h"
#include "base/heap.h"
#include "base/log.h"
#include "base/panic.h"
#include "conf/error_log.h"
#include "expr/script.h"
#include "lb/attempt.h"
#include "shm/counter.h"
#include "stream/stream_scope.h"

#include <stdio.h>

static struct list sessions = { &sessions, &sessions };
static const struct session *at_hand; /* whose steps or whose end run just now */

/* ---- last words ---- */

static const char *step_name(enum session_step step) {
    switch (step) {
    case SESSION_NEW:
        return "new";
    case SESSION_ACCESS:
        return "access";
    case SESSION_HANDLE:
        return "handle";
    case SESSION_OVER:
        return "over";
    }
    return "none";
}

/* A handler's events are those of the client's connection. */
static const struct session *find_at_hand(void) {
    struct list *at, *next;

    if (at_hand != NULL || conn_at_hand == NULL) {
        return at_hand;
    }
    list_each(at, next, &sessions) {
        const struct session *session = list_object(at, struct session, link);

        if (session->conn == conn_at_hand) {
            return session;
        }
    }
    return NULL;
}

/* Memory may be broken: no more is looked at than is told, and nothing is allocated. */
static void dump(const struct panic_dumper *dumper) {
    const struct session *session = find_at_hand();
    struct str peer = STR("-");

    (void) dumper;
    if (session == NULL) {
        return;
    }
    if (session->attempt != NULL && session->attempt->try_count > 0) {
        peer = session->attempt->tries[session->attempt->try_count - 1].peer;
    }
    panic_print("session: connection %llu, step %s, hook %u, status %d, server: %.*s, "
                "upstream: %.*s",
                (unsigned long long) session->log_context.connection, step_name(session->step),
                session->hook, session->status, STR_ARG(session->listener->text), STR_ARG(peer));
}

static struct panic_dumper dumper = { .dump = dump };

void session_dump_start(void) {
    panic_add_dumper(&dumper);
}

void session_dump_stop(void) {
    panic_remove_dumper(&dumper);
}

/* ---- the error log ---- */

/* ", client: 192.0.2.7, server: 0.0.0.0:3306, upstream: "10.0.0.1:3306", bytes ...", as nginx's. */
static size_t describe(const struct log_context *context, char *text, size_t room) {
    const struct session *session = list_object(context, struct session, log_context);
    const struct conn *conn = session->conn;
    char client[ADDR_TEXT_MAX];
    size_t client_len = addr_format_ip(&conn->side->remote, client), used;
    struct str peer = STR_NONE;
    int len;

    len = snprintf(text, room, "client: %.*s, server: %.*s", (int) client_len, client,
                   STR_ARG(session->listener->text));
    used = (size_t) len < room ? (size_t) len : room - 1;
    if (session->attempt != NULL && session->attempt->try_count > 0) {
        peer = session->attempt->tries[session->attempt->try_count - 1].peer;
        len = snprintf(text + used, room - used, ", upstream: \"%.*s\"", STR_ARG(peer));
        used += (size_t) len < room - used ? (size_t) len : room - used - 1;
    }
    len = snprintf(text + used, room - used, ", bytes from/to client:%llu/%llu",
                   (unsigned long long) conn->bytes_received,
                   (unsigned long long) conn->bytes_sent);
    return used + ((size_t) len < room - used ? (size_t) len : room - used - 1);
}

/* ---- steps ---- */

static enum stream_next run_access(struct session *session) {
    const struct stream_server *server = session->server;
    unsigned i;

    script_set_variables(server->script, &session->scope);
    for (i = 0; i < server->hook_count; i++) {
        const struct stream_hook *hook = &server->hooks[i];

        if (hook->module->on_access != NULL
            && hook->module->on_access(session, hook->settings) == STREAM_DENY) {
            session_end(session, SESSION_FORBIDDEN);
            return STREAM_DONE;
        }
    }
    return STREAM_NEXT;
}

typedef enum stream_next session_hook(struct session *session, const void *settings);

static session_hook *hook_of_step(const struct stream_module *module, enum session_step step) {
    switch (step) {
    case SESSION_NEW:
        return module->on_session;
    case SESSION_HANDLE:
        return module->handle;
    case SESSION_ACCESS:
    case SESSION_OVER:
        return NULL;
    }
    return NULL;
}

/* From the hook that is next on, until one does not say STREAM_NEXT. */
static enum stream_next run_hooks(struct session *session) {
    const struct stream_server *server = session->server;

    for (; session->hook < server->hook_count; session->hook++) {
        const struct stream_hook *hook = &server->hooks[session->hook];
        session_hook *run = hook_of_step(hook->module, session->step);
        enum stream_next next = run != NULL ? run(session, hook->settings) : STREAM_NEXT;

        if (next != STREAM_NEXT) {
            return next;
        }
    }
    return STREAM_NEXT;
}

/* Until a handler has the connection, its news wait: they stay in its flags. */
static void ignore_ready(struct conn *conn) {
    (void) conn;
}

static enum stream_next run_step(struct session *session) {
    switch (session->step) {
    case SESSION_ACCESS:
        return run_access(session);
    case SESSION_NEW:
    case SESSION_HANDLE:
        return run_hooks(session);
    case SESSION_OVER:
        return STREAM_DONE;
    }
    UNREACHABLE();
}

static void run_steps(struct session *session) {
    while (session->step != SESSION_OVER && run_step(session) == STREAM_NEXT) {
        if (session->step == SESSION_HANDLE) {
            log_write(session->log, LOG_LEVEL_ERROR, 0, &session->log_context,
                      "no handler for server");
            session_end(session, SESSION_INTERNAL_ERROR);
            return;
        }
        session->step++;
        session->hook = 0;
    }
}

static void session_run(struct session *session) {
    at_hand = session;
    run_steps(session);
    at_hand = NULL;
}

static void on_task(struct task *task) {
    session_run(list_object(task, struct session, task));
}

void session_resume(struct session *session) {
    if (session->step != SESSION_OVER) {
        task_start(&session->task);
    }
}

/* ---- life ---- */

void session_open(struct listener *listener, const struct stream_server *server,
                  struct conn *conn) {
    struct session *session = heap_alloc(sizeof(*session) + server->room);

    *session = (struct session){ .step = SESSION_NEW };
    arena_init_in(&session->arena, session + 1, server->room);
    scope_init(&session->scope, stream_scope_table(), &session->arena);
    session->conn = conn;
    session->listener = listener;
    session->server = server;
    session->log = error_log_of(server->block, conn->is_debugged);
    session->log_context.connection = conn->side->number;
    session->log_context.describe = describe;
    task_init(&session->task, on_task);
    list_add_last(&sessions, &session->link);
    conn->owner = session;
    conn->on_ready = ignore_ready;
    counter_add(COUNTER_SESSIONS, 1);
    log_write(session->log, LOG_LEVEL_INFO, 0, &session->log_context, "client connected to %.*s",
              STR_ARG(listener->text));
    session_run(session);
}

static void run_log_hooks(struct session *session) {
    const struct stream_server *server = session->server;
    unsigned i;

    for (i = 0; i < server->hook_count; i++) {
        const struct stream_hook *hook = &server->hooks[i];

        if (hook->module->on_log != NULL) {
            hook->module->on_log(session, hook->settings);
        }
    }
}

static void close_states(struct session *session) {
    const struct stream_server *server = session->server;
    unsigned i;

    for (i = 0; i < server->hook_count && session->states != NULL; i++) {
        const struct module *module = &server->hooks[i].module->base;

        if (session->states[i] != NULL && module->state_close != NULL) {
            module->state_close(session->states[i]);
        }
    }
}

static void session_free(struct reap *reap) {
    struct session *session = list_object(reap, struct session, reap);

    arena_fini(&session->arena);
    heap_free(session);
}

void session_end(struct session *session, enum session_status status) {
    if (session->step == SESSION_OVER) {
        return;
    }
    session->step = SESSION_OVER;
    session->status = (int) status;
    if (status == SESSION_INTERNAL_ERROR) {
        termination_note(&session->termination, TERMINATION_INTERNAL);
    }
    log_write(session->log, LOG_LEVEL_DEBUG, 0, &session->log_context,
              "session ended with status %d", session->status);
    run_log_hooks(session);
    close_states(session);
    task_cancel(&session->task);
    list_remove(&session->link);
    if (session->ends_with_reset) {
        conn_reset(session->conn);
    } else {
        conn_close(session->conn);
    }
    loop_reap(&session->reap, session_free);
}

void session_end_all(void) {
    struct list *at, *next;

    list_each(at, next, &sessions) {
        struct session *session = list_object(at, struct session, link);

        termination_note(&session->termination, TERMINATION_SHUTDOWN);
        session_end(session, SESSION_OK);
    }
}

void *session_state(struct session *session, const struct module *module, bool is_wanted) {
    const struct stream_server *server = session->server;
    unsigned i = 0;

    while (i < server->hook_count && &server->hooks[i].module->base != module) {
        i++;
    }
    if (!is_wanted && (i == server->hook_count || session->states == NULL)) {
        return NULL;
    }
    CHECK(i < server->hook_count);
    if (session->states == NULL) {
        session->states = arena_zero(&session->arena, server->hook_count, sizeof(void *));
    }
    if (session->states[i] == NULL && is_wanted) {
        session->states[i] = arena_zero(&session->arena, 1, module->state_size);
    }
    return session->states[i];
}

int64_t session_time_ms(const struct session *session) {
    return clock_ms() - session->conn->side->opened_ms;
}
