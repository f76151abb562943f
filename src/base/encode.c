/* SPDX-License-Identifier: BSD-2-Clause */
/* encode - text made safe for where it goes; see encode.h. */
#include "base/encode.h"

#include "base/panic.h"

#include <stdint.h>

static void append(struct buf *to, struct str text) {
    bool fits = buf_append(to, text, BUF_SIZE_MAX);

    CHECK(fits);
}

static size_t escape_hex(char *out, const char *prefix, unsigned char c, const char *digits) {
    size_t len = strlen(prefix);

    memcpy(out, prefix, len);
    out[len] = digits[c >> 4];
    out[len + 1] = digits[c & 15];
    return len + 2;
}

/* The escape of c in out; 0 where c stays as it is. */
static size_t escape_log(char *out, unsigned char c) {
    if (c >= 32 && c < 127 && c != '"' && c != '\\') {
        return 0;
    }
    return escape_hex(out, "\\x", c, "0123456789ABCDEF");
}

static size_t escape_json(char *out, unsigned char c) {
    static const char from[] = "\"\\\n\r\t\b\f", to[] = "\"\\nrtbf";
    const char *at = c != '\0' ? strchr(from, c) : NULL;

    if (at != NULL) {
        out[0] = '\\';
        out[1] = to[at - from];
        return 2;
    }
    return c < 32 ? escape_hex(out, "\\u00", c, "0123456789ABCDEF") : 0;
}

#define BYTES(byte) (UINT64_C(0x0101010101010101) * (byte))
#define HIGH_BITS BYTES(0x80)

/* Whether one of eight bytes is 0. */
static inline bool has_zero(uint64_t bytes) {
    return ((bytes - BYTES(1)) & ~bytes & HIGH_BITS) != 0;
}

/* Whether eight bytes stay as they are, in a log and in JSON. */
static inline bool is_plain_8(const char *text) {
    uint64_t bytes;

    memcpy(&bytes, text, sizeof(bytes));
    return ((bytes | (bytes - BYTES(32))) & HIGH_BITS) == 0 && !has_zero(bytes ^ BYTES('"'))
        && !has_zero(bytes ^ BYTES('\\')) && !has_zero(bytes ^ BYTES(127));
}

/* Whether all of a text does, as nearly all that is logged. The last eight bytes overlap those
 * before. */
static bool is_plain(struct str text) {
    size_t i;

    if (text.len < 8) {
        for (i = 0; i < text.len; i++) {
            unsigned char c = (unsigned char) text.data[i];

            if (c < 32 || c > 126 || c == '"' || c == '\\') {
                return false;
            }
        }
        return true;
    }
    for (i = 0; i < text.len - 8; i += 8) {
        if (!is_plain_8(text.data + i)) {
            return false;
        }
    }
    return is_plain_8(text.data + text.len - 8);
}

/* Runs of bytes that stay as they are go over in one piece. */
static void encode_with(struct buf *to, struct str text, size_t (*escape)(char *, unsigned char)) {
    char out[ENCODE_EXPANSION_MAX];
    size_t i, run = 0;

    for (i = 0; i < text.len; i++) {
        size_t len = escape(out, (unsigned char) text.data[i]);

        if (len > 0) {
            append(to, str_make(text.data + run, i - run));
            append(to, str_make(out, len));
            run = i + 1;
        }
    }
    append(to, str_from_byte(text, run));
}

void encode(struct buf *to, enum encoding encoding, struct str text) {
    if (encoding == ENCODE_NONE || is_plain(text)) {
        append(to, text);
    } else {
        encode_with(to, text, encoding == ENCODE_JSON ? escape_json : escape_log);
    }
}

static int base64_digit(char c) {
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (char_is_digit(c)) {
        return c - '0' + 52;
    }
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool decode_base64(struct str text, char *out, size_t *len) {
    unsigned bits = 0, count = 0;
    size_t i;

    *len = 0;
    while (text.len > 0 && text.data[text.len - 1] == '=') {
        text.len--;
    }
    for (i = 0; i < text.len; i++) {
        int digit = base64_digit(text.data[i]);

        if (digit < 0) {
            return false;
        }
        bits = bits << 6 | (unsigned) digit;
        count += 6;
        if (count >= 8) {
            count -= 8;
            out[(*len)++] = (char) (bits >> count & 0xff);
        }
    }
    return text.len % 4 != 1;
}
