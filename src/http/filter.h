/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * filter - what the body of a response goes through on its way to the client: compression, ranges.
 *
 * A filter takes from one pipe and writes to its own, which the next one reads, or the downstream
 * leg. A module adds it from its on_response hook, so the order is that of modules/LIST; an
 * exchange without filters has no pipe but its own. Parts of files may be moved on as they are, or
 * be taken by filter_peek().
 */
#ifndef WEIR_HTTP_FILTER_H
#define WEIR_HTTP_FILTER_H

#include "http/exchange.h"

struct filter {
    struct filter *next;       /* towards the client */
    struct exchange *exchange;
    struct pipe out;
    struct task task;          /* the first one's: they are to run again */
    bool has_more;             /* set by run: it has stopped before its time, so that others have
                                  theirs, and is to run again */
    bool is_blocked;           /* its pipe was full: it may hold more than it could write, and is to
                                  run again once there is room */
    /*
     * Takes from in what there is, as long as out is not full; where that was full before, in may
     * be empty. Where in is at its end and empty, ends out once all is written. is_flush: nothing
     * may be held back for more to come. It may abort out; what in still brings is then dropped.
     * An abort of in is passed on without it.
     */
    void (*run)(struct filter *filter, struct pipe *in, bool is_flush);
    /* Gives up what it holds besides; NULL: nothing. Once, when the exchange ends. */
    void (*close)(struct filter *filter);
};

/* Adds one, zeroed but for its functions, as the last before the client. It lies in the exchange's
 * arena. Only from on_response hooks, for responses that have a body. */
void filter_add(struct exchange *exchange, struct filter *filter);

/* The next bytes of a filter's input, in memory: those of a file's part are read. Empty if there
 * are none. False: the file has not got them; out was aborted. */
bool filter_peek(struct filter *filter, struct pipe *in, struct str *bytes);

/* Moves what can be moved through all of them, from the exchange's response_body on. */
void filters_run(struct exchange *exchange);

/* For the end of the exchange. */
void filters_close(struct exchange *exchange);

#endif
