/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * file - a file of the disk that is opened to be read, and what is known of it.
 *
 * Opening never waits for the other end of a fifo or for a device. Where links are not to be
 * followed the path is walked part by part, so that nobody can put one in between.
 */
#ifndef WEIR_HTTP_FILE_H
#define WEIR_HTTP_FILE_H

#include "base/str.h"

#include <stdint.h>
#include <sys/types.h>

enum file_kind {
    FILE_NONE,   /* there is none, or it could not be opened: error and failed say why */
    FILE_REGULAR,
    FILE_FOLDER,
    FILE_SPECIAL /* a fifo, a device ... */
};

enum file_links {
    FILE_LINKS_FOLLOWED,
    FILE_LINKS_REFUSED, /* ELOOP */
    FILE_LINKS_OF_OWNER /* a link and what it leads to must be of one user */
};

struct file_options {
    enum file_links links;
    struct str trusted; /* links in this first part of the path are followed; empty: none are */
    bool is_look;       /* no descriptor is wanted */
};

struct file {
    enum file_kind kind;
    int fd;             /* -1: none */
    int error;          /* errno */
    const char *failed; /* the call: "open()" */
    uint64_t size;
    int64_t modified;   /* seconds since 1970 */
    dev_t device;
    ino_t inode;
};

/* path is absolute. */
void file_open(struct file *file, const char *path, const struct file_options *options);

/* Idempotent. */
void file_close(struct file *file);

#endif
