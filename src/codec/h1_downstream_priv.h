/* SPDX-License-Identifier: BSD-2-Clause */
/* h1_downstream_priv - the two parts of HTTP/1 with a client: the connection (h1_downstream) and
 * one request with its response (h1_transfer). */
#ifndef WEIR_CODEC_H1_DOWNSTREAM_PRIV_H
#define WEIR_CODEC_H1_DOWNSTREAM_PRIV_H

#include "codec/h1.h"
#include "codec/h1_body.h"

enum h1_state { H1_IDLE, H1_HEAD, H1_BUSY, H1_SWITCHED, H1_LINGER, H1_CLOSED };

/* What exists for one request only; in the arena of its exchange. */
struct h1_transfer {
    struct leg leg;
    struct h1 *h1;
    struct h1_parse parse;
    struct message request;
    struct h1_reader reader;
    struct h1_writer writer;
    unsigned status;          /* of the response, once its head was made; 0: none yet */
    bool keeps_connection;    /* after this exchange; as the head of the response says */
    bool has_output;          /* the writer has something to send: a 1xx, or the response */
    bool is_reading_stopped;  /* the rest of the request is of no interest */
    bool is_body_wanted;      /* recv_more was called */
    bool is_continue_sent;
    bool is_answered;         /* the response is out; what is left of the request is dropped */
    bool is_blocked;          /* the client takes no more now */
    bool awaits_body;         /* the client has sent no more by now */
    bool has_progress;        /* bytes of a body moved since the timer was looked at */
    bool is_held;             /* the response goes on when its rate allows it */
    int64_t rate_start_ms;    /* since when that counts */
    uint64_t rate_start_sent; /* bytes that were sent on the connection by then */
    bool has_trailers;        /* fields may follow the response's body; asked for at its end */
};

struct h1 {
    struct conn *conn;
    const struct h1_options *options;
    const struct h1_service *service;
    struct h1_transfer *transfer; /* NULL: no exchange */
    struct task task;
    struct reap reap;
    uint32_t linger_until_ms;     /* the lower bits of clock_ms() */
    uint8_t state;                /* enum h1_state */
    bool is_draining, closes_idle;
    bool is_pipelined;            /* the request at hand was there before its turn */
    uint64_t owner[];             /* what the owner keeps of the connection */
};

_Static_assert(sizeof(struct conn) + sizeof(struct h1) <= 256,
               "an idle connection is small: ARCHITECTURE section 5");

/* ---- of the connection ---- */

/* The end of both: on_gone, if there is an exchange, and the connection is closed. A response that
 * only the end of the connection would end is cut by a reset. */
void h1_fail(struct h1 *h1, enum leg_end end, unsigned status);

/* What a client still sends that is of no interest is read and dropped for a while: how long its
 * next pause may be; 0: the while is over. */
void h1_linger_start(struct h1 *h1);
int64_t h1_linger_ms(const struct h1 *h1);

/* The exchange is over: both messages are, or nobody wants the rest of the request. */
void h1_served(struct h1 *h1);

/* The 101 is out: what is spoken from now on is somebody else's business. */
void h1_switched(struct h1 *h1);

/* ---- of the transfer ---- */

struct h1_transfer *transfer_new(struct h1 *h1, struct arena *arena);

/* The request's head was read, or cannot be. on_head or on_bad is called. */
void transfer_head_done(struct h1_transfer *transfer);
void transfer_head_bad(struct h1_transfer *transfer, unsigned status, const char *error);

/* What is there of a head is all that will be. */
void transfer_head_cut(struct h1_transfer *transfer);

/* Moves what can be moved of both bodies; the transfer may be over then. */
void transfer_pump(struct h1_transfer *transfer);

/* The time of a response that was held has come. */
void transfer_unhold(struct h1_transfer *transfer);

/* Whether the response under way has no end but that of the connection. */
bool transfer_ends_by_close(const struct h1_transfer *transfer);

#endif
