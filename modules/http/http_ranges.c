/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * http_ranges - parts of a body in its place (RFC 9110 section 14), one or several, where
 * exchange->allows_ranges says that there may be some, or proxy_force_ranges.
 */
#include "base/clock.h"
#include "base/hash.h"
#include "base/http_date.h"
#include "conf/value.h"
#include "http/conditional.h"
#include "http/filter.h"
#include "http/ranges.h"

#include <stddef.h>
#include <stdio.h>

static unsigned module_index;

struct http_ranges_settings {
    int64_t max;
    bool forces; /* servers' responses have ranges, too */
};

/* Of an exchange. */
struct http_ranges_state {
    uint64_t missed; /* how long the body is that has none of the ranges */
    bool has_missed;
};

static const struct conf_range range_max = { .min = 0, .max = INT32_MAX };

static const struct directive directives[] = {
    { .name = "max_ranges",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_number,
      .field = offsetof(struct http_ranges_settings, max),
      .initial = "2147483647",
      .syntax = "number",
      .help = "most ranges that one request may ask for; 0: ranges are not served",
      .detail = &range_max },
    { .name = "proxy_force_ranges",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_flag,
      .field = offsetof(struct http_ranges_settings, forces),
      .initial = "off",
      .syntax = "on | off",
      .help = "whether ranges are taken out of servers' responses, whatever these say of ranges" },
    DIRECTIVES_END
};

extern const struct http_module http_ranges_module;

static void add_content_range(struct exchange *exchange, struct message *response,
                              struct str text) {
    message_add_own(response, FIELD_CONTENT_RANGE,
                    arena_print(&exchange->arena, "bytes %.*s", STR_ARG(text)));
}

static struct str range_text(struct exchange *exchange, const struct range *range,
                             uint64_t length) {
    return arena_print(&exchange->arena, "%llu-%llu/%llu", (unsigned long long) range->start,
                       (unsigned long long) range->end - 1, (unsigned long long) length);
}

/* ---- one range ---- */

struct single {
    struct filter filter;
    uint64_t skip, left;
};

/* What is next in the pipe and of one kind. */
static uint64_t next_len(const struct pipe *in, uint64_t max) {
    struct pipe_file file;
    uint64_t len = pipe_peek_file(in, &file) ? file.len : pipe_peek(in).len;

    return len < max ? len : max;
}

static void run_single(struct filter *filter, struct pipe *in, bool is_flush) {
    struct single *single = list_object(filter, struct single, filter);
    uint64_t skipped = single->skip < in->len ? single->skip : in->len;

    (void) is_flush;
    pipe_consume(in, skipped);
    single->skip -= skipped;
    while (single->left > 0 && in->len > 0 && !pipe_is_full(&filter->out)) {
        single->left -= pipe_move(&filter->out, in, next_len(in, single->left));
    }
    if (single->left == 0) {
        pipe_consume(in, in->len);
        pipe_end(&filter->out);
    } else if (pipe_is_done(in)) {
        pipe_abort(&filter->out);
    }
}

static void send_single(struct exchange *exchange, struct message *response,
                        const struct range *range) {
    add_content_range(exchange, response, range_text(exchange, range, response->content_length));
    response->content_length = range->end - range->start;
    if (!exchange->is_response_whole) {
        struct single *single = arena_zero(&exchange->arena, 1, sizeof(*single));

        single->filter.run = run_single;
        single->skip = range->start;
        single->left = range->end - range->start;
        filter_add(exchange, &single->filter);
    }
}

/* ---- several ---- */

/*
 * A request may have thousands of ranges. So each part is made when there is room for it, and the
 * mark is low: what is in memory is heads of parts, and the pipe takes 1 KB for each.
 */
enum { SEVERAL_HIGH = 2048, SEVERAL_LOW = 512 };

struct several {
    struct filter filter;
    struct ranges ranges; /* those that are left */
    struct str boundary, type;
};

