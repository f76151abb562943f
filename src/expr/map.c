/* SPDX-License-Identifier: BSD-2-Clause */
/* map - a variable whose value depends on others; see map.h. */
#include "expr/map.h"

#include "base/hash.h"
#include "conf/value.h"
#include "expr/regex.h"
#include "expr/template.h"
#include "expr/text_table.h"

struct map_regex {
    const struct regex *regex;
    const struct template *value;
};

struct map {
    const struct template *source;
    const struct template *fallback; /* NULL: the empty text */
    /* Texts in lower case to templates. */
    struct text_table exact;
    struct text_table heads; /* "example.com" of "*.example.com" */
    struct text_table tails; /* "www.example" of "www.example.*" */
    struct map_regex *regexes;
    unsigned regex_count;
    bool is_hostnames;
};

/* Texts up to this length are made lower-case on the stack. */
enum { KEY_STACK_MAX = 256 };

/* ---- looking up ---- */

/* Parts longer than any row are not looked for, so a host of a thousand labels costs no thousand
 * look-ups. */
static const struct template *find_head(const struct map *map, struct str host) {
    const struct template *found = NULL;
    size_t i;

    for (i = 0; i < host.len && found == NULL; i++) {
        if (host.data[i] == '.') {
            found = text_table_find(&map->heads, str_from_byte(host, i + 1));
        }
    }
    return found;
}

static const struct template *find_tail(const struct map *map, struct str host) {
    const struct template *found = NULL;
    size_t i;

    for (i = host.len; i > 0 && found == NULL; i--) {
        if (host.data[i - 1] == '.') {
            found = text_table_find(&map->tails, str_first(host, i - 1));
        }
    }
    return found;
}

static const struct template *find_text(const struct map *map, struct scope *scope,
                                        struct str text) {
    char on_stack[KEY_STACK_MAX], *lower = on_stack;
    const struct template *found;
    size_t i;

    if (!map->is_hostnames && text.len > map->exact.text_max) {
        return NULL;
    }
    if (text.len > sizeof(on_stack)) {
        lower = arena_bytes(scope->arena, text.len);
    }
    for (i = 0; i < text.len; i++) {
        lower[i] = char_lower(text.data[i]);
    }
    text.data = lower;
    found = text_table_find(&map->exact, text);
    if (found == NULL && map->heads.count > 0) {
        found = find_head(map, text);
    }
    if (found == NULL && map->tails.count > 0) {
        found = find_tail(map, text);
    }
    return found;
}

static const struct template *find_row(const struct map *map, struct scope *scope,
                                       struct str text) {
    const struct template *found;
    unsigned i;

    if (map->is_hostnames && str_ends(text, STR("."))) {
        text.len--;
    }
    found = find_text(map, scope, text);
    if (found != NULL) {
        return found;
    }
    for (i = 0; i < map->regex_count && text.len > 0; i++) {
        if (regex_match(map->regexes[i].regex, text, scope)) {
            return map->regexes[i].value;
        }
    }
    return map->fallback;
}

static bool get_map(struct scope *scope, const struct variable *variable, struct str name,
                    struct str *value) {
    const struct map *map = variable->detail;
    const struct template *found = find_row(map, scope, template_text(map->source, scope));

    (void) name;
    *value = found != NULL ? template_text(found, scope) : STR("");
    return true;
}

/* ---- parsing ---- */

struct map_parser {
    struct conf *conf;
    const struct conf_block *block;
    struct map *map;
    struct hash_map templates; /* by text: a table has many rows and few values */
    bool is_volatile;
};

static struct template *parse_value(struct map_parser *parser, const struct conf_line *line) {
    struct str text = line->words[1].text;
    struct template *template = hash_map_get(&parser->templates, text);

    if (template == NULL) {
        template = template_compile(parser->conf, parser->block, line, 1);
        if (template != NULL) {
            hash_map_put(&parser->templates, text, template);
        }
    }
    return template;
}

static bool add_text(struct map_parser *parser, struct text_table *table, struct str text,
                     struct template *value, const struct conf_line *line) {
    char *lower = arena_bytes(&parser->conf->arena, text.len + 1);
    size_t i;

    for (i = 0; i < text.len; i++) {
        lower[i] = char_lower(text.data[i]);
    }
    if (!text_table_add(table, str_make(lower, text.len), value)) {
        return conf_error(parser->conf, line, 0, "conflicting parameter \"%s\"",
                          line->words[0].text.data);
    }
    return true;
}

/* At most one "*", no empty label. Where a "*" may stand is the caller's affair. */
static bool is_hostname(struct str name) {
    struct str behind_star = str_from_byte(name, str_find_char(name, '*') + 1);

    return str_find_char(behind_star, '*') == behind_star.len
        && str_find(name, STR("..")) == name.len;
}

