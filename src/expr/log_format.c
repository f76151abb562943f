/* SPDX-License-Identifier: BSD-2-Clause */
/* log_format - access logs: named formats, and the files that lines are written to; see
 * log_format.h. */
#include "expr/log_format.h"

#include "conf/log_files.h"
#include "conf/value.h"
#include "event/logsink.h"

struct log_format_part {
    struct str text;  /* where variable is -1 */
    int variable;
};

struct log_format {
    struct log_format *next;
    struct str name;
    enum encoding encoding;
    struct log_format_part *parts;
    unsigned count;
};

/* The formats of each family, by the family's table of variables. */
struct log_formats {
    struct log_format *http, *stream;
};

static const char data_key;

static struct log_format **formats_of(struct conf *conf, const struct conf_block *block) {
    struct log_formats *formats = conf_data(conf, &data_key, sizeof(*formats));

    return (block->where & CONF_ANY_STREAM) != 0 ? &formats->stream : &formats->http;
}

static struct log_format *find_format(struct conf *conf, const struct conf_block *block,
                                      struct str name) {
    struct log_format *format;

    for (format = *formats_of(conf, block); format != NULL; format = format->next) {
        if (str_equal(format->name, name)) {
            return format;
        }
    }
    return NULL;
}

/* ---- log_format ---- */

static bool add_text(struct conf *conf, const struct conf_block *block,
                     const struct conf_line *line, unsigned word, struct log_format *format,
                     struct str text) {
    struct str part;

    for (;;) {
        enum template_token token = parse_template_part(&text, &part);
        struct log_format_part *place;

        if (token == TEMPLATE_END) {
            return true;
        }
        if (token == TEMPLATE_BAD || token == TEMPLATE_CAPTURE) {
            return conf_error(conf, line, word, "invalid variable name in the log format");
        }
        place = conf_array_add(conf, &format->parts, &format->count, sizeof(*place));
        place->variable = -1;
        if (token == TEMPLATE_TEXT) {
            place->text = arena_copy(&conf->arena, part);
            continue;
        }
        place->variable = variable_use(conf, variable_table_of(conf, block), part, line, word);
        if (place->variable < 0) {
            return false;
        }
    }
}

static struct log_format *new_format(struct conf *conf, const struct conf_block *block,
                                     struct str name) {
    struct log_format *format = arena_zero(&conf->arena, 1, sizeof(*format));
    struct log_format **first = formats_of(conf, block);

    format->name = name;
    format->next = *first;
    *first = format;
    return format;
}

static bool parse_escape(struct conf *conf, const struct conf_line *line, struct str text,
                         enum encoding *encoding) {
    if (str_is(text, "default")) {
        *encoding = ENCODE_LOG;
    } else if (str_is(text, "json")) {
        *encoding = ENCODE_JSON;
    } else if (str_is(text, "none")) {
        *encoding = ENCODE_NONE;
    } else {
        conf_error(conf, line, 2, "unknown log format escaping \"%s\"", text.data);
        conf_help(conf, "escape=default, escape=json or escape=none");
        return false;
    }
    return true;
}

static bool parse_log_format(struct conf *conf, struct conf_block *block,
                             const struct directive *directive, const struct conf_line *line,
                             void *field) {
    struct log_format *format;
    unsigned word = 2;

    (void) directive;
    (void) field;
    if (find_format(conf, block, line->words[1].text) != NULL) {
        return conf_error(conf, line, 1, "duplicate \"log_format\" name \"%s\"",
                          line->words[1].text.data);
    }
    format = new_format(conf, block, line->words[1].text);
    if (str_starts(line->words[2].text, STR("escape="))) {
        if (!parse_escape(conf, line, str_from_byte(line->words[2].text, 7), &format->encoding)) {
            return false;
        }
        word++;
    }
    if (word == line->count) {
        return conf_error(conf, line, 2, "log format without a text");
    }
    for (; word < line->count; word++) {
        if (!add_text(conf, block, line, word, format, line->words[word].text)) {
            return false;
        }
    }
    return true;
}

const struct conf_type conf_type_log_format = {
    .name = "format",
    .size = 0,
    .min_words = 2,
    .max_words = 1000,
    .is_repeatable = true,
    .parse = parse_log_format,
};

