/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * master - the process that parses, binds, forks and waits for signals and messages; see master.h.
 *
 * Signals, as nginx's: TERM and INT end at once, QUIT when the last connection is gone, HUP
 * reloads, USR1 opens the logs anew, USR2 starts a new binary, WINCH lets the workers go.
 */
#include "process/master.h"

#include "base/log.h"
#include "event/signal.h"
#include "process/daemon.h"
#include "process/lease.h"
#include "process/mainlog.h"
#include "process/presence.h"
#include "process/privilege.h"
#include "process/single.h"
#include "process/sockets.h"
#include "process/title.h"
#include "process/upgrade.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    FAST_STOP_MS = 1000, /* from TERM to KILL */
    WATCH_MS = 5000,     /* how often control's heartbeat is looked at */
    WATCH_MISSED_MAX = 3
};

static struct {
    pid_t new_binary;       /* 0: none */
    bool wants_new_binary;  /* as soon as the reload is over */
    bool wants_no_workers;  /* the same */
    bool has_served;
    bool is_stopping;
    struct timer kill_timer, watch_timer;
    int exit_status;
} master;

static void on_signal(int number, int pid);

/* ---- stopping ---- */

static void stop_if_done(void) {
    if (master.is_stopping && generation_running() == 0) {
        loop_stop();
    }
}

static void drain_all(const struct message_drain *how, struct str lines) {
    struct list *at, *next;

    list_each(at, next, generation_list()) {
        generation_drain(list_object(at, struct generation, link), how, lines);
    }
}

/* Whether no other binary serves beside this one. */
static bool is_only_master(void) {
    return master.new_binary == 0 && upgrade_parent() == 0;
}

/* A second QUIT takes less care: what is under way is closed. */
static void stop_gracefully(void) {
    struct message_drain how = { .closes_idle = is_only_master(), .is_now = master.is_stopping };
    struct buf left = { NULL, 0, 0, 0 };

    if (!master.is_stopping) {
        sockets_stop_all(&left);
        reload_cancel();
    }
    master.is_stopping = true;
    drain_all(&how, buf_bytes(&left));
    buf_free(&left);
    lease_settle(master.new_binary);
    stop_if_done();
}

