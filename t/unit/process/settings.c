/* SPDX-License-Identifier: BSD-2-Clause */
/* wrap: getpwnam getgrnam */
/* Tests of process/settings: the directives of main and events. */
#include "load.h"

#include <grp.h>
#include <pwd.h>

static unsigned asked;

struct passwd *__real_getpwnam(const char *name);
struct passwd *__wrap_getpwnam(const char *name);
struct group *__real_getgrnam(const char *name);
struct group *__wrap_getgrnam(const char *name);

struct passwd *__wrap_getpwnam(const char *name) {
    asked++;
    return __real_getpwnam(name);
}

struct group *__wrap_getgrnam(const char *name) {
    asked++;
    return __real_getgrnam(name);
}

static void the_defaults_are_nginx_s(void **state) {
    struct conf *conf = load_good("");
    const struct process_settings *settings = process_settings_of(conf);
    const struct events_settings *events = events_settings_of(conf);
    char path[128];

    (void) state;
    snprintf(path, sizeof(path), "%s/default.pid", folder);
    assert_true(settings->is_daemon);
    assert_true(settings->has_master);
    assert_string_equal(settings->pid_path.data, path);
    assert_int_equal(settings->workers, 1);
    assert_int_equal(settings->priority, 0);
    assert_int_equal(settings->rlimit_nofile, -1);
    assert_true(settings->rlimit_core == UINT64_MAX);
    assert_int_equal(settings->shutdown_timeout_ms, 0);
    assert_int_equal(settings->working_directory.len, 0);
    assert_int_equal(settings->env.count, 0);
    assert_int_equal(settings->affinity.count, 0);
    assert_false(settings->affinity.is_auto);
    assert_int_equal(events->worker_connections, 512);
    assert_false(events->has_multi_accept);
    assert_int_equal(events->debug.count, 0);
    conf_free(conf);
}

static void all_can_be_set(void **state) {
    struct conf *conf = load_good("daemon off; master_process off; pid x.pid; worker_processes 7;"
                                  "worker_priority -5; worker_rlimit_nofile 5000;"
                                  "worker_rlimit_core 3m; worker_shutdown_timeout 90s;"
                                  "working_directory /var/tmp; env A; env B=c;"
                                  "events { worker_connections 77; multi_accept on; use epoll;"
                                  "debug_connection 10.0.0.0/8; debug_connection unix:; }");
    const struct process_settings *settings = process_settings_of(conf);
    const struct events_settings *events = events_settings_of(conf);

    (void) state;
    assert_false(settings->is_daemon);
    assert_false(settings->has_master);
    assert_non_null(strstr(settings->pid_path.data, "/x.pid"));
    assert_int_equal(settings->workers, 7);
    assert_int_equal(settings->priority, -5);
    assert_int_equal(settings->rlimit_nofile, 5000);
    assert_true(settings->rlimit_core == 3 * 1024 * 1024);
    assert_int_equal(settings->shutdown_timeout_ms, 90000);
    assert_string_equal(settings->working_directory.data, "/var/tmp");
    assert_int_equal(settings->env.count, 2);
    assert_int_equal(events->worker_connections, 77);
    assert_true(events->has_multi_accept);
    assert_int_equal(events->debug.count, 2);
    assert_int_equal(events->debug.nets[1].family, AF_UNIX);
    conf_free(conf);
}

static void auto_counts_the_cpus_that_may_be_used(void **state) {
    struct conf *conf = load_good("worker_processes auto;");
    cpu_set_t set;

    (void) state;
    assert_int_equal(sched_getaffinity(0, sizeof(set), &set), 0);
    assert_int_equal(process_settings_of(conf)->workers, CPU_COUNT(&set));
    conf_free(conf);
}

