/* SPDX-License-Identifier: BSD-2-Clause */
/* generation - one configuration and the children that serve it; see generation.h. */
#include "process/generation.h"

#include "base/heap.h"
#include "base/log.h"
#include "event/logsink.h"

#include <signal.h>
#include <unistd.h>

enum {
    START_TIMEOUT_MS = 30000,
    HURRY_TIMEOUT_MS = 5000 /* from a drain that waits for nothing to SIGKILL */
};

static struct list generations = { &generations, &generations };
static unsigned last_number;
static struct generation_events callbacks;

void generation_set_events(const struct generation_events *events) {
    callbacks = *events;
}

/* ---- finding ---- */

struct list *generation_list(void) {
    return &generations;
}

struct generation *generation_serving(void) {
    struct generation *newest = NULL;
    struct list *at, *next;

    list_each(at, next, &generations) {
        struct generation *generation = list_object(at, struct generation, link);

        if (generation->state == GENERATION_SERVING) {
            newest = generation;
        }
    }
    return newest;
}

/* The first child that is_wanted says yes to. */
static struct child *find_child(bool (*is_wanted)(const struct child *child, const void *what),
                                const void *what) {
    struct list *at, *next, *inner, *inner_next;

    list_each(at, next, &generations) {
        struct generation *generation = list_object(at, struct generation, link);

        list_each(inner, inner_next, &generation->children) {
            struct child *child = list_object(inner, struct child, link);

            if (child->pid != 0 && is_wanted(child, what)) {
                return child;
            }
        }
    }
    return NULL;
}

static bool has_pid(const struct child *child, const void *what) {
    return child->pid == *(const pid_t *) what;
}

/* The seat is shared memory: whose it is, only we know for sure. */
static bool sits_there(const struct child *child, const void *what) {
    const struct message_stuck *stuck = what;

    return child->pid == stuck->pid && child->seat == seat_at(stuck->seat);
}

static bool is_emptying(const struct child *child, const void *what) {
    (void) what;
    return child->is_emptying;
}

bool generation_is_emptying(void) {
    return find_child(is_emptying, NULL) != NULL;
}

struct child *generation_control(const struct generation *generation) {
    struct list *at, *next;

    list_each(at, next, &generation->children) {
        struct child *child = list_object(at, struct child, link);

        if (child->role == SEAT_CONTROL && child->pid != 0) {
            return child;
        }
    }
    return NULL;
}

unsigned generation_running(void) {
    struct list *at, *next, *inner, *inner_next;
    unsigned count = 0;

    list_each(at, next, &generations) {
        struct generation *generation = list_object(at, struct generation, link);

        list_each(inner, inner_next, &generation->children) {
            count += list_object(inner, struct child, link)->pid != 0;
        }
    }
    return count;
}

/* ---- start ---- */

static void generation_free(struct generation *generation) {
    timer_fini(&generation->deadline);
    list_remove(&generation->link);
    conf_free(generation->conf);
    heap_free(generation);
}

void generation_kill(struct generation *generation, int number) {
    struct list *at, *next;

    list_each(at, next, &generation->children) {
        child_kill(list_object(at, struct child, link), number);
    }
}

void generation_abort(struct generation *generation) {
    timer_cancel(&generation->deadline);
    generation->state = GENERATION_DRAINING;
    generation->is_hurried = true;
    generation_kill(generation, SIGKILL);
}

static void start_failed(struct generation *generation) {
    generation_abort(generation);
    generation->on_started(generation, false);
}

static void on_deadline(struct timer *timer) {
    struct generation *generation = list_object(timer, struct generation, deadline);
    struct message_drain how = { .closes_idle = true, .is_now = true };

    if (generation->state == GENERATION_STARTING) {
        log_write(log_process, LOG_LEVEL_ALERT, 0, NULL, "the new processes did not start in %ds",
                  START_TIMEOUT_MS / 1000);
        start_failed(generation);
    } else if (generation->is_hurried) {
        generation_kill(generation, SIGKILL);
    } else {
        generation_drain(generation, &how, STR_NONE);
    }
}

