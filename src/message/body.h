/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * body - bodies that are kept: in memory up to a limit, and then in a file without a name.
 *
 * A `body` keeps all that passed, for whoever reads it later, or again: a request that may have to
 * be sent twice, a mirror. Readers begin at byte 0 and keep their own place. A `spool` stands
 * between two pipes and takes what the second has no room for, so that the first is never held up
 * by a slow reader; each byte passes once.
 *
 * Files are written and read by the caller, in its turn. They are gone with their descriptor,
 * unless they are given a name.
 */
#ifndef WEIR_MESSAGE_BODY_H
#define WEIR_MESSAGE_BODY_H

#include "base/pipe.h"

/* An open file of its own in the directory, without a name there; -1 with errno. */
int body_open_file(const char *directory);

/* Whether the file of a body has a name, and for how long. */
enum body_file { BODY_FILE_NAMELESS, BODY_FILE_NAMED, BODY_FILE_KEPT };

struct body {
    struct buf memory;      /* all of it, unless there is a file */
    int fd;                 /* -1: none */
    uint64_t len;
    size_t memory_max;      /* bytes; one more and all of it goes to the file */
    const char *directory;  /* of the file */
    enum body_file file;    /* NAMED: until body_fini(); KEPT: for good; to be set at first */
    char *path;             /* of a file with a name; NULL: there is none */
};

void body_init(struct body *body, size_t memory_max, const char *directory);
void body_fini(struct body *body);

/* Takes all that is in the pipe, no part of which is a file. False with errno: there is no file, or
 * it takes no more; the body is of no more use. */
bool body_add(struct body *body, struct pipe *from);

/* Gives what is there from *at on, as much as the pipe has room for, or all of it where it is in
 * the file; moves *at. The body stays until the pipe is empty. Returns the number of bytes. */
uint64_t body_read(const struct body *body, uint64_t *at, struct pipe *to);

struct spool {
    int fd;                 /* -1: none */
    unsigned parts;         /* of the file that are in pipes */
    uint64_t file_len;      /* bytes written to it since there were last none */
    uint64_t file_max;      /* 0: no file */
    const char *directory;
};

enum spool_result {
    SPOOL_DONE,  /* all that there was has passed */
    SPOOL_FULL,  /* neither pipe nor file takes more now */
    SPOOL_FAILED /* errno: there is no file, or it takes no more */
};

void spool_init(struct spool *spool, uint64_t file_max, const char *directory);
void spool_fini(struct spool *spool);

/* Moves what is in `from`, no part of which is a file, to `to`: to memory below its high mark, else
 * to the file. Its parts may be moved on from there; the spool outlives the pipes that they are
 * in. */
enum spool_result spool_pass(struct spool *spool, struct pipe *from, struct pipe *to);

#endif
