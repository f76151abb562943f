/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * epoll - watches of descriptors on the kernel's event queue; see loop.h.
 *
 * The kernel is never given a pointer. An event names its descriptor and the serial of the watch
 * that it was asked for; the table of slots says who that is now. So an event that was fetched
 * before its watch was cancelled finds nobody, whatever has become of the watch's memory or the
 * descriptor's number since; and so does one that comes later still, because a forked child kept
 * the file open.
 */
#include "event/at_hand_priv.h"
#include "event/epoll_priv.h"

#include "base/heap.h"
#include "base/panic.h"
#include "event/loop.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum {
    EPOLL_BATCH_MAX = 512, /* events per turn */
    EPOLL_SLOTS_MIN = 64
};

/* Who watches a descriptor. */
struct slot {
    struct watch *watch; /* NULL: nobody */
    uint32_t serial;     /* of the last watch */
};

static const uint32_t mode_events[] = {
    [WATCH_EDGE] = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLPRI | EPOLLET,
    [WATCH_LEVEL] = EPOLLIN,
    [WATCH_LEVEL_WRITE] = EPOLLIN | EPOLLOUT,
    [WATCH_EXCLUSIVE] = EPOLLIN | EPOLLEXCLUSIVE
};

static int queue_fd = -1;
static struct slot *slots; /* by descriptor */
static size_t slot_count;
static struct epoll_event batch[EPOLL_BATCH_MAX];
static int batch_count;

void epoll_open(void) {
    queue_fd = epoll_create1(EPOLL_CLOEXEC);
    CHECK(queue_fd >= 0);
}

void epoll_close(void) {
    if (queue_fd >= 0) {
        close(queue_fd);
    }
    queue_fd = -1;
    heap_free(slots);
    slots = NULL;
    slot_count = 0;
    batch_count = 0;
}

static struct slot *slot_of(int fd) {
    size_t count = slot_count > 0 ? slot_count : EPOLL_SLOTS_MIN;

    while ((size_t) fd >= count) {
        count *= 2;
    }
    if (count > slot_count) {
        slots = heap_resize(slots, count, sizeof(*slots));
        memset(slots + slot_count, 0, (count - slot_count) * sizeof(*slots));
        slot_count = count;
    }
    return &slots[fd];
}

static bool queue_add(int fd, struct epoll_event *event) {
    if (epoll_ctl(queue_fd, EPOLL_CTL_ADD, fd, event) == 0) {
        return true;
    }
    /* Cancelled before as not shared, but not closed: the kernel has it under an old serial. */
    return errno == EEXIST && epoll_ctl(queue_fd, EPOLL_CTL_DEL, fd, NULL) == 0
        && epoll_ctl(queue_fd, EPOLL_CTL_ADD, fd, event) == 0;
}

bool watch_start(struct watch *watch, enum watch_mode mode) {
    struct epoll_event event = { .events = mode_events[mode] };
    struct slot *slot;

    CHECK(watch->fd >= 0);
    slot = slot_of(watch->fd);
    CHECK(slot->watch == NULL); /* or a descriptor was closed before its watch was cancelled */
    event.data.u64 = (uint64_t) ++slot->serial << 32 | (uint32_t) watch->fd;
    if (!queue_add(watch->fd, &event)) {
        return false;
    }
    slot->watch = watch;
    return true;
}

void watch_cancel(struct watch *watch, bool is_shared) {
    int fd = watch->fd;

    watch->fd = -1;
    /* A watch of before loop_fini(), or one that never started, has no slot of its own. */
    if (fd < 0 || (size_t) fd >= slot_count || slots[fd].watch != watch) {
        return;
    }
    slots[fd].watch = NULL;
    if (is_shared) {
        epoll_ctl(queue_fd, EPOLL_CTL_DEL, fd, NULL);
    }
}

void epoll_fetch(int timeout_ms) {
    batch_count = epoll_wait(queue_fd, batch, EPOLL_BATCH_MAX, timeout_ms);
    if (batch_count < 0) {
        CHECK(errno == EINTR);
        batch_count = 0;
    }
}

static unsigned ready_of(uint32_t events) {
    return ((events & EPOLLIN) != 0 ? WATCH_READ : 0u)
        | ((events & EPOLLOUT) != 0 ? WATCH_WRITE : 0u)
        | ((events & (EPOLLRDHUP | EPOLLHUP)) != 0 ? WATCH_HUP : 0u)
        | ((events & (EPOLLERR | EPOLLPRI)) != 0 ? WATCH_ERROR : 0u);
}

void epoll_deliver(void) {
    int i;

    for (i = 0; i < batch_count; i++) {
        const struct slot *slot = &slots[(uint32_t) batch[i].data.u64];

        if (slot->watch != NULL && slot->serial == (uint32_t) (batch[i].data.u64 >> 32)) {
            at_hand.fd = slot->watch->fd;
            at_hand.ready = ready_of(batch[i].events);
            AT_HAND("descriptor", slot->watch->on_ready);
            slot->watch->on_ready(slot->watch, at_hand.ready);
        }
    }
    at_hand.ready = 0;
    AT_HAND_NONE();
}
