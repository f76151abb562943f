/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * error_log - the directive of every context, and the log that holds in a block; see error_log.h.
 *
 * A block's log is one struct log that passes each line on to its sinks. Its level is the most
 * talkative of theirs, so that a line nobody writes is not even formatted.
 */
#include "conf/error_log.h"

#include "base/heap.h"
#include "conf/log_files.h"
#include "conf/log_syslog.h"
#include "conf/value.h"
#include "event/log_ring.h"
#include "event/logsink.h"

#include <unistd.h>

struct error_log_settings {
    struct log log;       /* each sink gets the lines of its level */
    struct log debug_log; /* each sink gets all lines */
    struct logsink *sinks;
    unsigned count;
};

static unsigned module_index;
static const char *default_path;

void error_log_set_default(const char *path) {
    default_path = path;
}

static void write_to_sinks(struct log *log, enum log_level level, const char *line, size_t len) {
    struct error_log_settings *settings = list_object(log, struct error_log_settings, log);
    unsigned i;

    for (i = 0; i < settings->count; i++) {
        struct log *sink = &settings->sinks[i].log;

        if (log_is_on(sink, level)) {
            sink->write(sink, level, line, len);
        }
    }
}

static void write_to_all_sinks(struct log *log, enum log_level level, const char *line,
                               size_t len) {
    struct error_log_settings *settings = list_object(log, struct error_log_settings, debug_log);
    unsigned i;

    for (i = 0; i < settings->count; i++) {
        struct log *sink = &settings->sinks[i].log;

        sink->write(sink, level, line, len);
    }
}

struct log *error_log_of(const struct conf_block *block, bool is_debugged) {
    struct error_log_settings *settings = block->confs[module_index];

    if (settings->count == 0) {
        return log_process;
    }
    return is_debugged ? &settings->debug_log : &settings->log;
}

static void hold_sinks(const struct error_log_settings *settings) {
    unsigned i;

    for (i = 0; i < settings->count; i++) {
        logsink_hold_sink(&settings->sinks[i]);
    }
}

static void close_sinks(const struct error_log_settings *settings) {
    unsigned i;

    for (i = 0; i < settings->count; i++) {
        logsink_close_sink(&settings->sinks[i]);
    }
}

static struct error_log_settings used; /* by the process */

bool error_log_uses_stderr(void) {
    unsigned i;

    for (i = 0; i < used.count; i++) {
        if (used.sinks[i].file >= 0 && logsink_fd(used.sinks[i].file) == STDERR_FILENO) {
            return true;
        }
    }
    return false;
}

/* The new ones first: a file that is in both stays open. */
void error_log_use(const struct conf *conf) {
    const struct error_log_settings *settings = conf->main->confs[module_index];

    hold_sinks(settings);
    close_sinks(&used);
    used.log = settings->log;
    used.sinks = heap_resize(used.sinks, settings->count, sizeof(*used.sinks));
    memcpy(used.sinks, settings->sinks, settings->count * sizeof(*used.sinks));
    used.count = settings->count;
    log_process = &used.log;
}

static bool add_sink(struct conf *conf, struct error_log_settings *settings,
                     const struct conf_line *line, struct str path, enum log_level level) {
    int file = log_files_open(conf, line, 1, path);

    if (file < 0) {
        return false;
    }
    logsink_init(conf_array_add(conf, &settings->sinks, &settings->count, sizeof(struct logsink)),
                 file, level);
    return true;
}

static bool add_syslog(struct conf *conf, struct error_log_settings *settings,
                       const struct conf_line *line, struct str text, enum log_level level) {
    struct syslog syslog;

    if (!log_syslog_parse(conf, line, 1, text, &syslog)) {
        return false;
    }
    logsink_init_syslog(
        conf_array_add(conf, &settings->sinks, &settings->count, sizeof(struct logsink)), &syslog,
        level);
    return true;
}

/* nginx's parts of debug. */
static bool is_debug_part(struct str name) {
    static const char *const parts[] = { "debug_core", "debug_alloc", "debug_mutex",
                                         "debug_event", "debug_http", "debug_mail",
                                         "debug_stream" };
    size_t i;

    for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (str_is(name, parts[i])) {
            return true;
        }
    }
    return false;
}

