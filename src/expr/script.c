/* SPDX-License-Identifier: BSD-2-Clause */
/* script - the program of a server or location; see script.h. */
#include "expr/script.h"

#include "base/panic.h"
#include "conf/value.h"

#include <limits.h>

enum step_kind { STEP_SET, STEP_IF, STEP_REWRITE, STEP_BREAK, STEP_ANSWER };

struct step {
    enum step_kind kind;
    union {
        struct {
            int variable;
            const struct template *value;
        } set;
        struct {
            const struct condition *condition;
            const struct conf_block *block;
            unsigned end; /* the step behind those inside */
        } branch;
        const struct rewrite *rewrite;
        const void *answer;
    };
};

struct script {
    const struct conf_block *block; /* whose it is: children without steps share the settings */
    struct step *steps;
    unsigned count;
};

struct script_conf {
    struct script script;
};

/* ---- making programs ---- */

static bool is_if(const struct conf_block *block) {
    return (block->where & (CONF_HTTP_SERVER_IF | CONF_HTTP_LOCATION_IF)) != 0;
}

/* The program that the block's steps go to. */
static struct script *program_of(struct conf *conf, struct conf_block *block) {
    struct script_conf *settings;

    if (is_if(block)) {
        block = block->parent;
    }
    settings = conf_own(conf, block, &set_module);
    settings->script.block = block;
    return &settings->script;
}

static struct step *add_step(struct conf *conf, struct script *script, enum step_kind kind) {
    struct step *step = conf_array_add(conf, &script->steps, &script->count, sizeof(*step));

    step->kind = kind;
    return step;
}

void script_add_set(struct conf *conf, struct conf_block *block, int variable,
                    const struct template *value) {
    struct step *step = add_step(conf, program_of(conf, block), STEP_SET);

    step->set.variable = variable;
    step->set.value = value;
}

void script_add_answer(struct conf *conf, struct conf_block *block, const void *answer) {
    add_step(conf, program_of(conf, block), STEP_ANSWER)->answer = answer;
}

const struct script *script_of(const struct conf_block *block) {
    const struct script_conf *settings = conf_of(block, &set_module);

    return settings->script.block == block ? &settings->script : NULL;
}

/* ---- set ---- */

/* Until it is set, such a variable is there and empty, as in nginx. */
static bool get_empty(struct scope *scope, const struct variable *variable, struct str name,
                      struct str *value) {
    (void) variable;
    if (scope->events != NULL && scope->events->on_unset != NULL) {
        scope->events->on_unset(scope, name);
    }
    *value = STR("");
    return true;
}

static bool parse_set(struct conf *conf, struct conf_block *block,
                      const struct directive *directive, const struct conf_line *line,
                      void *field) {
    struct variable variable = { .name = variable_name_in(conf, line, 1), .get = get_empty };
    const struct template *value;
    int number;

    (void) directive, (void) field;
    if (variable.name == NULL) {
        return false;
    }
    number = variable_define(conf, variable_table_of(conf, block), &variable, line, 1);
    value = template_compile(conf, block, line, 2);
    if (number < 0 || value == NULL) {
        return false;
    }
    script_add_set(conf, block, number, value);
    return true;
}

static const struct conf_type type_set = {
    .name = "variable and value",
    .min_words = 2,
    .max_words = 2,
    .is_repeatable = true,
    .parse = parse_set,
};

static const struct directive set_directives[] = {
    { .name = "set",
      .where = CONF_HTTP_SERVER | CONF_HTTP_LOCATION | CONF_HTTP_SERVER_IF
          | CONF_HTTP_LOCATION_IF | CONF_STREAM_SERVER,
      .type = &type_set,
      .syntax = "$variable value",
      .help = "gives a variable a value, which may name other variables" },
    DIRECTIVES_END
};

static unsigned set_index;

const struct module set_module = {
    .name = "set",
    .index = &set_index,
    .directives = set_directives,
    .conf_size = sizeof(struct script_conf),
};

/* ---- if, rewrite, break ---- */

static bool open_if(struct conf *conf, struct conf_block *block, const struct conf_line *line) {
    const struct condition *condition = condition_compile(conf, block, line);
    struct step *step;

    if (condition == NULL) {
        return false;
    }
    step = add_step(conf, program_of(conf, block), STEP_IF);
    step->branch.condition = condition;
    step->branch.block = block;
    return true;
}

static bool close_if(struct conf *conf, struct conf_block *block) {
    struct script *script = program_of(conf, block);
    unsigned i = script->count;

    do {
        CHECK(i > 0);
        i--;
    } while (script->steps[i].kind != STEP_IF);
    script->steps[i].branch.end = script->count;
    return true;
}

