/* SPDX-License-Identifier: BSD-2-Clause */
/* group - an upstream: its servers as configured, and the groups that proxy_pass means; see group.h. */
#include "lb/group.h"

#include "base/number.h"
#include "conf/value.h"
#include "lb/pick.h"
#include "lb/pool.h"

#include <stddef.h>

static unsigned module_index;
static const char data_key;

/* One `server` line of an upstream. */
struct server_line {
    struct str text;
    struct names_entry *names;
    uint32_t weight, max_fails, max_conns;
    int64_t fail_timeout_ms;
    bool is_backup, is_down;
};

struct server_lines {
    struct server_line *items;
    unsigned count;
};

struct lb_settings {
    struct server_lines servers;
    struct group_keepalive keepalive;
    struct str zone_name;
};

/* All groups of a configuration. */
struct lb_data {
    struct group *http, *stream;
};

static struct lb_data *data_of(const struct conf *conf) {
    return conf_data((struct conf *) conf, &data_key, sizeof(struct lb_data));
}

static struct group **groups_of(const struct conf *conf, uint32_t family) {
    struct lb_data *data = data_of(conf);

    return family == CONF_STREAM ? &data->stream : &data->http;
}

static struct group *find_group(const struct conf *conf, uint32_t family, struct str name,
                                bool is_implicit) {
    struct group *group;

    for (group = *groups_of(conf, family); group != NULL; group = group->next) {
        if (group->is_implicit == is_implicit && str_equal_nocase(group->name, name)) {
            return group;
        }
    }
    return NULL;
}

struct group *group_find(const struct conf *conf, uint32_t family, struct str name) {
    return find_group(conf, family, name, false);
}

static struct group *new_group(struct conf *conf, uint32_t family, struct str name,
                               const struct conf_line *line) {
    struct group *group = arena_zero(&conf->arena, 1, sizeof(*group));
    struct group **last = groups_of(conf, family);

    while (*last != NULL) {
        last = &(*last)->next;
    }
    *last = group;
    group->name = arena_copy(&conf->arena, name);
    group->line = line;
    group->method = &round_robin_method;
    return group;
}

/* ---- upstream {} ---- */

static uint32_t family_of(const struct conf_block *block) {
    return (block->where & CONF_ANY_STREAM) != 0 ? CONF_STREAM : CONF_HTTP;
}

static bool open_upstream(struct conf *conf, struct conf_block *block,
                          const struct conf_line *line) {
    struct str name = line->words[1].text;
    const struct group *other = group_find(conf, family_of(block), name);

    if (other != NULL) {
        conf_error(conf, line, 1, "duplicate upstream \"%s\"", name.data);
        conf_help(conf, "it stands first in %s:%u", conf_file_name(other->line->file),
                  other->line->words[0].line);
        return false;
    }
    block->object = new_group(conf, family_of(block), name, line);
    names_add_known(conf, name);
    return true;
}

/* ---- server ---- */

/* The value of "name=value", or false. */
static bool take_value(struct str text, const char *name, struct str *value) {
    struct str prefix = str_from(name);

    if (!str_starts(text, prefix)) {
        return false;
    }
    *value = str_from_byte(text, prefix.len);
    return true;
}

static bool set_number(struct str value, uint64_t min, uint64_t max, uint32_t *number) {
    uint64_t parsed;

    if (!parse_decimal(value, max, &parsed) || parsed < min) {
        return false;
    }
    *number = (uint32_t) parsed;
    return true;
}

static bool set_parameter(struct server_line *server, struct str text) {
    struct str value;

    if (take_value(text, "weight=", &value)) {
        return set_number(value, 1, 65535, &server->weight);
    }
    if (take_value(text, "max_fails=", &value)) {
        return set_number(value, 0, PEER_WINDOW_MAX, &server->max_fails);
    }
    if (take_value(text, "max_conns=", &value)) {
        return set_number(value, 0, INT32_MAX, &server->max_conns);
    }
    if (take_value(text, "fail_timeout=", &value)) {
        return parse_time_ms(value, &server->fail_timeout_ms);
    }
    if (str_is(text, "backup")) {
        return server->is_backup = true;
    }
    return str_is(text, "down") && (server->is_down = true);
}

