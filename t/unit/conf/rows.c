/* SPDX-License-Identifier: BSD-2-Clause */
/* Unit tests of conf/rows: what modules may ask while a configuration is loaded. */
#include "fake.h"

static unsigned asked;

static bool finish(struct conf *conf) {
    const struct conf_block *server = fake_block(conf, 2, 0, 0);

    asked++;
    assert_true(conf_is_set(conf, server, &fake_thing_module, "flag"));
    assert_true(conf_is_set(conf, server, &fake_thing_module, "deny"));
    assert_true(conf_is_set(conf, server, &fake_thing_module, "touch"));
    assert_false(conf_is_set(conf, server, &fake_thing_module, "allow"));
    assert_false(conf_is_set(conf, server, &fake_thing_module, "number"));
    assert_false(conf_is_set(conf, server, &fake_process_module, "daemon"));
    assert_false(conf_is_set(conf, server->parent, &fake_thing_module, "flag"));
    assert_true(conf_is_set(conf, conf->main, &fake_process_module, "daemon"));
    return true;
}

static bool finish_in_silence(struct conf *conf) {
    (void) conf;
    asked++;
    return false;
}

static unsigned asking_index, silent_index;
static const struct module asking_module = {
    .name = "asking", .index = &asking_index, .finish = finish
};
static const struct module silent_module = {
    .name = "silence", .index = &silent_index, .finish = finish_in_silence
};

static struct conf *load(const char *text, const struct module *first,
                         const struct module *second) {
    const struct module *modules[] = {
        &fake_process_module, &fake_core_module, &fake_thing_module, first, second, NULL
    };
    struct conf_options options = { .path = "main.conf", .prefix = fake_folder };

    asked = 0;
    fake_write("main.conf", str_from(text));
    return conf_load(&options, modules);
}

static void test_what_is_set_in_a_block(void **state) {
    struct conf *conf = load("daemon on; http { number 1; server { flag on; deny a; touch; } }",
                             &asking_module, NULL);

    (void) state;
    assert_int_equal(conf_errors(conf), 0);
    assert_int_equal(asked, 1);
    conf_free(conf);
}

static void test_modules_get_their_numbers(void **state) {
    struct conf *conf = load("http { server { flag on; deny a; touch; } } daemon off;",
                             &asking_module, &silent_module);

    (void) state;
    assert_int_equal(conf->module_count, 5);
    assert_int_equal(fake_process_index, 0);
    assert_int_equal(silent_index, 4);
    conf_free(conf);
}

static void test_all_modules_finish_even_after_a_failure(void **state) {
    struct conf *conf = load("daemon off; http { server { flag on; deny a; touch; } }",
                             &silent_module, &asking_module);

    (void) state;
    assert_int_equal(asked, 2);
    assert_int_equal(conf_errors(conf), 1);
    assert_string_equal(conf_message(conf, 0)->text, "\"silence\" failed without a reason");
    assert_string_equal(conf_message(conf, 0)->file, "");
    conf_free(conf);
}

static void test_finish_is_not_asked_after_errors(void **state) {
    struct conf *conf = load("daemon maybe;", &asking_module, NULL);

    (void) state;
    assert_int_equal(asked, 0);
    assert_int_equal(conf_errors(conf), 1);
    conf_free(conf);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_set_in_a_block),
        cmocka_unit_test(test_modules_get_their_numbers),
        cmocka_unit_test(test_all_modules_finish_even_after_a_failure),
        cmocka_unit_test(test_finish_is_not_asked_after_errors),
    };

    return cmocka_run_group_tests_name("conf/rows", tests, fake_begin, fake_end);
}
