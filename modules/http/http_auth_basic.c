/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * http_auth_basic - `auth_basic`: who is served must know a password of `auth_basic_user_file`.
 *
 * The file is read with each request, and both that and the hash of the password are left to other
 * threads (event/offload). A job owns copies of all that it needs, and wipes them. Each client
 * address has its turn there, so one that floods us with passwords delays its own.
 */
#include "base/hash.h"
#include "base/heap.h"
#include "base/log.h"
#include "event/offload.h"
#include "expr/template.h"
#include "http/credentials.h"
#include "http/respond.h"
#include "net/password.h"

#include <errno.h>
#include <stddef.h>

static unsigned module_index;
extern const struct http_module http_auth_basic_module;

/* nginx's paths may hold variables; those that are relative then begin at the folder. */
struct user_file {
    const struct template *path;
    struct str constant; /* the path, absolute; empty: it has variables */
    struct str folder;
};

struct http_auth_basic_settings {
    const struct template *realm;
    struct user_file file;
};

struct check {
    struct offload_job job;
    struct exchange *exchange;
    size_t path_len, user_len, password_len;
    enum password_result result;
    int error;
    char text[]; /* path, NUL, user, password */
};

struct http_auth_basic_state {
    struct check *check; /* under way; or NULL */
    bool is_done;
    bool is_refused;
    enum password_result result;
    int error;
    struct credentials said;
    struct str path;
};

/* ---- directives ---- */

static bool parse_user_file(struct conf *conf, struct conf_block *block,
                            const struct directive *directive, const struct conf_line *line,
                            void *field) {
    struct user_file *file = field;

    (void) directive;
    file->path = template_compile(conf, block, line, 1);
    if (file->path == NULL) {
        return false;
    }
    if (file->path->is_constant) {
        file->constant = conf_path_beside(conf, file->path->text);
    } else {
        file->folder = conf_path_beside(conf, STR(""));
    }
    return true;
}

static const struct conf_type type_user_file = {
    .name = "path",
    .size = sizeof(struct user_file),
    .min_words = 1,
    .max_words = 1,
    .parse = parse_user_file,
};

#define FIELD(name) offsetof(struct http_auth_basic_settings, name)

static const struct directive directives[] = {
    { .name = "auth_basic",
      .where = CONF_HTTP_ALL | CONF_HTTP_LIMIT_EXCEPT,
      .type = &conf_type_template,
      .field = FIELD(realm),
      .initial = "off",
      .syntax = "realm | off",
      .help = "asks clients for name and password" },
    { .name = "auth_basic_user_file",
      .where = CONF_HTTP_ALL | CONF_HTTP_LIMIT_EXCEPT,
      .type = &type_user_file,
      .field = FIELD(file),
      .syntax = "path",
      .help = "file of the names and hashed passwords for auth_basic" },
    DIRECTIVES_END
};

static bool wants(const void *data) {
    const struct http_auth_basic_settings *settings = data;

    return settings->file.path != NULL
        && !(settings->realm->is_constant && str_is(settings->realm->text, "off"));
}

/* ---- what the client is asked ---- */

static enum http_access challenge(struct exchange *exchange, struct str realm) {
    exchange_challenge(exchange, arena_print(&exchange->arena, "Basic realm=\"%.*s\"",
                                             STR_ARG(realm)));
    return ACCESS_UNAUTHORIZED;
}

/* ---- the job ---- */

static void run(struct offload_job *job) {
    struct check *check = (struct check *) job;
    const char *user = check->text + check->path_len + 1;

    errno = 0;
    check->result = password_in_file(check->text, str_make(user, check->user_len),
                                     str_make(user + check->user_len, check->password_len));
    check->error = errno;
}

static void on_done(struct offload_job *job) {
    struct check *check = (struct check *) job;
    struct http_auth_basic_state *state
        = exchange_state(check->exchange, &http_auth_basic_module.base);

    state->check = NULL;
    state->is_done = true;
    state->is_refused = job->is_refused;
    state->result = check->result;
    state->error = check->error;
    exchange_resume(check->exchange);
}

static void free_job(struct offload_job *job) {
    struct check *check = (struct check *) job;

    explicit_bzero(check->text + check->path_len + 1 + check->user_len, check->password_len);
    heap_free(check);
}

/* Of an IPv6 client the network: it has more addresses than anybody can count. */
static uint64_t owner_of(const struct exchange *exchange) {
    const struct addr *addr = &exchange->conn->side->remote;
    struct str bytes = addr_binary(addr);
    bool is_v6 = bytes.len == sizeof(struct in6_addr) && !IN6_IS_ADDR_V4MAPPED(&addr->v6.sin6_addr);

    return hash_bytes(is_v6 ? str_first(bytes, bytes.len / 2) : bytes);
}

static char *put(char *to, struct str text) {
    return text.len > 0 ? mempcpy(to, text.data, text.len) : to;
}

