/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conn - one connection: a socket, what it is ready for, and buffers while bytes are in flight.
 *
 * A conn has one owner: a listener's setup, a codec, a relay, the pool. The owner sets on_ready and
 * is called when something became possible; it then receives and sends until the flags say that the
 * kernel has nothing more. Sockets are registered once, edge-triggered, for their whole life.
 *
 * Reading: a short recv() means drained, except where the remote may have closed or where the
 * transport is not a plain TCP socket; conn_recv() knows the rules (ARCHITECTURE section 7). An
 * idle conn holds no buffer: its owner gives it back (buf_free_if_empty) when all is consumed.
 * Memory is freed at the end of the turn in which the conn is closed.
 *
 * An edge comes once. Who stops while conn->is_readable or conn->is_writable is still set, for lack
 * of room or because the turn's share is used up (CONN_TURN_BYTES), must come back by itself: a
 * task, or the event that makes the room.
 */
#ifndef WEIR_NET_CONN_H
#define WEIR_NET_CONN_H

#include "base/buf.h"
#include "base/log.h"
#include "event/loop.h"
#include "event/timer.h"
#include "net/addr.h"

#include <sys/uio.h>

struct conn;

/* What an owner may move for one conn and direction before it lets others have their turn. */
enum { CONN_TURN_BYTES = 1024 * 1024 };

/* Reads of streams that fill them grow: 16, 64, 256 KB. */
enum { CONN_READ_MIN = 16 * 1024, CONN_READ_GRADES = 3, CONN_READ_MAX = 256 * 1024 };

enum conn_result {
    CONN_OK,     /* bytes were moved */
    CONN_AGAIN,  /* nothing now; on_ready will be called */
    CONN_END,    /* recv: the remote will send no more */
    CONN_FAILED  /* conn->error has the errno */
};

/*
 * The transport: plain sockets here, TLS in net/tls. recv and send clear conn->is_readable and
 * is_writable where an OK already shows that nothing more is to be had; on any other result
 * conn_recv() and conn_send() do it.
 */
struct conn_transport {
    enum conn_result (*recv)(struct conn *conn, char *data, size_t room, size_t *len);
    enum conn_result (*send)(struct conn *conn, const struct iovec *iov, int count, size_t *len);
    /* NULL: it cannot; whoever sends reads the file. */
    enum conn_result (*send_file)(struct conn *conn, int fd, int64_t offset, size_t len,
                                  size_t *sent);
    enum conn_result (*shutdown)(struct conn *conn); /* sends the end of the stream */
    void (*close)(struct conn *conn);
    bool has_pending; /* may hold decrypted bytes: readiness is not the socket's alone; no splice */
};

extern const struct conn_transport conn_plain;

/* Facts that only some owners need; freed with the conn. */
struct conn_side {
    struct addr remote;
    struct addr *local;        /* NULL until conn_local() was asked */
    uint64_t number;           /* connection serial number ($connection); 0: an upstream's */
    int64_t opened_ms;         /* clock_ms() */
    uint64_t requests;         /* served on it so far ($connection_requests) */
};

struct conn {
    struct watch watch;
    struct list link; /* for the owner: a list of its conns, the pool's */
    /* The owner's, who sets on_expiry: what the remote owes it next. It stays with the conn, so
     * that requests do not put timers in and take them out. */
    struct timer timer;
    void (*on_ready)(struct conn *conn);
    void *owner;
    const struct conn_transport *transport;
    struct conn_side *side;
    struct buf in; /* received and not consumed */
    uint64_t bytes_received, bytes_sent;
    int error;
    bool is_readable; /* recv may give something */
    bool is_writable;
    bool has_hup;     /* the remote sent its end (or an error waits): read until CONN_END */
    bool is_local;    /* AF_UNIX */
    bool has_more;    /* what is sent next follows at once: a packet may wait for it */
    bool is_exact;    /* a short recv means drained: plain TCP */
    bool is_client;   /* was accepted and counts among the clients (net/listen) */
    bool is_debugged; /* its client is one of listen_set_debug(): all is logged about it */
    uint8_t read_grade; /* size of the next read */
    bool is_at_end;   /* recv gave CONN_END */
    bool is_closed;
    struct reap reap;
};

/*
 * Takes over a connected or connecting, non-blocking descriptor; remote is copied. It counts as
 * readable and writable until it proves otherwise. NULL with errno where the kernel refuses to
 * watch it; the descriptor is then closed.
 */
struct conn *conn_open(int fd, const struct addr *remote);

/* Closes the socket now; the memory goes at the end of the turn. Idempotent. Buffers, transport and
 * watch go with it; the owner's timers and tasks are the owner's. */
void conn_close(struct conn *conn);

/* The same with a TCP reset instead of an orderly end (SO_LINGER 0). */
void conn_reset(struct conn *conn);

/*
 * Receives into conn->in, which grows to at most max bytes held in all; what it held may move in
 * memory. CONN_OK: *len bytes were added and there may be more if conn->is_readable is still set.
 * Without is_readable it answers CONN_AGAIN without a system call. max already held is a bug.
 */
enum conn_result conn_recv(struct conn *conn, size_t max, size_t *len);

/*
 * Receives and throws away what has come, no more than a turn's share of it (CONN_TURN_BYTES), and
 * keeps no buffer. CONN_OK: there is more, to be dropped in the next turn. CONN_AGAIN: nothing for
 * now. What *len counts were bytes, in either case.
 */
enum conn_result conn_drop(struct conn *conn, size_t *len);

/* Sends from iov by one system call; *len says how many bytes went. CONN_OK may be short:
 * is_writable is then off, and until it comes back the answer is CONN_AGAIN without a system
 * call. */
enum conn_result conn_send(struct conn *conn, const struct iovec *iov, int count, size_t *len);

/* Sends len bytes, one at least, of a file; the same otherwise. CONN_OK with none sent: the file
 * ends before its offset. Only where the transport can. */
enum conn_result conn_send_file(struct conn *conn, int fd, int64_t offset, size_t len,
                                size_t *sent);

/* Sends the end of the stream (half-close). */
enum conn_result conn_shutdown(struct conn *conn);

/* The address of this side of the socket. */
const struct addr *conn_local(struct conn *conn);

/* For an idle conn: whether the remote has closed it or sent bytes nobody asked for (looks without
 * taking). One system call only where the flags leave it open. */
bool conn_is_stale(struct conn *conn);

/* Whether the remote has broken the connection off, however much of what it sent is unread. One
 * system call, only where has_hup is set; conn->error has the errno then. */
bool conn_is_broken(struct conn *conn);

/* TCP_NODELAY, which means nothing to UNIX sockets; false with errno. */
bool conn_set_nodelay(struct conn *conn, bool is_on);

/*
 * The conn that is served just now, for the last words of a process: a panic tells of it. Set while
 * its event is delivered, and by who serves it from elsewhere (a task) and forgets it again (NULL).
 */
extern const struct conn *conn_at_hand;

/* Number of open conns of the process; and of the next client connection. */
unsigned conn_count(void);
uint64_t conn_next_number(void);

#endif
