/* SPDX-License-Identifier: BSD-2-Clause */
/* presence - where a master can be found; see presence.h. */
#include "process/presence.h"

#include "base/log.h"
#include "process/pidfile.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PATH_SIZE = 4096 };

static char wanted[PATH_SIZE];      /* what the configuration says; "": none yet */
static char current[PATH_SIZE + 8]; /* where it is */
static bool is_old;
static unsigned (*on_reload)(void);

void presence_init(unsigned (*on_reload_asked)(void)) {
    on_reload = on_reload_asked;
}

static void open_command(void) {
    if (on_reload != NULL) {
        command_open(current, on_reload);
    }
}

static void leave_current(void) {
    if (current[0] != '\0') {
        pidfile_remove(current, getpid());
        command_close();
    }
}

bool presence_set(const char *path) {
    if (is_old || strcmp(path, wanted) == 0) {
        snprintf(wanted, sizeof(wanted), "%s", path);
        return true;
    }
    if (!pidfile_write(path, getpid())) {
        return false;
    }
    leave_current();
    snprintf(wanted, sizeof(wanted), "%s", path);
    snprintf(current, sizeof(current), "%s", path);
    open_command();
    return true;
}

static void rename_to(const char *path) {
    command_close();
    if (rename(current, path) < 0) {
        log_write(log_process, LOG_LEVEL_ALERT, errno, NULL, "rename() \"%s\" to \"%s\" failed",
                  current, path);
        pidfile_write(path, getpid());
    }
    snprintf(current, sizeof(current), "%s", path);
    open_command();
}

void presence_become_old(void) {
    char old[sizeof(current)];

    snprintf(old, sizeof(old), "%s.oldbin", wanted);
    is_old = true;
    rename_to(old);
}

void presence_become_current(void) {
    char path[PATH_SIZE];

    if (is_old) {
        is_old = false;
        memcpy(path, wanted, sizeof(path));
        rename_to(path);
    }
}

void presence_end(void) {
    leave_current();
    current[0] = '\0';
}
