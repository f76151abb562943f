/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of process/command: a master in this process, and askers in children. */
#include "load.h"

#include "event/channel.h"
#include "process/command.h"
#include "process/messages.h"

#include <sys/stat.h>
#include <sys/wait.h>

enum { ASKERS = 4 };

static unsigned asked; /* reloads that were asked for */
static unsigned number; /* the one that answers */
static pid_t pids[ASKERS];

static unsigned on_reload(void) {
    asked++;
    return number;
}

static int begin(void **state) {
    (void) state;
    loop_init();
    asked = 0;
    number = 1;
    return command_open(in_folder("pid"), on_reload) ? 0 : -1;
}

static int end(void **state) {
    (void) state;
    command_close();
    loop_fini();
    return 0;
}

/* Starts one who asks; what it writes to stderr goes to the file "answer". */
static void ask(unsigned i) {
    pids[i] = fork();
    if (pids[i] == 0) {
        int fd = open(in_folder("answer"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

        loop_fini();
        command_leave();
        dup2(fd, STDERR_FILENO);
        _exit(command_ask_reload(in_folder("pid")));
    }
}

static void wait_asked(unsigned count) {
    while (asked < count) {
        loop_turn(1000);
    }
}

static int status_of(unsigned i) {
    int status;

    loop_turn(0);
    assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void the_answer_comes_with_its_text_and_status(void **state) {
    (void) state;
    ask(0);
    wait_asked(1);
    command_answer(1, 1, STR("what went wrong\n"));
    assert_int_equal(status_of(0), 1);
    assert_string_equal(content_of(in_folder("answer")), "what went wrong\n");
    ask(0);
    wait_asked(2);
    command_answer(1, 0, STR_NONE);
    assert_int_equal(status_of(0), 0);
    assert_string_equal(content_of(in_folder("answer")), "");
}

static void each_is_answered_by_its_reload(void **state) {
    unsigned i;

    (void) state;
    for (i = 0; i < ASKERS; i++) {
        number = i < 2 ? 7 : 8;
        ask(i);
        wait_asked(i + 1);
    }
    command_answer(7, 1, STR_NONE);
    assert_int_equal(status_of(0), 1);
    assert_int_equal(status_of(1), 1);
    loop_turn(20);
    assert_int_equal(waitpid(pids[2], NULL, WNOHANG), 0);
    command_answer(8, 0, STR_NONE);
    assert_int_equal(status_of(2), 0);
    assert_int_equal(status_of(3), 0);
}

static void who_goes_away_is_forgotten(void **state) {
    (void) state;
    ask(0);
    wait_asked(1);
    kill(pids[0], SIGKILL);
    assert_int_equal(waitpid(pids[0], NULL, 0), pids[0]);
    loop_turn(1000);
    command_answer(1, 0, STR_NONE);
    loop_turn(0);
}

static void a_master_that_dies_answers_nobody(void **state) {
    (void) state;
    ask(0);
    wait_asked(1);
    command_leave();
    assert_int_equal(status_of(0), 1);
    assert_string_equal(content_of(in_folder("answer")),
                        "weir: [emerg] the master process did not answer\n");
    loop_fini();
    loop_init();
}

static void without_a_socket_nobody_can_be_asked(void **state) {
    struct stat status;

    (void) state;
    assert_int_equal(stat(in_folder("pid.sock"), &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    command_close();
    assert_int_equal(stat(in_folder("pid.sock"), &status), -1);
    assert_int_equal(command_ask_reload(in_folder("pid")), -1);
    assert_int_equal(command_ask_reload("/no/such/folder/pid"), -1);
}

static void a_master_that_ends_says_so(void **state) {
    (void) state;
    number = 0;
    ask(0);
    wait_asked(1);
    assert_int_equal(status_of(0), 1);
    assert_string_equal(content_of(in_folder("answer")),
                        "weir: [emerg] the master process ends\n");
}

static void nonsense_is_refused(void **state) {
    struct sockaddr_un name = { .sun_family = AF_UNIX };
    struct channel_message message = { .type = MESSAGE_DRAIN }, answer;
    static char buffer[CHANNEL_DATA_MAX];
    int fds[CHANNEL_FDS_MAX], fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    (void) state;
    snprintf(name.sun_path, sizeof(name.sun_path), "%s", in_folder("pid.sock"));
    assert_int_equal(connect(fd, (struct sockaddr *) &name, sizeof(name)), 0);
    assert_true(channel_send_now(fd, &message));
    loop_turn(1000);
    loop_turn(0);
    assert_true(channel_receive_now(fd, 1000, buffer, fds, &answer));
    assert_int_equal(answer.type, MESSAGE_RESULT);
    assert_int_equal(asked, 0);
    close(fd);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_answer_comes_with_its_text_and_status, begin, end),
        cmocka_unit_test_setup_teardown(each_is_answered_by_its_reload, begin, end),
        cmocka_unit_test_setup_teardown(who_goes_away_is_forgotten, begin, end),
        cmocka_unit_test_setup_teardown(a_master_that_dies_answers_nobody, begin, end),
        cmocka_unit_test_setup_teardown(without_a_socket_nobody_can_be_asked, begin, end),
        cmocka_unit_test_setup_teardown(a_master_that_ends_says_so, begin, end),
        cmocka_unit_test_setup_teardown(nonsense_is_refused, begin, end),
    };

    return cmocka_run_group_tests_name("process/command", tests, make_folder, remove_folder);
}
