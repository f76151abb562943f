/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of net/addr: addresses as text and back, and what a network contains. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "net/addr.h"

#include <stdio.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *text_of(const struct addr *addr) {
    static char text[ADDR_TEXT_MAX + 1];

    text[addr_format(addr, text)] = '\0';
    return text;
}

static const char *ip_text_of(const struct addr *addr) {
    static char text[ADDR_TEXT_MAX + 1];

    text[addr_format_ip(addr, text)] = '\0';
    return text;
}

static struct addr addr_of(const char *text) {
    struct addr addr;

    if (!parse_addr(str_from(text), 0, &addr)) {
        fail_msg("not an address: %s", text);
    }
    return addr;
}

static void addresses_read_and_print_alike(void **state) {
    static const char *const same[] = {
        "127.0.0.1:80", "0.0.0.0:1", "255.255.255.255:65535", "[::]:80", "[::1]:65535",
        "[2001:db8::17]:443", "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535",
        "[::ffff:1.2.3.4]:8080", "unix:/run/a.sock", "unix:relative", "unix:/a:b",
    };
    size_t i;

    (void) state;
    for (i = 0; i < COUNT(same); i++) {
        struct addr addr = addr_of(same[i]);

        assert_string_equal(text_of(&addr), same[i]);
    }
}

static void default_port_fills_the_gap(void **state) {
    static const struct {
        const char *text, *result;
    } rows[] = {
        { "1.2.3.4", "1.2.3.4:8080" }, { "1.2.3.4:80", "1.2.3.4:80" },
        { "[::1]", "[::1]:8080" },     { "unix:/x", "unix:/x" },
        { "unix:/x:", "unix:/x" },
    };
    struct addr addr;
    size_t i;

    (void) state;
    for (i = 0; i < COUNT(rows); i++) {
        assert_true(parse_addr(str_from(rows[i].text), 8080, &addr));
        assert_string_equal(text_of(&addr), rows[i].result);
    }
    assert_false(parse_addr(STR("1.2.3.4"), 0, &addr));
    assert_false(parse_addr(STR("[::1]"), 0, &addr));
}

static void anything_else_is_no_address(void **state) {
    static const char *const bad[] = {
        "", ":", ":80", "localhost", "localhost:80", "1.2.3", "1.2.3:80", "1.2.3.4.5:80",
        "1.2.3.256:80", "01.2.3.4:80", "1.2.3.4:0", "1.2.3.4:65536", "1.2.3.4:", "1.2.3.4:80x",
        "1.2.3.4: 80", " 1.2.3.4:80", "1.2.3.4:80:80", "0x1.2.3.4:80", "1.2.3.4 :80", "::1:80",
        "::1", "[::1", "[::1:80", "[]:80", "[1.2.3.4]:80", "[::1]80", "[::1]:", "[::1]x",
        "[::g]:80", "[::1%lo]:80", "[1:2:3:4:5:6:7:8:9]:80", "[1::2::3]:80", "unix:", "unix::",
        "unix:/a::",
        "[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]:80",
    };
    struct addr addr;
    size_t i;

    (void) state;
    for (i = 0; i < COUNT(bad); i++) {
        if (parse_addr(str_from(bad[i]), 8080, &addr)) {
            fail_msg("taken for an address: \"%s\"", bad[i]);
        }
    }
    assert_false(parse_addr(STR("1.2.3.4\0:80"), 8080, &addr));
    assert_false(parse_addr(STR("unix:/a\0b"), 8080, &addr));
}

static void a_path_may_be_as_long_as_the_kernel_takes(void **state) {
    char text[256];
    struct addr addr;
    size_t max = sizeof(addr.local.sun_path) - 1;

    (void) state;
    memset(text, 'x', sizeof(text));
    memcpy(text, "unix:/", 6);
    assert_true(parse_addr(str_make(text, 5 + max), 0, &addr));
    assert_int_equal(strlen(addr.local.sun_path), max);
    assert_int_equal(strlen(text_of(&addr)), 5 + max);
    assert_false(parse_addr(str_make(text, 6 + max), 0, &addr));
}

/* What accept() says of a client that is bound to the longest path: one byte more than there is. */
static void a_path_without_its_end_is_not_read_beyond(void **state) {
    struct addr addr;

    (void) state;
    memset(&addr, 'x', sizeof(addr));
    addr.any.sa_family = AF_UNIX;
    addr.len = sizeof(addr.local) + 1;
    assert_int_equal(strlen(text_of(&addr)), 5 + sizeof(addr.local.sun_path));
}

