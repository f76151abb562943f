/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * leg - one side of an exchange: it sends one message and receives the other, whichever side it is
 * on.
 *
 * Codecs implement the operations, the exchange implements the events. The exchange is the only
 * place where two legs meet. An operation never calls an event: what it causes is delivered from
 * the loop's top, in the same turn (ARCHITECTURE sections 3 and 5).
 *
 *     client conn -- h1 -- leg --+            +-- leg -- h1 -- upstream conn
 *                                |- exchange -|
 *                     body: pipe ------------->
 *                          <------------ pipe :body
 *
 * Downstream: on_head, on_body*; send_head, send_body*; on_gone. Upstream: send_head, send_body*;
 * on_head, on_body*; on_gone. Both bodies may flow at once, and a response may come, or be sent,
 * before the request is whole. on_bad may stand for on_head, or come after it. A downstream leg is
 * gone when its response is out and what its client sends on is read, or of no interest; until then
 * whoever has no use for a body reads and drops it, or the connection cannot go on.
 *
 * A request may ask for another protocol (message->upgrade). A server that changes to it answers
 * 101 and is gone as LEG_SWITCHED; its connection, with what was read of it already, is the
 * exchange's then. When the client has that 101, on_switched gives its connection away, too, until
 * h1_end_switched().
 */
#ifndef WEIR_MESSAGE_LEG_H
#define WEIR_MESSAGE_LEG_H

#include "base/pipe.h"
#include "message/message.h"

struct leg;

/* Why a leg is gone. */
enum leg_end {
    LEG_DONE,        /* downstream: answered; upstream: the response is whole */
    LEG_CLOSED,      /* the remote closed the connection before the end */
    LEG_RESET,       /* the connection broke */
    LEG_TIMED_OUT,   /* the remote let a time-out of ours pass */
    LEG_BAD,         /* what it sent was not HTTP as it must be (upstream) */
    LEG_CANCELLED,   /* it ended on our side: a body to send was aborted, the worker ends */
    LEG_SWITCHED     /* upstream: the server has changed to the other protocol */
};

struct leg_ops {
    /*
     * Sends the head. head stays until the leg is gone or the next send_head (1xx). is_whole: no
     * body follows (the framing says the same); else the body is read from leg->send.
     */
    void (*send_head)(struct leg *leg, const struct message *head, bool is_whole);
    /* leg->send has got bytes, an end or an abort. An abort closes the connection so that the
     * remote sees a cut body as cut. */
    void (*send_body)(struct leg *leg);
    /* leg->receive has got room again. Downstream also: somebody wants the body, which a client
     * that waits for a word (100-continue) is told with the first call. */
    void (*recv_more)(struct leg *leg);
    /* Ends the leg alone: the connection is closed (h1) or the stream reset (h2). Calls nothing
     * more. */
    void (*reset)(struct leg *leg);
};

struct leg_events {
    /* The head of the message is there; it is in leg->arena. A response is the exchange's from
     * now on, to change and to send on. is_whole: it has no body.
     * Informational responses come through here as well, before the final one (status 1xx). 101
     * is a final one: it comes only where it was asked for. */
    void (*on_head)(struct leg *leg, struct message *head, bool is_whole);
    /* leg->receive has got bytes, an end or an abort. */
    void (*on_body)(struct leg *leg);
    /* leg->send was read down to its low mark. */
    void (*on_room)(struct leg *leg);
    /*
     * The body of a head with has_trailers has come to its end: the fields that go behind it, or
     * NULL. Once at most; not where the client takes none (1.0).
     */
    const struct message *(*on_trailers)(struct leg *leg);
    /*
     * Downstream only: the 101 is out. The connection's owner and on_ready are whose they are set
     * to from now on, until h1_end_switched() or on_gone.
     */
    void (*on_switched)(struct leg *leg);
    /*
     * Downstream only (an upstream leg is gone then): what came is not HTTP as it must be: a head
     * that cannot be read (then on_head does not come), or a body that breaks off its framing (then
     * leg->receive is aborted). leg->error says what was wrong, status is what to answer (400, 414,
     * 505 ..., and 494 as in nginx for a head that is too large, which is 400 to the client); the
     * connection ends after the answer.
     */
    void (*on_bad)(struct leg *leg, unsigned status);
    /* Exactly once, last, and not after reset(). Downstream, status is that of a request that ends
     * without an answer (400, 408, 499); 0 otherwise. */
    void (*on_gone)(struct leg *leg, enum leg_end end, unsigned status);
};

struct leg {
    const struct leg_ops *ops;
    const struct leg_events *events;
    void *exchange;        /* whose events they are */
    struct pipe *send;     /* body to send; the exchange's */
    struct pipe *receive;  /* body received; the exchange's */
    struct arena *arena;   /* of the exchange: for the received message */
    const char *error;     /* with on_bad, LEG_BAD and has_bad_body: what was wrong */
    bool has_bad_body;     /* downstream, with on_head: what has come of the body already breaks off
                              its framing. No more of it will be read */
    uint64_t announced;    /* downstream: bytes of the body that are announced, and still to come */
    struct message *head;  /* where on_head does not come: what could be read of it */
    const struct message *trailers; /* upstream: fields that came behind the body, once that has
                                       ended; NULL: none */
    uint64_t send_rate;    /* downstream: bytes a second of the response; 0: as fast as it goes.
                              The first second's may go at once */
    uint64_t send_rate_after; /* bytes that go before that counts */
    bool resets_connection; /* downstream: reset() gives the client no orderly end */
    uint64_t head_len;     /* bytes of the heads that were made to be sent */
    bool sends_chunked;    /* downstream, once the final head was made: as it says, in chunks ... */
    bool keeps_connection; /* ... and that the connection stays */
    bool is_pipelined;     /* downstream: the request came before its turn */
};

#endif
