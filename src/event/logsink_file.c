/* SPDX-License-Identifier: BSD-2-Clause */
/* logsink_file - the log files that are open, and what they do not take; see logsink.h. */
#include "base/deflate.h"
#include "base/heap.h"
#include "base/panic.h"
#include "event/logsink_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { LOGSINK_SAY_LOST_MS = 60 * 1000 };

static struct logfile **files; /* NULL where an index is free */
static unsigned limit;

/* What could not be written since the operator was told last. */
static struct {
    uint64_t lines;
    const char *call;
    char path[256];
    int error;
    struct timer timer; /* runs for a minute after each message */
    void (*on_lost)(uint64_t lines);
} lost;

/* ---- the table ---- */

struct logfile *logfile_at(unsigned file) {
    return file < limit ? files[file] : NULL;
}

struct logfile *logfile_of_record(unsigned file, uint32_t key) {
    struct logfile *found = logfile_at(file);

    for (file = 0; file < limit && (found == NULL || found->key != key); file++) {
        found = files[file];
    }
    return found != NULL && found->key == key ? found : NULL;
}

static struct logfile *get_file(int file) {
    struct logfile *found = file >= 0 ? logfile_at((unsigned) file) : NULL;

    CHECK(found != NULL);
    return found;
}

static unsigned find_free(void) {
    unsigned file = 0;

    while (file < limit && files[file] != NULL) {
        file++;
    }
    if (file == limit) {
        limit = limit > 0 ? 2 * limit : 16;
        files = heap_resize(files, limit, sizeof(*files));
        memset(files + file, 0, (limit - file) * sizeof(*files));
    }
    return file;
}

/* FNV-1a. */
static uint32_t hash_path(struct str path) {
    uint32_t hash = 2166136261u;
    size_t i;

    for (i = 0; i < path.len; i++) {
        hash = (hash ^ (unsigned char) path.data[i]) * 16777619u;
    }
    return hash;
}

static int find_path(struct str path, uint32_t key) {
    unsigned file;

    for (file = 0; file < limit; file++) {
        if (files[file] != NULL && files[file]->key == key && str_is(path, files[file]->path)) {
            return (int) file;
        }
    }
    return -1;
}

void logfiles_keep_nothing(void) {
    unsigned file;

    for (file = 0; file < limit; file++) {
        if (files[file] != NULL) {
            files[file]->kept = 0;
            timer_cancel(&files[file]->flush_timer);
        }
    }
}

/* ---- opening and closing ---- */

/* O_NONBLOCK is for pipes: a reader that is slow, or not there yet, must not stop the loop. */
int logfile_open_path(const char *path, mode_t mode) {
    return open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, mode);
}

static void on_flush_timer(struct timer *timer) {
    logfile_flush(list_object(timer, struct logfile, flush_timer));
}

static struct logfile *logfile_new(struct str path, uint32_t key, mode_t mode) {
    struct logfile *file = heap_zero(1, sizeof(*file));

    file->path = heap_zero(path.len + 1, 1);
    memcpy(file->path, path.data, path.len);
    file->key = key;
    file->mode = mode;
    file->users = 1;
    file->fd = -1;
    timer_init(&file->flush_timer, on_flush_timer);
    return file;
}

static void logfile_free(struct logfile *file) {
    timer_fini(&file->flush_timer);
    if (file->fd >= 0 && file->fd != STDERR_FILENO) {
        close(file->fd);
    }
    heap_free(file->path);
    heap_free(file);
}

static int put_file(struct logfile *file) {
    unsigned number = find_free();

    files[number] = file;
    return (int) number;
}

int logsink_open(struct str path, mode_t mode) {
    uint32_t key = hash_path(path);
    int number = find_path(path, key);
    struct logfile *file;

    if (number >= 0) {
        files[number]->users++;
        return number;
    }
    file = logfile_new(path, key, mode);
    file->fd = str_is(path, "stderr") ? STDERR_FILENO : logfile_open_path(file->path, mode);
    if (file->fd < 0) {
        int error = errno;

        logfile_free(file);
        errno = error;
        return -1;
    }
    return put_file(file);
}

int logsink_open_syslog(struct str name, const struct sockaddr *address, socklen_t len) {
    uint32_t key = hash_path(name);
    int number = find_path(name, key);
    struct logfile *file;

    CHECK(len > 0 && len <= sizeof(file->address));
    if (number < 0) {
        number = put_file(logfile_new(name, key, 0));
    } else {
        files[number]->users++;
    }
    file = files[number];
    if (file->fd >= 0 && memcmp(&file->address, address, len) != 0) {
        close(file->fd); /* a name has another address now */
        file->fd = -1;
    }
    memcpy(&file->address, address, len);
    file->address_len = len;
    return number;
}