static bool parse_address(struct conf *conf, const struct conf_block *block,
                          const struct conf_line *line, struct server_line *server) {
    uint16_t default_port = family_of(block) == CONF_HTTP ? 80 : 0, number = default_port;
    struct str host, port;

    if (!parse_host_port(line->words[1].text, &host, &port)
        || (port.len > 0 && !parse_port(port, &number))) {
        return conf_error(conf, line, 1, "invalid port in upstream \"%s\"",
                          line->words[1].text.data);
    }
    if (number == 0 && !str_starts(host, STR("unix:"))) {
        return conf_error(conf, line, 1, "no port in upstream \"%s\"", line->words[1].text.data);
    }
    server->text = line->words[1].text;
    server->names = names_add(conf, host, number, line, 1);
    return server->names != NULL;
}

static bool parse_server(struct conf *conf, struct conf_block *block,
                         const struct directive *directive, const struct conf_line *line,
                         void *field) {
    struct server_lines *servers = field;
    struct server_line *server
        = conf_array_add(conf, &servers->items, &servers->count, sizeof(*server));
    unsigned word;

    (void) directive;
    server->weight = 1;
    server->max_fails = 1;
    server->fail_timeout_ms = 10000;
    for (word = 2; word < line->count; word++) {
        if (!set_parameter(server, line->words[word].text)) {
            conf_error(conf, line, word, "invalid parameter \"%s\"", line->words[word].text.data);
            conf_help(conf, "parameters: weight=number, max_fails=number, fail_timeout=time,"
                            " max_conns=number, backup, down");
            return false;
        }
    }
    return parse_address(conf, block, line, server);
}

static const struct conf_type type_server = {
    .name = "server",
    .size = sizeof(struct server_lines),
    .min_words = 1,
    .max_words = 16,
    .is_repeatable = true,
    .parse = parse_server,
};

/* ---- keepalive, zone ---- */

static bool parse_keepalive(struct conf *conf, struct conf_block *block,
                            const struct directive *directive, const struct conf_line *line,
                            void *field) {
    (void) block;
    (void) directive;
    if (line->count == 3 && !str_is(line->words[2].text, "local")) {
        return conf_error(conf, line, 2, "invalid parameter \"%s\"", line->words[2].text.data);
    }
    if (!parse_signed(line->words[1].text, 0, 1 << 20, field)) {
        return conf_error(conf, line, 1, "invalid value \"%s\" in \"keepalive\" directive",
                          line->words[1].text.data);
    }
    return true;
}

static const struct conf_type type_keepalive = {
    .name = "number",
    .size = sizeof(int64_t),
    .min_words = 1,
    .max_words = 2,
    .parse = parse_keepalive,
};

static bool parse_zone(struct conf *conf, struct conf_block *block,
                       const struct directive *directive, const struct conf_line *line,
                       void *field) {
    uint64_t size;

    (void) block;
    (void) directive;
    if (line->count == 3 && !parse_size(line->words[2].text, &size)) {
        return conf_error(conf, line, 2, "invalid zone size \"%s\"", line->words[2].text.data);
    }
    *(struct str *) field = line->words[1].text;
    return true;
}

static const struct conf_type type_zone = {
    .name = "zone",
    .size = sizeof(struct str),
    .min_words = 1,
    .max_words = 2,
    .parse = parse_zone,
};

static bool close_upstream(struct conf *conf, struct conf_block *block) {
    if (!conf_is_set(conf, block, &lb_module, "server")) {
        return conf_error(conf, block->line, 0, "no servers are inside upstream");
    }
    return true;
}

static bool compile(struct conf *conf, const struct conf_block *block, void *data) {
    const struct lb_settings *settings = data;
    struct group *group;

    (void) conf;
    if ((block->where & CONF_UPSTREAM) != 0) {
        group = block->object;
        group->settings = settings;
        group->keepalive = settings->keepalive;
    }
    return true;
}

