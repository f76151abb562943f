/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of net/names: which names get addresses, what is said about those that do not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "net/names_priv.h"

#include <fcntl.h>
#include <net/if.h>
#include <netdb.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lines.h"

static struct names_entry *entries[16];
static unsigned entry_count;
static bool is_private; /* we live in namespaces of our own, with the hosts file below */

static const char hosts[] = "127.0.0.1 localhost\n"
                            "10.0.0.2 db\n"
                            "10.0.0.1 db.example.internal\n"
                            "10.0.0.2 db.example.internal\n"
                            "10.0.0.1 db.example.internal\n"
                            "2001:db8::1 db.example.internal\n";

/* "line upstream NAME", "line NAME PORT". */
static bool read_line(struct conf *conf, const struct conf_line *line) {
    struct str port = line->count > 2 ? line->words[2].text : STR("80");

    if (str_is(line->words[1].text, "upstream")) {
        names_add_known(conf, line->words[2].text);
        return true;
    }
    entries[entry_count] = names_add(conf, line->words[1].text, (uint16_t) atol(port.data), line,
                                     1);
    return entries[entry_count++] != NULL;
}

static struct conf *load(const char *text) {
    lines_on_line = read_line;
    entry_count = 0;
    return lines_load(text);
}

static void expect_addrs(unsigned index, const char *expected) {
    const struct names_entry *entry = entries[index];
    char text[512] = "";
    size_t len = 0;
    unsigned i;

    for (i = 0; i < entry->count; i++) {
        len += addr_format(&entry->addrs[i], text + len);
        text[len++] = ' ';
    }
    text[len] = '\0';
    assert_string_equal(text, expected);
}

/* ---- a network of our own ---- */

static void write_file(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t) strlen(text));
    close(fd);
}

static bool mount_text(const char *folder, const char *name, const char *text) {
    char from[128], to[128];

    snprintf(from, sizeof(from), "%s/%s", folder, name);
    snprintf(to, sizeof(to), "/etc/%s", name);
    write_file(from, text);
    return mount(from, to, NULL, MS_BIND, NULL) == 0;
}

static void bring_up_loopback(void) {
    struct ifreq request = { .ifr_name = "lo" };
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    ioctl(fd, SIOCGIFFLAGS, &request);
    request.ifr_flags |= IFF_UP;
    ioctl(fd, SIOCSIFFLAGS, &request);
    close(fd);
}

/* Names then come from our files only, or from a server that never answers. Where that is not
 * allowed, the tests that need it are skipped. */
static int begin_group(void **state) {
    char folder[] = "/tmp/weir-names-XXXXXX", path[64];
    bool is_ok;

    (void) state;
    if (unshare(CLONE_NEWNS | CLONE_NEWNET) < 0
        || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 || mkdtemp(folder) == NULL) {
        return 0;
    }
    bring_up_loopback();
    is_ok = mount_text(folder, "hosts", hosts)
        && mount_text(folder, "nsswitch.conf", "hosts: files dns\n")
        && mount_text(folder, "resolv.conf", "nameserver 127.0.0.1\n");
    is_private = is_ok;
    /* The mounts keep the files. */
    snprintf(path, sizeof(path), "rm -r %s", folder);
    return system(path) == 0 ? 0 : -1;
}

static void need_private(void) {
    if (!is_private) {
        skip();
    }
}

/* A name server that takes questions and says nothing. */
static int silent_server(void) {
    struct sockaddr_in addr = { .sin_family = AF_INET, .sin_port = htons(53),
                                .sin_addr = { htonl(INADDR_LOOPBACK) } };
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(fd, (struct sockaddr *) &addr, sizeof(addr)), 0);
    return fd;
}

/* ---- what a load gets ---- */

static void literals_are_answered_at_once(void **state) {
    struct conf *conf = load("line 10.0.0.1 3306; line '[::1]' 80; line unix:/run/x 0;");

    (void) state;
    assert_int_equal(conf_errors(conf), 0);
    expect_addrs(0, "10.0.0.1:3306 ");
    expect_addrs(1, "[::1]:80 ");
    expect_addrs(2, "unix:/run/x ");
    conf_free(conf);
}

