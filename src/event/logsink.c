/* SPDX-License-Identifier: BSD-2-Clause */
/* logsink - where log lines go; see logsink.h. */
#include "event/logsink.h"

#include "base/clock.h"
#include "base/heap.h"
#include "base/panic.h"
#include "event/timer.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOGSINK_SAY_LOST_MS = 60 * 1000 };

struct logfile {
    char *path;
    int fd;
    mode_t mode;
    bool is_torn; /* the last write ended within a line */
};

/* Before each line in a buffer. */
struct record_head {
    uint32_t len, file;
};

/* A copy of a buffer: what lies in shared memory could change between a check and the use. */
struct snapshot {
    uint32_t len;
    char data[LOGSINK_BUFFER_SIZE];
};

static struct logfile files[LOGSINK_FILES_MAX];
static unsigned file_count;

static struct logsink_buffer *own_buffer;
static uint32_t own_len; /* the buffer's len, as this process knows it */

/* What could not be written since the operator was told last. */
static struct {
    uint64_t lines;
    const struct logfile *file;
    int error;
    struct timer timer; /* runs for a minute after each message */
} lost;

/* ---- files ---- */

/*
 * O_NONBLOCK is for pipes: a reader that is slow, or not there yet, must not stop the loop. An
 * existing file keeps its owner: its path may be a link that somebody else has put there.
 */
static int file_open_path(const char *path, uid_t owner, mode_t mode) {
    enum { FLAGS = O_WRONLY | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY };
    int fd = open(path, FLAGS | O_CREAT | O_EXCL, mode);

    if (fd >= 0) {
        if (owner != geteuid() && fchown(fd, owner, (gid_t) -1) != 0) {
            log_write(log_process, LOG_LEVEL_WARN, errno, NULL, "fchown() \"%s\" failed", path);
        }
        return fd;
    }
    if (errno == EEXIST) {
        fd = open(path, FLAGS);
    }
    /* A link to a file that is not there yet. */
    return fd >= 0 || errno != ENOENT ? fd : open(path, FLAGS | O_CREAT, mode);
}

int logsink_open(struct str path, uid_t owner, mode_t mode) {
    struct logfile *file = &files[file_count];
    unsigned i;

    for (i = 0; i < file_count; i++) {
        if (str_is(path, files[i].path)) {
            return (int) i;
        }
    }
    if (file_count == LOGSINK_FILES_MAX) {
        errno = EMFILE;
        return -1;
    }
    *file = (struct logfile){ .path = heap_zero(path.len + 1, 1), .mode = mode };
    memcpy(file->path, path.data, path.len);
    file->fd = str_is(path, "stderr") ? STDERR_FILENO : file_open_path(file->path, owner, mode);
    if (file->fd < 0) {
        heap_free(file->path);
        return -1;
    }
    return (int) file_count++;
}

unsigned logsink_reopen(uid_t owner) {
    unsigned i, failed = 0;

    logsink_flush();
    for (i = 0; i < file_count; i++) {
        const struct logfile *file = &files[i];
        int fd;

        if (file->fd == STDERR_FILENO) {
            continue;
        }
        fd = file_open_path(file->path, owner, file->mode);
        if (fd >= 0) {
            logsink_replace_fd((int) i, fd);
        } else {
            log_write(log_process, LOG_LEVEL_EMERG, errno, NULL, "open() \"%s\" failed",
                      file->path);
            failed++;
        }
    }
    return failed;
}

int logsink_fd(int file) {
    CHECK(file >= 0 && (unsigned) file < file_count);
    return files[file].fd;
}

void logsink_replace_fd(int file, int fd) {
    int old_fd = logsink_fd(file);

    logsink_flush();
    if (old_fd == fd) {
        return;
    }
    if (old_fd != STDERR_FILENO) {
        CHECK(dup3(fd, old_fd, O_CLOEXEC) == old_fd);
        files[file].is_torn = false;
    }
    close(fd);
}

unsigned logsink_count(void) {
    return file_count;
}

/* ---- writing ---- */

/* Straight to descriptor 2: a log is what has just failed. */
static void lost_say(void) {
    char message[LOG_LINE_MAX], line[LOG_LINE_MAX];
    size_t len;

    snprintf(message, sizeof(message), "%llu log lines lost, write() to \"%s\" failed",
             (unsigned long long) lost.lines, lost.file->path);
    len = log_format(line, LOG_LEVEL_ALERT, lost.error, NULL, message);
    lost.lines = 0;
    timer_start(&lost.timer, LOGSINK_SAY_LOST_MS);
    if (write(STDERR_FILENO, line, len) < 0) {
        return; /* nowhere is left to say so */
    }
}

