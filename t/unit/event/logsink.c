/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of event/logsink: when lines leave, in how many writes, and what is lost and said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/heap.h"
#include "event/logsink.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/weir-logsink-XXXXXX";
static struct logsink_buffer own;
static char got[LOGSINK_BUFFER_SIZE + 1];

/* Descriptor 2 and the log of the process, caught while a test runs. */
static int stderr_pipe[2], true_stderr;
static char process_line[LOG_LINE_MAX];

static void catch_line(struct log *log, enum log_level level, const char *line, size_t len) {
    (void) log;
    (void) level;
    snprintf(process_line, sizeof(process_line), "%.*s", (int) len, line);
}

static struct log catching_log = { LOG_LEVEL_NOTICE, catch_line };

static int begin(void **state) {
    (void) state;
    clock_fake(1000, 1000);
    loop_init();
    logsink_set_buffer(&own);
    log_process = &catching_log;
    process_line[0] = '\0';
    return 0;
}

static int end(void **state) {
    (void) state;
    logsink_flush();
    logsink_set_buffer(NULL);
    loop_fini();
    return 0;
}

static void catch_stderr(void) {
    assert_int_equal(pipe2(stderr_pipe, O_NONBLOCK), 0);
    true_stderr = dup(STDERR_FILENO);
    dup2(stderr_pipe[1], STDERR_FILENO);
}

/* What was said there since the last time. */
static const char *caught_stderr(void) {
    ssize_t len = read(stderr_pipe[0], got, sizeof(got) - 1);

    got[len > 0 ? len : 0] = '\0';
    return got;
}

static void release_stderr(void) {
    dup2(true_stderr, STDERR_FILENO);
    close(true_stderr);
    close(stderr_pipe[0]);
    close(stderr_pipe[1]);
}

static const char *path_of(const char *name) {
    static char paths[2][256];
    static unsigned turn;
    char *path = paths[turn++ % 2];

    snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
    return path;
}

static int open_log(const char *name) {
    int file = logsink_open(str_from(path_of(name)), 0644);

    assert_true(file >= 0);
    return file;
}

/* A log whose every write is a message of its own; *reader gets the other end. */
static int open_counted(const char *name, int *reader) {
    int file = open_log(name), fds[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fds), 0);
    logsink_replace_fd(file, fds[0]);
    *reader = fds[1];
    return file;
}

static const char *next_write(int reader) {
    ssize_t len = recv(reader, got, sizeof(got) - 1, 0);

    got[len > 0 ? len : 0] = '\0';
    return got;
}

static const char *content_of(const char *name) {
    int fd = open(path_of(name), O_RDONLY);
    ssize_t len = read(fd, got, sizeof(got) - 1);

    got[len > 0 ? len : 0] = '\0';
    close(fd);
    return got;
}

/* ---- turns ---- */

/* Lines that a task writes in a turn: "0first" goes to scripted_files[0]. */
static const char *const *script;
static int scripted_files[3];

static void on_write_script(struct task *task) {
    (void) task;
    for (; *script != NULL; script++) {
        logsink_write(scripted_files[**script - '0'], str_from(*script + 1));
    }
}

static void turn_writes(const char *const *lines) {
    struct task task;

    script = lines;
    task_init(&task, on_write_script);
    task_start(&task);
    loop_turn(0);
}

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

/* A log with that buffer; the writes come to *reader. */
static int open_buffered(const char *name, uint32_t size, int64_t flush_ms, int *reader) {
    int file = open_counted(name, reader);

    logsink_set_how(file, &(struct logsink_how){ .buffer_size = size, .flush_ms = flush_ms });
    return file;
}

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

/* ---- buffers of the dead ---- */

static uint32_t peeked_key;

static void on_peek_key(struct task *task) {
    (void) task;
    logsink_write(scripted_files[0], STR("key\n"));
    memcpy(&peeked_key, own.data + 8, sizeof(peeked_key));
}

