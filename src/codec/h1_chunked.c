/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * h1_chunked - the pure parser of chunked bodies (RFC 9112 section 7.1); see h1_parse.h.
 *
 * Lines end in CR LF and in nothing else here: a bare LF in framing is how bodies are smuggled.
 */
#include "codec/h1_parse.h"

#include "base/number.h"

enum {
    STATE_SIZE,          /* hexadecimal digits */
    STATE_EXTENSION,     /* up to CR */
    STATE_SIZE_LF,
    STATE_DATA,
    STATE_DATA_CR,
    STATE_DATA_LF,
    STATE_TRAILER_START, /* first byte of a trailer line, or of the last line */
    STATE_TRAILER,
    STATE_TRAILER_LF,
    STATE_LAST_LF,
    STATE_END
};

enum {
    SIZE_DIGITS_MAX = 15,           /* fits an int64_t */
    EXTENSIONS_MAX = 4096,          /* bytes of all extensions, and of the trailers */
};

static bool take_digit(struct h1_chunked *chunked, int digit) {
    if (++chunked->line_len > SIZE_DIGITS_MAX) {
        return false;
    }
    chunked->left = chunked->left * 16 + (unsigned) digit;
    return true;
}

/* What follows the digits: an extension, blanks before one, or the end of the line. */
static int after_size(const struct h1_chunked *chunked, char c) {
    if (chunked->line_len == 0) {
        return -1;
    }
    if (c == '\r') {
        return STATE_SIZE_LF;
    }
    return c == ';' || c == ' ' || c == '\t' ? STATE_EXTENSION : -1;
}

static bool is_text(char c) {
    return c != '\n' && c != '\0';
}

/* The state after one byte of framing, or -1 for a bad one. */
static int next_state(struct h1_chunked *chunked, char c) {
    int digit;

    switch (chunked->state) {
    case STATE_SIZE:
        digit = hex_digit(c);
        if (digit < 0) {
            return after_size(chunked, c);
        }
        return take_digit(chunked, digit) ? STATE_SIZE : -1;
    case STATE_EXTENSION:
        if (c == '\r') {
            return STATE_SIZE_LF;
        }
        return is_text(c) && ++chunked->extension_len <= EXTENSIONS_MAX ? STATE_EXTENSION : -1;
    case STATE_SIZE_LF:
        chunked->line_len = 0;
        if (c != '\n') {
            return -1;
        }
        return chunked->left > 0 ? STATE_DATA : STATE_TRAILER_START;
    case STATE_DATA_CR:
        return c == '\r' ? STATE_DATA_LF : -1;
    case STATE_DATA_LF:
        return c == '\n' ? STATE_SIZE : -1;
    case STATE_TRAILER_START:
        if (c == '\r') {
            return STATE_LAST_LF;
        }
        return is_text(c) && c != ' ' && c != '\t' && c != ':' ? STATE_TRAILER : -1;
    case STATE_TRAILER:
        if (c == '\r') {
            return STATE_TRAILER_LF;
        }
        return is_text(c) && ++chunked->extension_len <= EXTENSIONS_MAX ? STATE_TRAILER : -1;
    case STATE_TRAILER_LF:
        return c == '\n' ? STATE_TRAILER_START : -1;
    case STATE_LAST_LF:
        return c == '\n' ? STATE_END : -1;
    default:
        return -1;
    }
}

enum h1_result h1_parse_chunked(struct h1_chunked *chunked, struct str bytes, size_t *consumed,
                                struct str *data) {
    size_t at = 0;

    *data = STR_NONE;
    while (at < bytes.len && chunked->state != STATE_DATA) {
        chunked->state = next_state(chunked, bytes.data[at++]);
        if (chunked->state < 0) {
            return H1_BAD;
        }
        if (chunked->state == STATE_END) {
            *consumed = at;
            return H1_OK;
        }
    }
    if (chunked->state == STATE_DATA) {
        *data = str_first(str_from_byte(bytes, at), chunked->left);
        chunked->left -= data->len;
        at += data->len;
        if (chunked->left == 0) {
            chunked->state = STATE_DATA_CR;
        }
    }
    *consumed = at;
    return H1_MORE;
}
