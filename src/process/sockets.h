/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sockets - the listening sockets that the master keeps, by address and worker slot.
 *
 * They outlive generations and binaries. Slots never shrink: a socket that closes resets what waits
 * in it, so with fewer workers each serves several slots.
 */
#ifndef WEIR_PROCESS_SOCKETS_H
#define WEIR_PROCESS_SOCKETS_H

#include "base/buf.h"
#include "net/listen.h"

struct socket_group {
    struct socket_group *next;
    struct addr addr;
    char text[ADDR_TEXT_MAX];
    size_t text_len;
    bool is_shared;          /* one socket, slot 0, for all workers */
    bool is_new;             /* of the configuration that is being tried */
    bool is_wanted;          /* by the configuration that was prepared last */
    int *fds;                /* by slot */
    unsigned count, kept;    /* slots; of them before the preparation */
};

/*
 * Opens what conf needs beyond what is there, for so many workers. False, with the reason logged,
 * and nothing changed. is_cold: nobody serves yet, so a taken port is tried for again (5 times, 500
 * ms).
 */
bool sockets_prepare(const struct conf *conf, unsigned workers, bool is_cold);

/* The preparation was in vain: closes what it opened. */
void sockets_rollback(void);

/*
 * The prepared configuration serves: the sockets it does not want take no new connections from now
 * on. Appends their addresses to `left` (a line each), for the workers that empty them.
 */
void sockets_commit(struct buf *left);

/* Closes what commit left over, in this process. */
void sockets_close_unwanted(void);

/* Nobody will serve after us: all sockets take no new connections. Appends all addresses. */
void sockets_stop_all(struct buf *left);

/* Closes all; is_last also removes the files of UNIX sockets. */
void sockets_close_all(bool is_last);

/* First and next group, and the one of a listener (NULL: none). */
struct socket_group *sockets_first(void);
struct socket_group *sockets_find(const struct addr *addr);

/* For a binary upgrade: "fd:slot:shared:address" lines, the descriptors made inheritable (so
 * only in a process that is about to exec); and back. */
void sockets_export(struct buf *to);
bool sockets_import(struct str text);

#endif