/* What stands for the path of a file before each of its lines. */
static uint32_t key_of(int file) {
    struct task task;

    scripted_files[0] = file;
    task_init(&task, on_peek_key);
    task_start(&task);
    loop_turn(0);
    return peeked_key;
}

static void add_record(struct logsink_buffer *buffer, const uint32_t head[4], const char *text) {
    memcpy(buffer->data + buffer->len, head, 16);
    memcpy(buffer->data + buffer->len + 16, text, strlen(text));
    buffer->len += 16 + (uint32_t) strlen(text);
}

static void test_dead_process_had_lines_left(void **state) {
    static struct logsink_buffer buffer;
    int reader, file = open_counted("dead", &reader);
    uint32_t good[4] = { 2, (uint32_t) file, key_of(file), 0 };

    (void) state;
    assert_string_equal(next_write(reader), "key\n");
    add_record(&buffer, good, "a\n");
    good[1] = UINT32_MAX; /* its number in another binary */
    add_record(&buffer, good, "b\n");
    logsink_flush_of(&buffer);
    assert_string_equal(next_write(reader), "a\nb\n");
    assert_int_equal(buffer.len, 0);
    assert_string_equal(process_line, "");
    logsink_flush_of(&buffer);
    assert_string_equal(next_write(reader), "");
    close(reader);
}

/* Each has one good record, then something that no process of ours wrote; and each comes after a
 * sound buffer, so that what lies behind its end looks good as well. */
static void test_damaged_buffers(void **state) {
    static const struct {
        uint32_t len;
        uint32_t key; /* 0: the right one */
        uint32_t all; /* of the buffer; 0: as it is */
        uint32_t gzip_level;
    } bad[] = {
        { LOGSINK_BUFFER_SIZE, 0, 0, 0 }, { UINT32_MAX, 0, 0, 0 }, { 3, 0, 0, 0 },
        { 2, 1, 0, 0 },                   { 2, 0, 21, 0 },         { 2, 0, 35, 0 },
        { 2, 1, UINT32_MAX, 0 },          { 2, 0, 0, 10 }
    };
    static struct logsink_buffer buffer;
    int reader, file = open_counted("damaged", &reader);
    uint32_t good[4] = { 2, (uint32_t) file, key_of(file), 0 };
    unsigned i;

    (void) state;
    assert_string_equal(next_write(reader), "key\n");
    for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        uint32_t head[4] = { bad[i].len, good[1], bad[i].key != 0 ? bad[i].key : good[2],
                             bad[i].gzip_level };

        buffer.len = 0;
        add_record(&buffer, good, "a\n");
        add_record(&buffer, good, "b\n");
        logsink_flush_of(&buffer);
        assert_string_equal(next_write(reader), "a\nb\n");
        add_record(&buffer, good, "a\n");
        add_record(&buffer, head, "b\n");
        if (bad[i].all != 0) {
            buffer.len = bad[i].all;
        }
        process_line[0] = '\0';
        logsink_flush_of(&buffer);
        assert_string_equal(next_write(reader), "a\n");
        assert_string_equal(next_write(reader), "");
        assert_int_equal(buffer.len, 0);
        assert_non_null(strstr(process_line, "log buffer of a dead process is damaged"));
    }
    close(reader);
}

/* The same for what is kept; a record that is void is none that is bad. */
static void test_damaged_kept_lines(void **state) {
    static struct logsink_buffer buffer;
    int reader, file = open_counted("damaged-kept", &reader);
    uint32_t head[4] = { 2, (uint32_t) file, key_of(file), UINT32_MAX };

    (void) state;
    assert_string_equal(next_write(reader), "key\n");
    add_record(&buffer, head, "a\n");
    head[3] = 0;
    add_record(&buffer, head, "b\n");
    head[0] = LOGSINK_KEPT_SIZE;
    add_record(&buffer, head, "c\n");
    memcpy(buffer.kept, buffer.data, buffer.len);
    buffer.kept_len = buffer.len;
    buffer.len = 0;
    logsink_flush_of(&buffer);
    assert_string_equal(next_write(reader), "b\n");
    assert_string_equal(next_write(reader), "");
    assert_non_null(strstr(process_line, "is damaged: 36 bytes of 54 could be read"));
    buffer.kept_len = UINT32_MAX;
    logsink_flush_of(&buffer);
    assert_string_equal(next_write(reader), "b\n");
    assert_int_equal(buffer.kept_len, 0);
    close(reader);
}