void log_format_add_builtin(struct conf *conf, const struct conf_block *block, const char *name,
                            const char *text) {
    struct log_format *format = new_format(conf, block, str_from(name));

    add_text(conf, block, NULL, 0, format, str_from(text));
}

/* ---- access_log ---- */

static bool add_log(struct conf *conf, const struct conf_block *block,
                    const struct conf_line *line, struct access_logs *logs, struct str path,
                    struct str format_name) {
    struct log_format *format = find_format(conf, block, format_name);
    struct access_log *log;
    int file;

    if (format == NULL) {
        return conf_error(conf, line, 2, "unknown log format \"%.*s\"", STR_ARG(format_name));
    }
    file = log_files_open(conf, line, 1, path);
    if (file < 0) {
        return false;
    }
    log = conf_array_add(conf, &logs->items, &logs->count, sizeof(*log));
    *log = (struct access_log){ .file = file, .format = format };
    return true;
}

bool access_logs_add(struct conf *conf, const struct conf_block *block, struct access_logs *logs,
                     struct str path, const char *format) {
    return add_log(conf, block, NULL, logs, path, str_from(format));
}

/* What nginx takes for more than a name; here a file of that name would come as a surprise. */
static bool check_path(struct conf *conf, const struct conf_line *line) {
    struct str path = line->words[1].text;

    if (!str_starts(path, STR("syslog:")) && str_find_char(path, '$') == path.len) {
        return true;
    }
    conf_error(conf, line, 1, "invalid log \"%s\"", path.data);
    conf_help(conf, "weir writes to files so far, whose names have no variables");
    return false;
}

static bool parse_access_log(struct conf *conf, struct conf_block *block,
                             const struct directive *directive, const struct conf_line *line,
                             void *field) {
    struct access_logs *logs = field;
    struct str format_name = str_from(directive->detail);
    const struct template *condition = NULL;
    unsigned word;

    if (str_is(line->words[1].text, "off") && line->count == 2) {
        logs->is_off = true;
        return true;
    }
    for (word = 2; word < line->count; word++) {
        struct str text = line->words[word].text;

        if (str_starts(text, STR("if="))) {
            condition = template_compile_text(conf, block, line, word, str_from_byte(text, 3));
            if (condition == NULL) {
                return false;
            }
        } else if (word == 2) {
            format_name = text;
        } else {
            return conf_error(conf, line, word, "invalid parameter \"%s\"", text.data);
        }
    }
    if (format_name.data == NULL) {
        return conf_error(conf, line, 1, "log format is not specified");
    }
    if (!check_path(conf, line)
        || !add_log(conf, block, line, logs, line->words[1].text, format_name)) {
        return false;
    }
    logs->items[logs->count - 1].condition = condition;
    return true;
}

const struct conf_type conf_type_access_log = {
    .name = "log",
    .size = sizeof(struct access_logs),
    .min_words = 1,
    .max_words = 3,
    .is_repeatable = true,
    .parse = parse_access_log,
};

/* ---- writing ---- */

static void append_part(struct buf *to, const struct log_format *format,
                        const struct log_format_part *part, struct scope *scope) {
    struct str value;

    if (part->variable < 0) {
        buf_append(to, part->text, BUF_SIZE_MAX);
    } else if (scope_get(scope, part->variable, &value)) {
        encode(to, format->encoding, value);
    } else if (format->encoding == ENCODE_LOG) {
        buf_append(to, STR("-"), BUF_SIZE_MAX);
    }
}

static bool condition_holds(const struct access_log *log, struct scope *scope) {
    struct str value;

    if (log->condition == NULL) {
        return true;
    }
    value = template_text(log->condition, scope);
    return value.len > 0 && !str_is(value, "0");
}

void access_logs_write(const struct access_logs *logs, struct scope *scope) {
    struct buf line = { NULL, 0, 0, 0 };
    unsigned i, part;

    for (i = 0; i < logs->count; i++) {
        const struct access_log *log = &logs->items[i];

        if (!condition_holds(log, scope)) {
            continue;
        }
        buf_consume(&line, buf_len(&line));
        for (part = 0; part < log->format->count; part++) {
            append_part(&line, log->format, &log->format->parts[part], scope);
        }
        buf_append(&line, STR("\n"), BUF_SIZE_MAX);
        logsink_write(log->file, buf_bytes(&line));
    }
    buf_free(&line);
}
