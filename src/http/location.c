/* SPDX-License-Identifier: BSD-2-Clause */
/* location - the blocks `location` and `limit_except`, and the search for a path. */
#include "http/location.h"

#include "base/hash.h"
#include "conf/value.h"
#include "expr/regex.h"

#include <stdlib.h>

/*
 * Prefixes in byte order, each with the index of the longest other prefix that it begins with. The
 * last entry that is not greater than a path is a prefix of it, or shares with it the one that is:
 * so a binary search and a short walk up find the longest.
 */
struct location_table {
    struct http_location **items;            /* all, in the order of the file */
    const struct http_location **prefixes;   /* plain ones and "^~", sorted */
    int *parents;
    const struct http_location **regexes;    /* in the order of the file */
    const struct http_location **redirects;  /* those with a "/" too many at the end, sorted */
    struct hash_map exact, named, names;     /* names: of the prefixes, to find duplicates */
    unsigned count, prefix_count, regex_count, redirect_count;
    uint64_t redirect_lengths;               /* bit n: a path of n bytes (modulo 64) may be one */
};

struct location_table *location_table_new(struct conf *conf) {
    struct location_table *table = arena_zero(&conf->arena, 1, sizeof(*table));

    conf_hash_map_init(conf, &table->exact);
    conf_hash_map_init(conf, &table->named);
    conf_hash_map_init(conf, &table->names);
    return table;
}

struct http_location *location_at(const struct location_table *table, unsigned i) {
    return table != NULL && i < table->count ? table->items[i] : NULL;
}

/* ---- the words of a line ---- */

static const struct {
    const char *text;
    enum http_location_kind kind;
} modifiers[] = { { "=", LOCATION_EXACT },
                  { "^~", LOCATION_FIRST },
                  { "~*", LOCATION_REGEX_NOCASE },
                  { "~", LOCATION_REGEX } };
enum { MODIFIERS = sizeof(modifiers) / sizeof(modifiers[0]) };

/* "= /path", "=/path" ...; sets kind and name. */
static bool parse_name(struct conf *conf, const struct conf_line *line,
                       struct http_location *location) {
    struct str first = line->words[1].text;
    unsigned i = 0;

    location->name = line->words[line->count - 1].text;
    while (i < MODIFIERS
           && (line->count == 3 ? !str_is(first, modifiers[i].text)
                                : !str_starts(first, str_from(modifiers[i].text)))) {
        i++;
    }
    if (i < MODIFIERS) {
        location->kind = modifiers[i].kind;
        if (line->count == 2) {
            location->name = str_from_byte(first, strlen(modifiers[i].text));
        }
        return true;
    }
    if (line->count == 3) {
        conf_error(conf, line, 1, "invalid location modifier \"%s\"", first.data);
        conf_help(conf, "modifiers: = ^~ ~ ~*");
        return false;
    }
    location->kind = str_starts(first, STR("@")) ? LOCATION_NAMED : LOCATION_PREFIX;
    return true;
}

static bool is_regex(const struct http_location *location) {
    return location->kind == LOCATION_REGEX || location->kind == LOCATION_REGEX_NOCASE;
}

/* As nginx has it; a prefix without "/" is read, for nginx does, and finds nothing. */
static bool check_name(struct conf *conf, const struct conf_line *line,
                       const struct http_location *location) {
    unsigned word = line->count - 1;

    if (location->name.len == 0) {
        conf_error(conf, line, word, "invalid location \"%s\"", line->words[word].text.data);
        conf_help(conf, "a path, an expression or @name is missing");
        return false;
    }
    if (!is_regex(location) && location->kind != LOCATION_NAMED
        && location->name.data[0] != '/') {
        conf_warn(conf, line, word, "no request is for location \"%.*s\"",
                  STR_ARG(location->name));
        conf_help(conf, "a path begins with \"/\"");
    }
    return true;
}

static bool check_inside(struct conf *conf, const struct conf_line *line,
                         const struct http_location *location,
                         const struct http_location *parent) {
    const char *what = parent->kind == LOCATION_EXACT ? "exact"
        : parent->kind == LOCATION_NAMED              ? "named"
                                                      : NULL;
    unsigned word = line->count - 1;

    if (what != NULL) {
        return conf_error(conf, line, word,
                          "location \"%.*s\" cannot be inside the %s location \"%.*s\"",
                          STR_ARG(location->name), what, STR_ARG(parent->name));
    }
    if (location->kind == LOCATION_NAMED) {
        return conf_error(conf, line, word,
                          "named location \"%.*s\" can be on the server level only",
                          STR_ARG(location->name));
    }
    return is_regex(location) || str_starts(location->name, parent->name)
        || conf_error(conf, line, word, "location \"%.*s\" is outside location \"%.*s\"",
                      STR_ARG(location->name), STR_ARG(parent->name));
}

/* ---- blocks ---- */

/* The one around a block: a location, or the server's own. */
static struct http_location *parent_of(const struct conf_block *block) {
    struct http_server *server = block->parent->object;

