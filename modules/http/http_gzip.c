/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * http_gzip - `gzip`: bodies of responses are packed on their way to clients that can unpack them.
 *
 * Which clients those are is http/gzip's. A packer is opened with the first bytes, no larger than a
 * body of known length needs, and closed with the last ones, not when the client has them.
 */
#include "base/deflate.h"
#include "conf/value.h"
#include "http/filter.h"
#include "http/gzip.h"
#include "http/hooks.h"

#include <stddef.h>

enum { TURN_BYTES = 256 * 1024 /* that are packed before others have their turn */ };

static unsigned module_index;
extern const struct http_module http_gzip_module;

struct http_gzip_settings {
    bool is_on;
    int64_t level;
    uint64_t min_length, postponed;
    int64_t window_bits, memory;
    struct conf_buffers buffers;
    struct conf_texts types;
};

struct http_gzip_state {
    struct filter filter;
    const struct http_gzip_settings *settings;
    struct deflate_packer *packer; /* NULL: not yet, or not any more */
    struct buf waiting;           /* what was made and is too little to be sent */
    int window_bits, memory;
    uint64_t taken, made;          /* bytes */
    bool has_begun, is_done;
    bool is_held;                  /* it has taken bytes since the last flush */
};

/* ---- the filter ---- */

static void close_packer(struct http_gzip_state *state) {
    buf_free(&state->waiting);
    if (state->packer != NULL) {
        deflate_packer_close(state->packer);
        state->packer = NULL;
    }
}

static void begin(struct http_gzip_state *state) {
    state->has_begun = true;
    state->packer = deflate_packer_open((int) state->settings->level, state->window_bits,
                                        state->memory);
}

static bool step(struct http_gzip_state *state, struct str *bytes, enum deflate_goal goal) {
    struct buf *buf = &state->waiting;
    size_t before = bytes->len, made_before;
    bool is_done;

    buf_reserve(buf, (size_t) state->settings->buffers.size);
    made_before = buf_len(buf);
    is_done = deflate_pack(state->packer, bytes, buf, goal);
    state->taken += before - bytes->len;
    state->made += buf_len(buf) - made_before;
    if (buf_room_len(buf) == 0 || (is_done && goal != DEFLATE_GATHER && !buf_is_empty(buf))) {
        pipe_write_buf(&state->filter.out, buf);
    }
    return is_done;
}

/* The input is empty: what is to be done with what was taken of it. False: nothing, now. */
static bool find_goal(const struct http_gzip_state *state, const struct pipe *in, bool is_flush,
                      enum deflate_goal *goal) {
    *goal = in->state == PIPE_ENDED ? DEFLATE_END : DEFLATE_FLUSH;
    return in->state == PIPE_ENDED || (is_flush && state->is_held);
}

/* All that was taken is to come out. */
static void bring_out(struct http_gzip_state *state, enum deflate_goal goal) {
    struct str nothing = STR("");

    while (!pipe_is_full(&state->filter.out)) {
        if (step(state, &nothing, goal)) {
            state->is_held = false;
            if (goal == DEFLATE_END) {
                state->is_done = true;
                close_packer(state);
                pipe_end(&state->filter.out);
            }
            return;
        }
    }
}

static void take(struct http_gzip_state *state, struct pipe *in, struct str bytes) {
    size_t before = bytes.len;

    step(state, &bytes, DEFLATE_GATHER);
    state->is_held = true;
    pipe_consume(in, before - bytes.len);
}

static bool is_postponed(const struct http_gzip_state *state, const struct pipe *in,
                         bool is_flush) {
    return !state->has_begun && in->state == PIPE_OPEN && !is_flush && !pipe_is_full(in)
        && in->len < state->settings->postponed;
}

static void run(struct filter *filter, struct pipe *in, bool is_flush) {
    struct http_gzip_state *state = list_object(filter, struct http_gzip_state, filter);
    uint64_t start = state->taken;
    enum deflate_goal goal;
    struct str bytes;

    if (state->is_done || is_postponed(state, in, is_flush)) {
        return;
    }
    if (!state->has_begun) {
        begin(state);
    }
    while (!pipe_is_full(&filter->out) && filter_peek(filter, in, &bytes)) {
        if (bytes.len == 0) {
            if (find_goal(state, in, is_flush, &goal)) {
                bring_out(state, goal);
            }
            return;
        }
        if (state->taken - start >= TURN_BYTES) {
            filter->has_more = true;
            return;
        }
        take(state, in, bytes);
    }
}

