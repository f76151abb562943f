/* SPDX-License-Identifier: BSD-2-Clause */
/* Unit tests of net/password: each kind of hash as other programs make it, and files of users. */
#include "net/password.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static bool fits(const char *password, const char *hash) {
    return password_fits(str_from(password), str_from(hash));
}

/* Made by openssl passwd, htpasswd and crypt(3), for "secret" unless said. */
static void test_right_and_wrong(void **state) {
    static const char *const hashes[] = {
        "{PLAIN}secret",
        "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=",
        "{SSHA}SWdNwI9zrKBmRo5SG0mvNQtpZnhhYmNkZWZnaA==",
        "$apr1$abcdefgh$h9FWgUz3n9YxylKLlR5SQ/",
        "$apr1$xy$94JxxwMvxqQwA3Iid6OL9.",
        "$5$abcdefgh$gruCpC7VkOTspMQTTSAR8mtlO9Upms.fwqE5y16JVM.",
        ("$6$abcdefgh$ltjgWl6579NluT/Vi1nwEvcil.G5Nbc4NiXZaNGStk8PSwGfQv72N2CKPPrVACtLtip/cZ/1GM/"
         "O6IND4WQhG."),
        "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW",
        "abNANd1rDfiNc",
    };
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++) {
        assert_true(fits("secret", hashes[i]));
        assert_false(fits("secreT", hashes[i]));
        assert_false(fits("", hashes[i]));
        assert_false(fits("a long password that is not the right one", hashes[i]));
    }
}

static void test_apr1_of_all_lengths(void **state) {
    (void) state;
    assert_true(fits("a", "$apr1$abcdefgh$G8IsPsylW5ROvIKsQMRG61"));
    assert_true(fits("a password of more than sixteen bytes, and 33",
                     "$apr1$abcdefgh$IQJyymNHD9phv0R/vrr7I/"));
    assert_false(fits("secret", "$apr1$abcdefgh$"));
    assert_false(fits("secret", "$apr1$abcdefgh"));
    assert_false(fits("secret", "$apr1$"));
    assert_false(fits("secret", "$apr1$abcdefgh$h9FWgUz3n9YxylKLlR5SQ"));
    assert_false(fits("secret", "$apr1$abcdefgh$h9FWgUz3n9YxylKLlR5SQ/x"));
}

static void test_hashes_that_are_none(void **state) {
    static const char *const hashes[] = {
        "", "x", "!", "*0", "$", "$9$x$y", "{SHA}", "{SHA}5en6", "{SSHA}!", "{SSHA}",
        "{SHA}SWdNwI9zrKBmRo5SG0mvNQtpZnhhYmNkZWZnaA==",
    };
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++) {
        assert_false(fits("secret", hashes[i]));
        assert_false(fits("", hashes[i]));
        assert_false(fits("*0", hashes[i]));
    }
    assert_true(fits("", "{PLAIN}"));
    assert_false(password_fits(STR("secret\0more"),
                               STR("$5$abcdefgh$gruCpC7VkOTspMQTTSAR8mtlO9Upms.fwqE5y16JVM.")));
}

static void test_lengths_are_bounded(void **state) {
    char plain[PASSWORD_HASH_MAX + 2] = "{PLAIN}", password[PASSWORD_MAX + 2];

    (void) state;
    memset(password, 'a', sizeof(password));
    memset(plain + 7, 'a', sizeof(plain) - 7);
    assert_true(password_fits(str_make(password, PASSWORD_HASH_MAX - 7),
                              str_make(plain, PASSWORD_HASH_MAX)));
    assert_false(password_fits(str_make(password, PASSWORD_HASH_MAX - 6),
                               str_make(plain, PASSWORD_HASH_MAX + 1)));
    assert_false(password_fits(str_make(password, PASSWORD_MAX + 1), STR("{PLAIN}a")));
    assert_false(password_fits(str_make(password, PASSWORD_MAX),
                               STR("$apr1$abcdefgh$h9FWgUz3n9YxylKLlR5SQ/")));
}

/* ---- files ---- */

static char path[] = "/tmp/weir-unit-password-XXXXXX";

static void write_file(const char *text) {
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    fclose(file);
}

static int begin_group(void **state) {
    int fd = mkstemp(path);

    (void) state;
    assert_true(fd >= 0);
    return close(fd);
}

static int end_group(void **state) {
    (void) state;
    return unlink(path);
}

static enum password_result look(const char *user, const char *password) {
    return password_in_file(path, str_from(user), str_from(password));
}

static void test_the_line_of_the_user_decides(void **state) {
    (void) state;
    write_file("# comment\n\nab:{PLAIN}1\na:{PLAIN}2:a comment\r\na:{PLAIN}3\n#b:{PLAIN}4\nnone\n"
               ":{PLAIN}5\nlast:{PLAIN}6");
    assert_int_equal(look("ab", "1"), PASSWORD_RIGHT);
    assert_int_equal(look("a", "2"), PASSWORD_RIGHT);
    assert_int_equal(look("a", "3"), PASSWORD_WRONG);
    assert_int_equal(look("a", "2:a comment"), PASSWORD_WRONG);
    assert_int_equal(look("abc", "1"), PASSWORD_NO_USER);
    assert_int_equal(look("b", "4"), PASSWORD_NO_USER);
    assert_int_equal(look("#b", "4"), PASSWORD_NO_USER);
    assert_int_equal(look("none", ""), PASSWORD_NO_USER);
    assert_int_equal(look("A", "2"), PASSWORD_NO_USER);
    assert_int_equal(look("last", "6"), PASSWORD_RIGHT);
    assert_int_equal(look("las", "6"), PASSWORD_NO_USER);
}

static void test_a_file_of_many_pieces(void **state) {
    static char text[40000];
    size_t len = 0;
    unsigned i;

    (void) state;
    for (i = 0; i < 1500; i++) {
        len += (size_t) snprintf(text + len, sizeof(text) - len, "user%u:{PLAIN}%u\n", i, i);
    }
    write_file(text);
    for (i = 0; i < 1500; i += 7) {
        char user[16], password[16];

        snprintf(user, sizeof(user), "user%u", i);
        snprintf(password, sizeof(password), "%u", i);
        assert_int_equal(look(user, password), PASSWORD_RIGHT);
        assert_int_equal(look(user, "x"), PASSWORD_WRONG);
    }
}

static void test_files_that_cannot_be_read(void **state) {
    (void) state;
    assert_int_equal(password_in_file("/nowhere/users", STR("a"), STR("b")), PASSWORD_NO_FILE);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(password_in_file("/tmp", STR("a"), STR("b")), PASSWORD_NO_FILE);
    assert_int_equal(errno, EISDIR);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_right_and_wrong),
        cmocka_unit_test(test_apr1_of_all_lengths),
        cmocka_unit_test(test_hashes_that_are_none),
        cmocka_unit_test(test_lengths_are_bounded),
        cmocka_unit_test(test_the_line_of_the_user_decides),
        cmocka_unit_test(test_a_file_of_many_pieces),
        cmocka_unit_test(test_files_that_cannot_be_read),
    };

    return cmocka_run_group_tests_name("net/password", tests, begin_group, end_group);
}
