/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * str - the string view: bytes that somebody else owns, with their length.
 *
 * There is one string type in weir. A str never outlives the memory it points into and need not end
 * in a NUL byte. All functions are pure.
 */
#ifndef WEIR_BASE_STR_H
#define WEIR_BASE_STR_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct str {
    const char *data;
    size_t len;
};

/* A str of a string literal. */
#define STR(literal) ((struct str){ "" literal, sizeof(literal) - 1 })
#define STR_NONE ((struct str){ NULL, 0 })

/* printf("%.*s", STR_ARG(s)). The len is capped, as a negative one would mean "to the NUL byte". */
#define STR_ARG(s)                                                                                 \
    (int) ((s).len < INT_MAX ? (s).len : INT_MAX), (s).data != NULL ? (s).data : ""

static inline struct str str_make(const char *data, size_t len) {
    return (struct str){ data, len };
}

/* A str of a C string; NULL gives the empty one. */
static inline struct str str_from(const char *text) {
    return (struct str){ text, text != NULL ? strlen(text) : 0 };
}

static inline bool str_equal(struct str a, struct str b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* Whether s is the given C string. */
static inline bool str_is(struct str s, const char *text) {
    return str_equal(s, str_from(text));
}

static inline bool str_starts(struct str s, struct str prefix) {
    return s.len >= prefix.len && (prefix.len == 0 || memcmp(s.data, prefix.data, prefix.len) == 0);
}

static inline bool str_ends(struct str s, struct str suffix) {
    return s.len >= suffix.len
        && (suffix.len == 0 || memcmp(s.data + s.len - suffix.len, suffix.data, suffix.len) == 0);
}

/* From byte start on; start beyond the end gives the empty str at the end. */
static inline struct str str_from_byte(struct str s, size_t start) {
    if (start > s.len) {
        start = s.len;
    }
    if (start == 0) {
        return s; /* its data may be NULL, to which not even 0 may be added */
    }
    return (struct str){ s.data + start, s.len - start };
}

/* At most the first len bytes. */
static inline struct str str_first(struct str s, size_t len) {
    return (struct str){ s.data, len < s.len ? len : s.len };
}

/* ASCII only, whatever the locale. */
static inline char char_lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char) (c | 0x20) : c;
}

static inline bool char_is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool str_equal_nocase(struct str a, struct str b);
bool str_starts_nocase(struct str s, struct str prefix);

/* Order by bytes, then by length: <0, 0, >0. */
int str_compare(struct str a, struct str b);

/* Index of the first c, or s.len. */
size_t str_find_char(struct str s, char c);

/* Index of the last c, or s.len. */
size_t str_find_last_char(struct str s, char c);

/* Index of the first occurrence of what, or s.len. An empty what is found at 0. */
size_t str_find(struct str s, struct str what);

/* Without spaces and tabs at both ends. */
struct str str_trim(struct str s);

/*
 * Takes the part before the first separator from *rest and moves *rest behind it; *rest becomes
 * STR_NONE with the last part. Returns false for STR_NONE. "a,,b" gives "a", "", "b"; "" gives "".
 */
bool str_take_part(struct str *rest, char separator, struct str *part);

/*
 * Edits that turn a into b (insert, delete, replace, swap of neighbours), no more than limit + 1.
 * For "did you mean" messages; strings over 64 bytes count as different by limit + 1, which must
 * not overflow.
 */
unsigned str_distance(struct str a, struct str b, unsigned limit);

#endif
