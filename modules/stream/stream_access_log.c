/* SPDX-License-Identifier: BSD-2-Clause */
/* stream_access_log - one line for each session that ended. */
#include "expr/access_log.h"
#include "stream/session.h"

#include <stddef.h>

static unsigned module_index;

struct stream_access_log_settings {
    struct access_logs logs;
    struct log_paths *paths;
};

static const struct directive directives[] = {
    { .name = "access_log",
      .where = CONF_STREAM_ALL,
      .type = &conf_type_access_log,
      .field = offsetof(struct stream_access_log_settings, logs),
      .inherit = INHERIT_LIST,
      .syntax = "off | path format [buffer=size] [flush=time] [gzip[=level]] [if=condition]",
      .help = "file that a line is written to when a session ends" },
    { .name = "open_log_file_cache",
      .where = CONF_STREAM_ALL,
      .type = &conf_type_log_paths,
      .field = offsetof(struct stream_access_log_settings, paths),
      .syntax = "off | max=N [inactive=time] [min_uses=N] [valid=time]",
      .help = "how many log files with variables in their names are kept open, and for how long" },
    { .name = "log_format",
      .where = CONF_STREAM,
      .type = &conf_type_log_format,
      .syntax = "name [escape=default|json|none] text ...",
      .help = "what such a line says" },
    DIRECTIVES_END
};

static bool wants(const void *data) {
    const struct stream_access_log_settings *settings = data;

    return settings->logs.count > 0 && !settings->logs.is_off;
}

static void on_log(struct session *session, const void *data) {
    const struct stream_access_log_settings *settings = data;

    access_logs_write(&settings->logs, settings->paths, &session->scope);
}

const struct stream_module stream_access_log_module = {
    .base = { .name = "stream_access_log",
              .family = CONF_STREAM,
              .index = &module_index,
              .directives = directives,
              .conf_size = sizeof(struct stream_access_log_settings) },
    .on_log = on_log,
    .wants = wants,
};
