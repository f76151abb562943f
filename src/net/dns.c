/* SPDX-License-Identifier: BSD-2-Clause */
/* dns - questions to one DNS server; see dns.h. */
#include "net/dns.h"

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

struct dns_server {
    ares_channel channel;
    struct list sockets;
    struct timer timer; /* of the library: when it wants to look at its time-outs */
    struct list records; /* whose end is still to be told */
};

/* A descriptor of the library, which opens and closes it and says what it waits for. */
struct dns_socket {
    struct list link;
    struct watch watch;
    struct dns_server *server;
    int fd;
    bool wants_write;
};

struct dns_record {
    struct list link;        /* of its server's records, once it has ended */
    struct dns_query *query; /* NULL: cancelled */
    struct dns_server *server;
    struct task task;
    enum dns_end end;
    char *message;
    size_t len;
};

/* ---- the loop ---- */

/* When the library wants to be called next. */
static void set_timer(struct dns_server *server) {
    struct timeval room, *left = ares_timeout(server->channel, NULL, &room);

    if (left == NULL) {
        timer_cancel(&server->timer);
        return;
    }
    timer_start(&server->timer, (int64_t) left->tv_sec * 1000 + (left->tv_usec + 999) / 1000);
}

static void on_timer(struct timer *timer) {
    struct dns_server *server = list_object(timer, struct dns_server, timer);

    ares_process_fd(server->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    set_timer(server);
}

/* The socket may be closed by the library in there, and so be gone. */
static void on_ready(struct watch *watch, unsigned ready) {
    struct dns_socket *socket = list_object(watch, struct dns_socket, watch);
    struct dns_server *server = socket->server;
    unsigned broken = ready & (WATCH_HUP | WATCH_ERROR);
    ares_socket_t readable = (ready & WATCH_READ) != 0 || broken != 0 ? socket->fd
                                                                       : ARES_SOCKET_BAD;
    ares_socket_t writable = (ready & WATCH_WRITE) != 0 || (broken != 0 && socket->wants_write)
        ? socket->fd
        : ARES_SOCKET_BAD;

    ares_process_fd(server->channel, readable, writable);
    set_timer(server);
}

static struct dns_socket *find_socket(struct dns_server *server, int fd) {
    struct list *at, *next;

    list_each(at, next, &server->sockets) {
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
    struct dns_server *server = data;
    struct dns_socket *socket = find_socket(server, fd);

    if (socket == NULL) {
        socket = heap_zero(1, sizeof(*socket));
        socket->server = server;
        socket->fd = fd;
        socket->watch.on_ready = on_ready;
        socket->watch.fd = -1;
        list_add_last(&server->sockets, &socket->link);
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

/* ---- servers ---- */

static bool set_address(ares_channel channel, const struct addr *addr) {
    struct ares_addr_port_node node = { .family = addr->any.sa_family,
                                        .udp_port = addr_port(addr),
                                        .tcp_port = addr_port(addr) };

    if (node.family == AF_INET) {
        node.addr.addr4 = addr->v4.sin_addr;
    } else {
        memcpy(&node.addr.addr6, &addr->v6.sin6_addr, sizeof(node.addr.addr6));
    }
    return ares_set_servers_ports(channel, &node) == ARES_SUCCESS;
}

/* Whatever is given here the library does not look for in the files of the system. */
static bool open_channel(struct dns_server *server) {
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
        .sock_state_cb_data = server,
    };
    int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_NDOTS
        | ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB | ARES_OPT_SERVERS | ARES_OPT_DOMAINS
        | ARES_OPT_SORTLIST;

#ifdef ARES_OPT_QUERY_CACHE
    mask |= ARES_OPT_QUERY_CACHE; /* of none: what is kept is decided by net/resolver */
#endif
    return ares_init_options(&server->channel, &options, mask) == ARES_SUCCESS;
}

struct dns_server *dns_open(const struct addr *addr) {
    struct dns_server *server = heap_zero(1, sizeof(*server));

    list_init(&server->sockets);
    list_init(&server->records);
    timer_init(&server->timer, on_timer);
    ares_library_init(ARES_LIB_INIT_ALL);
    if (!open_channel(server)) {
        heap_free(server);
        ares_library_cleanup();
        return NULL;
    }
    if (!set_address(server->channel, addr)) {
        dns_close(server);
        return NULL;
    }
    return server;
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

/* Records that the library still has end in there. */
void dns_close(struct dns_server *server) {
    struct list *at, *next;

    ares_destroy(server->channel);
    list_each(at, next, &server->records) {
        record_free(list_object(at, struct dns_record, link));
    }
    timer_fini(&server->timer);
    heap_free(server);
    ares_library_cleanup();
}

/* ---- queries ---- */

static void on_task(struct task *task) {
    struct dns_record *record = list_object(task, struct dns_record, task);
    struct dns_query *query = record->query;

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
    char text[DNS_NAME_MAX + 1];

    CHECK(query->record == NULL && name.len <= DNS_NAME_MAX);
    memcpy(text, name.data, name.len);
    text[name.len] = '\0';
    list_init(&record->link);
    task_init(&record->task, on_task);
    record->query = query;
    record->server = server;
    query->record = record;
    query->on_end = on_end;
    ares_query(server->channel, text, 1 /* IN */, (int) type, on_library_end, record);
    set_timer(server);
}

void dns_cancel(struct dns_query *query) {
    if (query->record != NULL) {
        query->record->query = NULL;
        query->record = NULL;
    }
}
