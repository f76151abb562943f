/* SPDX-License-Identifier: BSD-2-Clause */
/* client_settings - what a client may send, and how it is served; see client_settings.h. */
#include "http/client_settings.h"

#include "base/number.h"
#include "conf/value.h"
#include "http/browser.h"
#include "http/exchange.h"
#include "http/rate.h"

#include <stddef.h>

static unsigned module_index;

const struct client_settings *client_settings_of(const struct http_location *location) {
    return location->block->confs[module_index];
}

/* ---- browsers that get lost on kept connections ---- */

enum client_browser { BROWSER_NONE = 0, BROWSER_MSIE6 = 1, BROWSER_SAFARI = 2 };

/* As in nginx the one gets lost after a POST, the other always. */
static bool is_disabled(const struct exchange *exchange, unsigned disabled) {
    const struct message *request = exchange->request;
    struct str agent;

    if (request == NULL
        || ((disabled & BROWSER_SAFARI) == 0 && request->method != METHOD_POST)) {
        return false;
    }
    agent = browser_agent(request);
    return ((disabled & BROWSER_MSIE6) != 0 && request->method == METHOD_POST
            && browser_is_msie6(agent))
        || ((disabled & BROWSER_SAFARI) != 0 && browser_is_safari(agent));
}

/* ---- what holds for a response ---- */

void client_settings_apply(struct exchange *exchange, struct message *response) {
    const struct client_settings *settings = client_settings_of(exchange->location);
    struct leg *leg = exchange->downstream;

    if (settings->keepalive_disabled != 0 && is_disabled(exchange, settings->keepalive_disabled)) {
        response->keeps_connection = false;
    }
    if (settings->rate != NULL && !exchange->has_rate) {
        exchange->rate = rate_of(exchange, settings->rate);
    }
    if (exchange->rate > 0) {
        leg->send_rate = exchange->rate;
        leg->send_rate_after = rate_of(exchange, settings->rate_after);
    }
}

/* ---- types of its own ---- */

static const struct conf_buffers_limits large_limits = {
    .count_min = 1,
    .count_max = 1024,
    .size_max = 1 << 24,
    .total_max = UINT64_MAX,
    .counts = "a number from 1 to 1024",
    .sizes = "a size such as 8k, from 1 to 16m",
};

/* "timeout [header_timeout]": the second is for the Keep-Alive field. */
static bool parse_keepalive_timeout(struct conf *conf, struct conf_block *block,
                                    const struct directive *directive,
                                    const struct conf_line *line, void *field) {
    struct client_keepalive *keepalive = field;
    unsigned word;

    (void) block;
    for (word = 1; word < line->count; word++) {
        if (!parse_time_ms(line->words[word].text,
                           word == 1 ? &keepalive->idle_ms : &keepalive->header_ms)) {
            return conf_invalid(conf, directive, line, word, "a time such as 75s or 5m");
        }
    }
    return true;
}

static const struct conf_type type_keepalive_timeout = {
    .name = "time",
    .size = sizeof(struct client_keepalive),
    .min_words = 1,
    .max_words = 2,
    .parse = parse_keepalive_timeout,
};

/* For what weir does in another way than it is told to. */
static bool warn_unless_off(struct conf *conf, struct conf_block *block,
                            const struct directive *directive, const struct conf_line *line) {
    return str_is(line->words[1].text, "off")
        || conf_type_ignored.parse(conf, block, directive, line, NULL);
}

static bool parse_aio(struct conf *conf, struct conf_block *block,
                      const struct directive *directive, const struct conf_line *line,
                      void *field) {
    struct str text = line->words[1].text;

    (void) field;
    if (!str_is(text, "on") && !str_is(text, "off") && !str_is(text, "threads")
        && !str_starts(text, STR("threads="))) {
        return conf_invalid(conf, directive, line, 1, "on, off, threads, threads=pool");
    }
    return warn_unless_off(conf, block, directive, line);
}

static bool parse_aio_write(struct conf *conf, struct conf_block *block,
                            const struct directive *directive, const struct conf_line *line,
                            void *field) {
    bool is_on;

    (void) field;
    return conf_type_flag.parse(conf, block, directive, line, &is_on)
        && warn_unless_off(conf, block, directive, line);
}

