/* SPDX-License-Identifier: BSD-2-Clause */
/* access_log - the logs that get a line when something is over; see access_log.h. */
#include "expr/access_log.h"

#include "base/number.h"
#include "conf/log_files.h"
#include "conf/log_syslog.h"
#include "conf/value.h"

struct access_log {
    int file;                    /* of event/logsink */
    const struct syslog *syslog; /* in its place, and so is: */
    const struct template *path;
    unsigned climbs;             /* segments ".." that the path has as written */
    const struct log_format *format;
    const struct template *condition; /* NULL: every time; else not for "" and "0" */
};

/* ---- the directive ---- */

/* What the words behind path and format say. */
struct parameters {
    struct logsink_how how;
    const struct template *condition;
};

enum { GZIP_BUFFER_SIZE = 64 * 1024, GZIP_LEVEL = 1 };

static bool parse_buffer(struct conf *conf, const struct conf_line *line, unsigned word,
                         struct str text, struct logsink_how *how) {
    uint64_t size;

    if (!parse_size(text, &size) || size == 0 || size > UINT32_MAX) {
        conf_error(conf, line, word, "invalid buffer size \"%s\"", text.data);
        conf_help(conf, "a size such as 64k or 1m");
        return false;
    }
    how->buffer_size = (uint32_t) size;
    return true;
}

static bool parse_flush(struct conf *conf, const struct conf_line *line, unsigned word,
                        struct str text, struct logsink_how *how) {
    if (!parse_time_ms(text, &how->flush_ms) || how->flush_ms == 0) {
        conf_error(conf, line, word, "invalid flush time \"%s\"", text.data);
        conf_help(conf, "a time such as 500ms or 5s");
        return false;
    }
    return true;
}

static bool parse_gzip(struct conf *conf, const struct conf_line *line, unsigned word,
                       struct str text, struct logsink_how *how) {
    uint64_t level = GZIP_LEVEL;

    if (text.len > 0) {
        text = str_from_byte(text, 1);
        if (!parse_decimal(text, 9, &level) || level == 0) {
            conf_error(conf, line, word, "invalid compression level \"%s\"", text.data);
            conf_help(conf, "a number from 1 to 9");
            return false;
        }
    }
    how->gzip_level = (int) level;
    if (how->buffer_size == 0) {
        how->buffer_size = GZIP_BUFFER_SIZE;
    }
    return true;
}

static bool parse_parameter(struct conf *conf, const struct conf_block *block,
                            const struct conf_line *line, unsigned word, struct parameters *to) {
    struct str text = line->words[word].text;

    if (str_starts(text, STR("buffer="))) {
        return parse_buffer(conf, line, word, str_from_byte(text, 7), &to->how);
    }
    if (str_starts(text, STR("flush="))) {
        return parse_flush(conf, line, word, str_from_byte(text, 6), &to->how);
    }
    if (str_is(text, "gzip") || str_starts(text, STR("gzip="))) {
        return parse_gzip(conf, line, word, str_from_byte(text, 4), &to->how);
    }
    if (str_starts(text, STR("if="))) {
        to->condition = template_compile_text(conf, block, line, word, str_from_byte(text, 3));
        return to->condition != NULL;
    }
    conf_error(conf, line, word, "invalid parameter \"%s\"", text.data);
    conf_help(conf, "parameters: buffer=size, flush=time, gzip[=level], if=condition");
    return false;
}

static bool parse_words(struct conf *conf, const struct conf_block *block,
                        const struct conf_line *line, struct parameters *to) {
    unsigned word;

    for (word = 3; word < line->count; word++) {
        if (!parse_parameter(conf, block, line, word, to)) {
            return false;
        }
    }
    if (to->how.flush_ms > 0 && to->how.buffer_size == 0) {
        return conf_error(conf, line, 1, "no buffer is defined for access_log \"%s\"",
                          line->words[1].text.data);
    }
    return true;
}

