/* SPDX-License-Identifier: BSD-2-Clause */
/* log_paths - log files whose paths are known only when a line is written; see log_paths.h. */
#include "event/log_paths.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/heap.h"
#include "event/logsink_priv.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_MODE = 0644 };

struct path_file {
    struct list link; /* those used last come last */
    char *path;
    uint64_t hash;
    int fd;           /* -1: not open */
    dev_t device;
    ino_t inode;
    uint64_t uses;
    int64_t used_ms, checked_ms;
};

struct log_paths {
    struct log_paths_limits limits;
    struct list files;
    uint64_t count;
    struct timer timer; /* until the next may be inactive */
};

/* With a NUL byte behind it. */
static char *path_text(struct str path) {
    char *text = heap_zero(path.len + 1, 1);

    memcpy(text, path.data, path.len);
    return text;
}

static void file_close(struct path_file *file) {
    if (file->fd >= 0) {
        close(file->fd);
        file->fd = -1;
    }
}

static void file_remove(struct log_paths *paths, struct path_file *file) {
    file_close(file);
    list_remove(&file->link);
    paths->count--;
    heap_free(file->path);
    heap_free(file);
}

static struct path_file *first_file(const struct log_paths *paths) {
    return list_object(paths->files.next, struct path_file, link);
}

static void on_timer(struct timer *timer) {
    struct log_paths *paths = list_object(timer, struct log_paths, timer);
    int64_t limit_ms = clock_ms() - paths->limits.inactive_ms;

    while (paths->count > 0 && first_file(paths)->used_ms <= limit_ms) {
        file_remove(paths, first_file(paths));
    }
    if (paths->count > 0) {
        timer_start(timer, first_file(paths)->used_ms - limit_ms);
    }
}

struct log_paths *log_paths_new(const struct log_paths_limits *limits) {
    struct log_paths *paths = heap_zero(1, sizeof(*paths));

    paths->limits = *limits;
    list_init(&paths->files);
    timer_init(&paths->timer, on_timer);
    return paths;
}

void log_paths_free(struct log_paths *paths) {
    while (paths->count > 0) {
        file_remove(paths, first_file(paths));
    }
    timer_fini(&paths->timer);
    heap_free(paths);
}

static struct path_file *find_file(const struct log_paths *paths, struct str path,
                                   uint64_t hash) {
    struct list *at, *next;

    list_each(at, next, &paths->files) {
        struct path_file *file = list_object(at, struct path_file, link);

        if (file->hash == hash && str_is(path, file->path)) {
            return file;
        }
    }
    return NULL;
}

static struct path_file *get_file(struct log_paths *paths, struct str path) {
    uint64_t hash = hash_bytes(path);
    struct path_file *file = find_file(paths, path, hash);

    if (file != NULL) {
        list_remove(&file->link);
    } else {
        if (paths->count == paths->limits.max) {
            file_remove(paths, first_file(paths));
        }
        file = heap_zero(1, sizeof(*file));
        file->path = path_text(path);
        file->hash = hash;
        file->fd = -1;
        paths->count++;
    }
    list_add_last(&paths->files, &file->link);
    file->uses++;
    file->used_ms = clock_ms();
    if (!timer_is_set(&paths->timer)) {
        timer_start(&paths->timer, paths->limits.inactive_ms);
    }
    return file;
}

/* The path may mean another file by now, or none. */
static bool is_still_valid(const struct log_paths *paths, struct path_file *file) {
    struct stat info;

    if (clock_ms() - file->checked_ms < paths->limits.valid_ms) {
        return true;
    }
    file->checked_ms = clock_ms();
    return stat(file->path, &info) == 0 && info.st_dev == file->device
        && info.st_ino == file->inode;
}

/* Returns a descriptor, or -1 with errno. */
static int file_open(const struct log_paths *paths, struct path_file *file) {
    struct stat info;

    if (file->fd >= 0 && !is_still_valid(paths, file)) {
        file_close(file);
    }
    if (file->fd < 0) {
        file->fd = logfile_open_path(file->path, PATH_MODE);
        file->checked_ms = clock_ms();
        if (file->fd >= 0 && fstat(file->fd, &info) == 0) {
            file->device = info.st_dev;
            file->inode = info.st_ino;
        }
    }
    return file->fd;
}

void log_paths_refuse(struct str path) {
    char *text = path_text(path);

    logfile_lost("open()", text, 1, EPERM);
    heap_free(text);
}

static void write_uncached(struct str path, struct str line) {
    char *text = path_text(path);
    int fd = logfile_open_path(text, PATH_MODE);

    if (fd >= 0) {
        logfile_write_fd(fd, text, line);
        close(fd);
    } else {
        logfile_lost("open()", text, 1, errno);
    }
    heap_free(text);
}

void log_paths_write(struct log_paths *paths, struct str path, struct str line) {
    struct path_file *file;

    if (paths == NULL) {
        write_uncached(path, line);
        return;
    }
    file = get_file(paths, path);
    if (file_open(paths, file) < 0) {
        logfile_lost("open()", file->path, 1, errno);
        return;
    }
    logfile_write_fd(file->fd, file->path, line);
    if (file->uses < paths->limits.min_uses) {
        file_close(file);
    }
}
