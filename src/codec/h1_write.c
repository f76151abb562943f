/* SPDX-License-Identifier: BSD-2-Clause */
/* h1_write - messages to HTTP/1 bytes; see h1_write.h. */
#include "codec/h1_write.h"

#include "base/number.h"
#include "base/panic.h"
#include "message/byte_find.h"

/* ---- text into room that was reserved for all of it ---- */

struct cursor {
    char *at, *end;
};

static inline void put(struct cursor *to, struct str text) {
    CHECK(text.len <= (size_t) (to->end - to->at));
    to->at = mempcpy(to->at, text.data, text.len);
}

enum { FRAMING_MAX = 256 }; /* bytes of what is not text of the message: version, framing */

/* What may stand in a first line can grow to escapes of three bytes. None of the sums can overflow:
 * all but first_line have 32 bits, and that is the length of what lies in memory. */
static struct cursor begin_head(struct buf *to, const struct message *message, size_t first_line) {
    size_t size = (size_t) message->base_len + message->made_len + FRAMING_MAX
        + message->field_count * strlen(": \r\n") + first_line * strlen("%20")
        + message->upgrade.len;

    buf_reserve(to, buf_len(to) + size);
    return (struct cursor){ buf_room(to), buf_room(to) + buf_room_len(to) };
}

static void end_head(struct buf *to, struct cursor *cursor) {
    put(cursor, STR("\r\n"));
    buf_added(to, (size_t) (cursor->at - buf_room(to)));
}

/* Puts a part of the first line. What could split it is escaped: it cannot be received so, but it
 * can be made, by a variable in proxy_pass for one. */
static void put_escaped(struct cursor *to, struct str word, enum byte_class class) {
    static const char digits[] = "0123456789ABCDEF";

    for (;;) {
        size_t len = byte_run(word, class);
        unsigned char c;

        put(to, str_first(word, len));
        if (len == word.len) {
            return;
        }
        c = (unsigned char) word.data[len];
        put(to, str_make((const char[]){ '%', digits[c >> 4], digits[c & 15] }, 3));
        word = str_from_byte(word, len + 1);
    }
}

/* The path of the received target was looked at when that was parsed. No other text is trusted, not
 * even one that was received: a field's value may have blanks. */
static inline bool is_received_path(const struct message *message, struct str target) {
    return target.data == message->path.data && target.len == message->path.len;
}

static void put_target(struct cursor *to, const struct message *message) {
    struct str target = message->target;

    if (is_received_path(message, target) || byte_run_target(target) == target.len) {
        put(to, target);
    } else {
        put_escaped(to, target, BYTE_TARGET);
    }
}

/* ---- fields ---- */

static inline bool starts_run(const struct field *field) {
    return (field->flags & (FIELD_IS_HIDDEN | FIELD_IS_PLAIN)) == FIELD_IS_PLAIN;
}

/* Where the line of a plain field ends, its CR LF included. */
static uint32_t line_end(const struct field *field) {
    return field->value + field->value_len + 2;
}

/* Puts the run of plain fields from `first` on whose lines follow each other, all received or all
 * made; returns the index behind it. */
static uint32_t put_run(struct cursor *to, const struct message *message, uint32_t first) {
    const struct field *start = &message->fields[first];
    const char *text = (start->flags & FIELD_IS_MADE) != 0 ? message->made : message->base;
    uint32_t end = line_end(start), i;

    for (i = first + 1; i < message->field_count; i++) {
        const struct field *field = &message->fields[i];

        if (field->flags != start->flags || field->name != end) {
            break;
        }
        end = line_end(field);
    }
    put(to, str_make(text + start->name, end - start->name));
    return i;
}

static void put_field(struct cursor *to, struct str name, struct str value) {
    put(to, name);
    put(to, STR(": "));
    put(to, value);
    put(to, STR("\r\n"));
}

static void put_fields(struct cursor *to, const struct message *message) {
    uint32_t i = 0;

    while (i < message->field_count) {
        const struct field *field = &message->fields[i];

        if (starts_run(field)) {
            i = put_run(to, message, i);
            continue;
        }
        if ((field->flags & FIELD_IS_HIDDEN) == 0) {
            put_field(to, message_name(message, field), message_value(message, field));
        }
        i++;
    }
}

static void put_length(struct cursor *to, uint64_t length) {
    put(to, STR("Content-Length: "));
    CHECK(to->end - to->at >= NUMBER_DIGITS_MAX);
    to->at += format_decimal(to->at, length);
    put(to, STR("\r\n"));
}

/* ---- heads ---- */

/* A body of no length is said so where a request could have had one. */
static bool wants_zero_length(const struct message *message) {
    return message->method == METHOD_POST || message->method == METHOD_PUT
        || message->method == METHOD_PATCH;
}

