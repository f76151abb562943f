/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * master - the process that parses, binds, forks and waits for signals and messages; see master.h.
 *
 * Signals, as nginx's: TERM and INT end at once, QUIT when the last connection is gone, HUP
 * reloads, USR1 opens the logs anew, USR2 starts a new binary, WINCH lets the workers go.
 */
#include "process/master.h"

#include "base/heap.h"
#include "conf/error_log.h"
#include "event/signal.h"
#include "process/control.h"
#include "process/pidfile.h"
#include "process/privilege.h"
#include "process/sockets.h"
#include "process/title.h"
#include "process/upgrade.h"
#include "process/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FAST_STOP_MS = 1000 }; /* from TERM to KILL */

static struct {
    char pid_path[4096];
    pid_t new_binary;      /* 0: none */
    bool is_stopping;
    struct timer kill_timer;
    int exit_status;
} master;

/* ---- stopping ---- */

/* Whether nobody else serves these sockets: no new binary below us, no old one above. */
static bool is_only_master(void) {
    return master.new_binary == 0 && !upgrade_has_parent();
}

static void stop_if_done(void) {
    if (master.is_stopping && generation_running() == 0) {
        loop_stop();
    }
}

static void drain_all(const struct message_drain *how, struct str emptied) {
    struct list *at, *next;

    list_each(at, next, generation_list()) {
        generation_drain(list_object(at, struct generation, link), how, emptied);
    }
}

/* A second QUIT takes less care: what is under way is closed. */
static void stop_gracefully(void) {
    struct message_drain how = { .closes_idle = true, .is_now = master.is_stopping };
    struct buf left = { NULL, 0, 0, 0 };

    if (is_only_master() && !master.is_stopping) {
        sockets_stop_all(&left);
    }
    master.is_stopping = true;
    reload_cancel();
    drain_all(&how, buf_bytes(&left));
    buf_free(&left);
    stop_if_done();
}

static void kill_all(int number) {
    struct list *at, *next;

    list_each(at, next, generation_list()) {
        struct generation *generation = list_object(at, struct generation, link);

        generation->state = GENERATION_DRAINING;
        generation_kill(generation, number);
    }
}

static void on_kill_timer(struct timer *timer) {
    (void) timer;
    kill_all(SIGKILL);
}

static void stop_fast(void) {
    struct message_drain how = { .closes_idle = true, .is_now = true };

    master.is_stopping = true;
    reload_cancel();
    kill_all(SIGTERM);
    drain_all(&how, STR_NONE); /* forgets children that wait for their restart */
    timer_start(&master.kill_timer, FAST_STOP_MS);
    stop_if_done();
}

/* ---- logs ---- */

static void send_log_files(struct child *child) {
    unsigned file;

    for (file = 0; file < logsink_count(); file++) {
        int fd = logsink_fd((int) file), number = (int) file;

        if (fd != STDERR_FILENO) {
            channel_send(&child->channel,
                         &(struct channel_message){
                             .type = MESSAGE_LOG_FILE,
                             .data = str_make((const char *) &number, sizeof(number)),
                             .fds = &fd,
                             .fd_count = 1 });
        }
    }
}

static void reopen_logs(void) {
    struct list *at, *next, *inner, *inner_next;

    log_write(log_process, LOG_LEVEL_NOTICE, 0, NULL, "reopening logs");
    logsink_flush();
    logsink_reopen((uid_t) -1);
    list_each(at, next, generation_list()) {
        struct generation *generation = list_object(at, struct generation, link);

        list_each(inner, inner_next, &generation->children) {
            struct child *child = list_object(inner, struct child, link);

            if (child->pid != 0 && child->role == SEAT_WORKER) {
                send_log_files(child);
            }
        }
    }
}

/* ---- the other binary ---- */

static void rename_pidfile(bool to_old) {
    char old[sizeof(master.pid_path) + 8];

    snprintf(old, sizeof(old), "%s.oldbin", master.pid_path);
    command_close(true);
    if (rename(to_old ? master.pid_path : old, to_old ? old : master.pid_path) < 0) {
        log_write(log_process, LOG_LEVEL_ALERT, errno, NULL, "rename() of the pid file failed");
    }
    command_open(to_old ? old : master.pid_path, reload_request);
}

static void start_new_binary(void) {
    if (master.new_binary != 0 || upgrade_has_parent()) {
        log_write(log_process, LOG_LEVEL_NOTICE, 0, NULL,
                  "a change of the binary is under way already");
        return;
    }
    log_write(log_process, LOG_LEVEL_NOTICE, 0, NULL, "changing binary");
    rename_pidfile(true);
    master.new_binary = upgrade_start();
    if (master.new_binary < 0) {
        master.new_binary = 0;
        rename_pidfile(false);
    }
}

static void new_binary_ended(int status) {
    log_write(log_process, LOG_LEVEL_NOTICE, 0, NULL, "new binary process %d exited with %s %d",
              master.new_binary, WIFSIGNALED(status) ? "signal" : "code",
              WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    master.new_binary = 0;
    if (!master.is_stopping) {
        rename_pidfile(false);
    }
}

/* ---- signals ---- */

static void reap_children(void) {
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid == master.new_binary) {
            new_binary_ended(status);
        } else if (!reload_child_ended(pid, status)) {
            generation_child_ended(pid, status);
        }
    }
    stop_if_done();
}

static void reload_or_start_again(void) {
    if (generation_serving() != NULL) {
        reload_request(NULL);
    } else {
        reload_start_again();
    }
}

