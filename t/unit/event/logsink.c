/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of event/logsink: when lines leave, in how many writes, and what is lost and said. */
#include "logs.h"

/* ---- turns ---- */

static void test_lines_of_a_turn_leave_in_one_write(void **state) {
    static const char *const lines[] = { "0a\n", "0b\n", "0c\n", NULL };
    int reader;

    (void) state;
    scripted_files[0] = open_counted("one", &reader);
    turn_writes(lines);
    assert_string_equal(next_write(reader), "a\nb\nc\n");
    assert_string_equal(next_write(reader), "");
    assert_int_equal(own.len, 0);
    turn_writes(lines);
    assert_string_equal(next_write(reader), "a\nb\nc\n");
    close(reader);
}

static void test_files_get_their_own(void **state) {
    static const char *const lines[] = { "0a\n", "1b\n", "0c\n", "2d\n", "1e\n", "0f\n", NULL };
    int readers[3], i;

    (void) state;
    for (i = 0; i < 3; i++) {
        char name[] = { 'm', (char) ('0' + i), '\0' };

        scripted_files[i] = open_counted(name, &readers[i]);
    }
    turn_writes(lines);
    assert_string_equal(next_write(readers[0]), "a\nc\nf\n");
    assert_string_equal(next_write(readers[1]), "b\ne\n");
    assert_string_equal(next_write(readers[2]), "d\n");
    for (i = 0; i < 3; i++) {
        assert_string_equal(next_write(readers[i]), "");
        close(readers[i]);
    }
}

/* Before the loop runs, without a buffer, and where no turn's end is to come. */
static void test_at_once(void **state) {
    int reader, file = open_counted("at-once", &reader);

    (void) state;
    logsink_write(file, STR("outside\n"));
    assert_string_equal(next_write(reader), "outside\n");
    logsink_set_buffer(NULL);
    logsink_write(file, STR("unbuffered\n"));
    assert_string_equal(next_write(reader), "unbuffered\n");
    close(reader);
}

static void on_write_in_hook(struct task *task) {
    static const char *const late[] = { "0late\n", NULL };

    task_cancel(task);
    script = late;
    on_write_script(task);
}

static void test_lines_of_turn_end_hooks_are_not_forgotten(void **state) {
    static const char *const lines[] = { "0early\n", NULL };
    struct task hook;
    int reader;

    (void) state;
    scripted_files[0] = open_counted("hooks", &reader);
    task_init(&hook, on_write_in_hook);
    task_start_turn_end(&hook);
    turn_writes(lines);
    assert_string_equal(next_write(reader), "early\n");
    assert_string_equal(next_write(reader), "late\n");
    close(reader);
}

static char long_line[2 * LOGSINK_BUFFER_SIZE];

static void on_write_long(struct task *task) {
    (void) task;
    logsink_write(scripted_files[0], STR("first\n"));
    logsink_write(scripted_files[0], str_make(long_line, LOGSINK_BUFFER_SIZE - 16));
    logsink_write(scripted_files[0], STR("second\n"));
    logsink_write(scripted_files[0], str_make(long_line, sizeof(long_line)));
    logsink_write(scripted_files[0], STR("third\n"));
}

static void test_full_buffer_and_longer_lines_keep_order(void **state) {
    struct task task;
    struct stat info;
    size_t all = 6 + LOGSINK_BUFFER_SIZE - 16 + 7 + sizeof(long_line) + 6;
    char *text = heap_alloc(all);
    int fd;

    (void) state;
    memset(long_line, 'x', sizeof(long_line));
    scripted_files[0] = open_log("long");
    task_init(&task, on_write_long);
    task_start(&task);
    loop_turn(0);
    fd = open(path_of("long"), O_RDONLY);
    assert_int_equal(fstat(fd, &info), 0);
    assert_int_equal(info.st_size, (off_t) all);
    assert_int_equal(read(fd, text, all), (ssize_t) all);
    assert_memory_equal(text, "first\nxx", 8);
    assert_memory_equal(text + 6 + LOGSINK_BUFFER_SIZE - 17, "xsecond\nx", 9);
    assert_memory_equal(text + all - 7, "xthird\n", 7);
    close(fd);
    heap_free(text);
}

static void test_log_writes_to_its_file(void **state) {
    struct logsink sink;

    (void) state;
    logsink_init(&sink, open_log("sink"), LOG_LEVEL_WARN);
    log_write(&sink.log, LOG_LEVEL_WARN, 0, NULL, "heard");
    log_write(&sink.log, LOG_LEVEL_INFO, 0, NULL, "not heard");
    assert_non_null(strstr(content_of("sink"), "[warn]"));
    assert_non_null(strstr(got, ": heard\n"));
    assert_null(strstr(got, "not heard"));
}

/* ---- what cannot be written ---- */

static uint64_t counted_lost;

static void count_lost(uint64_t lines) {
    counted_lost += lines;
}

