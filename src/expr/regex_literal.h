/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * regex_literal - the plain text that whatever matches a pattern begins and ends with, as far as
 * that is easily told: "/a/" of "^/a/(.*)", ".php" of "\.php$". Most paths lack it, and are spared
 * the match.
 */
#ifndef WEIR_EXPR_REGEX_LITERAL_H
#define WEIR_EXPR_REGEX_LITERAL_H

#include "base/arena.h"

#include <stdbool.h>

struct regex_literal {
    struct str prefix, suffix; /* empty: nothing is told */
};

/* Of a pattern for which case counts and that is good. The texts are in the arena. */
void regex_literal_find(struct regex_literal *literal, struct str pattern, struct arena *arena);

/* False: the subject cannot match. */
static inline bool regex_literal_fits(const struct regex_literal *literal, struct str subject) {
    /* "$" is also in front of a newline at the end. */
    return str_starts(subject, literal->prefix)
        && (literal->suffix.len == 0 || str_ends(subject, literal->suffix)
            || str_ends(subject, STR("\n")));
}

#endif
