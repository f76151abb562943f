/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * epoll_priv - what the loop needs of the kernel's event queue; watches themselves are in loop.h.
 */
#ifndef WEIR_EVENT_EPOLL_PRIV_H
#define WEIR_EVENT_EPOLL_PRIV_H

void epoll_open(void);

/* Closes the queue and forgets all watches without a word to the kernel about them: in a forked
 * child the queue is still the parent's too. */
void epoll_close(void);

/* Waits for events, at most timeout_ms (-1: as long as it takes), and keeps them. */
void epoll_fetch(int timeout_ms);

/* Calls the watches of the events that were kept. */
void epoll_deliver(void);

#endif