static bool start_children(struct generation *generation) {
    int64_t slot;

    for (slot = 0; slot < generation->settings->workers; slot++) {
        if (!child_add(generation, SEAT_WORKER, (unsigned) slot)) {
            return false;
        }
    }
    return child_add(generation, SEAT_CONTROL, 0);
}

struct generation *generation_start(struct conf *conf,
                                    void (*on_started)(struct generation *generation, bool is_ok)) {
    struct generation *generation = heap_zero(1, sizeof(*generation));

    generation->number = ++last_number;
    generation->conf = conf;
    generation->settings = process_settings_of(conf);
    generation->state = GENERATION_STARTING;
    generation->on_started = on_started;
    list_init(&generation->children);
    list_add_last(&generations, &generation->link);
    timer_init(&generation->deadline, on_deadline);
    timer_start(&generation->deadline, START_TIMEOUT_MS);
    if (!start_children(generation)) {
        generation_abort(generation);
        if (list_is_empty(&generation->children)) {
            generation_free(generation);
        }
        return NULL;
    }
    return generation;
}

static void tell_to_serve(struct child *child) {
    channel_send(&child->channel, &(struct channel_message){ .type = MESSAGE_SERVE });
}

void generation_serve(struct generation *generation) {
    struct list *at, *next;

    timer_cancel(&generation->deadline);
    generation->state = GENERATION_SERVING;
    list_each(at, next, &generation->children) {
        tell_to_serve(list_object(at, struct child, link));
    }
}

static bool all_are_ready(const struct generation *generation) {
    struct list *at, *next;

    list_each(at, next, &generation->children) {
        if (!list_object(at, struct child, link)->is_ready) {
            return false;
        }
    }
    return true;
}

void generation_child_ready(struct child *child) {
    struct generation *generation = child->generation;

    child->is_ready = true;
    if (generation->state == GENERATION_STARTING && all_are_ready(generation)) {
        generation->on_started(generation, true);
    } else if (generation->state == GENERATION_SERVING) {
        tell_to_serve(child);
        callbacks.on_ready(child);
    }
}

/* ---- drain ---- */

static void set_drain_deadline(struct generation *generation) {
    if (generation->is_hurried) {
        timer_start(&generation->deadline, HURRY_TIMEOUT_MS);
    } else if (generation->settings->shutdown_timeout_ms > 0
               && !timer_is_set(&generation->deadline)) {
        timer_start(&generation->deadline, generation->settings->shutdown_timeout_ms);
    }
}

/* However many listeners have left: as many messages as it takes. */
static bool send_left(struct child *child, struct str lines) {
    struct channel_message message = { .type = MESSAGE_LEFT };

    while (lines.len > 0) {
        message.data = str_first(lines, CHANNEL_DATA_MAX);
        if (!channel_send(&child->channel, &message)) {
            return false;
        }
        lines = str_from_byte(lines, message.data.len);
    }
    return true;
}

static void child_drain(struct child *child, const struct message_drain *how, struct str lines) {
    struct channel_message message
        = { .type = MESSAGE_DRAIN, .data = str_make((const char *) how, sizeof(*how)) };

    timer_cancel(&child->restart);
    if (child->pid == 0) {
        child_free(child);
        return;
    }
    if (child->role != SEAT_WORKER) {
        lines = STR_NONE;
    }
    child->is_emptying |= lines.len > 0;
    if (!send_left(child, lines) || !channel_send(&child->channel, &message)) {
        child_kill(child, SIGTERM);
    }
}

void generation_drain(struct generation *generation, const struct message_drain *how,
                      struct str lines) {
    struct list *at, *next;

    if (generation->state == GENERATION_STARTING) {
        timer_cancel(&generation->deadline);
    }
    generation->state = GENERATION_DRAINING;
    generation->is_hurried |= how->is_now;
    list_each(at, next, &generation->children) {
        child_drain(list_object(at, struct child, link), how, lines);
    }
    set_drain_deadline(generation);
    if (list_is_empty(&generation->children)) {
        generation_free(generation);
    }
}

