/* SPDX-License-Identifier: BSD-2-Clause */
/* worker - the data plane; see worker.h. */
#include "process/worker.h"

#include "base/heap.h"
#include "base/pipe.h"
#include "event/channel.h"
#include "event/signal.h"
#include "net/relay.h"
#include "process/messages.h"
#include "process/privilege.h"
#include "process/sockets.h"
#include "process/title.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    WORKER_PIPES = 256,     /* of full size, for splice; made while that is allowed */
    DRAIN_LOOK_MS = 50,     /* how often a draining worker looks whether it is done */
    DRAIN_AGAIN_MS = 1000   /* and how often it asks what became idle to go */
};

/* One accepting socket. */
struct slot_accept {
    struct slot_accept *next;
    struct listener *listener;
    struct listen_accept *accept;
    int fd;
};

static const struct conf *conf;
static struct slot_accept *accepts;
static struct channel channel;
static struct timer drain_timer;
static struct message_drain drain_how;
static int64_t drain_looks;
static void (*on_worker_drained)(void);

/* ---- accepting ---- */

static void accept_start(struct listener *listener, int fd) {
    struct slot_accept *slot = heap_zero(1, sizeof(*slot));

    slot->listener = listener;
    slot->fd = fd;
    slot->accept = listen_accept_start(listener, fd);
    slot->next = accepts;
    accepts = slot;
}

/* Worker `slot` of `workers` serves every socket i with i mod workers equal to slot. */
static void accept_start_group(struct listener *listener, const struct socket_group *group,
                               unsigned slot, unsigned workers) {
    unsigned i;

    if (group->is_shared) {
        accept_start(listener, group->fds[0]);
        return;
    }
    for (i = slot; i < group->count; i += workers) {
        accept_start(listener, group->fds[i]);
    }
}

static bool is_listed(struct str lines, struct str address) {
    struct str line;

    while (str_take_part(&lines, '\n', &line)) {
        if (str_equal(line, address)) {
            return true;
        }
    }
    return false;
}

/* The sockets of the addresses in emptied have no other taker: what waits in them is accepted. */
static void accept_stop_all(struct str emptied) {
    while (accepts != NULL) {
        struct slot_accept *slot = accepts;

        accepts = slot->next;
        listen_accept_stop(slot->accept, is_listed(emptied, slot->listener->text));
        heap_free(slot);
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
    enum module_drain haste = drain_how.is_now   ? DRAIN_ALL
        : drain_how.closes_idle ? DRAIN_IDLE
                                : DRAIN_POLITE;
    unsigned i;

    for (i = 0; i < conf->module_count; i++) {
        if (conf->modules[i]->worker_drain != NULL) {
            conf->modules[i]->worker_drain(conf, haste);
        }
    }
}

/* ---- draining ---- */

static void on_drain_timer(struct timer *timer) {
    if (conn_count() == 0) {
        on_worker_drained();
        return;
    }
    if (++drain_looks % (DRAIN_AGAIN_MS / DRAIN_LOOK_MS) == 0) {
        modules_drain();
    }
    timer_start(timer, DRAIN_LOOK_MS);
}

void worker_drain(bool closes_idle, bool is_now, struct str emptied, void (*on_drained)(void)) {
    on_worker_drained = on_drained;
    drain_how.closes_idle |= closes_idle;
    drain_how.is_now |= is_now;
    title_set("worker process is shutting down");
    accept_stop_all(emptied);
    modules_drain();
    timer_start(&drain_timer, 0);
}

/* ---- life ---- */

void worker_begin(const struct conf *conf_to_serve, const struct process_settings *settings,
                  unsigned slot) {
    const struct events_settings *events = events_settings_of(conf_to_serve);
    struct listener *listener;

    conf = conf_to_serve;
    timer_init(&drain_timer, on_drain_timer);
    listen_set_limit((unsigned) events->worker_connections, NULL);
    modules_start();
    for (listener = listen_list(conf); listener != NULL; listener = listener->next) {
        const struct socket_group *group = sockets_find(&listener->addr);

        accept_start_group(listener, group, slot, (unsigned) settings->workers);
    }
}

void worker_end(void) {
    accept_stop_all(STR_NONE);
    timer_fini(&drain_timer);
    modules_stop();
    arena_trim();
    buf_trim();
    pipe_trim();
}

static void stop_loop(void) {
    loop_stop();
}

static void receive_log_file(const struct channel_message *message) {
    int file;

    if (message->fd_count != 1 || message->data.len != sizeof(file)) {
        return;
    }
    memcpy(&file, message->data.data, sizeof(file));
    logsink_replace_fd(file, message->fds[0]);
}

static void on_message(struct channel *from, const struct channel_message *message) {
    struct message_drain how;

    (void) from;
    if (message->type == MESSAGE_LOG_FILE) {
        receive_log_file(message);
    } else if (message->type == MESSAGE_DRAIN && message->data.len >= sizeof(how)) {
        memcpy(&how, message->data.data, sizeof(how));
        worker_drain(how.closes_idle, how.is_now, str_from_byte(message->data, sizeof(how)),
                     stop_loop);
    }
}

/* Without a master nobody would replace or stop this process: it ends as on TERM. */
static void on_closed(struct channel *from) {
    (void) from;
    loop_stop();
}

static void on_signal(int number, int pid) {
    (void) pid;
    if (number == SIGQUIT || number == SIGWINCH) {
        worker_drain(true, false, STR_NONE, stop_loop);
    } else if (number == SIGTERM || number == SIGINT) {
        loop_stop();
    }
}

/* Inherited sockets of listeners that this configuration no longer has: holding them would keep
 * their ports taken. */
static void close_foreign_sockets(void) {
    const struct socket_group *group;
    unsigned i;

    for (group = sockets_first(); group != NULL; group = group->next) {
        for (i = 0; !group->is_wanted && i < group->count; i++) {
            close(group->fds[i]);
        }
    }
}

_Noreturn void worker_run(const struct conf *conf_to_serve,
                          const struct process_settings *settings, struct seat *seat,
                          int channel_fd) {
    static const int signals[] = { SIGTERM, SIGINT,  SIGQUIT, SIGWINCH,
                                   SIGHUP,  SIGUSR1, SIGUSR2, 0 };

    signal_fini();
    loop_fini();
    loop_init();
    log_set_pid(getpid());
    title_set("worker process");
    close_foreign_sockets();
    relay_make_pipes(WORKER_PIPES);
    if (!privilege_set_limits(settings, seat->slot) || !privilege_drop(&settings->user)) {
        logsink_flush();
        _exit(2);
    }
    signal_start(signals, on_signal);
    seat_sit(seat);
    channel.on_message = on_message;
    channel.on_closed = on_closed;
    channel_open(&channel, channel_fd);
    worker_begin(conf_to_serve, settings, seat->slot);
    channel_send(&channel, &(struct channel_message){ .type = MESSAGE_READY });
    loop_run();
    worker_end();
    logsink_flush();
    loop_fini();
    exit(0);
}