static bool parse_directio(struct conf *conf, struct conf_block *block,
                           const struct directive *directive, const struct conf_line *line,
                           void *field) {
    uint64_t size;

    (void) field;
    if (!str_is(line->words[1].text, "off") && !parse_size(line->words[1].text, &size)) {
        return conf_invalid(conf, directive, line, 1, "a size such as 4m, or off");
    }
    return warn_unless_off(conf, block, directive, line);
}

static bool parse_output_buffers(struct conf *conf, struct conf_block *block,
                                 const struct directive *directive, const struct conf_line *line,
                                 void *field) {
    struct conf_buffers buffers;

    (void) field;
    return conf_type_buffers.parse(conf, block, directive, line, &buffers);
}

#define UNUSED(kind, words)                                                                        \
    static const struct conf_type type_##kind = {                                                  \
        .name = #kind,                                                                             \
        .min_words = words,                                                                        \
        .max_words = words,                                                                        \
        .parse = parse_##kind,                                                                     \
    }

UNUSED(aio, 1);
UNUSED(aio_write, 1);
UNUSED(directio, 1);
UNUSED(output_buffers, 2);

/* ---- directives ---- */

static const struct conf_range range_header_buffer = { .min = 1, .max = 1 << 20 };
static const struct conf_range range_requests = { .min = 0, .max = INT32_MAX };

static const struct conf_name browser_names[] = { { "none", BROWSER_NONE },
                                                  { "msie6", BROWSER_MSIE6 },
                                                  { "safari", BROWSER_SAFARI },
                                                  { NULL, 0 } };
static const struct conf_name lingering_names[] = { { "off", H1_LINGERS_NEVER },
                                                    { "on", H1_LINGERS_IF_DUE },
                                                    { "always", H1_LINGERS_ALWAYS },
                                                    { NULL, 0 } };

static const struct conf_name body_file_names[] = { { "off", BODY_FILE_NAMELESS },
                                                    { "clean", BODY_FILE_NAMED },
                                                    { "on", BODY_FILE_KEPT },
                                                    { NULL, 0 } };

static const struct conf_buffers_limits output_buffers_limits = {
    .count_min = 1,
    .count_max = INT32_MAX,
    .size_max = INT32_MAX,
    .total_max = INT64_MAX,
    .counts = "a number from 1 on",
    .sizes = "a size such as 32k",
};

#define FIELD(name) offsetof(struct client_settings, name)
#define CONF_HTTP_SERVERS (CONF_HTTP | CONF_HTTP_SERVER)

static const char no_aio[] = "weir reads files by sendfile, or at once";
static const char no_directio[] = "weir leaves what is kept in memory to the system";

