/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * relay_pipe - the pool of large pipes that splice() goes through.
 *
 * The kernel lets an unprivileged user have 16,384 pages in pipes (64 of 1 MB); beyond that a new
 * pipe gets two pages, over which splice costs more than copying. A privileged process has no such
 * limit.
 */
#include "net/relay_priv.h"

#include "base/clock.h"
#include "base/heap.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    PIPE_SIZE = 1024 * 1024,
    PIPE_SIZE_MIN = 64 * 1024, /* a smaller one is worse than recv and send */
    PIPES_OWN_MAX = 32,        /* alive at a time, beside those of the master */
    PIPES_OWN_KEPT = 8,        /* idle; more would be taken from the user's other processes */
    PIPES_RETRY_MS = 1000      /* after the kernel refused one */
};

static struct {
    struct relay_pipe *first; /* free ones */
    unsigned free_count;
    unsigned own_count;       /* alive ones that this process made for itself */
    int64_t retry_ms;         /* clock_ms() before which none is asked for */
} pool;

/* splice() knows no MSG_NOSIGNAL. */
static void ignore_sigpipe(void) {
    struct sigaction ignore = { .sa_handler = SIG_IGN };

    sigaction(SIGPIPE, &ignore, NULL);
}

static void pipe_close(struct relay_pipe *pipe) {
    close(pipe->fds[0]);
    close(pipe->fds[1]);
    pool.own_count -= pipe->is_own;
    heap_free(pipe);
}

static struct relay_pipe *pipe_make(bool is_own) {
    struct relay_pipe *pipe;
    int fds[2], size;

    if (pipe2(fds, O_NONBLOCK | O_CLOEXEC) < 0) {
        return NULL;
    }
    fcntl(fds[1], F_SETPIPE_SZ, PIPE_SIZE);
    size = fcntl(fds[1], F_GETPIPE_SZ);
    if (size < PIPE_SIZE_MIN) {
        close(fds[0]);
        close(fds[1]);
        return NULL;
    }
    pipe = heap_zero(1, sizeof(*pipe));
    pipe->fds[0] = fds[0];
    pipe->fds[1] = fds[1];
    pipe->size = (size_t) size;
    pipe->is_own = is_own;
    pool.own_count += is_own;
    return pipe;
}

static void pool_add(struct relay_pipe *pipe) {
    pipe->next = pool.first;
    pool.first = pipe;
    pool.free_count++;
}

static struct relay_pipe *pool_take(void) {
    struct relay_pipe *pipe = pool.first;

    if (pipe != NULL) {
        pool.first = pipe->next;
        pool.free_count--;
    }
    return pipe;
}

/* Whether the kernel lets us have as many large pipes as we like. */
static bool is_unlimited(void) {
    struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct caps[_LINUX_CAPABILITY_U32S_3] = { { .effective = 0 } };

    return syscall(SYS_capget, &head, caps) == 0
        && (caps[0].effective & (1u << CAP_SYS_RESOURCE | 1u << CAP_SYS_ADMIN)) != 0;
}

/* A store of pipes may take an eighth of the descriptors that the process can have. */
static unsigned pipes_max(void) {
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur / 16 > UINT_MAX) {
        return UINT_MAX;
    }
    return (unsigned) (limit.rlim_cur / 16);
}

unsigned relay_make_pipes(unsigned count) {
    struct relay_pipe *pipe;
    unsigned made, max = pipes_max();

    /* Without the privilege it would be at the cost of the user's other programs. */
    if (!is_unlimited()) {
        return 0;
    }
    for (made = 0; made < count && made < max && (pipe = pipe_make(false)) != NULL; made++) {
        pool_add(pipe);
    }
    return made;
}

void relay_close_pipes(void) {
    struct relay_pipe *pipe;

    while ((pipe = pool_take()) != NULL) {
        pipe_close(pipe);
    }
}

struct relay_pipe *relay_pipe_take(void) {
    static bool is_ready;
    struct relay_pipe *pipe;

    if (!is_ready) {
        ignore_sigpipe();
        is_ready = true;
    }
    pipe = pool_take();
    if (pipe != NULL || pool.own_count >= PIPES_OWN_MAX || clock_ms() < pool.retry_ms) {
        return pipe;
    }
    pipe = pipe_make(true);
    if (pipe == NULL) {
        pool.retry_ms = clock_ms() + PIPES_RETRY_MS;
    }
    return pipe;
}

/* Throws away what a broken flow left behind: the pipe may be one that cannot be made again. */
static bool pipe_drain(const struct relay_pipe *pipe, size_t held) {
    static char nowhere[64 * 1024];

    while (held > 0) {
        ssize_t n = read(pipe->fds[0], nowhere, held < sizeof(nowhere) ? held : sizeof(nowhere));

        if (n <= 0) {
            return false;
        }
        held -= (size_t) n;
    }
    return true;
}

void relay_pipe_put(struct relay_pipe *pipe, size_t held) {
    if ((pipe->is_own && pool.free_count >= PIPES_OWN_KEPT) || !pipe_drain(pipe, held)) {
        pipe_close(pipe);
    } else {
        pool_add(pipe);
    }
}
