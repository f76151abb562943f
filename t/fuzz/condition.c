/* SPDX-License-Identifier: BSD-2-Clause */
/* covers: src/expr/condition.c */
/*
 * Fuzzes conditions: the input is the words behind `if`, one a line. They are taken apart, compiled
 * in an http block with a small table of variables, and, if that went well, asked.
 */
#include "block.h"

#include "expr/condition.h"

enum { WORDS_MAX = 6 };

static struct str words[WORDS_MAX];
static unsigned count;
static const struct condition *compiled;

static const struct variable variables[] = {
    { .name = "a", .get = get_text, .detail = "text of a" },
    { .name = "b", .get = get_text, .detail = "0" },
    { .name = "none", .get = variable_get_none },
    { .name = NULL }
};

/* Compiles the words as if they stood in the line. */
static bool open_http(struct conf *conf, struct conf_block *block, const struct conf_line *line) {
    struct conf_line *with_words = arena_alloc(&conf->arena, sizeof(*with_words));
    unsigned i;

    variable_add_builtins(conf, CONF_HTTP, variables);
    http_block = block;
    *with_words = *line;
    with_words->count = count + 1;
    with_words->words = arena_alloc(&conf->arena, (count + 1) * sizeof(*with_words->words));
    for (i = 0; i <= count; i++) {
        with_words->words[i] = line->words[0];
        if (i > 0) {
            with_words->words[i].text = arena_copy(&conf->arena, words[i - 1]);
        }
    }
    compiled = condition_compile(conf, block, with_words);
    return true;
}

static bool no_file(struct scope *scope, enum condition_file what, const char *path) {
    (void) scope;
    return what == CONDITION_EXISTS && path[0] == '/';
}

static void ask(struct conf *conf) {
    struct arena arena;
    struct scope scope;

    arena_init(&arena);
    scope_init(&scope, variable_table_of(conf, http_block), &arena);
    (void) condition_is_true(compiled, &scope, false, no_file);
    (void) condition_is_true(compiled, &scope, true, condition_stat);
    CHECK(scope.capture_count == 0 || scope.captures != NULL);
    arena_fini(&arena);
}

/* The parts say which words they are from, and are pieces of them. */
static void check_parts(void) {
    struct condition_parts parts;
    struct str wrong;
    unsigned word;

    if (parse_condition(words, count, &parts, &wrong, &word) != CONDITION_GOOD) {
        CHECK(word < count && str_find(words[word], wrong) < words[word].len + 1);
        return;
    }
    CHECK(parts.variable_word < count && parts.operand_word < count);
    CHECK(parts.kind == CONDITION_FILE || parts.variable.len > 0);
    CHECK(parts.kind == CONDITION_HOLDS
          || (parts.operand_word > parts.variable_word
              && str_find(words[parts.operand_word], parts.operand)
                     <= words[parts.operand_word].len));
    CHECK(parts.kind != CONDITION_HOLDS || !parts.is_negated);
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len);

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len) {
    struct str rest = str_make((const char *) bytes, len);
    struct conf *conf;

    for (count = 0; count < WORDS_MAX && str_take_part(&rest, '\n', &words[count]); count++) {
    }
    if (count == 0) {
        return 0;
    }
    check_parts();
    compiled = NULL;
    conf = block_load(STR("http { }"));
    if (conf_errors(conf) == 0) {
        CHECK(compiled != NULL);
        ask(conf);
    } else {
        CHECK(conf_message(conf, 0) != NULL);
    }
    conf_free(conf);
    arena_trim();
    buf_trim();
    return 0;
}
