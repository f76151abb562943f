/* SPDX-License-Identifier: BSD-2-Clause */
/* http_index - `index`: the file that a path with a "/" at its end means. */
#include "base/log.h"
#include "conf/value.h"
#include "http/http_files.h"
#include "http/respond.h"

#include <errno.h>
#include <stddef.h>

static unsigned module_index;

/* The names to try, in their order. */
struct http_index_settings {
    struct index_names {
        const struct template **items;
        unsigned count;
    } names;
};

static bool parse_index(struct conf *conf, struct conf_block *block,
                        const struct directive *directive, const struct conf_line *line,
                        void *field) {
    struct index_names *names = field;
    unsigned word;

    (void) directive;
    for (word = 1; word < line->count; word++) {
        struct str text = line->words[word].text;
        const struct template *name;

        if (text.len == 0) {
            return conf_error(conf, line, word, "index \"\" in \"index\" directive is invalid");
        }
        if (text.data[0] == '/' && word + 1 < line->count) {
            conf_warn(conf, line, word, "only the last index in \"index\" directive should be "
                      "absolute");
        }
        name = template_compile(conf, block, line, word);
        if (name == NULL) {
            return false;
        }
        *(const struct template **) conf_array_add(conf, &names->items, &names->count,
                                                   sizeof(name)) = name;
    }
    return true;
}

static const struct conf_type type_index = {
    .name = "files",
    .size = sizeof(struct index_names),
    .min_words = 1,
    .max_words = 64,
    .is_repeatable = true,
    .parse = parse_index,
};

static enum http_next fail(struct exchange *exchange, unsigned status) {
    respond_status(exchange, status);
    return HTTP_DONE;
}

/* There is no such folder, or nobody may look into it. */
static enum http_next refuse(struct exchange *exchange, struct str path, int error) {
    if (error == EACCES) {
        log_write(exchange->log, LOG_LEVEL_ERROR, error, &exchange->log_context,
                  "\"%.*s\" is forbidden", STR_ARG(path));
        return fail(exchange, 403);
    }
    if (http_files_of(exchange)->logs_not_found) {
        log_write(exchange->log, LOG_LEVEL_ERROR, error, &exchange->log_context,
                  "\"%.*s\" is not found", STR_ARG(path));
    }
    return fail(exchange, 404);
}

/* Whether the folder that a path lies in is there. HTTP_NEXT: it is. */
static enum http_next test_folder(struct exchange *exchange, struct str folder, struct str path) {
    struct str name = arena_copy(&exchange->arena, str_first(folder, folder.len - 1));
    struct file file = http_files_look(exchange, name.len > 0 ? name : STR("/"));

    if (file.kind == FILE_FOLDER || file.error == EACCES) {
        return HTTP_NEXT;
    }
    if (file.kind != FILE_NONE) {
        log_write(exchange->log, LOG_LEVEL_ALERT, 0, &exchange->log_context,
                  "\"%.*s\" is not a directory", STR_ARG(name));
        return fail(exchange, 500);
    }
    return file.error == ELOOP ? fail(exchange, 403) : refuse(exchange, path, ENOENT);
}

/* One name. HTTP_NEXT: it is not there. */
static enum http_next try_name(struct exchange *exchange, struct str folder, struct str name,
                               bool *is_tested) {
    struct str path = arena_print(&exchange->arena, "%.*s%.*s", STR_ARG(folder), STR_ARG(name));
    struct file file = http_files_look(exchange, path);
    enum http_next next;

    if (file.kind != FILE_NONE) {
        exchange_redirect(exchange,
                          arena_print(&exchange->arena, "%.*s%.*s", STR_ARG(exchange->uri.path),
                                      STR_ARG(name)), exchange->uri.query);
        return HTTP_DONE;
    }
    if (file.error == ELOOP) {
        return fail(exchange, 403);
    }
    if (file.error == ENOTDIR || file.error == ENAMETOOLONG || file.error == EACCES) {
        return refuse(exchange, path, file.error);
    }
    next = *is_tested ? HTTP_NEXT : test_folder(exchange, folder, path);
    *is_tested = true;
    if (next != HTTP_NEXT || file.error == ENOENT) {
        return next;
    }
    log_write(exchange->log, LOG_LEVEL_CRIT, file.error, &exchange->log_context,
              "%s \"%.*s\" failed", file.failed, STR_ARG(path));
    return fail(exchange, 500);
}

static enum http_next handle(struct exchange *exchange, const void *data) {
    const struct http_index_settings *settings = data;
    enum method method = exchange->request->method;
    bool is_tested = false;
    struct str folder;
    unsigned status, i;

    if (!str_ends(exchange->uri.path, STR("/"))
        || (method != METHOD_GET && method != METHOD_HEAD && method != METHOD_POST)) {
        return HTTP_NEXT;
    }
    status = http_files_path(exchange, &folder);
    if (status != 0) {
        return fail(exchange, status);
    }
    for (i = 0; i < settings->names.count; i++) {
        struct str name = template_text(settings->names.items[i], &exchange->scope);
        enum http_next next;

        if (str_starts(name, STR("/"))) {
            exchange_redirect(exchange, name, exchange->uri.query);
            return HTTP_DONE;
        }
        next = try_name(exchange, folder, name, &is_tested);
        if (next != HTTP_NEXT) {
            return next;
        }
    }
    return HTTP_NEXT;
}

static const struct directive directives[] = {
    { .name = "index",
      .where = CONF_HTTP_ALL,
      .type = &type_index,
      .field = offsetof(struct http_index_settings, names),
      .inherit = INHERIT_LIST,
      .initial = "index.html",
      .syntax = "file ...",
      .help = "files that are looked for in a folder; the first that is there is sent" },
    DIRECTIVES_END
};

const struct http_module http_index_module = {
    .base = { .name = "http_index",
              .family = CONF_HTTP,
              .index = &module_index,
              .directives = directives,
              .conf_size = sizeof(struct http_index_settings) },
    .handle = handle,
    .is_fallback = true,
};
