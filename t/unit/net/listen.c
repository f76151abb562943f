/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of net/listen: the words of a `listen` line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "net/listen.h"

#include <stdio.h>
#include <unistd.h>

#include "lines.h"

static struct listen_options options;
static uint16_t default_port;
static char printed[4096]; /* the addresses of all lines, a blank behind each */

static void on_conn(struct listener *listener, struct conn *conn) {
    (void) listener;
    (void) conn;
}

static void on_other_conn(struct listener *listener, struct conn *conn) {
    (void) listener;
    (void) conn;
}

static bool read_options(struct conf *conf, const struct conf_line *line) {
    unsigned word;

    for (word = 1; word < line->count; word++) {
        bool is_bad = false;

        if (!listen_parse_option(conf, line, word, &options, &is_bad)) {
            return conf_error(conf, line, word, "none of them");
        }
        if (is_bad) {
            return false;
        }
    }
    return true;
}

static bool read_addrs(struct conf *conf, const struct conf_line *line) {
    struct addr *addrs;
    int count = listen_parse_addrs(conf, line, default_port, &addrs), i;
    size_t len = strlen(printed);

    for (i = 0; i < count; i++) {
        len += addr_format(&addrs[i], printed + len);
        printed[len++] = ' ';
    }
    return count > 0;
}

/* Adds the address as one of http, or, with a second word, of stream. */
static bool add_listener(struct conf *conf, const struct conf_line *line) {
    struct addr addr;

    assert_true(parse_addr(line->words[1].text, 0, &addr));
    return listen_add(conf, &addr, line->count == 2 ? on_conn : on_other_conn, line, 1) != NULL;
}

static int begin(void **state) {
    (void) state;
    options = listen_options_default;
    default_port = 0;
    printed[0] = '\0';
    memset(printed, 0, sizeof(printed));
    return 0;
}

static void good(bool (*read)(struct conf *conf, const struct conf_line *line), const char *text) {
    struct conf *conf;

    lines_on_line = read;
    conf = lines_load(text);
    if (conf_errors(conf) > 0) {
        fail_msg("%s: %s", text, lines_message(conf, 0));
    }
    conf_free(conf);
}

static void bad(bool (*read)(struct conf *conf, const struct conf_line *line), const char *text,
                const char *message) {
    struct conf *conf;

    lines_on_line = read;
    conf = lines_load(text);
    if (conf_errors(conf) == 0) {
        fail_msg("%s is taken", text);
    }
    assert_string_equal(lines_message(conf, 0), message);
    conf_free(conf);
}

/* ---- options ---- */

static void options_have_defaults(void **state) {
    (void) state;
    good(read_options, "line bind;");
    assert_true(options.is_set);
    assert_true(options.is_v6only);
    assert_false(options.is_shared);
    assert_false(options.is_deferred);
    assert_int_equal(options.keepalive, -1);
    assert_int_equal(options.backlog, 0);
}

static void options_are_read(void **state) {
    (void) state;
    good(read_options, "line backlog=100 rcvbuf=64k sndbuf=1m fastopen=3 ipv6only=off deferred"
                       " reuseport=off so_keepalive=on;");
    assert_int_equal(options.backlog, 100);
    assert_int_equal(options.rcvbuf, 64 * 1024);
    assert_int_equal(options.sndbuf, 1024 * 1024);
    assert_int_equal(options.fastopen, 3);
    assert_false(options.is_v6only);
    assert_true(options.is_deferred);
    assert_true(options.is_shared);
    assert_int_equal(options.keepalive, 1);
    assert_int_equal(options.keep_idle, 0);
}

static void reuseport_is_the_default(void **state) {
    (void) state;
    good(read_options, "line reuseport;");
    assert_false(options.is_shared);
    assert_true(options.is_set);
}

static void keepalive_may_have_numbers(void **state) {
    (void) state;
    good(read_options, "line so_keepalive=30m::10;");
    assert_int_equal(options.keepalive, 1);
    assert_int_equal(options.keep_idle, 1800);
    assert_int_equal(options.keep_interval, 0);
    assert_int_equal(options.keep_count, 10);
    good(read_options, "line so_keepalive=:75s:;");
    assert_int_equal(options.keep_interval, 75);
    good(read_options, "line so_keepalive=off;");
    assert_int_equal(options.keepalive, 0);
}

