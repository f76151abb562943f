/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * script - the program of a server or location: its `set`, `if`, `rewrite`, `break` and `return` in
 * the order of the file, those inside an `if` as steps that are left out when it is not true.
 *
 * A program changes nothing but the scope's variables and captures. What is to be done with the
 * request it tells as events, one at a time, and goes on when it is asked again: so a new path is
 * in $uri before the next step looks at it.
 */
#ifndef WEIR_EXPR_SCRIPT_H
#define WEIR_EXPR_SCRIPT_H

#include "expr/condition.h"
#include "expr/rewrite.h"
#include "expr/template.h"

struct script;

/* ---- with the configuration ---- */

/* The program of that very block; NULL if it has none: programs are not inherited, and an `if`
 * belongs to the one around it. After the merge. */
const struct script *script_of(const struct conf_block *block);

/* For directives whose step stands in the program: `set`. block may be an `if`. */
void script_add_set(struct conf *conf, struct conf_block *block, int variable,
                    const struct template *value);

/* The same for a directive that ends the program with an answer of the family's own (`return`). */
void script_add_answer(struct conf *conf, struct conf_block *block, const void *answer);

/* `set` in http and stream. */
extern const struct module set_module;

/* `if`, `rewrite` and `break` in http. */
extern const struct module rewrite_module;

/* ---- at run time ---- */

/* A run is over after every event but SCRIPT_BLOCK and SCRIPT_PATH with REWRITE_NEXT. */
enum script_event {
    SCRIPT_END,      /* there are no more steps */
    SCRIPT_BREAK,    /* `break` */
    SCRIPT_BLOCK,    /* the settings of run->block, an `if` of a location, hold from now on */
    SCRIPT_PATH,     /* run->rewritten has a new path (perhaps empty: an error) and arguments; its
                        flag says how to go on */
    SCRIPT_REDIRECT, /* run->rewritten has the URL and the status */
    SCRIPT_ANSWER    /* run->answer */
};

struct script_run {
    const struct script *script;
    unsigned at; /* the next step */
    bool is_rewritten; /* a `rewrite` has matched */
    const struct conf_block *block;
    struct rewrite_result rewritten;
    const void *answer;
};

/* Begins a run; script may be NULL. */
void script_start(struct script_run *run, const struct script *script);

/*
 * Runs to the next event. request is what holds now: after SCRIPT_PATH with what that said. As in
 * nginx: until a `rewrite` has matched, captures in `set` and in what `if` compares with are
 * escaped if the request's path was. test_file is only asked where the program has a condition on
 * files.
 */
enum script_event script_next(struct script_run *run, struct scope *scope,
                              const struct rewrite_request *request,
                              condition_file_test *test_file);

/* Runs a program of which only `set` is wanted, as in stream; script may be NULL. */
void script_set_variables(const struct script *script, struct scope *scope);

#endif
