/* SPDX-License-Identifier: BSD-2-Clause */
/* child - a process that the master started: a worker or control; see child.h. */
#include "process/child.h"

#include "base/clock.h"
#include "base/heap.h"
#include "base/log.h"
#include "event/signal.h"
#include "process/command.h"
#include "process/control.h"
#include "process/daemon.h"
#include "process/generation.h"
#include "process/reload.h"
#include "process/upgrade.h"
#include "process/worker.h"
#include "shm/counter.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    CHILD_SHORT_LIFE_MS = 1000, /* who lives shorter is suspected of a crash loop */
    CHILD_PAUSE_FIRST_MS = 100,
    CHILD_CORE_MS = 5000        /* for leaving a core */
};

static const char *role_name(const struct child *child) {
    return child->role == SEAT_WORKER ? "worker" : "control";
}

/* ---- messages ---- */

/* Control has no privileges and may have been broken into: a line is a line, of a level. */
static void write_line_of_control(struct str data) {
    struct str line = str_from_byte(data, sizeof(int));
    int level;

    memcpy(&level, data.data, sizeof(level));
    if (level > LOG_LEVEL_STDERR && level <= LOG_LEVEL_DEBUG && line.len <= LOG_LINE_MAX
        && str_find_char(line, '\n') + 1 == line.len) {
        log_process->write(log_process, (enum log_level) level, line.data, line.len);
    }
}

/* Only control may speak of others. */
static void on_control_message(const struct channel_message *message) {
    struct message_stuck stuck;

    if (message->type == MESSAGE_STUCK && message->data.len == sizeof(stuck)) {
        memcpy(&stuck, message->data.data, sizeof(stuck));
        generation_child_stuck(&stuck);
    } else if (message->type == MESSAGE_LOG_LINE && message->data.len > sizeof(int)) {
        write_line_of_control(message->data);
    }
}

static void on_message(struct channel *channel, const struct channel_message *message) {
    struct child *child = list_object(channel, struct child, channel);
    unsigned i;

    for (i = 0; i < message->fd_count; i++) {
        close(message->fds[i]);
    }
    if (message->type == MESSAGE_READY) {
        generation_child_ready(child);
    } else if (child->role == SEAT_CONTROL) {
        on_control_message(message);
    } else if (message->type == MESSAGE_EMPTIED) {
        child->is_emptying = false;
        generation_child_emptied();
    } else if (message->type == MESSAGE_LEAVING) {
        generation_child_leaving(child);
    } else if (message->type == MESSAGE_REOPEN) {
        generation_reopen_logs();
    }
}

/* The end of the process comes as SIGCHLD; nothing is left to do here. */
static void on_closed(struct channel *channel) {
    (void) channel;
}

/* ---- start ---- */

/* In the new process: what is the master's business only. */
static _Noreturn void run_child(struct child *child, int channel_fd) {
    const struct generation *generation = child->generation;

    signal_leave();
    loop_fini();
    generation_close_channels();
    command_leave();
    reload_leave();
    upgrade_leave();
    daemon_leave();
    if (child->role == SEAT_CONTROL) {
        control_exec(generation->conf, child->seat, channel_fd);
    }
    worker_run(generation->conf, child->seat, channel_fd);
}

static bool start_failed(struct child *child, const char *what) {
    log_write(log_process, LOG_LEVEL_ALERT, errno, NULL, "%s failed", what);
    seat_reclaim(child->seat);
    child->seat = NULL;
    return false;
}

static bool child_start(struct child *child) {
    int fds[2];
    pid_t pid;

    child->seat = seat_take(child->role, child->slot, child->generation->number);
    if (child->seat == NULL) {
        log_write(log_process, LOG_LEVEL_ALERT, 0, NULL, "all %d seats are taken", SEATS_MAX);
        return false;
    }
    if (!channel_pair(fds)) {
        return start_failed(child, "socketpair()");
    }
    pid = fork();
    if (pid == 0) {
        close(fds[0]);
        run_child(child, fds[1]);
    }
    close(fds[1]);
    if (pid < 0) {
        close(fds[0]);
        return start_failed(child, "fork()");
    }
    child->pid = child->seat->pid = pid;
    child->started_ms = clock_ms();
    child->beat = (struct heartbeat){ .pid = 0 };
    channel_open(&child->channel, fds[0]);
    log_write(log_process, LOG_LEVEL_NOTICE, 0, NULL, "start %s process %d",
              role_name(child), pid);
    return true;
}

