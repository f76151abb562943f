/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * listen - what the configuration says about listening: the addresses and options of a `listen`
 * line, and the list of listeners; see listen.h. Sockets are in listen_socket.c, accepting in
 * listen_accept.c.
 */
#include "net/listen.h"

#include "base/hash.h"
#include "base/number.h"
#include "conf/value.h"
#include "net/names.h"

#include <limits.h>
#include <unistd.h>

/* ---- the list ---- */

enum { LISTEN_KEY_MAX = ADDR_TEXT_MAX + 16 };

static const char list_key;

struct listeners {
    struct listener *first, *last;
    struct hash_map by_key;
    bool is_ready;
};

const struct listen_options listen_options_default = { .keepalive = -1, .is_v6only = true };

static void fini_listeners(void *object) {
    struct listeners *all = object;

    hash_map_fini(&all->by_key);
}

static struct listeners *listeners_of(const struct conf *conf) {
    struct conf *owner = (struct conf *) (uintptr_t) conf;
    struct listeners *all = conf_data(owner, &list_key, sizeof(*all));

    if (!all->is_ready) {
        all->is_ready = true;
        hash_map_init(&all->by_key);
        conf_on_free(owner, fini_listeners, all);
    }
    return all;
}

struct listener *listen_list(const struct conf *conf) {
    return listeners_of(conf)->first;
}

/* What tells addresses apart: the text, and with IPv6 the scope, which is no part of it. */
static struct str format_key(const struct addr *addr, char *key) {
    size_t len = addr_format(addr, key);

    if (addr->any.sa_family == AF_INET6) {
        key[len++] = '%';
        len += format_decimal(key + len, addr->v6.sin6_scope_id);
    }
    return str_make(key, len);
}

static struct listener *listener_new(struct conf *conf, const struct addr *addr,
                                     listen_on_conn *on_conn, const struct conf_line *line) {
    struct listeners *all = listeners_of(conf);
    struct listener *listener = arena_zero(&conf->arena, 1, sizeof(*listener));
    char text[LISTEN_KEY_MAX];

    listener->addr = *addr;
    listener->text = arena_copy(&conf->arena, str_make(text, addr_format(addr, text)));
    listener->options = listen_options_default;
    listen_options_settle(&listener->options, addr);
    listener->on_conn = on_conn;
    listener->line = line;
    if (all->last != NULL) {
        all->last->next = listener;
    } else {
        all->first = listener;
    }
    all->last = listener;
    hash_map_put(&all->by_key, arena_copy(&conf->arena, format_key(addr, text)), listener);
    return listener;
}

struct listener *listen_add(struct conf *conf, const struct addr *addr, listen_on_conn *on_conn,
                            const struct conf_line *line, unsigned word) {
    char key[LISTEN_KEY_MAX];
    struct listener *listener = hash_map_get(&listeners_of(conf)->by_key, format_key(addr, key));

    if (listener == NULL) {
        return listener_new(conf, addr, on_conn, line);
    }
    if (listener->on_conn != on_conn) {
        conf_error(conf, line, word, "\"%.*s\" cannot be listened on by both http and stream",
                   STR_ARG(listener->text));
        conf_help(conf, "it stands first in %s:%u", conf_file_name(listener->line->file),
                  listener->line->words[0].line);
        return NULL;
    }
    return listener;
}

void listen_options_settle(struct listen_options *options, const struct addr *addr) {
    options->is_shared |= addr->any.sa_family == AF_UNIX;
}

/* ---- options ---- */

/* What the parser of one option gets. */
struct option_words {
    struct conf *conf;
    const struct conf_line *line;
    unsigned word;
    struct str value; /* behind the '=' */
};

static bool option_error(const struct option_words *words, const char *what, const char *allowed) {
    conf_error(words->conf, words->line, words->word, "invalid %s \"%.*s\"", what,
               STR_ARG(words->value));
    conf_help(words->conf, "allowed: %s", allowed);
    return false;
}