static void test_full_disk_is_said_once_a_minute(void **state) {
    static const char *const lines[] = { "0a\n", "0b\n", NULL };
    int i;

    (void) state;
    logsink_set_on_lost(count_lost);
    scripted_files[0] = logsink_open(STR("/dev/full"), 0);
    assert_true(scripted_files[0] >= 0);
    catch_stderr();
    turn_writes(lines);
    assert_non_null(strstr(caught_stderr(), "[alert]"));
    assert_non_null(strstr(got, "2 log lines lost, write() to \"/dev/full\" failed (28: "));
    for (i = 0; i < 10; i++) {
        turn_writes(lines);
        assert_string_equal(caught_stderr(), "");
    }
    clock_fake(62 * 1000, 62 * 1000);
    loop_turn(0);
    assert_non_null(strstr(caught_stderr(), "20 log lines lost"));
    clock_fake(124 * 1000, 124 * 1000);
    loop_turn(0);
    assert_string_equal(caught_stderr(), "");
    turn_writes(lines);
    assert_non_null(strstr(caught_stderr(), "2 log lines lost"));
    assert_int_equal(counted_lost, 24);
    logsink_set_on_lost(NULL);
    release_stderr();
}

/* A pipe takes a part and no more: the cut line ends where it was cut, and the next is whole. */
static void test_cut_line_does_not_spoil_the_next(void **state) {
    int file = open_log("cut"), fds[2], room;

    (void) state;
    assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
    room = fcntl(fds[1], F_SETPIPE_SZ, 4096);
    assert_in_range(room, 4096, (int) sizeof(long_line) - 1);
    logsink_replace_fd(file, fds[1]);
    catch_stderr();
    memset(long_line, 'x', sizeof(long_line));
    long_line[room + 99] = '\n';
    logsink_write(file, str_make(long_line, (size_t) room + 100));
    assert_non_null(strstr(caught_stderr(), "1 log lines lost"));
    assert_int_equal(read(fds[0], got, (size_t) room), room);
    logsink_write(file, STR("whole\n"));
    assert_int_equal(read(fds[0], got, sizeof(got)), 7);
    assert_memory_equal(got, "\nwhole\n", 7);
    logsink_write(file, STR("next\n"));
    assert_int_equal(read(fds[0], got, sizeof(got)), 5);
    /* Cut between two lines, nothing is torn. */
    long_line[room - 1] = '\n';
    logsink_write(file, str_make(long_line, (size_t) room + 100));
    assert_int_equal(read(fds[0], got, sizeof(got)), room);
    logsink_write(file, STR("next\n"));
    assert_int_equal(read(fds[0], got, sizeof(got)), 5);
    release_stderr();
    close(fds[0]);
    logsink_replace_fd(file, open("/dev/null", O_WRONLY));
}

/* ---- lines that are kept ---- */

static void test_buffered_lines_wait_until_the_next_does_not_fit(void **state) {
    static const char *const lines[] = { "0first\n", "0second\n", NULL };
    int reader, file = open_buffered("kept", 20, 0, &reader);

    (void) state;
    scripted_files[0] = file;
    turn_writes(lines);
    loop_turn(0);
    assert_string_equal(next_write(reader), "");
    logsink_write(file, STR("123456\n")); /* 20 bytes in all */
    assert_string_equal(next_write(reader), "");
    logsink_write(file, STR("\n"));
    assert_string_equal(next_write(reader), "first\nsecond\n123456\n");
    logsink_write(file, STR("a line longer than 20 bytes\n"));
    assert_string_equal(next_write(reader), "\n");
    assert_string_equal(next_write(reader), "a line longer than 20 bytes\n");
    assert_int_equal(own.kept_len, 0);
    close(reader);
}

static void test_flush_time_counts_from_the_first_line(void **state) {
    int reader, file = open_buffered("timed", 1000, 5000, &reader);
    int64_t now;

    (void) state;
    logsink_write(file, STR("one\n"));
    for (now = 2000; now < 6000; now += 1000) {
        clock_fake(now, now);
        logsink_write(file, STR("more\n"));
        loop_turn(0);
        assert_string_equal(next_write(reader), "");
    }
    clock_fake(6100, 6100);
    loop_turn(0);
    assert_string_equal(next_write(reader), "one\nmore\nmore\nmore\nmore\n");
    clock_fake(60000, 60000);
    loop_turn(0);
    assert_string_equal(next_write(reader), "");
    close(reader);
}

/* One is written again and again while the other's line waits beside it. */
static void test_buffered_files_do_not_wait_for_each_other(void **state) {
    int readers[2], quiet, busy, i;

    (void) state;
    quiet = open_buffered("quiet", 1000, 0, &readers[0]);
    busy = open_buffered("busy", 10, 0, &readers[1]);
    logsink_write(quiet, STR("hush\n"));
    for (i = 0; i < 5; i++) {
        logsink_write(busy, STR("12345678\n"));
        assert_string_equal(next_write(readers[1]), i > 0 ? "12345678\n" : "");
    }
    assert_string_equal(next_write(readers[0]), "");
    logsink_flush();
    assert_string_equal(next_write(readers[0]), "hush\n");
    assert_string_equal(next_write(readers[1]), "12345678\n");
    assert_int_equal(own.kept_len, 0);
    close(readers[0]);
    close(readers[1]);
}

