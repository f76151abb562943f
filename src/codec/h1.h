/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * h1 - HTTP/1.0 and 1.1 on a connection: a leg on either side.
 *
 * With a client, one h1 belongs to a conn for its whole life. It reads one request after the other
 * (pipelined ones wait in the buffer) and asks for an exchange for each; what a request needs lies
 * in the arena of its exchange, so an idle connection holds no more than the struct. With a server
 * there is only a leg, for one exchange; in between the conn is in a pool, which knows no HTTP.
 *
 * Framing follows RFC 9112; what is ambiguous is refused (section 6.3, 11.2).
 */
#ifndef WEIR_CODEC_H1_H
#define WEIR_CODEC_H1_H

#include "message/leg.h"
#include "net/conn.h"

/* Whether what a client still sends is read and dropped before its connection is closed, so that it
 * can read what it was sent. */
enum h1_lingering { H1_LINGERS_NEVER, H1_LINGERS_IF_DUE, H1_LINGERS_ALWAYS };

/* Limits and time-outs of a downstream connection; immutable, the listener's default server's. */
struct h1_options {
    uint32_t header_buffer_size;   /* client_header_buffer_size: first read */
    uint32_t large_buffer_size;    /* large_client_header_buffers: one line at most ... */
    uint32_t large_buffer_count;   /* ... and so many of them in all */
    uint32_t max_fields;           /* max_headers */
    int64_t header_timeout_ms;     /* client_header_timeout */
    int64_t body_timeout_ms;       /* client_body_timeout: between two reads */
    int64_t send_timeout_ms;       /* send_timeout: between two writes */
    int64_t keepalive_timeout_ms;  /* 0: no keep-alive */
    uint32_t keepalive_requests;
    int64_t keepalive_time_ms;
    int64_t keepalive_min_ms;      /* keepalive_min_timeout: a drain leaves idle ones so long */
    uint32_t keepalive_header_s;   /* what Keep-Alive says; 0: there is none */
    enum h1_lingering lingering;   /* lingering_close */
    int64_t linger_total_ms, linger_pause_ms; /* lingering_time, lingering_timeout */
    uint64_t send_max;             /* bytes of one turn (sendfile_max_chunk); 0: CONN_TURN_BYTES */
    bool reads_files;              /* sendfile off */
    bool sends_no_chunks;          /* chunked_transfer_encoding off */
    bool resets_timed_out;         /* reset_timedout_connection */
    bool ignores_bad_fields;       /* ignore_invalid_headers */
    bool allows_underscores;       /* underscores_in_headers */
};

struct h1;

/* What the owner of a downstream connection is told. */
struct h1_service {
    /*
     * The first byte of a request is there: the owner makes an exchange, takes its leg by
     * h1_open_leg(), and sets the leg's events, exchange, send and receive. The head follows by
     * on_head.
     */
    void (*on_request)(struct h1 *h1);
    /* The connection became idle (true) or busy (false). It begins as an idle one, untold. */
    void (*on_idle)(struct h1 *h1, bool is_idle);
    /* The connection is closed; the last call. */
    void (*on_close)(struct h1 *h1);
};

/* ---- downstream ---- */

/* Takes the conn over. options and service must outlive it. What the owner keeps of it, owner_size
 * bytes, zeroed, lies behind the h1, where h1_owner() finds it, and goes with it: a connection that
 * is idle has no more than it must. (Aligned for pointers and 64-bit numbers.) */
struct h1 *h1_accept(struct conn *conn, const struct h1_options *options,
                     const struct h1_service *service, size_t owner_size);

/* The leg of the request that begins; it lives in the exchange's arena. */
struct leg *h1_open_leg(struct h1 *h1, struct arena *arena);

/* Other limits from now on: server and location are known after the head. */
void h1_set_options(struct h1 *h1, const struct h1_options *options);

/* Draining: an idle connection gets one second for a request that is under way and is then
 * closed; a busy one answers with "Connection: close". IDLE: those that become idle are closed at
 * once; ALL: busy ones too, their exchanges learn it by on_gone(LEG_CANCELLED). */
enum h1_drain { H1_DRAIN_POLITE, H1_DRAIN_IDLE, H1_DRAIN_ALL };
void h1_drain(struct h1 *h1, enum h1_drain haste);

/* After on_switched: what is spoken there is over, and so is the connection. What was sent on it is
 * still delivered. on_gone comes now, with this end. */
void h1_end_switched(struct leg *leg, enum leg_end end);

struct conn *h1_conn(const struct h1 *h1);
void *h1_owner(struct h1 *h1);

/* ---- upstream ---- */

struct h1_upstream_options {
    uint32_t header_buffer_size;   /* the head must fit (proxy_buffer_size) */
    uint32_t max_fields;
    int64_t send_timeout_ms;       /* between two writes of the request */
    int64_t read_timeout_ms;       /* between two reads of the response, once the request is out */
    bool is_http_10;               /* proxy_http_version 1.0 */
    bool keeps_connection;         /* ask for and accept keep-alive */
};

/*
 * A leg on an open upstream conn, which belongs to the codec until the leg is gone; the leg lives
 * in the arena. options must outlive it. After on_gone(LEG_DONE or LEG_SWITCHED), and within it,
 * h1_upstream_release() gives the conn back, fit for the pool if *is_reusable.
 */
struct leg *h1_upstream_open(struct conn *conn, const struct h1_upstream_options *options,
                             struct arena *arena);
struct conn *h1_upstream_release(struct leg *leg, bool *is_reusable);

/* Bytes of the response received so far, head included: 0 tells a connection that was closed
 * under us. Until the conn is released, or on_gone has returned. */
uint64_t h1_upstream_received(const struct leg *leg);
/* Bytes sent for this exchange so far; as long. */
uint64_t h1_upstream_sent(const struct leg *leg);

#endif
