/* SPDX-License-Identifier: BSD-2-Clause */
/* h1_write - messages to HTTP/1 bytes; see h1_write.h. */
#include "codec/h1_write.h"

#include "base/number.h"

static void put(struct buf *to, struct str text) {
    buf_append(to, text, BUF_SIZE_MAX);
}

/* Room for all that the head can need, so that the appends below only copy. */
static void reserve_head(struct buf *to, const struct message *message, size_t first_line) {
    buf_reserve(to, buf_len(to) + message->base_len + message->made_len
                        + (size_t) message->field_count * 4 + first_line + 256);
}

/* ---- fields ---- */

static bool is_run_member(const struct field *field) {
    return (field->flags & (FIELD_IS_HIDDEN | FIELD_IS_MADE | FIELD_IS_PLAIN)) == FIELD_IS_PLAIN;
}

/* Where the line of a plain field ends, its CR LF included. */
static uint32_t line_end(const struct field *field) {
    return field->value + field->value_len + 2;
}

/* The run of plain fields from `first` on whose lines follow each other; returns how many. */
static uint32_t run_length(const struct message *message, uint32_t first) {
    uint32_t count = 1;

    while (first + count < message->field_count && is_run_member(&message->fields[first + count])
           && message->fields[first + count].name == line_end(&message->fields[first + count - 1])) {
        count++;
    }
    return count;
}

static void put_field(struct buf *to, struct str name, struct str value) {
    put(to, name);
    put(to, STR(": "));
    put(to, value);
    put(to, STR("\r\n"));
}

static void put_fields(struct buf *to, const struct message *message) {
    uint32_t i = 0;

    while (i < message->field_count) {
        const struct field *field = &message->fields[i];

        if (is_run_member(field)) {
            uint32_t count = run_length(message, i);
            const struct field *last = &message->fields[i + count - 1];

            put(to, str_make(message->base + field->name, line_end(last) - field->name));
            i += count;
            continue;
        }
        if ((field->flags & FIELD_IS_HIDDEN) == 0) {
            put_field(to, message_name(message, field), message_value(message, field));
        }
        i++;
    }
}

static void put_length(struct buf *to, uint64_t length) {
    char digits[NUMBER_DIGITS_MAX];

    put_field(to, STR("Content-Length"), str_make(digits, format_decimal(digits, length)));
}

/* ---- heads ---- */

/* A body of no length is said so where a request could have had one. */
static bool wants_zero_length(const struct message *message) {
    return message->method == METHOD_POST || message->method == METHOD_PUT
        || message->method == METHOD_PATCH;
}

void h1_write_request(struct buf *to, const struct message *message,
                      const struct h1_write_options *options) {
    reserve_head(to, message, message->method_name.len + message->target.len);
    put(to, message->method_name);
    put(to, STR(" "));
    put(to, message->target);
    put(to, options->is_http_10 ? STR(" HTTP/1.0\r\n") : STR(" HTTP/1.1\r\n"));
    put_fields(to, message);
    if (options->is_chunked) {
        put(to, STR("Transfer-Encoding: chunked\r\n"));
    } else if (message->framing == FRAMING_LENGTH
               || (message->framing == FRAMING_NONE && wants_zero_length(message))) {
        put_length(to, message->framing == FRAMING_LENGTH ? message->content_length : 0);
    }
    if (!options->keeps_connection) {
        put(to, STR("Connection: close\r\n"));
    } else if (options->is_http_10) {
        put(to, STR("Connection: keep-alive\r\n"));
    }
    put(to, STR("\r\n"));
}

static void put_status_line(struct buf *to, const struct message *message) {
    char digits[NUMBER_DIGITS_MAX];
    struct str reason = message->reason.len > 0 ? message->reason
                                                : status_reason(message->status);

    put(to, STR("HTTP/1.1 "));
    put(to, str_make(digits, format_decimal(digits, message->status)));
    put(to, STR(" "));
    put(to, reason);
    put(to, STR("\r\n"));
}

static bool may_have_length(const struct message *message) {
    return message->status >= 200 && message->status != 204;
}

void h1_write_response(struct buf *to, const struct message *message,
                       const struct h1_write_options *options) {
    reserve_head(to, message, message->reason.len);
    put_status_line(to, message);
    put_fields(to, message);
    if (options->is_chunked) {
        put(to, STR("Transfer-Encoding: chunked\r\n"));
    } else if (message->framing == FRAMING_LENGTH || (message->has_length && may_have_length(message))) {
        put_length(to, message->content_length);
    } else if (message->framing == FRAMING_NONE && may_have_length(message)
               && message->status != 304 && !options->is_answer_to_head) {
        put_length(to, 0);
    }
    if (message->status >= 200) {
        put(to, options->keeps_connection ? STR("Connection: keep-alive\r\n")
                                          : STR("Connection: close\r\n"));
    }
    put(to, STR("\r\n"));
}

size_t h1_format_chunk_head(char *text, size_t len) {
    size_t digits = format_hex(text, len);

    memcpy(text + digits, "\r\n", 2);
    return digits + 2;
}
