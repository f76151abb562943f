/* SPDX-License-Identifier: BSD-2-Clause */
/* tunnel - what is between a client and a server that have left HTTP; see tunnel.h. */
#include "http/tunnel.h"

#include "base/clock.h"
#include "base/log.h"
#include "http/exchange.h"
#include "http/exchange_dump.h"

struct tunnel {
    struct relay relay;
    struct upstream *upstream;
    struct conn *server;
    uint64_t received_before, sent_before; /* bytes of the connection that are of others */
    void (*on_end)(struct upstream *upstream, enum relay_end end);
};

struct tunnel *tunnel_open(struct upstream *upstream, struct conn *server) {
    const struct attempt_try *figures = attempt_current(&upstream->attempt);
    struct tunnel *tunnel = arena_zero(&upstream->exchange->arena, 1, sizeof(*tunnel));

    tunnel->upstream = upstream;
    tunnel->server = server;
    tunnel->received_before = server->bytes_received - figures->bytes_received;
    tunnel->sent_before = server->bytes_sent - figures->bytes_sent;
    return tunnel;
}

static void log_end(const struct exchange *exchange, enum relay_end end) {
    static const struct {
        enum log_level level;
        const char *text;
    } ends[] = {
        [RELAY_DONE] = { LOG_LEVEL_DEBUG, "upgraded connection ended" },
        [RELAY_DOWNSTREAM_LOST] = { LOG_LEVEL_INFO, "client's upgraded connection was reset" },
        [RELAY_UPSTREAM_LOST] = { LOG_LEVEL_ERROR, "upstream's upgraded connection was reset" },
        [RELAY_IDLE] = { LOG_LEVEL_ERROR, "upstream timed out while proxying upgraded connection" },
    };

    log_write(exchange->log, ends[end].level, 0, &exchange->log_context, "%s", ends[end].text);
}

static void on_relay_end(struct relay *relay, enum relay_end end) {
    struct tunnel *tunnel = list_object(relay, struct tunnel, relay);

    exchange_at_hand = tunnel->upstream->exchange;
    log_end(tunnel->upstream->exchange, end);
    termination_note(&tunnel->upstream->exchange->termination, relay_termination(end));
    tunnel->on_end(tunnel->upstream, end);
}

void tunnel_start(struct tunnel *tunnel, void (*on_end)(struct upstream *upstream,
                                                        enum relay_end end)) {
    struct exchange *exchange = tunnel->upstream->exchange;
    const struct upstream_options *options = tunnel->upstream->options;
    struct relay_options relay = { .buffer_size = options->h1.header_buffer_size,
                                   .idle_ms = options->tunnel_timeout_ms };

    tunnel->on_end = on_end;
    relay_start(&tunnel->relay, exchange->conn, tunnel->server, &relay, on_relay_end);
}

void tunnel_close(struct tunnel *tunnel) {
    struct attempt_try *figures = attempt_current(&tunnel->upstream->attempt);

    relay_cancel(&tunnel->relay);
    figures->bytes_received = tunnel->server->bytes_received - tunnel->received_before;
    figures->bytes_sent = tunnel->server->bytes_sent - tunnel->sent_before;
    figures->total_ms = clock_ms() - tunnel->upstream->attempt.try_start_ms;
    conn_close(tunnel->server);
}
