/* SPDX-License-Identifier: BSD-2-Clause */
/* privilege - what a child gives up, and the limits it lives in. */
#ifndef WEIR_PROCESS_PRIVILEGE_H
#define WEIR_PROCESS_PRIVILEGE_H

#include "process/settings.h"

#include <stdbool.h>

/*
 * For good: supplementary groups, group and user of the settings (when root), then no_new_privs and
 * no capability, but for CAP_NET_RAW where has_raw says so: connections from addresses of others
 * need it. If that is not to be had it is logged, and lived without. False, logged.
 */
bool privilege_drop(const struct process_user *user, bool has_raw);

/* Resource limits, nice value, CPUs of worker `slot`, current directory. Failures are logged and
 * lived with, as in nginx; only a missing directory is fatal. */
bool privilege_set_limits(const struct process_settings *settings, unsigned slot);

/* Raises the soft limit of descriptors to the hard one; for the master. */
void privilege_raise_nofile(void);

#endif