static void kill_all(int number) {
    struct list *at, *next;

    list_each(at, next, generation_list()) {
        generation_kill(list_object(at, struct generation, link), number);
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

/* ---- the other binary ---- */

static void start_new_binary(void) {
    master.wants_new_binary = false;
    log_write(log_process, LOG_LEVEL_NOTICE, 0, NULL, "changing binary");
    presence_become_old();
    sockets_set_common(true);
    master.new_binary = upgrade_start();
    if (master.new_binary < 0) {
        master.new_binary = 0;
        sockets_set_common(false);
        presence_become_current();
    }
}

/* Sockets that a reload has bound and that do not listen yet cannot be handed on. */
static void request_new_binary(void) {
    if (master.new_binary != 0 || upgrade_parent() != 0) {
        log_write(log_process, LOG_LEVEL_NOTICE, 0, NULL,
                  "a change of the binary is under way already");
    } else if (reload_is_active()) {
        master.wants_new_binary = true;
    } else {
        start_new_binary();
    }
}

/* If our workers are gone already, nobody serves any more. */
static void new_binary_ended(int status) {
    log_write(log_process, LOG_LEVEL_NOTICE, 0, NULL, "new binary process %d exited with %s %d",
              master.new_binary, WIFSIGNALED(status) ? "signal" : "code",
              WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    master.new_binary = 0;
    sockets_set_common(false);
    seats_reclaim_orphans();
    if (!master.is_stopping) {
        presence_become_current();
        reload_start_again();
    }
    lease_settle(0);
}

/* From here on this is the only master. */
static void on_parent_end(void) {
    log_write(log_process, LOG_LEVEL_NOTICE, 0, NULL, "the old binary has ended");
    sockets_set_common(false);
    seats_reclaim_orphans();
    lease_settle(0);
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

/* A new binary is likely to have a new configuration beside it: when we serve again instead, it is
 * what served before. */
static void reload_or_start_again(void) {
    if (generation_serving() == NULL && master.new_binary != 0) {
        reload_start_again();
    } else {
        reload_request();
    }
}

/* The workers go, the master stays: the step before the old binary is given up. */
static void let_workers_go(void) {
    struct message_drain how = { .closes_idle = false };

    log_write(log_process, LOG_LEVEL_NOTICE, 0, NULL, "letting the workers go");
    master.wants_no_workers = false;
    drain_all(&how, STR_NONE);
    lease_settle(master.new_binary);
}

/* Those of a reload that is under way are meant, too. */
static void request_no_workers(void) {
    if (reload_is_active()) {
        master.wants_no_workers = true;
    } else {
        let_workers_go();
    }
}

static void on_signal_to_stop(int number) {
    if (number == SIGQUIT) {
        stop_gracefully();
    } else {
        stop_fast();
    }
}

static void on_signal(int number, int pid) {
    if (number == SIGCHLD) {
        reap_children();
        return;
    }
    log_write(log_process, LOG_LEVEL_NOTICE, 0, NULL, "signal %d (SIG%s) received from %d", number,
              sigabbrev_np(number), pid);
    if (number == SIGQUIT || number == SIGTERM || number == SIGINT) {
        on_signal_to_stop(number);
    } else if (number == SIGUSR1) {
        generation_reopen_logs();
    } else if (master.is_stopping) {
        return;
    } else if (number == SIGHUP) {
        reload_or_start_again();
    } else if (number == SIGUSR2) {
        request_new_binary();
    } else if (number == SIGWINCH && pid != 0) { /* a terminal that changes its size is nobody */
        request_no_workers();
    }
}

/* ---- events of generations and reloads ---- */

static void on_serving(const struct generation *generation) {
    lease_settle(master.new_binary);
    if (presence_set(process_settings_of(generation->conf)->pid_path.data)) {
        master.has_served = true;
        daemon_say_started();
    } else if (!master.has_served) {
        master.exit_status = 1;
        stop_fast();
    }
}

static void on_idle(bool is_ok) {
    if (!is_ok && !master.has_served && !master.is_stopping) {
        master.exit_status = 1;
        master.is_stopping = true;
        stop_if_done();
    }
    if (master.wants_new_binary && !master.is_stopping) {
        start_new_binary();
    }
    if (master.wants_no_workers && !master.is_stopping) {
        let_workers_go();
    }
}

static void on_generation_ended(void) {
    reload_generation_ended();
    stop_if_done();
}

static void on_child_ready(const struct child *child) {
    if (child->role == SEAT_CONTROL) {
        lease_settle(master.new_binary);
    }
}

/* Control watches the workers, and the master watches control. */
static void on_watch_timer(struct timer *timer) {
    struct generation *serving = generation_serving();
    struct child *control = serving != NULL ? generation_control(serving) : NULL;

    if (control != NULL && heartbeat_look(&control->beat, control->seat, WATCH_MISSED_MAX)) {
        child_end_stuck(control);
    }
    seats_reclaim_orphans();
    timer_start(timer, WATCH_MS);
}

/* ---- life ---- */

static void run_master(struct conf *conf) {
    static const struct generation_events events = { on_generation_ended, on_child_ready,
                                                     sockets_close_leaving };

    title_set("master process");
    generation_set_events(&events);
    presence_init(reload_request);
    timer_init(&master.kill_timer, on_kill_timer);
    timer_init(&master.watch_timer, on_watch_timer);
    timer_start(&master.watch_timer, WATCH_MS);
    upgrade_watch_parent(on_parent_end);
    if (reload_start_first(conf)) {
        loop_run();
    }
}

struct conf *master_load(const struct reload_source *source) {
    static const struct reload_events events = { on_serving, on_idle };

    reload_init(source, &events);
    return reload_load_first();
}

static bool begin(const struct process_settings *settings) {
    static const int signals[] = { SIGCHLD, SIGTERM, SIGINT,  SIGQUIT,
                                   SIGHUP,  SIGUSR1, SIGUSR2, SIGWINCH, 0 };
    struct seat *seat;

    signal(SIGPIPE, SIG_IGN);
    privilege_raise_nofile();
    if (settings->is_daemon && !upgrade_was_started() && !daemon_start()) {
        return false;
    }
    loop_init();
    signal_start(signals, settings->has_master ? on_signal : single_on_signal);
    seat = seat_take(SEAT_MASTER, 0, 0);
    if (seat == NULL) {
        log_write(log_process, LOG_LEVEL_EMERG, 0, NULL, "no shared memory for a seat");
        return false;
    }
    seat_sit(seat);
    mainlog_take_panics();
    return true;
}

int master_run(struct conf *conf) {
    const struct process_settings *settings = process_settings_of(conf);

    mainlog_use(conf);
    mainlog_show();
    if (!begin(settings)) {
        return 1;
    }
    log_write(log_process, LOG_LEVEL_NOTICE, 0, NULL, "weir starts");
    if (settings->has_master) {
        run_master(conf);
    } else if (!single_run(conf)) {
        master.exit_status = 1;
    }
    log_write(log_process, LOG_LEVEL_NOTICE, 0, NULL, "exit");
    presence_end();
    sockets_close_all();
    seat_reclaim(seat_self());
    logsink_flush();
    return master.exit_status;
}
