/* SPDX-License-Identifier: BSD-2-Clause */
/* child - a process that the master started: a worker or control; see child.h. */
#include "process/child.h"

#include "base/clock.h"
#include "base/heap.h"
#include "base/log.h"
#include "process/control.h"
#include "process/generation.h"
#include "process/worker.h"
#include "shm/counter.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    CHILD_SHORT_LIFE_MS = 1000, /* who lives shorter is suspected of a crash loop */
    CHILD_PAUSE_FIRST_MS = 100
};

static const char *role_name(enum seat_role role) {
    return role == SEAT_WORKER ? "worker" : "control";
}

static void report_stuck(const struct message_stuck *stuck) {
    struct seat *seat = seat_at(stuck->seat);

    /* Between the report and now it may have ended, and its seat been given to another. */
    if (seat == NULL || seat->pid != stuck->pid || seat->role != SEAT_WORKER) {
        return;
    }
    log_write(log_process, LOG_LEVEL_ALERT, 0, NULL,
              "worker process %d does not turn its loop any more (turn %llu), killing it",
              stuck->pid, (unsigned long long) seat->beat.turns);
    kill(stuck->pid, SIGABRT);
}

static void write_line(struct str data) {
    int level;

    if (data.len <= sizeof(level)) {
        return;
    }
    memcpy(&level, data.data, sizeof(level));
    log_process->write(log_process, (enum log_level) level, data.data + sizeof(level),
                       data.len - sizeof(level));
}

static void on_message(struct channel *channel, const struct channel_message *message) {
    struct child *child = list_object(channel, struct child, channel);

    switch ((enum message_type) message->type) {
    case MESSAGE_READY:
        child->is_ready = true;
        generation_child_ready(child->generation);
        return;
    case MESSAGE_STUCK:
        if (message->data.len == sizeof(struct message_stuck)) {
            struct message_stuck stuck;

            memcpy(&stuck, message->data.data, sizeof(stuck));
            report_stuck(&stuck);
        }
        return;
    case MESSAGE_LOG_LINE:
        write_line(message->data);
        return;
    default:
        log_write(log_process, LOG_LEVEL_ALERT, 0, NULL, "message %u from %s process %d is unknown",
                  message->type, role_name(child->role), child->pid);
    }
}

/* The end of the process comes as SIGCHLD; nothing is left to do here. */
static void on_closed(struct channel *channel) {
    (void) channel;
}

static void on_restart(struct timer *timer) {
    struct child *child = list_object(timer, struct child, restart);

    if (!child_start(child)) {
        timer_start(&child->restart, CHILD_PAUSE_MAX_MS);
    }
}

/* In the new process. */
static _Noreturn void run_child(struct child *child, int channel_fd) {
    const struct generation *generation = child->generation;

    if (child->role == SEAT_CONTROL) {
        control_exec(generation->settings, child->seat, channel_fd);
    }
    worker_run(generation->conf, generation->settings, child->seat, channel_fd);
}

bool child_start(struct child *child) {
    int fds[2];
    pid_t pid;

    child->seat = seat_take(child->role, child->slot, child->generation->number);
    if (child->seat == NULL) {
        log_write(log_process, LOG_LEVEL_ALERT, 0, NULL, "all %d seats are taken", SEATS_MAX);
        return false;
    }
    if (!channel_pair(fds)) {
        log_write(log_process, LOG_LEVEL_ALERT, errno, NULL, "socketpair() failed");
        seat_reclaim(child->seat);
        return false;
    }
    pid = fork();
    if (pid == 0) {
        close(fds[0]);
        run_child(child, fds[1]);
    }
    close(fds[1]);
    if (pid < 0) {
        log_write(log_process, LOG_LEVEL_ALERT, errno, NULL, "fork() failed");
        close(fds[0]);
        seat_reclaim(child->seat);
        return false;
    }
    child->pid = child->seat->pid = pid;
    child->started_ms = clock_ms();
    child->is_ready = false;
    channel_open(&child->channel, fds[0]);
    log_write(log_process, LOG_LEVEL_NOTICE, 0, NULL, "start %s process %d",
              role_name(child->role), pid);
    return true;
}

bool child_add(struct generation *generation, enum seat_role role, unsigned slot) {
    struct child *child = heap_zero(1, sizeof(*child));

    child->generation = generation;
    child->role = role;
    child->slot = slot;
    child->channel.on_message = on_message;
    child->channel.on_closed = on_closed;
    timer_init(&child->restart, on_restart);
    if (!child_start(child)) {
        heap_free(child);
        return false;
    }
    list_add_last(&generation->children, &child->link);
    return true;
}

void child_ended(struct child *child, int status) {
    const char *name = role_name(child->role);

    if (WIFSIGNALED(status)) {
        log_write(log_process, LOG_LEVEL_ALERT, 0, NULL, "%s process %d exited on signal %d%s",
                  name, child->pid, WTERMSIG(status),
                  WCOREDUMP(status) ? " (core dumped)" : "");
    } else {
        log_write(log_process, WEXITSTATUS(status) == 0 ? LOG_LEVEL_NOTICE : LOG_LEVEL_ALERT, 0,
                  NULL, "%s process %d exited with code %d", name, child->pid,
                  WEXITSTATUS(status));
    }
    channel_close(&child->channel);
    seat_reclaim(child->seat);
    child->seat = NULL;
    child->pid = 0;
    child->is_ready = false;
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
    timer_start(&child->restart, child->pause_ms);
    child->pause_ms = child->pause_ms * 2 < CHILD_PAUSE_MAX_MS ? child->pause_ms * 2
                                                               : CHILD_PAUSE_MAX_MS;
}

void child_kill(struct child *child, int number) {
    if (child->pid != 0) {
        kill(child->pid, number);
    }
}

void child_free(struct child *child) {
    timer_fini(&child->restart);
    list_remove(&child->link);
    heap_free(child);
}
