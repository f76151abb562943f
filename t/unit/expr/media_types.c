/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of expr/media_types: blocks that add up and replace each other, and look-ups. */
#include "load.h"

static const struct media_types *types_of(const struct conf_block *block) {
    const struct load_conf *settings = conf_of(block, &load_module);

    return settings->types;
}

static void assert_type(const struct media_types *types, const char *path, const char *expected) {
    struct str type = media_type_of(types, media_extension(str_from(path)));

    assert_int_equal(type.data != NULL, expected != NULL);
    assert_str(type, expected != NULL ? expected : "");
}

static void extension_gives_the_type(void **state) {
    struct conf *conf = load_good("http { types { text/html html HTM; image/png png; } }");
    const struct media_types *types = types_of(load_http);

    (void) state;
    assert_type(types, "/a/b.html", "text/html");
    assert_type(types, "/a.png/b.htm", "text/html");
    assert_type(types, "/b.tar.PNG", "image/png");
    assert_type(types, "b.png", "image/png");
    assert_type(types, "/b.gif", NULL);
    assert_type(types, "/b", NULL);
    conf_free(conf);
}

static void extension_is_behind_the_last_dot_of_the_last_part(void **state) {
    (void) state;
    assert_str(media_extension(STR("/a.b/c")), "");
    assert_str(media_extension(STR("/a/.html")), "");
    assert_str(media_extension(STR("/a/..html")), "html");
    assert_str(media_extension(STR("/a.")), "");
    assert_str(media_extension(STR("/a.b.c")), "c");
    assert_str(media_extension(STR(".html")), "");
    assert_str(media_extension(STR("/")), "");
    assert_str(media_extension(STR_NONE), "");
}

static void without_a_block_three_are_known(void **state) {
    struct conf *conf = load_good("http { }");

    (void) state;
    assert_null(types_of(load_http));
    assert_type(NULL, "/a.html", "text/html");
    assert_type(NULL, "/a.GIF", "image/gif");
    assert_type(NULL, "/a.jpg", "image/jpeg");
    assert_type(NULL, "/a.jpeg", NULL);
    conf_free(conf);
}

static void blocks_of_a_level_add_up(void **state) {
    struct conf *conf = load_good("http { types { a/a a; } server { } types { b/b b; } }");
    const struct media_types *types = types_of(load_server);

    (void) state;
    assert_ptr_equal(types, types_of(load_http));
    assert_type(types, "/x.a", "a/a");
    assert_type(types, "/x.b", "b/b");
    conf_free(conf);
}

static void deeper_block_replaces_all(void **state) {
    struct conf *conf = load_good("http { types { a/a a; } server { types { b/b b; } "
                                  "location / { types { } } } }");

    (void) state;
    assert_type(types_of(load_server), "/x.a", NULL);
    assert_type(types_of(load_server), "/x.b", "b/b");
    assert_non_null(types_of(load_location));
    assert_type(types_of(load_location), "/x.html", NULL);
    conf_free(conf);
}

static void last_line_of_an_extension_counts(void **state) {
    struct conf *conf = load_warned("http { types { a/a a b; c/c A; } }", "duplicate extension "
                                    "\"a\", content type: \"c/c\", previous content type: \"a/a\"");

    (void) state;
    assert_type(types_of(load_http), "/x.a", "c/c");
    assert_type(types_of(load_http), "/x.b", "a/a");
    conf_free(conf);
}

static void long_extensions_have_an_end(void **state) {
    static const char longest[]
        = "0123456789012345678901234567890123456789012345678901234567890123";
    char text[256], path[128];
    struct conf *conf;

    (void) state;
    snprintf(text, sizeof(text), "http { types { a/a %s; } }", longest);
    conf = load_good(text);
    snprintf(path, sizeof(path), "/x.%s", longest);
    assert_type(types_of(load_http), path, "a/a");
    snprintf(path, sizeof(path), "/x.%s4", longest);
    assert_type(types_of(load_http), path, NULL);
    conf_free(conf);
    snprintf(text, sizeof(text), "http {\n types { a/a %s4; } }", longest);
    assert_error(text, 2, "extension is longer than 64 bytes", NULL);
    assert_error("http {\n types { a/a { } } }", 2, "unexpected \"{\"", NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(extension_gives_the_type),
        cmocka_unit_test(extension_is_behind_the_last_dot_of_the_last_part),
        cmocka_unit_test(without_a_block_three_are_known),
        cmocka_unit_test(blocks_of_a_level_add_up),
        cmocka_unit_test(deeper_block_replaces_all),
        cmocka_unit_test(last_line_of_an_extension_counts),
        cmocka_unit_test(long_extensions_have_an_end),
    };

    return cmocka_run_group_tests_name("expr/media_types", tests, NULL, load_give_back);
}
