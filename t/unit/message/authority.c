/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of message/authority: what is a host with or without a port, and what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "message/authority.h"

#include <stdlib.h>

static const struct {
    struct str text;
    const char *host;
    uint16_t port;
} good[] = {
    { STR("a"), "a", 0 },
    { STR("a:80"), "a", 80 },
    { STR("a:"), "a", 0 },
    { STR("a:65535"), "a", 65535 },
    { STR("A.Example"), "a.example", 0 },
    { STR("a."), "a", 0 },
    { STR("a.:8080"), "a", 8080 },
    { STR(".a"), ".a", 0 },
    { STR("-"), "-", 0 },
    { STR("a_b"), "a_b", 0 },
    { STR("*.a"), "*.a", 0 },
    { STR("!$&'()*+,;=~"), "!$&'()*+,;=~", 0 },
    { STR("127.0.0.1:1"), "127.0.0.1", 1 },
    { STR("[::]"), "[::]", 0 },
    { STR("[::1]:443"), "[::1]", 443 },
    { STR("[2001:DB8::1]"), "[2001:db8::1]", 0 },
    { STR("[::ffff:1.2.3.4]:"), "[::ffff:1.2.3.4]", 0 },
};

static const struct str bad[] = {
    STR(""),      STR("."),       STR(".."),      STR("a.."),     STR("a..b"),   STR("..a"),
    STR(":80"),   STR(":"),       STR("a:x"),     STR("a:0"),     STR("a:65536"), STR("a:-1"),
    STR("a:+1"),  STR("a: 80"),   STR("a:80 "),   STR("a:80:80"), STR("a:8\0"),  STR("::1"),
    STR("a b"),   STR(" a"),      STR("a "),      STR("a\t"),     STR("a/b"),    STR("a\\b"),
    STR("a@b"),   STR("u:p@b"),   STR("a?b"),     STR("a#b"),     STR("a%41"),   STR("a\"b"),
    STR("a<b"),   STR("a>b"),     STR("a^b"),     STR("a`b"),     STR("a{b"),    STR("a|b"),
    STR("a}b"),   STR("a[b]"),    STR("a]"),      STR("a\x01"),   STR("a\x7f"),  STR("a\x80"),
    STR("a\0"),   STR("\0"),      STR("["),       STR("[]"),      STR("[:]x"),   STR("[::1"),
    STR("[::1]x"), STR("[::1]:x"), STR("[::1]::"), STR("[x]"),    STR("[[::1]"), STR("[::1]]"),
    STR("[::1%25lo]"), STR("[v1.a]"), STR("[:: 1]"), STR("[:]"),  STR("]"),
};

static struct arena arena;

/* In memory of its own, so that a look behind its end is seen. */
static bool parse(struct str text, struct str *host, uint16_t *port) {
    char *copy = malloc(text.len + 1);
    bool is_good;

    memcpy(copy, text.data, text.len);
    is_good = parse_authority(str_make(copy, text.len), &arena, host, port);
    if (is_good) {
        *host = arena_copy(&arena, *host);
    }
    free(copy);
    return is_good;
}

static void test_good(void **state) {
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct str host;
        uint16_t port = 7;

        if (!parse(good[i].text, &host, &port) || !str_is(host, good[i].host)
            || port != good[i].port) {
            fail_msg("%s", good[i].text.data);
        }
    }
}

static void test_bad(void **state) {
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct str host = STR("untouched");
        uint16_t port = 7;

        if (parse(bad[i], &host, &port) || !str_is(host, "untouched") || port != 7) {
            fail_msg("%s", bad[i].data);
        }
    }
}

static int finish(void **state) {
    (void) state;
    arena_fini(&arena);
    arena_trim();
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_bad),
    };

    return cmocka_run_group_tests_name("message/authority", tests, NULL, finish);
}
