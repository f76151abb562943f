/* SPDX-License-Identifier: BSD-2-Clause */
/* channel - typed messages and descriptors between two processes; see channel.h. */
#include "event/channel.h"

#include "base/clock.h"
#include "base/heap.h"
#include "base/log.h"
#include "base/panic.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdalign.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    CHANNEL_READS_MAX = 64, /* messages taken from one channel before the others get their turn */
    CHANNEL_SNDBUF = 4 * CHANNEL_DATA_MAX
};

/* What goes before the data. */
struct channel_head {
    uint32_t version, type, len;
};

union channel_control {
    struct cmsghdr head;
    char space[CMSG_SPACE(sizeof(int) * CHANNEL_FDS_MAX)];
};

enum channel_result {
    CHANNEL_DONE,
    CHANNEL_AGAIN,
    CHANNEL_ENDED, /* the other end is gone */
    CHANNEL_BAD    /* what came is no message, or an error */
};

/* A message that waits; its descriptors (duplicates) and its data lie behind this struct. */
struct channel_queued {
    struct list link;
    struct channel_message message;
};

bool channel_pair(int fds[2]) {
    int i, size = CHANNEL_SNDBUF;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) != 0) {
        return false;
    }
    /* The system's default usually has room for the largest message; if not, this may get it. */
    for (i = 0; i < 2; i++) {
        (void) setsockopt(fds[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    }
    return true;
}

static void close_all(const int *fds, unsigned count) {
    unsigned i;

    for (i = 0; i < count; i++) {
        close(fds[i]);
    }
}

/* ---- one message on a socket ---- */

static void control_fill(struct msghdr *header, union channel_control *control,
                         const struct channel_message *message) {
    size_t len = sizeof(int) * message->fd_count;

    memset(control, 0, sizeof(*control));
    header->msg_control = control->space;
    header->msg_controllen = CMSG_SPACE(len);
    control->head.cmsg_level = SOL_SOCKET;
    control->head.cmsg_type = SCM_RIGHTS;
    control->head.cmsg_len = CMSG_LEN(len);
    memcpy(CMSG_DATA(&control->head), message->fds, len);
}

static enum channel_result message_send(int fd, const struct channel_message *message) {
    struct channel_head head = { CHANNEL_VERSION, message->type, (uint32_t) message->data.len };
    struct iovec parts[2] = {
        { &head, sizeof(head) },
        { (void *) (uintptr_t) message->data.data, message->data.len },
    };
    struct msghdr header = { .msg_iov = parts, .msg_iovlen = 2 };
    union channel_control control;
    ssize_t len;

    CHECK(message->data.len <= CHANNEL_DATA_MAX && message->fd_count <= CHANNEL_FDS_MAX);
    if (message->fd_count > 0) {
        control_fill(&header, &control, message);
    }
    do {
        len = sendmsg(fd, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (len < 0 && errno == EINTR);
    if (len >= 0) {
        return CHANNEL_DONE;
    }
    return errno == EAGAIN ? CHANNEL_AGAIN : errno == EPIPE ? CHANNEL_ENDED : CHANNEL_BAD;
}

/* Collects the descriptors that came; the room in control is for no more than CHANNEL_FDS_MAX. */
static unsigned control_fds(struct msghdr *header, int *fds) {
    struct cmsghdr *part;
    unsigned count = 0;

    for (part = CMSG_FIRSTHDR(header); part != NULL; part = CMSG_NXTHDR(header, part)) {
        if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_RIGHTS) {
            size_t len = part->cmsg_len - CMSG_LEN(0);

            memcpy(fds + count, CMSG_DATA(part), len);
            count += (unsigned) (len / sizeof(int));
        }
    }
    return count;
}

static bool head_is_good(const struct channel_head *head, size_t len, int flags) {
    return (flags & MSG_TRUNC) == 0 && len >= sizeof(*head) && head->version == CHANNEL_VERSION
        && head->len == len - sizeof(*head);
}

/*
 * The kernel did not hand over all descriptors. With the room for them full, too many were sent.
 * Else this process may have no more: the message is good, and goes on without those that came.
 */
static bool fds_are_lost(int *fds, unsigned *count) {
    if (*count == CHANNEL_FDS_MAX) {
        return false;
    }
    close_all(fds, *count);
    *count = 0;
    log_write(log_process, LOG_LEVEL_ALERT, EMFILE, NULL, "a message came without its descriptors");
    return true;
}

/* Takes one message; its data goes to buffer (CHANNEL_DATA_MAX bytes), its descriptors to fds. */
static enum channel_result message_receive(int fd, char *buffer, int *fds,
                                           struct channel_message *message) {
    struct channel_head head;
    struct iovec parts[2] = { { &head, sizeof(head) }, { buffer, CHANNEL_DATA_MAX } };
    union channel_control control;
    struct msghdr header = { .msg_iov = parts, .msg_iovlen = 2, .msg_control = control.space,
                             .msg_controllen = sizeof(control.space) };
    unsigned fd_count;
    ssize_t len;

    /* ECONNRESET says once that the other end went with our messages unread. Its own come next. */
    do {
        len = recvmsg(fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    } while (len < 0 && (errno == EINTR || errno == ECONNRESET));
    if (len <= 0) {
        return len == 0 ? CHANNEL_ENDED : errno == EAGAIN ? CHANNEL_AGAIN : CHANNEL_BAD;
    }
    fd_count = control_fds(&header, fds);
    if (!head_is_good(&head, (size_t) len, header.msg_flags)
        || ((header.msg_flags & MSG_CTRUNC) != 0 && !fds_are_lost(fds, &fd_count))) {
        close_all(fds, fd_count);
        errno = EBADMSG;
        return CHANNEL_BAD;
    }
    *message = (struct channel_message){ head.type, str_make(buffer, head.len), fds, fd_count };
    return CHANNEL_DONE;
}

/* ---- the channel ---- */

static void queue_drop_first(struct channel *channel) {
    struct channel_queued *queued =
        list_object(list_take_first(&channel->queue), struct channel_queued, link);

    close_all(queued->message.fds, queued->message.fd_count);
    heap_free(queued);
    channel->queued--;
}

/* Ends all but the last call: the owner has still to be told. */
static void channel_release(struct channel *channel) {
    int fd = channel->watch.fd;

    channel->is_closed = true;
    while (channel->queued > 0) {
        queue_drop_first(channel);
    }
    if (fd >= 0) {
        watch_cancel(&channel->watch, false);
        close(fd);
    }
}

static void channel_end(struct channel *channel) {
    channel_release(channel);
    task_start(&channel->task);
}

void channel_close(struct channel *channel) {
    channel_release(channel);
    task_cancel(&channel->task);
}

/* Sending failed. What the other end said before it went (often, why) is read first. */
static void channel_fail(struct channel *channel) {
    channel->is_closed = true;
    task_start(&channel->task);
}

static void channel_receive(struct channel *channel) {
    /* One for all channels: it is used during a call only, and the process has one loop. */
    static alignas(max_align_t) char buffer[CHANNEL_DATA_MAX];
    int fds[CHANNEL_FDS_MAX], reads;

    for (reads = 0; reads < CHANNEL_READS_MAX && channel->watch.fd >= 0; reads++) {
        struct channel_message message;
        enum channel_result result = message_receive(channel->watch.fd, buffer, fds, &message);

        if (result == CHANNEL_DONE) {
            channel->on_message(channel, &message);
        } else if (result != CHANNEL_AGAIN || channel->is_closed) {
            channel_end(channel);
            return;
        } else {
            return;
        }
    }
    if (channel->watch.fd >= 0) {
        task_start(&channel->task);
    }
}

static void channel_flush(struct channel *channel) {
    while (channel->queued > 0) {
        struct channel_queued *queued =
            list_object(channel->queue.next, struct channel_queued, link);
        enum channel_result result = message_send(channel->watch.fd, &queued->message);

        if (result == CHANNEL_AGAIN) {
            return;
        }
        if (result != CHANNEL_DONE) {
            channel_fail(channel);
            return;
        }
        queue_drop_first(channel);
    }
}

static void channel_ready(struct watch *watch, unsigned ready) {
    struct channel *channel = list_object(watch, struct channel, watch);

    if ((ready & WATCH_WRITE) != 0 && !channel->is_closed) {
        channel_flush(channel);
    }
    if ((ready & ~(unsigned) WATCH_WRITE) != 0) {
        channel_receive(channel);
    }
}

/* Reads on, or tells the owner when there is nothing left to read from. */
static void channel_run(struct task *task) {
    struct channel *channel = list_object(task, struct channel, task);

    if (channel->watch.fd >= 0) {
        channel_receive(channel);
    } else {
        channel->on_closed(channel);
    }
}

void channel_open(struct channel *channel, int fd) {
    channel->watch = (struct watch){ .fd = fd, .on_ready = channel_ready };
    list_init(&channel->queue);
    channel->queued = 0;
    channel->is_closed = false;
    task_init(&channel->task, channel_run);
    if (!watch_start(&channel->watch, WATCH_EDGE)) {
        channel_end(channel);
    }
}

static bool channel_queue(struct channel *channel, const struct channel_message *message) {
    size_t fds_size = sizeof(int) * message->fd_count;
    struct channel_queued *queued = heap_alloc(sizeof(*queued) + fds_size + message->data.len);
    int *fds = (int *) (void *) (queued + 1);
    char *data = (char *) (queued + 1) + fds_size;
    unsigned i;

    for (i = 0; i < message->fd_count; i++) {
        fds[i] = fcntl(message->fds[i], F_DUPFD_CLOEXEC, 0);
        if (fds[i] < 0) {
            close_all(fds, i);
            heap_free(queued);
            return false;
        }
    }
    if (message->data.len > 0) {
        memcpy(data, message->data.data, message->data.len);
    }
    queued->message = (struct channel_message){ message->type, str_make(data, message->data.len),
                                                fds, message->fd_count };
    list_add_last(&channel->queue, &queued->link);
    channel->queued++;
    return true;
}

bool channel_send(struct channel *channel, const struct channel_message *message) {
    enum channel_result result;

    if (channel->is_closed) {
        return false;
    }
    if (channel->queued == CHANNEL_QUEUE_MAX) {
        channel_fail(channel);
        return false;
    }
    /* What waits goes first. */
    result = channel->queued == 0 ? message_send(channel->watch.fd, message) : CHANNEL_AGAIN;
    if (result == CHANNEL_AGAIN) {
        return channel_queue(channel, message);
    }
    if (result != CHANNEL_DONE) {
        channel_fail(channel);
    }
    return result == CHANNEL_DONE;
}

/* ---- without a loop ---- */

/* Waits until the descriptor may be ready; false with errno when the time is over. */
static bool wait_for(int fd, short events, int64_t deadline_us) {
    struct pollfd poll_fd = { .fd = fd, .events = events };
    int64_t left_ms = (deadline_us - clock_precise_us() + 999) / 1000;
    int count = poll(&poll_fd, 1, left_ms > 0 ? (int) left_ms : 0);

    if (count == 0) {
        errno = ETIMEDOUT;
    }
    return count > 0 || (count < 0 && errno == EINTR);
}

static bool result_is_done(enum channel_result result) {
    if (result == CHANNEL_ENDED) {
        errno = EPIPE;
    }
    return result == CHANNEL_DONE;
}

bool channel_send_now(int fd, const struct channel_message *message) {
    int64_t deadline_us = clock_precise_us() + CHANNEL_SEND_NOW_MS * (int64_t) 1000;
    enum channel_result result;

    while ((result = message_send(fd, message)) == CHANNEL_AGAIN) {
        if (!wait_for(fd, POLLOUT, deadline_us)) {
            return false;
        }
    }
    return result_is_done(result);
}

bool channel_receive_now(int fd, int timeout_ms, char *buffer, int *fds,
                         struct channel_message *message) {
    int64_t deadline_us = clock_precise_us() + timeout_ms * (int64_t) 1000;
    enum channel_result result;

    while ((result = message_receive(fd, buffer, fds, message)) == CHANNEL_AGAIN) {
        if (!wait_for(fd, POLLIN, deadline_us)) {
            return false;
        }
    }
    return result_is_done(result);
}
