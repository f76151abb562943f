/* SPDX-License-Identifier: BSD-2-Clause */
/* messages - what the master and its children say to each other, and what `weir -s` asks. */
#ifndef WEIR_PROCESS_MESSAGES_H
#define WEIR_PROCESS_MESSAGES_H

#include <stdbool.h>

enum message_type {
    /* child to master */
    MESSAGE_READY = 1, /* the child is set up and waits for MESSAGE_SERVE */
    MESSAGE_EMPTIED,   /* worker: nothing waits any more in the sockets that it was to empty */
    MESSAGE_LEAVING,   /* worker: it drains because somebody told it to; it wants a successor */
    MESSAGE_REOPEN,    /* worker: somebody told it to open the logs anew */
    MESSAGE_STUCK,     /* control: data is struct message_stuck */
    MESSAGE_LOG_LINE,  /* control, which has no log files: data is a level (int) and a whole line */

    /* master to child */
    MESSAGE_SERVE,     /* all of the generation are ready: accept */
    MESSAGE_LEFT,      /* goes before MESSAGE_DRAIN; data: the next bytes of the lines of
                          sockets_commit() */
    MESSAGE_DRAIN,     /* take no more, end when the last connection is gone; data: struct
                          message_drain */
    MESSAGE_LOG_FILES, /* data: indices of log files (int), whose descriptors take the places of the
                          old ones */

    /* `weir -s` to the master, and back */
    MESSAGE_RELOAD,
    MESSAGE_RESULT     /* data: struct message_result and text for the operator */
};

struct message_stuck {
    unsigned seat;
    int pid; /* who sat there when it was seen */
};

struct message_drain {
    bool closes_idle; /* idle connections go at once, not when their clients are answered next */
    bool is_now;      /* nothing is waited for */
};

struct message_result {
    int status; /* for exit() */
};

#endif
