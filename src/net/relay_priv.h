/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * relay_priv - the parts of the relay among themselves: the splicing of a flow, and the pool of
 * pipes.
 */
#ifndef WEIR_NET_RELAY_PRIV_H
#define WEIR_NET_RELAY_PRIV_H

#include "net/relay.h"

/* What one step of a flow came to. */
enum flow_step {
    FLOW_MOVED,     /* something happened: go on */
    FLOW_WAITS,     /* for bytes, for room, for the rate's time: an event will tell */
    FLOW_FROM_LOST, /* from->error says why */
    FLOW_TO_LOST
};

/* Bytes that the flow may receive now by its rate; SIZE_MAX without one. 0: the rate's timer is set
 * and will resume the flow. */
size_t flow_allowed(struct relay_flow *flow);

/* Notes on the flow that bytes came. */
void flow_received(struct relay_flow *flow);

/*
 * What waits for receivers costs the process no more than RELAY_HELD_MAX in all, beside a
 * proxy_buffer_size each: buffers, and pipes that could not be read back. flow_note_held() counts
 * what the flow has now; flow_may_hold_more() says whether so many bytes more may be held. While
 * not even one may, flows read a proxy_buffer_size at a time and are not bulk.
 */
enum { RELAY_HELD_MAX = 16 * 1024 * 1024 };

void flow_note_held(struct relay_flow *flow);
bool flow_may_hold_more(size_t more);

/* ---- relay_splice ---- */

/* Moves bytes from the sender into the pipe or from there to the receiver. The flow leaves bulk
 * (is_bulk) when there is no pipe or little to move. Nothing is held in from->in. */
enum flow_step flow_splice(struct relay_flow *flow);

/* The receiver stalls: what is in the pipe goes to from->in, and the pipe back to the pool. If too
 * much is held already, it stays there until later (the stall timer is set). */
void flow_read_back(struct relay_flow *flow);

/* Gives the pipe back; what was in it is lost. Idempotent. */
void flow_put_pipe(struct relay_flow *flow);

/* ---- relay_pipe ---- */

struct relay_pipe {
    struct relay_pipe *next;
    int fds[2]; /* to read from, to write to */
    size_t size;
    bool is_own; /* made by this process for itself */
};

/* An empty pipe, or NULL: there is none to be had now. */
struct relay_pipe *relay_pipe_take(void);

/* held: bytes still in it. */
void relay_pipe_put(struct relay_pipe *pipe, size_t held);

#endif
