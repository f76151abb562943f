/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * upstream_body - the body of a server's response where it cannot go straight on: its client is
 * slow, or it is to be read slowly.
 *
 * It stands between the upstream leg and exchange->response_body and has a pipe of its own, and a
 * spool behind it. A client may hold its server up for BODY_PATIENCE_MS in all: who keeps pace
 * costs no file. From then on what the client has no room for goes to a file, and where there is
 * none, or it is full, the server waits. Most responses never need one.
 */
#ifndef WEIR_HTTP_UPSTREAM_BODY_H
#define WEIR_HTTP_UPSTREAM_BODY_H

#include "event/timer.h"
#include "http/exchange.h"

enum { BODY_PATIENCE_MS = 100 };

struct upstream_body_options {
    size_t memory_max;      /* bytes that may wait for the client in memory; reading goes on ... */
    size_t memory_low;      /* ... when they are down to this */
    size_t piece_max;       /* bytes that are read, and written to the file, at a time */
    uint64_t file_max;      /* 0: no file */
    const char *directory;
};

struct upstream_body {
    const struct upstream_body_options *options;
    struct exchange *exchange;
    uint64_t rate;              /* bytes a second; 0: as fast as they come */
    struct pipe received;       /* what the leg receives */
    struct spool spool;
    struct timer patience, pace;
    int64_t start_ms;
    int64_t held_since_ms;      /* 0: the server is not held up now */
    int64_t held_ms;            /* it was, in all, before that */
    bool is_spooling;
    /* Bytes were moved on, out of turn: from a timer. */
    void (*on_moved)(struct upstream_body *body, void *data);
    void *data;
};

/* Begins, in the exchange's arena; options outlive it, and the caller sets on_moved and data. rate
 * 0: none. */
struct upstream_body *upstream_body_new(struct exchange *exchange,
                                        const struct upstream_body_options *options, uint64_t rate);

/* Moves on what can be: the leg has received something, or the client has made room. Behind the
 * leg's end bytes may wait for their time; they move on by themselves. */
void upstream_body_pass(struct upstream_body *body);

/* No more will come: the rest goes to the client's pipe, whatever its marks say, and its end if the
 * leg had it. */
void upstream_body_finish(struct upstream_body *body);

/* Moves nothing on any more. */
void upstream_body_stop(struct upstream_body *body);

/* With the exchange: its client's pipe may have parts of the file. */
void upstream_body_close(struct upstream_body *body);

#endif
