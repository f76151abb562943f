/* SPDX-License-Identifier: BSD-2-Clause */
/* single - master_process off: one process does it all; see single.h. */
#include "process/single.h"

#include "base/log.h"
#include "event/logsink.h"
#include "process/control.h"
#include "process/daemon.h"
#include "process/environment.h"
#include "process/folders.h"
#include "process/mainlog.h"
#include "process/presence.h"
#include "process/sockets.h"
#include "process/title.h"
#include "process/upgrade.h"
#include "process/worker.h"
#include "shm/seat.h"

#include <signal.h>

static bool is_draining;

static void drain(void) {
    struct message_drain how = { .closes_idle = true, .is_now = is_draining };
    struct buf left = { NULL, 0, 0, 0 };

    if (!is_draining) {
        sockets_stop_all(&left);
    }
    is_draining = true;
    worker_drain(&how, buf_bytes(&left));
    buf_free(&left);
}

void single_on_signal(int number, int pid) {
    (void) pid;
    if (number == SIGQUIT) {
        drain();
    } else if (number == SIGTERM || number == SIGINT) {
        loop_stop();
    } else if (number == SIGUSR1) {
        logsink_reopen();
    } else if (number == SIGHUP || number == SIGUSR2) {
        log_write(log_process, LOG_LEVEL_WARN, 0, NULL, "a reload needs master_process on");
    }
}

/* One process watches itself here: that it looks says that it is not stuck. */
static void report_stuck(unsigned seat, int pid) {
    (void) seat;
    (void) pid;
}

static void on_drained(void) {
    loop_stop();
}

bool single_run(const struct conf *conf) {
    static const struct worker_events events = { sockets_close_leaving, on_drained };
    const struct process_settings *settings = process_settings_of(conf);
    struct buf left = { NULL, 0, 0, 0 }, folders = { NULL, 0, 0, 0 };

    folders_make(conf, &settings->user);
    if (!sockets_prepare(conf, 1, !upgrade_was_started()) || !sockets_listen()) {
        return false;
    }
    sockets_commit(&left);
    buf_free(&left);
    if (!presence_set(settings->pid_path.data)) {
        return false;
    }
    environment_apply(settings);
    worker_begin(conf, 0, true, &events);
    worker_serve();
    seat_set_lease(seat_self());
    folders_export(conf, &folders);
    control_begin(report_stuck, buf_bytes(&folders));
    daemon_say_started();
    mainlog_hide();
    loop_run();
    control_end();
    buf_free(&folders);
    worker_end();
    return true;
}
