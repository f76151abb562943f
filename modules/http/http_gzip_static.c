/* SPDX-License-Identifier: BSD-2-Clause */
/* http_gzip_static - `gzip_static`: a file with ".gz" behind its name, in the place of the file. */
#include "base/log.h"
#include "conf/value.h"
#include "http/gzip.h"
#include "http/http_files.h"
#include "http/respond.h"

#include <errno.h>
#include <stddef.h>

static unsigned module_index;

enum gzip_static { GZIP_STATIC_OFF, GZIP_STATIC_ON, GZIP_STATIC_ALWAYS };

struct http_gzip_static_settings {
    int how;
};

/* Of an exchange. */
struct http_gzip_static_state {
    bool depends_on_client; /* there is such a file */
};

static const struct conf_name names[] = {
    { "off", GZIP_STATIC_OFF },
    { "on", GZIP_STATIC_ON },
    { "always", GZIP_STATIC_ALWAYS },
    { NULL, 0 }
};

static const struct directive directives[] = {
    { .name = "gzip_static",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_name,
      .field = offsetof(struct http_gzip_static_settings, how),
      .initial = "off",
      .syntax = "on | off | always",
      .help = "whether the file with .gz behind its name is sent in a file's place",
      .detail = names },
    DIRECTIVES_END
};

extern const struct http_module http_gzip_static_module;

static struct http_gzip_static_state *state_of(struct exchange *exchange) {
    return exchange_state(exchange, &http_gzip_static_module.base);
}

static bool is_for_files(const struct exchange *exchange) {
    enum method method = exchange->request->method;

    return (method == METHOD_GET || method == METHOD_HEAD)
        && !str_ends(exchange->uri.path, STR("/"));
}

static void log_failure(struct exchange *exchange, const struct file *file, struct str path) {
    int error = file->error;

    if (error != ENOENT && error != ENOTDIR && error != ENAMETOOLONG) {
        log_write(exchange->log,
                  error == EACCES || error == ELOOP ? LOG_LEVEL_ERROR : LOG_LEVEL_CRIT, error,
                  &exchange->log_context, "%s \"%.*s\" failed", file->failed, STR_ARG(path));
    }
}

static enum http_next answer(struct exchange *exchange, const struct file *file, bool is_wanted,
                             struct str path) {
    if (file->kind == FILE_REGULAR && is_wanted) {
        http_files_send(exchange, file, path, STR("gzip"));
        return HTTP_DONE;
    }
    if (file->kind == FILE_NONE) {
        log_failure(exchange, file, path);
    }
    file_put(file);
    return HTTP_NEXT;
}

static enum http_next handle(struct exchange *exchange, const void *data) {
    const struct http_gzip_static_settings *settings = data;
    bool is_wanted;
    const struct file *file;
    struct str path;
    unsigned status;

    if (!is_for_files(exchange)) {
        return HTTP_NEXT;
    }
    status = http_files_path(exchange, &path);
    if (status != 0) {
        respond_status(exchange, status);
        return HTTP_DONE;
    }
    is_wanted = settings->how == GZIP_STATIC_ALWAYS || gzip_is_ok(exchange, NULL);
    path = arena_print(&exchange->arena, "%.*s.gz", STR_ARG(path));
    file = http_files_take(exchange, path);
    state_of(exchange)->depends_on_client
        = settings->how == GZIP_STATIC_ON && file->kind != FILE_NONE;
    return answer(exchange, file, is_wanted, path);
}

static void on_response(struct exchange *exchange, const void *data, struct message *response) {
    (void) data;
    if (state_of(exchange)->depends_on_client) {
        gzip_add_vary(exchange, response);
    }
}

static bool wants(const void *data) {
    const struct http_gzip_static_settings *settings = data;

    return settings->how != GZIP_STATIC_OFF;
}

const struct http_module http_gzip_static_module = {
    .base = { .name = "http_gzip_static",
              .family = CONF_HTTP,
              .index = &module_index,
              .directives = directives,
              .conf_size = sizeof(struct http_gzip_static_settings),
              .state_size = sizeof(struct http_gzip_static_state) },
    .handle = handle,
    .on_response = on_response,
    .wants = wants,
    .is_fallback = true,
};
