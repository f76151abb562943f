/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * listen_accept - accepting in a worker; see listen.h.
 *
 * A socket of the worker's own is watched by edges: it is accepted from until it says EAGAIN, in
 * batches. One that several workers share is watched by level, so that what one leaves another
 * takes.
 *
 * Want of descriptors, memory or places is the process' and not a socket's, so all sockets pause
 * and resume together. What waits is safe in the kernel's queues meanwhile. Nothing spins: a level
 * watch is taken out for the pause. Every connection that closes, and a timer, let the process try
 * again.
 */
#include "net/listen.h"

#include "base/clock.h"
#include "base/heap.h"
#include "net/conn_priv.h"
#include "shm/counter.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    BATCH_OWN = 64,
    BATCH_SHARED = 8,         /* leaves some for the other workers */
    BATCH_MULTI = 1024,       /* whatever waits, usually: more than a queue holds by default */
    RETRY_MS = 500,           /* after a pause, if no connection closes before */
    LAST_MS = 700,            /* how long handshakes under way may take to arrive: whoever was not
                                 let in tries again after a second, and is to find nobody then */
    SAID_AGAIN_MS = 60 * 1000, /* a log line about pauses at most this often */
    IDLE_WANTED_MAX = 32,     /* idle connections asked to go at a time */
    RESERVE_PART = 16,        /* this part of the descriptors is kept for upstreams, files, pipes */
    RESERVE_MAX = 128
};

struct listen_accept {
    struct list link; /* in worker.accepts */
    struct watch watch;
    struct task task;
    struct timer last_timer;
    struct listener *listener;
    int fd;
    bool is_last;  /* stops when nothing waits any more */
    bool is_ended;
    struct reap reap;
};

static struct {
    struct list accepts;
    unsigned clients, limit; /* open client connections; 0: no limit */
    rlim_t fd_max;           /* an accepted descriptor from this on: too few are left for others */
    void (*close_idle)(unsigned wanted);
    bool is_set_up;
    bool is_paused;
    bool is_multi;
    const struct addr_net *debug_nets;
    unsigned debug_count;
    struct timer retry;
    struct task resume;
    int64_t said_ms;
} worker;

/* What became of one accept4(). */
enum accepted {
    ACCEPTED,
    ACCEPTED_LAST, /* one more would be too many */
    ACCEPTED_NONE, /* nothing waits */
    ACCEPTED_VOID, /* that client is gone: go on */
    ACCEPTED_FULL  /* no descriptor or memory */
};

/* ---- pause and resume ---- */

static enum watch_mode watch_mode_of(const struct listen_accept *accept) {
    return accept->listener->options.is_shared ? WATCH_EXCLUSIVE : WATCH_EDGE;
}

static void on_accept_ready(struct watch *watch, unsigned ready);

static void accept_watch(struct listen_accept *accept) {
    accept->watch = (struct watch){ .fd = accept->fd, .on_ready = on_accept_ready };
    if (!watch_start(&accept->watch, watch_mode_of(accept))) {
        log_write(log_process, LOG_LEVEL_ALERT, errno, NULL, "cannot watch the socket of %.*s",
                  STR_ARG(accept->listener->text));
    }
}

static bool is_at_limit(void) {
    return worker.limit > 0 && worker.clients >= worker.limit;
}

/* Descriptors are given out lowest first, so a high one tells how many are in use. */
static bool is_near_fd_max(int fd) {
    return (rlim_t) fd >= worker.fd_max;
}

/* Whether the next accepted one would be kept from others again: each try would take one. */
static bool lacks_descriptors(void) {
    const struct listen_accept *accept
        = list_object(worker.accepts.next, struct listen_accept, link);
    int fd = list_is_empty(&worker.accepts) ? -1 : fcntl(accept->fd, F_DUPFD_CLOEXEC, 0);

    if (fd < 0) {
        return !list_is_empty(&worker.accepts);
    }
    close(fd);
    return is_near_fd_max(fd);
}

static bool is_full(void) {
    return is_at_limit() || lacks_descriptors();
}

static void ask_idle_to_go(void) {
    unsigned wanted = worker.limit / 8;

    if (worker.close_idle != NULL) {
        worker.close_idle(wanted == 0 ? 1 : wanted < IDLE_WANTED_MAX ? wanted : IDLE_WANTED_MAX);
    }
}

