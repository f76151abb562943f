/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * logsink - the lines that wait in the buffer of the process, and those of the dead; see logsink.h.
 *
 * The buffer has two areas. That of the turn is written and emptied as a whole. In the other one,
 * for lines that are kept longer, records of a file that was written are marked as void, and the
 * area is emptied when nothing else is left in it or when it is full.
 */
#include "base/panic.h"
#include "event/log_ring.h"
#include "event/logsink_priv.h"

#include <pthread.h>

/* Before each line in a buffer. */
struct record_head {
    uint32_t len, file, key;
    uint32_t gzip_level; /* RECORD_VOID: the line is written */
};

#define RECORD_VOID 0xFFFFFFFFu

/* Records after each other in this process' buffer. */
struct area {
    uint32_t *shared_len; /* NULL: there is no buffer */
    char *data;
    uint32_t len, size;
};

/* A copy of an area: what lies in shared memory could change between a check and the use. */
struct snapshot {
    uint32_t len;
    char data[LOGSINK_KEPT_SIZE];
};

static struct area turn = { .size = LOGSINK_BUFFER_SIZE }, kept = { .size = LOGSINK_KEPT_SIZE };

/* ---- reading and writing records ---- */

/* Reads the record at byte `at` and moves behind it; false at the end and at nonsense. */
static bool record_next(const struct snapshot *from, size_t *at, struct record_head *head,
                        struct logfile **file, struct str *line) {
    if (from->len - *at < sizeof(*head)) {
        return false;
    }
    memcpy(head, from->data + *at, sizeof(*head));
    *file = logfile_of_record(head->file, head->key);
    if (*file == NULL || head->len > from->len - *at - sizeof(*head)
        || (head->gzip_level > 9 && head->gzip_level != RECORD_VOID)) {
        return false;
    }
    *line = str_make(from->data + *at + sizeof(*head), head->len);
    *at += sizeof(*head) + head->len;
    return true;
}

/* Writes all lines of one file, from byte `at` on, with one write(). */
static void snapshot_write_file(const struct snapshot *from, size_t at, struct logfile *wanted) {
    static char lines[LOGSINK_KEPT_SIZE];
    struct record_head head;
    struct logfile *file;
    struct str line;
    size_t len = 0;
    int gzip_level = 0;

    while (record_next(from, &at, &head, &file, &line)) {
        if (file == wanted && file->address_len > 0) {
            logfile_write(file, line, 0); /* a message each */
        } else if (file == wanted && head.gzip_level != RECORD_VOID) {
            memcpy(lines + len, line.data, line.len);
            len += line.len;
            gzip_level = (int) head.gzip_level;
        }
    }
    if (len > 0) {
        logfile_write(wanted, str_make(lines, len), gzip_level);
    }
}

/* Returns how many bytes made sense. */
static size_t snapshot_write(const struct snapshot *from) {
    struct record_head head;
    struct logfile *file;
    struct str line;
    size_t at = 0, start;

    while (record_next(from, &at, &head, &file, &line)) {
        file->is_written = false;
    }
    at = 0;
    for (start = at; record_next(from, &at, &head, &file, &line); start = at) {
        if (!file->is_written) {
            file->is_written = true;
            snapshot_write_file(from, start, file);
        }
    }
    return at;
}

/* There is one, so nothing that is called between taking and writing it may log. */
static struct snapshot *snapshot_take(const char *data, uint32_t len, uint32_t size) {
    static struct snapshot snapshot;

    snapshot.len = len < size ? len : size;
    memcpy(snapshot.data, data, snapshot.len);
    return &snapshot;
}

/* ---- the areas ---- */

/* Should the process die between two statements, the master sees a line wholly or not at all. */
static void area_set_len(struct area *area, uint32_t len) {
    area->len = len;
    __atomic_store_n(area->shared_len, len, __ATOMIC_RELEASE);
}

static void area_flush(struct area *area) {
    if (area->shared_len != NULL && area->len > 0) {
        snapshot_write(snapshot_take(area->data, area->len, area->size));
        area_set_len(area, 0);
    }
}

static void area_add(struct area *area, unsigned number, const struct logfile *file,
                     struct str line) {
    struct record_head head = { (uint32_t) line.len, number, file->key,
                                (uint32_t) file->how.gzip_level };

    memcpy(area->data + area->len, &head, sizeof(head));
    memcpy(area->data + area->len + sizeof(head), line.data, line.len);
    area_set_len(area, area->len + (uint32_t) (sizeof(head) + line.len));
}

static bool area_has_room(const struct area *area, size_t size) {
    return area->shared_len != NULL && size <= area->size - area->len;
}

static void area_set(struct area *area, uint32_t *shared_len, char *data) {
    area->shared_len = shared_len;
    area->data = data;
    area->len = 0;
    if (shared_len != NULL) {
        area_set_len(area, 0);
    }
}

/* ---- lines that are kept ---- */

static void kept_flush(void) {
    area_flush(&kept);
    logfiles_keep_nothing();
}

/* A mark is one store of a word. */
static void kept_void(const struct snapshot *from, const struct logfile *written) {
    const uint32_t mark = RECORD_VOID;
    struct record_head head;
    struct logfile *file;
    struct str line;
    size_t at = 0, start;

    for (start = at; record_next(from, &at, &head, &file, &line); start = at) {
        if (file == written) {
            memcpy(kept.data + start + offsetof(struct record_head, gzip_level), &mark,
                   sizeof(mark));
        }
    }
}

static bool kept_is_void(const struct snapshot *from) {
    struct record_head head;
    struct logfile *file;
    struct str line;
    size_t at = 0;

    while (record_next(from, &at, &head, &file, &line)) {
        if (file->kept > 0) {
            return false;
        }
    }
    return true;
}

