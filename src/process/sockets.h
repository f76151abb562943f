/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sockets - the listening sockets that the master keeps, by address and worker slot.
 *
 * They outlive generations and binaries. Slots never shrink: a socket that closes resets what waits
 * in it, so with fewer workers each serves several slots.
 *
 * A change of the configuration has these steps: prepare (bind what is new; nobody can connect
 * yet), listen (once the new processes are ready), commit (what is not wanted any more is leaving:
 * no new connections, the old workers empty it), close what was left (once they have). Up to listen
 * it can be rolled back, and nobody was turned away.
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
    const struct listener *listener; /* during a preparation, if it wants the group */
    bool is_shared;  /* one socket, slot 0, for all workers */
    bool is_wanted;  /* by the configuration that was prepared last */
    bool is_leaving; /* no configuration wants it: to be emptied and closed */
    int *fds;        /* by slot */
    unsigned count;  /* slots */
    unsigned old;    /* of them, those from before the preparation: they listen */
    unsigned common; /* of them, those that another binary serves as well */
    unsigned left;   /* those from this number on are for us to empty: sockets_mark_left() */
};

/*
 * Binds what conf needs beyond what is there, for so many workers. False, with the reason logged,
 * and nothing changed. is_cold: nobody serves yet, so a taken port is tried for again (5 times,
 * 500 ms).
 */
bool sockets_prepare(const struct conf *conf, unsigned workers, bool is_cold);

/* The preparation was in vain: closes what it opened. */
void sockets_rollback(void);

/* What was prepared listens from now on, and what was there takes the new options. False, logged:
 * to be rolled back. */
bool sockets_listen(void);

/*
 * The prepared configuration serves: the sockets that it does not want take no new connections from
 * now on. Appends a line "SLOT ADDRESS" for each of them: the slots of that address from that
 * number on are for the old workers to empty.
 */
void sockets_commit(struct buf *left);

/* Nobody will serve after us (but perhaps another binary, what is common): all are leaving. Appends
 * the same kind of lines. */
void sockets_stop_all(struct buf *left);

/* Closes what is leaving, in this process. */
void sockets_close_leaving(void);

/* Closes all. The files of UNIX sockets that no other binary serves are removed. */
void sockets_close_all(void);

/* First group, and the one of an address that is not leaving (NULL: none). */
struct socket_group *sockets_first(void);
struct socket_group *sockets_find(const struct addr *addr);

/* Takes note of the lines of sockets_commit(), in group->left; of no others any more. */
void sockets_mark_left(struct str lines);

/* For a binary upgrade: "fd:slot:shared:address" lines, the descriptors made inheritable (so only
 * in a process that is about to exec); and back. */
void sockets_export(struct buf *to);
bool sockets_import(struct str text);

/* All sockets of now are also those of another binary; or of none any more. */
void sockets_set_common(bool are_common);

#endif
