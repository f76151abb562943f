/* SPDX-License-Identifier: BSD-2-Clause */
/* log_format - what the lines of access logs say; see log_format.h. */
#include "expr/log_format.h"

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

const struct log_format *log_format_find(struct conf *conf, const struct conf_block *block,
                                         struct str name) {
    const struct log_format *format;

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
    if (log_format_find(conf, block, line->words[1].text) != NULL) {
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

/* ---- at run time ---- */

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

void log_format_append(const struct log_format *format, struct scope *scope, struct buf *to) {
    unsigned i;

    for (i = 0; i < format->count; i++) {
        append_part(to, format, &format->parts[i], scope);
    }
}