void generation_child_emptied(void) {
    if (!generation_is_emptying()) {
        callbacks.on_emptied();
    }
}

/* ---- children that end, or are to end ---- */

/* What waits in its sockets is its successor's. */
void generation_child_leaving(struct child *child) {
    struct generation *generation = child->generation;

    if (generation->state == GENERATION_SERVING && !child->is_leaving
        && child_add(generation, child->role, child->slot)) {
        log_write(log_process, LOG_LEVEL_NOTICE, 0, NULL,
                  "worker process %d was told to go and has a successor", child->pid);
        child->is_leaving = true;
    }
}

void generation_child_stuck(const struct message_stuck *stuck) {
    struct child *child = stuck->pid > 0 ? find_child(sits_there, stuck) : NULL;

    /* Between the report and now it may have ended, and its seat been given to another. */
    if (child != NULL) {
        child_end_stuck(child);
    }
}

static void after_end(struct generation *generation) {
    if (generation->state == GENERATION_STARTING) {
        log_write(log_process, LOG_LEVEL_ALERT, 0, NULL, "a new process ended during its start");
        start_failed(generation);
    }
    if (list_is_empty(&generation->children)) {
        generation_free(generation);
        callbacks.on_ended();
    }
}

bool generation_child_ended(pid_t pid, int status) {
    struct child *child = find_child(has_pid, &pid);
    struct generation *generation;
    bool was_emptying;

    if (child == NULL) {
        return false;
    }
    generation = child->generation;
    was_emptying = child->is_emptying;
    child_ended(child, status);
    if (generation->state == GENERATION_SERVING && !child->is_leaving) {
        child_restart(child);
        return true;
    }
    child_free(child);
    if (was_emptying) {
        generation_child_emptied();
    }
    after_end(generation);
    return true;
}

/* ---- logs ---- */

static void send_some_log_files(struct child *child, const int *files, const int *fds,
                                unsigned count) {
    struct str data = str_make((const char *) files, count * sizeof(*files));

    channel_send(&child->channel, &(struct channel_message){ .type = MESSAGE_LOG_FILES,
                                                             .data = data,
                                                             .fds = fds,
                                                             .fd_count = count });
}

/* As many as go in a message: there may be thousands, and a channel queues no more messages than
 * that. */
static void send_log_files(struct child *child) {
    int files[CHANNEL_FDS_MAX], fds[CHANNEL_FDS_MAX];
    unsigned file, count = 0;

    for (file = 0; file < logsink_limit(); file++) {
        int fd = logsink_fd((int) file);

        if (fd >= 0 && fd != STDERR_FILENO) {
            files[count] = (int) file;
            fds[count++] = fd;
        }
        if (count == CHANNEL_FDS_MAX) {
            send_some_log_files(child, files, fds, count);
            count = 0;
        }
    }
    if (count > 0) {
        send_some_log_files(child, files, fds, count);
    }
}

void generation_reopen_logs(void) {
    struct list *at, *next, *inner, *inner_next;

    log_write(log_process, LOG_LEVEL_NOTICE, 0, NULL, "reopening logs");
    logsink_reopen();
    list_each(at, next, &generations) {
        struct generation *generation = list_object(at, struct generation, link);

        list_each(inner, inner_next, &generation->children) {
            struct child *child = list_object(inner, struct child, link);

            if (child->pid != 0 && child->role == SEAT_WORKER) {
                send_log_files(child);
            }
        }
    }
}

void generation_close_channels(void) {
    struct list *at, *next, *inner, *inner_next;

    list_each(at, next, &generations) {
        struct generation *generation = list_object(at, struct generation, link);

        list_each(inner, inner_next, &generation->children) {
            struct child *child = list_object(inner, struct child, link);

            if (child->pid != 0) {
                channel_close(&child->channel);
            }
        }
    }
}
