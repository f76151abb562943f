/* SPDX-License-Identifier: BSD-2-Clause */
/* generation - one configuration and the children that serve it; see generation.h. */
#include "process/generation.h"

#include "base/heap.h"
#include "base/log.h"

#include <signal.h>

enum { START_TIMEOUT_MS = 30000 };

static struct list generations = { &generations, &generations };
static unsigned last_number;
static void (*on_generation_started)(bool is_ok);
static void (*on_generation_ended)(void);

struct list *generation_list(void) {
    return &generations;
}

void generation_set_on_ended(void (*on_ended)(void)) {
    on_generation_ended = on_ended;
}

struct generation *generation_serving(void) {
    struct list *at, *next;

    list_each(at, next, &generations) {
        struct generation *generation = list_object(at, struct generation, link);

        if (generation->state == GENERATION_SERVING) {
            return generation;
        }
    }
    return NULL;
}

static void generation_free(struct generation *generation) {
    timer_fini(&generation->deadline);
    list_remove(&generation->link);
    conf_free(generation->conf);
    heap_free(generation);
}

/* The start failed: its children are ended the hard way, nobody is connected to them. */
static void start_failed(struct generation *generation) {
    void (*on_started)(bool is_ok) = on_generation_started;

    on_generation_started = NULL;
    timer_cancel(&generation->deadline);
    generation->state = GENERATION_DRAINING;
    generation_kill(generation, SIGKILL);
    on_started(false);
}

static void on_deadline(struct timer *timer) {
    struct generation *generation = list_object(timer, struct generation, deadline);
    struct message_drain how = { .closes_idle = true, .is_now = true };

    if (generation->state == GENERATION_STARTING) {
        log_write(log_process, LOG_LEVEL_ALERT, 0, NULL, "the new processes did not start in %ds",
                  START_TIMEOUT_MS / 1000);
        start_failed(generation);
    } else if (generation->state == GENERATION_DRAINING) {
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

struct generation *generation_start(struct conf *conf, void (*on_started)(bool is_ok)) {
    struct generation *generation = heap_zero(1, sizeof(*generation));

    generation->number = ++last_number;
    generation->conf = conf;
    generation->settings = process_settings_of(conf);
    generation->state = GENERATION_STARTING;
    list_init(&generation->children);
    list_add_last(&generations, &generation->link);
    timer_init(&generation->deadline, on_deadline);
    timer_start(&generation->deadline, START_TIMEOUT_MS);
    on_generation_started = on_started;
    if (!start_children(generation)) {
        on_generation_started = NULL;
        generation->state = GENERATION_DRAINING;
        generation_kill(generation, SIGKILL);
        if (list_is_empty(&generation->children)) {
            generation_free(generation);
        }
        return NULL;
    }
    return generation;
}

void generation_child_ready(struct generation *generation) {
    void (*on_started)(bool is_ok) = on_generation_started;
    struct list *at, *next;

    if (generation->state != GENERATION_STARTING) {
        return;
    }
    list_each(at, next, &generation->children) {
        if (!list_object(at, struct child, link)->is_ready) {
            return;
        }
    }
    timer_cancel(&generation->deadline);
    generation->state = GENERATION_SERVING;
    on_generation_started = NULL;
    on_started(true);
}

void generation_drain(struct generation *generation, const struct message_drain *how,
                      struct str emptied) {
    struct channel_message message = { .type = MESSAGE_DRAIN };
    struct buf data = { NULL, 0, 0, 0 };
    struct list *at, *next;

    generation->state = GENERATION_DRAINING;
    buf_append(&data, str_make((const char *) how, sizeof(*how)), BUF_SIZE_MAX);
    buf_append(&data, emptied, CHANNEL_DATA_MAX);
    message.data = buf_bytes(&data);
    list_each(at, next, &generation->children) {
        struct child *child = list_object(at, struct child, link);

        timer_cancel(&child->restart);
        if (child->pid == 0) {
            child_free(child);
        } else if (!channel_send(&child->channel, &message)) {
            child_kill(child, SIGTERM);
        }
    }
    buf_free(&data);
    if (!how->is_now && generation->settings->shutdown_timeout_ms > 0
        && !timer_is_set(&generation->deadline)) {
        timer_start(&generation->deadline, generation->settings->shutdown_timeout_ms);
    }
    if (list_is_empty(&generation->children)) {
        generation_free(generation);
    }
}

void generation_kill(struct generation *generation, int number) {
    struct list *at, *next;

    list_each(at, next, &generation->children) {
        child_kill(list_object(at, struct child, link), number);
    }
}

static struct child *find_child(pid_t pid) {
    struct list *at, *next, *inner, *inner_next;

    list_each(at, next, &generations) {
        struct generation *generation = list_object(at, struct generation, link);

        list_each(inner, inner_next, &generation->children) {
            struct child *child = list_object(inner, struct child, link);

            if (child->pid == pid) {
                return child;
            }
        }
    }
    return NULL;
}

bool generation_child_ended(pid_t pid, int status) {
    struct child *child = find_child(pid);
    struct generation *generation;

    if (child == NULL) {
        return false;
    }
    generation = child->generation;
    child_ended(child, status);
    if (generation->state == GENERATION_SERVING) {
        child_restart(child);
        return true;
    }
    child_free(child);
    if (generation->state == GENERATION_STARTING) {
        log_write(log_process, LOG_LEVEL_ALERT, 0, NULL, "a new process ended during its start");
        start_failed(generation);
    }
    if (list_is_empty(&generation->children)) {
        generation_free(generation);
        on_generation_ended();
    }
    return true;
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
