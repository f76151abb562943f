/* SPDX-License-Identifier: BSD-2-Clause */
/* upstream_response - the directives for the way of responses; see upstream_response.h. */
#include "http/upstream_response.h"

#include "base/number.h"
#include "conf/temp_path.h"
#include "conf/value.h"
#include "http/rate.h"
#include "http/upstream_accel.h"
#include "http/upstream_options.h"

#include <stddef.h>

enum {
    MEMORY_MIN = 4 * 1024,
    MEMORY_MAX = 1 << 30,
    WRITE_SIZE = 64 * 1024, /* to the file, where nothing is said of it */
    PIECE_MIN = 16 * 1024,
    PIECE_MAX = 1024 * 1024
};

static unsigned module_index;

static const struct conf_buffers_limits buffers_limits = {
    .count_min = 2,
    .count_max = 1 << 16,
    .size_max = MEMORY_MAX,
    .total_max = MEMORY_MAX,
    .counts = "a number from 2 to 65536",
    .sizes = "a size such as 8k, 1g in all at most",
};

static bool parse_conditions(struct conf *conf, struct conf_block *block,
                             const struct directive *directive, const struct conf_line *line,
                             void *field) {
    struct conditions *conditions = field;
    unsigned word;

    (void) directive;
    for (word = 1; word < line->count; word++) {
        const struct template **item
            = conf_array_add(conf, &conditions->items, &conditions->count, sizeof(*item));

        *item = template_compile(conf, block, line, word);
        if (*item == NULL) {
            return false;
        }
    }
    return true;
}

static const struct conf_type type_conditions = {
    .name = "conditions",
    .size = sizeof(struct conditions),
    .min_words = 1,
    .max_words = 64,
    .parse = parse_conditions,
};

bool upstream_passes_hints(const struct upstream_response *response, struct scope *scope) {
    unsigned i;

    for (i = 0; i < response->early_hints.count; i++) {
        struct str text = template_text(response->early_hints.items[i], scope);

        if (text.len > 0 && !str_is(text, "0")) {
            return true;
        }
    }
    return false;
}

static const struct conf_name ignored_names[] = {
    { "X-Accel-Redirect", IGNORE_ACCEL_REDIRECT },
    { "X-Accel-Expires", IGNORE_FOR_CACHE },
    { "X-Accel-Limit-Rate", IGNORE_ACCEL_LIMIT_RATE },
    { "X-Accel-Buffering", IGNORE_ACCEL_BUFFERING },
    { "X-Accel-Charset", IGNORE_FOR_CACHE },
    { "Expires", IGNORE_FOR_CACHE },
    { "Cache-Control", IGNORE_FOR_CACHE },
    { "Set-Cookie", IGNORE_FOR_CACHE },
    { "Vary", IGNORE_FOR_CACHE },
    { NULL, 0 }
};

static const struct conf_range range_size = { .min = 1, .max = INT64_MAX };

#define FIELD(name) offsetof(struct upstream_response, name)

static const struct directive directives[] = {
    { .name = "early_hints",
      .where = CONF_HTTP_ALL,
      .type = &type_conditions,
      .field = FIELD(early_hints),
      .syntax = "string ...",
      .help = "a server's 103 goes to the client if one of these is neither empty nor \"0\"" },
    { .name = "proxy_buffering",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_flag,
      .field = FIELD(is_buffered),
      .initial = "on",
      .syntax = "on | off",
      .help = "whether a server is read as fast as it sends, whatever the pace of the client" },
    { .name = "proxy_buffers",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_buffers,
      .field = FIELD(buffers),
      .initial = "8 8k",
      .syntax = "number size",
      .help = "memory for what of one response waits for its client: the product of both",
      .detail = &buffers_limits },
    { .name = "proxy_busy_buffers_size",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_size,
      .field = FIELD(busy_size),
      .syntax = "size",
      .help = "what may still wait in memory for the client when reading goes on (default: two "
              "buffers)",
      .detail = &range_size },
    { .name = "proxy_ignore_client_abort",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_flag,
      .field = FIELD(ignores_client_abort),
      .initial = "off",
      .syntax = "on | off",
      .help = "whether a request to a server goes on when its client has left" },
    { .name = "proxy_ignore_headers",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_names,
      .field = FIELD(ignored),
      .syntax = "field ...",
      .help = "fields of responses that weir does not act on",
      .detail = ignored_names },
    { .name = "proxy_intercept_errors",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_flag,
      .field = FIELD(intercepts_errors),
      .initial = "off",
      .syntax = "on | off",
      .help = "whether error_page is asked about responses with 300 and above" },
    { .name = "proxy_limit_rate",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_rate,
      .field = FIELD(rate),
      .initial = "0",
      .syntax = "rate",
      .help = "bytes a second that are read of one response, if it is buffered; 0: no limit" },
    { .name = "proxy_max_temp_file_size",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_size,
      .field = FIELD(file_max),
      .initial = "1024m",
      .syntax = "size",
      .help = "most bytes of one response that wait for its client in a file; 0: no file" },
    { .name = "proxy_pass_trailers",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_flag,
      .field = FIELD(passes_trailers),
      .initial = "off",
      .syntax = "on | off",
      .help = "whether fields that a server sends behind a body go to the client" },
    { .name = "proxy_temp_file_write_size",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_size,
      .field = FIELD(file_write_size),
      .syntax = "size",
      .help = "bytes that are written to such a file at a time (default: 64k, and two buffers at "
              "least)",
      .detail = &range_size },
    { .name = "proxy_temp_path",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_temp_path,
      .field = FIELD(temp_path),
      .initial = "proxy_temp",
      .syntax = "path [level1 [level2 [level3]]]",
      .help = "folder of such files" },
    DIRECTIVES_END
};