static struct check *new_check(struct exchange *exchange,
                               const struct http_auth_basic_state *state) {
    size_t len = state->path.len + 1 + state->said.user.len + state->said.password.len;
    struct check *check = heap_alloc(sizeof(*check) + len);
    char *at;

    memset(check, 0, sizeof(*check));
    check->job.run = run;
    check->job.on_done = on_done;
    check->job.free = free_job;
    check->job.owner = owner_of(exchange);
    check->exchange = exchange;
    check->result = PASSWORD_NO_FILE; /* nobody gets in before it has run */
    check->path_len = state->path.len;
    check->user_len = state->said.user.len;
    check->password_len = state->said.password.len;
    at = put(check->text, state->path);
    *at++ = '\0';
    put(put(at, state->said.user), state->said.password);
    return check;
}

static enum http_access refuse_more(struct exchange *exchange) {
    log_write(exchange->log, LOG_LEVEL_ERROR, 0, &exchange->log_context,
              "too many passwords to be checked at once");
    respond_status(exchange, 503);
    return ACCESS_DONE;
}

static enum http_access start(struct exchange *exchange, struct http_auth_basic_state *state) {
    struct check *check = new_check(exchange, state);

    if (!offload_start(&check->job)) {
        free_job(&check->job);
        return refuse_more(exchange);
    }
    state->check = check;
    return ACCESS_WAIT;
}

static void state_close(void *data) {
    struct http_auth_basic_state *state = data;

    if (state->check != NULL) {
        offload_cancel(&state->check->job);
    }
    if (state->said.password.len > 0) {
        explicit_bzero((char *) (uintptr_t) state->said.password.data, state->said.password.len);
    }
}

/* ---- access ---- */

static struct str path_of(struct exchange *exchange, const struct user_file *file) {
    struct str path;

    if (file->path->is_constant) {
        return file->constant;
    }
    path = template_text(file->path, &exchange->scope);
    return str_starts(path, STR("/"))
        ? path : arena_print(&exchange->arena, "%.*s%.*s", STR_ARG(file->folder), STR_ARG(path));
}

static enum http_access refuse_file(struct exchange *exchange,
                                    const struct http_auth_basic_state *state) {
    bool is_missing = state->error == ENOENT;

    log_write(exchange->log, is_missing ? LOG_LEVEL_ERROR : LOG_LEVEL_CRIT, state->error,
              &exchange->log_context, "open() \"%.*s\" failed", STR_ARG(state->path));
    if (is_missing) {
        return ACCESS_DENY;
    }
    respond_status(exchange, 500);
    return ACCESS_DONE;
}

static enum http_access decide(struct exchange *exchange, struct str realm,
                               const struct http_auth_basic_state *state) {
    switch (state->result) {
    case PASSWORD_RIGHT:
        return ACCESS_ALLOW;
    case PASSWORD_WRONG:
        log_write(exchange->log, LOG_LEVEL_ERROR, 0, &exchange->log_context,
                  "user \"%.*s\": password mismatch", STR_ARG(state->said.user));
        return challenge(exchange, realm);
    case PASSWORD_NO_USER:
        log_write(exchange->log, LOG_LEVEL_ERROR, 0, &exchange->log_context,
                  "user \"%.*s\" was not found in \"%.*s\"", STR_ARG(state->said.user),
                  STR_ARG(state->path));
        return challenge(exchange, realm);
    case PASSWORD_NO_FILE:
        break;
    }
    return refuse_file(exchange, state);
}

static enum http_access on_access(struct exchange *exchange, const void *data) {
    const struct http_auth_basic_settings *settings = data;
    struct http_auth_basic_state *state = exchange_state(exchange, &http_auth_basic_module.base);
    struct str realm = template_text(settings->realm, &exchange->scope);

    if (state->check != NULL) {
        return ACCESS_WAIT;
    }
    if (state->is_done && state->is_refused) {
        return refuse_more(exchange);
    }
    if (state->is_done) {
        return decide(exchange, realm, state);
    }
    if (str_is(realm, "off")) {
        return ACCESS_PASS;
    }
    if (!parse_credentials(exchange->request, &exchange->arena, &state->said)) {
        log_write(exchange->log, LOG_LEVEL_INFO, 0, &exchange->log_context,
                  "no user/password was provided for basic authentication");
        return challenge(exchange, realm);
    }
    state->path = path_of(exchange, &settings->file);
    return start(exchange, state);
}

const struct http_module http_auth_basic_module = {
    .base = { .name = "http_auth_basic",
              .family = CONF_HTTP,
              .index = &module_index,
              .directives = directives,
              .conf_size = sizeof(struct http_auth_basic_settings),
              .state_size = sizeof(struct http_auth_basic_state),
              .state_close = state_close },
    .on_access = on_access,
    .wants = wants,
};
