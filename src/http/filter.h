/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * filter - what the body of a response goes through on its way to the client: compression, ranges.
 *
 * A filter takes from one pipe and writes to its own, which the next one reads, or the downstream
 * leg. A module adds it from its on_response hook, so the order is that of modules/LIST; an
 * exchange without filters has no pipe but its own.
 */
#ifndef WEIR_HTTP_FILTER_H
#define WEIR_HTTP_FILTER_H

#include "http/exchange.h"

struct filter {
    struct filter *next;       /* towards the client */
    struct pipe out;
    /*
     * Takes from in what there is, as long as out is not full. Where in is at its end and empty,
     * ends out once all is written. is_flush: nothing may be held back for more to come. It may
     * abort out; what in still brings is then dropped. An abort of in is passed on without it.
     */
    void (*run)(struct filter *filter, struct pipe *in, bool is_flush);
    /* Gives up what it holds besides; NULL: nothing. Once, when the exchange ends. */
    void (*close)(struct filter *filter);
};

/* Adds one, zeroed but for its functions, as the last before the client. It lies in the exchange's
 * arena. Only from on_response hooks, for responses that have a body. */
void filter_add(struct exchange *exchange, struct filter *filter);

/* Moves what can be moved through all of them, from the exchange's response_body on. */
void filters_run(struct exchange *exchange);

/* For the end of the exchange. */
void filters_close(struct exchange *exchange);

#endif
