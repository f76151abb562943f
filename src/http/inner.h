/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * inner - an exchange that no client asked for: weir asks itself (auth_request, mirror).
 *
 * It is a whole exchange from the route on, whose downstream leg is in memory: its response has a
 * head, and a body that is dropped. It has a copy of its parent's head, with its own method and
 * path, and no body, or a copy of the kept one. Access rules are not asked again. Its own inner
 * exchanges are of no more depth than INNER_DEPTH_MAX.
 *
 * One that is owned (inner_open) is its parent's until its head is there or it is cancelled. From
 * its head on, and always if it was sent (inner_send), it is the worker's and may outlive parent
 * and client; then nobody is told what becomes of it.
 */
#ifndef WEIR_HTTP_INNER_H
#define WEIR_HTTP_INNER_H

#include "http/exchange.h"

enum {
    INNER_DEPTH_MAX = 50,
    INNER_SENT_MAX = 1024,      /* of a worker's, at once */
    INNER_DRAIN_MAX = 64 * 1024 /* bytes of a body that are read on so that its server's connection
                                   can be kept; of one that was sent all is read */
};

struct inner;

struct inner_options {
    struct str path, args;  /* path in normal form */
    enum method method;     /* the parent's, GET or HEAD */
    bool has_body;          /* the parent's kept_body, which is whole */
};

/* The head of its response is there, or it ended without one: inner_exchange(). Once, from the
 * loop's top; not after inner_cancel(). */
typedef void inner_on_done(struct inner *inner, void *data);

/* Opens one in the arena of its parent, before whose end it must be cancelled, unless on_done was
 * called; NULL, logged: they are nested too deeply, or there is no descriptor for its body. */
struct inner *inner_open(struct exchange *parent, const struct inner_options *options,
                         inner_on_done *on_done, void *data);
void inner_cancel(struct inner *inner);

/* In on_done: its exchange, and in it what it was answered; NULL: it ended without an answer. */
struct exchange *inner_exchange(const struct inner *inner);

/* Opens one that nobody waits for. False, logged: as above, or INNER_SENT_MAX are under way. */
bool inner_send(struct exchange *parent, const struct inner_options *options);

/* The client of the exchange is gone, but what it has asked for is to be done all the same: from
 * now on the exchange is the worker's, like one that was sent. Its line is still to be logged. */
void inner_adopt(struct exchange *exchange);

/* Ends those that are the worker's; and how many there are. */
void inner_end_all(void);
unsigned inner_count(void);

#endif