static void localhost_needs_no_dot(void **state) {
    struct conf *conf = load("line localhost 3306;");

    (void) state;
    assert_int_equal(conf_errors(conf), 0);
    assert_true(entries[0]->count > 0);
    assert_int_equal(addr_port(&entries[0]->addrs[0]), 3306);
    conf_free(conf);
}

static void a_name_gets_all_addresses_once(void **state) {
    struct conf *conf;

    (void) state;
    need_private();
    conf = load("line db.example.internal 3306; line db 80; line db.example.internal 81;");
    assert_int_equal(conf_errors(conf) + conf_warnings(conf), 0);
    assert_int_equal(entries[0]->count, 3);
    assert_int_equal(entries[2]->count, 3);
    expect_addrs(1, "10.0.0.2:80 ");
    assert_int_equal(addr_port(&entries[0]->addrs[2]), 3306);
    assert_int_equal(addr_port(&entries[2]->addrs[2]), 81);
    conf_free(conf);
}

static void an_unknown_name_without_a_dot_is_an_error(void **state) {
    struct conf *conf;

    (void) state;
    need_private();
    conf = load("line upstream app; line upstream api; line aap;");
    assert_int_equal(conf_errors(conf), 1);
    assert_string_equal(lines_message(conf, 0), "host not found in upstream \"aap\" | upstreams"
                                                " defined: app, api (did you mean \"app\"?)");
    conf_free(conf);
    conf = load("line upstream app; line elsewhere;");
    assert_string_equal(lines_message(conf, 0), "host not found in upstream \"elsewhere\""
                                                " | upstreams defined: app");
    conf_free(conf);
    conf = load("line nowhere;");
    assert_int_equal(conf_errors(conf), 1);
    assert_non_null(strstr(lines_message(conf, 0), "no upstream is defined"));
    conf_free(conf);
    conf = load("line upstream u1; line upstream u2; line upstream u3; line upstream u4;"
                "line upstream u5; line upstream u6; line upstream u7; line upstream u8;"
                "line upstream u9; line elsewhere;");
    assert_non_null(strstr(lines_message(conf, 0), "u8 ..."));
    conf_free(conf);
}

static void an_unknown_name_with_a_dot_is_a_warning(void **state) {
    struct conf *conf;

    (void) state;
    need_private();
    conf = load("line a.example.internal; line db;");
    assert_int_equal(conf_errors(conf), 0);
    assert_int_equal(conf_warnings(conf), 1);
    assert_non_null(strstr(lines_message(conf, 0),
                           "(warning) host not found in upstream \"a.example.internal\" | "));
    assert_int_equal(entries[0]->count, 0);
    assert_int_equal(entries[1]->count, 1);
    conf_free(conf);
}

static void what_is_no_name_is_not_asked_for(void **state) {
    static const char *const words[] = { "a/b", "a:80", "[x]", "80", "127.1", "1.2.3", "a%b",
                                         "'a b'", "unix:" };
    char text[64];
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        struct conf *conf;

        snprintf(text, sizeof(text), "line %s;", words[i]);
        conf = load(text);
        assert_int_equal(conf_errors(conf), 1);
        assert_non_null(strstr(lines_message(conf, 0), "invalid host in upstream"));
        conf_free(conf);
    }
}

static bool look_up(struct conf *conf, const struct conf_line *line) {
    struct addr *addrs;
    const char *reason;

    assert_int_equal(names_lookup(conf, STR("db"), 99, &addrs, &reason), 1);
    assert_int_equal(addr_port(&addrs[0]), 99);
    assert_int_equal(names_lookup(conf, STR("none.such"), 99, &addrs, &reason), 0);
    assert_true(strlen(reason) > 0);
    return line != NULL;
}

static void a_name_can_be_looked_up_at_once(void **state) {
    struct conf *conf;

    (void) state;
    need_private();
    lines_on_line = look_up;
    conf = lines_load("line x;");
    assert_int_equal(conf_errors(conf), 0);
    conf_free(conf);
}

