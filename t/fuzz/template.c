/* SPDX-License-Identifier: BSD-2-Clause */
/* covers: src/expr/template.c */
/*
 * Fuzzes templates: the input is the text of one. It is split, compiled in an http block with a
 * small table of variables, and, if it compiled, put together in both ways.
 */
#include "block.h"

#include "base/buf.h"

static struct str input;
static struct template *compiled, *of_row;

static bool get_rest_of_name(struct scope *scope, const struct variable *variable, struct str name,
                             struct str *value) {
    (void) scope;
    CHECK(name.data[name.len] == '\0');
    *value = str_from_byte(name, strlen(variable->name));
    return value->len > 1;
}

static const struct variable variables[] = {
    { .name = "a", .get = get_text, .detail = "text of a" },
    { .name = "b", .get = get_text, .detail = "" },
    { .name = "v", .get = get_text, .detail = "volatile", .is_volatile = true },
    { .name = "none", .get = variable_get_none },
    { .name = "p_", .get = get_rest_of_name, .is_prefix = true },
    { .name = NULL }
};

static bool open_http(struct conf *conf, struct conf_block *block, const struct conf_line *line) {
    variable_add_builtins(conf, CONF_HTTP, variables);
    http_block = block;
    compiled = template_compile_text(conf, block, line, 0, input);
    return true;
}

/* The parts must follow each other and come to an end. Whether there is text only. */
static bool split(struct str text) {
    const char *end = text.data + text.len;
    bool is_text = true;
    struct str part;

    for (;;) {
        size_t before = text.len;

        switch (parse_template_part(&text, &part)) {
        case TEMPLATE_END:
            CHECK(text.len == 0);
            return is_text;
        case TEMPLATE_TEXT:
            CHECK(part.len > 0);
            break;
        case TEMPLATE_CAPTURE:
            CHECK(part.len == 1);
            is_text = false;
            break;
        case TEMPLATE_VARIABLE:
            CHECK(part.len > 0);
            is_text = false;
            break;
        case TEMPLATE_BAD:
            CHECK(text.len == 0);
            is_text = false;
            break;
        }
        CHECK(text.len < before && text.data + text.len == end);
        CHECK(part.data + part.len <= text.data || text.len == 0);
    }
}

static void evaluate(struct conf *conf) {
    const struct str captures[] = { STR("whole"), STR("first"), STR("") };
    const struct str odd[] = { STR("whole"), STR("a \r\nb\xff"), STR("") };
    struct arena arena;
    struct scope scope;

    arena_init(&arena);
    scope_init(&scope, variable_table_of(conf, http_block), &arena);
    scope.captures = captures;
    scope.capture_count = sizeof(captures) / sizeof(captures[0]);
    CHECK(str_equal(template_text(compiled, &scope), template_text(compiled, &scope)));
    CHECK(str_is(template_text(of_row, &scope), "<text of afirst>"));
    CHECK(str_is(template_text_escaped(of_row, &scope), "<text of afirst>"));
    scope.captures = odd;
    CHECK(str_is(template_text_escaped(of_row, &scope), "<text of aa%20%0D%0Ab%FF>"));
    CHECK(str_equal(template_text_escaped(compiled, &scope),
                    template_text_escaped(compiled, &scope)));
    CHECK(scope.captures == odd);
    arena_fini(&arena);
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len);

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len) {
    struct conf *conf;

    input = str_make((const char *) bytes, len);
    compiled = NULL;
    conf = block_load(STR("text plain; http { text <$a$1>; }"));
    if (conf_errors(conf) == 0) {
        CHECK(compiled != NULL && compiled->is_constant == split(input));
        of_row = *(struct template *const *) conf_of(http_block, &block_module);
        evaluate(conf);
    } else {
        split(input);
        CHECK(conf_message(conf, 0) != NULL);
    }
    conf_free(conf);
    arena_trim();
    buf_trim();
    return 0;
}
