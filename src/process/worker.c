/* SPDX-License-Identifier: BSD-2-Clause */
/* worker - the data plane; see worker.h. */
#include "process/worker.h"

#include "base/clock.h"
#include "base/heap.h"
#include "conf/log_files.h"
#include "event/channel.h"
#include "event/signal.h"
#include "lb/proxy_bind.h"
#include "net/relay.h"
#include "process/child.h"
#include "process/environment.h"
#include "process/mainlog.h"
#include "process/privilege.h"
#include "process/sockets.h"
#include "process/title.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    WORKER_PIPES = 256,    /* of full size, for splice; made while that is allowed */
    PIPES_PART = 8,        /* at most this part of the descriptors */
    DRAIN_LOOK_MS = 50,    /* how often a draining worker looks whether it is done */
    DRAIN_CALM_MS = 500,   /* the same after DRAIN_SOON_MS */
    DRAIN_SOON_MS = 3000,
    DRAIN_AGAIN_MS = 1000  /* how often it asks what became idle to go */
};

/* One socket that is accepted from. */
struct slot_accept {
    struct slot_accept *next;
    const struct socket_group *group;
    unsigned slot;
    struct listen_accept *accept;
};

static const struct conf *conf;
static unsigned own_slot, slot_step; /* every slot_step-th slot is ours */
static bool is_alone;
static struct worker_events callbacks;
static struct slot_accept *accepts;
static struct channel channel;

static struct {
    struct timer timer;
    struct message_drain how;
    struct buf left; /* lines of sockets_commit(), as they come */
    int64_t since_ms, asked_ms;
    bool is_active, is_emptied;
} drain;

/* ---- accepting ---- */

static void accept_start(struct listener *listener, const struct socket_group *group,
                         unsigned slot) {
    int fd = is_alone ? fcntl(group->fds[slot], F_DUPFD_CLOEXEC, 0) : group->fds[slot];
    struct slot_accept *one = heap_zero(1, sizeof(*one));

    one->group = group;
    one->slot = slot;
    one->accept = listen_accept_start(listener, fd);
    one->next = accepts;
    accepts = one;
}

/* Worker i of n serves every socket whose slot is i mod n. */
static bool is_own(const struct socket_group *group, unsigned slot) {
    return group->is_wanted && (group->is_shared || slot % slot_step == own_slot);
}

void worker_serve(void) {
    struct listener *listener;
    unsigned slot;

    for (listener = listen_list(conf); listener != NULL; listener = listener->next) {
        const struct socket_group *group = sockets_find(&listener->addr);

        for (slot = 0; slot < group->count; slot++) {
            if (is_own(group, slot)) {
                accept_start(listener, group, slot);
            }
        }
    }
}

/* The sockets of the lines have no other taker: what waits in them is accepted. */
static void accept_stop_all(struct str lines) {
    sockets_mark_left(lines);
    while (accepts != NULL) {
        struct slot_accept *one = accepts;

        accepts = one->next;
        listen_accept_stop(one->accept, one->slot >= one->group->left);
        heap_free(one);
    }
}

/* Sockets of others: holding them would keep their ports taken when everybody else is gone. */
static void close_foreign_sockets(void) {
    const struct socket_group *group;
    unsigned slot;

    for (group = sockets_first(); group != NULL; group = group->next) {
        for (slot = 0; slot < group->count; slot++) {
            if (!is_own(group, slot)) {
                close(group->fds[slot]);
            }
        }
    }
}

/* ---- modules ---- */

static void modules_start(void) {
    unsigned i;

    for (i = 0; i < conf->module_count; i++) {
        if (conf->modules[i]->worker_start != NULL) {
            conf->modules[i]->worker_start(conf);
        }
    }
}

static void modules_stop(void) {
    unsigned i;

    for (i = conf->module_count; i > 0; i--) {
        if (conf->modules[i - 1]->worker_stop != NULL) {
            conf->modules[i - 1]->worker_stop(conf);
        }
    }
}

static void modules_drain(void) {
    enum module_drain haste = drain.how.is_now  ? DRAIN_ALL
        : drain.how.closes_idle ? DRAIN_IDLE
                                : DRAIN_POLITE;
    unsigned i;

    for (i = 0; i < conf->module_count; i++) {
        if (conf->modules[i]->worker_drain != NULL) {
            conf->modules[i]->worker_drain(conf, haste);
        }
    }
}

/* ---- draining ---- */

/* Who wants all to be gone soon does not wait for handshakes that may be under way. */
static bool is_drained(void) {
    return conn_count() == 0 && (drain.is_emptied || drain.how.closes_idle);
}

static void on_drain_timer(struct timer *timer) {
    if (!drain.is_emptied && !listen_is_accepting()) {
        drain.is_emptied = true;
        callbacks.on_emptied();
    }
    if (is_drained()) {
        callbacks.on_drained();
        return;
    }
    if (clock_ms() - drain.asked_ms >= DRAIN_AGAIN_MS) {
        drain.asked_ms = clock_ms();
        modules_drain();
    }
    timer_start(timer, clock_ms() - drain.since_ms < DRAIN_SOON_MS ? DRAIN_LOOK_MS : DRAIN_CALM_MS);
}

void worker_drain(const struct message_drain *how, struct str lines) {
    drain.how.closes_idle |= how->closes_idle;
    drain.how.is_now |= how->is_now;
    drain.since_ms = drain.asked_ms = clock_ms();
    drain.is_emptied = false;
    if (!drain.is_active) {
        drain.is_active = true;
        title_set("worker process is shutting down");
        seat_self()->state = CHILD_DRAINING;
        accept_stop_all(lines);
    }
    modules_drain();
    timer_start(&drain.timer, 0);
}