void logfile_flush(struct logfile *file) {
    const struct snapshot *snapshot;

    timer_cancel(&file->flush_timer);
    if (file->kept == 0) {
        return;
    }
    snapshot = snapshot_take(kept.data, kept.len, kept.size);
    snapshot_write_file(snapshot, 0, file);
    file->kept = 0;
    if (kept_is_void(snapshot)) {
        area_set_len(&kept, 0);
    } else {
        kept_void(snapshot, file);
    }
}

static void kept_add(unsigned number, struct logfile *file, struct str line) {
    if (file->kept == 0 && file->how.flush_ms > 0) {
        timer_start(&file->flush_timer, file->how.flush_ms);
    }
    area_add(&kept, number, file, line);
    file->kept += (uint32_t) line.len;
}

/* False: the line is too long to be kept, what came before it is written, and it is next. */
static bool kept_take(unsigned number, struct logfile *file, struct str line) {
    size_t size = sizeof(struct record_head) + line.len;

    if (line.len > file->how.buffer_size - file->kept) {
        logfile_flush(file);
    }
    if (line.len > file->how.buffer_size || size > LOGSINK_KEPT_SIZE) {
        return false;
    }
    if (!area_has_room(&kept, size)) {
        kept_flush();
    }
    kept_add(number, file, line);
    return true;
}

/* ---- the buffer ---- */

void logsink_flush(void) {
    area_flush(&turn);
    kept_flush();
}

static void flush_dead(const char *data, uint32_t *shared_len, uint32_t size) {
    uint32_t len = __atomic_load_n(shared_len, __ATOMIC_ACQUIRE);
    size_t written = snapshot_write(snapshot_take(data, len, size));

    __atomic_store_n(shared_len, 0, __ATOMIC_RELEASE);
    if (written != len) {
        log_write(log_process, LOG_LEVEL_ALERT, 0, NULL,
                  "log buffer of a dead process is damaged: %zu bytes of %u could be read", written,
                  len);
    }
}

void logsink_flush_of(struct logsink_buffer *buffer) {
    flush_dead(buffer->kept, &buffer->kept_len, LOGSINK_KEPT_SIZE);
    flush_dead(buffer->data, &buffer->len, LOGSINK_BUFFER_SIZE);
}

/* What waits in the buffer is the parent's to write, and so is the buffer. */
static void forget_in_child(void) {
    turn.shared_len = kept.shared_len = NULL;
    turn.len = kept.len = 0;
    logfiles_keep_nothing();
}

void logsink_set_buffer(struct logsink_buffer *buffer) {
    static bool is_registered;

    if (!is_registered) {
        is_registered = true;
        CHECK(pthread_atfork(NULL, NULL, forget_in_child) == 0);
    }
    logfiles_keep_nothing();
    if (buffer != NULL) {
        area_set(&turn, &buffer->len, buffer->data);
        area_set(&kept, &buffer->kept_len, buffer->kept);
    } else {
        area_set(&turn, NULL, NULL);
        area_set(&kept, NULL, NULL);
    }
}

static void flush_at_turn_end(struct task *task) {
    task_cancel(task);
    area_flush(&turn);
}

static void turn_add(unsigned number, struct logfile *file, struct str line) {
    static struct task task = { { &task.link, &task.link }, flush_at_turn_end };
    size_t size = sizeof(struct record_head) + line.len;

    if (!area_has_room(&turn, size)) {
        area_flush(&turn);
    }
    if (!area_has_room(&turn, size) || !loop_has_turn_end()) {
        area_flush(&turn);
        logfile_write(file, line, file->how.gzip_level);
        return;
    }
    area_add(&turn, number, file, line);
    task_start_turn_end(&task);
}

void logsink_write(int number, struct str line) {
    struct logfile *file = number >= 0 ? logfile_at((unsigned) number) : NULL;

    CHECK(file != NULL);
    if (file->how.buffer_size == 0 || kept.shared_len == NULL
        || !kept_take((unsigned) number, file, line)) {
        turn_add((unsigned) number, file, line);
    }
}

/* ---- the log ---- */

static void sink_write(struct log *log, enum log_level level, const char *line, size_t len) {
    (void) level;
    logsink_write(list_object(log, struct logsink, log)->file, str_make(line, len));
}

static void sink_send(struct log *log, enum log_level level, const char *line, size_t len) {
    const struct logsink *sink = list_object(log, struct logsink, log);

    syslog_write(&sink->syslog, syslog_severity_of(level), str_make(line, len));
}

void logsink_init(struct logsink *sink, int file, enum log_level level) {
    *sink = (struct logsink){ .log = { level, sink_write }, .file = file };
}

void logsink_init_syslog(struct logsink *sink, const struct syslog *syslog, enum log_level level) {
    *sink = (struct logsink){ .log = { level, sink_send }, .file = syslog->file,
                              .syslog = *syslog };
}

static void sink_keep(struct log *log, enum log_level level, const char *line, size_t len) {
    (void) level;
    log_ring_write(list_object(log, struct logsink, log)->ring, str_make(line, len));
}

void logsink_init_ring(struct logsink *sink, struct log_ring *ring, enum log_level level) {
    *sink = (struct logsink){ .log = { level, sink_keep }, .file = -1, .ring = ring };
}

void logsink_hold_sink(const struct logsink *sink) {
    if (sink->ring != NULL) {
        log_ring_hold(sink->ring);
    } else {
        logsink_hold(sink->file);
    }
}

void logsink_close_sink(const struct logsink *sink) {
    if (sink->ring != NULL) {
        log_ring_close(sink->ring);
    } else {
        logsink_close(sink->file);
    }
}
