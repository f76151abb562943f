/* SPDX-License-Identifier: BSD-2-Clause */
/* folders - those that the configuration wants and workers write to, made and kept clean. */
#ifndef WEIR_PROCESS_FOLDERS_H
#define WEIR_PROCESS_FOLDERS_H

#include "process/settings.h"

/* Makes what is missing of the folders for temporary files, for the user of the workers alone. A
 * failure is logged and lived with: what needs the folder fails then, and says so. */
void folders_make(const struct conf *conf, const struct process_user *user);

/* Appends their paths, each with a newline behind it, for folders_clean() in another process. */
void folders_export(const struct conf *conf, struct buf *to);

/* Removes what processes that are gone have left there (base/temp_name). Of each folder no more
 * than FOLDERS_LOOK_MAX files are looked at. Failures are not told: the next time is soon. */
enum { FOLDERS_LOOK_MAX = 10000 };
void folders_clean(struct str paths);

#endif
