/* SPDX-License-Identifier: BSD-2-Clause */
/* offload - work done by a few threads beside the loop; see offload.h. */
#include "event/offload.h"

#include "base/panic.h"
#include "event/loop.h"

#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/eventfd.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of the lists and the turn */
static pthread_cond_t has_work = PTHREAD_COND_INITIALIZER;
static struct list waiting = { &waiting, &waiting }; /* by their turns */
static struct list running = { &running, &running };
static struct list done = { &done, &done };
static uint64_t turn;        /* of the job that began last */
static unsigned job_count;   /* the loop's: until they are freed, or gave way */
static unsigned thread_count;
static void on_bell(struct watch *watch, unsigned ready);
static struct watch bell = { .fd = -1, .on_ready = on_bell };
static int bell_fd = -1;     /* the threads': it stays when the loop's is gone */

static struct offload_job *job_of(struct list *link) {
    return list_object(link, struct offload_job, link);
}

static void job_move(struct offload_job *job, struct list *to, enum offload_state state) {
    list_remove(&job->link);
    list_add_last(to, &job->link);
    job->state = state;
}

/* ---- turns ---- */

static uint64_t turn_behind(struct list *jobs, uint64_t owner, uint64_t least) {
    struct list *at, *next;

    list_each(at, next, jobs) {
        if (job_of(at)->owner == owner && job_of(at)->turn >= least) {
            least = job_of(at)->turn + 1;
        }
    }
    return least;
}

/*
 * The first job of an owner has the turn of now, each other one the turn behind the one before it.
 * Those that run count as well: else who always had one waiting would have all turns.
 */
static uint64_t turn_of(const struct offload_job *job) {
    return turn_behind(&waiting, job->owner, turn_behind(&running, job->owner, turn));
}

/* Behind all that have the same turn. */
static void add_waiting(struct offload_job *job) {
    struct list *before = waiting.prev;

    while (before != &waiting && job_of(before)->turn > job->turn) {
        before = before->prev;
    }
    list_add_first(before, &job->link);
    job->state = OFFLOAD_WAITS;
}

/* ---- the threads ---- */

static void ring(void) {
    uint64_t one = 1;

    CHECK(write(bell_fd, &one, sizeof(one)) == sizeof(one));
}

static void *work(void *unused) {
    (void) unused;
    CHECK(pthread_mutex_lock(&lock) == 0);
    for (;;) {
        struct offload_job *job;

        while (list_is_empty(&waiting)) {
            pthread_cond_wait(&has_work, &lock);
        }
        job = job_of(waiting.next);
        turn = job->turn;
        job_move(job, &running, OFFLOAD_RUNS);
        pthread_mutex_unlock(&lock);
        job->run(job);
        pthread_mutex_lock(&lock);
        job_move(job, &done, OFFLOAD_DONE);
        ring();
    }
    return NULL;
}

/* They take no signals: those are the loop's, or the whole process's. */
static bool start_thread(void) {
    pthread_attr_t attributes;
    sigset_t all, before;
    pthread_t thread;
    bool is_started;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    is_started = pthread_create(&thread, &attributes, work, NULL) == 0;
    pthread_attr_destroy(&attributes);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return is_started;
}

/* ---- the loop ---- */

static void finish(struct offload_job *job) {
    job_count -= !job->is_refused;
    if (!job->is_cancelled) {
        job->on_done(job);
    }
    job->free(job);
}

static void on_bell(struct watch *watch, unsigned ready) {
    struct list jobs, *link;
    uint64_t count;

    (void) ready;
    CHECK(read(watch->fd, &count, sizeof(count)) == sizeof(count));
    pthread_mutex_lock(&lock);
    list_move_all(&jobs, &done);
    pthread_mutex_unlock(&lock);
    while ((link = list_take_first(&jobs)) != NULL) {
        finish(job_of(link));
    }
}

static bool begin(void) {
    if (bell_fd < 0) {
        bell_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    }
    if (bell_fd >= 0 && bell.fd < 0) {
        bell.fd = bell_fd;
        if (!watch_start(&bell, WATCH_LEVEL)) {
            bell.fd = -1;
        }
    }
    while (bell.fd >= 0 && thread_count < OFFLOAD_THREADS && start_thread()) {
        thread_count++;
    }
    return bell.fd >= 0 && thread_count > 0;
}

/* The last of those that wait, if its turn is behind that of the new one. */
static bool make_room(const struct offload_job *fresh) {
    struct offload_job *last = job_of(waiting.prev);

    if (job_count < OFFLOAD_JOBS_MAX) {
        return true;
    }
    if (list_is_empty(&waiting) || last->turn <= fresh->turn) {
        return false;
    }
    last->is_refused = true;
    job_move(last, &done, OFFLOAD_DONE);
    job_count--;
    ring();
    return true;
}

bool offload_start(struct offload_job *job) {
    bool has_room;

    if (!begin()) {
        return false;
    }
    pthread_mutex_lock(&lock);
    job->turn = turn_of(job);
    has_room = make_room(job);
    if (has_room) {
        job_count++;
        add_waiting(job);
        pthread_cond_signal(&has_work);
    }
    pthread_mutex_unlock(&lock);
    return has_room;
}

void offload_cancel(struct offload_job *job) {
    bool has_begun;

    job->is_cancelled = true;
    pthread_mutex_lock(&lock);
    has_begun = job->state != OFFLOAD_WAITS;
    if (!has_begun) {
        list_remove(&job->link);
        job_count--;
    }
    pthread_mutex_unlock(&lock);
    if (!has_begun) {
        job->free(job);
    }
}