static void hosts_and_ports_are_split(void **state) {
    static const struct {
        const char *text, *host, *port;
    } rows[] = {
        { "example.com:80", "example.com", "80" }, { "example.com", "example.com", "" },
        { "[::1]:443", "[::1]", "443" },           { "[::1]", "[::1]", "" },
        { "unix:/a:b", "unix:/a:b", "" },          { "1.2.3.4:1", "1.2.3.4", "1" },
    };
    static const char *const bad[] = { "", ":80", "a:", "a:0", "a:x", "a:65536", "a:1:2",
                                       "[::1", "[]", "[::1]a", "[name]:80", "unix:" };
    struct str host, port;
    size_t i;

    (void) state;
    for (i = 0; i < COUNT(rows); i++) {
        assert_true(parse_host_port(str_from(rows[i].text), &host, &port));
        assert_true(str_is(host, rows[i].host));
        assert_true(str_is(port, rows[i].port));
    }
    for (i = 0; i < COUNT(bad); i++) {
        if (parse_host_port(str_from(bad[i]), &host, &port)) {
            fail_msg("split: \"%s\"", bad[i]);
        }
    }
}

static void parts_of_an_address(void **state) {
    struct addr v4 = addr_of("10.1.2.3:80"), v6 = addr_of("[2001:db8::1]:81");
    struct addr local = addr_of("unix:/x"), none = { 0 };

    (void) state;
    assert_string_equal(ip_text_of(&v4), "10.1.2.3");
    assert_string_equal(ip_text_of(&v6), "2001:db8::1");
    assert_string_equal(ip_text_of(&local), "unix:");
    assert_string_equal(ip_text_of(&none), "");
    assert_string_equal(text_of(&none), "");
    assert_true(str_equal(addr_binary(&v4), STR("\x0a\x01\x02\x03")));
    assert_int_equal(addr_binary(&v6).len, 16);
    assert_int_equal(addr_binary(&local).len, 0);
    assert_int_equal(addr_port(&v4), 80);
    assert_int_equal(addr_port(&v6), 81);
    assert_int_equal(addr_port(&local), 0);
    addr_set_port(&v4, 8080);
    addr_set_port(&v6, 8081);
    addr_set_port(&local, 8082);
    assert_string_equal(text_of(&v4), "10.1.2.3:8080");
    assert_string_equal(text_of(&v6), "[2001:db8::1]:8081");
    assert_string_equal(text_of(&local), "unix:/x");
}

static void addresses_without_a_path_are_printed(void **state) {
    struct addr unnamed = { .len = sizeof(sa_family_t), .local = { .sun_family = AF_UNIX } };
    struct addr abstract = { .len = sizeof(sa_family_t) + 4,
                             .local = { .sun_family = AF_UNIX, .sun_path = "\0abc" } };
    struct addr named = addr_of("unix:@abc");

    (void) state;
    assert_string_equal(text_of(&unnamed), "unix:");
    assert_string_equal(text_of(&abstract), "unix:@abc");
    assert_false(addr_equal(&abstract, &named));
}

static void equality_is_of_all_parts(void **state) {
    static const char *const all[] = { "1.2.3.4:80", "1.2.3.4:81", "1.2.3.5:80", "[::1]:80",
                                       "[::2]:80",   "unix:/a",    "unix:/ab" };
    struct addr none = { 0 }, a, b;
    size_t i, j;

    (void) state;
    for (i = 0; i < COUNT(all); i++) {
        a = addr_of(all[i]);
        assert_false(addr_equal(&a, &none));
        for (j = 0; j < COUNT(all); j++) {
            b = addr_of(all[j]);
            assert_int_equal(addr_equal(&a, &b), i == j);
        }
    }
    assert_true(addr_equal(&none, &none));
    a = b = addr_of("[fe80::1]:80");
    b.v6.sin6_scope_id = 2;
    assert_false(addr_equal(&a, &b));
}

static void wildcards_are_known(void **state) {
    struct addr any4 = addr_of("0.0.0.0:80"), any6 = addr_of("[::]:80");
    struct addr one = addr_of("[::1]:80"), local = addr_of("unix:/x");

    (void) state;
    assert_true(addr_is_wildcard(&any4));
    assert_true(addr_is_wildcard(&any6));
    assert_false(addr_is_wildcard(&one));
    assert_false(addr_is_wildcard(&local));
}

