/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * names_helper - the process that asks for host names; see names_priv.h.
 *
 * getaddrinfo() talks to the network and loads what the system's configuration says, and it has no
 * deadline. So it is called in a child without privileges that is killed when the time is up. A
 * thread each for the first few names keeps one that gets no answer from holding up the others.
 */
#include "net/names_priv.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/panic.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { HELPER_THREADS_MAX = 16 };

/* ---- the answer as bytes ---- */

struct answer_head {
    uint32_t index;
    int32_t error;
    uint32_t count;
};

struct answer_addr {
    uint8_t family;
    uint8_t bytes[16];
};

_Static_assert(sizeof(struct answer_head) + NAMES_ADDRS_MAX * sizeof(struct answer_addr)
               == NAMES_ANSWER_MAX, "answers fit");

size_t names_format_answer(char *text, uint32_t index, int error, const struct addr *addrs,
                           unsigned count) {
    struct answer_head head = { index, error, count };
    size_t len = sizeof(head);
    unsigned i;

    memcpy(text, &head, sizeof(head));
    for (i = 0; i < count; i++) {
        struct answer_addr row = { .family = (uint8_t) addrs[i].any.sa_family };
        struct str bytes = addr_binary(&addrs[i]);

        memcpy(row.bytes, bytes.data, bytes.len);
        memcpy(text + len, &row, sizeof(row));
        len += sizeof(row);
    }
    return len;
}

static bool read_row(const char *bytes, struct addr *addr) {
    struct answer_addr row;

    memcpy(&row, bytes, sizeof(row));
    *addr = (struct addr){ .len = 0 };
    if (row.family == AF_INET) {
        addr->len = sizeof(addr->v4);
        addr->v4.sin_family = AF_INET;
        memcpy(&addr->v4.sin_addr, row.bytes, sizeof(addr->v4.sin_addr));
    } else if (row.family == AF_INET6) {
        addr->len = sizeof(addr->v6);
        addr->v6.sin6_family = AF_INET6;
        memcpy(&addr->v6.sin6_addr, row.bytes, sizeof(addr->v6.sin6_addr));
    }
    return addr->len > 0;
}

enum names_parsed names_parse_answer(struct str bytes, size_t *used,
                                     struct names_question *questions, unsigned count,
                                     struct arena *arena) {
    struct answer_head head;
    struct names_question *question;
    unsigned i;

    if (bytes.len < sizeof(head)) {
        return NAMES_NEED_MORE;
    }
    memcpy(&head, bytes.data, sizeof(head));
    if (head.index >= count || head.count > NAMES_ADDRS_MAX
        || questions[head.index].is_answered) {
        return NAMES_BAD;
    }
    *used = sizeof(head) + head.count * sizeof(struct answer_addr);
    if (bytes.len < *used) {
        return NAMES_NEED_MORE;
    }
    question = &questions[head.index];
    question->addrs = arena_zero(arena, head.count, sizeof(*question->addrs));
    for (i = 0; i < head.count; i++) {
        if (!read_row(bytes.data + sizeof(head) + i * sizeof(struct answer_addr),
                      &question->addrs[i])) {
            return NAMES_BAD;
        }
    }
    question->count = head.count;
    question->error = head.error;
    question->is_answered = true;
    return NAMES_ANSWER;
}

/* ---- in the helper ---- */

struct helper {
    const struct names_question *questions;
    unsigned count;
    unsigned next; /* question; atomic */
    int fd;
    pid_t asker;
    pthread_mutex_t lock; /* of the writing end */
};

static bool is_known(const struct addr *addrs, unsigned count, const struct addr *addr) {
    unsigned i;

    for (i = 0; i < count; i++) {
        if (addr_equal(&addrs[i], addr)) {
            return true;
        }
    }
    return false;
}

/* The addresses in the order of the list, each once. */
static unsigned collect(const struct addrinfo *list, struct addr *addrs) {
    unsigned count = 0;

    for (; list != NULL && count < NAMES_ADDRS_MAX; list = list->ai_next) {
        struct addr addr = { .len = list->ai_addrlen };

        if (list->ai_family != AF_INET && list->ai_family != AF_INET6) {
            continue;
        }
        memcpy(&addr.any, list->ai_addr, list->ai_addrlen);
        addr_set_port(&addr, 0);
        if (!is_known(addrs, count, &addr)) {
            addrs[count++] = addr;
        }
    }
    return count;
}

static int resolve(struct str host, struct addr *addrs, unsigned *count) {
    struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM,
                              .ai_flags = AI_ADDRCONFIG };
    struct addrinfo *list = NULL;
    char name[256];
    int error;

    *count = 0;
    if (host.len >= sizeof(name)) {
        return EAI_NONAME;
    }
    memcpy(name, host.data, host.len);
    name[host.len] = '\0';
    error = getaddrinfo(name, NULL, &hints, &list);
    if (error == 0) {
        *count = collect(list, addrs);
        freeaddrinfo(list);
    }
    return error;
}

