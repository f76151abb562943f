/* SPDX-License-Identifier: BSD-2-Clause */
/* route - the choice of a server by name; see route.h. */
#include "http/route.h"

#include "base/hash.h"
#include "conf/value.h"
#include "expr/builtin.h"
#include "expr/regex.h"

struct server_regex {
    struct regex *regex;
    struct http_server *server;
};

struct server_table {
    struct hash_map exact;
    struct hash_map leading;  /* ".example.com" of "*.example.com": matched from the left */
    struct hash_map trailing; /* "www.example." of "www.example.*" */
    struct server_regex *regexes;
    unsigned regex_count;
};

struct server_table *server_table_new(struct conf *conf) {
    struct server_table *table = arena_zero(&conf->arena, 1, sizeof(*table));

    conf_hash_map_init(conf, &table->exact);
    conf_hash_map_init(conf, &table->leading);
    conf_hash_map_init(conf, &table->trailing);
    return table;
}

static bool bad_name(struct conf *conf, const struct conf_line *line, unsigned word) {
    return conf_error(conf, line, word, "invalid server name or wildcard \"%s\"",
                      line->words[word].text.data);
}

static bool put(struct conf *conf, struct hash_map *map, struct str name,
                struct http_server *server, const struct conf_line *line, unsigned word,
                struct str listener) {
    const struct http_server *other = hash_map_get(map, name);

    if (other == NULL) {
        hash_map_put(map, name, server);
    } else if (other != server) {
        conf_warn(conf, line, word, "conflicting server name \"%s\" on %.*s, ignored",
                  line->words[word].text.data, STR_ARG(listener));
        conf_help(conf, "it stands first in %s:%u", conf_file_name(other->line->file),
                  other->line->words[0].line);
    }
    return true;
}

static struct str lower(struct conf *conf, struct str text) {
    struct str copy = arena_copy(&conf->arena, text);
    size_t i;

    for (i = 0; i < copy.len; i++) {
        ((char *) copy.data)[i] = char_lower(copy.data[i]);
    }
    return copy;
}

static bool add_regex(struct conf *conf, struct server_table *table, struct http_server *server,
                      const struct conf_line *line, unsigned word, struct str pattern) {
    struct regex *regex
        = regex_compile(conf, server->block, line, word, str_from_byte(pattern, 1), true);
    struct server_regex *place;

    if (regex == NULL) {
        return false;
    }
    place = conf_array_add(conf, &table->regexes, &table->regex_count, sizeof(*place));
    *place = (struct server_regex){ regex, server };
    return true;
}

bool server_table_add(struct conf *conf, struct server_table *table, struct http_server *server,
                      const struct conf_line *line, unsigned word, struct str listener) {
    struct str name = line->words[word].text;
    size_t star;

    if (name.len > 0 && name.data[0] == '~') {
        return name.len > 1 ? add_regex(conf, table, server, line, word, name)
                            : bad_name(conf, line, word);
    }
    if (str_is(name, "$hostname")) {
        (void) builtin_hostname(&name);
    }
    name = lower(conf, name);
    if (str_starts(name, STR(".")) && name.len > 1) {
        put(conf, &table->exact, str_from_byte(name, 1), server, line, word, listener);
        return put(conf, &table->leading, name, server, line, word, listener);
    }
    star = str_find_char(name, '*');
    if (star == name.len) {
        return put(conf, &table->exact, name, server, line, word, listener);
    }
    if (star == 0 && name.len > 2 && name.data[1] == '.'
        && str_find_char(str_from_byte(name, 1), '*') == name.len - 1) {
        return put(conf, &table->leading, str_from_byte(name, 1), server, line, word, listener);
    }
    if (star == name.len - 1 && star > 1 && name.data[star - 1] == '.') {
        return put(conf, &table->trailing, str_first(name, star), server, line, word, listener);
    }
    return bad_name(conf, line, word);
}

/* "a.b.example.com" asks for ".b.example.com", ".example.com", ".com". */
static struct http_server *find_leading(const struct server_table *table, struct str host) {
    size_t at;

    for (at = 1; at < host.len && table->leading.count > 0; at++) {
        struct http_server *server;

        if (host.data[at] == '.'
            && (server = hash_map_get(&table->leading, str_from_byte(host, at))) != NULL) {
            return server;
        }
    }
    return NULL;
}

/* "www.example.com" asks for "www.example.", "www.". */
static struct http_server *find_trailing(const struct server_table *table, struct str host) {
    size_t len;

    for (len = host.len; len > 1 && table->trailing.count > 0; len--) {
        struct http_server *server;

        if (host.data[len - 1] == '.'
            && (server = hash_map_get(&table->trailing, str_first(host, len))) != NULL) {
            return server;
        }
    }
    return NULL;
}

struct http_server *server_table_find(const struct server_table *table, struct str host,
                                      struct scope *scope) {
    struct http_server *server = hash_map_get(&table->exact, host);
    unsigned i;

    if (server != NULL || (server = find_leading(table, host)) != NULL
        || (server = find_trailing(table, host)) != NULL) {
        return server;
    }
    for (i = 0; i < table->regex_count; i++) {
        if (regex_match(table->regexes[i].regex, host, scope)) {
            return table->regexes[i].server;
        }
    }
    return NULL;
}
