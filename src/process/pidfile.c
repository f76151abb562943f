/* SPDX-License-Identifier: BSD-2-Clause */
/* pidfile - the file with the master's process number; see pidfile.h. */
#include "process/pidfile.h"

#include "base/log.h"
#include "base/number.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static bool failed(const char *call, const char *path) {
    log_write(log_process, LOG_LEVEL_EMERG, errno, NULL, "%s \"%s\" failed", call, path);
    return false;
}

bool pidfile_write(const char *path, pid_t pid) {
    char text[NUMBER_DIGITS_MAX + 1];
    size_t len = format_decimal(text, (uint64_t) pid);
    char temporary[4096];
    int fd;

    text[len++] = '\n';
    /* Readers see the old number or the new one, never half of one. */
    if ((size_t) snprintf(temporary, sizeof(temporary), "%s.new", path) >= sizeof(temporary)) {
        errno = ENAMETOOLONG;
        return failed("open()", path);
    }
    fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0) {
        return failed("open()", temporary);
    }
    if (write(fd, text, len) != (ssize_t) len) {
        close(fd);
        return failed("write()", temporary);
    }
    close(fd);
    return rename(temporary, path) == 0 || failed("rename()", path);
}

pid_t pidfile_read(const char *path) {
    char text[NUMBER_DIGITS_MAX + 2];
    uint64_t pid;
    ssize_t len;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        return -1;
    }
    len = read(fd, text, sizeof(text));
    close(fd);
    if (len < 0) {
        return -1;
    }
    if (len > 0 && text[len - 1] == '\n') {
        len--;
    }
    if (!parse_decimal(str_make(text, (size_t) len), INT32_MAX, &pid) || pid == 0) {
        errno = EINVAL;
        return -1;
    }
    return (pid_t) pid;
}

void pidfile_remove(const char *path, pid_t pid) {
    if (pidfile_read(path) == pid && unlink(path) < 0) {
        failed("unlink()", path);
    }
}
