/* SPDX-License-Identifier: BSD-2-Clause */
/* lexer - bytes to words; see lexer.h. */
#include "conf/lexer.h"

void lexer_init(struct lexer *lexer) {
    *lexer = (struct lexer){ .line = 1, .column = 1 };
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void pass_newline(struct lexer *lexer) {
    lexer->line++;
    lexer->column = 1;
    lexer->is_in_comment = false;
    lexer->is_line_used = false;
}

/* Passes over blanks and comments; returns how many bytes. */
static size_t skip_blanks(struct lexer *lexer, struct str bytes) {
    size_t at, comment;

    for (at = 0; at < bytes.len; at++) {
        if (bytes.data[at] == ' ' && !lexer->is_in_comment) {
            lexer->column++;
            lexer->is_behind_quote = false;
            continue;
        }
        if (lexer->is_in_comment) {
            comment = str_find_char(str_from_byte(bytes, at), '\n');
            lexer->column += (uint32_t) comment;
            at += comment;
            if (at == bytes.len) {
                break;
            }
        }
        if (bytes.data[at] == '\n') {
            pass_newline(lexer);
        } else if (bytes.data[at] == '#' && !lexer->is_behind_quote) {
            lexer->is_in_comment = true;
            lexer->column++;
        } else if (is_blank(bytes.data[at])) {
            lexer->column++;
        } else {
            break;
        }
        lexer->is_behind_quote = false;
    }
    return at;
}

/* What may end a word without quotes, and what changes the meaning of the byte behind it. */
static const bool is_special[256] = {
    [' '] = true, ['\t'] = true, ['\r'] = true, ['\n'] = true,
    [';'] = true, ['{'] = true, ['$'] = true, ['\\'] = true
};

/* Length of the word that begins at the first byte: up to a blank, ";" or a "{" that is not part of
 * "${"; all of bytes if it has no end there. */
static size_t find_plain_end(struct str bytes, bool *has_escape) {
    bool is_variable = false;
    size_t at;

    for (at = 0; at < bytes.len; at++) {
        char c = bytes.data[at];

        if (!is_special[(unsigned char) c]) {
            is_variable = false;
            continue;
        }
        if (c == '{' && is_variable) {
            continue;
        }
        if (c != '$' && c != '\\') {
            return at;
        }
        is_variable = c == '$';
        if (c == '\\') {
            *has_escape = true;
            at++;
        }
    }
    return bytes.len;
}

/* Index of the closing quote of the text that begins at the first byte, or bytes.len. */
static size_t find_quoted_end(struct str bytes, char quote, bool *has_escape) {
    size_t at;

    for (at = 0; at < bytes.len && bytes.data[at] != quote; at++) {
        if (bytes.data[at] == '\\') {
            *has_escape = true;
            at++;
        }
    }
    return at < bytes.len ? at : bytes.len;
}

/* Moves the place over a word, which may have line ends in it. */
static void pass_word(struct lexer *lexer, struct str source) {
    size_t end;

    while ((end = str_find_char(source, '\n')) < source.len) {
        pass_newline(lexer);
        source = str_from_byte(source, end + 1);
    }
    lexer->column += (uint32_t) source.len;
    lexer->is_line_used = true;
}

/* A token of len bytes in the source has been found at the start of rest. */
static enum lexer_token finish(struct lexer *lexer, struct str rest, size_t len,
                               struct lexer_found *found, enum lexer_token token) {
    found->consumed += len;
    found->source_len = (uint32_t) len;
    pass_word(lexer, str_first(rest, len));
    return token;
}

static enum lexer_token next_word(struct lexer *lexer, struct str rest, bool is_last,
                                  struct lexer_found *found) {
    bool is_quoted = rest.data[0] == '"' || rest.data[0] == '\'';
    struct str inside = str_from_byte(rest, is_quoted);
    bool has_end;

    found->quote = is_quoted ? rest.data[0] : '\0';
    found->text.data = inside.data;
    found->text.len = is_quoted ? find_quoted_end(inside, found->quote, &found->has_escape)
                                : find_plain_end(inside, &found->has_escape);
    has_end = found->text.len < inside.len;
    if (found->text.len > LEXER_WORD_MAX) {
        found->text.len = LEXER_WORD_MAX;
        return finish(lexer, rest, LEXER_WORD_MAX + is_quoted, found, LEXER_TOO_LONG);
    }
    if (!has_end && !is_last) {
        return LEXER_MORE;
    }
    if (is_quoted && !has_end) {
        return finish(lexer, rest, rest.len, found, LEXER_UNTERMINATED);
    }
    lexer->is_behind_quote = is_quoted;
    return finish(lexer, rest, is_quoted ? found->text.len + 2 : found->text.len, found,
                  LEXER_WORD);
}

enum lexer_token lexer_next(struct lexer *lexer, struct str bytes, bool is_last,
                            struct lexer_found *found) {
    size_t blanks = skip_blanks(lexer, bytes);
    struct str rest = str_from_byte(bytes, blanks);
    bool was_quote = lexer->is_behind_quote;

    *found = (struct lexer_found){ .consumed = blanks, .line = lexer->line,
                                   .column = lexer->column, .is_first = !lexer->is_line_used };
    if (rest.len == 0) {
        return is_last ? LEXER_END : LEXER_MORE;
    }
    lexer->is_behind_quote = false;
    switch (rest.data[0]) {
    case ';':
        return finish(lexer, rest, 1, found, LEXER_SEMICOLON);
    case '{':
        return finish(lexer, rest, 1, found, LEXER_OPEN);
    case ')':
        return next_word(lexer, rest, is_last, found);
    default:
        if (was_quote) {
            found->source_len = 1;
            return LEXER_UNEXPECTED;
        }
    }
    return rest.data[0] == '}' ? finish(lexer, rest, 1, found, LEXER_CLOSE)
                               : next_word(lexer, rest, is_last, found);
}

/* What a backslash and c stand for, or 0 where both stay. */
static char escaped(char c) {
    switch (c) {
    case '"':
    case '\'':
    case '\\':
        return c;
    case 't':
        return '\t';
    case 'r':
        return '\r';
    case 'n':
        return '\n';
    default:
        return '\0';
    }
}

size_t lexer_unescape(struct str text, char *to) {
    size_t at, len = 0;

    for (at = 0; at < text.len; at++) {
        char c = text.data[at];

        if (c == '\\' && at + 1 < text.len && escaped(text.data[at + 1]) != '\0') {
            at++;
            c = escaped(text.data[at]);
        }
        to[len++] = c;
    }
    return len;
}
