/* SPDX-License-Identifier: BSD-2-Clause */
/* resolver_conf - the directives `resolver` and `resolver_timeout`; see resolver.h. */
#include "base/number.h"
#include "conf/value.h"
#include "net/names.h"
#include "net/resolver.h"
#include "net/resolver_priv.h"

#include <stddef.h>

enum { DNS_PORT = 53 };

static unsigned module_index;
static const char registry_key;

/* All of a configuration, for the worker's end. */
struct registry {
    struct resolver *first;
};

static struct registry *registry_of(const struct conf *conf) {
    return conf_data((struct conf *) (uintptr_t) conf, &registry_key, sizeof(struct registry));
}

const struct resolver_settings *resolver_settings_of(const struct conf_block *block) {
    return conf_of(block, &resolver_module);
}

/* ---- resolver ---- */

/* The room that conf_array_add() needs while a line is read. */
struct servers {
    struct addr *items;
    unsigned count;
};

static void add_server(struct conf *conf, struct servers *servers, const struct addr *addr) {
    struct addr *place = conf_array_add(conf, &servers->items, &servers->count, sizeof(*place));

    *place = *addr;
}

/* "address", "address:port", "name", "name:port"; a name stands for all of its addresses. */
static bool parse_server(struct conf *conf, const struct conf_line *line, unsigned word,
                         struct servers *servers) {
    struct str text = line->words[word].text, host, port;
    struct addr addr, *addrs;
    uint16_t number = DNS_PORT;
    const char *reason;
    unsigned count, i;

    if ((parse_addr(text, DNS_PORT, &addr) && addr.any.sa_family != AF_UNIX)
        || parse_ip(text, &addr)) {
        if (addr_port(&addr) == 0) {
            addr_set_port(&addr, DNS_PORT);
        }
        add_server(conf, servers, &addr);
        return true;
    }
    if (!parse_host_port(text, &host, &port) || (port.len > 0 && !parse_port(port, &number))) {
        return conf_error(conf, line, word, "invalid port in resolver \"%s\"", text.data);
    }
    count = names_lookup(conf, host, number, &addrs, &reason);
    for (i = 0; i < count; i++) {
        add_server(conf, servers, &addrs[i]);
    }
    if (count == 0) {
        conf_error(conf, line, word, "host not found in resolver \"%s\"", text.data);
        conf_help(conf, "%s", reason);
    }
    return count > 0;
}

static bool parse_switch(struct str value, bool *is_on) {
    *is_on = str_is(value, "on");
    return *is_on || str_is(value, "off");
}

/* Whether the text is a parameter at all; is_good says whether it is one as it should be. */
static bool parse_parameter(struct conf *conf, const struct conf_line *line, unsigned word,
                            struct resolver *resolver, bool *is_good) {
    struct str text = line->words[word].text;

    *is_good = true;
    if (str_starts(text, STR("valid="))) {
        *is_good = parse_time_ms(str_from_byte(text, 6), &resolver->valid_ms);
    } else if (str_starts(text, STR("ipv4="))) {
        *is_good = parse_switch(str_from_byte(text, 5), &resolver->has_ipv4);
    } else if (str_starts(text, STR("ipv6="))) {
        *is_good = parse_switch(str_from_byte(text, 5), &resolver->has_ipv6);
    } else if (str_starts(text, STR("status_zone="))) {
        conf_warn(conf, line, word, "\"status_zone\" has no effect");
        conf_help(conf, "there are no figures of resolvers yet");
    } else {
        return false;
    }
    if (!*is_good) {
        conf_error(conf, line, word, "invalid parameter \"%s\"", text.data);
    }
    return true;
}

static bool parse_words(struct conf *conf, const struct conf_line *line, struct resolver *resolver,
                        struct servers *servers) {
    bool is_good = true, is_word_good;
    unsigned word;

    for (word = 1; word < line->count; word++) {
        if (!parse_parameter(conf, line, word, resolver, &is_word_good)) {
            is_word_good = parse_server(conf, line, word, servers);
        }
        is_good &= is_word_good;
    }
    return is_good;
}

static bool parse_resolver(struct conf *conf, struct conf_block *block,
                           const struct directive *directive, const struct conf_line *line,
                           void *field) {
    struct resolver *resolver = arena_zero(&conf->arena, 1, sizeof(*resolver)), **place = field;
    struct registry *registry = registry_of(conf);
    struct servers servers = { .items = NULL };
    bool is_good;

    (void) block;
    (void) directive;
    resolver->has_ipv4 = resolver->has_ipv6 = true;
    is_good = parse_words(conf, line, resolver, &servers);
    if (is_good && servers.count == 0) {
        is_good = conf_error(conf, line, 0, "no name servers defined");
    }
    if (is_good && !resolver->has_ipv4 && !resolver->has_ipv6) {
        is_good = conf_error(conf, line, 0, "\"ipv4\" and \"ipv6\" cannot both be \"off\"");
    }
    resolver->servers = servers.items;
    resolver->server_count = servers.count;
    resolver->next = registry->first;
    registry->first = resolver;
    *place = resolver;
    return is_good;
}

static const struct conf_type type_resolver = {
    .name = "resolver",
    .size = sizeof(struct resolver *),
    .min_words = 1,
    .max_words = 64,
    .parse = parse_resolver,
};

/* ---- tables ---- */

#define FIELD(name) offsetof(struct resolver_settings, name)

static const struct directive directives[] = {
    { .name = "resolver",
      .where = CONF_HTTP_ALL | CONF_STREAM_ALL,
      .type = &type_resolver,
      .field = FIELD(resolver),
      .syntax = "address[:port] ... [valid=time] [ipv4=on|off] [ipv6=on|off] [status_zone=zone]",
      .help = "DNS servers for host names that only a request or a session makes known" },
    { .name = "resolver_timeout",
      .where = CONF_HTTP_ALL | CONF_STREAM_ALL,
      .type = &conf_type_time,
      .field = FIELD(timeout_ms),
      .initial = "30s",
      .syntax = "time",
      .help = "how long the look-up of a host name may take; 0: any time" },
    DIRECTIVES_END
};

static void worker_stop(const struct conf *conf) {
    struct resolver *resolver;

    for (resolver = registry_of(conf)->first; resolver != NULL; resolver = resolver->next) {
        resolver_stop(resolver);
    }
}

const struct module resolver_module = {
    .name = "resolver",
    .index = &module_index,
    .directives = directives,
    .conf_size = sizeof(struct resolver_settings),
    .worker_stop = worker_stop,
};