static void write_all(int fd, const char *text, size_t len) {
    while (len > 0) {
        ssize_t n = write(fd, text, len);

        if (n < 0 && errno != EINTR) {
            _exit(1);
        }
        if (n > 0) {
            text += n;
            len -= (size_t) n;
        }
    }
}

static void *helper_thread(void *data) {
    struct helper *helper = data;
    struct addr addrs[NAMES_ADDRS_MAX];
    char text[NAMES_ANSWER_MAX];
    unsigned index, count;

    while ((index = __atomic_fetch_add(&helper->next, 1, __ATOMIC_RELAXED)) < helper->count) {
        int error = resolve(helper->questions[index].host, addrs, &count);
        size_t len = names_format_answer(text, index, error, addrs, count);

        pthread_mutex_lock(&helper->lock);
        write_all(helper->fd, text, len);
        pthread_mutex_unlock(&helper->lock);
    }
    return NULL;
}

/* Whatever the answers do to this process, there is nothing in it that they could want. */
static void helper_drop(int fd, struct names_user user, pid_t asker) {
    if (fd > 3) {
        close_range(3, (unsigned) fd - 1, 0);
    }
    close_range((unsigned) fd + 1, ~0u, 0);
    if (geteuid() == 0
        && (setgroups(0, NULL) < 0 || setresgid(user.gid, user.gid, user.gid) < 0
            || setresuid(user.uid, user.uid, user.uid) < 0)) {
        _exit(1);
    }
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (getppid() != asker) {
        _exit(1);
    }
}

static _Noreturn void helper_run(struct helper *helper, struct names_user user) {
    pthread_t threads[HELPER_THREADS_MAX];
    unsigned count = 0;

    helper_drop(helper->fd, user, helper->asker);
    /* This thread takes its share too, and all of it where no other can be had. */
    while (count < HELPER_THREADS_MAX && count + 1 < helper->count
           && pthread_create(&threads[count], NULL, helper_thread, helper) == 0) {
        count++;
    }
    helper_thread(helper);
    while (count > 0) {
        pthread_join(threads[--count], NULL);
    }
    _exit(0);
}

/* ---- in the process that asks ---- */

/* Takes the whole answers out of what came. False: the helper talks nonsense. */
static bool take_answers(struct buf *in, struct names_question *questions, unsigned count,
                         unsigned *left, struct arena *arena) {
    size_t used;

    for (;;) {
        switch (names_parse_answer(buf_bytes(in), &used, questions, count, arena)) {
        case NAMES_ANSWER:
            buf_consume(in, used);
            --*left;
            break;
        case NAMES_NEED_MORE:
            return true;
        default:
            return false;
        }
    }
}

/* Waits for more bytes until the deadline, and reads them. False: there will be none. */
static bool receive(int fd, int64_t deadline_us, struct buf *in) {
    struct pollfd watched = { .fd = fd, .events = POLLIN };
    int64_t left_ms = (deadline_us - clock_precise_us()) / 1000;
    ssize_t n;
    int ready;

    if (left_ms <= 0) {
        return false;
    }
    ready = poll(&watched, 1, (int) left_ms);
    if (ready < 0) {
        return errno == EINTR;
    }
    if (ready == 0) {
        return false;
    }
    buf_compact(in);
    buf_reserve(in, buf_len(in) + NAMES_ANSWER_MAX);
    n = read(fd, buf_room(in), buf_room_len(in));
    if (n > 0) {
        buf_added(in, (size_t) n);
    }
    return n > 0 || (n < 0 && errno == EINTR);
}

static void end_helper(pid_t pid) {
    kill(pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
    }
}

void names_ask(struct names_question *questions, unsigned count, struct names_user user,
               int timeout_ms, struct arena *arena) {
    struct helper helper = { .questions = questions, .count = count, .asker = getpid(),
                             .lock = PTHREAD_MUTEX_INITIALIZER };
    int64_t deadline_us = clock_precise_us() + (int64_t) timeout_ms * 1000;
    struct buf in = { .data = NULL };
    unsigned left = count;
    int fds[2];
    pid_t pid;

    if (pipe2(fds, O_CLOEXEC) < 0) {
        return;
    }
    helper.fd = fds[1];
    pid = fork();
    if (pid == 0) {
        helper_run(&helper, user);
    }
    close(fds[1]);
    while (pid > 0 && left > 0 && receive(fds[0], deadline_us, &in)
           && take_answers(&in, questions, count, &left, arena)) {
    }
    if (pid > 0) {
        end_helper(pid);
    }
    close(fds[0]);
    buf_free(&in);
}
