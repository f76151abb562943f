/* SPDX-License-Identifier: BSD-2-Clause */
/* authority - "host:port" in pieces; see authority.h. */
#include "message/authority.h"

#include "base/number.h"
#include "message/byte_class.h"

/* Bytes of the name at the start; 0 if it is none. */
static size_t name_len(struct str text, bool *has_capitals) {
    unsigned classes = 0, before = 0;
    size_t len;

    for (len = 0; len < text.len; len++) {
        unsigned class = byte_classes[(unsigned char) text.data[len]];

        if ((class & BYTE_HOST) == 0) {
            break;
        }
        if ((class & before & BYTE_DOT) != 0) {
            return 0;
        }
        before = class;
        classes |= class;
    }
    *has_capitals = (classes & BYTE_CAPITAL) != 0;
    return len == 1 && text.data[0] == '.' ? 0 : len;
}

/* The same of "[...]". Whether it is an address is for those to say who connect to it. */
static size_t literal_len(struct str text, bool *has_capitals) {
    size_t len;

    for (len = 1; len < text.len; len++) {
        char c = text.data[len];

        if (c == ']') {
            return len > 2 ? len + 1 : 0;
        }
        *has_capitals |= char_lower(c) != c;
        if (hex_digit(c) < 0 && c != ':' && c != '.') {
            return 0;
        }
    }
    return 0;
}

/* Host names are compared in many places, so they are lower case everywhere. */
static struct str in_lower_case(struct arena *arena, struct str name) {
    char *lower = arena_bytes(arena, name.len);
    size_t i;

    for (i = 0; i < name.len; i++) {
        lower[i] = char_lower(name.data[i]);
    }
    return str_make(lower, name.len);
}

bool parse_authority(struct str text, struct arena *arena, struct str *host, uint16_t *port) {
    bool has_capitals = false;
    size_t len = text.len > 0 && text.data[0] == '[' ? literal_len(text, &has_capitals)
                                                     : name_len(text, &has_capitals);
    struct str rest = str_from_byte(text, len);
    uint16_t number = 0;

    if (len == 0 || (rest.len > 0 && rest.data[0] != ':')
        || (rest.len > 1 && !parse_port(str_from_byte(rest, 1), &number))) {
        return false;
    }
    *host = str_first(text, text.data[len - 1] == '.' ? len - 1 : len);
    if (has_capitals) {
        *host = in_lower_case(arena, *host);
    }
    *port = number;
    return true;
}
