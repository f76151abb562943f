/* SPDX-License-Identifier: BSD-2-Clause */
/* regex_literal - what matches of a pattern begin and end with; see regex_literal.h. */
#include "expr/regex_literal.h"

#include <string.h>

/* A walk over a pattern, token by token. */
struct walk {
    struct str rest;
    char *text;        /* where plain bytes are copied to */
    size_t start, len; /* the run of them that the walk is in */
    unsigned depth;    /* of groups */
    bool is_first;     /* nothing but "^" stood before the run */
};

enum token {
    TOKEN_PLAIN, /* one byte that stands for itself */
    TOKEN_OTHER,
    TOKEN_END,   /* the "$" at the end */
    TOKEN_ODD    /* it may change what all the rest means */
};

/* Bytes of "[...]" at the start of the text; 0: it is not closed. */
static size_t class_len(struct str text) {
    size_t at = 1 + (text.len > 1 && text.data[1] == '^');

    at += at < text.len && text.data[at] == ']';
    while (at < text.len && text.data[at] != ']') {
        /* "[:alpha:]" inside holds a "]" of its own. */
        if (text.data[at] == '[') {
            return 0;
        }
        at += text.data[at] == '\\' ? 2 : 1;
    }
    return at < text.len ? at + 1 : 0;
}

/* Only groups of these kinds leave the pattern around them as it is. */
static bool is_plain_group(struct str rest) {
    return !str_starts(rest, STR("(*"))
        && (!str_starts(rest, STR("(?")) || str_starts(rest, STR("(?:"))
            || str_starts(rest, STR("(?<")) || str_starts(rest, STR("(?P<")));
}

static enum token read_escape(struct str rest, size_t *len, char *byte) {
    *len = 2;
    if (rest.len < 2) {
        return TOKEN_ODD;
    }
    *byte = rest.data[1];
    if (!char_is_digit(*byte) && (char_lower(*byte) < 'a' || char_lower(*byte) > 'z')) {
        return TOKEN_PLAIN;
    }
    return strchr("dDsSwWbBhHvVrnt", *byte) != NULL ? TOKEN_OTHER : TOKEN_ODD;
}

/* What comes next in the pattern, how many bytes of it, and the byte of TOKEN_PLAIN. */
static enum token read_token(struct walk *walk, size_t *len, char *byte) {
    struct str rest = walk->rest;

    *len = 1;
    *byte = rest.data[0];
    switch (*byte) {
    case '\\':
        return read_escape(rest, len, byte);
    case '[':
        *len = class_len(rest);
        return *len > 0 ? TOKEN_OTHER : TOKEN_ODD;
    case '(':
        walk->depth++;
        return is_plain_group(rest) ? TOKEN_OTHER : TOKEN_ODD;
    case ')':
        if (walk->depth == 0) {
            return TOKEN_ODD;
        }
        walk->depth--;
        return TOKEN_OTHER;
    case '|':
        return walk->depth > 0 ? TOKEN_OTHER : TOKEN_ODD;
    case '$':
        return rest.len == 1 && walk->depth == 0 ? TOKEN_END : TOKEN_OTHER;
    case '^':
    case '.':
    case '*':
    case '+':
    case '?':
    case '{':
    case '}':
        return TOKEN_OTHER;
    default:
        return *byte != '\0' ? TOKEN_PLAIN : TOKEN_ODD;
    }
}

static bool is_repeated(struct str rest) {
    return rest.len > 0 && strchr("*+?{", rest.data[0]) != NULL;
}

static struct str run_of(const struct walk *walk) {
    return str_make(walk->text + walk->start, walk->len);
}

static void end_run(struct walk *walk, struct regex_literal *literal) {
    if (walk->is_first) {
        literal->prefix = run_of(walk);
        walk->is_first = false;
    }
    walk->start += walk->len;
    walk->len = 0;
}

/* False: nothing can be told of it. */
static bool walk_on(struct walk *walk, struct regex_literal *literal) {
    while (walk->rest.len > 0) {
        char byte;
        size_t len;
        enum token token = read_token(walk, &len, &byte);

        walk->rest = str_from_byte(walk->rest, len);
        if (token == TOKEN_ODD) {
            return false;
        }
        if (token == TOKEN_END) {
            literal->suffix = run_of(walk);
        }
        if (token == TOKEN_PLAIN && walk->depth == 0 && !is_repeated(walk->rest)) {
            walk->text[walk->start + walk->len++] = byte;
        } else {
            end_run(walk, literal);
        }
    }
    end_run(walk, literal);
    return true;
}

void regex_literal_find(struct regex_literal *literal, struct str pattern, struct arena *arena) {
    struct walk walk = { .rest = pattern, .text = arena_bytes(arena, pattern.len + 1) };

    *literal = (struct regex_literal){ STR(""), STR("") };
    if (str_starts(pattern, STR("^"))) {
        walk.is_first = true;
        walk.rest = str_from_byte(pattern, 1);
    }
    if (!walk_on(&walk, literal)) {
        *literal = (struct regex_literal){ STR(""), STR("") };
    }
}
