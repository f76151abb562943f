/* SPDX-License-Identifier: BSD-2-Clause */
/* ignored - directives of nginx without effect; see ignored.h. */
#include "conf/ignored.h"

#include "base/number.h"
#include "conf/value.h"

#include <limits.h>

static unsigned module_index;

/* ---- load_module ---- */

/* What nginx's packages bring: "modules/ngx_stream_module.so". */
static bool is_of_nginx(struct str path) {
    size_t slash;

    while ((slash = str_find_char(path, '/')) < path.len) {
        path = str_from_byte(path, slash + 1);
    }
    return str_starts(path, STR("ngx_")) && str_ends(path, STR("_module.so"));
}

static bool parse_load_module(struct conf *conf, struct conf_block *block,
                              const struct directive *directive, const struct conf_line *line,
                              void *field) {
    if (!is_of_nginx(line->words[1].text)) {
        conf_error(conf, line, 1, "\"%s\" is no module of nginx", line->words[1].text.data);
        conf_help(conf, "modules of weir are linked in: configure --add-module=DIR");
        return false;
    }
    return conf_type_ignored.parse(conf, block, directive, line, field);
}

static const struct conf_type type_load_module = {
    .name = "file",
    .min_words = 1,
    .max_words = 1,
    .is_repeatable = true,
    .parse = parse_load_module,
};

/* ---- thread_pool ---- */

static bool is_number_of(struct str text, const char *name, uint64_t min) {
    struct str prefix = str_from(name);
    uint64_t number;

    return str_starts(text, prefix)
        && parse_decimal(str_from_byte(text, prefix.len), INT32_MAX, &number) && number >= min;
}

static bool parse_thread_pool(struct conf *conf, struct conf_block *block,
                              const struct directive *directive, const struct conf_line *line,
                              void *field) {
    bool has_threads = false;
    unsigned i;

    for (i = 2; i < line->count; i++) {
        struct str text = line->words[i].text;

        has_threads |= str_starts(text, STR("threads="));
        if (!is_number_of(text, "threads=", 1) && !is_number_of(text, "max_queue=", 0)) {
            conf_error(conf, line, i, "invalid parameter \"%s\"", text.data);
            conf_help(conf, "parameters: threads=number, max_queue=number");
            return false;
        }
    }
    return (has_threads
            || conf_error(conf, line, 1, "\"threads\" parameter must be at least 1"))
        && conf_type_ignored.parse(conf, block, directive, line, field);
}

static const struct conf_type type_thread_pool = {
    .name = "pool",
    .min_words = 2,
    .max_words = 3,
    .is_repeatable = true,
    .parse = parse_thread_pool,
};

/* ---- ssl_, hash tables ---- */

static bool parse_without_effect(struct conf *conf, struct conf_block *block,
                                 const struct directive *directive, const struct conf_line *line,
                                 void *field) {
    return conf_type_ignored.parse(conf, block, directive, line, field);
}

static const struct conf_type type_without_effect = {
    .name = "ignored",
    .min_words = 1,
    .max_words = UINT_MAX,
    .is_repeatable = true,
    .parse = parse_without_effect,
};

/* `listen ... ssl` is an error: nothing that shall be encrypted is sent without it. */
#define SSL(ssl_name, ssl_where, ssl_syntax)                                                       \
    { .name = "ssl_" ssl_name,                                                                     \
      .where = ssl_where,                                                                          \
      .type = &type_without_effect,                                                                \
      .syntax = ssl_syntax,                                                                        \
      .help = "read and without effect: weir has no TLS yet",                                      \
      .detail = "weir has no TLS yet" }

#define HASH_ROW(hash_name, hash_where)                                                            \
    { .name = hash_name,                                                                           \
      .where = hash_where,                                                                         \
      .type = &conf_type_unused_number,                                                            \
      .syntax = "size",                                                                            \
      .help = "read and without effect: tables take the size that they need",                      \
      .detail = "weir's tables take the size that they need" }
#define HASH(of, where)                                                                            \
    HASH_ROW(of "_hash_max_size", where), HASH_ROW(of "_hash_bucket_size", where)

#define HTTP (CONF_HTTP | CONF_HTTP_SERVER)
#define BOTH (HTTP | CONF_STREAM_ALL)

static const struct directive directives[] = {
    { .name = "load_module",
      .where = CONF_MAIN,
      .type = &type_load_module,
      .syntax = "file",
      .help = "read and not used: what nginx loads is part of weir, or not there",
      .detail = "weir loads no modules; what it has is linked in" },
    { .name = "thread_pool",
      .where = CONF_MAIN,
      .type = &type_thread_pool,
      .syntax = "name threads=number [max_queue=number]",
      .help = "read and not used: files are read by sendfile, or at once",
      .detail = "weir reads files by sendfile, or at once" },
    SSL("alpn", CONF_STREAM_ALL, "protocol ..."),
    SSL("buffer_size", HTTP, "size"),
    SSL("certificate", BOTH, "file"),
    SSL("certificate_cache", BOTH, "off | max=number [inactive=time] [valid=time]"),
    SSL("certificate_key", BOTH, "file"),
    SSL("ciphers", BOTH, "ciphers"),
    SSL("client_certificate", BOTH, "file"),
    SSL("conf_command", BOTH, "name value"),
    SSL("crl", BOTH, "file"),
    SSL("dhparam", BOTH, "file"),
    SSL("early_data", HTTP, "on | off"),
    SSL("ecdh_curve", BOTH, "curve"),
    SSL("handshake_timeout", CONF_STREAM_ALL, "time"),
    SSL("key_log", BOTH, "path"),
    SSL("ocsp", BOTH, "on | off | leaf"),
    SSL("ocsp_cache", BOTH, "off | shared:name:size"),
    SSL("ocsp_responder", BOTH, "url"),
    SSL("password_file", BOTH, "file"),
    SSL("prefer_server_ciphers", BOTH, "on | off"),
    SSL("protocols", BOTH, "protocol ..."),
    SSL("reject_handshake", BOTH, "on | off"),
    SSL("session_cache", BOTH, "off | none | [builtin[:size]] [shared:name:size]"),
    SSL("session_ticket_key", BOTH, "file"),
    SSL("session_tickets", BOTH, "on | off"),
    SSL("session_timeout", BOTH, "time"),
    SSL("stapling", BOTH, "on | off"),
    SSL("stapling_file", BOTH, "file"),
    SSL("stapling_responder", BOTH, "url"),
    SSL("stapling_verify", BOTH, "on | off"),
    SSL("trusted_certificate", BOTH, "file"),
    SSL("verify_client", BOTH, "on | off | optional | optional_no_ca"),
    SSL("verify_depth", BOTH, "number"),
    HASH("map", CONF_HTTP | CONF_STREAM),
    HASH("proxy_headers", CONF_HTTP_ALL),
    HASH("referer", CONF_HTTP_SERVER | CONF_HTTP_LOCATION),
    HASH("server_names", CONF_STREAM),
    HASH("variables", CONF_STREAM),
    DIRECTIVES_END
};

const struct module ignored_module = {
    .name = "ignored",
    .index = &module_index,
    .directives = directives,
};
