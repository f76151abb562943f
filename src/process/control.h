/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * control - the control plane: watches the workers' heartbeats, removes the files of those that are
 * gone, and writes the counters' log lines.
 *
 * It is exec'ed (`weir --control`), so that it inherits neither keys nor the configuration's
 * memory. What it needs comes through its environment: the zones, its seat, its channel, the user
 * to become, the folders for temporary files.
 */
#ifndef WEIR_PROCESS_CONTROL_H
#define WEIR_PROCESS_CONTROL_H

#include "process/settings.h"
#include "shm/seat.h"

/* In the forked process, which has no signals of its own yet: execs this program anew. Never
 * returns. */
_Noreturn void control_exec(const struct conf *conf, struct seat *seat, int channel_fd);

/* main() of `weir --control`. Returns the exit status. */
int control_main(void);

/* The services, for master_process off; stuck workers are reported through the function. temporary
 * is what folders_export() wrote, and stays. */
void control_begin(void (*report_stuck)(unsigned seat, int pid), struct str temporary);
void control_end(void);

#endif
