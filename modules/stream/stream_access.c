/* SPDX-License-Identifier: BSD-2-Clause */
/* stream_access - `allow` and `deny` by the client's address. */
#include "base/log.h"
#include "net/access_rules.h"
#include "stream/session.h"

#include <stddef.h>

static unsigned module_index;

struct stream_access_settings {
    struct access_rules rules;
};

static const struct directive directives[] = {
    { .name = "allow",
      .where = CONF_STREAM_ALL,
      .type = &conf_type_allow,
      .field = offsetof(struct stream_access_settings, rules),
      .inherit = INHERIT_LIST,
      .syntax = "address | CIDR | unix: | all",
      .help = "clients that may connect; the first rule that fits decides" },
    { .name = "deny",
      .where = CONF_STREAM_ALL,
      .type = &conf_type_deny,
      .field = offsetof(struct stream_access_settings, rules),
      .inherit = INHERIT_LIST,
      .syntax = "address | CIDR | unix: | all",
      .help = "clients that may not connect; the first rule that fits decides" },
    DIRECTIVES_END
};

static bool wants(const void *data) {
    const struct stream_access_settings *settings = data;

    return settings->rules.count > 0;
}

static enum stream_access on_access(struct session *session, const void *data) {
    const struct stream_access_settings *settings = data;

    switch (access_rules_check(&settings->rules, &session->conn->side->remote)) {
    case ACCESS_ALLOWED:
        return STREAM_ALLOW;
    case ACCESS_DENIED:
        log_write(session->log, LOG_LEVEL_ERROR, 0, &session->log_context,
                  "access forbidden by rule");
        return STREAM_DENY;
    case ACCESS_NO_RULE:
        break;
    }
    return STREAM_PASS;
}

const struct stream_module stream_access_module = {
    .base = { .name = "stream_access",
              .family = CONF_STREAM,
              .index = &module_index,
              .directives = directives,
              .conf_size = sizeof(struct stream_access_settings) },
    .on_access = on_access,
    .wants = wants,
};
