/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of event/logsink: what a process leaves in its buffer when it dies. */
#include "logs.h"

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

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_killed_child_kept_lines),
        TEST(test_dead_process_had_lines_left),
        TEST(test_damaged_buffers),
        TEST(test_damaged_kept_lines),
        TEST(test_forked_child_leaves_the_parents_buffer_alone),
        TEST(test_killed_child),
    };

    return cmocka_run_group_tests_name("event/logsink_dead", tests, make_folder, remove_folder);
}