/* ---- groups of proxy_pass ---- */

struct group *group_for(struct conf *conf, uint32_t family, struct str target,
                        uint16_t default_port, const struct conf_line *line, unsigned word) {
    struct group *group = group_find(conf, family, target);
    uint16_t number = default_port;
    struct str host, port;

    if (group != NULL || (group = find_group(conf, family, target, true)) != NULL) {
        return group;
    }
    if (!parse_host_port(target, &host, &port) || (port.len > 0 && !parse_port(port, &number))) {
        conf_error(conf, line, word, "invalid port in upstream \"%.*s\"", STR_ARG(target));
        return NULL;
    }
    if (number == 0 && !str_starts(host, STR("unix:"))) {
        conf_error(conf, line, word, "no port in upstream \"%.*s\"", STR_ARG(target));
        return NULL;
    }
    group = new_group(conf, family, target, line);
    group->is_implicit = true;
    group->names = names_add(conf, host, number, line, word);
    return group->names != NULL ? group : NULL;
}

static struct str print_addr(struct arena *arena, const struct addr *addr) {
    char text[ADDR_TEXT_MAX];

    return arena_copy(arena, str_make(text, addr_format(addr, text)));
}

/* A group of one for a single request: its state is its own, so failures are not remembered. */
struct group *group_for_session(const struct conf *conf, uint32_t family, struct str target,
                                uint16_t default_port, struct arena *arena) {
    struct group *group = group_find(conf, family, target);
    struct addr addr;
    struct peer *peer;

    if (group != NULL || (group = find_group(conf, family, target, true)) != NULL) {
        return group;
    }
    if (!parse_addr(target, default_port, &addr)) {
        return NULL;
    }
    group = arena_zero(arena, 1, sizeof(*group));
    group->name = arena_copy(arena, target);
    group->is_implicit = group->is_temporary = true;
    group->method = &single_method;
    group->peers = peer = arena_zero(arena, 1, sizeof(*peer));
    group->count = group->primary_count = 1;
    group->state = arena_zero(arena, 1, sizeof(*group->state));
    peer->name = peer->server = print_addr(arena, &addr);
    peer->addr = addr;
    peer->weight = 1;
    peer->state = arena_zero(arena, 1, sizeof(*peer->state));
    return group;
}

/* ---- peers ---- */

static void add_peer(struct conf *conf, struct group *group, const struct server_line *server,
                     const struct addr *addr) {
    struct peer *peer = conf_array_add(conf, &group->peers, &group->count, sizeof(*peer));

    *peer = (struct peer){
        .name = print_addr(&conf->arena, addr),
        .server = server->text,
        .addr = *addr,
        .weight = server->weight,
        .max_fails = server->max_fails,
        .fail_timeout_ms = server->fail_timeout_ms,
        .max_conns = server->max_conns,
        .is_backup = server->is_backup,
        .is_down = server->is_down,
    };
}

static void add_peers(struct conf *conf, struct group *group, bool backups) {
    const struct server_lines *servers = &group->settings->servers;
    unsigned i, j;

    for (i = 0; i < servers->count; i++) {
        const struct server_line *server = &servers->items[i];

        for (j = 0; server->is_backup == backups && j < server->names->count; j++) {
            add_peer(conf, group, server, &server->names->addrs[j]);
        }
    }
}

static void add_implicit_peers(struct conf *conf, struct group *group) {
    const struct server_line server = { .text = group->name,
                                        .weight = 1,
                                        .max_fails = 1,
                                        .fail_timeout_ms = 10000 };
    unsigned i;

    for (i = 0; i < group->names->count; i++) {
        add_peer(conf, group, &server, &group->names->addrs[i]);
    }
}

