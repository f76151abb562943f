/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tcp_hammer - many TCP clients at once, for tests that change things under load.
 *
 *   tcp_hammer clients IP PORT COUNT MESSAGES SIZE PAUSE_MS
 *     COUNT threads that each, until SIGTERM, open a session, send MESSAGES times SIZE bytes,
 *     expect each message back (PAUSE_MS between them) and close. Then one line of "name=count"
 *     pairs goes to stdout. Every 100 ms the sessions so far go to stderr. A message is sent whole
 *     before its echo is read: SIZE is to be less than what the sockets hold, 64 KB say.
 *   tcp_hammer bulk IP PORT COUNT BYTES
 *     COUNT threads that each open one session, send BYTES and receive them back, at the same time.
 *     The same line of counts at the end; "sessions" are the fine ones.
 *   tcp_hammer echo IP PORT
 *     The server for it: sends back what it gets, until SIGTERM. Says "ready" on stdout.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* How a session can end. */
enum outcome {
    FINE,
    REFUSED,        /* connect: nobody there */
    UNCONNECTED,    /* connect: another error */
    CONNECT_SLOW,   /* connect: no answer in time */
    RESET,          /* ECONNRESET or EPIPE later */
    SHORT,          /* the end before the echo was whole */
    WRONG,          /* other bytes than those sent, or more */
    SLOW,           /* no echo in time */
    BROKEN,         /* another error */
    OUTCOMES
};

static const char *const outcome_names[OUTCOMES] = {
    "sessions", "refused", "unconnected", "connect_timeout", "reset",
    "short", "wrong", "timeout", "other"
};

static atomic_ulong counts[OUTCOMES];
static atomic_bool is_stopping;
static struct sockaddr_storage target;
static socklen_t target_len;
static unsigned long message_count, message_size, pause_ms, bulk_bytes;

enum { TIMEOUT_MS = 10000, PIECE = 65536 };

static void on_term(int number) {
    (void) number;
    atomic_store(&is_stopping, true);
}

static unsigned long parse_count(const char *text) {
    char *end;
    unsigned long value = strtoul(text, &end, 10);

    if (*text == '\0' || *end != '\0') {
        fprintf(stderr, "not a number: %s\n", text);
        exit(2);
    }
    return value;
}

