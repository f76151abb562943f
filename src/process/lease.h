/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lease - which control process may act for all: check, resolve, write state, tell of counters.
 *
 * It is that of the generation that serves. While two binaries run it is the old one's, until the
 * old workers are told to go; it comes back to it if they are started again.
 */
#ifndef WEIR_PROCESS_LEASE_H
#define WEIR_PROCESS_LEASE_H

#include <sys/types.h>

/* Whenever something about that has changed. new_binary: the number of its master, or 0. */
void lease_settle(pid_t new_binary);

#endif