void logsink_set_how(int file, const struct logsink_how *how) {
    logsink_flush();
    get_file(file)->how = *how;
}

void logsink_hold(int file) {
    get_file(file)->users++;
}

void logsink_close(int file) {
    struct logfile *closed = get_file(file);

    if (--closed->users == 0) {
        logsink_flush();
        files[file] = NULL;
        logfile_free(closed);
    }
}

void logsink_keep_only(const int *kept, unsigned count) {
    unsigned file, i;

    logsink_flush();
    for (file = 0; file < limit; file++) {
        for (i = 0; i < count && kept[i] != (int) file; i++) {
        }
        if (i == count && files[file] != NULL) {
            logfile_free(files[file]);
            files[file] = NULL;
        }
    }
}

unsigned logsink_reopen(void) {
    unsigned i, failed = 0;

    logsink_flush();
    for (i = 0; i < limit; i++) {
        const struct logfile *file = files[i];
        int fd;

        if (file == NULL || file->fd == STDERR_FILENO || file->address_len > 0) {
            continue;
        }
        fd = logfile_open_path(file->path, file->mode);
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

unsigned logsink_limit(void) {
    return limit;
}

int logsink_fd(int file) {
    const struct logfile *found = file >= 0 ? logfile_at((unsigned) file) : NULL;

    return found != NULL && found->address_len == 0 ? found->fd : -1;
}

void logsink_replace_fd(int number, int fd) {
    struct logfile *file = get_file(number);

    CHECK(file->address_len == 0);
    logsink_flush();
    if (file->fd == fd) {
        return;
    }
    if (file->fd != STDERR_FILENO) {
        CHECK(dup3(fd, file->fd, O_CLOEXEC) == file->fd);
        file->is_torn = false;
    }
    close(fd);
}

/* ---- what is lost ---- */

void logsink_set_on_lost(void (*on_lost)(uint64_t lines)) {
    lost.on_lost = on_lost;
}

/* Straight to descriptor 2: a log is what has just failed. */
static void lost_say(void) {
    char message[LOG_LINE_MAX], line[LOG_LINE_MAX];
    size_t len;

    snprintf(message, sizeof(message), "%llu log lines lost, %s \"%s\" failed",
             (unsigned long long) lost.lines, lost.call, lost.path);
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

void logfile_lost(const char *call, const char *path, uint64_t lines, int error) {
    lost.lines += lines;
    lost.call = call;
    snprintf(lost.path, sizeof(lost.path), "%s", path);
    lost.error = error;
    if (lost.on_lost != NULL) {
        lost.on_lost(lines);
    }
    if (lost.timer.on_expiry == NULL) {
        timer_init(&lost.timer, lost_on_expiry);
    }
    if (!timer_is_set(&lost.timer)) {
        lost_say();
    }
}

/* ---- writing ---- */

static uint64_t count_lines(struct str text) {
    uint64_t lines = 0;
    size_t i;

    for (i = 0; i < text.len; i++) {
        lines += text.data[i] == '\n';
    }
    return lines;
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

void logfile_write_fd(int fd, const char *path, struct str lines) {
    struct str rest = fd_write(fd, lines);

    if (rest.len > 0) {
        logfile_lost("write() to", path, count_lines(rest), errno);
    }
}

/* A member that is cut takes all its lines with it. */
static void write_gzip(const struct logfile *file, struct str lines, int level) {
    struct buf member = { NULL, 0, 0, 0 };

    deflate_gzip(&member, lines, level);
    if (fd_write(file->fd, buf_bytes(&member)).len > 0) {
        logfile_lost("write() to", file->path, count_lines(lines), errno);
    }
    buf_free(&member);
}

static void write_plain(struct logfile *file, struct str lines) {
    struct str rest = lines;

    if (!file->is_torn || fd_write(file->fd, STR("\n")).len == 0) {
        rest = fd_write(file->fd, lines);
        file->is_torn = rest.len > 0 && rest.len < lines.len && rest.data[-1] != '\n';
    }
    if (rest.len > 0) {
        logfile_lost("write() to", file->path, count_lines(rest), errno);
    }
}

void logfile_write(struct logfile *file, struct str lines, int gzip_level) {
    if (file->address_len > 0) {
        if (!logfile_send(file, lines)) {
            logfile_lost("send() to", file->path, 1, errno);
        }
    } else if (gzip_level > 0) {
        write_gzip(file, lines, gzip_level);
    } else {
        write_plain(file, lines);
    }
}
