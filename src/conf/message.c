/* SPDX-License-Identifier: BSD-2-Clause */
/* message - what a load has to say, kept with the line of source that it is about. */
#include "conf/conf_priv.h"

#include <limits.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { MESSAGE_TEXT_MAX = 2048 };

/* ---- places ---- */

struct message_place place_behind(const struct conf_line *line, unsigned word) {
    const struct conf_word *last = &line->words[word];
    struct message_place place = { .file = line->file, .line = last->line,
                                   .column = last->column + last->source_len, .len = 1 };
    struct str rest = str_make(last->source, last->source_len);
    size_t newline;

    /* Text in quotes may end on another line than it begins. */
    while ((newline = str_find_char(rest, '\n')) < rest.len) {
        rest = str_from_byte(rest, newline + 1);
        place.line++;
        place.column = (uint32_t) rest.len + 1;
    }
    return place;
}

struct message_place place_of_word(const struct conf_line *line, unsigned word) {
    const struct conf_word *at;

    if (word >= line->count) {
        return place_behind(line, line->count - 1);
    }
    at = &line->words[word];
    return (struct message_place){ .file = line->file, .line = at->line, .column = at->column,
                                   .len = at->source_len };
}

/* ---- keeping ---- */

/* The line of the file that a place is on. */
static const char *source_of(struct conf *conf, const struct message_place *place) {
    struct str rest = place->file->bytes;
    uint32_t line;
    char *copy;
    size_t i;

    for (line = 1; line < place->line; line++) {
        rest = str_from_byte(rest, str_find_char(rest, '\n') + 1);
    }
    rest = str_first(rest, str_find_char(rest, '\n'));
    if (str_ends(rest, STR("\r"))) {
        rest.len--;
    }
    copy = arena_bytes(&conf->arena, rest.len + 1);
    for (i = 0; i < rest.len; i++) {
        copy[i] = rest.data[i] != '\0' ? rest.data[i] : '?';
    }
    copy[rest.len] = '\0';
    return copy;
}

struct str place_text(struct arena *arena, const struct conf_line *line) {
    return line->file->is_command_line
        ? str_from(line->file->name)
        : arena_print(arena, "%s:%u", line->file->name, line->words[0].line);
}

/* "/etc/weir.conf:3, /etc/a.conf:1": the include lines that led to the file, nearest first. */
static const char *included_from(struct conf *conf, const struct conf_file *file) {
    struct str text = STR("");

    for (; file->from != NULL; file = file->from->file) {
        text = arena_print(&conf->arena, "%.*s%s%s", STR_ARG(text), text.len > 0 ? ", " : "",
                           place_text(&conf->load->temporary, file->from).data);
    }
    return text.data;
}

/* Control characters are shown, not sent to a terminal. */
static const char *copy_text(struct conf *conf, const char *text) {
    char *copy = arena_bytes(&conf->arena, 4 * strlen(text) + 1), *to = copy;

    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char) *text;

        if (c < 0x20 || c == 0x7f) {
            to += snprintf(to, 5, "\\x%02X", c);
        } else {
            *to++ = *text;
        }
    }
    *to = '\0';
    return copy;
}

static bool is_said_already(const struct messages *messages, const struct conf_message *message) {
    unsigned i;

    for (i = 0; i < messages->mark.count; i++) {
        const struct conf_message *other = &messages->items[i].message;

        if (other->severity == message->severity && other->line == message->line
            && other->column == message->column && strcmp(other->file, message->file) == 0
            && strcmp(other->text, message->text) == 0) {
            return true;
        }
    }
    return false;
}

/* Keeps a message. The same words about the same place are said once: a file may be included
 * often. */
static void keep(struct conf *conf, const struct message_place *place, const char *text,
                 enum conf_severity severity) {
    struct messages *messages = &conf->load->messages;
    struct messages_mark *mark = &messages->mark;
    struct conf_message message = { .severity = severity, .file = "", .text = text,
                                    .help = "", .source = "", .origin = "" };
    struct message_entry *entry;

    mark->reported[severity]++;
    messages->latest = NULL;
    if (place->file != NULL) {
        message.file = place->file->name;
        message.line = place->file->is_command_line ? 0 : place->line;
        message.column = place->column;
        message.len = place->len;
    }
    if (is_said_already(messages, &message)) {
        return;
    }
    mark->found[severity]++;
    if (mark->kept[severity] == CONF_MESSAGES_MAX) {
        return;
    }
    mark->kept[severity]++;
    message.text = copy_text(conf, text);
    if (place->file != NULL) {
        message.source = source_of(conf, place);
        message.origin = included_from(conf, place->file);
    }
    entry = &messages->items[mark->count];
    *entry = (struct message_entry){ .message = message, .number = mark->count };
    entry->file_order = place->file != NULL ? place->file->order : UINT_MAX;
    messages->latest = &entry->message;
    mark->count++;
}

