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

struct queue {
    struct offload_job *first, **last;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of both queues */
static pthread_cond_t has_work = PTHREAD_COND_INITIALIZER;
static struct queue waiting = { NULL, &waiting.first };
static struct queue done = { NULL, &done.first };
static unsigned job_count;   /* the loop's: until they are freed */
static unsigned thread_count;
static void on_bell(struct watch *watch, unsigned ready);
static struct watch bell = { .fd = -1, .on_ready = on_bell };
static int bell_fd = -1;     /* the threads': it stays when the loop's is gone */

static void queue_add(struct queue *queue, struct offload_job *job) {
    job->next = NULL;
    *queue->last = job;
    queue->last = &job->next;
}

static struct offload_job *queue_take_all(struct queue *queue) {
    struct offload_job *first = queue->first;

    queue->first = NULL;
    queue->last = &queue->first;
    return first;
}

static struct offload_job *queue_take(struct queue *queue) {
    struct offload_job *job = queue->first;

    queue->first = job->next;
    if (queue->first == NULL) {
        queue->last = &queue->first;
    }
    return job;
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

        while (waiting.first == NULL) {
            pthread_cond_wait(&has_work, &lock);
        }
        job = queue_take(&waiting);
        pthread_mutex_unlock(&lock);
        job->run(job);
        pthread_mutex_lock(&lock);
        queue_add(&done, job);
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
    job_count--;
    if (!job->is_cancelled) {
        job->on_done(job);
    }
    job->free(job);
}

static void on_bell(struct watch *watch, unsigned ready) {
    struct offload_job *job, *next;
    uint64_t count;

    (void) ready;
    CHECK(read(watch->fd, &count, sizeof(count)) == sizeof(count));
    pthread_mutex_lock(&lock);
    job = queue_take_all(&done);
    pthread_mutex_unlock(&lock);
    for (; job != NULL; job = next) {
        next = job->next;
        finish(job);
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

bool offload_start(struct offload_job *job) {
    if (job_count >= OFFLOAD_JOBS_MAX || !begin()) {
        return false;
    }
    job_count++;
    pthread_mutex_lock(&lock);
    queue_add(&waiting, job);
    pthread_cond_signal(&has_work);
    pthread_mutex_unlock(&lock);
    return true;
}

void offload_cancel(struct offload_job *job) {
    job->is_cancelled = true;
}