static bool open_syslog(struct conf *conf, const struct conf_line *line, struct str text,
                        const struct logsink_how *how, struct access_log *log) {
    struct syslog *syslog = arena_zero(&conf->arena, 1, sizeof(*syslog));

    log->syslog = syslog;
    return log_syslog_parse(conf, line, 1, text, syslog)
        && (how->buffer_size == 0
            || conf_error(conf, line, 1, "logs to syslog cannot be buffered"));
}

static bool open_file(struct conf *conf, const struct conf_line *line, struct str path,
                      const struct logsink_how *how, struct access_log *log) {
    log->file = log_files_open(conf, line, 1, path);
    if (log->file >= 0 && how->buffer_size > 0 && !log_files_set_how(conf, log->file, how)) {
        return conf_error(conf, line, 1,
                          "access_log \"%s\" already defined with conflicting parameters",
                          path.data);
    }
    return log->file >= 0;
}

static unsigned count_climbs(struct str path) {
    unsigned count = 0;
    size_t slash;

    for (; path.len > 0; path = str_from_byte(path, slash + (slash < path.len))) {
        slash = str_find_char(path, '/');
        count += str_is(str_first(path, slash), "..");
    }
    return count;
}

static bool open_template(struct conf *conf, const struct conf_block *block,
                          const struct conf_line *line, const struct logsink_how *how,
                          struct access_log *log) {
    struct str path = conf_path(conf, line->words[1].text);

    log->path = template_compile_text(conf, block, line, 1, path);
    log->climbs = count_climbs(path);
    return log->path != NULL
        && (how->buffer_size == 0
            || conf_error(conf, line, 1, "buffered logs cannot have variables in name"));
}

static bool open_log(struct conf *conf, const struct conf_block *block,
                     const struct conf_line *line, const struct logsink_how *how,
                     struct access_log *log) {
    struct str path = line->words[1].text;

    if (is_log_syslog(path)) {
        return open_syslog(conf, line, path, how, log);
    }
    return str_find_char(path, '$') < path.len ? open_template(conf, block, line, how, log)
                                               : open_file(conf, line, path, how, log);
}

static void add_log(struct conf *conf, struct access_logs *logs, const struct access_log *log) {
    *(struct access_log *) conf_array_add(conf, &logs->items, &logs->count, sizeof(*log)) = *log;
}

static bool parse_off(struct conf *conf, const struct conf_line *line, struct access_logs *logs) {
    logs->is_off = true;
    return line->count == 2
        || conf_error(conf, line, 2, "invalid parameter \"%s\"", line->words[2].text.data);
}

static bool parse_access_log(struct conf *conf, struct conf_block *block,
                             const struct directive *directive, const struct conf_line *line,
                             void *field) {
    struct access_logs *logs = field;
    struct str format = line->count > 2 ? line->words[2].text : str_from(directive->detail);
    struct parameters parameters = { .condition = NULL };
    struct access_log log = { .format = NULL };

    if (str_is(line->words[1].text, "off")) {
        return parse_off(conf, line, logs);
    }
    if (format.data == NULL) {
        return conf_error(conf, line, 1, "log format is not specified");
    }
    log.format = log_format_find(conf, block, format);
    if (log.format == NULL) {
        return conf_error(conf, line, 2, "unknown log format \"%s\"", format.data);
    }
    if (!parse_words(conf, block, line, &parameters)
        || !open_log(conf, block, line, &parameters.how, &log)) {
        return false;
    }
    log.condition = parameters.condition;
    add_log(conf, logs, &log);
    return true;
}

const struct conf_type conf_type_access_log = {
    .name = "log",
    .size = sizeof(struct access_logs),
    .min_words = 1,
    .max_words = 1000,
    .is_repeatable = true,
    .parse = parse_access_log,
};

/* ---- open_log_file_cache ---- */