    return block->parent->where == CONF_HTTP_SERVER ? &server->self : block->parent->object;
}

static struct hash_map *names_of(struct location_table *table,
                                 const struct http_location *location) {
    return location->kind == LOCATION_EXACT ? &table->exact
        : location->kind == LOCATION_NAMED  ? &table->named
                                            : &table->names;
}

static bool add(struct conf *conf, const struct conf_line *line, struct http_location *parent,
                struct http_location *location) {
    const struct http_location *other;
    struct http_location **place;

    if (parent->inside == NULL) {
        parent->inside = location_table_new(conf);
    }
    place = conf_array_add(conf, &parent->inside->items, &parent->inside->count, sizeof(*place));
    *place = location;
    if (is_regex(location)) {
        return true;
    }
    other = hash_map_put(names_of(parent->inside, location), location->name, location);
    if (other == NULL) {
        return true;
    }
    conf_error(conf, line, line->count - 1, "duplicate location \"%.*s\"",
               STR_ARG(location->name));
    conf_help(conf, "it stands first in %s:%u", conf_file_name(other->block->line->file),
              other->block->line->words[0].line);
    return false;
}

static bool open_location(struct conf *conf, struct conf_block *block,
                          const struct conf_line *line) {
    struct http_location *location = arena_zero(&conf->arena, 1, sizeof(*location));
    struct http_location *parent = parent_of(block);

    location->block = block;
    block->object = location;
    if (!parse_name(conf, line, location) || !check_name(conf, line, location)
        || (block->parent->where == CONF_HTTP_LOCATION
            && !check_inside(conf, line, location, parent))) {
        return false;
    }
    if (is_regex(location)) {
        location->regex = regex_compile(conf, block, line, line->count - 1, location->name,
                                        location->kind == LOCATION_REGEX_NOCASE);
        if (location->regex == NULL) {
            return false;
        }
    }
    return add(conf, line, parent, location);
}

const struct conf_block_kind location_kind = { .inside = CONF_HTTP_LOCATION,
                                               .open = open_location };

/* ---- limit_except ---- */

/* The methods that nginx knows, in whatever case they are written. */
static const char *const known_methods[] = { "GET",     "HEAD",     "POST",      "PUT",  "DELETE",
                                             "MKCOL",   "COPY",     "MOVE",      "OPTIONS",
                                             "PROPFIND", "PROPPATCH", "LOCK",   "UNLOCK", "PATCH" };
enum { KNOWN_METHODS = sizeof(known_methods) / sizeof(known_methods[0]) };

struct location_limit {
    struct http_location variant; /* for all methods but those */
    struct str methods[KNOWN_METHODS + 1];
    unsigned count;
};

static void allow_method(struct location_limit *limit, const char *name) {
    unsigned i;

    for (i = 0; i < limit->count; i++) {
        if (str_is(limit->methods[i], name)) {
            return;
        }
    }
    limit->methods[limit->count++] = str_from(name);
}

static bool open_limit(struct conf *conf, struct conf_block *block, const struct conf_line *line) {
    struct location_limit *limit = arena_zero(&conf->arena, 1, sizeof(*limit));
    struct http_location *location = block->parent->object;
    unsigned word, i;

    if (location->limit != NULL) {
        return conf_error(conf, line, 0, "\"limit_except\" directive is duplicate");
    }
    block->object = &limit->variant;
    limit->variant.block = block;
    location->limit = limit;
    for (word = 1; word < line->count; word++) {
        for (i = 0; i < KNOWN_METHODS
             && !str_equal_nocase(line->words[word].text, str_from(known_methods[i])); i++) {
        }
        if (i == KNOWN_METHODS) {
            return conf_error(conf, line, word, "invalid method \"%s\"",
                              line->words[word].text.data);
        }
        allow_method(limit, known_methods[i]);
        if (i == 0) {
            allow_method(limit, "HEAD"); /* as in nginx */
        }
    }
    return true;
}

const struct conf_block_kind location_limit_kind = { .inside = CONF_HTTP_LIMIT_EXCEPT,
                                                     .open = open_limit };

const struct http_location *location_for_method(const struct http_location *location,
                                                struct str method) {
    const struct location_limit *limit = location->limit;
    unsigned i;

    for (i = 0; limit != NULL && i < limit->count; i++) {
        if (str_equal(limit->methods[i], method)) {
            return location;
        }
    }
    return limit != NULL ? &limit->variant : location;
}

/* ---- making tables ---- */

static int compare_names(const void *a, const void *b) {
    const struct http_location *const *left = a, *const *right = b;

    return str_compare((*left)->name, (*right)->name);
}

static struct str without_slash(const struct http_location *location) {
    return str_first(location->name, location->name.len - 1);
}

static int compare_redirects(const void *a, const void *b) {
    const struct http_location *const *left = a, *const *right = b;

    return str_compare(without_slash(*left), without_slash(*right));
}

