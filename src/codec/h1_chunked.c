/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * h1_chunked - the pure parser of chunked bodies (RFC 9112 section 7.1); see h1_parse.h.
 *
 * Lines end in CR LF and in nothing else here: a bare LF in framing is how bodies are smuggled.
 */
#include "codec/h1_parse.h"

#include "base/number.h"
#include "message/byte_class.h"

enum {
    STATE_SIZE,          /* hexadecimal digits */
    STATE_BLANK,         /* behind them, where some senders pad */
    STATE_EXTENSION,     /* up to CR */
    STATE_SIZE_LF,
    STATE_DATA,
    STATE_DATA_CR,
    STATE_DATA_LF,
    STATE_TRAILER_START, /* first byte of a trailer line, or of the last line */
    STATE_TRAILER_NAME,
    STATE_TRAILER_VALUE,
    STATE_TRAILER_LF,
    STATE_LAST_LF,
    STATE_END,
    STATE_BAD
};

enum {
    SIZE_DIGITS_MAX = 15, /* fits an int64_t */
    EXCESS_MAX = 4096     /* bytes of extensions and trailers beyond those of the body */
};

static int after_digit(struct h1_chunked *chunked, int digit) {
    if (++chunked->digits > SIZE_DIGITS_MAX) {
        return STATE_BAD;
    }
    chunked->left = chunked->left * 16 + (unsigned) digit;
    return STATE_SIZE;
}

/* The size is known: an extension, blanks before one, or the end of the line. */
static int after_size(const struct h1_chunked *chunked, char c) {
    if (chunked->digits == 0) {
        return STATE_BAD;
    }
    switch (c) {
    case '\r':
        return STATE_SIZE_LF;
    case ';':
        return STATE_EXTENSION;
    case ' ':
    case '\t':
        return STATE_BLANK;
    default:
        return STATE_BAD;
    }
}

/* One more byte of what is not looked at, or the CR behind it. */
static int after_text(char c, int state, int state_lf) {
    if (c == '\r') {
        return state_lf;
    }
    return c == '\n' || c == '\0' ? STATE_BAD : state;
}

static int after_trailer_start(char c) {
    if (c == '\r') {
        return STATE_LAST_LF;
    }
    return byte_is(c, BYTE_TOKEN) ? STATE_TRAILER_NAME : STATE_BAD;
}

static int after_trailer_name(char c) {
    if (c == ':') {
        return STATE_TRAILER_VALUE;
    }
    return byte_is(c, BYTE_TOKEN) ? STATE_TRAILER_NAME : STATE_BAD;
}

/* The state after one byte of framing. */
static int next_state(struct h1_chunked *chunked, char c) {
    int digit;

    switch (chunked->state) {
    case STATE_SIZE:
        digit = hex_digit(c);
        return digit >= 0 ? after_digit(chunked, digit) : after_size(chunked, c);
    case STATE_BLANK:
        return after_size(chunked, c);
    case STATE_EXTENSION:
        return after_text(c, STATE_EXTENSION, STATE_SIZE_LF);
    case STATE_SIZE_LF:
        chunked->digits = 0;
        if (c != '\n') {
            return STATE_BAD;
        }
        return chunked->left > 0 ? STATE_DATA : STATE_TRAILER_START;
    case STATE_DATA_CR:
        return c == '\r' ? STATE_DATA_LF : STATE_BAD;
    case STATE_DATA_LF:
        return c == '\n' ? STATE_SIZE : STATE_BAD;
    case STATE_TRAILER_START:
        return after_trailer_start(c);
    case STATE_TRAILER_NAME:
        return after_trailer_name(c);
    case STATE_TRAILER_VALUE:
        return after_text(c, STATE_TRAILER_VALUE, STATE_TRAILER_LF);
    case STATE_TRAILER_LF:
        return c == '\n' ? STATE_TRAILER_START : STATE_BAD;
    case STATE_LAST_LF:
        return c == '\n' ? STATE_END : STATE_BAD;
    default:
        return STATE_BAD;
    }
}

/* Counts a byte of what a body need not have; false when there is too much of it. */
static bool is_bearable(struct h1_chunked *chunked) {
    switch (chunked->state) {
    case STATE_BLANK:
    case STATE_EXTENSION:
    case STATE_TRAILER_NAME:
    case STATE_TRAILER_VALUE:
        return ++chunked->excess <= EXCESS_MAX;
    default:
        return chunked->state != STATE_BAD;
    }
}

static struct str take_data(struct h1_chunked *chunked, struct str bytes) {
    struct str data = str_first(bytes, chunked->left);

    chunked->left -= data.len;
    chunked->excess -= chunked->excess < data.len ? chunked->excess : (uint32_t) data.len;
    if (chunked->left == 0) {
        chunked->state = STATE_DATA_CR;
    }
    return data;
}

enum h1_result h1_parse_chunked(struct h1_chunked *chunked, struct str bytes, size_t *consumed,
                                struct str *data) {
    size_t at = 0;

    *data = STR_NONE;
    while (at < bytes.len && chunked->state != STATE_DATA) {
        chunked->state = next_state(chunked, bytes.data[at++]);
        if (!is_bearable(chunked)) {
            chunked->state = STATE_BAD;
            return H1_BAD;
        }
        if (chunked->state == STATE_TRAILER_START && chunked->tells_trailers
            && !chunked->is_trailer) {
            chunked->is_trailer = true;
            break;
        }
        if (chunked->state == STATE_END) {
            *consumed = at;
            return H1_OK;
        }
    }
    if (chunked->state == STATE_DATA) {
        *data = take_data(chunked, str_from_byte(bytes, at));
        at += data->len;
    }
    *consumed = at;
    return H1_MORE;
}