static bool parse_limit(struct str text, struct log_paths_limits *limits, bool *is_off) {
    if (str_is(text, "off")) {
        *is_off = true;
        return true;
    }
    if (str_starts(text, STR("max="))) {
        return parse_decimal(str_from_byte(text, 4), INT32_MAX, &limits->max);
    }
    if (str_starts(text, STR("min_uses="))) {
        return parse_decimal(str_from_byte(text, 9), INT32_MAX, &limits->min_uses);
    }
    if (str_starts(text, STR("inactive="))) {
        return parse_time_ms(str_from_byte(text, 9), &limits->inactive_ms);
    }
    return str_starts(text, STR("valid="))
        && parse_time_ms(str_from_byte(text, 6), &limits->valid_ms);
}

static void free_paths(void *paths) {
    log_paths_free(paths);
}

static bool parse_log_paths(struct conf *conf, struct conf_block *block,
                            const struct directive *directive, const struct conf_line *line,
                            void *field) {
    struct log_paths_limits limits = { 0, 1, 10 * 1000, 60 * 1000 };
    struct log_paths **paths = field;
    bool is_off = false;
    unsigned word;

    (void) block;
    for (word = 1; word < line->count; word++) {
        if (!parse_limit(line->words[word].text, &limits, &is_off)) {
            return conf_error(conf, line, word, "invalid \"%s\" parameter \"%s\"",
                              directive->name, line->words[word].text.data);
        }
    }
    if (is_off) {
        return true;
    }
    if (limits.max == 0) {
        return conf_error(conf, line, 0, "\"%s\" must have \"max\" parameter", directive->name);
    }
    *paths = log_paths_new(&limits);
    conf_on_free(conf, free_paths, *paths);
    return true;
}

const struct conf_type conf_type_log_paths = {
    .name = "cache",
    .size = sizeof(struct log_paths *),
    .min_words = 1,
    .max_words = 1000,
    .parse = parse_log_paths,
};

bool access_logs_add(struct conf *conf, const struct conf_block *block, struct access_logs *logs,
                     struct str path, const char *format) {
    struct access_log log = { .format = log_format_find(conf, block, str_from(format)) };
    const struct logsink_how how = { .buffer_size = 0 };

    if (!open_file(conf, NULL, path, &how, &log)) {
        return false;
    }
    add_log(conf, logs, &log);
    return true;
}

/* ---- at run time ---- */

static bool condition_holds(const struct access_log *log, struct scope *scope) {
    struct str value;

    if (log->condition == NULL) {
        return true;
    }
    value = template_text(log->condition, scope);
    return value.len > 0 && !str_is(value, "0");
}

/* What a client has sent may choose the file, but not the folder by climbing out of it. */
static void write_to_path(const struct access_log *log, struct log_paths *paths,
                          struct scope *scope, struct str line) {
    struct str path = template_text(log->path, scope);

    if (count_climbs(path) <= log->climbs && str_find_char(path, '\0') == path.len) {
        log_paths_write(paths, path, line);
    } else {
        log_paths_refuse(path);
    }
}

void access_logs_write(const struct access_logs *logs, struct log_paths *paths,
                       struct scope *scope) {
    struct buf line = { NULL, 0, 0, 0 };
    unsigned i;

    for (i = 0; i < logs->count; i++) {
        const struct access_log *log = &logs->items[i];

        if (!condition_holds(log, scope)) {
            continue;
        }
        buf_consume(&line, buf_len(&line));
        log_format_append(log->format, scope, &line);
        buf_append(&line, STR("\n"), BUF_SIZE_MAX);
        if (log->syslog != NULL) {
            syslog_write(log->syslog, log->syslog->severity, buf_bytes(&line));
        } else if (log->path != NULL) {
            write_to_path(log, paths, scope, buf_bytes(&line));
        } else {
            logsink_write(log->file, buf_bytes(&line));
        }
    }
    buf_free(&line);
}
