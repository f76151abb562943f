/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * at_hand_priv - what the loop is delivering, for the last words of a process.
 *
 * A panic prints one line: the turn, what was delivered (an event of a descriptor, a timer, a task,
 * a turn-end hook, something to be freed) and whose function it was given to, as the place in the
 * program that addr2line and objdump know.
 */
#ifndef WEIR_EVENT_AT_HAND_PRIV_H
#define WEIR_EVENT_AT_HAND_PRIV_H

#include <stdint.h>

struct at_hand {
    const char *what; /* NULL: nothing is being delivered */
    void (*handler)(void);
    int fd;           /* of an event */
    unsigned ready;
    uint64_t turn;
};

extern struct at_hand at_hand;

#define AT_HAND(name, function)                                                                    \
    (at_hand.what = (name), at_hand.handler = (void (*)(void)) (function))
#define AT_HAND_NONE() (at_hand.what = NULL)

/* From start to stop a panic tells. Idempotent. */
void at_hand_start(void);
void at_hand_stop(void);

#endif
