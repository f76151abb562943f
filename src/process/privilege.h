/* SPDX-License-Identifier: BSD-2-Clause */
/* privilege - what a child gives up, and the limits it lives in. */
#ifndef WEIR_PROCESS_PRIVILEGE_H
#define WEIR_PROCESS_PRIVILEGE_H

#include "process/settings.h"

#include <stdbool.h>

/*
 * For good: supplementary groups, group and user of the settings (when root), then no_new_privs and
 * no capability. False, logged.
 */
bool privilege_drop(const struct process_user *user);

/* Resource limits, nice value, CPUs of worker `slot`, current directory. Failures are logged and
 * lived with, as in nginx; only a missing directory is fatal. */
bool privilege_set_limits(const struct process_settings *settings, unsigned slot);

/* Raises the soft limit of descriptors to the hard one; for the master. */
void privilege_raise_nofile(void);

#endif