static uint64_t within(uint64_t value, uint64_t min, uint64_t max) {
    return value < min ? min : value > max ? max : value;
}

static uint64_t larger(uint64_t a, uint64_t b) {
    return a > b ? a : b;
}

/* A buffer as nginx counts here: one for the head, or one of the others. Where nothing is said of
 * these nginx's are not larger. */
static uint64_t one_buffer(const struct conf *conf, const struct conf_block *block) {
    const struct upstream_response *response = conf_of(block, &upstream_response_module);
    const struct upstream_options *options = conf_of(block, &upstream_options_module);
    const struct conf_block *at = block;

    while (at != NULL && !conf_is_set(conf, at, &upstream_response_module, "proxy_buffers")) {
        at = at->parent;
    }
    return at == NULL ? options->buffer_size
                      : larger(options->buffer_size, response->buffers.size);
}

static bool report_size(struct conf *conf, const struct conf_block *block, const char *name,
                        const char *must) {
    conf_error(conf, block->line, 0, "\"%s\" must be %s", name, must);
    conf_help(conf, "in this block, with what it has from those around it");
    return false;
}

#define NOT_LESS "equal to or greater than the maximum of the value of \"proxy_buffer_size\" and " \
                 "one of the \"proxy_buffers\""

bool upstream_sizes_fit(struct conf *conf, const struct conf_block *block) {
    const struct upstream_response *response = conf_of(block, &upstream_response_module);
    uint64_t one = one_buffer(conf, block);

    if (response->busy_size > 0 && response->busy_size < one) {
        return report_size(conf, block, "proxy_busy_buffers_size", NOT_LESS);
    }
    if (response->busy_size > (response->buffers.count - 1) * response->buffers.size) {
        return report_size(conf, block, "proxy_busy_buffers_size",
                           "less than the size of all \"proxy_buffers\" minus one buffer");
    }
    if (response->file_write_size > 0 && response->file_write_size < one) {
        return report_size(conf, block, "proxy_temp_file_write_size", NOT_LESS);
    }
    if (response->file_max > 0 && response->file_max < one) {
        return report_size(conf, block, "proxy_max_temp_file_size",
                           "equal to zero to disable temporary files usage or must be " NOT_LESS);
    }
    return true;
}

static bool compile(struct conf *conf, const struct conf_block *block, void *data) {
    struct upstream_response *response = data;
    uint64_t memory = within(response->buffers.count * response->buffers.size, MEMORY_MIN,
                             MEMORY_MAX);
    uint64_t two = 2 * larger(one_buffer(conf, block), response->buffers.size);
    uint64_t busy = response->busy_size > 0 ? response->busy_size : two;
    uint64_t write = response->file_write_size > 0 ? response->file_write_size
                                                   : larger(two, WRITE_SIZE);

    response->body = (struct upstream_body_options){
        .memory_max = (size_t) memory,
        .memory_low = (size_t) within(busy, 0, memory - 1),
        .piece_max = (size_t) within(write, PIECE_MIN, PIECE_MAX),
        .file_max = response->file_max,
        .directory = response->temp_path,
    };
    return upstream_sizes_fit(conf, block);
}

const struct module upstream_response_module = {
    .name = "upstream_response",
    .index = &module_index,
    .directives = directives,
    .conf_size = sizeof(struct upstream_response),
    .compile = compile,
};