static const struct directive directives[] = {
    { .name = "aio",
      .where = CONF_HTTP_ALL,
      .type = &type_aio,
      .syntax = "on | off | threads[=pool]",
      .help = "read and not used: files are read by sendfile, or at once",
      .detail = no_aio },
    { .name = "aio_write",
      .where = CONF_HTTP_ALL,
      .type = &type_aio_write,
      .syntax = "on | off",
      .help = "read and not used: files are written at once",
      .detail = no_aio },
    { .name = "chunked_transfer_encoding",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_flag,
      .field = FIELD(has_chunks),
      .initial = "on",
      .syntax = "on | off",
      .help = "off: responses of unknown length end with their connection" },
    { .name = "client_body_in_file_only",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_name,
      .field = FIELD(body_file),
      .initial = "off",
      .syntax = "on | clean | off",
      .help = "whether bodies of requests go to files with names; clean: until the request ends",
      .detail = body_file_names },
    { .name = "client_body_in_single_buffer",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_unused_flag,
      .syntax = "on | off",
      .help = "accepted: a body in memory always has one buffer" },
    { .name = "client_body_timeout",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_time,
      .field = FIELD(body_timeout_ms),
      .initial = "60s",
      .syntax = "time",
      .help = "how long a client may pause while it sends the body of a request" },
    { .name = "client_header_buffer_size",
      .where = CONF_HTTP_SERVERS,
      .type = &conf_type_size,
      .field = FIELD(header_buffer_size),
      .initial = "1k",
      .syntax = "size",
      .help = "buffer for the head of a request, at first",
      .detail = &range_header_buffer },
    { .name = "client_header_timeout",
      .where = CONF_HTTP_SERVERS,
      .type = &conf_type_time,
      .field = FIELD(header_timeout_ms),
      .initial = "60s",
      .syntax = "time",
      .help = "how long a client may take to send the head of a request" },
    { .name = "connection_pool_size",
      .where = CONF_HTTP_SERVERS,
      .type = &conf_type_unused_size,
      .syntax = "size",
      .help = "accepted: an idle connection has no pool of memory" },
    { .name = "directio",
      .where = CONF_HTTP_ALL,
      .type = &type_directio,
      .syntax = "size | off",
      .help = "read and not used: files are read through the system's cache",
      .detail = no_directio },
    { .name = "directio_alignment",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_unused_size,
      .syntax = "size",
      .help = "read and not used: files are read through the system's cache",
      .detail = no_directio },
    { .name = "ignore_invalid_headers",
      .where = CONF_HTTP_SERVERS,
      .type = &conf_type_flag,
      .field = FIELD(ignores_bad_fields),
      .initial = "on",
      .syntax = "on | off",
      .help = "whether header fields with odd names are dropped; off: they are an error" },
    { .name = "keepalive_disable",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_names,
      .field = FIELD(keepalive_disabled),
      .initial = "msie6",
      .syntax = "none | msie6 | safari ...",
      .help = "old browsers whose connections are not kept",
      .detail = browser_names },
    { .name = "keepalive_min_timeout",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_time,
      .field = FIELD(keepalive_min_ms),
      .initial = "0",
      .syntax = "timeout",
      .help = "how long an idle client connection is left open by a worker that ends" },
    { .name = "keepalive_requests",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_number,
      .field = FIELD(keepalive_requests),
      .initial = "1000",
      .syntax = "number",
      .help = "requests that one client connection may carry",
      .detail = &range_requests },
    { .name = "keepalive_time",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_time,
      .field = FIELD(keepalive_time_ms),
      .initial = "1h",
      .syntax = "time",
      .help = "how long one client connection may be used" },
    { .name = "keepalive_timeout",
      .where = CONF_HTTP_ALL,
      .type = &type_keepalive_timeout,
      .field = FIELD(keepalive),
      .initial = "75s",
      .syntax = "timeout [header_timeout]",
      .help = "how long a client connection may stay idle; 0: no keep-alive" },
    { .name = "large_client_header_buffers",
      .where = CONF_HTTP_SERVERS,
      .type = &conf_type_buffers,
      .field = FIELD(large_buffers),
      .initial = "4 8k",
      .syntax = "number size",
      .help = "buffers for larger heads; no line of a head may be longer than one of them",
      .detail = &large_limits },
    { .name = "limit_rate",
      .where = CONF_HTTP_ALL | CONF_HTTP_LOCATION_IF,
      .type = &conf_type_rate,
      .field = FIELD(rate),
      .syntax = "rate",
      .help = "bytes per second of a response; 0: no limit" },
    { .name = "limit_rate_after",
      .where = CONF_HTTP_ALL | CONF_HTTP_LOCATION_IF,
      .type = &conf_type_rate,
      .field = FIELD(rate_after),
      .syntax = "size",
      .help = "bytes of a response that go before limit_rate counts" },
    { .name = "lingering_close",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_name,
      .field = FIELD(lingering),
      .initial = "on",
      .syntax = "off | on | always",
      .help = "whether what a client still sends is read before its connection is closed",
      .detail = lingering_names },
    { .name = "lingering_time",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_time,
      .field = FIELD(linger_total_ms),
      .initial = "30s",
      .syntax = "time",
      .help = "how long that is done at most" },
    { .name = "lingering_timeout",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_time,
      .field = FIELD(linger_pause_ms),
      .initial = "5s",
      .syntax = "time",
      .help = "how long a client may pause meanwhile" },
    { .name = "max_headers",
      .where = CONF_HTTP_SERVERS,
      .type = &conf_type_number,
      .field = FIELD(max_headers),
      .initial = "1000",
      .syntax = "number",
      .help = "most header fields that a request may have" },
    { .name = "output_buffers",
      .where = CONF_HTTP_ALL,
      .type = &type_output_buffers,
      .syntax = "number size",
      .help = "accepted: files are read in pieces of 64k where sendfile is off",
      .detail = &output_buffers_limits },
    { .name = "postpone_output",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_unused_size,
      .syntax = "size",
      .help = "accepted: weir sends what there is, a head with what there is of its body" },
    { .name = "read_ahead",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_unused_size,
      .syntax = "size",
      .help = "accepted: that is up to the system" },
    { .name = "request_pool_size",
      .where = CONF_HTTP_SERVERS,
      .type = &conf_type_unused_size,
      .syntax = "size",
      .help = "accepted: requests take their memory in blocks of 4k" },
    { .name = "reset_timedout_connection",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_flag,
      .field = FIELD(resets_timed_out),
      .initial = "off",
      .syntax = "on | off",
      .help = "whether clients that let a time-out pass, or get 444, are reset" },
    { .name = "send_lowat",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_unused_size,
      .syntax = "size",
      .help = "accepted: Linux has no such thing for sending" },
    { .name = "send_timeout",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_time,
      .field = FIELD(send_timeout_ms),
      .initial = "60s",
      .syntax = "time",
      .help = "how long a client may take none of the response" },
    { .name = "sendfile",
      .where = CONF_HTTP_ALL | CONF_HTTP_LOCATION_IF,
      .type = &conf_type_flag,
      .field = FIELD(has_sendfile),
      .initial = "off",
      .syntax = "on | off",
      .help = "whether files go to clients without passing through weir's memory" },
    { .name = "sendfile_max_chunk",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_size,
      .field = FIELD(file_chunk),
      .initial = "2m",
      .syntax = "size",
      .help = "most bytes that are sent before other clients have their turn; 1m at most" },
    { .name = "subrequest_output_buffer_size",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_unused_size,
      .syntax = "size",
      .help = "accepted: nobody wants the bodies of sub-requests" },
    { .name = "tcp_nodelay",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_flag,
      .field = FIELD(has_nodelay),
      .initial = "on",
      .syntax = "on | off",
      .help = "whether small packets are sent at once" },
    { .name = "tcp_nopush",
      .where = CONF_HTTP_ALL,
      .type = &conf_type_unused_flag,
      .syntax = "on | off",
      .help = "accepted: a head and the start of its file always share a packet" },
    { .name = "underscores_in_headers",
      .where = CONF_HTTP_SERVERS,
      .type = &conf_type_flag,
      .field = FIELD(allows_underscores),
      .initial = "off",
      .syntax = "on | off",
      .help = "whether '_' is an ordinary character in names of header fields" },
    DIRECTIVES_END
};

