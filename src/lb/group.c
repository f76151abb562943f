/* SPDX-License-Identifier: BSD-2-Clause */
/* group - the groups of a configuration, those that proxy_pass means, and their peers; see
 * group.h. */
#include "base/hash.h"
#include "base/number.h"
#include "conf/value.h"
#include "lb/group_priv.h"
#include "lb/peer_states.h"
#include "lb/pick.h"

#include <stdio.h>

/* All groups of a family, in order of the file, and by key. */
struct groups {
    struct group *first, *last;
    struct hash_map by_key;
};

struct registry {
    struct groups http, stream;
    bool is_ready;
};

static const char registry_key;

static void fini_registry(void *object) {
    struct registry *registry = object;

    hash_map_fini(&registry->http.by_key);
    hash_map_fini(&registry->stream.by_key);
}

static struct groups *groups_of(const struct conf *conf, uint32_t family) {
    struct conf *owner = (struct conf *) (uintptr_t) conf;
    struct registry *registry = conf_data(owner, &registry_key, sizeof(*registry));

    if (!registry->is_ready) {
        registry->is_ready = true;
        hash_map_init(&registry->http.by_key);
        hash_map_init(&registry->stream.by_key);
        conf_on_free(owner, fini_registry, registry);
    }
    return family == CONF_STREAM ? &registry->stream : &registry->http;
}

/* ---- keys ---- */

/* What groups are found by: one letter or a port, and a name. */
struct key {
    char text[GROUP_NAME_MAX + 8];
    size_t len;
};

/* Of an upstream: its name, in which case has no meaning. No upstream has a longer one than fits.
 * */
static bool make_name_key(struct key *key, struct str name) {
    size_t i;

    if (name.len > GROUP_NAME_MAX) {
        return false;
    }
    key->text[0] = 'u';
    for (i = 0; i < name.len; i++) {
        key->text[i + 1] = char_lower(name.data[i]);
    }
    key->len = name.len + 1;
    return true;
}

/* Of an implicit group: the target, and the port that it has where the target names none. */
static bool make_target_key(struct key *key, struct str target, uint16_t default_port) {
    if (target.len > GROUP_NAME_MAX) {
        return false;
    }
    key->len = (size_t) snprintf(key->text, sizeof(key->text), "%u %.*s", default_port,
                                 STR_ARG(target));
    return true;
}

static struct group *find_key(const struct conf *conf, uint32_t family, const struct key *key) {
    return hash_map_get(&groups_of(conf, family)->by_key, str_make(key->text, key->len));
}

struct group *group_find(const struct conf *conf, uint32_t family, struct str name) {
    struct key key;

    return make_name_key(&key, name) ? find_key(conf, family, &key) : NULL;
}

static struct group *find_implicit(const struct conf *conf, uint32_t family, struct str target,
                                   uint16_t default_port) {
    struct key key;

    return make_target_key(&key, target, default_port) ? find_key(conf, family, &key) : NULL;
}

static struct group *add_group(struct conf *conf, uint32_t family, const struct key *key,
                               struct str name, const struct conf_line *line) {
    struct groups *groups = groups_of(conf, family);
    struct group *group = arena_zero(&conf->arena, 1, sizeof(*group));

    if (groups->last != NULL) {
        groups->last->next = group;
    } else {
        groups->first = group;
    }
    groups->last = group;
    hash_map_put(&groups->by_key, arena_copy(&conf->arena, str_make(key->text, key->len)), group);
    group->name = arena_copy(&conf->arena, name);
    group->line = line;
    return group;
}

struct group *group_new(struct conf *conf, uint32_t family, struct str name,
                        const struct conf_line *line) {
    struct key key;

    make_name_key(&key, name);
    return add_group(conf, family, &key, name, line);
}

/* ---- groups of proxy_pass ---- */

static struct group *new_implicit(struct conf *conf, uint32_t family, struct str target,
                                  uint16_t default_port, const struct conf_line *line) {
    struct group *group;
    struct key key;

    if (!make_target_key(&key, target, default_port)) {
        return NULL;
    }
    group = add_group(conf, family, &key, target, line);
    group->is_implicit = true;
    return group;
}

struct group *group_for(struct conf *conf, uint32_t family, struct str target,
                        uint16_t default_port, const struct conf_line *line, unsigned word) {
    struct group *group = group_find(conf, family, target);
    uint16_t number = default_port;
    struct str host, port;

    if (group != NULL || (group = find_implicit(conf, family, target, default_port)) != NULL) {
        return group;
    }
    if (!parse_host_port(target, &host, &port) || (port.len > 0 && !parse_port(port, &number))) {
        conf_error(conf, line, word, "invalid port in upstream \"%.*s\"", STR_ARG(target));
        return NULL;
    }
    if (number == 0 && !str_starts(host, STR("unix:"))) {
        conf_error(conf, line, word, "no port in upstream \"%.*s\"", STR_ARG(target));
        names_help(conf, target);
        return NULL;
    }
    if (group_find(conf, family, host) != NULL) {
        conf_error(conf, line, word, "upstream \"%.*s\" may not have port %u", STR_ARG(host),
                   number);
        return NULL;
    }
    group = new_implicit(conf, family, target, default_port, line);
    if (group == NULL) {
        conf_error(conf, line, word, "invalid host in upstream \"%.*s\"", STR_ARG(target));
        return NULL;
    }
    group->names = names_add(conf, host, number, line, word);
    return group->names != NULL ? group : NULL;
}

