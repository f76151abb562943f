/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * condition - what stands in the parentheses of `if`.
 *
 *     ($a)                                  is there, and neither empty nor "0"
 *     ($a = text) ($a != text)              the text may name variables and captures
 *     ($a ~ regex) ~* !~ !~*                the expression names none; "*": case has no meaning
 *     (-f path) -d -e -x, each with a "!"   a file, a folder, either, executable by its owner
 *
 * The parentheses may stand apart or touch what is inside, as in nginx; all else is words.
 */
#ifndef WEIR_EXPR_CONDITION_H
#define WEIR_EXPR_CONDITION_H

#include "expr/variable.h"

enum condition_kind { CONDITION_HOLDS, CONDITION_EQUALS, CONDITION_MATCHES, CONDITION_FILE };

enum condition_file { CONDITION_IS_FILE, CONDITION_IS_FOLDER, CONDITION_EXISTS, CONDITION_CAN_RUN };

/* A condition taken apart; the texts are parts of the words. */
struct condition_parts {
    enum condition_kind kind;
    bool is_negated;
    bool is_nocase;                      /* of CONDITION_MATCHES */
    enum condition_file file;            /* of CONDITION_FILE */
    struct str variable;                 /* without its $; not of CONDITION_FILE */
    struct str operand;                  /* the text, the expression, the path */
    unsigned variable_word, operand_word; /* their words, from 0 */
};

enum condition_verdict {
    CONDITION_GOOD,
    CONDITION_BAD,          /* wrong from *wrong on */
    CONDITION_BAD_OPERATOR  /* *wrong is no operator */
};

/*
 * Takes the words behind `if` apart; pure. *wrong is the text that the error names, *wrong_word its
 * word.
 */
enum condition_verdict parse_condition(const struct str *words, unsigned count,
                                       struct condition_parts *parts, struct str *wrong,
                                       unsigned *wrong_word);

struct condition;

/* Compiles the words of an `if` line; NULL with an error at the word that is wrong. */
const struct condition *condition_compile(struct conf *conf, const struct conf_block *block,
                                          const struct conf_line *line);

/* Asks for a file: path has a NUL byte behind it and none in it. */
typedef bool condition_file_test(struct scope *scope, enum condition_file what, const char *path);

/* The test that asks the file system each time. It may wait for the disk. */
condition_file_test condition_stat;

/*
 * Whether it is true in this scope. An expression that matches sets the scope's captures and named
 * groups, also behind a "!"; one that does not leaves no captures. escapes: captures in the text or
 * path stand there escaped (`template_text_escaped()`).
 */
bool condition_is_true(const struct condition *condition, struct scope *scope, bool escapes,
                       condition_file_test *test_file);

#endif
