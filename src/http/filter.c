/* SPDX-License-Identifier: BSD-2-Clause */
/* filter - what the body of a response goes through; see filter.h. */
#include "http/filter.h"

#include "base/panic.h"

/* Marks of a filter's pipe: what it makes of one piece of its input may pass the high one. */
enum { OUT_HIGH = 32 * 1024, OUT_LOW = 8 * 1024 };

void filter_add(struct exchange *exchange, struct filter *filter) {
    struct filter **last = &exchange->filters;

    CHECK(exchange->step < EXCHANGE_RESPONSE);
    while (*last != NULL) {
        last = &(*last)->next;
    }
    *last = filter;
    pipe_init(&filter->out, OUT_HIGH, OUT_LOW);
    exchange->downstream->send = &filter->out;
}

static void run(struct filter *filter, struct pipe *in, bool is_flush) {
    if (filter->out.state != PIPE_OPEN) {
        pipe_consume(in, in->len);
        return;
    }
    if (in->len > 0 || in->state == PIPE_ENDED || is_flush) {
        filter->run(filter, in, is_flush);
    }
    if (in->len == 0 && in->state == PIPE_ABORTED) {
        pipe_abort(&filter->out);
    }
}

void filters_run(struct exchange *exchange) {
    struct pipe *in = &exchange->response_body;
    struct filter *filter;

    for (filter = exchange->filters; filter != NULL; filter = filter->next) {
        run(filter, in, exchange->is_streamed);
        in = &filter->out;
    }
}

void filters_close(struct exchange *exchange) {
    struct filter *filter;

    for (filter = exchange->filters; filter != NULL; filter = filter->next) {
        if (filter->close != NULL) {
            filter->close(filter);
        }
        pipe_fini(&filter->out);
    }
    exchange->filters = NULL;
}
