/* SPDX-License-Identifier: BSD-2-Clause */
/* options - the command line. */
#ifndef WEIR_OPTIONS_H
#define WEIR_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

struct options {
    const char *conf_path;  /* -c */
    const char *prefix;     /* -p; always ends in a slash */
    const char *error_log;  /* -e */
    const char *globals;    /* -g */
    const char *signal;     /* -s: stop, quit, reopen, reload */
    const char *topic;      /* -h NAME */
    bool shows_help, shows_version, shows_build, lists_directives;
    bool tests;             /* -t */
    bool dumps;             /* -T */
    bool is_quiet;          /* -q */
    bool is_json;           /* --format=json */
    bool is_control;        /* --control: the master's own */
};

/* Fills options, defaults of the build included. NULL, or what is wrong with the command line, in a
 * static buffer. */
const char *options_parse(int argc, char **argv, struct options *options);

/* Both texts in one, for the life of the process. */
const char *options_join(const char *first, const char *second);

/* What -h prints. */
extern const char options_usage[];

#endif