static void bad_options_say_what_is_allowed(void **state) {
    static const char keepalive[] = " | allowed: on, off, [idle]:[interval]:[count] with times to"
                                    " 32767s and a count to 127";
    static const char *const triples[] = { "::", "", "1:2", "1:2:3:4", "a::", "::0", "::128",
                                           "9h6m8s::", "500ms::", "maybe" };
    char line[64], message[256];
    size_t i;

    (void) state;
    bad(read_options, "line backlog=;", "invalid backlog \"\" | allowed: a number from 1 on");
    bad(read_options, "line backlog=0;", "invalid backlog \"0\" | allowed: a number from 1 on");
    bad(read_options, "line backlog=-1;", "invalid backlog \"-1\" | allowed: a number from 1 on");
    bad(read_options, "line fastopen=x;", "invalid fastopen \"x\" | allowed: a number");
    bad(read_options, "line rcvbuf=4g;", "invalid rcvbuf \"4g\" | allowed: a size, as in 64k");
    bad(read_options, "line sndbuf=k;", "invalid sndbuf \"k\" | allowed: a size, as in 64k");
    bad(read_options, "line ipv6only=yes;", "invalid ipv6only flag \"yes\" | allowed: on, off");
    bad(read_options, "line reuseport=on;",
        "invalid reuseport flag \"on\" | allowed: reuseport, reuseport=off");
    for (i = 0; i < sizeof(triples) / sizeof(triples[0]); i++) {
        snprintf(line, sizeof(line), "line so_keepalive=%s;", triples[i]);
        snprintf(message, sizeof(message), "invalid so_keepalive value \"%s\"%s", triples[i],
                 keepalive);
        bad(read_options, line, message);
    }
}

static void options_of_other_systems_are_refused(void **state) {
    (void) state;
    bad(read_options, "line setfib=1;", "\"setfib=1\" is not supported on this platform"
                                        " | Linux has no such socket option: leave it out");
    bad(read_options, "line accept_filter=httpready;",
        "\"accept_filter=httpready\" is not supported on this platform"
        " | Linux has no such socket option: leave it out");
}

static void multipath_is_as_the_kernel_has_it(void **state) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_MPTCP);

    (void) state;
    if (fd >= 0) {
        close(fd);
        good(read_options, "line multipath;");
        assert_true(options.is_multipath);
    } else {
        bad(read_options, "line multipath;", "\"multipath\" is not supported by this kernel"
            " | it needs CONFIG_MPTCP and sysctl net.mptcp.enabled=1");
    }
}

static void options_of_the_families_are_left_to_them(void **state) {
    static const char *const others[] = { "ssl", "default_server", "udp", "proxy_protocol",
                                          "backlog", "deferred=on", "bindx", "http2" };
    char line[64];
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        snprintf(line, sizeof(line), "line %s;", others[i]);
        bad(read_options, line, "none of them | ");
    }
    assert_false(options.is_set);
}

/* ---- addresses ---- */

static void addresses(const char *word, const char *expected) {
    char line[256];

    printed[0] = '\0';
    memset(printed, 0, sizeof(printed));
    snprintf(line, sizeof(line), "line %s;", word);
    good(read_addrs, line);
    assert_string_equal(printed, expected);
}

static void an_address_has_many_forms(void **state) {
    (void) state;
    addresses("80", "0.0.0.0:80 ");
    addresses("*:80", "0.0.0.0:80 ");
    addresses("127.0.0.1:8080", "127.0.0.1:8080 ");
    addresses("[::]:80", "[::]:80 ");
    addresses("[::1]:8080", "[::1]:8080 ");
    addresses("unix:/run/weir.sock", "unix:/run/weir.sock ");
    addresses("8000-8002", "0.0.0.0:8000 0.0.0.0:8001 0.0.0.0:8002 ");
    addresses("*:8000-8001", "0.0.0.0:8000 0.0.0.0:8001 ");
    addresses("[::1]:8000-8001", "[::1]:8000 [::1]:8001 ");
    addresses("65535-65535", "0.0.0.0:65535 ");
}

