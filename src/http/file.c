/* SPDX-License-Identifier: BSD-2-Clause */
/* file - a file of the disk that is opened to be read; see file.h. */
#include "http/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_FLAGS = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC };

static void set_failed(struct file *file, const char *failed) {
    file->kind = FILE_NONE;
    file->error = errno;
    file->failed = failed;
}

static void set_known(struct file *file, const struct stat *stat) {
    file->kind = S_ISREG(stat->st_mode) ? FILE_REGULAR
        : S_ISDIR(stat->st_mode)        ? FILE_FOLDER
                                        : FILE_SPECIAL;
    file->size = (uint64_t) stat->st_size;
    file->modified = stat->st_mtime;
    file->device = stat->st_dev;
    file->inode = stat->st_ino;
}

static void look_at_fd(struct file *file) {
    struct stat stat;

    if (fstat(file->fd, &stat) == 0) {
        set_known(file, &stat);
        return;
    }
    set_failed(file, "fstat()");
    file_close(file);
}

/* ---- links ---- */

/* itself: what the name stands for, which may be another file than when it was opened. So owners
 * are compared even where it is no link any more. */
static bool is_allowed(const struct stat *itself, const struct stat *target,
                       enum file_links links) {
    if (links == FILE_LINKS_OF_OWNER ? itself->st_uid == target->st_uid
                                     : !S_ISLNK(itself->st_mode)) {
        return true;
    }
    errno = ELOOP;
    return false;
}

/* Opens a part of a path in its folder. What was opened is looked at afterwards, not before. */
static int open_part(int folder, const char *name, int flags, enum file_links links) {
    struct stat itself, target;
    int fd = openat(folder, name, flags | (links == FILE_LINKS_REFUSED ? O_NOFOLLOW : 0));
    int error;

    if (fd < 0) {
        return -1;
    }
    /* With O_PATH and O_NOFOLLOW it is the link that was opened. */
    if (fstat(fd, &target) == 0
        && (links == FILE_LINKS_REFUSED
                ? is_allowed(&target, &target, links)
                : fstatat(folder, name, &itself, AT_SYMLINK_NOFOLLOW) == 0
                      && is_allowed(&itself, &target, links))) {
        return fd;
    }
    error = errno;
    close(fd);
    errno = error;
    return -1;
}

/* Takes the trusted part off the path and opens its folder. */
static int open_trusted(const char **path, struct str trusted) {
    while (trusted.len > 0 && trusted.data[trusted.len - 1] == '/') {
        trusted.len--;
    }
    if (trusted.len > 0 && strncmp(*path, trusted.data, trusted.len) == 0
        && (*path)[trusted.len] == '/') {
        char folder[PATH_MAX];

        if (trusted.len >= sizeof(folder)) {
            errno = ENAMETOOLONG;
            return -1;
        }
        *(char *) mempcpy(folder, *path, trusted.len) = '\0';
        *path += trusted.len;
        return open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    }
    return open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* The folder of the last part of the path; *path becomes that part. */
static int walk(const char **path, const struct file_options *options) {
    int folder = open_trusted(path, options->trusted);

    while (folder >= 0) {
        char part[NAME_MAX + 1];
        size_t len;
        int next;

        *path += strspn(*path, "/");
        len = strcspn(*path, "/");
        if ((*path)[len] == '\0') {
            return folder;
        }
        if (len > NAME_MAX) {
            close(folder);
            errno = ENAMETOOLONG;
            return -1;
        }
        *(char *) mempcpy(part, *path, len) = '\0';
        next = open_part(folder, part, O_PATH | O_CLOEXEC, options->links);
        close(folder);
        folder = next;
        *path += len;
    }
    return -1;
}

static void open_walking(struct file *file, const char *path, const struct file_options *options) {
    int folder = walk(&path, options);

    if (folder < 0) {
        set_failed(file, "openat()");
        return;
    }
    file->fd = open_part(folder, *path != '\0' ? path : ".",
                         options->is_look ? O_PATH | O_CLOEXEC : READ_FLAGS, options->links);
    if (file->fd < 0) {
        set_failed(file, "openat()");
    }
    close(folder);
    if (file->fd >= 0) {
        look_at_fd(file);
    }
    if (options->is_look) {
        file_close(file);
    }
}

/* ---- both ways ---- */

static void look(struct file *file, const char *path) {
    struct stat known;

    if (stat(path, &known) == 0) {
        set_known(file, &known);
    } else {
        set_failed(file, "stat()");
    }
}

void file_open(struct file *file, const char *path, const struct file_options *options) {
    *file = (struct file){ .fd = -1 };
    if (options->links != FILE_LINKS_FOLLOWED) {
        open_walking(file, path, options);
        return;
    }
    if (options->is_look) {
        look(file, path);
        return;
    }
    file->fd = open(path, READ_FLAGS);
    if (file->fd < 0) {
        set_failed(file, "open()");
        return;
    }
    look_at_fd(file);
}

void file_close(struct file *file) {
    if (file->fd >= 0) {
        close(file->fd);
        file->fd = -1;
    }
}