/* However large the buffers are said to be, all of them have LOGSINK_KEPT_SIZE. */
static void test_no_line_is_lost_when_the_buffer_is_full(void **state) {
    int readers[2], file[2], i, count[2] = { 0, 0 };

    (void) state;
    for (i = 0; i < 2; i++) {
        char name[] = { 'f', (char) ('0' + i), '\0' };

        file[i] = open_buffered(name, 1 << 20, 0, &readers[i]);
    }
    for (i = 0; i < 30000; i++) {
        logsink_write(file[i % 2], STR("123456789\n"));
        count[0] += (int) strlen(next_write(readers[0])) / 10;
        count[1] += (int) strlen(next_write(readers[1])) / 10;
    }
    logsink_flush();
    for (i = 0; i < 2; i++) {
        count[i] += (int) strlen(next_write(readers[i])) / 10;
        assert_int_equal(count[i], 15000);
        close(readers[i]);
    }
}

static void test_gzip_is_a_member_a_write(void **state) {
    int file = open_log("packed.gz");
    FILE *output;

    (void) state;
    logsink_set_how(file, &(struct logsink_how){ .buffer_size = 10, .gzip_level = 1 });
    logsink_write(file, STR("one\n"));
    logsink_write(file, STR("two\n"));
    logsink_write(file, STR("three\n"));
    logsink_write(file, STR("a line longer than 10\n"));
    snprintf(got, sizeof(got), "gzip -dc < %s", path_of("packed.gz"));
    output = popen(got, "r");
    got[fread(got, 1, sizeof(got) - 1, output)] = '\0';
    assert_int_equal(pclose(output), 0);
    assert_string_equal(got, "one\ntwo\nthree\na line longer than 10\n");
}

/* A member that does not fit takes all its lines with it. */
static void test_gzip_on_a_full_disk(void **state) {
    int file = logsink_open(STR("/dev/full"), 0);

    (void) state;
    logsink_set_on_lost(count_lost);
    counted_lost = 0;
    catch_stderr();
    logsink_set_how(file, &(struct logsink_how){ .buffer_size = 100, .gzip_level = 9 });
    logsink_write(file, STR("one\n"));
    logsink_write(file, STR("two\n"));
    assert_int_equal(counted_lost, 0);
    logsink_flush();
    assert_int_equal(counted_lost, 2);
    logsink_set_how(file, &(struct logsink_how){ .buffer_size = 0 });
    release_stderr();
    logsink_set_on_lost(NULL);
    logsink_close(file);
}

static void test_kept_lines_of_a_closed_file_are_written(void **state) {
    int readers[2], files[2];

    (void) state;
    files[0] = open_buffered("kept-closed", 1000, 5000, &readers[0]);
    files[1] = open_buffered("kept-stays", 1000, 5000, &readers[1]);
    logsink_write(files[0], STR("last\n"));
    logsink_write(files[1], STR("first\n"));
    logsink_close(files[0]);
    assert_string_equal(next_write(readers[0]), "last\n");
    clock_fake(100000, 100000);
    loop_turn(0); /* its timer went with it */
    logsink_write(files[1], STR("second\n"));
    logsink_flush();
    assert_non_null(strstr(next_write(readers[1]), "first\n"));
    assert_non_null(strstr(next_write(readers[1]), "second\n"));
    close(readers[0]);
    close(readers[1]);
}

static void test_nothing_is_kept_in_a_forked_child(void **state) {
    int reader, file = open_buffered("kept-fork", 1000, 1000, &reader), status;
    pid_t pid;

    (void) state;
    logsink_write(file, STR("parent\n"));
    pid = fork();
    if (pid == 0) {
        logsink_write(file, STR("child\n")); /* it has no buffer */
        logsink_flush();
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_string_equal(next_write(reader), "child\n");
    assert_string_equal(next_write(reader), "");
    logsink_flush();
    assert_string_equal(next_write(reader), "parent\n");
    close(reader);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_lines_of_a_turn_leave_in_one_write),
        TEST(test_files_get_their_own),
        TEST(test_at_once),
        TEST(test_lines_of_turn_end_hooks_are_not_forgotten),
        TEST(test_full_buffer_and_longer_lines_keep_order),
        TEST(test_log_writes_to_its_file),
        TEST(test_full_disk_is_said_once_a_minute),
        TEST(test_cut_line_does_not_spoil_the_next),
        TEST(test_buffered_lines_wait_until_the_next_does_not_fit),
        TEST(test_flush_time_counts_from_the_first_line),
        TEST(test_buffered_files_do_not_wait_for_each_other),
        TEST(test_no_line_is_lost_when_the_buffer_is_full),
        TEST(test_gzip_is_a_member_a_write),
        TEST(test_gzip_on_a_full_disk),
        TEST(test_kept_lines_of_a_closed_file_are_written),
        TEST(test_nothing_is_kept_in_a_forked_child),
    };

    return cmocka_run_group_tests_name("event/logsink", tests, make_folder, remove_folder);
}