static bool parse_count(const struct option_words *words, const char *what, uint64_t min,
                        int *count) {
    uint64_t number;

    if (!parse_decimal(words->value, INT_MAX, &number) || number < min) {
        return option_error(words, what, min == 0 ? "a number" : "a number from 1 on");
    }
    *count = (int) number;
    return true;
}

static bool parse_buffer(const struct option_words *words, const char *what, int *bytes) {
    uint64_t number;

    if (!parse_size(words->value, &number) || number > INT_MAX) {
        return option_error(words, what, "a size, as in 64k");
    }
    *bytes = (int) number;
    return true;
}

static bool parse_backlog(const struct option_words *words, struct listen_options *options) {
    return parse_count(words, "backlog", 1, &options->backlog);
}

static bool parse_fastopen(const struct option_words *words, struct listen_options *options) {
    return parse_count(words, "fastopen", 0, &options->fastopen);
}

static bool parse_rcvbuf(const struct option_words *words, struct listen_options *options) {
    return parse_buffer(words, "rcvbuf", &options->rcvbuf);
}

static bool parse_sndbuf(const struct option_words *words, struct listen_options *options) {
    return parse_buffer(words, "sndbuf", &options->sndbuf);
}

static bool parse_v6only(const struct option_words *words, struct listen_options *options) {
    options->is_v6only = str_is(words->value, "on");
    return options->is_v6only || str_is(words->value, "off")
        || option_error(words, "ipv6only flag", "on, off");
}

static bool parse_reuseport(const struct option_words *words, struct listen_options *options) {
    options->is_shared = true;
    return str_is(words->value, "off")
        || option_error(words, "reuseport flag", "reuseport, reuseport=off");
}

/* One of the three numbers of so_keepalive; an empty one leaves the kernel's. */
static bool parse_keepalive_part(struct str text, bool is_time, int max, int *number) {
    uint64_t count;
    int64_t ms;

    if (text.len == 0) {
        return true;
    }
    if (is_time) {
        if (!parse_time_ms(text, &ms) || ms < 1000 || ms / 1000 > max) {
            return false;
        }
        *number = (int) (ms / 1000);
        return true;
    }
    if (!parse_decimal(text, (uint64_t) max, &count) || count == 0) {
        return false;
    }
    *number = (int) count;
    return true;
}

/* The largest values are the kernel's (include/net/tcp.h). */
enum { KEEP_TIME_MAX_S = 32767, KEEP_COUNT_MAX = 127 };

static bool parse_keepalive_triple(struct str text, struct listen_options *options) {
    struct str idle, interval, count;

    if (!str_take_part(&text, ':', &idle) || !str_take_part(&text, ':', &interval)
        || !str_take_part(&text, ':', &count) || text.data != NULL
        || idle.len + interval.len + count.len == 0) {
        return false;
    }
    return parse_keepalive_part(idle, true, KEEP_TIME_MAX_S, &options->keep_idle)
        && parse_keepalive_part(interval, true, KEEP_TIME_MAX_S, &options->keep_interval)
        && parse_keepalive_part(count, false, KEEP_COUNT_MAX, &options->keep_count);
}

static bool parse_keepalive(const struct option_words *words, struct listen_options *options) {
    if (str_is(words->value, "off")) {
        options->keepalive = 0;
        return true;
    }
    options->keepalive = 1;
    return str_is(words->value, "on") || parse_keepalive_triple(words->value, options)
        || option_error(words, "so_keepalive value",
                        "on, off, [idle]:[interval]:[count] with times to 32767s and a count to"
                        " 127");
}

static bool refuse_bsd(const struct option_words *words, struct listen_options *options) {
    (void) options;
    conf_error(words->conf, words->line, words->word, "\"%s\" is not supported on this platform",
               words->line->words[words->word].text.data);
    conf_help(words->conf, "Linux has no such socket option: leave it out");
    return false;
}

static bool parse_multipath(const struct option_words *words, struct listen_options *options) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_MPTCP);

    if (fd < 0) {
        conf_error(words->conf, words->line, words->word,
                   "\"multipath\" is not supported by this kernel");
        conf_help(words->conf, "it needs CONFIG_MPTCP and sysctl net.mptcp.enabled=1");
        return false;
    }
    close(fd);
    options->is_multipath = true;
    return true;
}

