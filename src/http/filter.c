/* SPDX-License-Identifier: BSD-2-Clause */
/* filter - what the body of a response goes through; see filter.h. */
#include "http/filter.h"

#include "base/log.h"
#include "base/panic.h"

#include <errno.h>
#include <unistd.h>

enum {
    /* Marks of a filter's pipe: what it makes of one piece of its input may pass the high one. */
    OUT_HIGH = 32 * 1024,
    OUT_LOW = 8 * 1024,
    FILE_READ_MAX = 32 * 1024
};

static void on_task(struct task *task) {
    struct exchange *exchange = list_object(task, struct filter, task)->exchange;

    exchange_send_body(exchange);
}

void filter_add(struct exchange *exchange, struct filter *filter) {
    struct filter **last = &exchange->filters;

    CHECK(exchange->step < EXCHANGE_RESPONSE);
    while (*last != NULL) {
        last = &(*last)->next;
    }
    *last = filter;
    filter->exchange = exchange;
    task_init(&filter->task, on_task);
    pipe_init(&filter->out, OUT_HIGH, OUT_LOW);
    exchange->downstream->send = &filter->out;
}

bool filter_peek(struct filter *filter, struct pipe *in, struct str *bytes) {
    struct buf buf = { NULL, 0, 0, 0 };
    struct pipe_file file;
    ssize_t len;

    if (!pipe_peek_file(in, &file)) {
        *bytes = pipe_peek(in);
        return true;
    }
    file.len = file.len < FILE_READ_MAX ? file.len : FILE_READ_MAX;
    buf_reserve(&buf, (size_t) file.len);
    do {
        len = pread(file.fd, buf_room(&buf), (size_t) file.len, file.offset);
    } while (len < 0 && errno == EINTR);
    if (len <= 0) {
        log_write(filter->exchange->log, LOG_LEVEL_CRIT, len < 0 ? errno : 0,
                  &filter->exchange->log_context,
                  len < 0 ? "pread() of a file that is sent failed"
                          : "a file that is sent has become shorter");
        buf_free(&buf);
        pipe_abort(&filter->out);
        return false;
    }
    buf_added(&buf, (size_t) len);
    pipe_replace_file(in, &buf);
    *bytes = pipe_peek(in);
    return true;
}

static void run(struct filter *filter, struct pipe *in, bool is_flush) {
    if (filter->out.state != PIPE_OPEN) {
        pipe_consume(in, in->len);
        filter->is_blocked = false;
        return;
    }
    if (in->len > 0 || in->state == PIPE_ENDED || is_flush || filter->is_blocked) {
        filter->run(filter, in, is_flush);
    }
    filter->is_blocked = filter->out.state == PIPE_OPEN && pipe_is_full(&filter->out);
    if (in->len == 0 && in->state == PIPE_ABORTED) {
        pipe_abort(&filter->out);
    }
}

void filters_run(struct exchange *exchange) {
    struct pipe *in = &exchange->response_body;
    struct filter *filter;

    for (filter = exchange->filters; filter != NULL; filter = filter->next) {
        filter->has_more = false;
        run(filter, in, exchange->is_streamed);
        in = &filter->out;
    }
    for (filter = exchange->filters; filter != NULL; filter = filter->next) {
        if (filter->has_more || (filter->is_blocked && !pipe_is_full(&filter->out))) {
            task_start(&exchange->filters->task);
        }
    }
}

void filters_close(struct exchange *exchange) {
    struct filter *filter;

    for (filter = exchange->filters; filter != NULL; filter = filter->next) {
        if (filter->close != NULL) {
            filter->close(filter);
        }
        task_cancel(&filter->task);
        pipe_fini(&filter->out);
    }
    exchange->filters = NULL;
}