static void report_args(struct conf *conf, enum conf_severity severity,
                        struct message_place place, const char *format, va_list args) {
    char text[MESSAGE_TEXT_MAX];

    vsnprintf(text, sizeof(text), format, args);
    keep(conf, &place, text, severity);
}

void report(struct conf *conf, enum conf_severity severity, struct message_place place,
            const char *format, ...) {
    va_list args;

    va_start(args, format);
    report_args(conf, severity, place, format, args);
    va_end(args);
}

static struct message_place place_or_none(const struct conf_line *line, unsigned word) {
    return line != NULL ? place_of_word(line, word) : (struct message_place){ .file = NULL };
}

bool conf_error(struct conf *conf, const struct conf_line *line, unsigned word, const char *format,
                ...) {
    va_list args;

    va_start(args, format);
    report_args(conf, CONF_ERROR, place_or_none(line, word), format, args);
    va_end(args);
    return false;
}

void conf_warn(struct conf *conf, const struct conf_line *line, unsigned word, const char *format,
               ...) {
    va_list args;

    va_start(args, format);
    report_args(conf, CONF_WARNING, place_or_none(line, word), format, args);
    va_end(args);
}

void conf_help(struct conf *conf, const char *format, ...) {
    struct conf_message *latest = conf->load->messages.latest;
    char text[MESSAGE_TEXT_MAX];
    va_list args;

    if (latest != NULL) {
        va_start(args, format);
        vsnprintf(text, sizeof(text), format, args);
        va_end(args);
        latest->help = copy_text(conf, text);
    }
}

unsigned reported_errors(const struct conf *conf) {
    return conf->load->messages.mark.reported[CONF_ERROR];
}

void report_silence(struct conf *conf, unsigned errors_before, const struct conf_line *line,
                    const char *name) {
    if (reported_errors(conf) == errors_before) {
        conf_error(conf, line, 0, "\"%s\" failed without a reason", name);
    }
}

void messages_take_back(struct conf *conf, const struct messages_mark *mark) {
    conf->load->messages.mark = *mark;
    conf->load->messages.latest = NULL;
}

/* ---- reading ---- */

static int compare_entries(const void *a, const void *b) {
    const struct message_entry *x = a, *y = b;

    if (x->file_order != y->file_order) {
        return x->file_order < y->file_order ? -1 : 1;
    }
    if (x->message.line != y->message.line) {
        return x->message.line < y->message.line ? -1 : 1;
    }
    if (x->message.column != y->message.column) {
        return x->message.column < y->message.column ? -1 : 1;
    }
    return x->number < y->number ? -1 : 1;
}

static void count_more(struct conf *conf, enum conf_severity severity, const char *what) {
    struct messages *messages = &conf->load->messages;
    unsigned more = messages->mark.found[severity] - messages->mark.kept[severity];
    struct message_entry *entry;

    if (more > 0) {
        entry = &messages->items[messages->mark.count++];
        entry->file_order = UINT_MAX;
        entry->message = (struct conf_message){ .severity = severity, .file = "", .help = "",
                                                .source = "", .origin = "" };
        entry->message.text = arena_print(&conf->arena, "%u more %s%s not shown", more, what,
                                          more > 1 ? "s are" : " is").data;
    }
}

void messages_close(struct conf *conf) {
    struct messages *messages = &conf->load->messages;

    qsort(messages->items, messages->mark.count, sizeof(messages->items[0]), compare_entries);
    count_more(conf, CONF_WARNING, "warning");
    count_more(conf, CONF_ERROR, "error");
    messages->latest = NULL;
}

unsigned conf_errors(const struct conf *conf) {
    return conf->load->messages.mark.found[CONF_ERROR];
}

unsigned conf_warnings(const struct conf *conf) {
    return conf->load->messages.mark.found[CONF_WARNING];
}

const struct conf_message *conf_message(const struct conf *conf, unsigned i) {
    const struct messages *messages = &conf->load->messages;

    return i < messages->mark.count ? &messages->items[i].message : NULL;
}