/* ---- the helper ---- */

static const struct names_user nobody = { 65534, 65534 };

static void one_silent_name_does_not_hold_up_the_others(void **state) {
    struct names_question questions[] = { { .host = STR("a.silent") },
                                          { .host = STR("db") },
                                          { .host = STR("b.silent") },
                                          { .host = STR("localhost") } };
    struct arena arena;
    int64_t start_us;
    int server;

    (void) state;
    need_private();
    server = silent_server();
    arena_init(&arena);
    start_us = clock_precise_us();
    names_ask(questions, 4, nobody, 500, &arena);
    assert_in_range(clock_precise_us() - start_us, 400 * 1000, 3000 * 1000);
    assert_true(questions[1].is_answered && questions[3].is_answered);
    assert_false(questions[0].is_answered || questions[2].is_answered);
    assert_int_equal(questions[0].count, 0);
    assert_int_equal(questions[1].count, 1);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* the helper is gone */
    arena_fini(&arena);
    close(server);
}

static void many_names_are_asked_for(void **state) {
    struct names_question questions[200];
    struct arena arena;
    unsigned i;

    (void) state;
    need_private();
    arena_init(&arena);
    for (i = 0; i < 200; i++) {
        questions[i] = (struct names_question){ .host = i % 2 == 0 ? STR("db")
                                                                   : STR("db.example.internal") };
    }
    names_ask(questions, 200, nobody, 5000, &arena);
    for (i = 0; i < 200; i++) {
        assert_true(questions[i].is_answered);
        assert_int_equal(questions[i].count, i % 2 == 0 ? 1 : 3);
    }
    arena_fini(&arena);
}

/* The text of /proc/PID/name. */
static void read_proc(int pid, const char *name, char *text, size_t size) {
    char path[64];
    ssize_t n;
    int fd;

    snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    n = fd >= 0 ? read(fd, text, size - 1) : 0;
    text[n > 0 ? n : 0] = '\0';
    if (fd >= 0) {
        close(fd);
    }
}

static int find_child(int pid) {
    char name[64], text[64];
    int tries, child = 0;

    snprintf(name, sizeof(name), "task/%d/children", pid);
    for (tries = 0; tries < 200 && child == 0; tries++) {
        usleep(10 * 1000);
        read_proc(pid, name, text, sizeof(text));
        child = (int) strtol(text, NULL, 10);
    }
    return child;
}

static void the_helper_has_no_privileges(void **state) {
    char status[4096] = "";
    int server, asker, helper, tries;

    (void) state;
    need_private();
    server = silent_server();
    asker = fork();
    if (asker == 0) {
        struct names_question question = { .host = STR("a.silent") };
        struct arena arena;

        arena_init(&arena);
        names_ask(&question, 1, nobody, 3000, &arena);
        _exit(0);
    }
    helper = find_child(asker);
    assert_true(helper > 0);
    for (tries = 0; tries < 200 && strstr(status, "NoNewPrivs:\t1") == NULL; tries++) {
        usleep(10 * 1000);
        read_proc(helper, "status", status, sizeof(status));
    }
    assert_non_null(strstr(status, "Uid:\t65534\t65534\t65534\t65534"));
    assert_non_null(strstr(status, "Gid:\t65534\t65534\t65534\t65534"));
    assert_non_null(strstr(status, "Groups:\t \n"));
    assert_non_null(strstr(status, "NoNewPrivs:\t1"));
    assert_non_null(strstr(status, "CapEff:\t0000000000000000"));
    kill(asker, SIGKILL);
    waitpid(asker, NULL, 0);
    /* It goes with the one who asked. */
    for (tries = 0; tries < 200 && kill(helper, 0) == 0; tries++) {
        read_proc(helper, "status", status, sizeof(status));
        if (strstr(status, "State:\tZ") != NULL) {
            break;
        }
        usleep(10 * 1000);
    }
    assert_true(tries < 200);
    close(server);
}

/* ---- what it says is not believed ---- */

