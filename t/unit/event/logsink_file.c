/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of event/logsink_file: files are opened, opened again, and closed. */
#include "logs.h"

/* ---- files ---- */

static void test_same_path_same_index(void **state) {
    int first = open_log("same"), second = open_log("other");

    (void) state;
    assert_int_not_equal(first, second);
    assert_int_equal(open_log("same"), first);
    assert_true((fcntl(logsink_fd(first), F_GETFD) & FD_CLOEXEC) != 0);
}

static void test_stderr_is_descriptor_2(void **state) {
    int file = logsink_open(STR("stderr"), 0);

    (void) state;
    assert_int_equal(logsink_fd(file), STDERR_FILENO);
    catch_stderr();
    logsink_write(file, STR("said\n"));
    assert_string_equal(caught_stderr(), "said\n");
    assert_int_equal(logsink_reopen(), 0);
    logsink_write(file, STR("still\n"));
    assert_string_equal(caught_stderr(), "still\n");
    release_stderr();
}

static void test_existing_file_is_appended_to(void **state) {
    int fd = open(path_of("append"), O_WRONLY | O_CREAT, 0600);

    (void) state;
    assert_int_equal(write(fd, "old\n", 4), 4);
    close(fd);
    logsink_write(open_log("append"), STR("new\n"));
    assert_string_equal(content_of("append"), "old\nnew\n");
}

static void test_link_to_a_file_that_is_not_there_yet(void **state) {
    (void) state;
    assert_int_equal(symlink("target", path_of("link")), 0);
    logsink_write(open_log("link"), STR("through\n"));
    assert_string_equal(content_of("target"), "through\n");
}

static int count_open(void) {
    int count = 0;
    unsigned i;

    for (i = 0; i < logsink_limit(); i++) {
        count += logsink_fd((int) i) >= 0;
    }
    return count;
}

static void test_open_fails(void **state) {
    int count = count_open();

    (void) state;
    assert_int_equal(logsink_open(str_from(path_of("no/such/folder")), 0644), -1);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(logsink_open(str_from(folder), 0644), -1);
    assert_int_equal(errno, EISDIR);
    assert_int_equal(count_open(), count);
}

static void test_last_close_closes(void **state) {
    int file = open_log("counted"), fd = logsink_fd(file);

    (void) state;
    assert_int_equal(open_log("counted"), file);
    logsink_hold(file);
    logsink_close(file);
    logsink_close(file);
    assert_int_equal(logsink_fd(file), fd);
    logsink_close(file);
    assert_int_equal(logsink_fd(file), -1);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
    assert_int_equal(open_log("counted anew"), file); /* the index is free again */
    logsink_close(file);
}

static void on_write_and_close(struct task *task) {
    on_write_script(task);
    logsink_close(scripted_files[0]);
}

static void test_lines_of_a_closed_file_are_written(void **state) {
    static const char *const lines[] = { "0one\n", "0two\n", NULL };
    struct task task;
    int reader;

    (void) state;
    scripted_files[0] = open_counted("closed", &reader);
    script = lines;
    task_init(&task, on_write_and_close);
    task_start(&task);
    loop_turn(0);
    assert_string_equal(next_write(reader), "one\ntwo\n");
    close(reader);
}

/* What 3,000 reloads do, each with three names of its own and one that stays: the files of the new
 * configuration are opened before those of the old one are closed. */
static void test_new_names_without_end(void **state) {
    unsigned limit = logsink_limit(), round, i;
    int stays = open_log("stays"), files[2][3], count = count_open();
    char name[32];

    (void) state;
    for (round = 0; round < 3000; round++) {
        assert_int_equal(open_log("stays"), stays);
        for (i = 0; i < 3; i++) {
            snprintf(name, sizeof(name), "round-%u-%u", round, i);
            files[round % 2][i] = open_log(name);
            assert_int_equal(unlink(path_of(name)), 0);
        }
        for (i = 0; i < 3 && round > 0; i++) {
            logsink_close(files[1 - round % 2][i]);
        }
        logsink_close(stays);
        assert_int_equal(count_open(), count + 3);
    }
    assert_in_range(logsink_limit(), limit, limit < 32 ? 64 : 2 * limit);
    for (i = 0; i < 3; i++) {
        logsink_close(files[(round - 1) % 2][i]);
    }
    logsink_close(stays);
}

