/* SPDX-License-Identifier: BSD-2-Clause */
/* temp_path - folders for files of bodies; see temp_path.h. */
#include "conf/temp_path.h"

#include "base/number.h"
#include "conf/value.h"

#include <string.h>

static const char list_key;

struct temp_paths {
    const char **items;
    unsigned count;
};

static struct temp_paths *paths_of(const struct conf *conf) {
    return conf_data((struct conf *) (uintptr_t) conf, &list_key, sizeof(struct temp_paths));
}

const char *temp_path_at(const struct conf *conf, unsigned i) {
    const struct temp_paths *paths = paths_of(conf);

    return i < paths->count ? paths->items[i] : NULL;
}

static void add(struct conf *conf, const char *path) {
    struct temp_paths *paths = paths_of(conf);
    const char **place;
    unsigned i;

    for (i = 0; i < paths->count; i++) {
        if (strcmp(paths->items[i], path) == 0) {
            return;
        }
    }
    place = conf_array_add(conf, &paths->items, &paths->count, sizeof(*place));
    *place = path;
}

static bool check_levels(struct conf *conf, const struct conf_line *line) {
    uint64_t level;
    unsigned i;

    for (i = 2; i < line->count; i++) {
        if (!parse_decimal(line->words[i].text, 3, &level) || level == 0) {
            conf_error(conf, line, i, "invalid value \"%s\"", line->words[i].text.data);
            conf_help(conf, "a level of subfolders is 1, 2 or 3 characters long");
            return false;
        }
    }
    return true;
}

static bool parse_temp_path(struct conf *conf, struct conf_block *block,
                            const struct directive *directive, const struct conf_line *line,
                            void *field) {
    const char *path = conf_path(conf, line->words[1].text).data;

    (void) block;
    (void) directive;
    if (!check_levels(conf, line)) {
        return false;
    }
    add(conf, path);
    *(const char **) field = path;
    return true;
}

const struct conf_type conf_type_temp_path = {
    .name = "path",
    .size = sizeof(const char *),
    .min_words = 1,
    .max_words = 4,
    .parse = parse_temp_path,
};