static bool finish_group(struct conf *conf, uint32_t family, struct group *group) {
    if (group->is_implicit) {
        add_implicit_peers(conf, group);
        group->primary_count = group->count;
        group->keepalive = (struct group_keepalive){ 32, 1000, 3600 * 1000, 60 * 1000 };
    } else {
        add_peers(conf, group, false);
        group->primary_count = group->count;
        add_peers(conf, group, true);
    }
    /* A server alone is never taken out of service: there is nowhere else to go. */
    if (group->count == 1) {
        group->peers[0].max_fails = 0;
    }
    return peer_states_attach(conf, family, group) && group->method->init(conf, group);
}

static bool finish(struct conf *conf) {
    static const uint32_t families[] = { CONF_HTTP, CONF_STREAM };
    struct group *group;
    unsigned i;

    for (i = 0; i < 2; i++) {
        for (group = *groups_of(conf, families[i]); group != NULL; group = group->next) {
            if (!finish_group(conf, families[i], group)) {
                return false;
            }
        }
    }
    return true;
}

/* ---- module ---- */

static void worker_drain(const struct conf *conf, bool is_now) {
    (void) conf;
    (void) is_now;
    pool_close_all();
}

static void worker_stop(const struct conf *conf) {
    (void) conf;
    pool_close_all();
}

static const struct conf_block_kind kind_http = { .inside = CONF_HTTP_UPSTREAM,
                                                  .open = open_upstream,
                                                  .close = close_upstream };
static const struct conf_block_kind kind_stream = { .inside = CONF_STREAM_UPSTREAM,
                                                    .open = open_upstream,
                                                    .close = close_upstream };

#define FIELD(name) offsetof(struct lb_settings, name)

static const struct directive directives[] = {
    { .name = "upstream",
      .where = CONF_HTTP,
      .type = &conf_type_block_one,
      .syntax = "name { ... }",
      .help = "a group of servers",
      .detail = &kind_http },
    { .name = "upstream",
      .where = CONF_STREAM,
      .type = &conf_type_block_one,
      .syntax = "name { ... }",
      .help = "a group of servers",
      .detail = &kind_stream },
    { .name = "server",
      .where = CONF_UPSTREAM,
      .type = &type_server,
      .field = FIELD(servers),
      .inherit = INHERIT_NONE,
      .syntax = "address [weight=number] [max_fails=number] [fail_timeout=time] "
                "[max_conns=number] [backup] [down]",
      .help = "a server of the group; a name with several addresses stands for as many servers" },
    { .name = "zone",
      .where = CONF_UPSTREAM,
      .type = &type_zone,
      .field = FIELD(zone_name),
      .inherit = INHERIT_NONE,
      .syntax = "name [size]",
      .help = "read for nginx's sake: all workers share the state of every group without it" },
    { .name = "keepalive",
      .where = CONF_HTTP_UPSTREAM,
      .type = &type_keepalive,
      .field = FIELD(keepalive.connections),
      .initial = "32",
      .syntax = "connections [local]",
      .help = "idle connections to the group that each worker keeps; 0: none" },
    { .name = "keepalive_requests",
      .where = CONF_HTTP_UPSTREAM,
      .type = &conf_type_number,
      .field = FIELD(keepalive.requests),
      .initial = "1000",
      .syntax = "number",
      .help = "requests that one connection to a server may carry" },
    { .name = "keepalive_time",
      .where = CONF_HTTP_UPSTREAM,
      .type = &conf_type_time,
      .field = FIELD(keepalive.time_ms),
      .initial = "1h",
      .syntax = "time",
      .help = "how long one connection to a server may be used" },
    { .name = "keepalive_timeout",
      .where = CONF_HTTP_UPSTREAM,
      .type = &conf_type_time,
      .field = FIELD(keepalive.idle_ms),
      .initial = "60s",
      .syntax = "time",
      .help = "how long a connection to a server may stay idle" },
    DIRECTIVES_END
};

const struct module lb_module = {
    .name = "lb",
    .index = &module_index,
    .directives = directives,
    .conf_size = sizeof(struct lb_settings),
    .compile = compile,
    .finish = finish,
    .worker_drain = worker_drain,
    .worker_stop = worker_stop,
};
