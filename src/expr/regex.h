/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * regex - regular expressions (PCRE2, with its JIT where the system allows).
 *
 * The only file that knows PCRE2. Every match has a limit, so no pattern and no subject can hold
 * the loop; a match that ran into it counts as no match and is logged once a second.
 */
#ifndef WEIR_EXPR_REGEX_H
#define WEIR_EXPR_REGEX_H

#include "conf/conf.h"
#include "expr/variable.h"

enum { REGEX_CAPTURES_MAX = 64 };

struct regex;

/* Compiles the pattern; NULL with an error at the word (offset shown in the message). Named groups
 * become variables of the block's family. */
struct regex *regex_compile(struct conf *conf, const struct conf_block *block,
                            const struct conf_line *line, unsigned word, struct str pattern,
                            bool is_nocase);

/*
 * Whether subject matches. On a match the scope's captures and the variables of named groups are
 * set (subject must live as long as the scope); scope may be NULL: then nothing is set.
 */
bool regex_match(const struct regex *regex, struct str subject, struct scope *scope);

/* The same for an `if` or a `rewrite`: the scope's events are told, and there are no captures where
 * there is no match. */
bool regex_try(const struct regex *regex, struct str subject, struct scope *scope);

/* Whether the patterns of this configuration that follow are compiled to machine code (pcre_jit);
 * they are unless told otherwise. */
void regex_set_jit(struct conf *conf, bool is_on);

/* The PCRE2 that runs, such as "10.42 2022-12-11"; for -V. */
const char *regex_version(void);

#endif
