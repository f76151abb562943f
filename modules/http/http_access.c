/* SPDX-License-Identifier: BSD-2-Clause */
/* http_access - `allow` and `deny` by the client's address. */
#include "base/log.h"
#include "http/exchange.h"
#include "net/access_rules.h"

#include <stddef.h>

static unsigned module_index;

struct http_access_settings {
    struct access_rules rules;
};

static const struct directive directives[] = {
    { .name = "allow",
      .where = CONF_HTTP_ALL | CONF_HTTP_LIMIT_EXCEPT,
      .type = &conf_type_allow,
      .field = offsetof(struct http_access_settings, rules),
      .inherit = INHERIT_LIST,
      .syntax = "address | CIDR | unix: | all",
      .help = "clients that are served; the first rule that fits decides" },
    { .name = "deny",
      .where = CONF_HTTP_ALL | CONF_HTTP_LIMIT_EXCEPT,
      .type = &conf_type_deny,
      .field = offsetof(struct http_access_settings, rules),
      .inherit = INHERIT_LIST,
      .syntax = "address | CIDR | unix: | all",
      .help = "clients that get 403; the first rule that fits decides" },
    DIRECTIVES_END
};

static bool wants(const void *data) {
    const struct http_access_settings *settings = data;

    return settings->rules.count > 0;
}

static enum http_access on_access(struct exchange *exchange, const void *data) {
    const struct http_access_settings *settings = data;

    switch (access_rules_check(&settings->rules, &exchange->conn->side->remote)) {
    case ACCESS_ALLOWED:
        return ACCESS_ALLOW;
    case ACCESS_DENIED:
        if (http_core_of(exchange->location)->satisfy == SATISFY_ALL) {
            log_write(exchange->log, LOG_LEVEL_ERROR, 0, &exchange->log_context,
                      "access forbidden by rule");
        }
        return ACCESS_DENY;
    case ACCESS_NO_RULE:
        break;
    }
    return ACCESS_PASS;
}

const struct http_module http_access_module = {
    .base = { .name = "http_access",
              .family = CONF_HTTP,
              .index = &module_index,
              .directives = directives,
              .conf_size = sizeof(struct http_access_settings) },
    .on_access = on_access,
    .wants = wants,
};
