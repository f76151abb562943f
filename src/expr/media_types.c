/* SPDX-License-Identifier: BSD-2-Clause */
/* media_types - the media type of a file by its extension; see media_types.h. */
#include "expr/media_types.h"

#include "conf/value.h"
#include "expr/text_table.h"

enum { EXTENSION_MAX = 64 };

struct media_types {
    struct text_table types; /* by extension in lower case, to struct str */
};

/* ---- parsing ---- */

static void types_fini(void *object) {
    struct media_types *types = object;

    text_table_fini(&types->types);
}

static struct media_types *types_new(struct conf *conf) {
    struct media_types *types = arena_zero(&conf->arena, 1, sizeof(*types));

    text_table_init(&types->types);
    conf_on_free(conf, types_fini, types);
    return types;
}

static struct str lower(struct str text, char *to) {
    size_t i;

    for (i = 0; i < text.len; i++) {
        to[i] = char_lower(text.data[i]);
    }
    return str_make(to, text.len);
}

/* As in nginx, the last line that names an extension counts. */
static bool add_extension(struct conf *conf, struct media_types *types,
                          const struct conf_line *line, unsigned word, struct str *type) {
    struct str extension = line->words[word].text;
    struct str *known;

    if (extension.len > EXTENSION_MAX) {
        return conf_error(conf, line, word, "extension is longer than %d bytes", EXTENSION_MAX);
    }
    extension = lower(extension, arena_bytes(&conf->arena, extension.len + 1));
    if (text_table_add(&types->types, extension, type)) {
        return true;
    }
    /* The table is ours, and so are the types in it. */
    known = (struct str *) (uintptr_t) text_table_find(&types->types, extension);
    conf_warn(conf, line, word, "duplicate extension \"%.*s\", content type: \"%.*s\", previous "
              "content type: \"%.*s\"", STR_ARG(extension), STR_ARG(*type), STR_ARG(*known));
    *known = *type;
    return true;
}

/* "text/html html htm;": each extension has a type of its own, which a later line may replace. */
static bool parse_row(struct conf *conf, struct media_types *types, const struct conf_line *line) {
    bool is_good = true;
    unsigned word;

    if (line->has_block) {
        return conf_error(conf, line, line->count, "unexpected \"{\"");
    }
    for (word = 1; word < line->count; word++) {
        struct str *type = arena_alloc(&conf->arena, sizeof(*type));

        *type = line->words[0].text;
        is_good = add_extension(conf, types, line, word, type) && is_good;
    }
    return is_good;
}

static bool parse_types(struct conf *conf, struct conf_block *block,
                        const struct directive *directive, const struct conf_line *line,
                        void *field) {
    struct media_types **types = field;
    const struct conf_line *row;
    bool is_good = true;

    (void) block, (void) directive;
    if (*types == NULL) {
        *types = types_new(conf);
    }
    for (row = line->first; row != NULL; row = row->next) {
        is_good = parse_row(conf, *types, row) && is_good;
    }
    return is_good;
}

const struct conf_type conf_type_media_types = {
    .name = "media types",
    .size = sizeof(struct media_types *),
    .block = CONF_RAW_BLOCK,
    .is_repeatable = true,
    .parse = parse_types,
};

/* ---- look-up ---- */

struct str media_extension(struct str path) {
    struct str name = path;
    size_t slash = str_find_last_char(path, '/'), dot;

    if (slash < path.len) {
        name = str_from_byte(path, slash + 1);
    }
    dot = str_find_last_char(name, '.');
    return dot > 0 && dot < name.len ? str_from_byte(name, dot + 1) : str_first(name, 0);
}

static struct str usual_type(struct str extension) {
    return str_is(extension, "html") ? STR("text/html")
        : str_is(extension, "gif")   ? STR("image/gif")
        : str_is(extension, "jpg")   ? STR("image/jpeg")
                                     : STR_NONE;
}

struct str media_type_of(const struct media_types *types, struct str extension) {
    char text[EXTENSION_MAX];
    const struct str *found;

    if (extension.len > sizeof(text)) {
        return STR_NONE;
    }
    extension = lower(extension, text);
    if (types == NULL) {
        return usual_type(extension);
    }
    found = text_table_find(&types->types, extension);
    return found != NULL ? *found : STR_NONE;
}