/* The workers go, the master stays: the step before the old binary is given up. */
static void let_workers_go(void) {
    struct message_drain how = { .closes_idle = false };

    log_write(log_process, LOG_LEVEL_NOTICE, 0, NULL, "letting the workers go");
    drain_all(&how, STR_NONE);
}

static void on_signal(int number, int pid) {
    if (number != SIGCHLD) {
        log_write(log_process, LOG_LEVEL_NOTICE, 0, NULL, "signal %d (SIG%s) received from %d",
                  number, sigabbrev_np(number), pid);
    }
    switch (number) {
    case SIGCHLD:
        reap_children();
        return;
    case SIGTERM:
    case SIGINT:
        stop_fast();
        return;
    case SIGQUIT:
        stop_gracefully();
        return;
    case SIGUSR1:
        reopen_logs();
        return;
    default:
        break;
    }
    if (master.is_stopping) {
        return;
    }
    if (number == SIGHUP) {
        reload_or_start_again();
    } else if (number == SIGUSR2) {
        start_new_binary();
    } else if (number == SIGWINCH) {
        let_workers_go();
    }
}

/* ---- life ---- */

static bool daemonize(void) {
    pid_t pid = fork();
    int null;

    if (pid < 0) {
        log_write(log_process, LOG_LEVEL_EMERG, errno, NULL, "fork() failed");
        return false;
    }
    if (pid > 0) {
        _exit(0);
    }
    null = open("/dev/null", O_RDWR);
    if (setsid() < 0 || null < 0 || dup2(null, STDIN_FILENO) < 0
        || dup2(null, STDOUT_FILENO) < 0) {
        log_write(log_process, LOG_LEVEL_EMERG, errno, NULL, "setsid() or dup2() failed");
        return false;
    }
    umask(0);
    if (null > STDERR_FILENO) {
        close(null);
    }
    log_set_pid(getpid());
    return true;
}

/* The pid file follows the configuration. */
static bool set_pid_path(const struct conf *conf) {
    const char *path = process_settings_of(conf)->pid_path.data;

    if (strcmp(path, master.pid_path) == 0) {
        return true;
    }
    if (!pidfile_write(path, getpid())) {
        return false;
    }
    if (master.pid_path[0] != '\0') {
        pidfile_remove(master.pid_path, getpid());
        command_close(true);
    }
    snprintf(master.pid_path, sizeof(master.pid_path), "%s", path);
    command_open(master.pid_path, reload_request);
    return true;
}

static void on_serving(struct generation *generation) {
    /* An old master beside a new binary keeps the name that it has moved to. */
    if (master.new_binary == 0) {
        set_pid_path(generation->conf);
    }
}

static void on_first_started(bool is_ok) {
    if (!is_ok) {
        master.exit_status = 1;
        master.is_stopping = true;
        stop_if_done();
    }
}

static void stop_loop(void) {
    loop_stop();
}

static void on_single_signal(int number, int pid) {
    (void) pid;
    if (number == SIGQUIT) {
        worker_drain(true, false, STR_NONE, stop_loop);
    } else if (number == SIGUSR1) {
        logsink_flush();
        logsink_reopen((uid_t) -1);
    } else if (number == SIGHUP) {
        log_write(log_process, LOG_LEVEL_WARN, 0, NULL, "a reload needs master_process on");
    } else {
        loop_stop();
    }
}

static void report_stuck(unsigned seat, int pid) {
    /* One process watches itself here: that it looks says that it is not stuck. */
    (void) seat;
    (void) pid;
}

/* master_process off: all roles in one process. */
static void run_single(const struct conf *conf) {
    static const int signals[] = { SIGTERM, SIGINT, SIGQUIT, SIGUSR1, SIGHUP, 0 };

    seat_sit(seat_take(SEAT_WORKER, 0, 1));
    signal_start(signals, on_single_signal);
    worker_begin(conf, process_settings_of(conf), 0);
    control_begin(report_stuck);
    loop_run();
    control_end();
    worker_end();
}

static void run_master(struct conf *conf) {
    static const int signals[] = { SIGCHLD, SIGTERM, SIGINT,  SIGQUIT, SIGHUP,
                                   SIGUSR1, SIGUSR2, SIGWINCH, 0 };

    title_set("master process");
    seat_sit(seat_take(SEAT_MASTER, 0, 0));
    signal_start(signals, on_signal);
    timer_init(&master.kill_timer, on_kill_timer);
    generation_set_on_ended(stop_if_done);
    if (reload_start_first(conf, on_first_started)) {
        loop_run();
    } else {
        master.exit_status = 1;
    }
}

struct conf *master_load(const struct reload_source *source) {
    reload_init(source, on_serving);
    return reload_load_first();
}

int master_run(struct conf *conf) {
    const struct process_settings *settings = process_settings_of(conf);

    error_log_use(conf);
    privilege_raise_nofile();
    if (!sockets_prepare(conf, (unsigned) settings->workers, true)
        || (settings->is_daemon && !daemonize())) {
        return 1;
    }
    loop_init();
    log_write(log_process, LOG_LEVEL_NOTICE, 0, NULL, "weir starts");
    if (!set_pid_path(conf)) {
        sockets_close_all(is_only_master());
        return 1;
    }
    if (settings->has_master) {
        run_master(conf);
    } else {
        run_single(conf);
    }
    log_write(log_process, LOG_LEVEL_NOTICE, 0, NULL, "exit");
    command_close(true);
    pidfile_remove(master.pid_path, getpid());
    sockets_close_all(is_only_master());
    seat_reclaim(seat_self());
    logsink_flush();
    arena_trim();
    buf_trim();
    return master.exit_status;
}
