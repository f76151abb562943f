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
 * The order of one side, downstream:  on_head, on_body*, then send_head, send_body*, then on_gone.
 * Upstream: send_head, send_body*, then on_head, on_body*, then on_gone.
 * Both bodies may flow at once.
 */
#ifndef WEIR_MESSAGE_LEG_H
#define WEIR_MESSAGE_LEG_H

#include "base/pipe.h"
#include "message/message.h"

struct leg;

/* Why a leg is gone. */
enum leg_end {
    LEG_DONE,        /* both messages went over whole; the connection may serve on */
    LEG_CLOSED,      /* the remote closed the connection in order, before the end */
    LEG_RESET,       /* it broke: reset, time-out of the transport */
    LEG_TIMED_OUT,   /* the remote let a time-out of ours pass */
    LEG_BAD,         /* what it sent was not HTTP as it must be (upstream) */
    LEG_CANCELLED    /* we reset it */
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
    /* leg->receive has got room again. */
    void (*recv_more)(struct leg *leg);
    /* Ends the leg alone: the connection is closed (h1) or the stream reset (h2). Calls nothing
     * more. */
    void (*reset)(struct leg *leg);
};

struct leg_events {
    /* The head of the message is there. head lives as long as the leg. is_whole: it has no body.
     * Informational responses come through here as well, before the final one (status 1xx). */
    void (*on_head)(struct leg *leg, struct message *head, bool is_whole);
    /* leg->receive has got bytes, an end or an abort. */
    void (*on_body)(struct leg *leg);
    /* leg->send was read down to its low mark. */
    void (*on_room)(struct leg *leg);
    /*
     * What came is not HTTP as it must be: a head that cannot be read (then on_head does not come),
     * or a body that breaks off its framing. leg->error says what was wrong. Downstream: status is
     * what to answer (400, 414, 505 ...), the connection ends after that answer. Upstream:
     * on_gone(LEG_BAD) follows at once.
     */
    void (*on_bad)(struct leg *leg, unsigned status);
    /* Exactly once, last, and not after reset(). Downstream, status is that of a request that ends
     * without an answer (400, 408, 499); 0 otherwise. */
    void (*on_gone)(struct leg *leg, enum leg_end end, unsigned status);
};

struct leg {
    const struct leg_ops *ops;
    const struct leg_events *events;
    void *exchange;        /* whose events they are; NULL: detached, events are dropped */
    struct pipe *send;     /* body to send; the exchange's */
    struct pipe *receive;  /* body received; the exchange's */
    struct arena *arena;   /* of the exchange: for the received message */
    const char *error;     /* with on_bad: what was wrong */
    struct message *head;  /* with on_bad for a head: what could be read of it */
};

#endif
