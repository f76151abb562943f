/* SPDX-License-Identifier: BSD-2-Clause */
/* folders - those that workers write to; see folders.h. */
#include "process/folders.h"

#include "base/buf.h"
#include "base/log.h"
#include "base/temp_name.h"
#include "conf/temp_path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

static void make(const char *path, const struct process_user *user) {
    struct stat info;

    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        log_write(log_process, LOG_LEVEL_ALERT, errno, NULL, "mkdir() \"%s\" failed", path);
        return;
    }
    if (geteuid() == 0 && user->name != NULL && stat(path, &info) == 0
        && info.st_uid != user->uid && chown(path, user->uid, (gid_t) -1) != 0) {
        log_write(log_process, LOG_LEVEL_ALERT, errno, NULL, "chown() \"%s\" failed", path);
    }
}

void folders_make(const struct conf *conf, const struct process_user *user) {
    const char *path;
    unsigned i;

    for (i = 0; (path = temp_path_at(conf, i)) != NULL; i++) {
        make(path, user);
    }
}

void folders_export(const struct conf *conf, struct buf *to) {
    const char *path;
    unsigned i;

    for (i = 0; (path = temp_path_at(conf, i)) != NULL; i++) {
        buf_append(to, str_from(path), BUF_SIZE_MAX);
        buf_append(to, STR("\n"), BUF_SIZE_MAX);
    }
}

static bool is_left_over(const char *name) {
    int pid;

    return parse_temp_name(str_from(name), &pid) && kill(pid, 0) < 0 && errno == ESRCH;
}

static void clean(struct str path) {
    char name[PATH_MAX];
    struct dirent *entry;
    unsigned looks;
    DIR *folder;

    if (path.len >= sizeof(name)) {
        return;
    }
    memcpy(name, path.data, path.len);
    name[path.len] = '\0';
    folder = opendir(name);
    if (folder == NULL) {
        return;
    }
    for (looks = 0; looks < FOLDERS_LOOK_MAX && (entry = readdir(folder)) != NULL; looks++) {
        if (is_left_over(entry->d_name)) {
            unlinkat(dirfd(folder), entry->d_name, 0);
        }
    }
    closedir(folder);
}

void folders_clean(struct str paths) {
    struct str path;

    while (str_take_part(&paths, '\n', &path)) {
        if (path.len > 0) {
            clean(path);
        }
    }
}
