/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * inner - an exchange that no client asked for: weir asks itself (auth_request, mirror).
 *
 * It is a whole exchange from the route on, whose downstream leg is in memory: its response has a
 * head, and a body that is dropped. It has a copy of its parent's head, with its own method and
 * path, and no body, or a copy of the kept one. Access rules are not asked again. Its own inner
 * exchanges are of no more depth than INNER_DEPTH_MAX.
 */
#ifndef WEIR_HTTP_INNER_H
#define WEIR_HTTP_INNER_H

#include "http/exchange.h"

enum { INNER_DEPTH_MAX = 50 };

struct inner;

struct inner_options {
    struct str path, args;  /* path in normal form */
    enum method method;     /* the parent's, GET or HEAD */
    bool has_body;          /* the parent's kept_body, which is whole */
    /*
     * Its response is there: inner_response(). Once, from the loop's top; not after inner_cancel().
     * NULL: it has no parent any more once it is opened, and ends by itself (mirror).
     */
    void (*on_done)(struct inner *inner, void *data);
    void *data;
};

/* Opens one; NULL, logged: they are nested too deeply. One with on_done must be cancelled when its
 * parent ends before; after on_done it is over. */
struct inner *inner_open(struct exchange *parent, const struct inner_options *options);
void inner_cancel(struct inner *inner);

/* In on_done: its exchange, and in it what it was answered. status is 0, and response NULL, if it
 * ended without an answer. */
const struct exchange *inner_exchange(const struct inner *inner);

#endif