static void close_filter(struct filter *filter) {
    close_packer(list_object(filter, struct http_gzip_state, filter));
}

/* ---- which responses ---- */

/* "*" is any type, and none. */
static bool has_type(const struct http_gzip_settings *settings, const struct message *response) {
    const struct field *field = message_find(response, FIELD_CONTENT_TYPE);
    struct str type = STR("");
    unsigned i;

    if (field != NULL) {
        type = message_value(response, field);
        type = str_trim(str_first(type, str_find_char(type, ';')));
    }
    for (i = 0; i < settings->types.count; i++) {
        if (str_is(settings->types.items[i], "*")
            || str_equal_nocase(settings->types.items[i], type)) {
            return true;
        }
    }
    return str_equal_nocase(type, STR("text/html"));
}

/* Whether it is long enough, as far as is known. */
static bool is_long_enough(const struct http_gzip_settings *settings,
                           const struct message *response) {
    return (response->framing != FRAMING_LENGTH && !response->has_length)
        || response->content_length >= settings->min_length;
}

/* The answer to HEAD says what that to GET would. */
static bool is_to_be_packed(const struct http_gzip_settings *settings,
                            const struct exchange *exchange, const struct message *response) {
    const struct field *encoding = message_find(response, FIELD_CONTENT_ENCODING);

    return (!exchange->is_response_whole || exchange->request->method == METHOD_HEAD)
        && (response->status == 200 || response->status == 403 || response->status == 404)
        && (encoding == NULL || encoding->value_len == 0)
        && is_long_enough(settings, response) && has_type(settings, response);
}

static void add_filter(struct exchange *exchange, const struct http_gzip_settings *settings,
                       const struct message *response) {
    struct http_gzip_state *state = exchange_state(exchange, &http_gzip_module.base);

    *state = (struct http_gzip_state){ .filter = { .run = run, .close = close_filter },
                                       .settings = settings,
                                       .window_bits = (int) settings->window_bits,
                                       .memory = (int) settings->memory };
    if (response->framing == FRAMING_LENGTH) {
        deflate_fit(response->content_length, &state->window_bits, &state->memory);
    }
    filter_add(exchange, &state->filter);
    state->filter.out.high = gzip_pipe_mark(&settings->buffers);
    state->filter.out.low = state->filter.out.high / 4;
}

static void on_response(struct exchange *exchange, const void *data, struct message *response) {
    const struct http_gzip_settings *settings = data;

    if (exchange->client == NULL || exchange->request == NULL
        || !is_to_be_packed(settings, exchange, response)) {
        return;
    }
    gzip_add_vary(exchange, response);
    if (!gzip_is_ok(exchange, response)) {
        return;
    }
    if (!exchange->is_response_whole) {
        add_filter(exchange, settings, response);
    }
    gzip_set_changed(exchange, response);
    message_remove_set(response, FIELD_SET(FIELD_CONTENT_ENCODING));
    message_add_own(response, FIELD_CONTENT_ENCODING, STR("gzip"));
}

static bool wants(const void *data) {
    const struct http_gzip_settings *settings = data;

    return settings->is_on;
}

/* ---- $gzip_ratio ---- */

/* How many times smaller it has become, "2.41"; once all of it is packed. */
static bool get_ratio(struct scope *scope, const struct variable *variable, struct str name,
                      struct str *value) {
    struct exchange *exchange = list_object(scope, struct exchange, scope);
    const struct http_gzip_state *state = exchange_state(exchange, &http_gzip_module.base);
    uint64_t hundredths;

    (void) variable;
    (void) name;
    if (!state->is_done || state->taken == 0) {
        return false;
    }
    hundredths = (state->taken * 1000 / state->made + 5) / 10;
    *value = arena_print(scope->arena, "%llu.%02llu", (unsigned long long) hundredths / 100,
                         (unsigned long long) hundredths % 100);
    return true;
}

static const struct variable variables[] = {
    { .name = "gzip_ratio", .get = get_ratio, .is_volatile = true },
    { .name = NULL }
};

