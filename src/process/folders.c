/* SPDX-License-Identifier: BSD-2-Clause */
/* folders - those that workers write to; see folders.h. */
#include "process/folders.h"

#include "base/log.h"
#include "conf/temp_path.h"

#include <errno.h>
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