static bool add_hostname(struct map_parser *parser, struct str name, struct template *value,
                         const struct conf_line *line) {
    struct map *map = parser->map;

    if (is_hostname(name)) {
        if (name.len > 1 && name.data[0] == '.') {
            name = str_from_byte(name, 1);
            return add_text(parser, &map->exact, name, value, line)
                && add_text(parser, &map->heads, name, value, line);
        }
        if (name.len > 2 && str_starts(name, STR("*."))) {
            return add_text(parser, &map->heads, str_from_byte(name, 2), value, line);
        }
        if (name.len > 2 && str_ends(name, STR(".*"))) {
            return add_text(parser, &map->tails, str_first(name, name.len - 2), value, line);
        }
        if (str_find_char(name, '*') == name.len) {
            return add_text(parser, &map->exact, name, value, line);
        }
    }
    conf_error(parser->conf, line, 0, "invalid hostname or wildcard \"%.*s\"", STR_ARG(name));
    conf_help(parser->conf, "a \"*\" may stand at the start (*.example.com) or at the end "
                            "(www.example.*)");
    return false;
}

static bool add_regex(struct map_parser *parser, struct str pattern, struct template *value,
                      const struct conf_line *line) {
    bool is_nocase = str_starts(pattern, STR("*"));
    struct map *map = parser->map;
    struct map_regex *added;
    struct regex *regex = regex_compile(parser->conf, parser->block, line, 0,
                                        str_from_byte(pattern, is_nocase), is_nocase);

    if (regex == NULL) {
        return false;
    }
    added = conf_array_add(parser->conf, &map->regexes, &map->regex_count,
                           sizeof(*map->regexes));
    *added = (struct map_regex){ regex, value };
    return true;
}

static bool add_row(struct map_parser *parser, const struct conf_line *line) {
    struct template *value = parse_value(parser, line);
    struct str text = line->words[0].text;
    struct map *map = parser->map;

    if (value == NULL) {
        return false;
    }
    if (str_is(text, "default")) {
        if (map->fallback != NULL) {
            return conf_error(parser->conf, line, 0, "duplicate default map parameter");
        }
        map->fallback = value;
        return true;
    }
    if (str_starts(text, STR("~"))) {
        return add_regex(parser, str_from_byte(text, 1), value, line);
    }
    if (str_starts(text, STR("\\"))) {
        text = str_from_byte(text, 1);
    }
    return map->is_hostnames ? add_hostname(parser, text, value, line)
                             : add_text(parser, &map->exact, text, value, line);
}

/* `include` is not seen here: the lines of the file stand in its place. */
static bool parse_row(struct map_parser *parser, const struct conf_line *line) {
    struct str name = line->words[0].text;

    if (line->count == 1 && !line->has_block && str_is(name, "hostnames")) {
        parser->map->is_hostnames = true;
        return true;
    }
    if (line->count == 1 && !line->has_block && str_is(name, "volatile")) {
        parser->is_volatile = true;
        return true;
    }
    if (line->count != 2 || line->has_block) {
        return conf_error(parser->conf, line, 0, "invalid number of the map parameters");
    }
    return add_row(parser, line);
}

static bool parse_rows(struct map_parser *parser, const struct conf_line *line) {
    bool is_good = true;

    for (; line != NULL; line = line->next) {
        is_good = parse_row(parser, line) && is_good;
    }
    return is_good;
}

/* ---- the directives ---- */

static void map_fini(void *object) {
    struct map *map = object;

    text_table_fini(&map->exact);
    text_table_fini(&map->heads);
    text_table_fini(&map->tails);
}

static struct map *map_new(struct conf *conf) {
    struct map *map = arena_zero(&conf->arena, 1, sizeof(*map));

    text_table_init(&map->exact);
    text_table_init(&map->heads);
    text_table_init(&map->tails);
    conf_on_free(conf, map_fini, map);
    return map;
}

static bool parse_map(struct conf *conf, struct conf_block *block,
                      const struct directive *directive, const struct conf_line *line,
                      void *field) {
    struct map_parser parser = { .conf = conf, .block = block, .map = map_new(conf) };
    struct variable variable = { .name = variable_name_in(conf, line, 2), .get = get_map,
                                 .detail = parser.map };
    bool is_good;

    (void) directive, (void) field;
    parser.map->source = template_compile(conf, block, line, 1);
    hash_map_init(&parser.templates);
    is_good = parse_rows(&parser, line->first);
    hash_map_fini(&parser.templates);
    variable.is_volatile = parser.is_volatile;
    return variable.name != NULL && parser.map->source != NULL
        && variable_define(conf, variable_table_of(conf, block), &variable, line, 2) >= 0
        && is_good;
}

static const struct conf_type type_map = {
    .name = "table of texts",
    .min_words = 2,
    .max_words = 2,
    .block = CONF_RAW_BLOCK,
    .is_repeatable = true,
    .parse = parse_map,
};

static const struct directive directives[] = {
    {
        .name = "map",
        .where = CONF_HTTP | CONF_STREAM,
        .type = &type_map,
        .inherit = INHERIT_NONE,
        .syntax = "string $variable { text value; ... }",
        .help = "makes a variable whose value depends on other variables",
    },
    DIRECTIVES_END
};

static unsigned map_index;

const struct module map_module = {
    .name = "map",
    .index = &map_index,
    .directives = directives,
};