static void masks_are_binary_with_cpu_0_last(void **state) {
    struct conf *conf = load_good("worker_cpu_affinity 0001 1010;");
    const struct process_affinity *affinity = &process_settings_of(conf)->affinity;

    (void) state;
    assert_int_equal(affinity->count, 2);
    assert_int_equal(CPU_COUNT(&affinity->masks[0]), 1);
    assert_true(CPU_ISSET(0, &affinity->masks[0]));
    assert_int_equal(CPU_COUNT(&affinity->masks[1]), 2);
    assert_true(CPU_ISSET(1, &affinity->masks[1]) && CPU_ISSET(3, &affinity->masks[1]));
    conf_free(conf);
    conf = load_good("worker_cpu_affinity auto 0110;");
    affinity = &process_settings_of(conf)->affinity;
    assert_true(affinity->is_auto);
    assert_int_equal(affinity->count, 1);
    conf_free(conf);
}

static void wrong_values_are_refused(void **state) {
    (void) state;
    assert_error("worker_processes 0;", "invalid value \"0\"",
                 "a number from 1 to 240, or \"auto\": one for each CPU");
    assert_error("worker_processes 513;", "invalid value \"513\"", NULL);
    assert_error("worker_cpu_affinity 012;", "invalid CPU mask \"012\"",
                 "a mask is written in binary, CPU 0 last: 0001 0010 0100");
    assert_error("worker_cpu_affinity auto 1 1;", "\"auto\" takes one mask at most", NULL);
    assert_error("events { use kqueue; }", "invalid event type \"kqueue\"", "weir has one: epoll");
    assert_error("events { debug_connection 10.0.0; }", "invalid address \"10.0.0\"", NULL);
}

static void users_must_be_there(void **state) {
    struct conf *conf;

    (void) state;
    if (geteuid() != 0) {
        conf = load_good("user nosuchuser;");
        assert_int_equal(conf_warnings(conf), 1);
        conf_free(conf);
        return;
    }
    conf = load_good("");
    assert_string_equal(process_settings_of(conf)->user.name, "root");
    conf_free(conf);
    conf = load_good("user daemon bin;");
    assert_string_equal(process_settings_of(conf)->user.name, "daemon");
    assert_int_not_equal(process_settings_of(conf)->user.uid, 0);
    assert_int_not_equal(process_settings_of(conf)->user.gid,
                         process_settings_of(conf)->user.uid);
    conf_free(conf);
    assert_error("user nosuchuser;", "getpwnam(\"nosuchuser\") failed", NULL);
    assert_error("user daemon nosuchgroup;", "getgrnam(\"nosuchgroup\") failed", NULL);
}

static void a_bundle_knows_the_users(void **state) {
    struct buf bundle = { NULL, 0, 0, 0 };
    struct conf *conf;

    (void) state;
    if (geteuid() != 0) {
        skip();
    }
    conf = load_good("user daemon bin;");
    conf_bundle(conf, &bundle);
    conf_free(conf);
    asked = 0;
    conf = load_bundle(buf_bytes(&bundle));
    assert_int_equal(conf_errors(conf), 0);
    assert_int_equal(asked, 0);
    assert_int_equal(process_settings_of(conf)->user.uid, __real_getpwnam("daemon")->pw_uid);
    assert_int_equal(process_settings_of(conf)->user.gid, __real_getgrnam("bin")->gr_gid);
    conf_free(conf);
    buf_free(&bundle);
    conf = load("user nosuchuser;");
    conf_bundle(conf, &bundle);
    conf_free(conf);
    asked = 0;
    conf = load_bundle(buf_bytes(&bundle));
    assert_string_equal(conf_message(conf, 0)->text, "getpwnam(\"nosuchuser\") failed");
    assert_int_equal(asked, 0);
    conf_free(conf);
    buf_free(&bundle);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_defaults_are_nginx_s),
        cmocka_unit_test(all_can_be_set),
        cmocka_unit_test(auto_counts_the_cpus_that_may_be_used),
        cmocka_unit_test(masks_are_binary_with_cpu_0_last),
        cmocka_unit_test(wrong_values_are_refused),
        cmocka_unit_test(users_must_be_there),
        cmocka_unit_test(a_bundle_knows_the_users),
    };

    return cmocka_run_group_tests_name("process/settings", tests, make_folder, remove_folder);
}