static void lost_on_expiry(struct timer *timer) {
    (void) timer;
    if (lost.lines > 0) {
        lost_say();
    }
}

static void lost_add(const struct logfile *file, struct str rest, int error) {
    size_t i;

    for (i = 0; i < rest.len; i++) {
        lost.lines += rest.data[i] == '\n';
    }
    lost.file = file;
    lost.error = error;
    if (lost.timer.on_expiry == NULL) {
        timer_init(&lost.timer, lost_on_expiry);
    }
    if (!timer_is_set(&lost.timer)) {
        lost_say();
    }
}

/* Returns what could not be written, with errno. */
static struct str fd_write(int fd, struct str bytes) {
    while (bytes.len > 0) {
        ssize_t len = write(fd, bytes.data, bytes.len);

        if (len >= 0) {
            bytes = str_from_byte(bytes, (size_t) len);
        } else if (errno != EINTR) {
            break;
        }
    }
    return bytes;
}

/* Lines that a file does not take now are lost, and the loop goes on. */
static void file_write(struct logfile *file, struct str lines) {
    struct str rest = lines;

    if (!file->is_torn || fd_write(file->fd, STR("\n")).len == 0) {
        rest = fd_write(file->fd, lines);
        file->is_torn = rest.len > 0 && rest.len < lines.len && rest.data[-1] != '\n';
    }
    if (rest.len > 0) {
        lost_add(file, rest, errno);
    }
}

/* Reads the record at byte `at` and moves behind it; false at the end and at nonsense. */
static bool record_next(const struct snapshot *buffer, size_t *at, unsigned *file,
                        struct str *line) {
    struct record_head head;

    if (buffer->len - *at < sizeof(head)) {
        return false;
    }
    memcpy(&head, buffer->data + *at, sizeof(head));
    if (head.file >= file_count || head.len > buffer->len - *at - sizeof(head)) {
        return false;
    }
    *file = head.file;
    *line = str_make(buffer->data + *at + sizeof(head), head.len);
    *at += sizeof(head) + head.len;
    return true;
}

/* Writes all lines of one file, from byte `at` on, with one write(). */
static void snapshot_write_file(const struct snapshot *buffer, size_t at, unsigned number) {
    static char lines[LOGSINK_BUFFER_SIZE];
    struct str line;
    size_t len = 0;
    unsigned file;

    while (record_next(buffer, &at, &file, &line)) {
        if (file == number) {
            memcpy(lines + len, line.data, line.len);
            len += line.len;
        }
    }
    file_write(&files[number], str_make(lines, len));
}

/* Returns how many bytes of the buffer made sense. */
static size_t snapshot_write(const struct snapshot *buffer) {
    bool is_written[LOGSINK_FILES_MAX];
    size_t at = 0, start;
    struct str line;
    unsigned file;

    memset(is_written, false, file_count);
    for (start = at; record_next(buffer, &at, &file, &line); start = at) {
        if (!is_written[file]) {
            is_written[file] = true;
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

static void own_add(unsigned file, struct str line) {
    static struct task task = { { &task.link, &task.link }, flush_at_turn_end };
    struct record_head head = { (uint32_t) line.len, file };

    memcpy(own_buffer->data + own_len, &head, sizeof(head));
    memcpy(own_buffer->data + own_len + sizeof(head), line.data, line.len);
    own_set_len(own_len + (uint32_t) (sizeof(head) + line.len));
    task_start_turn_end(&task);
}

void logsink_write(int file, struct str line) {
    size_t size = sizeof(struct record_head) + line.len;

    CHECK(file >= 0 && (unsigned) file < file_count);
    if (own_buffer != NULL && size > LOGSINK_BUFFER_SIZE - own_len) {
        logsink_flush();
    }
    if (own_buffer == NULL || size > LOGSINK_BUFFER_SIZE || !loop_has_turn_end()) {
        logsink_flush();
        file_write(&files[file], line);
        return;
    }
    own_add((unsigned) file, line);
}

/* ---- the log ---- */

static void sink_write(struct log *log, enum log_level level, const char *line, size_t len) {
    (void) level;
    logsink_write(list_object(log, struct logsink, log)->file, str_make(line, len));
}

void logsink_init(struct logsink *sink, int file, enum log_level level) {
    *sink = (struct logsink){ { level, sink_write }, file };
}
