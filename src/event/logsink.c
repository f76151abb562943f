/* SPDX-License-Identifier: BSD-2-Clause */
/* logsink - the lines that wait in the buffer of the process, and those of the dead; see
 * logsink.h. */
#include "base/panic.h"
#include "event/logsink_priv.h"

#include <pthread.h>

/* Before each line in a buffer. */
struct record_head {
    uint32_t len, file, key;
};

/* A copy of a buffer: what lies in shared memory could change between a check and the use. */
struct snapshot {
    uint32_t len;
    char data[LOGSINK_BUFFER_SIZE];
};

static struct logsink_buffer *own_buffer;
static uint32_t own_len; /* the buffer's len, as this process knows it */

/* ---- writing ---- */

/* Reads the record at byte `at` and moves behind it; false at the end and at nonsense. */
static bool record_next(const struct snapshot *buffer, size_t *at, struct logfile **file,
                        struct str *line) {
    struct record_head head;

    if (buffer->len - *at < sizeof(head)) {
        return false;
    }
    memcpy(&head, buffer->data + *at, sizeof(head));
    *file = logfile_of_record(head.file, head.key);
    if (*file == NULL || head.len > buffer->len - *at - sizeof(head)) {
        return false;
    }
    *line = str_make(buffer->data + *at + sizeof(head), head.len);
    *at += sizeof(head) + head.len;
    return true;
}

/* Writes all lines of one file, from byte `at` on, with one write(). */
static void snapshot_write_file(const struct snapshot *buffer, size_t at,
                                struct logfile *wanted) {
    static char lines[LOGSINK_BUFFER_SIZE];
    struct logfile *file;
    struct str line;
    size_t len = 0;

    while (record_next(buffer, &at, &file, &line)) {
        if (file == wanted) {
            memcpy(lines + len, line.data, line.len);
            len += line.len;
        }
    }
    logfile_write(wanted, str_make(lines, len));
}

/* Returns how many bytes of the buffer made sense. */
static size_t snapshot_write(const struct snapshot *buffer) {
    struct logfile *file;
    struct str line;
    size_t at = 0, start;

    while (record_next(buffer, &at, &file, &line)) {
        file->is_written = false;
    }
    at = 0;
    for (start = at; record_next(buffer, &at, &file, &line); start = at) {
        if (!file->is_written) {
            file->is_written = true;
            snapshot_write_file(buffer, start, file);
        }
    }
    return at;
}

/* There is one, so nothing that is called between taking and writing it may log. */
static struct snapshot *snapshot_take(const struct logsink_buffer *buffer, uint32_t len) {
    static struct snapshot snapshot;

    snapshot.len = len < LOGSINK_BUFFER_SIZE ? len : LOGSINK_BUFFER_SIZE;
    memcpy(snapshot.data, buffer->data, snapshot.len);
    return &snapshot;
}

/* ---- the buffer ---- */

/* Should the process die between two statements, the master sees a line wholly or not at all. */
static void own_set_len(uint32_t len) {
    own_len = len;
    __atomic_store_n(&own_buffer->len, len, __ATOMIC_RELEASE);
}

void logsink_flush(void) {
    if (own_buffer != NULL && own_len > 0) {
        snapshot_write(snapshot_take(own_buffer, own_len));
        own_set_len(0);
    }
}

void logsink_flush_of(struct logsink_buffer *buffer) {
    uint32_t len = __atomic_load_n(&buffer->len, __ATOMIC_ACQUIRE);
    size_t written = snapshot_write(snapshot_take(buffer, len));

    __atomic_store_n(&buffer->len, 0, __ATOMIC_RELEASE);
    if (written != len) {
        log_write(log_process, LOG_LEVEL_ALERT, 0, NULL,
                  "log buffer of a dead process is damaged: %zu bytes of %u could be read", written,
                  len);
    }
}

/* What waits in the buffer is the parent's to write, and so is the buffer. */
static void forget_in_child(void) {
    own_buffer = NULL;
    own_len = 0;
}

void logsink_set_buffer(struct logsink_buffer *buffer) {
    static bool is_registered;

    if (!is_registered) {
        is_registered = true;
        CHECK(pthread_atfork(NULL, NULL, forget_in_child) == 0);
    }
    own_buffer = buffer;
    own_len = 0;
    if (buffer != NULL) {
        own_set_len(0);
    }
}

static void flush_at_turn_end(struct task *task) {
    task_cancel(task);
    logsink_flush();
}

static void own_add(unsigned number, const struct logfile *file, struct str line) {
    static struct task task = { { &task.link, &task.link }, flush_at_turn_end };
    struct record_head head = { (uint32_t) line.len, number, file->key };

    memcpy(own_buffer->data + own_len, &head, sizeof(head));
    memcpy(own_buffer->data + own_len + sizeof(head), line.data, line.len);
    own_set_len(own_len + (uint32_t) (sizeof(head) + line.len));
    task_start_turn_end(&task);
}

void logsink_write(int number, struct str line) {
    struct logfile *file = number >= 0 ? logfile_at((unsigned) number) : NULL;
    size_t size = sizeof(struct record_head) + line.len;

    CHECK(file != NULL);
    if (own_buffer != NULL && size > LOGSINK_BUFFER_SIZE - own_len) {
        logsink_flush();
    }
    if (own_buffer == NULL || size > LOGSINK_BUFFER_SIZE || !loop_has_turn_end()) {
        logsink_flush();
        logfile_write(file, line);
        return;
    }
    own_add((unsigned) number, file, line);
}

/* ---- the log ---- */

static void sink_write(struct log *log, enum log_level level, const char *line, size_t len) {
    (void) level;
    logsink_write(list_object(log, struct logsink, log)->file, str_make(line, len));
}

void logsink_init(struct logsink *sink, int file, enum log_level level) {
    *sink = (struct logsink){ { level, sink_write }, file };
}
