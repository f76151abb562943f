/* SPDX-License-Identifier: BSD-2-Clause */
/* include - files named by files: patterns, chains that bite their tails. */
#include "conf/include.h"

#include "conf/conf_priv.h"
#include "conf/value.h"

#include <string.h>

/* As glob() sees it: a backslash takes the next byte along, so it makes a pattern too. */
static bool is_pattern(struct str name) {
    return strpbrk(name.data, "*?[") != NULL;
}

/* The pattern beside the main file. What is special in the folder's own name is not meant to be. */
static struct str pattern_beside(struct conf *conf, struct str pattern) {
    const char *at;
    char *full, *to;

    if (str_starts(pattern, STR("/"))) {
        return pattern;
    }
    full = to = arena_bytes(&conf->arena, 2 * strlen(conf->load->folder) + pattern.len + 1);
    for (at = conf->load->folder; *at != '\0'; at++) {
        if (strchr("*?[\\", *at) != NULL) {
            *to++ = '\\';
        }
        *to++ = *at;
    }
    memcpy(to, pattern.data, pattern.len + 1);
    return str_make(full, (size_t) (to - full) + pattern.len);
}

/* Reports a file that is being read already, with the way there: "a includes b includes a". */
static void report_cycle(struct conf *conf, const struct conf_line *line, const char *path) {
    const struct conf_file *file = line->file;
    struct str chain = str_from(path);

    conf_error(conf, line, 1, "\"%s\" includes itself", path);
    for (;;) {
        chain = arena_print(&conf->load->temporary, "%s includes %.*s", file->name,
                            STR_ARG(chain));
        if (strcmp(file->name, path) == 0) {
            break;
        }
        file = file->from->file;
    }
    conf_help(conf, "%s", chain.data);
}

static bool is_being_read(const struct conf_file *file, const char *path) {
    while (strcmp(file->name, path) != 0) {
        if (file->from == NULL) {
            return false;
        }
        file = file->from->file;
    }
    return true;
}

static void include_file(struct conf *conf, const struct conf_line *line, const char *path,
                         const struct include_place *place, struct conf_line ***lines) {
    struct include_place inside = { place->depth + 1, place->where };
    const struct source_file *source;

    if (is_being_read(line->file, path)) {
        report_cycle(conf, line, path);
        return;
    }
    if (inside.depth > CONF_DEPTH_MAX) {
        conf_error(conf, line, 1, "includes are nested too deep");
        return;
    }
    source = source_read(conf, path);
    if (source->error != 0) {
        conf_error(conf, line, 1, "open() \"%s\" failed (%d: %s)", path, source->error,
                   strerrordesc_np(source->error));
        return;
    }
    parse_file(conf, file_new(conf, path, source->bytes, line), &inside, lines);
}

void include_files(struct conf *conf, const struct conf_line *line, struct str pattern,
                   const struct include_place *place, struct conf_line ***lines) {
    const struct source_glob *found;
    struct str rest, path;

    if (!is_pattern(pattern)) {
        include_file(conf, line, conf_path_beside(conf, pattern).data, place, lines);
        return;
    }
    found = source_glob(conf, pattern_beside(conf, pattern));
    for (rest = found->paths; rest.len > 0; rest = str_from_byte(rest, path.len + 1)) {
        path = str_first(rest, str_find_char(rest, '\0'));
        include_file(conf, line, path.data, place, lines);
    }
}

struct conf_line *conf_include(struct conf *conf, const struct conf_line *line,
                               struct str pattern) {
    struct conf_line *first = NULL, **lines = &first;
    unsigned errors = reported_errors(conf);

    include_files(conf, line, pattern, &(struct include_place){ 0, 0 }, &lines);
    return reported_errors(conf) == errors ? first : NULL;
}

/* ---- the directive ---- */

/* The parser has expanded every include before a directive is looked up; this row is for the
 * manual. */
static const struct conf_type type_include = {
    .name = "file",
    .min_words = 1,
    .max_words = 1,
    .is_repeatable = true,
    .parse = conf_parse_nothing,
};

static const struct directive directives[] = {
    { .name = "include",
      .where = CONF_MAIN | CONF_EVENTS | CONF_ANY_HTTP | CONF_ANY_STREAM,
      .type = &type_include,
      .syntax = "file | mask",
      .help = "reads another file, or all that match, in this place; relative to the main file" },
    DIRECTIVES_END
};

static unsigned module_index;

const struct module include_module = {
    .name = "include",
    .index = &module_index,
    .directives = directives,
};
