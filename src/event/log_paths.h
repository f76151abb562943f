/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * log_paths - log files whose paths are known only when a line is written.
 *
 * The process that has the line opens the file itself, writes and closes it; a cache keeps those
 * in use open. Nothing waits in a buffer, so nothing is left behind by a process that is killed.
 * What cannot be written is lost, counted and said, as in event/logsink.
 */
#ifndef WEIR_EVENT_LOG_PATHS_H
#define WEIR_EVENT_LOG_PATHS_H

#include "base/str.h"

#include <stdint.h>

/* What a cache keeps. */
struct log_paths_limits {
    uint64_t max;        /* files; the one unused for longest goes first */
    uint64_t min_uses;   /* a file is kept open from so many uses on */
    int64_t inactive_ms; /* without a use in this time a file goes */
    int64_t valid_ms;    /* after this it is looked whether the path still means the open file */
};

struct log_paths;

struct log_paths *log_paths_new(const struct log_paths_limits *limits);
void log_paths_free(struct log_paths *paths);

/* Appends the line to the file, which is made if it is not there. paths may be NULL: no cache. */
void log_paths_write(struct log_paths *paths, struct str path, struct str line);

/* In its place: the path is none to write to, so the line is lost. */
void log_paths_refuse(struct str path);

#endif
