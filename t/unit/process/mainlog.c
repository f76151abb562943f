/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of process/mainlog: who hears which line. */
#include "load.h"

#include "base/log.h"
#include "base/panic.h"
#include "event/logsink.h"
#include "process/mainlog.h"

#include <sys/wait.h>

static int kept_stderr;

/* From here on stderr is the file. */
static void begin_stderr(const char *path) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    kept_stderr = dup(STDERR_FILENO);
    dup2(fd, STDERR_FILENO);
    close(fd);
}

static void end_stderr(void) {
    dup2(kept_stderr, STDERR_FILENO);
    close(kept_stderr);
}

static void say(enum log_level level, const char *text) {
    log_write(log_process, level, 0, NULL, "%s", text);
}

static void use(const char *text) {
    struct conf *conf = load_good(text);

    mainlog_use(conf);
    conf_free(conf); /* the log does not need it */
}

static void the_first_log_is_there_at_once(void **state) {
    (void) state;
    assert_true(mainlog_open(in_folder("first.log")));
    assert_int_equal(access(in_folder("first.log"), F_OK), 0);
    say(LOG_LEVEL_NOTICE, "begun");
    assert_non_null(strstr(content_of(in_folder("first.log")), ": begun\n"));
}

static void one_that_cannot_be_opened_is_said_on_stderr(void **state) {
    char expected[256];

    (void) state;
    snprintf(expected, sizeof(expected),
             "weir: [alert] could not open error log file: open() \"%s\" failed"
             " (2: No such file or directory)\n", in_folder("no/first.log"));
    begin_stderr(in_folder("stderr"));
    assert_false(mainlog_open(in_folder("no/first.log")));
    assert_false(mainlog_open("stderr"));
    end_stderr();
    assert_string_equal(content_of(in_folder("stderr")), expected);
}

static void what_goes_wrong_is_shown(void **state) {
    (void) state;
    use("error_log a.log notice;");
    begin_stderr(in_folder("stderr"));
    mainlog_show();
    end_stderr(); /* it goes to the stderr of the time of the call */
    say(LOG_LEVEL_NOTICE, "quiet");
    say(LOG_LEVEL_EMERG, "12#34: loud [x]: y");
    say(LOG_LEVEL_WARN, "warned");
    mainlog_hide();
    say(LOG_LEVEL_EMERG, "hidden");
    assert_string_equal(content_of(in_folder("stderr")),
                        "weir: [emerg] 12#34: loud [x]: y\nweir: [warn] warned\n");
    assert_non_null(strstr(content_of(in_folder("a.log")), ": quiet\n"));
    assert_non_null(strstr(content_of(in_folder("a.log")), ": 12#34: loud [x]: y\n"));
    assert_non_null(strstr(content_of(in_folder("a.log")), ": hidden\n"));
}

static void what_goes_wrong_is_collected(void **state) {
    struct buf text = { NULL, 0, 0, 0 };

    (void) state;
    use("error_log b.log emerg;");
    mainlog_collect(&text);
    say(LOG_LEVEL_WARN, "warned"); /* not for the file */
    use("error_log c.log crit;");
    mainlog_collect(&text);
    say(LOG_LEVEL_ALERT, "alerted");
    mainlog_hide();
    say(LOG_LEVEL_ALERT, "hidden");
    assert_true(str_is(buf_bytes(&text), "weir: [warn] warned\nweir: [alert] alerted\n"));
    assert_string_equal(content_of(in_folder("b.log")), "");
    assert_non_null(strstr(content_of(in_folder("c.log")), ": alerted\n"));
    assert_non_null(strstr(content_of(in_folder("c.log")), ": hidden\n"));
    buf_free(&text);
}

static void a_panic_goes_to_the_log(void **state) {
    int status;
    pid_t pid;

    (void) state;
    use("error_log d.log;");
    pid = fork();
    if (pid == 0) {
        close(STDERR_FILENO);
        mainlog_take_panics();
        panic_print("panic: %d", 42);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_non_null(strstr(content_of(in_folder("d.log")), "[alert] "));
    assert_non_null(strstr(content_of(in_folder("d.log")), ": panic: 42\n"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_log_is_there_at_once),
        cmocka_unit_test(one_that_cannot_be_opened_is_said_on_stderr),
        cmocka_unit_test(what_goes_wrong_is_shown),
        cmocka_unit_test(what_goes_wrong_is_collected),
        cmocka_unit_test(a_panic_goes_to_the_log),
    };

    return cmocka_run_group_tests_name("process/mainlog", tests, make_folder, remove_folder);
}
