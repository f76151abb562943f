/* SPDX-License-Identifier: BSD-2-Clause */
/* str - the string view; see str.h. */
#include "base/str.h"

enum { STR_DISTANCE_MAX = 64 };

static bool bytes_equal_nocase(const char *a, const char *b, size_t len) {
    size_t i;

    for (i = 0; i < len; i++) {
        if (char_lower(a[i]) != char_lower(b[i])) {
            return false;
        }
    }
    return true;
}

bool str_equal_nocase(struct str a, struct str b) {
    return a.len == b.len && bytes_equal_nocase(a.data, b.data, a.len);
}

bool str_starts_nocase(struct str s, struct str prefix) {
    return s.len >= prefix.len && bytes_equal_nocase(s.data, prefix.data, prefix.len);
}

int str_compare(struct str a, struct str b) {
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len > 0 ? memcmp(a.data, b.data, len) : 0;

    if (order != 0) {
        return order;
    }
    return (a.len > b.len) - (a.len < b.len);
}

size_t str_find_char(struct str s, char c) {
    const char *at = s.len > 0 ? memchr(s.data, c, s.len) : NULL;

    return at != NULL ? (size_t) (at - s.data) : s.len;
}

size_t str_find_last_char(struct str s, char c) {
    const char *at = s.len > 0 ? memrchr(s.data, c, s.len) : NULL;

    return at != NULL ? (size_t) (at - s.data) : s.len;
}

size_t str_find(struct str s, struct str what) {
    const char *at;

    if (what.len == 0) {
        return 0;
    }
    at = s.len > 0 ? memmem(s.data, s.len, what.data, what.len) : NULL;
    return at != NULL ? (size_t) (at - s.data) : s.len;
}

struct str str_trim(struct str s) {
    while (s.len > 0 && (s.data[0] == ' ' || s.data[0] == '\t')) {
        s.data++;
        s.len--;
    }
    while (s.len > 0 && (s.data[s.len - 1] == ' ' || s.data[s.len - 1] == '\t')) {
        s.len--;
    }
    return s;
}

bool str_take_part(struct str *rest, char separator, struct str *part) {
    size_t at;

    if (rest->data == NULL) {
        return false;
    }
    at = str_find_char(*rest, separator);
    *part = str_first(*rest, at);
    *rest = at < rest->len ? str_from_byte(*rest, at + 1) : STR_NONE;
    return true;
}

static unsigned min3(unsigned a, unsigned b, unsigned c) {
    unsigned low = a < b ? a : b;

    return low < c ? low : c;
}

unsigned str_distance(struct str a, struct str b, unsigned limit) {
    /* Three rows of the usual table: two before the current one, for swapped neighbours. */
    unsigned rows[3][STR_DISTANCE_MAX + 1];
    size_t i, j;

    if (a.len > STR_DISTANCE_MAX || b.len > STR_DISTANCE_MAX) {
        return limit + 1;
    }
    for (j = 0; j <= b.len; j++) {
        rows[0][j] = (unsigned) j;
    }
    for (i = 1; i <= a.len; i++) {
        unsigned *row = rows[i % 3], *above = rows[(i + 2) % 3], *above2 = rows[(i + 1) % 3];

        row[0] = (unsigned) i;
        for (j = 1; j <= b.len; j++) {
            unsigned replace = above[j - 1] + (a.data[i - 1] != b.data[j - 1]);

            row[j] = min3(above[j] + 1, row[j - 1] + 1, replace);
            if (i > 1 && j > 1 && a.data[i - 1] == b.data[j - 2]
                && a.data[i - 2] == b.data[j - 1] && above2[j - 2] + 1 < row[j]) {
                row[j] = above2[j - 2] + 1;
            }
        }
    }
    return rows[a.len % 3][b.len] <= limit ? rows[a.len % 3][b.len] : limit + 1;
}