static void on_restart(struct timer *timer) {
    if (!child_start(list_object(timer, struct child, restart))) {
        timer_start(timer, CHILD_PAUSE_MAX_MS);
    }
}

static void on_kill(struct timer *timer) {
    child_kill(list_object(timer, struct child, kill), SIGKILL);
}

bool child_add(struct generation *generation, enum seat_role role, unsigned slot) {
    struct child *child = heap_zero(1, sizeof(*child));

    child->generation = generation;
    child->role = role;
    child->slot = slot;
    child->channel.on_message = on_message;
    child->channel.on_closed = on_closed;
    timer_init(&child->restart, on_restart);
    timer_init(&child->kill, on_kill);
    if (!child_start(child)) {
        heap_free(child);
        return false;
    }
    list_add_last(&generation->children, &child->link);
    return true;
}

/* ---- end ---- */

/* What it said before it died may still lie in the channel: often, why. */
static void read_last_words(struct child *child) {
    static char buffer[CHANNEL_DATA_MAX];
    struct channel_message message;
    int fds[CHANNEL_FDS_MAX];

    while (child->channel.watch.fd >= 0
           && channel_receive_now(child->channel.watch.fd, 0, buffer, fds, &message)) {
        on_message(&child->channel, &message);
    }
    channel_close(&child->channel);
}

static void log_end(const struct child *child, int status) {
    const char *name = role_name(child);

    if (WIFSIGNALED(status)) {
        log_write(log_process, LOG_LEVEL_ALERT, 0, NULL, "%s process %d exited on signal %d%s",
                  name, child->pid, WTERMSIG(status),
                  WCOREDUMP(status) ? " (core dumped)" : "");
    } else {
        log_write(log_process, WEXITSTATUS(status) == 0 ? LOG_LEVEL_NOTICE : LOG_LEVEL_ALERT, 0,
                  NULL, "%s process %d exited with code %d", name, child->pid,
                  WEXITSTATUS(status));
    }
}

void child_ended(struct child *child, int status) {
    read_last_words(child);
    /* Its own last lines come before ours about its end. */
    seat_reclaim(child->seat);
    log_end(child, status);
    timer_cancel(&child->kill);
    child->seat = NULL;
    child->pid = 0;
    child->is_ready = child->is_emptying = false;
}

void child_restart(struct child *child) {
    counter_add(COUNTER_CRASHES, 1);
    if (clock_ms() - child->started_ms >= CHILD_SHORT_LIFE_MS) {
        child->pause_ms = 0;
    }
    if (child->pause_ms == 0 && child_start(child)) {
        child->pause_ms = CHILD_PAUSE_FIRST_MS;
        return;
    }
    if (child->pause_ms == 0) {
        child->pause_ms = CHILD_PAUSE_FIRST_MS;
    }
    timer_start(&child->restart, child->pause_ms);
    child->pause_ms = child->pause_ms * 2 < CHILD_PAUSE_MAX_MS ? child->pause_ms * 2
                                                               : CHILD_PAUSE_MAX_MS;
}

void child_kill(struct child *child, int number) {
    if (child->pid != 0) {
        kill(child->pid, number);
    }
}

void child_end_stuck(struct child *child) {
    log_write(log_process, LOG_LEVEL_ALERT, 0, NULL,
              "%s process %d does not turn its loop any more (turn %llu), killing it",
              role_name(child), child->pid, (unsigned long long) child->seat->beat.turns);
    child_kill(child, SIGABRT);
    timer_start(&child->kill, CHILD_CORE_MS);
}

void child_free(struct child *child) {
    timer_fini(&child->restart);
    timer_fini(&child->kill);
    list_remove(&child->link);
    heap_free(child);
}
