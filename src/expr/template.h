/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * template - text with variables in it, compiled with the configuration.
 *
 * "$a", "${a}b", "$1" and plain text. A template without variables is a constant: who has one looks
 * at is_constant first and uses the text, so that constants never go through the variable engine.
 */
#ifndef WEIR_EXPR_TEMPLATE_H
#define WEIR_EXPR_TEMPLATE_H

#include "expr/variable.h"

struct template_part;

struct template {
    bool is_constant;
    struct str text;  /* of a constant; the source text otherwise */
    struct template_part *parts;
    unsigned part_count;
};

/* Compiles a word of a line. NULL with an error at the word. The template is the arena's. */
struct template *template_compile(struct conf *conf, const struct conf_block *block,
                                  const struct conf_line *line, unsigned word);

/* The same for text that is part of a word. */
struct template *template_compile_text(struct conf *conf, const struct conf_block *block,
                                       const struct conf_line *line, unsigned word,
                                       struct str text);

/* The text in this scope, in the scope's arena (or the constant itself). */
struct str template_text(const struct template *template, struct scope *scope);

/* The same with each capture ($1) escaped as nginx escapes arguments; variables are not, be they
 * named groups. */
struct str template_text_escaped(const struct template *template, struct scope *scope);

/* A struct template * field from one word. */
extern const struct conf_type conf_type_template;

/* The splitting of "a$b" as a pure parser, for the compiler and the fuzzer: takes the next part off
 * *rest. */
enum template_token {
    TEMPLATE_TEXT,
    TEMPLATE_VARIABLE,
    TEMPLATE_CAPTURE,
    TEMPLATE_END,
    TEMPLATE_BAD /* part is what is wrong, such as "${a" */
};
enum template_token parse_template_part(struct str *rest, struct str *part);

#endif