static struct str print_addr(struct arena *arena, const struct addr *addr) {
    char text[ADDR_TEXT_MAX];

    return arena_copy(arena, str_make(text, addr_format(addr, text)));
}

/* ---- groups of a session ---- */

/* Its state is its own, so failures are not remembered. */
static struct group *new_temporary(struct str name, struct arena *arena) {
    struct group *group = arena_zero(arena, 1, sizeof(*group));

    group->name = arena_copy(arena, name);
    group->is_implicit = group->is_temporary = true;
    group->method = &in_order_method;
    group->state = arena_zero(arena, 1, sizeof(*group->state));
    return group;
}

/* None of the peers counts failures, so they can do with one state. */
static void add_temporary_peers(struct group *group, const struct addr *addrs, unsigned count,
                                struct arena *arena) {
    struct peer_state *state = arena_zero(arena, 1, sizeof(*state));
    unsigned i;

    group->peers = arena_zero(arena, count, sizeof(*group->peers));
    group->count = group->primary_count = group->usable_count = count;
    for (i = 0; i < count; i++) {
        struct peer *peer = &group->peers[i];

        peer->name = peer->server = print_addr(arena, &addrs[i]);
        peer->addr = addrs[i];
        peer->weight = 1;
        peer->state = state;
    }
}

void group_resolved(struct group *group, const struct addr *addrs, unsigned count,
                    struct arena *arena) {
    unsigned i;

    add_temporary_peers(group, addrs, count, arena);
    for (i = 0; i < count; i++) {
        struct peer *peer = &group->peers[i];

        addr_set_port(&peer->addr, group->host->port);
        peer->name = peer->server = print_addr(arena, &peer->addr);
    }
    group->host = NULL;
}

static struct group *new_unresolved(struct str target, uint16_t default_port,
                                    const struct resolver_settings *resolver,
                                    struct arena *arena) {
    struct group_host *host = arena_zero(arena, 1, sizeof(*host));
    struct group *group;
    struct str port;

    host->port = default_port;
    host->resolver = resolver;
    if (!parse_host_port(target, &host->name, &port) || host->name.len == 0
        || host->name.data[0] == '[' || str_starts(host->name, STR("unix:"))
        || (port.len > 0 && !parse_port(port, &host->port)) || host->port == 0) {
        return NULL;
    }
    group = new_temporary(target, arena);
    host->name = arena_copy(arena, host->name);
    group->host = host;
    return group;
}

struct group *group_for_session(const struct conf *conf, uint32_t family, struct str target,
                                uint16_t default_port, const struct resolver_settings *resolver,
                                struct arena *arena) {
    struct group *group = group_find(conf, family, target);
    struct addr addr;

    if (group != NULL || (group = find_implicit(conf, family, target, default_port)) != NULL) {
        return group;
    }
    if (!parse_addr(target, default_port, &addr)) {
        return new_unresolved(target, default_port, resolver, arena);
    }
    group = new_temporary(target, arena);
    add_temporary_peers(group, &addr, 1, arena);
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
    group->usable_count += !server->is_down;
}

static void add_server(struct conf *conf, struct group *group, const struct server_line *server) {
    unsigned i;

    for (i = 0; i < server->names->count; i++) {
        add_peer(conf, group, server, &server->names->addrs[i]);
    }
}

static void add_servers(struct conf *conf, struct group *group, bool backups) {
    const struct server_lines *servers = &group->settings->servers;
    unsigned i;

    for (i = 0; i < servers->count; i++) {
        if (servers->items[i].is_backup == backups) {
            add_server(conf, group, &servers->items[i]);
        }
    }
}

static void make_peers(struct conf *conf, struct group *group) {
    if (group->is_implicit) {
        struct server_line server = SERVER_LINE_PLAIN;

        server.text = group->name;
        server.names = group->names;
        add_server(conf, group, &server);
        group->primary_count = group->count;
        group->keepalive = (struct group_keepalive){ 32, 1000, 3600 * 1000, 60 * 1000 };
    } else {
        add_servers(conf, group, false);
        group->primary_count = group->count;
        add_servers(conf, group, true);
    }
    /* A server alone is never taken out of service: there is nowhere else to go. */
    if (group->count == 1) {
        group->peers[0].max_fails = 0;
    }
    if (group->method == NULL) {
        group->method = group->count == 1 ? &single_method : &round_robin_method;
    }
}

/* ---- finish ---- */

static const uint32_t families[] = { CONF_HTTP, CONF_STREAM };
enum { FAMILIES = sizeof(families) / sizeof(families[0]) };

static bool attach_states(struct conf *conf) {
    struct group *group;
    unsigned i;

    for (i = 0; i < FAMILIES; i++) {
        for (group = groups_of(conf, families[i])->first; group != NULL; group = group->next) {
            if (!peer_states_attach(conf, families[i], group)
                || !group->method->init(conf, group)) {
                return false;
            }
        }
    }
    return true;
}

bool groups_finish(struct conf *conf) {
    struct group *group;
    size_t records = 0;
    bool is_ok;
    unsigned i;

    for (i = 0; i < FAMILIES; i++) {
        for (group = groups_of(conf, families[i])->first; group != NULL; group = group->next) {
            make_peers(conf, group);
            records += 1 + group->count;
        }
    }
    is_ok = peer_states_open(conf, records) && attach_states(conf);
    peer_states_close(conf);
    return is_ok;
}