static void on_write_and_fork(struct task *task) {
    pid_t pid;

    (void) task;
    logsink_write(scripted_files[0], STR("parent\n"));
    pid = fork();
    if (pid == 0) {
        logsink_write(scripted_files[0], STR("child\n"));
        logsink_flush();
        _exit(0);
    }
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void test_forked_child_leaves_the_parents_buffer_alone(void **state) {
    struct task task;
    int reader;

    (void) state;
    scripted_files[0] = open_counted("forked", &reader);
    task_init(&task, on_write_and_fork);
    task_start(&task);
    loop_turn(0);
    assert_string_equal(next_write(reader), "child\n");
    assert_string_equal(next_write(reader), "parent\n");
    assert_string_equal(next_write(reader), "");
    close(reader);
}

static void on_write_and_die(struct task *task) {
    on_write_script(task);
    kill(getpid(), SIGKILL);
}

/* The whole of it: a child is killed within a turn, its parent writes what it had to say. */
static void test_killed_child(void **state) {
    static const char *const lines[] = { "0last\n", "0words\n", NULL };
    struct logsink_buffer *buffer = mmap(NULL, sizeof(*buffer), PROT_READ | PROT_WRITE,
                                         MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct task task;
    int reader, status;
    pid_t pid;

    (void) state;
    assert_true(buffer != MAP_FAILED);
    scripted_files[0] = open_counted("killed", &reader);
    pid = fork();
    if (pid == 0) {
        loop_fini();
        loop_init();
        logsink_set_buffer(buffer);
        script = lines;
        task_init(&task, on_write_and_die);
        task_start(&task);
        loop_turn(0);
        _exit(1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    assert_string_equal(next_write(reader), "");
    logsink_flush_of(buffer);
    assert_string_equal(next_write(reader), "last\nwords\n");
    close(reader);
    munmap(buffer, sizeof(*buffer));
}

/* The kept lines of one file are written already, and not again. */
static void test_killed_child_kept_lines(void **state) {
    struct logsink_buffer *buffer = mmap(NULL, sizeof(*buffer), PROT_READ | PROT_WRITE,
                                         MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int readers[2], files[2], status;
    pid_t pid;

    (void) state;
    assert_true(buffer != MAP_FAILED);
    files[0] = open_buffered("killed-kept", 1000, 60000, &readers[0]);
    files[1] = open_buffered("killed-written", 5, 0, &readers[1]);
    pid = fork();
    if (pid == 0) {
        loop_fini();
        loop_init();
        logsink_set_buffer(buffer);
        logsink_write(files[0], STR("kept one\n"));
        logsink_write(files[1], STR("1234\n"));
        logsink_write(files[1], STR("5678\n"));
        logsink_write(files[0], STR("kept two\n"));
        kill(getpid(), SIGKILL);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    assert_string_equal(next_write(readers[0]), "");
    assert_string_equal(next_write(readers[1]), "1234\n");
    logsink_flush_of(buffer);
    assert_string_equal(next_write(readers[0]), "kept one\nkept two\n");
    assert_string_equal(next_write(readers[1]), "5678\n");
    assert_string_equal(next_write(readers[1]), "");
    assert_int_equal(buffer->kept_len, 0);
    assert_string_equal(process_line, "");
    close(readers[0]);
    close(readers[1]);
    munmap(buffer, sizeof(*buffer));
}

static int make_folder(void **state) {
    (void) state;
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **state) {
    pid_t pid = fork();

    (void) state;
    if (pid == 0) {
        execlp("rm", "rm", "-r", "--", folder, (char *) NULL);
        _exit(1);
    }
    return waitpid(pid, NULL, 0) == pid ? 0 : -1;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_lines_of_a_turn_leave_in_one_write, begin, end),
        cmocka_unit_test_setup_teardown(test_files_get_their_own, begin, end),
        cmocka_unit_test_setup_teardown(test_at_once, begin, end),
        cmocka_unit_test_setup_teardown(test_lines_of_turn_end_hooks_are_not_forgotten, begin, end),
        cmocka_unit_test_setup_teardown(test_full_buffer_and_longer_lines_keep_order, begin, end),
        cmocka_unit_test_setup_teardown(test_log_writes_to_its_file, begin, end),
        cmocka_unit_test_setup_teardown(test_same_path_same_index, begin, end),
        cmocka_unit_test_setup_teardown(test_stderr_is_descriptor_2, begin, end),
        cmocka_unit_test_setup_teardown(test_existing_file_is_appended_to, begin, end),
        cmocka_unit_test_setup_teardown(test_link_to_a_file_that_is_not_there_yet, begin, end),
        cmocka_unit_test_setup_teardown(test_open_fails, begin, end),
        cmocka_unit_test_setup_teardown(test_last_close_closes, begin, end),
        cmocka_unit_test_setup_teardown(test_lines_of_a_closed_file_are_written, begin, end),
        cmocka_unit_test_setup_teardown(test_new_names_without_end, begin, end),
        cmocka_unit_test_setup_teardown(test_reopen_makes_only_what_is_open, begin, end),
        cmocka_unit_test_setup_teardown(test_child_keeps_its_own, begin, end),
        cmocka_unit_test_setup_teardown(test_reopen_after_a_rename, begin, end),
        cmocka_unit_test_setup_teardown(test_reopen_that_fails_keeps_the_old, begin, end),
        cmocka_unit_test_setup_teardown(test_descriptor_from_the_master, begin, end),
        cmocka_unit_test_setup_teardown(test_full_disk_is_said_once_a_minute, begin, end),
        cmocka_unit_test_setup_teardown(test_cut_line_does_not_spoil_the_next, begin, end),
        cmocka_unit_test_setup_teardown(test_buffered_lines_wait_until_the_next_does_not_fit, begin,
                                        end),
        cmocka_unit_test_setup_teardown(test_flush_time_counts_from_the_first_line, begin, end),
        cmocka_unit_test_setup_teardown(test_buffered_files_do_not_wait_for_each_other, begin,
                                        end),
        cmocka_unit_test_setup_teardown(test_no_line_is_lost_when_the_buffer_is_full, begin, end),
        cmocka_unit_test_setup_teardown(test_gzip_is_a_member_a_write, begin, end),
        cmocka_unit_test_setup_teardown(test_gzip_on_a_full_disk, begin, end),
        cmocka_unit_test_setup_teardown(test_kept_lines_of_a_closed_file_are_written, begin, end),
        cmocka_unit_test_setup_teardown(test_nothing_is_kept_in_a_forked_child, begin, end),
        cmocka_unit_test_setup_teardown(test_killed_child_kept_lines, begin, end),
        cmocka_unit_test_setup_teardown(test_dead_process_had_lines_left, begin, end),
        cmocka_unit_test_setup_teardown(test_damaged_buffers, begin, end),
        cmocka_unit_test_setup_teardown(test_damaged_kept_lines, begin, end),
        cmocka_unit_test_setup_teardown(test_forked_child_leaves_the_parents_buffer_alone, begin,
                                        end),
        cmocka_unit_test_setup_teardown(test_killed_child, begin, end),
    };

    return cmocka_run_group_tests_name("event/logsink", tests, make_folder, remove_folder);
}
