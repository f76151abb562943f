/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * settings - the directives of the main and the events block.
 */
#ifndef WEIR_PROCESS_SETTINGS_H
#define WEIR_PROCESS_SETTINGS_H

#include "conf/value.h"
#include "net/addr.h"

#include <sched.h>
#include <sys/types.h>

struct process_user {
    uid_t uid;
    gid_t gid;
    const char *name; /* for initgroups(); NULL: stay who we are */
};

struct process_affinity {
    bool is_auto;
    cpu_set_t *masks; /* worker i gets the i-th, the last one again for those beyond; in auto mode
                         the only one (if given) limits the choice */
    unsigned count;
};

struct process_settings {
    bool is_daemon;
    bool has_master;
    struct str pid_path;        /* absolute */
    struct process_user user;
    int64_t workers;
    int64_t priority;           /* nice value of workers */
    struct process_affinity affinity;
    int64_t rlimit_nofile;      /* -1: as it is */
    uint64_t rlimit_core;       /* UINT64_MAX: as it is */
    int64_t shutdown_timeout_ms;/* 0: none */
    struct str working_directory;
    struct conf_texts env;      /* NAME or NAME=VALUE */
};

/* debug_connection; a net with family AF_UNIX stands for all UNIX sockets. */
struct events_debug {
    struct addr_net *nets;
    unsigned count;
};

struct events_settings {
    int64_t worker_connections;
    bool has_multi_accept;
    struct events_debug debug;
};

extern const struct module process_module;
extern const struct module events_module;

/* Of a configuration. */
const struct process_settings *process_settings_of(const struct conf *conf);
const struct events_settings *events_settings_of(const struct conf *conf);

/* What the build or the command line say where the file does not: set before the load. */
void process_set_defaults(const char *pid_path, const char *user, const char *group);

#endif
