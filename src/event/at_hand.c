/* SPDX-License-Identifier: BSD-2-Clause */
/* at_hand - what the loop is delivering, for the last words of a process; see at_hand_priv.h. */
#include "event/at_hand_priv.h"

#include "base/panic.h"
#include "event/loop.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

struct at_hand at_hand;

/* Where in the program the function is. */
static size_t place_of(void (*function)(void)) {
    Dl_info info;
    char *address;

    memcpy(&address, &function, sizeof(address));
    return dladdr(address, &info) != 0 ? (size_t) (address - (char *) info.dli_fbase) : 0;
}

static void dump(const struct panic_dumper *dumper) {
    char event[64] = "";

    (void) dumper;
    if (at_hand.what == NULL) {
        return;
    }
    if (at_hand.ready != 0) {
        snprintf(event, sizeof(event), " %d is ready:%s%s%s%s", at_hand.fd,
                 (at_hand.ready & WATCH_READ) != 0 ? " read" : "",
                 (at_hand.ready & WATCH_WRITE) != 0 ? " write" : "",
                 (at_hand.ready & WATCH_HUP) != 0 ? " hup" : "",
                 (at_hand.ready & WATCH_ERROR) != 0 ? " error" : "");
    }
    panic_print("loop: turn %llu, %s%s, handler +0x%zx", (unsigned long long) at_hand.turn,
                at_hand.what, event, place_of(at_hand.handler));
}

static struct panic_dumper dumper = { .dump = dump };

void at_hand_start(void) {
    panic_remove_dumper(&dumper);
    panic_add_dumper(&dumper);
}

void at_hand_stop(void) {
    at_hand = (struct at_hand){ .what = NULL };
    panic_remove_dumper(&dumper);
}