static void networks_contain_their_addresses(void **state) {
    static const struct {
        const char *net, *addr;
        bool is_inside;
    } rows[] = {
        { "10.0.0.0/8", "10.255.255.255:1", true },  { "10.0.0.0/8", "11.0.0.0:1", false },
        { "10.1.2.3", "10.1.2.3:1", true },          { "10.1.2.3", "10.1.2.2:1", false },
        { "10.0.0.0/9", "10.127.0.0:1", true },      { "10.0.0.0/9", "10.128.0.0:1", false },
        { "0.0.0.0/0", "1.2.3.4:1", true },          { "0.0.0.0/0", "[::1]:1", false },
        { "::/0", "[::1]:1", true },                 { "::/0", "1.2.3.4:1", false },
        { "2001:db8::/33", "[2001:db8:7fff::]:1", true },
        { "2001:db8::/33", "[2001:db8:8000::]:1", false },
        { "[2001:db8::1]", "[2001:db8::1]:1", true },
        { "10.0.0.0/8", "[::ffff:10.1.1.1]:1", true },
        { "::/0", "[::ffff:10.1.1.1]:1", false },
        { "::ffff:10.0.0.0/104", "10.1.1.1:1", true },
        { "::ffff:10.0.0.0/104", "[::ffff:10.1.1.1]:1", true },
        { "::ffff:10.0.0.0/104", "11.1.1.1:1", false },
        { "0.0.0.0/0", "unix:/x", false },           { "::/0", "unix:/x", false },
        { "192.168.1.128/31", "192.168.1.129:1", true },
        { "192.168.1.128/31", "192.168.1.130:1", false },
    };
    struct addr_net net;
    struct addr addr;
    size_t i;

    (void) state;
    for (i = 0; i < COUNT(rows); i++) {
        assert_true(parse_addr_net(str_from(rows[i].net), &net, NULL));
        addr = addr_of(rows[i].addr);
        if (addr_net_contains(&net, &addr) != rows[i].is_inside) {
            fail_msg("%s %s", rows[i].net, rows[i].addr);
        }
    }
}

static void bits_below_the_prefix_are_noticed_and_cleared(void **state) {
    struct addr addr = addr_of("10.0.0.9:1");
    struct addr_net net;
    bool has_host_bits;

    (void) state;
    assert_true(parse_addr_net(STR("10.0.0.1/24"), &net, &has_host_bits));
    assert_true(has_host_bits);
    assert_true(addr_net_contains(&net, &addr));
    assert_true(parse_addr_net(STR("10.0.0.0/24"), &net, &has_host_bits));
    assert_false(has_host_bits);
    assert_true(parse_addr_net(STR("2001:db8::1/64"), &net, &has_host_bits));
    assert_true(has_host_bits);
}

static void anything_else_is_no_network(void **state) {
    static const char *const bad[] = { "",          "/8",          "10.0.0.0/",   "10.0.0.0/33",
                                       "10.0.0/8",  "10.0.0.0/-1", "::/129",      "::/x",
                                       "10.0.0.0/8/8", "name/8",   "10.0.0.0:80", "unix:" };
    struct addr_net net;
    size_t i;

    (void) state;
    for (i = 0; i < COUNT(bad); i++) {
        if (parse_addr_net(str_from(bad[i]), &net, NULL)) {
            fail_msg("taken for a network: \"%s\"", bad[i]);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_read_and_print_alike),
        cmocka_unit_test(default_port_fills_the_gap),
        cmocka_unit_test(anything_else_is_no_address),
        cmocka_unit_test(a_path_may_be_as_long_as_the_kernel_takes),
        cmocka_unit_test(a_path_without_its_end_is_not_read_beyond),
        cmocka_unit_test(hosts_and_ports_are_split),
        cmocka_unit_test(parts_of_an_address),
        cmocka_unit_test(addresses_without_a_path_are_printed),
        cmocka_unit_test(equality_is_of_all_parts),
        cmocka_unit_test(wildcards_are_known),
        cmocka_unit_test(networks_contain_their_addresses),
        cmocka_unit_test(bits_below_the_prefix_are_noticed_and_cleared),
        cmocka_unit_test(anything_else_is_no_network),
    };

    return cmocka_run_group_tests_name("net/addr", tests, NULL, NULL);
}
