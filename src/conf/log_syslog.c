/* SPDX-License-Identifier: BSD-2-Clause */
/* log_syslog - a syslog server in the place of a log file; see log_syslog.h. */
#include "conf/log_syslog.h"

#include "base/number.h"
#include "conf/log_files.h"

#include <arpa/inet.h>
#include <sys/un.h>

static log_syslog_lookup *lookup_host;

void log_syslog_set_lookup(log_syslog_lookup *lookup) {
    lookup_host = lookup;
}

bool is_log_syslog(struct str text) {
    return str_starts(text, STR("syslog:"));
}

/* ---- the server ---- */

union address {
    struct sockaddr_storage any;
    struct sockaddr_in ipv4;
    struct sockaddr_in6 ipv6;
    struct sockaddr_un local;
};

/* What is parsed, and for whom. */
struct parse {
    struct conf *conf;
    const struct conf_line *line;
    unsigned word;
    struct syslog *syslog;
    struct str server; /* as written; no bytes: not said yet */
    bool has_facility, has_severity, has_tag;
};

static bool server_error(const struct parse *parse, const char *what) {
    return conf_error(parse->conf, parse->line, parse->word, "%s in syslog server \"%.*s\"", what,
                      STR_ARG(parse->server));
}

static bool parse_unix(const struct parse *parse, struct str path, union address *address) {
    if (path.len == 0) {
        return server_error(parse, "no path in the unix domain socket");
    }
    if (path.len >= sizeof(address->local.sun_path)) {
        return server_error(parse, "too long path in the unix domain socket");
    }
    address->local.sun_family = AF_UNIX;
    memcpy(address->local.sun_path, path.data, path.len);
    return true;
}

/* "host", "host:port", "[ipv6]", "[ipv6]:port". */
static bool split_port(const struct parse *parse, struct str *host, uint16_t *port) {
    size_t at = str_starts(*host, STR("[")) ? str_find_char(*host, ']') : 0;
    size_t colon = at + str_find_char(str_from_byte(*host, at), ':');

    *port = SYSLOG_PORT;
    if (colon < host->len) {
        if (!parse_port(str_from_byte(*host, colon + 1), port)) {
            return server_error(parse, "invalid port");
        }
        *host = str_first(*host, colon);
    }
    return true;
}

static bool parse_host(const struct parse *parse, struct str host, uint16_t port,
                       union address *address) {
    const char *reason = NULL;
    char text[INET6_ADDRSTRLEN] = "";
    bool is_ipv6 = str_starts(host, STR("["));
    struct str bare = is_ipv6 ? str_first(str_from_byte(host, 1), host.len - 2) : host;

    if (is_ipv6 && !str_ends(host, STR("]"))) {
        return server_error(parse, "invalid host");
    }
    if (bare.len == 0) {
        return server_error(parse, "no host");
    }
    memcpy(text, bare.data, bare.len < sizeof(text) ? bare.len : 0);
    if (is_ipv6 && inet_pton(AF_INET6, text, &address->ipv6.sin6_addr) == 1) {
        address->ipv6.sin6_family = AF_INET6;
        address->ipv6.sin6_port = htons(port);
        return true;
    }
    if (is_ipv6) {
        return server_error(parse, "invalid IPv6 address");
    }
    if (inet_pton(AF_INET, text, &address->ipv4.sin_addr) == 1) {
        address->ipv4.sin_family = AF_INET;
        address->ipv4.sin_port = htons(port);
        return true;
    }
    if (lookup_host != NULL
        && lookup_host(parse->conf, host, port, &address->any, &reason)) {
        return true;
    }
    server_error(parse, "host not found");
    if (reason != NULL && reason[0] != '\0') {
        conf_help(parse->conf, "%s", reason);
    }
    return false;
}