static bool set_deferred(const struct option_words *words, struct listen_options *options) {
    (void) words;
    return options->is_deferred = true;
}

/* What `bind` and `reuseport` ask for is the default: a socket of its own for each address. */
static bool set_nothing(const struct option_words *words, struct listen_options *options) {
    (void) words;
    (void) options;
    return true;
}

/* A name that ends in '=' has a value. */
static const struct {
    const char *name;
    bool (*parse)(const struct option_words *words, struct listen_options *options);
} options_known[] = {
    { "backlog=", parse_backlog },
    { "rcvbuf=", parse_rcvbuf },
    { "sndbuf=", parse_sndbuf },
    { "fastopen=", parse_fastopen },
    { "ipv6only=", parse_v6only },
    { "so_keepalive=", parse_keepalive },
    { "reuseport=", parse_reuseport },
    { "setfib=", refuse_bsd },
    { "accept_filter=", refuse_bsd },
    { "reuseport", set_nothing },
    { "deferred", set_deferred },
    { "bind", set_nothing },
    { "multipath", parse_multipath },
};

/* Parameters of nginx that are not there yet. */
static const struct {
    const char *name;
    const char *lack;
} options_lacking[] = {
    { "ssl", "weir has no TLS yet; with it comes \"listen ... ssl\"" },
    { "http2", "weir speaks HTTP/1 only until it has TLS" },
    { "quic", "weir has no HTTP/3" },
    { "udp", "weir proxies TCP only, so far" },
    { "proxy_protocol", "weir does not read the PROXY protocol yet" },
};

enum { OPTIONS_KNOWN = sizeof(options_known) / sizeof(options_known[0]),
       OPTIONS_LACKING = sizeof(options_lacking) / sizeof(options_lacking[0]) };

bool listen_report_option(struct conf *conf, const struct conf_line *line, unsigned word,
                          const char *also) {
    struct str text = line->words[word].text;
    const char *names[OPTIONS_KNOWN + 1] = { also }, *nearest;
    unsigned count = also != NULL ? 1 : 0, i;

    for (i = 0; i < OPTIONS_LACKING; i++) {
        if (str_is(text, options_lacking[i].name)) {
            conf_error(conf, line, word, "parameter \"%s\" is not supported yet", text.data);
            conf_help(conf, "%s", options_lacking[i].lack);
            return false;
        }
    }
    for (i = 0; i < OPTIONS_KNOWN; i++) {
        names[count++] = options_known[i].name;
    }
    conf_error(conf, line, word, "invalid parameter \"%s\"", text.data);
    /* What is wrong with "backlog=x" was said before: here the name is. */
    nearest = conf_nearest(str_first(text, str_find_char(text, '=') + 1), names, count);
    if (nearest != NULL) {
        conf_help(conf, "did you mean \"%s\"?", nearest);
    }
    return false;
}

bool listen_parse_option(struct conf *conf, const struct conf_line *line, unsigned word,
                         struct listen_options *options, bool *is_bad) {
    struct option_words words = { .conf = conf, .line = line, .word = word };
    struct str text = line->words[word].text;
    size_t i;

    for (i = 0; i < OPTIONS_KNOWN; i++) {
        struct str name = str_from(options_known[i].name);
        bool has_value = str_ends(name, STR("="));

        if (has_value ? str_starts(text, name) : str_equal(text, name)) {
            words.value = str_from_byte(text, name.len);
            options->is_set = true;
            *is_bad = !options_known[i].parse(&words, options);
            return true;
        }
    }
    return false;
}

/* ---- addresses ---- */

struct port_range {
    uint16_t first, last;
};

static bool parse_port_range(struct str text, struct port_range *range) {
    size_t dash = str_find_char(text, '-');

    if (!parse_port(str_first(text, dash), &range->first)) {
        return false;
    }
    range->last = range->first;
    return dash == text.len
        || (parse_port(str_from_byte(text, dash + 1), &range->last) && range->first <= range->last);
}

