/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * message_format - a message as text.
 *
 * The first line has nginx's shape. The long form shows the source, a run of carets under what it
 * is about, and the help behind it; a source line too long for a terminal is cut around the
 * carets.
 */
#include "base/encode.h"
#include "conf/conf.h"

#include <stdarg.h>
#include <stdio.h>

enum {
    SOURCE_MAX = 160,  /* bytes of a source line shown */
    SOURCE_BEFORE = 60 /* of them before the carets, where it is cut */
};

static void append_text(struct buf *to, const char *text) {
    buf_append(to, str_from(text), BUF_SIZE_MAX);
}

/* Short texts only: numbers and their frame. */
static void append_print(struct buf *to, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void append_print(struct buf *to, const char *format, ...) {
    char text[64];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    append_text(to, text);
}

/* Length of the character at the start, or 0 for bytes that are no UTF-8. */
static size_t char_len(struct str text) {
    unsigned char c = (unsigned char) text.data[0];
    size_t len = c < 0x80 ? 1 : c >= 0xc2 && c < 0xe0 ? 2 : c >= 0xe0 && c < 0xf0 ? 3
        : c >= 0xf0 && c < 0xf5 ? 4 : 0, i;

    for (i = 1; i < len; i++) {
        if (i >= text.len || ((unsigned char) text.data[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return len;
}

static bool is_continuation(char c) {
    return ((unsigned char) c & 0xc0) == 0x80;
}

/* The source, made safe for a terminal, and below it one column for each of its characters: a
 * tab for a tab, a caret from byte `from` on for len bytes, else a blank. */
static void append_columns(struct buf *source, struct buf *below, struct str text, size_t from,
                           size_t len) {
    size_t at = 0;

    while (at < text.len) {
        struct str rest = str_from_byte(text, at);
        size_t bytes = char_len(rest);
        bool is_control = (unsigned char) rest.data[0] < 0x20 || rest.data[0] == 0x7f;
        bool is_tab = rest.data[0] == '\t';

        buf_append(source, bytes == 0 || (is_control && !is_tab) ? STR("?")
                                                                 : str_first(rest, bytes),
                   BUF_SIZE_MAX);
        if (at < from + len) {
            append_text(below, at >= from ? "^" : is_tab ? "\t" : " ");
        }
        at += bytes > 0 ? bytes : 1;
    }
}

/* The part of a long line that is shown: *from is where the carets begin in it. */
static struct str cut_source(struct str text, size_t *from) {
    size_t start = 0, end;

    if (text.len <= SOURCE_MAX) {
        return text;
    }
    if (*from > SOURCE_BEFORE) {
        start = *from - SOURCE_BEFORE;
    }
    while (start > 0 && is_continuation(text.data[start])) {
        start--;
    }
    end = start + SOURCE_MAX < text.len ? start + SOURCE_MAX : text.len;
    while (end < text.len && is_continuation(text.data[end])) {
        end++;
    }
    *from -= start;
    return str_make(text.data + start, end - start);
}

/* What stands left of the source and of the lines below it: its line number, or as many blanks. */
static void append_margin(struct buf *to, const struct conf_message *message, bool has_number) {
    char number[16];
    int len = snprintf(number, sizeof(number), "%5u", message->line);

    append_print(to, "%*s | ", len, has_number ? number : "");
}

static void append_source(const struct conf_message *message, struct buf *to) {
    struct str full = str_from(message->source), shown;
    struct buf below = { NULL, 0, 0, 0 };
    size_t from = message->column > 0 ? message->column - 1 : 0;

    from = from < full.len ? from : full.len;
    shown = cut_source(full, &from);
    append_margin(to, message, message->line > 0);
    append_margin(&below, message, false);
    append_text(to, shown.data > full.data ? "..." : "");
    append_text(&below, shown.data > full.data ? "   " : "");
    append_columns(to, &below, shown, from, message->len);
    if (from == shown.len) {
        append_text(&below, "^");
    }
    append_text(to, shown.data + shown.len < full.data + full.len ? "...\n" : "\n");
    buf_append(to, buf_bytes(&below), BUF_SIZE_MAX);
    buf_free(&below);
    if (message->help[0] != '\0') {
        append_text(to, " ");
        append_text(to, message->help);
    }
    append_text(to, "\n");
}

void conf_message_format_place(const struct conf_message *message, struct buf *to) {
    if (message->file[0] != '\0') {
        append_text(to, " in ");
        append_text(to, message->file);
        if (message->line > 0) {
            append_print(to, ":%u", message->line);
        }
    }
}

void conf_message_format(const struct conf_message *message, bool is_long, struct buf *to) {
    append_text(to, message->severity == CONF_ERROR ? "weir: [emerg] " : "weir: [warn] ");
    append_text(to, message->text);
    conf_message_format_place(message, to);
    append_text(to, "\n");
    if (!is_long) {
        return;
    }
    if (message->source[0] != '\0') {
        append_source(message, to);
    } else if (message->help[0] != '\0') {
        append_margin(to, message, false);
        append_text(to, message->help);
        append_text(to, "\n");
    }
    if (message->origin[0] != '\0') {
        append_margin(to, message, false);
        append_text(to, "included from ");
        append_text(to, message->origin);
        append_text(to, "\n");
    }
}

static void append_json_text(struct buf *to, const char *name, const char *text) {
    append_print(to, ",\"%s\":\"", name);
    encode(to, ENCODE_JSON, str_from(text));
    append_text(to, "\"");
}

static void append_json_number(struct buf *to, const char *name, uint32_t number) {
    append_print(to, ",\"%s\":%u", name, number);
}

void conf_messages_format_json(const struct conf *conf, struct buf *to) {
    const struct conf_message *message;
    unsigned i;

    append_text(to, "[");
    for (i = 0; (message = conf_message(conf, i)) != NULL; i++) {
        append_text(to, i > 0 ? ",\n {" : "{");
        append_print(to, "\"severity\":\"%s\"",
                     message->severity == CONF_ERROR ? "error" : "warning");
        append_json_text(to, "file", message->file);
        append_json_number(to, "line", message->line);
        append_json_number(to, "col", message->column);
        append_json_number(to, "len", message->len);
        append_json_text(to, "message", message->text);
        append_json_text(to, "help", message->help);
        append_text(to, "}");
    }
    append_text(to, "]\n");
}
