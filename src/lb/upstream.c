/* SPDX-License-Identifier: BSD-2-Clause */
/* upstream - the directives of `upstream {}`, for http and stream alike; see group.h. */
#include "base/number.h"
#include "conf/value.h"
#include "lb/group_priv.h"
#include "lb/pool.h"

#include <stddef.h>

static unsigned module_index;

static uint32_t family_of(const struct conf_block *block) {
    return (block->where & CONF_ANY_STREAM) != 0 ? CONF_STREAM : CONF_HTTP;
}

/* ---- upstream ---- */

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
    if (name.len == 0 || name.len > GROUP_NAME_MAX) {
        return conf_error(conf, line, 1, "the name of an upstream has 1 to %d characters",
                          GROUP_NAME_MAX);
    }
    block->object = group_new(conf, family_of(block), name, line);
    names_add_known(conf, name);
    return true;
}

static bool close_upstream(struct conf *conf, struct conf_block *block) {
    const struct lb_settings *settings = conf_own(conf, block, &lb_module);
    unsigned i;

    for (i = 0; i < settings->servers.count; i++) {
        if (!settings->servers.items[i].is_backup) {
            return true;
        }
    }
    conf_error(conf, block->line, 0, "no servers are inside upstream");
    if (settings->servers.count > 0) {
        conf_help(conf, "a backup server needs another one that it stands in for");
    }
    return false;
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

static bool set_number(struct str value, uint64_t min, uint32_t *number) {
    uint64_t parsed;

    if (!parse_decimal(value, INT32_MAX, &parsed) || parsed < min) {
        return false;
    }
    *number = (uint32_t) parsed;
    return true;
}

static bool set_parameter(struct server_line *server, struct str text) {
    struct str value;

    if (take_value(text, "weight=", &value)) {
        return set_number(value, 1, &server->weight);
    }
    if (take_value(text, "max_fails=", &value)) {
        return set_number(value, 0, &server->max_fails);
    }
    if (take_value(text, "max_conns=", &value)) {
        return set_number(value, 0, &server->max_conns);
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
    uint16_t number = family_of(block) == CONF_HTTP ? 80 : 0;
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

/* Those of nginx that weir does not have yet are no slip of the pen. */
static bool report_parameter(struct conf *conf, const struct conf_line *line, unsigned word) {
    struct str text = line->words[word].text, rest;
    bool is_resolve = str_is(text, "resolve") || take_value(text, "service=", &rest);

    conf_error(conf, line, word, "invalid parameter \"%s\"", text.data);
    if (is_resolve) {
        conf_help(conf,
                  "nginx has it; weir does not have it yet: names are resolved with each load");
    } else if (take_value(text, "slow_start=", &rest) || take_value(text, "route=", &rest)
               || str_is(text, "drain")) {
        conf_help(conf, "nginx has it; weir does not have it yet");
    } else {
        conf_help(conf, "parameters: weight=number, max_fails=number, fail_timeout=time,"
                        " max_conns=number, backup, down");
    }
    return false;
}

static bool parse_server(struct conf *conf, struct conf_block *block,
                         const struct directive *directive, const struct conf_line *line,
                         void *field) {
    struct server_lines *servers = field;
    struct server_line *server
        = conf_array_add(conf, &servers->items, &servers->count, sizeof(*server));
    unsigned word;

    (void) directive;
    *server = SERVER_LINE_PLAIN;
    for (word = 2; word < line->count; word++) {
        if (!set_parameter(server, line->words[word].text)) {
            return report_parameter(conf, line, word);
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

/* `local` keeps locations from each other's connections; here only what is equal is taken again
 * (struct pool_key), so it changes nothing. */
static bool parse_keepalive(struct conf *conf, struct conf_block *block,
                            const struct directive *directive, const struct conf_line *line,
                            void *field) {
    (void) block;
    if (line->count == 3 && !str_is(line->words[2].text, "local")) {
        conf_error(conf, line, 2, "invalid parameter \"%s\"", line->words[2].text.data);
        conf_help(conf, "allowed: local");
        return false;
    }
    if (!parse_signed(line->words[1].text, 0, 1 << 20, field)) {
        return conf_invalid(conf, directive, line, 1, "a number from 0 to 1048576");
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

enum { ZONE_MIN = 32 * 1024 }; /* nginx's; here it means nothing */

static bool parse_zone(struct conf *conf, struct conf_block *block,
                       const struct directive *directive, const struct conf_line *line,
                       void *field) {
    struct str name = line->words[1].text;
    uint64_t size = ZONE_MIN;

    (void) block;
    (void) directive;
    if (name.len == 0) {
        return conf_error(conf, line, 1, "invalid zone name \"\"");
    }
    if (line->count == 3 && !parse_size(line->words[2].text, &size)) {
        conf_error(conf, line, 2, "invalid zone size \"%s\"", line->words[2].text.data);
        conf_help(conf, "a size such as 64k or 1m");
        return false;
    }
    if (size < ZONE_MIN) {
        conf_error(conf, line, 2, "zone \"%s\" is too small", name.data);
        conf_help(conf, "32k at least");
        return false;
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

/* ---- module ---- */

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

static void worker_start(const struct conf *conf) {
    (void) conf;
    pool_start_all();
}

static void worker_drain(const struct conf *conf, enum module_drain haste) {
    (void) conf;
    (void) haste;
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
    .finish = groups_finish,
    .worker_start = worker_start,
    .worker_drain = worker_drain,
    .worker_stop = worker_stop,
};
