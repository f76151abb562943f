/* SPDX-License-Identifier: BSD-2-Clause */
/* folders - those that the configuration wants and workers write to. */
#ifndef WEIR_PROCESS_FOLDERS_H
#define WEIR_PROCESS_FOLDERS_H

#include "process/settings.h"

/* Makes what is missing of the folders for temporary files, for the user of the workers alone. A
 * failure is logged and lived with: what needs the folder fails then, and says so. */
void folders_make(const struct conf *conf, const struct process_user *user);

#endif
