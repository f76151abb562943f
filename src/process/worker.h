/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * worker - the data plane: accepts on its slots' sockets and serves until it is drained.
 */
#ifndef WEIR_PROCESS_WORKER_H
#define WEIR_PROCESS_WORKER_H

#include "process/settings.h"
#include "shm/seat.h"

/* In the forked process: never returns. channel_fd is the child's end. */
_Noreturn void worker_run(const struct conf *conf, const struct process_settings *settings,
                          struct seat *seat, int channel_fd);

/*
 * The parts of it, for master_process off, where one process does it all: begin before the loop
 * runs; drain as a message from the master would; on_drained is called when the last connection is
 * gone.
 */
void worker_begin(const struct conf *conf, const struct process_settings *settings, unsigned slot);
void worker_drain(bool closes_idle, bool is_now, struct str emptied, void (*on_drained)(void));
void worker_end(void);

#endif
