/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * signal - signals as events of the loop (signalfd).
 */
#ifndef WEIR_EVENT_SIGNAL_H
#define WEIR_EVENT_SIGNAL_H

/*
 * Blocks the given signals (0 ends the list) and calls on_signal from the loop for each that comes.
 * pid is the sender. Signals that only a handler could count (SIGCHLD) may come merged.
 */
void signal_start(const int *numbers, void (*on_signal)(int number, int pid));

/* Unblocks all and closes the descriptor: for a child after fork, before it sets up its own. May be
 * called from on_signal. */
void signal_fini(void);

#endif