static void say_pause(int error) {
    if (worker.said_ms != 0 && clock_ms() - worker.said_ms < SAID_AGAIN_MS) {
        return;
    }
    worker.said_ms = clock_ms();
    if (error != 0) {
        log_write(log_process, LOG_LEVEL_CRIT, error, NULL, "accept4() failed");
    } else if (is_at_limit()) {
        log_write(log_process, LOG_LEVEL_ALERT, 0, NULL, "%u worker_connections are not enough",
                  worker.limit);
    } else {
        log_write(log_process, LOG_LEVEL_CRIT, 0, NULL,
                  "accepting pauses: almost all file descriptors are in use");
    }
}

/* error: of accept4(), or 0: a limit of our own. */
static void pause_all(int error) {
    struct list *at, *next;

    if (!worker.is_paused) {
        worker.is_paused = true;
        counter_add(COUNTER_ACCEPT_PAUSES, 1);
        say_pause(error);
        list_each(at, next, &worker.accepts) {
            struct listen_accept *accept = list_object(at, struct listen_accept, link);

            task_cancel(&accept->task);
            if (watch_mode_of(accept) != WATCH_EDGE) {
                watch_cancel(&accept->watch, true);
            }
        }
    }
    timer_start(&worker.retry, RETRY_MS);
    ask_idle_to_go();
}

static void on_resume(struct task *task) {
    struct list *at, *next;

    (void) task;
    if (!worker.is_paused || is_full()) {
        return;
    }
    worker.is_paused = false;
    timer_cancel(&worker.retry);
    list_each(at, next, &worker.accepts) {
        struct listen_accept *accept = list_object(at, struct listen_accept, link);

        if (accept->watch.fd < 0) {
            accept_watch(accept);
        }
        task_start(&accept->task); /* an edge that came in the meantime does not come again */
    }
}

static void on_retry(struct timer *timer) {
    timer_start(timer, RETRY_MS);
    if (is_full()) {
        ask_idle_to_go();
    }
    task_start(&worker.resume);
}

static void on_conn_closed(const struct conn *conn) {
    if (conn->is_client) {
        worker.clients--;
        counter_add(GAUGE_CLIENTS, -1);
    }
    if (worker.is_paused) {
        task_start(&worker.resume);
    }
}

/* ---- accepting ---- */

static enum accepted accept_failed(const struct listen_accept *accept, int error) {
    switch (error) {
    case EAGAIN:
        return ACCEPTED_NONE;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOBUFS:
        return ACCEPTED_FULL;
    case EBADF:
    case EINVAL:
    case ENOTSOCK:
    case EOPNOTSUPP:
        log_write(log_process, LOG_LEVEL_ALERT, error, NULL, "accept4() on %.*s failed",
                  STR_ARG(accept->listener->text));
        return ACCEPTED_NONE;
    default: /* what befell that one client (accept(2), "Error handling") */
        return ACCEPTED_VOID;
    }
}

static bool is_debugged(const struct addr *remote) {
    unsigned i;

    for (i = 0; i < worker.debug_count; i++) {
        const struct addr_net *net = &worker.debug_nets[i];

        if (net->family == AF_UNIX ? remote->any.sa_family == AF_UNIX
                                   : addr_net_contains(net, remote)) {
            return true;
        }
    }
    return false;
}

static enum accepted deliver(struct listen_accept *accept, int fd, const struct addr *remote) {
    bool is_last = is_near_fd_max(fd);
    struct conn *conn = conn_open(fd, remote);

    counter_add(COUNTER_ACCEPTED, 1);
    if (conn == NULL) {
        return ACCEPTED_FULL;
    }
    conn->is_client = true;
    conn->is_debugged = is_debugged(remote);
    conn->is_exact &= !accept->listener->options.is_multipath;
    conn->side->number = conn_next_number();
    worker.clients++;
    counter_add(COUNTER_HANDLED, 1);
    counter_add(GAUGE_CLIENTS, 1);
    accept->listener->on_conn(accept->listener, conn);
    return is_last || is_at_limit() ? ACCEPTED_LAST : ACCEPTED;
}

static enum accepted accept_one(struct listen_accept *accept) {
    struct addr remote = { .len = sizeof(struct sockaddr_un) };
    int fd = accept4(accept->fd, &remote.any, &remote.len, SOCK_NONBLOCK | SOCK_CLOEXEC);

