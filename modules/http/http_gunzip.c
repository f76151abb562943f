/* SPDX-License-Identifier: BSD-2-Clause */
/* http_gunzip - `gunzip`: responses that came packed by gzip are unpacked for clients that do not
 * take that. */
#include "base/deflate.h"
#include "base/log.h"
#include "conf/value.h"
#include "http/filter.h"
#include "http/gzip.h"
#include "http/hooks.h"

#include <stddef.h>

/* Bytes that are taken and made before others have their turn. */
enum { TURN_BYTES = 512 * 1024 };

static unsigned module_index;
extern const struct http_module http_gunzip_module;

struct http_gunzip_settings {
    bool is_on;
    struct conf_buffers buffers;
};

struct http_gunzip_state {
    struct filter filter;
    const struct http_gunzip_settings *settings;
    struct deflate_unpacker *unpacker; /* NULL: not yet, or not any more */
    enum deflate_result result;        /* of the last step */
    bool has_rest;                     /* which had no room for all that it could make */
};

static void close_unpacker(struct http_gunzip_state *state) {
    if (state->unpacker != NULL) {
        deflate_unpacker_close(state->unpacker);
        state->unpacker = NULL;
    }
}

static void finish(struct http_gunzip_state *state) {
    struct exchange *exchange = state->filter.exchange;

    close_unpacker(state);
    if (state->result == DEFLATE_WHOLE) {
        pipe_end(&state->filter.out);
        return;
    }
    log_write(exchange->log, LOG_LEVEL_ERROR, 0, &exchange->log_context,
              state->result == DEFLATE_BAD ? "a response that should be gzip is not"
                                           : "a response by gzip has ended before its time");
    pipe_abort(&state->filter.out);
}

/* Returns how many bytes were taken and made. */
static size_t step(struct http_gunzip_state *state, struct pipe *in, struct str bytes) {
    struct buf buf = { NULL, 0, 0, 0 };
    size_t before = bytes.len, moved;

    buf_reserve(&buf, (size_t) state->settings->buffers.size);
    state->result = deflate_unpack(state->unpacker, &bytes, &buf);
    state->has_rest = state->result == DEFLATE_MORE && buf_room_len(&buf) == 0;
    pipe_consume(in, before - bytes.len);
    moved = before - bytes.len + buf_len(&buf);
    if (buf_is_empty(&buf)) {
        buf_free(&buf);
    } else {
        pipe_write_buf(&state->filter.out, &buf);
    }
    return moved;
}

static void run(struct filter *filter, struct pipe *in, bool is_flush) {
    struct http_gunzip_state *state = list_object(filter, struct http_gunzip_state, filter);
    size_t moved = 0;
    struct str bytes;

    (void) is_flush;
    if (state->unpacker == NULL) {
        state->unpacker = deflate_unpacker_open();
    }
    while (!pipe_is_full(&filter->out) && filter_peek(filter, in, &bytes)) {
        if (state->result == DEFLATE_BAD || (bytes.len == 0 && !state->has_rest)) {
            if (state->result == DEFLATE_BAD || in->state == PIPE_ENDED) {
                finish(state);
            }
            return;
        }
        if (moved >= TURN_BYTES) {
            filter->has_more = true;
            return;
        }
        moved += step(state, in, bytes);
    }
}

static void close_filter(struct filter *filter) {
    close_unpacker(list_object(filter, struct http_gunzip_state, filter));
}

static bool is_packed(const struct message *response) {
    const struct field *field = message_find(response, FIELD_CONTENT_ENCODING);

    return field != NULL && str_equal_nocase(message_value(response, field), STR("gzip"));
}

static void on_response(struct exchange *exchange, const void *data, struct message *response) {
    const struct http_gunzip_settings *settings = data;
    struct http_gunzip_state *state;

    if (exchange->client == NULL || !is_packed(response)) {
        return;
    }
    gzip_add_vary(exchange, response);
    if (gzip_is_ok(exchange, response)) {
        return;
    }
    message_remove_set(response, FIELD_SET(FIELD_CONTENT_ENCODING));
    gzip_set_changed(exchange, response);
    if (exchange->is_response_whole) {
        return;
    }
    state = exchange_state(exchange, &http_gunzip_module.base);
    *state = (struct http_gunzip_state){ .filter = { .run = run, .close = close_filter },
                                         .settings = settings };
    filter_add(exchange, &state->filter);
    state->filter.out.high = gzip_pipe_mark(&settings->buffers);
    state->filter.out.low = state->filter.out.high / 4;
}

static bool wants(const void *data) {
    const struct http_gunzip_settings *settings = data;

    return settings->is_on;
}

#define FIELD(name) offsetof(struct http_gunzip_settings, name)

static const struct directive directives[] = {
    { .name = "gunzip",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_flag,
      .field = FIELD(is_on),
      .initial = "off",
      .syntax = "on | off",
      .help = "whether responses that came packed by gzip are unpacked for clients that need it" },
    { .name = "gunzip_buffers",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_buffers,
      .field = FIELD(buffers),
      .initial = "32 4k",
      .syntax = "number size",
      .help = "how much of an unpacked response may wait for its client, and in what pieces",
      .detail = &gzip_buffers_limits },
    DIRECTIVES_END
};

const struct http_module http_gunzip_module = {
    .base = { .name = "http_gunzip",
              .family = CONF_HTTP,
              .index = &module_index,
              .directives = directives,
              .conf_size = sizeof(struct http_gunzip_settings),
              .state_size = sizeof(struct http_gunzip_state) },
    .on_response = on_response,
    .wants = wants,
};
