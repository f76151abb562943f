/* SPDX-License-Identifier: BSD-2-Clause */
/* http_try_files - `try_files`: the first of several files that is there. */
#include "base/log.h"
#include "conf/value.h"
#include "http/http_files.h"
#include "http/respond.h"

#include <errno.h>
#include <stddef.h>

static unsigned module_index;

/* "path", or "path/": a folder. */
struct try {
    const struct template *path; /* without its last "/" */
    bool is_folder;
};

struct http_try_files_settings {
    struct try_files {
        struct try *items;
        unsigned count;
        unsigned status;               /* of "=404"; 0: last says where to go */
        const struct template *last;
    } tries;
};

static bool parse_last(struct conf *conf, struct conf_block *block, const struct conf_line *line,
                       struct try_files *tries) {
    unsigned word = line->count - 1;
    struct str text = line->words[word].text;

    if (str_starts(text, STR("="))) {
        if (!parse_final_status(str_from_byte(text, 1), &tries->status)) {
            return conf_error(conf, line, word, "invalid code \"%s\"", text.data);
        }
        return true;
    }
    tries->last = template_compile(conf, block, line, word);
    return tries->last != NULL;
}

static bool parse_try_files(struct conf *conf, struct conf_block *block,
                            const struct directive *directive, const struct conf_line *line,
                            void *field) {
    struct try_files *tries = field;
    unsigned word;

    (void) directive;
    for (word = 1; word + 1 < line->count; word++) {
        struct try *try = conf_array_add(conf, &tries->items, &tries->count, sizeof(*try));
        struct str text = line->words[word].text;

        try->is_folder = str_ends(text, STR("/"));
        try->path = template_compile_text(conf, block, line, word,
                                          str_first(text, text.len - try->is_folder));
        if (try->path == NULL) {
            return false;
        }
    }
    return parse_last(conf, block, line, tries);
}

static const struct conf_type type_try_files = {
    .name = "files",
    .size = sizeof(struct try_files),
    .min_words = 2,
    .max_words = 64,
    .parse = parse_try_files,
};

/* The name of a try below the root; an alias stands for the location's part of it. */
static struct str name_of(struct exchange *exchange, const struct try *try) {
    const struct files_root *root = &http_files_of(exchange)->root;
    struct str name = template_text(try->path, &exchange->scope);

    return !try->path->is_constant && root->cut.len > 0 && str_starts(name, root->cut)
        ? str_from_byte(name, root->cut.len)
        : name;
}

/* The path of a request that means the name. */
static struct str path_to(struct exchange *exchange, struct str name) {
    struct str cut = http_files_of(exchange)->root.cut;

    return arena_print(&exchange->arena, "%.*s%.*s", STR_ARG(cut), STR_ARG(name));
}

static bool is_there(struct exchange *exchange, struct str name, bool is_folder) {
    struct str root = http_files_root(exchange), path;
    struct file file;

    if (http_files_leaves_root(exchange, name) || http_files_root_climbs(exchange, root)) {
        return false; /* what lies outside of the root is nobody's business */
    }
    path = arena_print(&exchange->arena, "%.*s%.*s", STR_ARG(root), STR_ARG(name));
    file = http_files_look(exchange, path);
    if (file.kind == FILE_NONE && file.error != ENOENT && file.error != ENOTDIR
        && file.error != ENAMETOOLONG) {
        log_write(exchange->log, LOG_LEVEL_CRIT, file.error, &exchange->log_context,
                  "%s \"%.*s\" failed", file.failed, STR_ARG(path));
    }
    return file.kind != FILE_NONE && (file.kind == FILE_FOLDER) == is_folder;
}

/* From here on the request is one for that file. */
static void take(struct exchange *exchange, struct str name, bool is_folder) {
    if (!http_files_of(exchange)->root.is_whole) {
        exchange->uri.path = path_to(exchange, name);
    } else if (!is_folder) {
        exchange->uri.path = arena_copy(&exchange->arena, name);
        http_files_add_path(exchange);
    }
}

static void go_on(struct exchange *exchange, const struct try_files *tries) {
    if (tries->last == NULL) {
        respond_status(exchange, tries->status);
        return;
    }
    exchange_redirect_to(exchange, arena_copy(&exchange->arena,
                                              template_text(tries->last, &exchange->scope)));
}

static enum http_next on_precontent(struct exchange *exchange, const void *data) {
    const struct http_try_files_settings *settings = data;
    unsigned i;

    for (i = 0; i < settings->tries.count; i++) {
        const struct try *try = &settings->tries.items[i];
        struct str name = name_of(exchange, try);

        if (is_there(exchange, name, try->is_folder)) {
            take(exchange, name, try->is_folder);
            return HTTP_NEXT;
        }
    }
    go_on(exchange, &settings->tries);
    return HTTP_DONE;
}

static bool wants(const void *data) {
    const struct http_try_files_settings *settings = data;

    return settings->tries.count > 0;
}

static const struct directive directives[] = {
    { .name = "try_files",
      .where = CONF_HTTP_SERVER | CONF_HTTP_LOCATION,
      .type = &type_try_files,
      .field = offsetof(struct http_try_files_settings, tries),
      .inherit = INHERIT_NONE,
      .syntax = "file ... uri | file ... =code",
      .help = "the first of these files that is there is sent; else a path, a name or a status" },
    DIRECTIVES_END
};

const struct http_module http_try_files_module = {
    .base = { .name = "http_try_files",
              .family = CONF_HTTP,
              .index = &module_index,
              .directives = directives,
              .conf_size = sizeof(struct http_try_files_settings) },
    .on_precontent = on_precontent,
    .wants = wants,
};