struct answer {
    char bytes[NAMES_ANSWER_MAX];
    size_t len;
};

static struct answer answer_of(uint32_t index, unsigned count) {
    struct addr addrs[2];
    struct answer answer;

    assert_true(parse_addr(STR("10.0.0.1"), 1, &addrs[0]));
    assert_true(parse_addr(STR("[2001:db8::1]"), 1, &addrs[1]));
    answer.len = names_format_answer(answer.bytes, index, 0, addrs, count);
    return answer;
}

static enum names_parsed parse(struct str bytes, struct names_question *questions,
                               struct arena *arena) {
    size_t used = 0;
    enum names_parsed parsed = names_parse_answer(bytes, &used, questions, 2, arena);

    assert_true(parsed != NAMES_ANSWER || used <= bytes.len);
    return parsed;
}

static void an_answer_is_read_when_it_is_whole(void **state) {
    struct names_question questions[2] = { { .host = STR("a") }, { .host = STR("b") } };
    struct answer answer = answer_of(1, 2);
    struct arena arena;
    char text[ADDR_TEXT_MAX];
    size_t len;

    (void) state;
    arena_init(&arena);
    for (len = 0; len < answer.len; len++) {
        assert_int_equal(parse(str_make(answer.bytes, len), questions, &arena), NAMES_NEED_MORE);
    }
    assert_int_equal(parse(str_make(answer.bytes, len), questions, &arena), NAMES_ANSWER);
    assert_false(questions[0].is_answered);
    assert_int_equal(questions[1].count, 2);
    assert_true(str_is(str_make(text, addr_format(&questions[1].addrs[0], text)), "10.0.0.1:0"));
    assert_true(str_is(str_make(text, addr_format(&questions[1].addrs[1], text)),
                       "[2001:db8::1]:0"));
    arena_fini(&arena);
}

static void nonsense_is_refused(void **state) {
    struct names_question questions[2] = { { .host = STR("a") }, { .host = STR("b") } };
    struct answer answer = answer_of(2, 1);
    struct arena arena;
    uint32_t many = NAMES_ADDRS_MAX + 1;

    (void) state;
    arena_init(&arena);
    /* About what was not asked. */
    assert_int_equal(parse(str_make(answer.bytes, answer.len), questions, &arena), NAMES_BAD);
    /* More addresses than there may be. */
    answer = answer_of(0, 1);
    memcpy(answer.bytes + 8, &many, 4);
    assert_int_equal(parse(str_make(answer.bytes, answer.len), questions, &arena), NAMES_BAD);
    /* Another kind of address. */
    answer = answer_of(0, 1);
    answer.bytes[12] = AF_UNIX;
    assert_int_equal(parse(str_make(answer.bytes, answer.len), questions, &arena), NAMES_BAD);
    assert_false(questions[0].is_answered);
    /* Twice. */
    answer = answer_of(0, 1);
    assert_int_equal(parse(str_make(answer.bytes, answer.len), questions, &arena), NAMES_ANSWER);
    assert_int_equal(parse(str_make(answer.bytes, answer.len), questions, &arena), NAMES_BAD);
    arena_fini(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(literals_are_answered_at_once),
        cmocka_unit_test(localhost_needs_no_dot),
        cmocka_unit_test(a_name_gets_all_addresses_once),
        cmocka_unit_test(an_unknown_name_without_a_dot_is_an_error),
        cmocka_unit_test(an_unknown_name_with_a_dot_is_a_warning),
        cmocka_unit_test(what_is_no_name_is_not_asked_for),
        cmocka_unit_test(a_name_can_be_looked_up_at_once),
        cmocka_unit_test(one_silent_name_does_not_hold_up_the_others),
        cmocka_unit_test(many_names_are_asked_for),
        cmocka_unit_test(the_helper_has_no_privileges),
        cmocka_unit_test(an_answer_is_read_when_it_is_whole),
        cmocka_unit_test(nonsense_is_refused),
    };

    return cmocka_run_group_tests_name("net/names", tests, begin_group, lines_give_back);
}
