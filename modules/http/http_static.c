/* SPDX-License-Identifier: BSD-2-Clause */
/* http_static - files, as the answer where no other module has one. */
#include "base/log.h"
#include "http/http_files.h"
#include "http/respond.h"

static unsigned module_index;

static bool ends_in_slash(struct str path) {
    return str_ends(path, STR("/"));
}

/* Folders that nobody makes a page of. */
static enum http_next refuse_folder(struct exchange *exchange) {
    struct str path;
    unsigned status = http_files_path(exchange, &path);

    if (status == 0) {
        log_write(exchange->log, LOG_LEVEL_ERROR, 0, &exchange->log_context,
                  "directory index of \"%.*s\" is forbidden", STR_ARG(path));
        status = 403;
    }
    respond_status(exchange, status);
    return HTTP_DONE;
}

static void answer(struct exchange *exchange, const struct file *file, struct str path) {
    switch (file->kind) {
    case FILE_NONE:
        http_files_refuse(exchange, file, path);
        break;
    case FILE_FOLDER:
        respond_to_path(exchange, arena_print(&exchange->arena, "%.*s/",
                                              STR_ARG(exchange->uri.path)));
        break;
    case FILE_SPECIAL:
        log_write(exchange->log, LOG_LEVEL_CRIT, 0, &exchange->log_context,
                  "\"%.*s\" is not a regular file", STR_ARG(path));
        respond_status(exchange, 404);
        break;
    case FILE_REGULAR:
        if (exchange->request->method != METHOD_POST) {
            http_files_send(exchange, file, path, STR_NONE);
            return;
        }
        respond_status(exchange, 405);
    }
    file_put(file);
}

static enum http_next handle(struct exchange *exchange, const void *settings) {
    enum method method = exchange->request->method;
    struct str path;
    unsigned status;

    (void) settings;
    if (method != METHOD_GET && method != METHOD_HEAD && method != METHOD_POST) {
        respond_status(exchange, 405);
        return HTTP_DONE;
    }
    if (ends_in_slash(exchange->uri.path)) {
        return refuse_folder(exchange);
    }
    status = http_files_path(exchange, &path);
    if (status != 0) {
        respond_status(exchange, status);
        return HTTP_DONE;
    }
    answer(exchange, http_files_take(exchange, path), path);
    return HTTP_DONE;
}

const struct http_module http_static_module = {
    .base = { .name = "http_static", .family = CONF_HTTP, .index = &module_index },
    .handle = handle,
    .is_fallback = true,
};
