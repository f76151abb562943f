/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * worker - the data plane: accepts on its slots' sockets and serves until it is drained.
 */
#ifndef WEIR_PROCESS_WORKER_H
#define WEIR_PROCESS_WORKER_H

#include "process/messages.h"
#include "process/settings.h"
#include "shm/seat.h"

/* In the forked process, which has neither loop nor signals yet: never returns. channel_fd is the
 * child's end. */
_Noreturn void worker_run(const struct conf *conf, struct seat *seat, int channel_fd);

struct worker_events {
    void (*on_emptied)(void); /* nothing waits any more in the sockets that were to be emptied */
    void (*on_drained)(void); /* the last connection is gone */
};

/*
 * The parts of it. begin: before the loop runs. serve: accepts from now on. drain: as a message
 * from the master would. is_alone (master_process off): this process serves all slots, and the
 * sockets stay the caller's.
 */
void worker_begin(const struct conf *conf, unsigned slot, bool is_alone,
                  const struct worker_events *events);
void worker_serve(void);
void worker_drain(const struct message_drain *how, struct str lines);
void worker_end(void);

#endif
