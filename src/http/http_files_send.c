/* SPDX-License-Identifier: BSD-2-Clause */
/* http_files_send - a file as a response, and what is answered where there is none; see
 * http_files.h. */
#include "base/clock.h"
#include "base/http_date.h"
#include "base/log.h"
#include "base/number.h"
#include "http/http_files_priv.h"
#include "http/respond.h"

#include <errno.h>
#include <sys/stat.h>

struct files_state *http_files_state(struct exchange *exchange) {
    return exchange_state(exchange, &http_files_module.base);
}

/* A response that broke off: the log tells if there is less of the file than was announced. */
static void tell_of_truncation(const struct files_state *state) {
    struct stat now;

    if (fstat(state->file->fd, &now) == 0 && (uint64_t) now.st_size < state->file->size) {
        log_write(state->exchange->log, LOG_LEVEL_ERROR, 0, &state->exchange->log_context,
                  "\"%.*s\" was truncated to %llu bytes while it was sent", STR_ARG(state->path),
                  (unsigned long long) now.st_size);
    }
}

void http_files_close_state(void *data) {
    struct files_state *state = data;

    if (state->file != NULL) {
        if (state->exchange->downstream->send->len > 0) {
            tell_of_truncation(state);
        }
        file_put(state->file);
        state->file = NULL;
    }
}

/* ---- failures ---- */

static unsigned status_of(int error, enum log_level *level) {
    *level = LOG_LEVEL_ERROR;
    switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ENAMETOOLONG:
        return 404;
    case EACCES:
    case ELOOP:
        return 403;
    default:
        *level = LOG_LEVEL_CRIT;
        return 500;
    }
}

void http_files_refuse(struct exchange *exchange, const struct file *file, struct str path) {
    enum log_level level;
    unsigned status = status_of(file->error, &level);

    if (status != 404 || http_files_of(exchange)->logs_not_found) {
        log_write(exchange->log, level, file->error, &exchange->log_context, "%s \"%.*s\" failed",
                  file->failed, STR_ARG(path));
    }
    respond_status(exchange, status);
}

/* ---- the response ---- */

/* "hexadecimal time-hexadecimal size", in quotes. */
static struct str etag_of(struct exchange *exchange, const struct file *file) {
    return arena_print(&exchange->arena, "\"%llx-%llx\"", (unsigned long long) file->modified,
                       (unsigned long long) file->size);
}

static struct message *head_of(struct exchange *exchange, const struct file *file,
                               struct validators *validators) {
    struct message *response = arena_alloc(&exchange->arena, sizeof(*response));
    char date[HTTP_DATE_LEN];

    message_init(response, &exchange->arena);
    response->status = 200;
    response->keeps_connection = true;
    *validators = (struct validators){ STR_NONE, VALIDATOR_NONE };
    if (file->modified >= 0 && file->modified <= HTTP_DATE_MAX) {
        validators->modified = file->modified;
        format_http_date(file->modified, date);
        message_add_own(response, FIELD_LAST_MODIFIED, str_make(date, sizeof(date)));
    }
    if (http_files_of(exchange)->has_etag) {
        validators->etag = etag_of(exchange, file);
        message_add_own(response, FIELD_ETAG, validators->etag);
    }
    return response;
}

static void find(const struct message *request, struct str name, struct str *value) {
    if (!message_join(request, name, value)) {
        *value = STR_NONE;
    }
}

static enum conditional_result check(const struct exchange *exchange,
                                     const struct validators *validators) {
    struct conditional conditional;

    find(exchange->request, STR("If-Match"), &conditional.if_match);
    find(exchange->request, STR("If-Unmodified-Since"), &conditional.if_unmodified_since);
    find(exchange->request, STR("If-None-Match"), &conditional.if_none_match);
    find(exchange->request, STR("If-Modified-Since"), &conditional.if_modified_since);
    return conditional_check(&conditional, validators,
                             (enum conditional_since) http_files_of(exchange)->if_modified_since,
                             clock_wall_ms() / 1000);
}

static void send_body(struct exchange *exchange, struct message *response,
                      const struct file *file) {
    bool is_whole = file->size == 0 || exchange->request->method == METHOD_HEAD;

    response->framing = is_whole ? FRAMING_NONE : FRAMING_LENGTH;
    response->content_length = file->size;
    response->has_length = true;
    if (exchange_send_head(exchange, response, is_whole) && !is_whole) {
        struct pipe_file part = { .fd = file->fd, .len = file->size };

        pipe_write_file(&exchange->response_body, &part);
        pipe_end(&exchange->response_body);
        exchange_send_body(exchange);
    }
}

/* As in nginx neither an error's page nor what weir asks itself is. */
static bool is_conditional(const struct exchange *exchange) {
    return exchange->depth == 0
        && (exchange->forced_status == 0 || exchange->forced_status == 200);
}

void http_files_send(struct exchange *exchange, const struct file *file, struct str path,
                     struct str encoding) {
    struct validators validators;
    struct message *response = head_of(exchange, file, &validators);
    struct files_state *state = http_files_state(exchange);

    state->exchange = exchange;
    state->file = file;
    state->path = path;
    switch (is_conditional(exchange) ? check(exchange, &validators) : CONDITIONAL_SEND) {
    case CONDITIONAL_FAILED:
        respond_status(exchange, 412);
        return;
    case CONDITIONAL_UNCHANGED:
        response->status = 304;
        exchange_send_head(exchange, response, true);
        return;
    case CONDITIONAL_SEND:
        break;
    }
    message_add(response, STR("Content-Type"), respond_type(exchange));
    exchange->allows_ranges = encoding.len == 0;
    if (encoding.len > 0) {
        message_add_own(response, FIELD_CONTENT_ENCODING, encoding);
    }
    send_body(exchange, response, file);
}