/* "80", "8000-8010": a word without a host. */
static bool is_port_alone(struct str text) {
    size_t i;

    for (i = 0; i < text.len; i++) {
        if (!char_is_digit(text.data[i]) && text.data[i] != '-') {
            return false;
        }
    }
    return text.len > 0;
}

/* Splits into host (empty: none) and ports (empty: none). */
static bool split_listen(struct str text, struct str *host, struct str *ports) {
    size_t end;

    *host = *ports = str_first(text, 0);
    if (is_port_alone(text)) {
        *ports = text;
        return true;
    }
    end = str_find_char(text, ':');
    if (str_starts(text, STR("["))) {
        end = str_find_char(text, ']') + 1;
        if (end > text.len) {
            return false;
        }
    }
    *host = str_first(text, end);
    *ports = str_from_byte(text, end + 1);
    return host->len > 0 && (end == text.len || (text.data[end] == ':' && ports->len > 0));
}

/* The addresses of the host, with the first port. */
static unsigned find_host(struct conf *conf, const struct conf_line *line, struct str host,
                          uint16_t port, struct addr **addrs) {
    struct str any = STR("0.0.0.0");
    const char *reason;
    unsigned count;

    if (host.len == 0 || str_is(host, "*")) {
        host = any;
    }
    *addrs = arena_zero(&conf->arena, 1, sizeof(**addrs));
    if (parse_addr(host, port, *addrs)) {
        return 1;
    }
    count = names_lookup(conf, host, port, addrs, &reason);
    if (count == 0) {
        conf_error(conf, line, 1, "host not found in \"%s\" of the \"listen\" directive",
                   line->words[1].text.data);
        conf_help(conf, "%s", reason);
    }
    return count;
}

/* Every address with every port. */
static struct addr *spread(struct conf *conf, const struct addr *hosts, unsigned count,
                           const struct port_range *range) {
    unsigned ports = (unsigned) (range->last - range->first) + 1, i;
    struct addr *addrs = arena_zero(&conf->arena, (size_t) count * ports, sizeof(*addrs));

    for (i = 0; i < count * ports; i++) {
        addrs[i] = hosts[i / ports];
        addr_set_port(&addrs[i], (uint16_t) (range->first + i % ports));
    }
    return addrs;
}

static int parse_unix_addr(struct conf *conf, const struct conf_line *line, struct addr **addrs) {
    *addrs = arena_zero(&conf->arena, 1, sizeof(**addrs));
    if (!parse_addr(line->words[1].text, 0, *addrs)) {
        conf_error(conf, line, 1, "invalid path in \"%s\" of the \"listen\" directive",
                   line->words[1].text.data);
        conf_help(conf, "unix:/path, the path of at most %zu bytes",
                  sizeof((*addrs)->local.sun_path) - 1);
        return -1;
    }
    return 1;
}

int listen_parse_addrs(struct conf *conf, const struct conf_line *line, uint16_t default_port,
                       struct addr **addrs) {
    struct str text = line->words[1].text, host, ports;
    struct port_range range = { default_port, default_port };
    struct addr *hosts;
    unsigned count;

    if (str_starts(text, STR("unix:"))) {
        return parse_unix_addr(conf, line, addrs);
    }
    if (!split_listen(text, &host, &ports)
        || (ports.len > 0 && !parse_port_range(ports, &range))) {
        conf_error(conf, line, 1, "invalid port in \"%s\" of the \"listen\" directive", text.data);
        conf_help(conf, "forms: 80, *:80, 10.0.0.1:80, [::1]:80, name:80, 8000-8010, unix:/path");
        return -1;
    }
    if (range.first == 0) {
        conf_error(conf, line, 1, "no port in \"%s\" of the \"listen\" directive", text.data);
        return -1;
    }
    count = find_host(conf, line, host, range.first, &hosts);
    if (count == 0) {
        return -1;
    }
    *addrs = spread(conf, hosts, count, &range);
    return (int) (count * (unsigned) (range.last - range.first + 1));
}
