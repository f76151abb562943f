/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * signal - signals as events of the loop (signalfd).
 */
#ifndef WEIR_EVENT_SIGNAL_H
#define WEIR_EVENT_SIGNAL_H

/*
 * Blocks the given signals (0 ends the list), and no others, and calls on_signal from the loop for
 * each that comes. pid is the sender. Signals that only a handler could count (SIGCHLD) may come
 * merged.
 */
void signal_start(const int *numbers, void (*on_signal)(int number, int pid));

/* Unblocks all and closes the descriptor. May be called from on_signal. */
void signal_fini(void);

/* For a child after fork: closes the descriptor only. What comes waits for its own signal_start(),
 * also over an exec, and ends nobody who is not ready for it. */
void signal_leave(void);

#endif