static bool compile(struct conf *conf, const struct conf_block *block, void *data) {
    struct client_settings *settings = data;

    (void) conf;
    (void) block;
    settings->h1 = (struct h1_options){
        .header_buffer_size = (uint32_t) settings->header_buffer_size,
        .large_buffer_size = (uint32_t) settings->large_buffers.size,
        .large_buffer_count = (uint32_t) settings->large_buffers.count,
        .max_fields = (uint32_t) settings->max_headers,
        .header_timeout_ms = settings->header_timeout_ms,
        .body_timeout_ms = settings->body_timeout_ms,
        .send_timeout_ms = settings->send_timeout_ms,
        .keepalive_timeout_ms = settings->keepalive.idle_ms,
        .keepalive_header_s = (uint32_t) (settings->keepalive.header_ms / 1000),
        .keepalive_requests = (uint32_t) settings->keepalive_requests,
        .keepalive_time_ms = settings->keepalive_time_ms,
        .keepalive_min_ms = settings->keepalive_min_ms,
        .lingering = (enum h1_lingering) settings->lingering,
        .linger_total_ms = settings->linger_total_ms,
        .linger_pause_ms = settings->linger_pause_ms,
        .send_max = settings->file_chunk < CONN_TURN_BYTES ? settings->file_chunk : 0,
        .reads_files = !settings->has_sendfile,
        .sends_no_chunks = !settings->has_chunks,
        .resets_timed_out = settings->resets_timed_out,
        .ignores_bad_fields = settings->ignores_bad_fields,
        .allows_underscores = settings->allows_underscores,
    };
    return true;
}

const struct module client_settings_module = {
    .name = "http_client",
    .index = &module_index,
    .directives = directives,
    .conf_size = sizeof(struct client_settings),
    .compile = compile,
};
