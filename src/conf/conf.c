/* SPDX-License-Identifier: BSD-2-Clause */
/* conf - a load from its start to its end, and what lives as long as the configuration; see
 * conf.h. */
#include "conf/conf.h"

#include "base/buf.h"
#include "conf/conf_priv.h"

#include <string.h>

/* What a part keeps for the whole configuration. */
struct conf_data {
    struct conf_data *next;
    const void *key;
    void *object;
};

/* What is to be done at the end. */
struct conf_end {
    struct conf_end *next;
    void (*fini)(void *object);
    void *object;
};

/* ---- paths ---- */

static struct str path_join(struct conf *conf, const char *folder, struct str path) {
    if (str_starts(path, STR("/"))) {
        return arena_copy(&conf->arena, path);
    }
    return arena_print(&conf->arena, "%s%.*s", folder, STR_ARG(path));
}

struct str conf_path(struct conf *conf, struct str path) {
    return path_join(conf, conf->load->prefix, path);
}

struct str conf_path_beside(struct conf *conf, struct str path) {
    return path_join(conf, conf->load->folder, path);
}

/* ---- data of parts ---- */

void *conf_data(struct conf *conf, const void *key, size_t size) {
    struct conf_data *data = conf->data;

    while (data != NULL && data->key != key) {
        data = data->next;
    }
    if (data == NULL) {
        data = arena_zero(&conf->arena, 1, sizeof(*data));
        data->next = conf->data;
        data->key = key;
        data->object = arena_zero(&conf->arena, 1, size);
        conf->data = data;
    }
    return data->object;
}

void conf_on_free(struct conf *conf, void (*fini)(void *object), void *object) {
    struct conf_end *end = arena_zero(&conf->arena, 1, sizeof(*end));

    *end = (struct conf_end){ conf->load->ends, fini, object };
    conf->load->ends = end;
}

/* ---- a load ---- */

static struct conf *conf_new(const struct conf_options *options,
                             const struct module *const *modules) {
    struct arena arena;
    struct conf *conf;

    arena_init(&arena);
    conf = arena_zero(&arena, 1, sizeof(*conf));
    conf->load = arena_zero(&arena, 1, sizeof(*conf->load));
    conf->arena = arena;
    conf->modules = modules;
    while (modules[conf->module_count] != NULL) {
        conf->module_count++;
    }
    conf->is_check = options->is_check;
    arena_init(&conf->load->temporary);
    sources_init(&conf->load->sources);
    hash_map_init(&conf->load->rows);
    conf->load->is_loading = true;
    return conf;
}

/* A folder's name with one "/" at its end. */
static const char *folder_name(struct conf *conf, struct str name) {
    bool has_slash = str_ends(name, STR("/")) || name.len == 0;

    return arena_print(&conf->arena, "%.*s%s", STR_ARG(name), has_slash ? "" : "/").data;
}

static const struct include_place in_main = { 0, CONF_MAIN };

static void parse_globals(struct conf *conf, struct str globals, struct conf_line ***lines) {
    struct conf_file *file;

    if (globals.len > 0) {
        file = file_new(conf, "command line", arena_copy(&conf->arena, globals), NULL);
        file->is_command_line = true;
        parse_file(conf, file, &in_main, lines);
    }
}

static void parse_main(struct conf *conf, const char *path, struct conf_line ***lines) {
    const struct source_file *source = source_read(conf, path);

    if (source->error != 0) {
        conf_error(conf, NULL, 0, "open() \"%s\" failed (%d: %s)", path, source->error,
                   strerrordesc_np(source->error));
        return;
    }
    parse_file(conf, file_new(conf, path, source->bytes, NULL), &in_main, lines);
}

static void parse(struct conf *conf, const struct conf_options *options) {
    struct conf_line **lines = &conf->load->first;
    const char *path;

    conf->load->prefix = folder_name(conf, str_from(options->prefix));
    path = path_join(conf, conf->load->prefix, str_from(options->path)).data;
    conf->load->folder = folder_name(conf, str_make(path, (size_t) (strrchr(path, '/') - path)));
    if (options->bundle.data != NULL && !sources_unpack(conf, options->bundle)) {
        conf_error(conf, NULL, 0, "the files were not passed on whole");
        return;
    }
    parse_globals(conf, options->globals, &lines);
    parse_main(conf, path, &lines);
}

/* The lines are of no use any more; blocks keep the words of their own. */
static void forget_lines(struct conf_block *block) {
    struct conf_line *line = (struct conf_line *) block->line;

    if (line != NULL) {
        line->first = line->next = NULL;
    }
    for (block = block->first; block != NULL; block = block->next) {
        forget_lines(block);
    }
}

static void finish_modules(struct conf *conf) {
    unsigned i;

    for (i = 0; i < conf->module_count; i++) {
        unsigned errors = reported_errors(conf);

        if (conf->modules[i]->finish != NULL && !conf->modules[i]->finish(conf)) {
            report_silence(conf, errors, NULL, conf->modules[i]->name);
        }
    }
}

static void load_end(struct conf *conf) {
    hash_map_fini(&conf->load->rows);
    arena_fini(&conf->load->temporary);
    conf->load->is_loading = false;
}

struct conf *conf_load(const struct conf_options *options, const struct module *const *modules) {
    static void (*const steps[])(struct conf *) = {
        apply_lines, merge_blocks, compile_blocks, finish_modules
    };
    struct conf *conf = conf_new(options, modules);
    size_t i;

    rows_prepare(conf);
    parse(conf, options);
    for (i = 0; i < sizeof(steps) / sizeof(steps[0]) && conf_errors(conf) == 0; i++) {
        steps[i](conf);
    }
    messages_close(conf);
    if (conf->main != NULL) {
        forget_lines(conf->main);
    }
    load_end(conf);
    return conf;
}

bool conf_peek_path(const struct conf_options *options, const struct module *const *modules,
                    const char *name, const char *initial, struct buf *path) {
    struct conf *conf = conf_new(options, modules);
    struct str found = str_from(initial);
    const struct conf_line *line;
    struct str bytes;
    bool is_read;

    rows_prepare(conf);
    parse(conf, options);
    is_read = conf_file_at(conf, 0, &bytes) != NULL;
    for (line = conf->load->first; line != NULL; line = line->next) {
        if (line->count == 2 && str_is(line->words[0].text, name)) {
            found = line->words[1].text;
            break;
        }
    }
    buf_append(path, conf_path(conf, found), BUF_SIZE_MAX);
    load_end(conf);
    conf_free(conf);
    return is_read;
}

void conf_free(struct conf *conf) {
    struct arena arena;
    struct conf_end *end;

    for (end = conf->load->ends; end != NULL; end = end->next) {
        end->fini(end->object);
    }
    sources_fini(&conf->load->sources);
    arena = conf->arena;
    arena_fini(&arena);
}