/* ---- the configuration ---- */

/* A size that is a power of two, as its exponent: "32k" is 15. */
static bool parse_power(struct str text, int min, int max, int64_t *power) {
    uint64_t size;
    int bits;

    if (!parse_size(text, &size)) {
        return false;
    }
    for (bits = min; bits <= max; bits++) {
        if (size == UINT64_C(1) << bits) {
            *power = bits;
            return true;
        }
    }
    return false;
}

static bool parse_window(struct conf *conf, struct conf_block *block,
                         const struct directive *directive, const struct conf_line *line,
                         void *field) {
    (void) block;
    return parse_power(line->words[1].text, DEFLATE_WINDOW_BITS_MIN, DEFLATE_WINDOW_BITS_MAX, field)
        || conf_invalid(conf, directive, line, 1, "512, 1k, 2k, 4k, 8k, 16k or 32k");
}

/* zlib takes so many times 512 bytes. */
static bool parse_hash(struct conf *conf, struct conf_block *block,
                       const struct directive *directive, const struct conf_line *line,
                       void *field) {
    int64_t bits;

    (void) block;
    if (!parse_power(line->words[1].text, 9, 17, &bits)) {
        return conf_invalid(conf, directive, line, 1,
                            "512, 1k, 2k, 4k, 8k, 16k, 32k, 64k or 128k");
    }
    *(int64_t *) field = bits - 8;
    return true;
}

static const struct conf_type type_window = {
    .name = "size",
    .size = sizeof(int64_t),
    .min_words = 1,
    .max_words = 1,
    .parse = parse_window,
};

static const struct conf_type type_hash = {
    .name = "size",
    .size = sizeof(int64_t),
    .min_words = 1,
    .max_words = 1,
    .parse = parse_hash,
};

static const struct conf_range range_level = { .min = 1, .max = 9 };

#define FIELD(name) offsetof(struct http_gzip_settings, name)

static const struct directive directives[] = {
    { .name = "gzip",
      .where = CONF_HTTP_ALL | CONF_HTTP_LOCATION_IF,
      .type = &conf_type_flag,
      .field = FIELD(is_on),
      .initial = "off",
      .syntax = "on | off",
      .help = "whether responses are packed by gzip for clients that can unpack them" },
    { .name = "gzip_buffers",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_buffers,
      .field = FIELD(buffers),
      .initial = "32 4k",
      .syntax = "number size",
      .help = "how much of a packed response may wait for its client, and in what pieces",
      .detail = &gzip_buffers_limits },
    { .name = "gzip_comp_level",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_number,
      .field = FIELD(level),
      .initial = "1",
      .syntax = "level",
      .help = "1 is fast, 9 is small",
      .detail = &range_level },
    { .name = "gzip_hash",
      .where = CONF_HTTP_ALL,
      .type = &type_hash,
      .field = FIELD(memory),
      .initial = "64k",
      .syntax = "size",
      .help = "memory for the hash table of gzip, 512 to 128k" },
    { .name = "gzip_min_length",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_size,
      .field = FIELD(min_length),
      .initial = "20",
      .syntax = "length",
      .help = "shortest response that is packed, if its length is known beforehand" },
    { .name = "gzip_types",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_texts,
      .field = FIELD(types),
      .inherit = INHERIT_LIST,
      .syntax = "mime-type ... | *",
      .help = "media types that are packed besides text/html" },
    { .name = "gzip_window",
      .where = CONF_HTTP_ALL,
      .type = &type_window,
      .field = FIELD(window_bits),
      .initial = "32k",
      .syntax = "size",
      .help = "how far back gzip looks for what comes again, 512 to 32k" },
    { .name = "postpone_gzipping",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_size,
      .field = FIELD(postponed),
      .initial = "0",
      .syntax = "size",
      .help = "how many bytes of a response must be there before packing begins" },
    DIRECTIVES_END
};

const struct http_module http_gzip_module = {
    .base = { .name = "http_gzip",
              .family = CONF_HTTP,
              .index = &module_index,
              .directives = directives,
              .conf_size = sizeof(struct http_gzip_settings),
              .state_size = sizeof(struct http_gzip_state),
              .variables = variables },
    .on_response = on_response,
    .wants = wants,
};