static void link_parents(struct location_table *table) {
    unsigned i;

    for (i = 0; i < table->prefix_count; i++) {
        int parent = (int) i - 1;

        while (parent >= 0
               && !str_starts(table->prefixes[i]->name, table->prefixes[parent]->name)) {
            parent = table->parents[parent];
        }
        table->parents[i] = parent;
    }
}

static void sort_in(struct conf *conf, struct location_table *table,
                    const struct http_location *location) {
    const struct http_location **place;

    if (is_regex(location)) {
        place = conf_array_add(conf, &table->regexes, &table->regex_count, sizeof(*place));
        *place = location;
    } else if (location->kind == LOCATION_PREFIX || location->kind == LOCATION_FIRST) {
        place = conf_array_add(conf, &table->prefixes, &table->prefix_count, sizeof(*place));
        *place = location;
    }
    if (location->redirects) {
        place = conf_array_add(conf, &table->redirects, &table->redirect_count, sizeof(*place));
        *place = location;
        table->redirect_lengths |= UINT64_C(1) << ((location->name.len - 1) & 63);
    }
}

void location_table_make(struct conf *conf, struct location_table *table) {
    unsigned i;

    for (i = 0; i < table->count; i++) {
        sort_in(conf, table, table->items[i]);
    }
    if (table->prefix_count > 0) {
        qsort(table->prefixes, table->prefix_count, sizeof(*table->prefixes), compare_names);
    }
    if (table->redirect_count > 0) {
        qsort(table->redirects, table->redirect_count, sizeof(*table->redirects),
              compare_redirects);
    }
    table->parents = arena_zero(&conf->arena, table->prefix_count + 1, sizeof(*table->parents));
    link_parents(table);
}

/* ---- the search ---- */

enum found {
    FOUND_NOTHING,
    FOUND_PREFIX,   /* an expression may take precedence */
    FOUND_ONE,      /* that is it */
    FOUND_REDIRECT  /* the path with a "/" behind it is */
};

/* Index of the last prefix that is not greater than the path, or -1. */
static int last_not_greater(const struct location_table *table, struct str path) {
    int low = 0, high = (int) table->prefix_count - 1, found = -1;

    while (low <= high) {
        int middle = low + (high - low) / 2;

        if (str_compare(table->prefixes[middle]->name, path) <= 0) {
            found = middle;
            low = middle + 1;
        } else {
            high = middle - 1;
        }
    }
    return found;
}

/* The one whose name is the path and a "/"; NULL: none. */
static const struct http_location *find_redirect(const struct location_table *table,
                                                 struct str path) {
    unsigned low = 0, high = table->redirect_count;

    if ((table->redirect_lengths >> (path.len & 63) & 1) == 0) {
        return NULL;
    }
    while (low < high) {
        unsigned middle = low + (high - low) / 2;
        int order = str_compare(without_slash(table->redirects[middle]), path);

        if (order == 0) {
            return table->redirects[middle];
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

static enum found find_static(const struct location_table *table, struct str path,
                              const struct http_location **location) {
    const struct http_location *found = hash_map_get(&table->exact, path);
    int at;

    if (found != NULL) {
        *location = found;
        return FOUND_ONE;
    }
    at = last_not_greater(table, path);
    while (at >= 0 && !str_starts(path, table->prefixes[at]->name)) {
        at = table->parents[at];
    }
    if ((at < 0 || table->prefixes[at]->name.len < path.len)
        && (found = find_redirect(table, path)) != NULL) {
        *location = found;
        return FOUND_REDIRECT;
    }
    if (at < 0) {
        return FOUND_NOTHING;
    }
    *location = table->prefixes[at];
    return FOUND_PREFIX;
}

/* nginx's order: the longest prefix, what is inside of it, and only then the expressions beside
 * it. What "^~" spares are those beside it, not those inside. */
static enum found find_in(const struct location_table *table, struct str path, struct scope *scope,
                          const struct http_location **location) {
    enum found found = find_static(table, path, location);
    bool is_first = false;
    unsigned i;

    if (found == FOUND_PREFIX) {
        is_first = (*location)->kind == LOCATION_FIRST;
        if ((*location)->inside != NULL) {
            found = find_in((*location)->inside, path, scope, location);
        }
    }
    if (found == FOUND_ONE || found == FOUND_REDIRECT || is_first) {
        return found;
    }
    for (i = 0; i < table->regex_count; i++) {
        if (regex_match(table->regexes[i]->regex, path, scope)) {
            *location = table->regexes[i];
            if ((*location)->inside != NULL) {
                find_in((*location)->inside, path, scope, location);
            }
            return FOUND_ONE;
        }
    }
    return found;
}

const struct http_location *location_find(const struct http_server *server, struct str path,
                                          struct scope *scope, bool *is_redirect) {
    const struct http_location *location = &server->self;

    *is_redirect = server->self.inside != NULL
        && find_in(server->self.inside, path, scope, &location) == FOUND_REDIRECT;
    return location;
}

const struct http_location *location_find_named(const struct http_server *server,
                                                struct str name) {
    return server->self.inside != NULL ? hash_map_get(&server->self.inside->named, name) : NULL;
}