/* The text before a part. */
static void add_part_head(const struct several *several, const struct range *range,
                          struct buf *buf) {
    char text[128];

    buf_append(buf, STR("\r\n--"), BUF_SIZE_MAX);
    buf_append(buf, several->boundary, BUF_SIZE_MAX);
    if (several->type.len > 0) {
        buf_append(buf, STR("\r\nContent-Type: "), BUF_SIZE_MAX);
        buf_append(buf, several->type, BUF_SIZE_MAX);
    }
    snprintf(text, sizeof(text), "\r\nContent-Range: bytes %llu-%llu/%llu\r\n\r\n",
             (unsigned long long) range->start, (unsigned long long) range->end - 1,
             (unsigned long long) several->ranges.length);
    buf_append(buf, str_from(text), BUF_SIZE_MAX);
}

static void add_end(const struct several *several, struct buf *buf) {
    buf_append(buf, STR("\r\n--"), BUF_SIZE_MAX);
    buf_append(buf, several->boundary, BUF_SIZE_MAX);
    buf_append(buf, STR("--\r\n"), BUF_SIZE_MAX);
}

static void write_part(const struct several *several, const struct pipe_file *file,
                       const struct range *range, struct pipe *out) {
    struct buf head = { NULL, 0, 0, 0 };
    struct pipe_file part = *file;

    add_part_head(several, range, &head);
    pipe_write_buf(out, &head);
    part.offset += (int64_t) range->start;
    part.len = range->end - range->start;
    pipe_write_file(out, &part);
}

static void write_end(const struct several *several, struct pipe *out) {
    struct buf end = { NULL, 0, 0, 0 };

    add_end(several, &end);
    pipe_write_buf(out, &end);
    pipe_end(out);
}

static void run_several(struct filter *filter, struct pipe *in, bool is_flush) {
    struct several *several = list_object(filter, struct several, filter);
    struct pipe_file file;
    struct range range;

    (void) is_flush;
    if (!pipe_peek_file(in, &file)) {
        pipe_abort(&filter->out);
        return;
    }
    while (!pipe_is_full(&filter->out)) {
        if (!ranges_take(&several->ranges, &range)) {
            write_end(several, &filter->out);
            pipe_consume(in, in->len);
            return;
        }
        write_part(several, &file, &range, &filter->out);
    }
}

/* How long all of it will be. */
static uint64_t several_length(const struct several *several) {
    struct ranges ranges = several->ranges;
    struct buf buf = { NULL, 0, 0, 0 };
    struct range range;
    uint64_t sum;

    add_end(several, &buf);
    sum = buf_len(&buf);
    while (ranges_take(&ranges, &range)) {
        buf_consume(&buf, buf_len(&buf));
        add_part_head(several, &range, &buf);
        sum += buf_len(&buf) + (range.end - range.start);
    }
    buf_free(&buf);
    return sum;
}

/* 20 digits that nobody can foresee. */
static struct str boundary_of(struct exchange *exchange) {
    static uint64_t serial;
    struct str bytes = str_make((const char *) &serial, sizeof(serial));

    serial++;
    return arena_print(&exchange->arena, "%020llu", (unsigned long long) hash_bytes(bytes));
}

static void send_several(struct exchange *exchange, struct message *response,
                         const struct ranges *ranges) {
    struct several *several = arena_zero(&exchange->arena, 1, sizeof(*several));

    several->filter.run = run_several;
    several->ranges = *ranges;
    several->boundary = boundary_of(exchange);
    message_join(response, STR("Content-Type"), &several->type);
    several->type = arena_copy(&exchange->arena, several->type);
    message_remove_set(response, FIELD_SET(FIELD_CONTENT_TYPE));
    message_add(response, STR("Content-Type"),
                arena_print(&exchange->arena, "multipart/byteranges; boundary=%.*s",
                            STR_ARG(several->boundary)));
    response->content_length = several_length(several);
    if (!exchange->is_response_whole) {
        filter_add(exchange, &several->filter);
        several->filter.out.high = SEVERAL_HIGH;
        several->filter.out.low = SEVERAL_LOW;
    }
}

/* ---- which ---- */

/* What the response says of itself, when all hooks but this one have run. */
static struct validators validators_of(const struct message *response) {
    struct validators validators = { STR_NONE, VALIDATOR_NONE };
    struct str modified;

