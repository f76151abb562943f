/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tunnel - what is between a client and a server that have left HTTP: WebSocket, or whatever else a
 * 101 has changed to.
 *
 * It is net/relay's, and ends as in nginx: with the first side that has no more to say, once what
 * it said is delivered, or when nothing has come from either for a while. The exchange goes on
 * until then, and is logged at the end.
 */
#ifndef WEIR_HTTP_TUNNEL_H
#define WEIR_HTTP_TUNNEL_H

#include "http/upstream.h"
#include "net/relay.h"

/* The server has changed over; its connection is the tunnel's from now on. What it still sends
 * waits for the client to hear of it. */
struct tunnel *tunnel_open(struct upstream *upstream, struct conn *server);

/* The client has changed over. on_end comes once, from the loop's top; the tunnel is to be closed
 * then. Why it ended was logged. */
void tunnel_start(struct tunnel *tunnel, void (*on_end)(struct upstream *upstream,
                                                        enum relay_end end));

/* Ends it at once: notes what came, and closes the server's connection. */
void tunnel_close(struct tunnel *tunnel);

#endif