static bool parse_levels(struct conf *conf, const struct conf_line *line, enum log_level *level) {
    unsigned word;

    for (word = 2; word < line->count; word++) {
        struct str name = line->words[word].text;

        if (is_debug_part(name) && (word == 2 || is_debug_part(line->words[2].text))) {
            *level = LOG_LEVEL_DEBUG;
        } else if (!parse_log_level(name, level)) {
            conf_error(conf, line, word, "invalid log level \"%s\"", name.data);
            conf_help(conf, "levels: debug, info, notice, warn, error, crit, alert, emerg");
            return false;
        } else if (word > 2) {
            return conf_error(conf, line, word, "duplicate log level \"%s\"", name.data);
        }
    }
    return true;
}

static void close_ring(void *ring) {
    log_ring_close(ring);
}

static bool add_memory(struct conf *conf, struct error_log_settings *settings,
                       const struct conf_line *line, struct str text, enum log_level level) {
    struct log_ring *ring;
    uint64_t size;

    if (!parse_size(text, &size) || size < LOG_RING_MIN) {
        conf_error(conf, line, 1, "invalid buffer size \"%s\"", text.data);
        conf_help(conf, "memory:size, such as memory:32m, 4k at least");
        return false;
    }
    ring = log_ring_open(size);
    if (ring == NULL) {
        return conf_error(conf, line, 1, "no memory for \"%s\"", line->words[1].text.data);
    }
    conf_on_free(conf, close_ring, ring);
    logsink_init_ring(
        conf_array_add(conf, &settings->sinks, &settings->count, sizeof(struct logsink)), ring,
        level);
    return true;
}

static bool parse_error_log(struct conf *conf, struct conf_block *block,
                            const struct directive *directive, const struct conf_line *line,
                            void *field) {
    enum log_level level = LOG_LEVEL_ERROR;
    struct str path = line->words[1].text;

    (void) block;
    (void) directive;
    if (!parse_levels(conf, line, &level)) {
        return false;
    }
    if (str_starts(path, STR("memory:"))) {
        return add_memory(conf, field, line, str_from_byte(path, strlen("memory:")), level);
    }
    if (is_log_syslog(path)) {
        return add_syslog(conf, field, line, path, level);
    }
    return add_sink(conf, field, line, path, level);
}

static const struct conf_type type_error_log = {
    .name = "log",
    .size = sizeof(struct error_log_settings),
    .min_words = 1,
    .max_words = 1000,
    .is_repeatable = true,
    .parse = parse_error_log,
};

static bool compile(struct conf *conf, const struct conf_block *block, void *data) {
    struct error_log_settings *settings = data;
    unsigned i;

    /* Without a directive, the whole program writes to the one default file. */
    if (settings->count == 0 && block->where == CONF_MAIN && default_path != NULL
        && !add_sink(conf, settings, NULL, str_from(default_path), LOG_LEVEL_ERROR)) {
        return false;
    }
    settings->log.level = LOG_LEVEL_STDERR;
    settings->log.write = write_to_sinks;
    settings->debug_log.level = LOG_LEVEL_DEBUG;
    settings->debug_log.write = write_to_all_sinks;
    for (i = 0; i < settings->count; i++) {
        if (settings->sinks[i].log.level > settings->log.level) {
            settings->log.level = settings->sinks[i].log.level;
        }
    }
    return true;
}

static const struct directive directives[] = {
    { .name = "error_log",
      .where = CONF_MAIN | CONF_HTTP_ALL | CONF_STREAM_ALL,
      .type = &type_error_log,
      .inherit = INHERIT_LIST,
      .syntax = "file | stderr | syslog:server=address[,parameter=value] | memory:size "
                "[debug | info | notice | warn | error | crit | alert | emerg]",
      .help = "where errors and notices are written to, and the least severe level written" },
    DIRECTIVES_END
};

const struct module error_log_module = {
    .name = "error_log",
    .index = &module_index,
    .directives = directives,
    .conf_size = sizeof(struct error_log_settings),
    .compile = compile,
};