static void parse_target(const char *ip, const char *port) {
    struct sockaddr_in *v4 = (struct sockaddr_in *) &target;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *) &target;
    uint16_t number = htons((uint16_t) parse_count(port));

    if (inet_pton(AF_INET, ip, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = number;
        target_len = sizeof(*v4);
    } else if (inet_pton(AF_INET6, ip, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = number;
        target_len = sizeof(*v6);
    } else {
        fprintf(stderr, "not an IP address: %s\n", ip);
        exit(2);
    }
}

static bool is_ready(int fd, short events) {
    struct pollfd poll_fd = { .fd = fd, .events = events };
    int ready;

    do {
        ready = poll(&poll_fd, 1, TIMEOUT_MS);
    } while (ready < 0 && errno == EINTR);
    return ready > 0;
}

static enum outcome connect_target(int *fd) {
    int error = 0, on = 1;
    socklen_t len = sizeof(error);

    *fd = socket(target.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (*fd < 0) {
        return BROKEN;
    }
    setsockopt(*fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (connect(*fd, (struct sockaddr *) &target, target_len) < 0) {
        if (errno != EINPROGRESS) {
            return errno == ECONNREFUSED ? REFUSED : UNCONNECTED;
        }
        if (!is_ready(*fd, POLLOUT)) {
            return CONNECT_SLOW;
        }
        getsockopt(*fd, SOL_SOCKET, SO_ERROR, &error, &len);
    }
    return error == 0 ? FINE : error == ECONNREFUSED ? REFUSED : UNCONNECTED;
}

static enum outcome outcome_of_errno(void) {
    return errno == ECONNRESET || errno == EPIPE ? RESET : BROKEN;
}

static enum outcome send_all(int fd, const unsigned char *bytes) {
    size_t at = 0;

    while (at < message_size) {
        ssize_t sent = send(fd, bytes + at, message_size - at, MSG_NOSIGNAL);

        if (sent > 0) {
            at += (size_t) sent;
        } else if (errno != EAGAIN) {
            return outcome_of_errno();
        } else if (!is_ready(fd, POLLOUT)) {
            return SLOW;
        }
    }
    return FINE;
}

static enum outcome receive_all(int fd, unsigned char *bytes) {
    size_t at = 0;

    while (at < message_size) {
        ssize_t got = recv(fd, bytes + at, message_size - at, 0);

        if (got > 0) {
            at += (size_t) got;
        } else if (got == 0) {
            return SHORT;
        } else if (errno != EAGAIN) {
            return outcome_of_errno();
        } else if (!is_ready(fd, POLLIN)) {
            return SLOW;
        }
    }
    return FINE;
}

static enum outcome exchange(int fd, unsigned char *sent, unsigned char *got, unsigned *seed) {
    enum outcome outcome;

    for (size_t i = 0; i < message_size; i++) {
        *seed = *seed * 1103515245u + 12345u;
        sent[i] = (unsigned char) (*seed >> 16);
    }
    outcome = send_all(fd, sent);
    if (outcome == FINE) {
        outcome = receive_all(fd, got);
    }
    if (outcome == FINE && memcmp(sent, got, message_size) != 0) {
        outcome = WRONG;
    }
    return outcome;
}

static void pause_for_ms(unsigned long ms) {
    struct timespec pause = { (time_t) (ms / 1000), (long) (ms % 1000) * 1000000 };

    if (ms > 0) {
        nanosleep(&pause, NULL);
    }
}

static enum outcome run_session(unsigned char *sent, unsigned char *got, unsigned *seed) {
    int fd = -1;
    enum outcome outcome = connect_target(&fd);

    for (unsigned long i = 0; outcome == FINE && i < message_count; i++) {
        if (i > 0) {
            pause_for_ms(pause_ms);
        }
        outcome = exchange(fd, sent, got, seed);
    }
    if (fd >= 0) {
        close(fd);
    }
    return outcome;
}

static void *run_client(void *arg) {
    unsigned seed = (unsigned) (uintptr_t) arg + 1;
    unsigned char *sent = malloc(message_size), *got = malloc(message_size);

    while (sent != NULL && got != NULL && !atomic_load(&is_stopping)) {
        enum outcome outcome = run_session(sent, got, &seed);

        atomic_fetch_add(&counts[outcome], 1);
        if (outcome != FINE) {
            pause_for_ms(1); /* a closed port is not to be counted a million times */
        }
    }
    free(sent);
    free(got);
    return NULL;
}

/* A flow's bytes, made piece by piece: the same for the same seed. */
struct flow {
    uint64_t state;
    unsigned long left;             /* bytes of the flow from here on */
    size_t at, len;                 /* the part of piece that is still to be used */
    unsigned char piece[PIECE];
};

static void flow_init(struct flow *flow, uint64_t seed) {
    flow->state = seed;
    flow->left = bulk_bytes;
    flow->at = flow->len = 0;
}

static void flow_refill(struct flow *flow) {
    if (flow->at < flow->len) {
        return;
    }
    for (size_t i = 0; i < PIECE; i += sizeof(flow->state)) {
        flow->state = flow->state * 6364136223846793005u + 1442695040888963407u;
        memcpy(flow->piece + i, &flow->state, sizeof(flow->state));
    }
    flow->at = 0;
    flow->len = flow->left < PIECE ? flow->left : PIECE;
}

static void flow_skip(struct flow *flow, size_t count) {
    flow->at += count;
    flow->left -= count;
}

static enum outcome bulk_send(int fd, struct flow *flow) {
    ssize_t sent;

    flow_refill(flow);
    sent = send(fd, flow->piece + flow->at, flow->len - flow->at, MSG_NOSIGNAL);
    if (sent < 0) {
        return errno == EAGAIN ? FINE : outcome_of_errno();
    }
    flow_skip(flow, (size_t) sent);
    return FINE;
}

static enum outcome bulk_receive(int fd, struct flow *flow) {
    unsigned char bytes[PIECE];
    ssize_t got;

    flow_refill(flow);
    got = recv(fd, bytes, flow->len - flow->at, 0);
    if (got < 0) {
        return errno == EAGAIN ? FINE : outcome_of_errno();
    }
    if (got == 0) {
        return SHORT;
    }
    if (memcmp(bytes, flow->piece + flow->at, (size_t) got) != 0) {
        return WRONG;
    }
    flow_skip(flow, (size_t) got);
    return FINE;
}

/* After the last byte: the end, and nothing before it. */
static enum outcome bulk_end(int fd) {
    char byte;
    ssize_t got;

    shutdown(fd, SHUT_WR);
    if (!is_ready(fd, POLLIN)) {
        return SLOW;
    }
    got = recv(fd, &byte, 1, 0);
    return got == 0 ? FINE : got > 0 ? WRONG : outcome_of_errno();
}

static enum outcome bulk_session(int fd, struct flow *out, struct flow *in) {
    enum outcome outcome = FINE;

    while (outcome == FINE && in->left > 0) {
        struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
        int ready;

        if (out->left > 0) {
            poll_fd.events |= POLLOUT;
        }
        ready = poll(&poll_fd, 1, TIMEOUT_MS);
        if (ready == 0 || atomic_load(&is_stopping)) {
            return SLOW;
        }
        if ((poll_fd.revents & POLLOUT) != 0) {
            outcome = bulk_send(fd, out);
        }
        if (outcome == FINE && (poll_fd.revents & ~POLLOUT) != 0) {
            outcome = bulk_receive(fd, in);
        }
    }
    return outcome == FINE ? bulk_end(fd) : outcome;
}

static void *run_bulk(void *arg) {
    struct flow *flows = calloc(2, sizeof(*flows));
    int fd = -1;
    enum outcome outcome = flows != NULL ? connect_target(&fd) : BROKEN;

    if (outcome == FINE) {
        flow_init(&flows[0], (uintptr_t) arg);
        flow_init(&flows[1], (uintptr_t) arg);
        outcome = bulk_session(fd, &flows[0], &flows[1]);
    }
    if (fd >= 0) {
        close(fd);
    }
    free(flows);
    atomic_fetch_add(&counts[outcome], 1);
    return NULL;
}

static void print_counts(void) {
    for (int i = 0; i < OUTCOMES; i++) {
        printf("%s%s=%lu", i > 0 ? " " : "", outcome_names[i], atomic_load(&counts[i]));
    }
    printf("\n");
}

/* Waits for SIGTERM, saying every 100 ms how many sessions there were. */
static void report_until_stopped(void) {
    while (!atomic_load(&is_stopping)) {
        pause_for_ms(100);
        fprintf(stderr, "%lu\n", atomic_load(&counts[FINE]));
    }
}

static int run_threads(unsigned long count, void *(*run)(void *arg), void (*meanwhile)(void)) {
    pthread_t *threads = calloc(count, sizeof(*threads));
    unsigned long started = 0;

    while (threads != NULL && started < count
        && pthread_create(&threads[started], NULL, run, (void *) (uintptr_t) started) == 0) {
        started++;
    }
    if (meanwhile != NULL) {
        meanwhile();
    }
    for (unsigned long i = 0; i < started; i++) {
        pthread_join(threads[i], NULL);
    }
    free(threads);
    print_counts();
    return started == count ? 0 : 1;
}

static bool echo_once(int fd) {
    static unsigned char bytes[262144];
    ssize_t got = recv(fd, bytes, sizeof(bytes), 0);
    ssize_t at = 0;

    if (got <= 0) {
        return got < 0 && errno == EAGAIN;
    }
    while (at < got) {
        ssize_t sent = send(fd, bytes + at, (size_t) (got - at), MSG_NOSIGNAL);

        if (sent > 0) {
            at += sent;
        } else if (errno != EAGAIN || !is_ready(fd, POLLOUT)) {
            return false;
        }
    }
    return true;
}

static void accept_one(int epoll, int listener) {
    struct epoll_event event = { .events = EPOLLIN };
    int on = 1;

    event.data.fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (event.data.fd >= 0) {
        setsockopt(event.data.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        epoll_ctl(epoll, EPOLL_CTL_ADD, event.data.fd, &event);
    }
}

static int run_echo(void) {
    int listener = socket(target.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    int on = 1;
    struct epoll_event event = { .events = EPOLLIN, .data.fd = listener };

    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(listener, (struct sockaddr *) &target, target_len) < 0 || listen(listener, 4096) < 0
        || epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) < 0) {
        perror("echo");
        return 1;
    }
    printf("ready\n");
    fflush(stdout);
    while (!atomic_load(&is_stopping)) {
        struct epoll_event events[64];
        int count = epoll_wait(epoll, events, 64, 200);

        for (int i = 0; i < count; i++) {
            if (events[i].data.fd == listener) {
                accept_one(epoll, listener);
            } else if (!echo_once(events[i].data.fd)) {
                close(events[i].data.fd);
            }
        }
    }
    return 0;
}

int main(int argc, char **argv) {
    struct sigaction action = { .sa_handler = on_term };

    sigaction(SIGTERM, &action, NULL);
    if (argc == 4 && strcmp(argv[1], "echo") == 0) {
        parse_target(argv[2], argv[3]);
        return run_echo();
    }
    if (argc == 8 && strcmp(argv[1], "clients") == 0) {
        parse_target(argv[2], argv[3]);
        message_count = parse_count(argv[5]);
        message_size = parse_count(argv[6]);
        pause_ms = parse_count(argv[7]);
        return run_threads(parse_count(argv[4]), run_client, report_until_stopped);
    }
    if (argc == 6 && strcmp(argv[1], "bulk") == 0) {
        parse_target(argv[2], argv[3]);
        bulk_bytes = parse_count(argv[5]);
        return run_threads(parse_count(argv[4]), run_bulk, NULL);
    }
    fprintf(stderr, "usage: tcp_hammer clients IP PORT COUNT MESSAGES SIZE PAUSE_MS\n"
                    "       tcp_hammer bulk IP PORT COUNT BYTES\n"
                    "       tcp_hammer echo IP PORT\n");
    return 2;
}