    return fd >= 0 ? deliver(accept, fd, &remote) : accept_failed(accept, errno);
}

static int batch_of(const struct listen_accept *accept) {
    return worker.is_multi                    ? BATCH_MULTI
        : accept->listener->options.is_shared ? BATCH_SHARED
                                              : BATCH_OWN;
}

static void accept_batch(struct listen_accept *accept) {
    int batch = batch_of(accept);

    while (batch-- > 0) {
        enum accepted accepted = accept_one(accept);

        if (accepted == ACCEPTED_LAST || accepted == ACCEPTED_FULL) {
            pause_all(accepted == ACCEPTED_FULL ? errno : 0);
            return;
        }
        if (accept->is_ended || worker.is_paused) {
            return;
        }
        if (accepted == ACCEPTED_NONE) {
            if (accept->is_last && !timer_is_set(&accept->last_timer)) {
                timer_start(&accept->last_timer, LAST_MS);
            }
            return;
        }
    }
    if (watch_mode_of(accept) == WATCH_EDGE || accept->is_last) {
        task_start(&accept->task);
    }
}

static void on_accept_ready(struct watch *watch, unsigned ready) {
    struct listen_accept *accept = list_object(watch, struct listen_accept, watch);

    (void) ready;
    if (!worker.is_paused && !task_is_queued(&accept->task)) {
        accept_batch(accept);
    }
}

static void on_accept_task(struct task *task) {
    accept_batch(list_object(task, struct listen_accept, task));
}

/* ---- start and stop ---- */

static void find_fd_max(void) {
    struct rlimit limit;
    rlim_t reserve;

    worker.fd_max = RLIM_INFINITY;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        reserve = limit.rlim_cur / RESERVE_PART;
        worker.fd_max = limit.rlim_cur - 1 - (reserve < RESERVE_MAX ? reserve : RESERVE_MAX);
    }
}

static void set_up(void) {
    find_fd_max();
    if (!worker.is_set_up) {
        worker.is_set_up = true;
        list_init(&worker.accepts);
        timer_init(&worker.retry, on_retry);
        task_init(&worker.resume, on_resume);
        conn_set_on_close(on_conn_closed);
    }
}

static void accept_free(struct reap *reap) {
    heap_free(list_object(reap, struct listen_accept, reap));
}

static void accept_end(struct listen_accept *accept) {
    accept->is_ended = true;
    list_remove(&accept->link);
    watch_cancel(&accept->watch, true);
    task_cancel(&accept->task);
    timer_fini(&accept->last_timer);
    close(accept->fd);
    if (list_is_empty(&worker.accepts)) {
        worker.is_paused = false;
        timer_fini(&worker.retry);
    }
    loop_reap(&accept->reap, accept_free);
}

static void on_last_timer(struct timer *timer) {
    if (worker.is_paused) {
        timer_start(timer, LAST_MS); /* somebody may be waiting for a place */
    } else {
        accept_end(list_object(timer, struct listen_accept, last_timer));
    }
}

struct listen_accept *listen_accept_start(struct listener *listener, int fd) {
    struct listen_accept *accept = heap_zero(1, sizeof(*accept));

    set_up();
    accept->listener = listener;
    accept->fd = fd;
    accept->watch.fd = -1;
    task_init(&accept->task, on_accept_task);
    timer_init(&accept->last_timer, on_last_timer);
    list_add_last(&worker.accepts, &accept->link);
    if (!worker.is_paused) {
        accept_watch(accept);
    }
    return accept;
}

void listen_accept_stop(struct listen_accept *accept, bool is_last) {
    if (!is_last) {
        accept_end(accept);
        return;
    }
    accept->is_last = true;
    if (!worker.is_paused) {
        task_start(&accept->task);
    }
}

bool listen_is_accepting(void) {
    return worker.is_set_up && !list_is_empty(&worker.accepts);
}

void listen_set_limit(unsigned connections, void (*close_idle)(unsigned wanted)) {
    set_up();
    worker.limit = connections;
    worker.close_idle = close_idle;
    if (worker.is_paused) {
        task_start(&worker.resume);
    }
}

void listen_set_multi(bool is_on) {
    worker.is_multi = is_on;
}

void listen_set_debug(const struct addr_net *nets, unsigned count) {
    worker.debug_nets = nets;
    worker.debug_count = count;
}