    if (!message_join(response, STR("ETag"), &validators.etag)) {
        validators.etag = STR_NONE;
    }
    if (message_join(response, STR("Last-Modified"), &modified)
        && !parse_http_date(modified, clock_wall_ms() / 1000, &validators.modified)) {
        validators.modified = VALIDATOR_NONE;
    }
    return validators;
}

static bool is_meant(const struct exchange *exchange, const struct message *response) {
    struct validators validators;
    struct str value;

    if (!message_join(exchange->request, STR("If-Range"), &value)) {
        return true;
    }
    validators = validators_of(response);
    return conditional_if_range(value, &validators, clock_wall_ms() / 1000);
}

/* The ranges of the request; RANGES_NONE also where it has none. */
static enum ranges_result find_ranges(struct exchange *exchange, const struct message *response,
                                      unsigned max, struct ranges *ranges) {
    const struct field *field = message_find(exchange->request, FIELD_RANGE);

    if (field == NULL || !is_meant(exchange, response)) {
        return RANGES_NONE;
    }
    return parse_ranges(message_value(exchange->request, field), response->content_length, max,
                        ranges);
}

static void miss(struct exchange *exchange, const struct message *response) {
    struct http_ranges_state *state = exchange_state(exchange, &http_ranges_module.base);

    state->missed = response->content_length;
    state->has_missed = true;
    exchange_replace(exchange, 416);
}

/* The answer that was asked for in the place of a response. */
static void add_missed(struct exchange *exchange, struct message *response) {
    const struct http_ranges_state *state = exchange_state(exchange, &http_ranges_module.base);

    if (state->has_missed) {
        add_content_range(exchange, response,
                          arena_print(&exchange->arena, "*/%llu",
                                      (unsigned long long) state->missed));
    }
}

static void force(struct exchange *exchange, struct message *response) {
    exchange->allows_ranges = true;
    exchange->has_single_range = true;
    message_remove_set(response, FIELD_SET(FIELD_ACCEPT_RANGES));
}

/* Not where a hook before has changed the bytes: then nobody knows how many there are. */
static bool has_length(const struct exchange *exchange, const struct message *response) {
    return exchange->is_response_whole ? response->has_length
                                       : response->framing == FRAMING_LENGTH;
}

static void send_ranges(struct exchange *exchange, struct message *response, unsigned max) {
    struct ranges ranges;
    struct range range;

    switch (find_ranges(exchange, response, max, &ranges)) {
    case RANGES_BAD:
        miss(exchange, response);
        return;
    case RANGES_SOME:
        response->status = 206;
        response->reason = STR_NONE;
        if (ranges.count > 1) {
            send_several(exchange, response, &ranges);
        } else if (ranges_take(&ranges, &range)) {
            send_single(exchange, response, &range);
        }
        return;
    case RANGES_NONE:
        message_add_own(response, FIELD_ACCEPT_RANGES, STR("bytes"));
    }
}

/* Apart, so that the responses of others cost but a look. */
static __attribute__((noinline)) void consider(struct exchange *exchange,
                                               const struct http_ranges_settings *settings,
                                               struct message *response) {
    if (response->status == 416) {
        add_missed(exchange, response);
    }
    if (settings->forces && exchange->upstream_head == response) {
        force(exchange, response);
    }
    if (exchange->allows_ranges && response->status == 200 && settings->max > 0
        && has_length(exchange, response)) {
        send_ranges(exchange, response,
                    exchange->has_single_range ? 1 : (unsigned) settings->max);
    }
}

static void on_response(struct exchange *exchange, const void *data, struct message *response) {
    const struct http_ranges_settings *settings = data;

    if (exchange->allows_ranges || settings->forces || response->status == 416) {
        consider(exchange, settings, response);
    }
}

const struct http_module http_ranges_module = {
    .base = { .name = "http_ranges",
              .family = CONF_HTTP,
              .index = &module_index,
              .directives = directives,
              .conf_size = sizeof(struct http_ranges_settings),
              .state_size = sizeof(struct http_ranges_state) },
    .on_response = on_response,
};