static void a_default_port_may_fill_in(void **state) {
    (void) state;
    default_port = 80;
    addresses("*", "0.0.0.0:80 ");
    addresses("127.0.0.1", "127.0.0.1:80 ");
    addresses("[::1]", "[::1]:80 ");
    addresses("8080", "0.0.0.0:8080 ");
    default_port = 0;
    bad(read_addrs, "line 127.0.0.1;",
        "no port in \"127.0.0.1\" of the \"listen\" directive | ");
    bad(read_addrs, "line *;", "no port in \"*\" of the \"listen\" directive | ");
}

static void a_name_stands_for_its_addresses(void **state) {
    (void) state;
    good(read_addrs, "line localhost:8000-8001;");
    assert_non_null(strstr(printed, "127.0.0.1:8000 127.0.0.1:8001 "));
}

static void a_bad_address_is_an_error(void **state) {
    static const char *const ports[] = { "0", "65536", "80-", "-80", "90-80", "127.0.0.1:", ":80",
                                         "127.0.0.1:x", "[::1]80", "[::1", "80:", "0-5", "1-2-3" };
    char line[64], message[256];
    size_t i;

    (void) state;
    default_port = 80;
    for (i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
        snprintf(line, sizeof(line), "line %s;", ports[i]);
        snprintf(message, sizeof(message), "invalid port in \"%s\" of the \"listen\" directive"
                 " | forms: 80, *:80, 10.0.0.1:80, [::1]:80, name:80, 8000-8010, unix:/path",
                 ports[i]);
        bad(read_addrs, line, message);
    }
    bad(read_addrs, "line unix:;", "invalid path in \"unix:\" of the \"listen\" directive"
                                   " | unix:/path, the path of at most 107 bytes");
    bad(read_addrs, "line 1.2.3:80;", "host not found in \"1.2.3:80\" of the \"listen\" directive"
                                      " | it is not a host name");
    bad(read_addrs, "line [::x]:80;", "host not found in \"[::x]:80\" of the \"listen\" directive"
                                      " | it is not a host name");
}

/* ---- the list ---- */

static void listeners_keep_their_order(void **state) {
    const struct listener *at;
    struct conf *conf;

    (void) state;
    lines_on_line = add_listener;
    conf = lines_load("line 127.0.0.1:81; line unix:/x; line 127.0.0.1:80; line 127.0.0.1:81;");
    assert_int_equal(conf_errors(conf), 0);
    at = listen_list(conf);
    assert_true(str_is(at->text, "127.0.0.1:81"));
    assert_false(at->options.is_shared);
    at = at->next;
    assert_true(str_is(at->text, "unix:/x"));
    assert_true(at->options.is_shared);
    at = at->next;
    assert_true(str_is(at->text, "127.0.0.1:80"));
    assert_null(at->next);
    conf_free(conf);
}

static void an_address_belongs_to_one_family(void **state) {
    struct conf *conf;

    (void) state;
    lines_on_line = add_listener;
    conf = lines_load("line 127.0.0.1:80; line 127.0.0.1:80 stream;");
    assert_int_equal(conf_errors(conf), 1);
    assert_non_null(strstr(lines_message(conf, 0),
                           "\"127.0.0.1:80\" cannot be listened on by both http and stream"));
    conf_free(conf);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(options_have_defaults, begin),
        cmocka_unit_test_setup(options_are_read, begin),
        cmocka_unit_test_setup(reuseport_is_the_default, begin),
        cmocka_unit_test_setup(keepalive_may_have_numbers, begin),
        cmocka_unit_test_setup(bad_options_say_what_is_allowed, begin),
        cmocka_unit_test_setup(options_of_other_systems_are_refused, begin),
        cmocka_unit_test_setup(multipath_is_as_the_kernel_has_it, begin),
        cmocka_unit_test_setup(options_of_the_families_are_left_to_them, begin),
        cmocka_unit_test_setup(an_address_has_many_forms, begin),
        cmocka_unit_test_setup(a_default_port_may_fill_in, begin),
        cmocka_unit_test_setup(a_name_stands_for_its_addresses, begin),
        cmocka_unit_test_setup(a_bad_address_is_an_error, begin),
        cmocka_unit_test_setup(listeners_keep_their_order, begin),
        cmocka_unit_test_setup(an_address_belongs_to_one_family, begin),
    };

    return cmocka_run_group_tests_name("net/listen", tests, NULL, lines_give_back);
}
