/* SPDX-License-Identifier: BSD-2-Clause */
/* dns - questions to one DNS server; see dns.h. */
#include "net/dns.h"

#include "base/clock.h"
#include "base/heap.h"
#include "base/log.h"
#include "base/panic.h"
#include "event/loop.h"
#include "event/timer.h"

/* What newer ones would rather have is not in 1.18. */
#define CARES_NO_DEPRECATED
#include <ares.h>
#include <errno.h>
#include <string.h>
#include <sys/time.h>

/* One of the library's, with its sockets. One that is worn gets no more questions, and goes when it
 * has nothing left to do. */
struct dns_channel {
    struct list link;   /* of those that are to go */
    ares_channel ares;
    struct list sockets;
    struct timer timer; /* when the library wants to look at its time-outs */
    unsigned queries;   /* that it has */
    unsigned asked;     /* from the port of now, since then */
    int64_t since_ms;
    bool is_silent;
};

struct dns_server {
    struct addr addr;
    struct dns_channel *channel; /* for the next question */
    struct list retired;         /* channels */
    struct list records;         /* whose end is still to be told */
};

/* A descriptor of the library, which opens and closes it and says what it waits for. */
struct dns_socket {
    struct list link;
    struct watch watch;
    struct dns_channel *channel;
    int fd;
    bool wants_write;
};

struct dns_record {
    struct list link;        /* of its server's records, once it has ended */
    struct dns_query *query; /* NULL: cancelled */
    struct dns_server *server;
    struct dns_channel *channel; /* while the library has it */
    struct task task;
    enum dns_end end;
    char *message;
    size_t len;
};

/* ---- the loop ---- */

/* When the library wants to be called next. */
static void set_timer(struct dns_channel *channel) {
    struct timeval room, *left = ares_timeout(channel->ares, NULL, &room);

    if (left == NULL) {
        timer_cancel(&channel->timer);
        return;
    }
    timer_start(&channel->timer, (int64_t) left->tv_sec * 1000 + (left->tv_usec + 999) / 1000);
}