static void put_upgrade(struct cursor *to, const struct message *message) {
    if (message->upgrade.len > 0) {
        put_field(to, STR("Upgrade"), message->upgrade);
    }
}

/* What is about this connection only: RFC 9110 section 7.6.1. Nobody leaves HTTP/1.0 for another
 * protocol. */
static void put_connection(struct cursor *to, const struct message *message,
                           const struct h1_write_options *options) {
    const char *comma = "";

    put(to, STR("Connection: "));
    if (!options->keeps_connection) {
        put(to, STR("close"));
        comma = ", ";
    } else if (options->is_http_10) {
        put(to, STR("keep-alive"));
        comma = ", ";
    }
    if (message->accepts_trailers) {
        put(to, str_from(comma));
        put(to, STR("TE"));
        comma = ", ";
    }
    if (message->upgrade.len > 0 && !options->is_http_10) {
        put(to, str_from(comma));
        put(to, STR("upgrade"));
    }
    put(to, STR("\r\n"));
    if (message->accepts_trailers) {
        put(to, STR("TE: trailers\r\n"));
    }
    if (!options->is_http_10) {
        put_upgrade(to, message);
    }
}

void h1_write_request(struct buf *to, const struct message *message,
                      const struct h1_write_options *options) {
    struct cursor cursor = begin_head(to, message, message->method_name.len + message->target.len);

    put_escaped(&cursor, message->method_name, BYTE_TOKEN);
    put(&cursor, STR(" "));
    put_target(&cursor, message);
    put(&cursor, options->is_http_10 ? STR(" HTTP/1.0\r\n") : STR(" HTTP/1.1\r\n"));
    put_fields(&cursor, message);
    if (options->is_chunked) {
        put(&cursor, STR("Transfer-Encoding: chunked\r\n"));
    } else if (message->framing == FRAMING_LENGTH) {
        put_length(&cursor, message->content_length);
    } else if (wants_zero_length(message)) {
        put(&cursor, STR("Content-Length: 0\r\n"));
    }
    if (!options->keeps_connection || options->is_http_10 || message->accepts_trailers
        || message->upgrade.len > 0) {
        put_connection(&cursor, message, options);
    }
    end_head(to, &cursor);
}

static struct str reason_of(const struct message *message) {
    struct str reason = message->reason;

    return reason.len > 0 && byte_run(reason, BYTE_TEXT) == reason.len
        ? reason
        : status_reason(message->status);
}

static void put_status_line(struct cursor *to, const struct message *message) {
    unsigned status = message->status;
    char digits[] = { (char) ('0' + status / 100), (char) ('0' + status / 10 % 10),
                      (char) ('0' + status % 10), ' ' };

    CHECK(status >= 100 && status <= 999);
    put(to, STR("HTTP/1.1 "));
    put(to, str_make(digits, sizeof(digits)));
    put(to, reason_of(message));
    put(to, STR("\r\n"));
}

static void put_response_length(struct cursor *to, const struct message *message,
                                bool is_answer_to_head) {
    if (message->framing == FRAMING_LENGTH || message->has_length) {
        put_length(to, message->content_length);
    } else if (message->framing == FRAMING_NONE && message->status != 304 && !is_answer_to_head) {
        put(to, STR("Content-Length: 0\r\n"));
    }
}

static void put_keepalive(struct cursor *to, const struct h1_write_options *options) {
    if (options->keeps_connection && options->keepalive_s > 0) {
        put(to, STR("Keep-Alive: timeout="));
        CHECK(to->end - to->at >= NUMBER_DIGITS_MAX);
        to->at += format_decimal(to->at, options->keepalive_s);
        put(to, STR("\r\n"));
    }
}

void h1_write_response(struct buf *to, const struct message *message,
                       const struct h1_write_options *options) {
    struct cursor cursor = begin_head(to, message, message->reason.len);

    put_status_line(&cursor, message);
    put_fields(&cursor, message);
    if (options->is_chunked) {
        put(&cursor, STR("Transfer-Encoding: chunked\r\n"));
    } else if (status_has_length(message->status)) {
        put_response_length(&cursor, message, options->is_answer_to_head);
    }
    if (message->status == 101) {
        put(&cursor, STR("Connection: upgrade\r\n"));
        put_upgrade(&cursor, message);
    } else if (message->status >= 200) {
        put_keepalive(&cursor, options);
        put(&cursor, options->keeps_connection ? STR("Connection: keep-alive\r\n")
                                               : STR("Connection: close\r\n"));
    }
    end_head(to, &cursor);
}

void h1_write_trailers(struct buf *to, const struct message *trailers) {
    struct cursor cursor = begin_head(to, trailers, 0);

    put_fields(&cursor, trailers);
    end_head(to, &cursor);
}

size_t h1_format_chunk_head(char *text, size_t len) {
    size_t digits = format_hex(text, len);

    memcpy(text + digits, "\r\n", 2);
    return digits + 2;
}