static void test_reopen_makes_only_what_is_open(void **state) {
    int gone = open_log("gone"), there = open_log("there");

    (void) state;
    assert_int_equal(unlink(path_of("gone")), 0);
    assert_int_equal(unlink(path_of("there")), 0);
    logsink_close(gone);
    assert_int_equal(logsink_reopen(), 0);
    assert_int_equal(access(path_of("gone"), F_OK), -1);
    assert_int_equal(access(path_of("there"), F_OK), 0);
    logsink_close(there);
}

static void test_child_keeps_its_own(void **state) {
    int mine = open_log("mine"), theirs = open_log("theirs");
    pid_t pid;
    int status;

    (void) state;
    logsink_hold(theirs);
    pid = fork();
    if (pid == 0) {
        int fd = logsink_fd(theirs);

        logsink_keep_only(&mine, 1);
        logsink_write(mine, STR("kept\n"));
        _exit(logsink_fd(theirs) == -1 && fcntl(fd, F_GETFD) == -1 && count_open() == 1 ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_string_equal(content_of("mine"), "kept\n");
    assert_true(logsink_fd(theirs) >= 0);
    logsink_close(theirs);
    logsink_close(theirs);
    logsink_close(mine);
}

static void test_reopen_after_a_rename(void **state) {
    int file = open_log("rotated"), fd = logsink_fd(file);

    (void) state;
    logsink_write(file, STR("before\n"));
    assert_int_equal(rename(path_of("rotated"), path_of("rotated.1")), 0);
    logsink_write(file, STR("between\n"));
    assert_int_equal(logsink_reopen(), 0);
    assert_int_equal(logsink_fd(file), fd);
    assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
    logsink_write(file, STR("after\n"));
    assert_string_equal(content_of("rotated.1"), "before\nbetween\n");
    assert_string_equal(content_of("rotated"), "after\n");
}

static void test_reopen_that_fails_keeps_the_old(void **state) {
    int file;

    (void) state;
    assert_int_equal(mkdir(path_of("sub"), 0755), 0);
    file = open_log("sub/log");
    assert_int_equal(rename(path_of("sub"), path_of("moved")), 0);
    assert_int_equal(logsink_reopen(), 1);
    assert_non_null(strstr(process_line, "sub/log\" failed (2: No such file or directory)"));
    logsink_write(file, STR("goes on\n"));
    assert_string_equal(content_of("moved/log"), "goes on\n");
    assert_int_equal(mkdir(path_of("sub"), 0755), 0); /* for the reopens to come */
}

static void test_descriptor_from_the_master(void **state) {
    int file = open_log("replaced"), fd = logsink_fd(file);

    (void) state;
    logsink_replace_fd(file, open(path_of("fresh"), O_WRONLY | O_CREAT | O_APPEND, 0600));
    assert_int_equal(logsink_fd(file), fd);
    logsink_write(file, STR("to the new one\n"));
    assert_string_equal(content_of("fresh"), "to the new one\n");
    assert_string_equal(content_of("replaced"), "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_same_path_same_index),
        TEST(test_stderr_is_descriptor_2),
        TEST(test_existing_file_is_appended_to),
        TEST(test_link_to_a_file_that_is_not_there_yet),
        TEST(test_open_fails),
        TEST(test_last_close_closes),
        TEST(test_lines_of_a_closed_file_are_written),
        TEST(test_new_names_without_end),
        TEST(test_reopen_makes_only_what_is_open),
        TEST(test_child_keeps_its_own),
        TEST(test_reopen_after_a_rename),
        TEST(test_reopen_that_fails_keeps_the_old),
        TEST(test_descriptor_from_the_master),
    };

    return cmocka_run_group_tests_name("event/logsink_file", tests, make_folder, remove_folder);
}
