/* SPDX-License-Identifier: BSD-2-Clause */
/* pidfile - the file with the master's process number. */
#ifndef WEIR_PROCESS_PIDFILE_H
#define WEIR_PROCESS_PIDFILE_H

#include <stdbool.h>
#include <sys/types.h>

/* Writes it anew. False, logged. */
bool pidfile_write(const char *path, pid_t pid);

/* Removes it if it still holds our number: another master may have taken its place. */
void pidfile_remove(const char *path, pid_t pid);

/* The number in it; -1 with errno, or EINVAL where there is none. */
pid_t pidfile_read(const char *path);

#endif
