/* SPDX-License-Identifier: BSD-2-Clause */
/* covers: src/expr/rewrite.c */
/*
 * Fuzzes rewrites: the input is a replacement, a path and arguments, a line each. Lines of the test
 * take the path apart; the replacement, where it compiles, puts it together.
 */
#include "block.h"

#include "base/arena.h"
#include "base/buf.h"
#include "expr/rewrite.h"

static struct str replacement;
static const struct rewrite *fuzzed, *redirect, *rewritten;

static const struct variable variables[] = {
    { .name = "a", .get = get_text, .detail = "text of a?" },
    { .name = "scheme", .get = get_text, .detail = "http" },
    { .name = NULL }
};

/* "rewrite REGEX TO FLAG"; without a flag where that is empty. */
static const struct rewrite *compile(struct conf *conf, const struct conf_block *block,
                                     const struct conf_line *line, struct str to,
                                     const char *flag) {
    struct conf_line *words = arena_alloc(&conf->arena, sizeof(*words));
    struct str texts[] = { STR("rewrite"), STR("^/([^/]*)(.*)"), arena_copy(&conf->arena, to),
                           str_from(flag) };
    unsigned i;

    *words = *line;
    words->count = flag[0] != '\0' ? 4 : 3;
    words->words = arena_alloc(&conf->arena, sizeof(texts) / sizeof(texts[0])
                               * sizeof(*words->words));
    for (i = 0; i < 4; i++) {
        words->words[i] = line->words[0];
        words->words[i].text = texts[i];
    }
    return rewrite_compile(conf, block, words);
}

static bool open_http(struct conf *conf, struct conf_block *block, const struct conf_line *line) {
    variable_add_builtins(conf, CONF_HTTP, variables);
    http_block = block;
    redirect = compile(conf, block, line, STR("/new$2?x=$1"), "permanent");
    rewritten = compile(conf, block, line, STR("/new$2?x=$1"), "last");
    fuzzed = compile(conf, block, line, replacement, replacement.len % 2 == 0 ? "" : "redirect");
    return true;
}

/* What a URL may hold when its captures are escaped and it has nothing else from the client. */
static void check_escaped(struct str text) {
    size_t i;

    for (i = 0; i < text.len; i++) {
        CHECK(text.data[i] > ' ' && text.data[i] < 0x7f);
    }
}

static void run(struct conf *conf, struct rewrite_request *request) {
    struct rewrite_result result;
    struct arena arena;
    struct scope scope;

    arena_init(&arena);
    scope_init(&scope, variable_table_of(conf, http_block), &arena);
    if (fuzzed != NULL && rewrite_run(fuzzed, &scope, request, &result)) {
        CHECK((result.flag == REWRITE_REDIRECT) == (result.status != 0));
        CHECK(result.flag != REWRITE_REDIRECT || result.path.len + result.args.len == 0);
    }
    request->args = STR("");
    if (rewrite_run(rewritten, &scope, request, &result)) {
        CHECK(str_starts(result.path, STR("/new")) && str_starts(result.args, STR("x=")));
        CHECK(result.path.len == STR("/new").len + scope.captures[2].len);
        check_escaped(result.args);
    }
    if (rewrite_run(redirect, &scope, request, &result)) {
        CHECK(str_starts(result.url, STR("/new")));
        check_escaped(result.url);
    }
    arena_fini(&arena);
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len);

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len) {
    struct rewrite_request request = { .was_escaped = true };
    struct str rest = str_make((const char *) bytes, len);
    struct conf *conf;

    if (!str_take_part(&rest, '\n', &replacement) || !str_take_part(&rest, '\n', &request.path)) {
        return 0;
    }
    request.args = rest;
    fuzzed = NULL;
    conf = block_load(STR("http { }"));
    if (conf_errors(conf) == 0) {
        CHECK(fuzzed != NULL);
        run(conf, &request);
    } else {
        CHECK(conf_message(conf, 0) != NULL);
    }
    conf_free(conf);
    arena_trim();
    buf_trim();
    return 0;
}
