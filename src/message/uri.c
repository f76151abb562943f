/* SPDX-License-Identifier: BSD-2-Clause */
/* uri - the path of a request in its normal form, and back; see uri.h. */
#include "message/uri.h"

#include "base/number.h"

/* A path without escapes, dots behind a slash or double slashes is normal as it is. */
static bool is_normal(struct str path, bool merges_slashes) {
    size_t i;

    for (i = 0; i < path.len; i++) {
        char c = path.data[i];

        if (c == '%' || c == '\0'
            || (c == '/' && i + 1 < path.len
                && (path.data[i + 1] == '.' || (merges_slashes && path.data[i + 1] == '/')))) {
            return false;
        }
    }
    return true;
}

/* Decodes escapes into out. False for a broken one and for NUL. */
static bool decode(struct str path, char *out, size_t *len) {
    size_t i;

    *len = 0;
    for (i = 0; i < path.len; i++) {
        int c = (unsigned char) path.data[i];

        if (c == '%') {
            int high = i + 2 < path.len ? hex_digit(path.data[i + 1]) : -1;
            int low = i + 2 < path.len ? hex_digit(path.data[i + 2]) : -1;

            if (high < 0 || low < 0) {
                return false;
            }
            c = high * 16 + low;
            i += 2;
        }
        if (c == '\0') {
            return false;
        }
        out[(*len)++] = (char) c;
    }
    return true;
}

/* Drops the last segment of what was written; false at the root. */
static bool climb(const char *out, size_t *len) {
    if (*len <= 1) {
        return false;
    }
    (*len)--;
    while (out[*len - 1] != '/') {
        (*len)--;
    }
    return true;
}

/* Resolves "." and ".." and merges slashes, in place. */
static bool resolve(char *text, size_t *len, bool merges_slashes) {
    size_t at = 1, written = 1;

    while (at < *len) {
        struct str rest = str_make(text + at, *len - at);
        size_t segment = str_find_char(rest, '/');
        bool is_last = segment == rest.len;

        if (segment == 0 && merges_slashes) {
            at++;
            continue;
        }
        if (segment == 1 && rest.data[0] == '.') {
            at += is_last ? 1 : 2;
            continue;
        }
        if (segment == 2 && rest.data[0] == '.' && rest.data[1] == '.') {
            if (!climb(text, &written)) {
                return false;
            }
            at += is_last ? 2 : 3;
            continue;
        }
        segment += !is_last;
        memmove(text + written, text + at, segment);
        written += segment;
        at += segment;
    }
    *len = written;
    return true;
}

bool parse_uri(struct str target, bool merges_slashes, struct arena *arena, struct uri *uri) {
    struct str path = str_first(target, str_find_char(target, '#'));
    size_t question = str_find_char(path, '?'), len;
    char *text;

    uri->has_query = question < path.len;
    uri->query = uri->has_query ? str_from_byte(path, question + 1) : STR("");
    path = str_first(path, question);
    if (is_normal(path, merges_slashes)) {
        uri->path = path;
        return true;
    }
    text = arena_bytes(arena, path.len);
    if (!decode(path, text, &len) || !resolve(text, &len, merges_slashes)) {
        return false;
    }
    uri->path = str_make(text, len);
    return true;
}

/* '[' and ']' may stay, as in nginx. */
static bool must_be_escaped(unsigned char c) {
    return c <= ' ' || c >= 0x7f || strchr("\"#%<>?\\^`{|}", c) != NULL;
}

void uri_escape_path(struct buf *to, struct str path) {
    static const char digits[] = "0123456789ABCDEF";
    size_t i, run = 0;

    for (i = 0; i < path.len; i++) {
        unsigned char c = (unsigned char) path.data[i];

        if (must_be_escaped(c)) {
            char escape[3] = { '%', digits[c >> 4], digits[c & 15] };

            buf_append(to, str_make(path.data + run, i - run), BUF_SIZE_MAX);
            buf_append(to, str_make(escape, sizeof(escape)), BUF_SIZE_MAX);
            run = i + 1;
        }
    }
    buf_append(to, str_make(path.data + run, path.len - run), BUF_SIZE_MAX);
}
