/* SPDX-License-Identifier: BSD-2-Clause */
/* http_access_log - one line for each request that ended. */
#include "conf/value.h"
#include "config.h"
#include "expr/access_log.h"
#include "http/exchange.h"

#include <stddef.h>

static unsigned module_index;

struct http_access_log_settings {
    struct access_logs logs;
    struct log_paths *paths;
    bool has_inner;
};

static const struct directive directives[] = {
    { .name = "access_log",
      .where = CONF_HTTP_ALL | CONF_HTTP_LOCATION_IF | CONF_HTTP_LIMIT_EXCEPT,
      .type = &conf_type_access_log,
      .field = offsetof(struct http_access_log_settings, logs),
      .inherit = INHERIT_LIST,
      .syntax = "off | path [format [buffer=size] [flush=time] [gzip[=level]] [if=condition]]",
      .help = "file that a line is written to when a request ends",
      .detail = "combined" },
    { .name = "open_log_file_cache",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_log_paths,
      .field = offsetof(struct http_access_log_settings, paths),
      .syntax = "off | max=N [inactive=time] [min_uses=N] [valid=time]",
      .help = "how many log files with variables in their names are kept open, and for how long" },
    { .name = "log_subrequest",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_flag,
      .field = offsetof(struct http_access_log_settings, has_inner),
      .initial = "off",
      .syntax = "on | off",
      .help = "whether requests that weir makes itself (auth_request, mirror) have lines, too" },
    { .name = "log_format",
      .where = CONF_HTTP,
      .type = &conf_type_log_format,
      .syntax = "name [escape=default|json|none] text ...",
      .help = "what such a line says; \"combined\" is there already" },
    DIRECTIVES_END
};

/* Without any directive, http {} logs to the build's path. */
static bool compile(struct conf *conf, const struct conf_block *block, void *data) {
    struct http_access_log_settings *settings = data;

    if (block->where != CONF_HTTP || settings->logs.count > 0 || settings->logs.is_off) {
        return true;
    }
    return access_logs_add(conf, block, &settings->logs, STR(WEIR_HTTP_LOG_PATH), "combined");
}

static bool wants(const void *data) {
    const struct http_access_log_settings *settings = data;

    return settings->logs.count > 0 && !settings->logs.is_off;
}

static void on_log(struct exchange *exchange, const void *data) {
    const struct http_access_log_settings *settings = data;

    if (exchange->client == NULL && !exchange->is_abandoned && !settings->has_inner) {
        return;
    }
    access_logs_write(&settings->logs, settings->paths, &exchange->scope);
}

const struct http_module http_access_log_module = {
    .base = { .name = "http_access_log",
              .family = CONF_HTTP,
              .index = &module_index,
              .directives = directives,
              .conf_size = sizeof(struct http_access_log_settings),
              .compile = compile },
    .on_log = on_log,
    .wants = wants,
};
