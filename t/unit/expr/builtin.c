/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of expr/builtin: the variables that need no connection. */
#include "load.h"

#include "version.h"

#include <limits.h>

static void times_follow_the_clock(void **state) {
    struct request request;

    (void) state;
    request_init(&request, load_good("stream { }"));
    clock_fake(1000, 1795263326042);
    assert_variable(&request, "msec", "1795263326.042");
    assert_variable(&request, "time_iso8601", "2026-11-21T12:15:26+00:00");
    assert_variable(&request, "time_local", "21/Nov/2026:12:15:26 +0000");
    clock_fake(2000, 1795263327001);
    assert_variable(&request, "msec", "1795263327.001");
    assert_variable(&request, "time_iso8601", "2026-11-21T12:15:27+00:00");
    request_fini(&request);
}

static void process_and_host_are_known(void **state) {
    char host[HOST_NAME_MAX + 1] = "", pid[32];
    struct request request;
    struct str value;

    (void) state;
    request_init(&request, load_good("stream { }"));
    snprintf(pid, sizeof(pid), "%d", (int) getpid());
    assert_variable(&request, "pid", pid);
    gethostname(host, sizeof(host) - 1);
    assert_true(scope_get_by_name(&request.scope, STR("hostname"), &value));
    assert_true(str_equal_nocase(value, str_from(host)));
    request_fini(&request);
}

static void version_has_both_names(void **state) {
    struct request request;

    (void) state;
    request_init(&request, load_good("stream { }"));
    assert_variable(&request, "weir_version", WEIR_VERSION);
    assert_variable(&request, "nginx_version", WEIR_VERSION);
    request_fini(&request);
}

static void environment_is_read_by_exact_name(void **state) {
    const struct load_conf *http;
    struct request request;

    (void) state;
    request_init(&request, load_good("stream { }"));
    setenv("WEIR_T_CASE", "upper", 1);
    setenv("WEIR_T_Case", "mixed", 1);
    assert_variable(&request, "env_WEIR_T_CASE", "upper");
    assert_variable(&request, "ENV_WEIR_T_Case", "mixed");
    assert_variable(&request, "env_weir_t_case", NULL);
    request_fini(&request);
    request_init(&request, load_good("http { text $env_WEIR_T_Case$env_WEIR_T_CASE; }"));
    http = conf_of(load_http, &load_module);
    assert_str(template_text(http->text, &request.scope), "mixedupper");
    request_fini(&request);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_follow_the_clock),
        cmocka_unit_test(process_and_host_are_known),
        cmocka_unit_test(version_has_both_names),
        cmocka_unit_test(environment_is_read_by_exact_name),
    };

    setenv("TZ", "UTC", 1);
    return cmocka_run_group_tests_name("expr/builtin", tests, NULL, load_give_back);
}