/* ---- life ---- */

void worker_begin(const struct conf *conf_to_serve, unsigned slot, bool for_all_slots,
                  const struct worker_events *events) {
    const struct events_settings *settings = events_settings_of(conf_to_serve);

    log_files_begin(conf_to_serve);
    conf = conf_to_serve;
    is_alone = for_all_slots;
    own_slot = slot;
    slot_step = is_alone ? 1 : (unsigned) process_settings_of(conf)->workers;
    callbacks = *events;
    timer_init(&drain.timer, on_drain_timer);
    listen_set_limit((unsigned) settings->worker_connections, NULL);
    listen_set_multi(settings->has_multi_accept);
    listen_set_debug(settings->debug.nets, settings->debug.count);
    modules_start();
}

void worker_end(void) {
    accept_stop_all(STR_NONE);
    timer_fini(&drain.timer);
    modules_stop();
}

/* ---- as a process of its own ---- */

static void tell_master(enum message_type type) {
    channel_send(&channel, &(struct channel_message){ .type = type });
}

static void on_emptied(void) {
    tell_master(MESSAGE_EMPTIED);
}

static void on_drained(void) {
    loop_stop();
}

/* The files of other configurations are none of ours. */
static void receive_log_files(const struct channel_message *message) {
    unsigned i;

    for (i = 0; i < message->fd_count; i++) {
        int file = -1;

        if (message->data.len == message->fd_count * sizeof(file)) {
            memcpy(&file, message->data.data + i * sizeof(file), sizeof(file));
        }
        if (logsink_fd(file) >= 0) {
            logsink_replace_fd(file, message->fds[i]);
        } else {
            close(message->fds[i]);
        }
    }
}

static void serve(void) {
    if (!drain.is_active) {
        worker_serve();
        seat_self()->state = CHILD_SERVING;
        mainlog_hide();
    }
}

static void on_message(struct channel *from, const struct channel_message *message) {
    struct message_drain how;

    (void) from;
    if (message->type == MESSAGE_SERVE) {
        serve();
    } else if (message->type == MESSAGE_LOG_FILES) {
        receive_log_files(message);
    } else if (message->type == MESSAGE_LEFT) {
        buf_append(&drain.left, message->data, BUF_SIZE_MAX);
    } else if (message->type == MESSAGE_DRAIN && message->data.len == sizeof(how)) {
        memcpy(&how, message->data.data, sizeof(how));
        worker_drain(&how, buf_bytes(&drain.left));
        buf_free(&drain.left);
    }
}

/* Without a master nobody would replace or stop this process: it ends as on TERM. */
static void on_closed(struct channel *from) {
    (void) from;
    loop_stop();
}

/* Told by somebody else than the master: that must know, to put another in our place. */
static void leave(void) {
    struct message_drain how = { .closes_idle = true, .is_now = drain.is_active };

    if (!drain.is_active) {
        tell_master(MESSAGE_LEAVING);
    }
    worker_drain(&how, STR_NONE);
}

static void on_signal(int number, int pid) {
    (void) pid;
    if (number == SIGQUIT) {
        leave();
    } else if (number == SIGUSR1) {
        tell_master(MESSAGE_REOPEN);
    } else if (number == SIGTERM || number == SIGINT) {
        loop_stop();
    }
}

/* That this turns the loop is the answer. */
static void on_ring(void) {
}

static unsigned wanted_pipes(const struct process_settings *settings) {
    struct rlimit limit = { WORKER_PIPES * PIPES_PART, 0 };
    rlim_t most;

    getrlimit(RLIMIT_NOFILE, &limit);
    most = settings->rlimit_nofile >= 0 ? (rlim_t) settings->rlimit_nofile : limit.rlim_cur;
    return most / PIPES_PART < WORKER_PIPES ? (unsigned) (most / PIPES_PART) : WORKER_PIPES;
}

static void give_up_privileges(const struct conf *conf_to_serve, unsigned slot) {
    const struct process_settings *settings = process_settings_of(conf_to_serve);
    bool has_raw = proxy_bind_has_transparent(conf_to_serve);

    relay_make_pipes(wanted_pipes(settings));
    if (!privilege_set_limits(settings, slot) || !privilege_drop(&settings->user, has_raw)) {
        logsink_flush();
        _exit(2);
    }
}

_Noreturn void worker_run(const struct conf *conf_to_serve, struct seat *seat, int channel_fd) {
    static const struct worker_events events = { on_emptied, on_drained };
    static const int signals[] = { SIGTERM, SIGINT,  SIGQUIT, SIGWINCH,
                                   SIGHUP,  SIGUSR1, SIGUSR2, 0 };
    const struct process_settings *settings = process_settings_of(conf_to_serve);

    loop_init();
    signal_start(signals, on_signal);
    log_set_pid(getpid());
    seat_sit(seat);
    mainlog_use(conf_to_serve); /* the master's log may be another configuration's by now */
    environment_apply(settings);
    give_up_privileges(conf_to_serve, seat->slot);
    worker_begin(conf_to_serve, seat->slot, false, &events);
    close_foreign_sockets();
    seat_set_on_ring(on_ring);
    channel.on_message = on_message;
    channel.on_closed = on_closed;
    channel_open(&channel, channel_fd);
    title_set("worker process"); /* by now it is one in all respects */
    tell_master(MESSAGE_READY);
    loop_run();
    worker_end();
    logsink_flush();
    loop_fini();
    exit(0);
}
