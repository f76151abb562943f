/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lexer - bytes of a configuration to words and the marks between them, by nginx's rules.
 *
 * A quote counts only where a word begins; behind its end stands a blank, ";", "{" or ")". A
 * backslash takes the next byte along, "${" does not open a block, and "#" begins a comment only
 * where a word could begin. Blanks are space, tab, CR and LF; all other bytes are parts of words.
 */
#ifndef WEIR_CONF_LEXER_H
#define WEIR_CONF_LEXER_H

#include "base/str.h"

#include <stdint.h>

/* Bytes of a word in the source, quotes not counted; as in nginx, so that a missing quote is
 * noticed before the whole file is one word. */
enum { LEXER_WORD_MAX = 4095 };

enum lexer_token {
    LEXER_WORD,
    LEXER_SEMICOLON,
    LEXER_OPEN,
    LEXER_CLOSE,
    LEXER_END,          /* only with is_last: there is nothing more */
    LEXER_MORE,         /* the next token is not complete */
    LEXER_UNEXPECTED,   /* bad: this byte may not follow a quote; the next token begins with it */
    LEXER_UNTERMINATED, /* bad: a quote without its end; only with is_last */
    LEXER_TOO_LONG      /* bad: a word over LEXER_WORD_MAX */
};

/* Where the reading is. */
struct lexer {
    uint32_t line, column;  /* of the next byte, from 1 */
    bool is_in_comment;
    bool is_behind_quote;
    bool is_line_used;      /* a token stood on this line already */
};

/* What was found and where. */
struct lexer_found {
    size_t consumed;     /* bytes to take off the input, blanks before the token included */
    struct str text;     /* a word's bytes in the input, without quotes, with escapes */
    uint32_t line, column;
    uint32_t source_len; /* with quotes */
    char quote;          /* the quote of a word, or 0 */
    bool is_first;       /* the first token on its line */
    bool has_escape;
};

void lexer_init(struct lexer *lexer);

/*
 * Finds the next token in bytes, the input not yet consumed. is_last: no more will come. After
 * LEXER_UNTERMINATED and LEXER_TOO_LONG there is no use in going on.
 */
enum lexer_token lexer_next(struct lexer *lexer, struct str bytes, bool is_last,
                            struct lexer_found *found);

/* The text of a word without its escapes (\" \' \\ \t \r \n; others stay as they are) to `to`,
 * which has room for text.len bytes; returns the length. */
size_t lexer_unescape(struct str text, char *to);

#endif