static bool parse_server(struct parse *parse, struct str text) {
    union address address;
    uint16_t port;
    bool is_ok;

    if (parse->server.data != NULL) {
        return conf_error(parse->conf, parse->line, parse->word, "duplicate syslog \"server\"");
    }
    parse->server = text;
    memset(&address, 0, sizeof(address));
    if (str_starts(text, STR("unix:"))) {
        is_ok = parse_unix(parse, str_from_byte(text, 5), &address);
    } else {
        is_ok = split_port(parse, &text, &port) && parse_host(parse, text, port, &address);
    }
    if (is_ok) {
        parse->syslog->file = log_files_open_syslog(parse->conf, parse->server, &address.any);
    }
    return is_ok;
}

/* ---- the other arguments ---- */

static bool parse_tag(struct parse *parse, struct str tag) {
    size_t i;

    if (tag.len > SYSLOG_TAG_MAX) {
        return conf_error(parse->conf, parse->line, parse->word, "syslog tag length exceeds %d",
                          SYSLOG_TAG_MAX);
    }
    for (i = 0; i < tag.len; i++) {
        char c = (char) (tag.data[i] | 0x20);

        if (!((c >= 'a' && c <= 'z') || (tag.data[i] >= '0' && tag.data[i] <= '9')
              || tag.data[i] == '_')) {
            return conf_error(parse->conf, parse->line, parse->word,
                              "syslog \"tag\" only allows alphanumeric characters and underscore");
        }
    }
    memset(parse->syslog->tag, 0, sizeof(parse->syslog->tag));
    memcpy(parse->syslog->tag, tag.data, tag.len);
    return true;
}

static bool say_once(const struct parse *parse, bool *is_said, const char *name) {
    if (*is_said) {
        return conf_error(parse->conf, parse->line, parse->word, "duplicate syslog \"%s\"", name);
    }
    *is_said = true;
    return true;
}

static bool parse_code(const struct parse *parse, const char *name, struct str text,
                       bool (*find)(struct str name, unsigned *code), unsigned *code) {
    return find(text, code)
        || conf_error(parse->conf, parse->line, parse->word, "unknown syslog %s \"%.*s\"", name,
                      STR_ARG(text));
}

static bool parse_argument(struct parse *parse, struct str text) {
    struct syslog *syslog = parse->syslog;

    if (str_starts(text, STR("server="))) {
        return parse_server(parse, str_from_byte(text, 7));
    }
    if (str_starts(text, STR("facility="))) {
        return say_once(parse, &parse->has_facility, "facility")
            && parse_code(parse, "facility", str_from_byte(text, 9), parse_syslog_facility,
                          &syslog->facility);
    }
    if (str_starts(text, STR("severity="))) {
        return say_once(parse, &parse->has_severity, "severity")
            && parse_code(parse, "severity", str_from_byte(text, 9), parse_syslog_severity,
                          &syslog->severity);
    }
    if (str_starts(text, STR("tag="))) {
        return say_once(parse, &parse->has_tag, "tag")
            && parse_tag(parse, str_from_byte(text, 4));
    }
    if (str_is(text, "nohostname")) {
        syslog->has_host = false;
        return true;
    }
    return conf_error(parse->conf, parse->line, parse->word, "unknown syslog parameter \"%.*s\"",
                      STR_ARG(text));
}

bool log_syslog_parse(struct conf *conf, const struct conf_line *line, unsigned word,
                      struct str text, struct syslog *syslog) {
    struct parse parse = { conf, line, word, syslog, STR_NONE, false, false, false };
    size_t comma;

    *syslog = (struct syslog){ .file = -1, .facility = SYSLOG_FACILITY_DEFAULT,
                               .severity = SYSLOG_SEVERITY_DEFAULT, .has_host = true,
                               .tag = "weir" };
    text = str_from_byte(text, 7);
    do {
        comma = str_find_char(text, ',');
        if (!parse_argument(&parse, str_first(text, comma))) {
            return false;
        }
        text = str_from_byte(text, comma < text.len ? comma + 1 : comma);
    } while (text.data[-1] == ',');
    return parse.server.data != NULL
        || conf_error(conf, line, word, "no syslog server specified");
}