static void on_timer(struct timer *timer) {
    struct dns_channel *channel = list_object(timer, struct dns_channel, timer);

    ares_process_fd(channel->ares, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    set_timer(channel);
}

/* The socket may be closed by the library in there, and so be gone. */
static void on_ready(struct watch *watch, unsigned ready) {
    struct dns_socket *socket = list_object(watch, struct dns_socket, watch);
    struct dns_channel *channel = socket->channel;
    unsigned broken = ready & (WATCH_HUP | WATCH_ERROR);
    ares_socket_t readable = (ready & WATCH_READ) != 0 || broken != 0 ? socket->fd
                                                                       : ARES_SOCKET_BAD;
    ares_socket_t writable = (ready & WATCH_WRITE) != 0 || (broken != 0 && socket->wants_write)
        ? socket->fd
        : ARES_SOCKET_BAD;

    ares_process_fd(channel->ares, readable, writable);
    set_timer(channel);
}

static struct dns_socket *find_socket(struct dns_channel *channel, int fd) {
    struct list *at, *next;

    list_each(at, next, &channel->sockets) {
        struct dns_socket *socket = list_object(at, struct dns_socket, link);

        if (socket->fd == fd) {
            return socket;
        }
    }
    return NULL;
}

static void socket_watch(struct dns_socket *socket) {
    socket->watch.fd = socket->fd;
    if (!watch_start(&socket->watch, socket->wants_write ? WATCH_LEVEL_WRITE : WATCH_LEVEL)) {
        log_write(log_process, LOG_LEVEL_ALERT, errno, NULL,
                  "epoll_ctl() failed for a socket to a DNS server");
    }
}

/* The library has opened a socket, is about to close it (it waits for nothing), or waits for
 * something else. */
static void on_socket(void *data, ares_socket_t fd, int wants_read, int wants_write) {
    struct dns_channel *channel = data;
    struct dns_socket *socket = find_socket(channel, fd);

    if (socket == NULL) {
        socket = heap_zero(1, sizeof(*socket));
        socket->channel = channel;
        socket->fd = fd;
        socket->watch.on_ready = on_ready;
        socket->watch.fd = -1;
        list_add_last(&channel->sockets, &socket->link);
    }
    if (!wants_read && !wants_write) {
        watch_cancel(&socket->watch, false);
        list_remove(&socket->link);
        heap_free(socket);
        return;
    }
    if (socket->watch.fd < 0 || socket->wants_write != (wants_write != 0)) {
        watch_cancel(&socket->watch, true);
        socket->wants_write = wants_write != 0;
        socket_watch(socket);
    }
}

/* ---- channels ---- */

static bool set_address(ares_channel ares, const struct addr *addr) {
    struct ares_addr_port_node node = { .family = addr->any.sa_family,
                                        .udp_port = addr_port(addr),
                                        .tcp_port = addr_port(addr) };

    if (node.family == AF_INET) {
        node.addr.addr4 = addr->v4.sin_addr;
    } else {
        memcpy(&node.addr.addr6, &addr->v6.sin6_addr, sizeof(node.addr.addr6));
    }
    return ares_set_servers_ports(ares, &node) == ARES_SUCCESS;
}

/* Whatever is given here the library does not look for in the files of the system. */
static bool open_library(struct dns_channel *channel) {
    static char lookups[] = "b";
    struct ares_options options = {
        /* Each answer is for the caller to judge. Without queries sockets are closed, so the next
         * have other ports. */
        .flags = ARES_FLAG_NOCHECKRESP | ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES,
        .timeout = DNS_TRY_MS,
        .tries = 1,
        .ndots = 1,
        .lookups = lookups,
        .sock_state_cb = on_socket,
        .sock_state_cb_data = channel,
    };
    int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_NDOTS
        | ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB | ARES_OPT_SERVERS | ARES_OPT_DOMAINS
        | ARES_OPT_SORTLIST;

#ifdef ARES_OPT_QUERY_CACHE
    mask |= ARES_OPT_QUERY_CACHE; /* of none: what is kept is decided by net/resolver */
#endif
    return ares_init_options(&channel->ares, &options, mask) == ARES_SUCCESS;
}

/* Queries that it still has end in there. */
static void channel_close(struct dns_channel *channel) {
    ares_destroy(channel->ares);
    ares_library_cleanup();
    timer_fini(&channel->timer);
    list_remove(&channel->link);
    heap_free(channel);
}

static struct dns_channel *channel_open(const struct addr *addr) {
    struct dns_channel *channel = heap_zero(1, sizeof(*channel));

    list_init(&channel->link);
    list_init(&channel->sockets);
    timer_init(&channel->timer, on_timer);
    ares_library_init(ARES_LIB_INIT_ALL);
    if (!open_library(channel)) {
        ares_library_cleanup();
        heap_free(channel);
        return NULL;
    }
    if (!set_address(channel->ares, addr)) {
        channel_close(channel);
        return NULL;
    }
    return channel;
}

/* ---- servers ---- */

struct dns_server *dns_open(const struct addr *addr) {
    struct dns_channel *channel = channel_open(addr);
    struct dns_server *server;

    if (channel == NULL) {
        return NULL;
    }
    server = heap_zero(1, sizeof(*server));
    server->addr = *addr;
    server->channel = channel;
    list_init(&server->retired);
    list_init(&server->records);
    return server;
}

static void close_retired(struct dns_server *server, bool is_forced) {
    struct list *at, *next;

    list_each(at, next, &server->retired) {
        struct dns_channel *channel = list_object(at, struct dns_channel, link);

        if (channel->queries == 0 || is_forced) {
            channel_close(channel);
        }
    }
}

static bool is_worn(const struct dns_channel *channel) {
    bool is_port_old = channel->asked >= DNS_PORT_QUESTIONS
        || clock_ms() - channel->since_ms >= DNS_PORT_MS;

    return channel->is_silent || (channel->queries > 0 && is_port_old);
}

/* The channel for the next question. */
static struct dns_channel *channel_of(struct dns_server *server) {
    struct dns_channel *fresh;

    if (is_worn(server->channel) && (fresh = channel_open(&server->addr)) != NULL) {
        list_add_last(&server->retired, &server->channel->link);
        server->channel = fresh;
    }
    close_retired(server, false);
    return server->channel;
}

static void record_free(struct dns_record *record) {
    if (record->query != NULL) {
        record->query->record = NULL;
    }
    task_cancel(&record->task);
    list_remove(&record->link);
    heap_free(record->message);
    heap_free(record);
}

void dns_close(struct dns_server *server) {
    struct list *at, *next;

    close_retired(server, true);
    channel_close(server->channel);
    list_each(at, next, &server->records) {
        record_free(list_object(at, struct dns_record, link));
    }
    heap_free(server);
}

/* ---- queries ---- */

static void on_task(struct task *task) {
    struct dns_record *record = list_object(task, struct dns_record, task);
    struct dns_query *query = record->query;

    close_retired(record->server, false);
    if (query != NULL) {
        query->record = NULL;
        record->query = NULL;
        query->on_end(query, record->end, str_make(record->message, record->len));
    }
    record_free(record);
}

/* The library passes on what the server has said of the name as a failure of its own. */
static enum dns_end end_of(int status, const unsigned char *message) {
    if (message != NULL) {
        return DNS_ANSWERED;
    }
    switch (status) {
    case ARES_ETIMEOUT:
        return DNS_TIMED_OUT;
    case ARES_EBADNAME:
    case ARES_EFORMERR:
        return DNS_BAD_NAME;
    default:
        return DNS_UNREACHABLE;
    }
}

static void on_library_end(void *data, int status, int timeouts, unsigned char *message, int len) {
    struct dns_record *record = data;

    (void) timeouts;
    record->end = end_of(status, message);
    record->channel->queries--;
    record->channel->is_silent |= record->end == DNS_TIMED_OUT;
    if (message != NULL && len > 0) {
        record->message = heap_alloc((size_t) len);
        record->len = (size_t) len;
        memcpy(record->message, message, record->len);
    }
    list_add_last(&record->server->records, &record->link);
    task_start(&record->task);
}

void dns_start(struct dns_query *query, struct dns_server *server, struct str name,
               enum dns_type type,
               void (*on_end)(struct dns_query *query, enum dns_end end, struct str message)) {
    struct dns_record *record = heap_zero(1, sizeof(*record));
    struct dns_channel *channel = channel_of(server);
    char text[DNS_NAME_MAX + 1];

    CHECK(query->record == NULL && name.len <= DNS_NAME_MAX);
    memcpy(text, name.data, name.len);
    text[name.len] = '\0';
    list_init(&record->link);
    task_init(&record->task, on_task);
    record->query = query;
    record->server = server;
    record->channel = channel;
    query->record = record;
    query->on_end = on_end;
    if (channel->queries++ == 0) { /* the library opens a socket */
        channel->since_ms = clock_ms();
        channel->asked = 0;
    }
    channel->asked++;
    ares_query(channel->ares, text, 1 /* IN */, (int) type, on_library_end, record);
    set_timer(channel);
}

void dns_cancel(struct dns_query *query) {
    if (query->record != NULL) {
        query->record->query = NULL;
        query->record = NULL;
    }
}