static bool parse_rewrite(struct conf *conf, struct conf_block *block,
                          const struct directive *directive, const struct conf_line *line,
                          void *field) {
    const struct rewrite *rewrite = rewrite_compile(conf, block, line);

    (void) directive, (void) field;
    if (rewrite == NULL) {
        return false;
    }
    add_step(conf, program_of(conf, block), STEP_REWRITE)->rewrite = rewrite;
    return true;
}

static bool parse_break(struct conf *conf, struct conf_block *block,
                        const struct directive *directive, const struct conf_line *line,
                        void *field) {
    (void) directive, (void) line, (void) field;
    add_step(conf, program_of(conf, block), STEP_BREAK);
    return true;
}

static const struct conf_type type_rewrite = {
    .name = "rewrite",
    .min_words = 2,
    .max_words = 3,
    .is_repeatable = true,
    .parse = parse_rewrite,
};

static const struct conf_type type_break = {
    .name = "nothing",
    .is_repeatable = true,
    .parse = parse_break,
};

static const struct conf_block_kind kind_server_if = { .inside = CONF_HTTP_SERVER_IF,
                                                       .open = open_if,
                                                       .close = close_if };
static const struct conf_block_kind kind_location_if = { .inside = CONF_HTTP_LOCATION_IF,
                                                         .open = open_if,
                                                         .close = close_if };

#define CONF_REWRITE                                                                               \
    (CONF_HTTP_SERVER | CONF_HTTP_LOCATION | CONF_HTTP_SERVER_IF | CONF_HTTP_LOCATION_IF)

static const struct directive rewrite_directives[] = {
    { .name = "if",
      .where = CONF_HTTP_SERVER,
      .type = &conf_type_block_any,
      .syntax = "(condition) { ... }",
      .help = "what holds when a condition is true: ($a) ($a = text) ($a ~ regex) (-f path)",
      .detail = &kind_server_if },
    { .name = "if",
      .where = CONF_HTTP_LOCATION,
      .type = &conf_type_block_any,
      .syntax = "(condition) { ... }",
      .help = "what holds when a condition is true: ($a) ($a = text) ($a ~ regex) (-f path)",
      .detail = &kind_location_if },
    { .name = "rewrite",
      .where = CONF_REWRITE,
      .type = &type_rewrite,
      .syntax = "regex replacement [last | break | redirect | permanent]",
      .help = "changes a path that matches, or redirects" },
    { .name = "break",
      .where = CONF_REWRITE,
      .type = &type_break,
      .help = "ends set, if, rewrite and return of this block" },
    DIRECTIVES_END
};

static unsigned rewrite_index;

const struct module rewrite_module = {
    .name = "rewrite",
    .index = &rewrite_index,
    .directives = rewrite_directives,
};

/* ---- at run time ---- */

void script_start(struct script_run *run, const struct script *script) {
    *run = (struct script_run){ .script = script };
}

static void run_set(const struct step *step, struct scope *scope, bool escapes) {
    scope_set(scope, step->set.variable,
              escapes ? template_text_escaped(step->set.value, scope)
                      : template_text(step->set.value, scope));
}

/* Steps into an `if` or over it. Whether there is an event. */
static bool run_if(struct script_run *run, const struct step *step, struct scope *scope,
                   bool escapes, condition_file_test *test_file) {
    if (!condition_is_true(step->branch.condition, scope, escapes, test_file)) {
        run->at = step->branch.end;
        return false;
    }
    run->block = step->branch.block;
    return run->block->where == CONF_HTTP_LOCATION_IF;
}

enum script_event script_next(struct script_run *run, struct scope *scope,
                              const struct rewrite_request *request,
                              condition_file_test *test_file) {
    while (run->script != NULL && run->at < run->script->count) {
        const struct step *step = &run->script->steps[run->at++];
        bool escapes = request->was_escaped && !run->is_rewritten;

        switch (step->kind) {
        case STEP_SET:
            run_set(step, scope, escapes);
            break;
        case STEP_IF:
            if (run_if(run, step, scope, escapes, test_file)) {
                return SCRIPT_BLOCK;
            }
            break;
        case STEP_REWRITE:
            if (rewrite_run(step->rewrite, scope, request, &run->rewritten)) {
                run->is_rewritten = true;
                return run->rewritten.flag == REWRITE_REDIRECT ? SCRIPT_REDIRECT : SCRIPT_PATH;
            }
            break;
        case STEP_BREAK:
            return SCRIPT_BREAK;
        case STEP_ANSWER:
            run->answer = step->answer;
            return SCRIPT_ANSWER;
        }
    }
    return SCRIPT_END;
}

void script_set_variables(const struct script *script, struct scope *scope) {
    unsigned i;

    for (i = 0; script != NULL && i < script->count; i++) {
        if (script->steps[i].kind == STEP_SET) {
            run_set(&script->steps[i], scope, false);
        }
    }
}
